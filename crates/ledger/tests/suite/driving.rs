//! Who drives which incident.

use std::collections::HashSet;
use std::sync::Arc;

use ledger::{Holder, Lease, Ledger};
use model::{ClusterId, IncidentId, Millis, Timestamp};

use super::{Place, at, begin, closed, cluster, note, opening};

const TTL: Millis = Millis::secs(30);

fn holder(name: &str) -> Holder {
    Holder(name.to_owned())
}

async fn claim(ledger: &dyn Ledger, name: &str, now: Timestamp) -> Vec<IncidentId> {
    let holder = holder(name);
    ledger
        .claim(&cluster(), &holder, now, TTL, 10)
        .await
        .unwrap()
}

pub(crate) async fn a_lease_is_given_to_one_until_it_ends(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    let (a, b) = (holder("a"), holder("b"));
    let until = at(0).plus(TTL);
    let held = Lease::Held { until };
    assert_eq!(ledger.lease(id, &a, at(0), TTL).await.unwrap(), held);
    let taken = Lease::Taken {
        by: a.clone(),
        until,
    };
    assert_eq!(ledger.lease(id, &b, at(1), TTL).await.unwrap(), taken);
    assert!(claim(&*ledger, "b", at(1)).await.is_empty());
    let renewed = ledger.lease(id, &a, at(1), TTL).await.unwrap();
    let until = at(1).plus(TTL);
    assert_eq!(renewed, Lease::Held { until });
    let later = ledger.lease(id, &b, until, TTL).await.unwrap();
    assert!(matches!(later, Lease::Held { .. }));
    // The one whose lease has ended gives nothing back.
    ledger.release(id, &a, 1, None).await.unwrap();
    assert_eq!(ledger.holders().await.unwrap(), [b]);
    let nowhere = opening("x").incident;
    assert!(ledger.lease(nowhere, &a, at(0), TTL).await.is_err());
}

pub(crate) async fn a_released_incident_is_due_when_it_said(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    assert_eq!(claim(&*ledger, "a", at(0)).await, [id]);
    assert!(claim(&*ledger, "a", at(0)).await.is_empty());
    ledger
        .release(id, &holder("a"), 1, Some(at(100)))
        .await
        .unwrap();
    assert!(claim(&*ledger, "b", at(99)).await.is_empty());
    assert_eq!(claim(&*ledger, "b", at(100)).await, [id]);
    ledger.release(id, &holder("b"), 1, None).await.unwrap();
    let much_later = at(1_000_000_000_000);
    assert!(claim(&*ledger, "a", much_later).await.is_empty());
}

pub(crate) async fn an_append_makes_its_incident_due_at_once(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    assert_eq!(claim(&*ledger, "a", at(0)).await, [id]);
    ledger.release(id, &holder("a"), 1, None).await.unwrap();
    ledger.append(id, 1, vec![note("x")]).await.unwrap();
    assert_eq!(claim(&*ledger, "a", at(0)).await, [id]);
}

pub(crate) async fn a_word_said_while_the_holder_rests_is_not_slept_over(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    assert_eq!(claim(&*ledger, "a", at(0)).await, [id]);
    // Between the holder's last look and its going to rest.
    ledger.append(id, 1, vec![note("word")]).await.unwrap();
    ledger.release(id, &holder("a"), 1, None).await.unwrap();
    assert_eq!(claim(&*ledger, "a", at(0)).await, [id]);
    ledger.release(id, &holder("a"), 2, None).await.unwrap();
    assert!(claim(&*ledger, "a", at(0)).await.is_empty());
}

pub(crate) async fn a_closed_incident_is_not_claimed(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    ledger.append(id, 1, vec![closed()]).await.unwrap();
    assert!(claim(&*ledger, "a", at(0)).await.is_empty());
    ledger.append(id, 2, vec![super::undo()]).await.unwrap();
    assert_eq!(claim(&*ledger, "a", at(0)).await, [id]);
}

pub(crate) async fn claims_are_of_one_cluster_and_as_many_as_asked(place: &impl Place) {
    let ledger = place.open().await;
    let mut ours = Vec::new();
    for n in 0..5 {
        ours.push(begin(&*ledger, &format!("w{n}")).await.incident);
    }
    let mut elsewhere = opening("w0");
    elsewhere.cluster = ClusterId::memory("other");
    let other = elsewhere.incident;
    ledger.open(elsewhere).await.unwrap();
    let a = holder("a");
    let some = ledger.claim(&cluster(), &a, at(0), TTL, 3).await.unwrap();
    assert_eq!(some, ours[..3]);
    let rest = ledger.claim(&cluster(), &a, at(0), TTL, 3).await.unwrap();
    assert_eq!(rest, ours[3..]);
    let memory = ClusterId::memory("other");
    let theirs = ledger.claim(&memory, &a, at(0), TTL, 3).await.unwrap();
    assert_eq!(theirs, [other]);
}

pub(crate) async fn concurrent_claims_share_nothing(place: &impl Place) {
    let (one, two) = (place.open().await, place.open().await);
    for n in 0..24 {
        begin(&*one, &format!("w{n}")).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..8 {
        let ledger = Arc::clone(if n % 2 == 0 { &one } else { &two });
        tasks.spawn(async move {
            let mut all = Vec::new();
            let holder = holder(&format!("h{n}"));
            // One that finds everything locked by others comes again.
            for _ in 0..12 {
                let some = ledger.claim(&cluster(), &holder, at(0), TTL, 2).await;
                all.extend(some.unwrap());
            }
            all
        });
    }
    let mut all = Vec::new();
    while let Some(some) = tasks.join_next().await {
        all.extend(some.unwrap());
    }
    assert_eq!(all.len(), 24);
    assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 24);
}

pub(crate) async fn a_dead_holder_is_buried_and_no_other(place: &impl Place) {
    let ledger = place.open().await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(begin(&*ledger, &format!("w{n}")).await.incident);
    }
    for (id, name) in ids.iter().zip(["dead", "dead", "alive"]) {
        let lease = ledger.lease(*id, &holder(name), at(0), TTL).await.unwrap();
        assert!(matches!(lease, Lease::Held { .. }));
    }
    let held = ledger.holders().await.unwrap();
    assert_eq!(held, [holder("alive"), holder("dead")]);
    assert_eq!(ledger.bury(&holder("dead")).await.unwrap(), 2);
    assert_eq!(ledger.bury(&holder("dead")).await.unwrap(), 0);
    assert_eq!(ledger.holders().await.unwrap(), [holder("alive")]);
    assert_eq!(claim(&*ledger, "new", at(1)).await, ids[..2]);
}
