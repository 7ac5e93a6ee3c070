//! What somebody does to the store beside the ledger, and that the check finds it at the right
//! link.

use ledger::{AuditReport, BrokenLink, Ledger};
use model::IncidentId;

use super::{Place, begin, event_id, note, story};

/// Three stories of five events, and the second of them to be tampered with.
async fn three(place: &impl Place) -> (std::sync::Arc<dyn Ledger>, [IncidentId; 3]) {
    let ledger = place.open().await;
    let mut ids = Vec::new();
    for name in ["api", "web", "db"] {
        ids.push(story(&*ledger, name).await);
    }
    let ids = [ids[0], ids[1], ids[2]];
    (ledger, ids)
}

async fn report(ledger: &dyn Ledger) -> AuditReport {
    let report = ledger.verify().await.unwrap();
    assert_eq!(report.intact, report.first_broken.is_none());
    report
}

async fn broken(ledger: &dyn Ledger) -> BrokenLink {
    report(ledger).await.first_broken.expect("it is found")
}

pub(crate) async fn an_untouched_ledger_is_intact_and_its_root_changes_with_every_event(
    place: &impl Place,
) {
    let ledger = place.open().await;
    let empty = report(&*ledger).await;
    assert_eq!((empty.incidents, empty.events), (0, 0));
    let id = begin(&*ledger, "api").await.incident;
    let one = report(&*ledger).await;
    assert_eq!((one.incidents, one.events), (1, 1));
    ledger.append(id, 1, vec![note("x")]).await.unwrap();
    let two = report(&*ledger).await;
    assert_eq!((two.incidents, two.events), (1, 2));
    assert!(empty.intact && one.intact && two.intact);
    assert!(empty.root != one.root && one.root != two.root);
    assert_eq!(report(&*ledger).await, two);
}

pub(crate) async fn a_changed_event_is_found(place: &impl Place) {
    let (ledger, [_, id, _]) = three(place).await;
    let sql = format!(
        "UPDATE event SET envelope = {} WHERE incident = {} AND seq = 3",
        place.with("two", "six"),
        place.id(id.uuid())
    );
    place.alter(&sql).await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 3));
    assert_ne!(link.expected, link.found);
}

pub(crate) async fn a_changed_hash_is_found(place: &impl Place) {
    let (ledger, [_, id, _]) = three(place).await;
    let id_sql = place.id(id.uuid());
    let sql = format!(
        "UPDATE event SET hash = (SELECT hash FROM event WHERE incident = {id_sql} AND seq = 1) \
         WHERE incident = {id_sql} AND seq = 4"
    );
    place.alter(&sql).await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 4));
}

pub(crate) async fn a_removed_event_is_found(place: &impl Place) {
    let (ledger, [_, id, _]) = three(place).await;
    let id_sql = place.id(id.uuid());
    place
        .alter(&format!(
            "DELETE FROM event WHERE incident = {id_sql} AND seq = 3"
        ))
        .await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 3));
    // Closing the gap does not hide it.
    for seq in [4, 5] {
        place
            .alter(&format!(
                "UPDATE event SET seq = {} WHERE incident = {id_sql} AND seq = {seq}",
                seq - 1
            ))
            .await;
    }
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 3));
}

pub(crate) async fn an_inserted_event_is_found(place: &impl Place) {
    let (ledger, [first, id, _]) = three(place).await;
    place
        .alter(&format!(
            "INSERT INTO event (incident, seq, id, at, kind, version, envelope, hash) \
             SELECT incident, 6, {}, at, kind, version, envelope, hash FROM event \
             WHERE incident = {} AND seq = 5",
            place.id(event_id().uuid()),
            place.id(id.uuid())
        ))
        .await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 6));
    // In the middle, with those after it moved up.
    let of = place.id(first.uuid());
    for seq in [5, 4, 3] {
        place
            .alter(&format!(
                "UPDATE event SET seq = {} WHERE incident = {of} AND seq = {seq}",
                seq + 1
            ))
            .await;
    }
    place
        .alter(&format!(
            "INSERT INTO event (incident, seq, id, at, kind, version, envelope, hash) \
             SELECT incident, 3, {}, at, kind, version, envelope, hash FROM event \
             WHERE incident = {of} AND seq = 2",
            place.id(event_id().uuid()),
        ))
        .await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(first), 3));
}

pub(crate) async fn reordered_events_are_found(place: &impl Place) {
    let (ledger, [_, id, _]) = three(place).await;
    let id_sql = place.id(id.uuid());
    for (from, to) in [(2, 100), (4, 2), (100, 4)] {
        place
            .alter(&format!(
                "UPDATE event SET seq = {to} WHERE incident = {id_sql} AND seq = {from}"
            ))
            .await;
    }
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 2));
}

pub(crate) async fn an_amputated_tail_is_found(place: &impl Place) {
    let (ledger, [_, id, _]) = three(place).await;
    let id_sql = place.id(id.uuid());
    place
        .alter(&format!(
            "DELETE FROM event WHERE incident = {id_sql} AND seq > 3"
        ))
        .await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 4));
}

pub(crate) async fn an_amputated_tail_with_its_head_moved_back_is_found_by_the_list(
    place: &impl Place,
) {
    let (ledger, [_, id, _]) = three(place).await;
    let id_sql = place.id(id.uuid());
    for sql in [
        format!("DELETE FROM event WHERE incident = {id_sql} AND seq > 4"),
        format!(
            "UPDATE head SET seq = 4, hash = (SELECT hash FROM event \
             WHERE incident = {id_sql} AND seq = 4) WHERE incident = {id_sql}"
        ),
    ] {
        place.alter(&sql).await;
    }
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 4));
    assert!(link.expected.contains("open"), "{link:?}");
    assert!(link.found.contains("escalated"), "{link:?}");
}

const OF_AN_INCIDENT: [(&str, &str); 6] = [
    ("event", "incident"),
    ("head", "incident"),
    ("incident", "id"),
    ("sighting", "incident"),
    ("lease", "incident"),
    ("opening", "incident"),
];

async fn remove(place: &impl Place, id: IncidentId) {
    for (table, column) in OF_AN_INCIDENT {
        let id = place.id(id.uuid());
        place
            .alter(&format!("DELETE FROM {table} WHERE {column} = {id}"))
            .await;
    }
}

pub(crate) async fn a_removed_incident_is_found(place: &impl Place) {
    let (ledger, [_, id, _]) = three(place).await;
    remove(place, id).await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (None, 2));
}

pub(crate) async fn a_removed_last_incident_is_found(place: &impl Place) {
    let (ledger, [_, _, id]) = three(place).await;
    remove(place, id).await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (None, 3));
}

pub(crate) async fn an_event_that_cannot_be_read_is_a_broken_link(place: &impl Place) {
    let (ledger, [_, id, _]) = three(place).await;
    place
        .alter(&format!(
            "UPDATE event SET envelope = {} WHERE incident = {} AND seq = 2",
            place.with("{", "<"),
            place.id(id.uuid())
        ))
        .await;
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 2));
    assert!(ledger.events(id, 0).await.is_err());
    assert!(ledger.events(id, 2).await.is_ok());
}

pub(crate) async fn a_story_without_an_opening_is_found(place: &impl Place) {
    let (ledger, [_, _, id]) = three(place).await;
    let id_sql = place.id(id.uuid());
    for sql in [
        format!("DELETE FROM opening WHERE incident = {id_sql}"),
        "UPDATE opening_head SET place = 2, hash = (SELECT hash FROM opening WHERE place = 2)"
            .to_owned(),
    ] {
        place.alter(&sql).await;
    }
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(id), 1));
}

pub(crate) async fn an_edited_column_is_found(place: &impl Place) {
    let (ledger, [_, id, other]) = three(place).await;
    let (id_sql, other) = (place.id(id.uuid()), place.id(other.uuid()));
    // What is set, where, and at which event of the incident it shows.
    let mut table: Vec<(String, String, &str, u64)> = [
        "status = 'closed'",
        "severity = 2",
        "title = 'all is well'",
        "cause = 'healthy'",
        "fingerprint = 'f00'",
        "object_kind = NULL",
        "object_namespace = 'till'",
        "object_name = 'bar'",
        "object_uid = 'u'",
        "cluster = 'memory:other'",
        "opened_at = opened_at + 1",
        "closed_at = 5",
        "verdict = 'healed'",
        "outcome = 'healed'",
        "closed_once = 1",
        "place = 77",
    ]
    .iter()
    .map(|set| ((*set).to_owned(), format!("id = {id_sql}"), "incident", 5))
    .collect();
    table.push((
        format!("previous = {other}"),
        format!("id = {id_sql}"),
        "incident",
        5,
    ));
    for set in ["seq = 4", "seq = 6", "at = at + 1"] {
        let seq = if set == "seq = 6" { 6 } else { 5 };
        let found = (set.to_owned(), format!("incident = {id_sql}"), "head", seq);
        table.push(found);
    }
    for set in ["at = at + 1", "kind = 'closed'", "version = 2"] {
        let which = format!("incident = {id_sql} AND seq = 3");
        table.push((set.to_owned(), which, "event", 3));
    }
    let other_id = format!("id = {}", place.id(event_id().uuid()));
    let which = format!("incident = {id_sql} AND seq = 4");
    table.push((other_id, which, "event", 4));
    for (set, which, name, seq) in table {
        place
            .alter(&format!("CREATE TABLE kept AS SELECT * FROM {name}"))
            .await;
        place
            .alter(&format!("UPDATE {name} SET {set} WHERE {which}"))
            .await;
        let link = broken(&*ledger).await;
        assert_eq!((link.incident_id, link.seq), (Some(id), seq), "{set}");
        place.alter(&format!("DELETE FROM {name}")).await;
        place
            .alter(&format!("INSERT INTO {name} SELECT * FROM kept"))
            .await;
        place.alter("DROP TABLE kept").await;
        assert!(report(&*ledger).await.intact, "{set}");
    }
}

pub(crate) async fn the_first_of_many_broken_links_is_named(place: &impl Place) {
    let (ledger, [first, _, last]) = three(place).await;
    for (id, seq) in [(last, 2), (first, 4), (first, 3)] {
        place
            .alter(&format!(
                "UPDATE event SET envelope = {} WHERE incident = {} AND seq = {seq}",
                place.with("T", "U"),
                place.id(id.uuid())
            ))
            .await;
    }
    let link = broken(&*ledger).await;
    assert_eq!((link.incident_id, link.seq), (Some(first), 3));
}
