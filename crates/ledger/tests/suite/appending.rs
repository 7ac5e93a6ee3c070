//! Opening incidents and appending to them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ledger::{AppendError, Filter, Ledger, Opened};
use model::{Fact, IncidentId, Outcome, Status};
use tokio::time::timeout;

use super::{Place, at, begin, closed, escalated, note, opening, story, undo};

pub(crate) async fn an_opened_incident_is_there_with_its_first_event(place: &impl Place) {
    let ledger = place.open().await;
    let wanted = opening("api");
    let Opened::New(first) = ledger.open(wanted.clone()).await.unwrap() else {
        panic!("it was not open");
    };
    assert_eq!(
        (first.id, first.seq, first.at),
        (wanted.event, 1, wanted.at)
    );
    assert_eq!(
        ledger.events(first.incident, 0).await.unwrap(),
        [(*first).clone()]
    );
    let listed = ledger.incident(first.incident).await.unwrap().unwrap();
    assert_eq!(listed.head.seq, 1);
    assert_eq!(listed.sightings, 1);
    assert_eq!(listed.summary.status, Status::Open);
    assert_eq!(listed.summary.object, wanted.signal.object);
    assert_eq!(listed.summary.previous, None);
}

pub(crate) async fn appended_events_get_their_place_and_their_time_in_order(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    let mut late = note("late");
    late.at = at(500);
    let mut early = note("early");
    early.at = at(-500);
    let appended = ledger.append(id, 1, vec![late, early]).await.unwrap();
    let times: Vec<_> = appended.events.iter().map(|e| (e.seq, e.at)).collect();
    assert_eq!(times, [(2, at(500)), (3, at(500))]);
    assert_eq!(appended.head.seq, 3);
    assert_eq!(ledger.events(id, 1).await.unwrap(), appended.events);
    let listed = ledger.incident(id).await.unwrap().unwrap();
    assert_eq!(listed.head, appended.head);
    let next = ledger.append(id, 3, vec![note("next")]).await.unwrap();
    assert_eq!(next.events[0].at, at(500));
}

pub(crate) async fn an_append_told_twice_appends_once(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    let drafts = vec![note("a"), note("b")];
    let first = ledger.append(id, 1, drafts.clone()).await.unwrap();
    let again = ledger.append(id, 1, drafts.clone()).await.unwrap();
    assert_eq!(first, again);
    ledger.append(id, 3, vec![note("c")]).await.unwrap();
    let later = ledger.append(id, 1, drafts).await.unwrap();
    assert_eq!(first.events, later.events);
    assert_eq!(later.head.seq, 4);
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 4);
}

pub(crate) async fn an_opening_told_twice_opens_once(place: &impl Place) {
    let ledger = place.open().await;
    let wanted = opening("api");
    let first = ledger.open(wanted.clone()).await.unwrap();
    let again = ledger.open(wanted.clone()).await.unwrap();
    assert_eq!(first, again);
    ledger
        .append(wanted.incident, 1, vec![closed()])
        .await
        .unwrap();
    assert_eq!(ledger.open(wanted).await.unwrap(), first);
    assert_eq!(ledger.incidents(&Filter::default()).await.unwrap().len(), 1);
}

pub(crate) async fn an_append_onto_a_moved_head_is_refused_and_says_where_it_stands(
    place: &impl Place,
) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    ledger.append(id, 1, vec![note("mine")]).await.unwrap();
    for after in [0, 1, 3] {
        let moved = ledger.append(id, after, vec![note("late")]).await;
        let Err(AppendError::Moved {
            expected, found, ..
        }) = moved
        else {
            panic!("{moved:?}");
        };
        assert_eq!((expected, found), (after, 2));
    }
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 2);
}

pub(crate) async fn an_append_to_no_incident_is_refused(place: &impl Place) {
    let ledger = place.open().await;
    let nowhere = opening("api").incident;
    let refused = ledger.append(nowhere, 0, vec![note("x")]).await;
    assert!(matches!(refused, Err(AppendError::NoIncident(id)) if id == nowhere));
    assert!(ledger.events(nowhere, 0).await.unwrap().is_empty());
    assert!(ledger.incident(nowhere).await.unwrap().is_none());
}

pub(crate) async fn an_event_id_of_another_incident_is_refused(place: &impl Place) {
    let ledger = place.open().await;
    let one = begin(&*ledger, "api").await;
    let two = begin(&*ledger, "web").await;
    let mut stolen = note("x");
    stolen.id = one.id;
    let refused = ledger.append(two.incident, 1, vec![stolen]).await;
    assert!(
        matches!(refused, Err(AppendError::Ledger(_))),
        "{refused:?}"
    );
    assert_eq!(ledger.events(two.incident, 0).await.unwrap().len(), 1);
}

pub(crate) async fn a_batch_is_appended_whole_or_not_at_all(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    let one = note("a");
    let twice = vec![one.clone(), note("b"), one];
    assert!(ledger.append(id, 1, twice).await.is_err());
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 1);
    ledger.append(id, 1, vec![note("fine")]).await.unwrap();
    assert!(ledger.verify().await.unwrap().intact);
}

pub(crate) async fn after_closing_only_a_wish_to_undo_may_follow(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    ledger.append(id, 1, vec![closed()]).await.unwrap();
    let refused = ledger.append(id, 2, vec![note("late")]).await;
    assert!(
        matches!(refused, Err(AppendError::Closed(it)) if it == id),
        "{refused:?}"
    );
    ledger.append(id, 2, vec![undo()]).await.unwrap();
    let stirred = ledger.incident(id).await.unwrap().unwrap().summary;
    assert_eq!((stirred.status, stirred.outcome), (Status::Mending, None));
    ledger
        .append(id, 3, vec![note("undoing"), closed()])
        .await
        .unwrap();
    let rests = ledger.incident(id).await.unwrap().unwrap().summary;
    assert_eq!(rests.outcome, Some(Outcome::NotMended));
    assert!(ledger.verify().await.unwrap().intact);
}

pub(crate) async fn nothing_may_follow_a_closing_in_the_same_batch(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    let refused = ledger.append(id, 1, vec![closed(), note("late")]).await;
    assert!(
        matches!(refused, Err(AppendError::Closed(_))),
        "{refused:?}"
    );
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 1);
}

/// A small generator of our own: the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Appends at random until `wanted` batches went through, and tells `acknowledge` which texts were
/// acknowledged.
pub(crate) async fn scribble(
    ledger: Arc<dyn Ledger>,
    incidents: Vec<IncidentId>,
    seed: u64,
    wanted: usize,
    mut acknowledge: impl FnMut(Vec<String>),
) {
    let mut dice = Dice(seed);
    let mut done = 0;
    while done < wanted {
        let pick = usize::try_from(dice.roll(incidents.len() as u64)).unwrap();
        let id = incidents[pick];
        let seq = ledger.incident(id).await.unwrap().unwrap().head.seq;
        let texts: Vec<_> = (0..=dice.roll(3))
            .map(|n| format!("{seed}-{done}-{n}"))
            .collect();
        let drafts = texts.iter().map(|text| note(text)).collect();
        match ledger.append(id, seq, drafts).await {
            Ok(_) => {
                acknowledge(texts);
                done += 1;
            }
            Err(AppendError::Moved { .. }) => {}
            Err(e) => panic!("{e}"),
        }
    }
}

/// The texts of all events that `scribble` appended; each must stand once and in its place.
pub(crate) async fn scribbled(ledger: &dyn Ledger, incidents: &[IncidentId]) -> HashSet<String> {
    let mut stored = HashSet::new();
    for id in incidents {
        for (n, event) in ledger.events(*id, 0).await.unwrap().into_iter().enumerate() {
            assert_eq!(event.seq, n as u64 + 1);
            if let Fact::SignalCleared(fact) = event.fact {
                assert!(stored.insert(fact.seen), "an event stands twice");
            }
        }
    }
    stored
}

pub(crate) async fn concurrent_appenders_lose_nothing(place: &impl Place) {
    let (one, two) = (place.open().await, place.open().await);
    let mut incidents = Vec::new();
    for name in ["a", "b", "c"] {
        incidents.push(begin(&*one, name).await.incident);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for seed in 1..=8 {
        let ledger = Arc::clone(if seed % 2 == 0 { &one } else { &two });
        let incidents = incidents.clone();
        tasks.spawn(async move {
            let mut acknowledged = Vec::new();
            let note = |texts| acknowledged.extend(texts);
            scribble(ledger, incidents, seed * 7919, 12, note).await;
            acknowledged
        });
    }
    let mut acknowledged = HashSet::new();
    while let Some(texts) = tasks.join_next().await {
        acknowledged.extend(texts.unwrap());
    }
    assert_eq!(scribbled(&*one, &incidents).await, acknowledged);
    let report = one.verify().await.unwrap();
    assert_eq!(report.first_broken, None);
}

pub(crate) async fn concurrent_signals_of_one_fault_open_one_incident(place: &impl Place) {
    let (one, two) = (place.open().await, place.open().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16 {
        let ledger = Arc::clone(if n % 2 == 0 { &one } else { &two });
        tasks.spawn(async move { ledger.open(opening("api")).await.unwrap() });
    }
    let mut new = Vec::new();
    let mut known = Vec::new();
    while let Some(opened) = tasks.join_next().await {
        match opened.unwrap() {
            Opened::New(event) => new.push(event.incident),
            Opened::Known {
                incident,
                sightings,
            } => known.push((incident, sightings)),
        }
    }
    assert_eq!(new.len(), 1);
    known.sort_by_key(|(_, sightings)| *sightings);
    let expected: Vec<_> = (2..=16).map(|n| (new[0], n)).collect();
    assert_eq!(known, expected);
    let listed = one.incidents(&Filter::default()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].sightings, 16);
}

pub(crate) async fn a_sighting_told_twice_is_counted_once(place: &impl Place) {
    let ledger = place.open().await;
    let id = begin(&*ledger, "api").await.incident;
    let (again, other) = (opening("api"), opening("api"));
    for (told, sightings) in [(&again, 2), (&again, 2), (&other, 3), (&again, 3)] {
        let known = ledger.open(told.clone()).await.unwrap();
        let expected = Opened::Known {
            incident: id,
            sightings,
        };
        assert_eq!(known, expected);
    }
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 1);
}

pub(crate) async fn a_recurrence_names_the_incident_before(place: &impl Place) {
    let ledger = place.open().await;
    let mut before = None;
    for _ in 0..3 {
        let first = begin(&*ledger, "api").await;
        let Fact::SignalSeen(fact) = &first.fact else {
            panic!("{first:?}");
        };
        assert_eq!(fact.previous, before);
        let listed = ledger.incident(first.incident).await.unwrap().unwrap();
        assert_eq!(listed.summary.previous, before);
        before = Some(first.incident);
        ledger
            .append(first.incident, 1, vec![closed()])
            .await
            .unwrap();
    }
}

pub(crate) async fn an_incident_stirred_by_an_undo_does_not_stand_in_the_way_of_the_open_one(
    place: &impl Place,
) {
    let ledger = place.open().await;
    let old = begin(&*ledger, "api").await.incident;
    ledger.append(old, 1, vec![closed()]).await.unwrap();
    let new = begin(&*ledger, "api").await.incident;
    // Two of one fault that are not closed, of which one was closed before.
    ledger.append(old, 2, vec![undo()]).await.unwrap();
    let seen = ledger.open(opening("api")).await.unwrap();
    assert!(
        matches!(seen, Opened::Known { incident, .. } if incident == new),
        "{seen:?}"
    );
    ledger.append(new, 1, vec![closed()]).await.unwrap();
    // The stirred one is on its way to its end: what is seen now is a new fault.
    let third = begin(&*ledger, "api").await;
    let Fact::SignalSeen(fact) = &third.fact else {
        panic!("{third:?}");
    };
    assert_eq!(fact.previous, Some(new));
    ledger.append(old, 3, vec![closed()]).await.unwrap();
    assert!(ledger.verify().await.unwrap().intact);
}

pub(crate) async fn two_ledgers_on_one_place_see_each_others_events(place: &impl Place) {
    let (one, two) = (place.open().await, place.open().await);
    let id = story(&*one, "api").await;
    assert_eq!(
        one.events(id, 0).await.unwrap(),
        two.events(id, 0).await.unwrap()
    );
    two.append(id, 5, vec![escalated()]).await.unwrap();
    assert_eq!(one.events(id, 5).await.unwrap().len(), 1);
}

pub(crate) async fn changes_are_told_here_and_elsewhere(place: &impl Place) {
    let (here, elsewhere) = (place.open().await, place.open().await);
    let id = begin(&*here, "api").await.incident;
    let (mut near, mut far) = (here.changes(), elsewhere.changes());
    here.append(id, 1, vec![note("x")]).await.unwrap();
    let limit = Duration::from_secs(20);
    loop {
        let changed = timeout(limit, near.recv()).await.unwrap().unwrap();
        if changed.incident == Some(id) {
            break;
        }
    }
    loop {
        let changed = timeout(limit, far.recv()).await.unwrap().unwrap();
        if changed.incident.is_none_or(|it| it == id) {
            break;
        }
    }
}
