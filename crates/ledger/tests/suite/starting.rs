//! Opening a ledger again, and copies of it.

use ledger::{Filter, LedgerError, Trust};
use model::summary::PROJECTION_VERSION;

use super::{Place, at, begin, closed, story, undo};

pub(crate) async fn everything_is_there_after_opening_again(place: &impl Place) {
    let ledger = place.open().await;
    let id = story(&*ledger, "api").await;
    let digest = ledger.keep_body(b"body").await.unwrap();
    let events = ledger.events(id, 0).await.unwrap();
    let listed = ledger.incidents(&Filter::default()).await.unwrap();
    let report = ledger.verify().await.unwrap();
    drop(ledger);
    let again = place.open().await;
    again.ping().await.unwrap();
    assert_eq!(again.events(id, 0).await.unwrap(), events);
    assert_eq!(again.incidents(&Filter::default()).await.unwrap(), listed);
    assert_eq!(again.verify().await.unwrap(), report);
    assert!(again.body(digest).await.unwrap().is_some());
}

pub(crate) async fn many_may_open_an_empty_place_at_once(place: &impl Place) {
    let opened = tokio::join!(
        place.open(),
        place.open(),
        place.open(),
        place.open(),
        place.open()
    );
    let id = story(&*opened.0, "api").await;
    for ledger in [opened.1, opened.2, opened.3, opened.4] {
        assert_eq!(ledger.events(id, 0).await.unwrap().len(), 5);
        assert!(ledger.verify().await.unwrap().intact);
    }
}

pub(crate) async fn a_projection_of_an_older_version_is_made_anew(place: &impl Place) {
    let ledger = place.open().await;
    story(&*ledger, "api").await;
    let old = begin(&*ledger, "web").await.incident;
    ledger.append(old, 1, vec![closed()]).await.unwrap();
    begin(&*ledger, "web").await;
    ledger.append(old, 2, vec![undo()]).await.unwrap();
    let listed = ledger.incidents(&Filter::default()).await.unwrap();
    drop(ledger);
    place
        .alter("UPDATE incident SET status = 'closed', title = 'of old'")
        .await;
    place
        .alter("UPDATE meta SET value = '0' WHERE key = 'projection_version'")
        .await;
    let again = place.open().await;
    assert_eq!(again.incidents(&Filter::default()).await.unwrap(), listed);
    assert!(again.verify().await.unwrap().intact);
}

pub(crate) async fn a_projection_of_a_newer_version_is_refused(place: &impl Place) {
    let ledger = place.open().await;
    let id = story(&*ledger, "api").await;
    let newer = PROJECTION_VERSION + 1;
    place
        .alter(&format!(
            "UPDATE meta SET value = '{newer}' WHERE key = 'projection_version'"
        ))
        .await;
    // One that was open before does not go on writing rows of its own meaning either.
    let refused = ledger.append(id, 5, vec![super::note("x")]).await;
    assert!(refused.unwrap_err().to_string().contains("projection"));
    drop(ledger);
    let refused = place.open_with(Trust::AsItIs).await.err().unwrap();
    assert!(matches!(refused, LedgerError::Newer { .. }), "{refused}");
    let text = refused.to_string();
    assert!(text.contains(&format!("version {newer}")), "{text}");
    assert!(
        text.contains(&format!("up to {PROJECTION_VERSION}")),
        "{text}"
    );
}

pub(crate) async fn an_event_kind_of_a_newer_version_is_refused(place: &impl Place) {
    for (row, words) in [
        ("'sang_a_song', 1", "`sang_a_song`"),
        ("'closed', 9", "`closed` of version 9"),
    ] {
        let ledger = place.open().await;
        drop(ledger);
        place
            .alter(&format!(
                "INSERT INTO event_kind (kind, version) VALUES ({row})"
            ))
            .await;
        let refused = place.open_with(Trust::AsItIs).await.err().unwrap();
        assert!(matches!(refused, LedgerError::Newer { .. }), "{refused}");
        assert!(refused.to_string().contains(words), "{refused}");
        place.alter("DELETE FROM event_kind").await;
    }
}

pub(crate) async fn an_open_incident_with_a_changed_end_is_refused_at_start(place: &impl Place) {
    let ledger = place.open().await;
    let id = story(&*ledger, "api").await;
    drop(ledger);
    let sql = format!(
        "UPDATE event SET envelope = {} WHERE incident = {} AND seq = 5",
        place.with("nobody", "anyone"),
        place.id(id.uuid())
    );
    place.alter(&sql).await;
    let refused = place.open_with(Trust::HeadsHold).await.err().unwrap();
    assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains(&id.to_string()), "{refused}");
    let audit = place.open_with(Trust::AsItIs).await.unwrap();
    let broken = audit.verify().await.unwrap().first_broken.unwrap();
    assert_eq!((broken.incident_id, broken.seq), (Some(id), 5));
}

pub(crate) async fn a_closed_incident_with_a_changed_end_is_not_looked_at_at_start(
    place: &impl Place,
) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    ledger.append(id, 1, vec![closed()]).await.unwrap();
    drop(ledger);
    let sql = format!(
        "UPDATE event SET envelope = {} WHERE seq = 2",
        place.with("not_mended", "healed")
    );
    place.alter(&sql).await;
    let ledger = place.open().await;
    let broken = ledger.verify().await.unwrap().first_broken.unwrap();
    assert_eq!((broken.incident_id, broken.seq), (Some(id), 2));
}

pub(crate) async fn a_backup_opens_and_holds_the_same_chains(place: &impl Place) {
    let ledger = place.open().await;
    let id = story(&*ledger, "api").await;
    let old = begin(&*ledger, "web").await.incident;
    ledger.append(old, 1, vec![closed()]).await.unwrap();
    let digest = ledger.keep_body(b"kept").await.unwrap();
    let gone = ledger.keep_body(b"gone").await.unwrap();
    ledger.erase_body(gone, at(1)).await.unwrap();
    let to = place.directory().join("copy.db");
    ledger.backup(&to).await.unwrap();
    let copy = ledger::open(to.to_str().unwrap()).await.unwrap();
    let report = copy.verify().await.unwrap();
    assert_eq!(report, ledger.verify().await.unwrap());
    assert!(report.intact);
    assert_eq!(
        copy.events(id, 0).await.unwrap(),
        ledger.events(id, 0).await.unwrap()
    );
    assert_eq!(
        copy.incidents(&Filter::default()).await.unwrap(),
        ledger.incidents(&Filter::default()).await.unwrap()
    );
    assert!(copy.body(digest).await.unwrap().is_some());
    assert_eq!(copy.body(gone).await.unwrap(), None);
    copy.append(id, 5, vec![super::note("goes on")])
        .await
        .unwrap();
    assert!(copy.verify().await.unwrap().intact);
}

pub(crate) async fn a_backup_overwrites_nothing(place: &impl Place) {
    let ledger = place.open().await;
    let to = place.directory().join("precious");
    std::fs::write(&to, "mine").unwrap();
    let refused = ledger.backup(&to).await.unwrap_err();
    assert!(refused.to_string().contains("precious"), "{refused}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "mine");
    let nowhere = place.directory().join("no/such/place");
    assert!(ledger.backup(&nowhere).await.is_err());
}
