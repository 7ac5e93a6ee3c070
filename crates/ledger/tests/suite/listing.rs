//! Lists and stories.

use ledger::Filter;
use model::{ClusterId, IncidentId, Severity, Status};

use super::{Place, at, closed, cluster, escalated, opening, story};

pub(crate) async fn lists_are_narrowed_by_everything_a_filter_says(place: &impl Place) {
    let ledger = place.open().await;
    let mut ids = Vec::new();
    for n in 0..4_i64 {
        let mut wanted = opening(&format!("w{n}"));
        wanted.at = at(n * 1000);
        if n == 1 {
            wanted.signal.severity = Severity::Critical;
            wanted.cluster = ClusterId::memory("other");
        }
        if n == 2 {
            wanted.signal.object = None;
        }
        if let (3, Some(object)) = (n, &mut wanted.signal.object) {
            object.kind = "Pod".to_owned();
            object.namespace = "till".to_owned();
        }
        ids.push(wanted.incident);
        ledger.open(wanted).await.unwrap();
    }
    ledger.append(ids[0], 1, vec![closed()]).await.unwrap();
    ledger.append(ids[1], 1, vec![escalated()]).await.unwrap();
    let fingerprint = ledger.incident(ids[2]).await.unwrap().unwrap();
    let fingerprint = fingerprint.summary.fingerprint;
    let some = |text: &str| Some(text.to_owned());
    let table: Vec<(Filter, &[usize])> = vec![
        (Filter::default(), &[3, 2, 1, 0]),
        (filter(|f| f.statuses = vec![Status::Closed]), &[0]),
        (
            filter(|f| f.statuses = vec![Status::Open, Status::Escalated]),
            &[3, 2, 1],
        ),
        (
            filter(|f| f.statuses = vec![Status::Open, Status::Closed]),
            &[3, 2, 0],
        ),
        (filter(|f| f.at_least = Some(Severity::Critical)), &[1]),
        (filter(|f| f.at_least = Some(Severity::Info)), &[3, 2, 1, 0]),
        (filter(|f| f.namespace = some("shop")), &[1, 0]),
        (filter(|f| f.kind = some("Pod")), &[3]),
        (filter(|f| f.name = some("w0")), &[0]),
        (filter(|f| f.fingerprint = Some(fingerprint)), &[2]),
        (filter(|f| f.cluster = Some(cluster())), &[3, 2, 0]),
        (filter(|f| f.since = Some(at(2000))), &[3, 2]),
        (filter(|f| f.before = Some(ids[2])), &[1, 0]),
        (filter(|f| f.limit = 2), &[3, 2]),
        (
            filter(|f| {
                f.namespace = some("shop");
                f.before = Some(ids[1]);
                f.statuses = vec![Status::Closed];
                f.since = Some(at(0));
            }),
            &[0],
        ),
        (filter(|f| f.name = some("x' OR '1'='1")), &[]),
    ];
    for (filter, expected) in table {
        let listed = ledger.incidents(&filter).await.unwrap();
        let found: Vec<_> = listed.iter().map(|one| one.summary.id).collect();
        let expected: Vec<_> = expected.iter().map(|n| ids[*n]).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

fn filter(narrow: impl FnOnce(&mut Filter)) -> Filter {
    let mut filter = Filter::default();
    narrow(&mut filter);
    filter
}

pub(crate) async fn pages_follow_each_other_without_gap_or_repetition(place: &impl Place) {
    let ledger = place.open().await;
    let mut ids = Vec::new();
    for n in 0..11 {
        ids.push(story(&*ledger, &format!("w{n}")).await);
    }
    ids.reverse();
    let mut pages: Vec<IncidentId> = Vec::new();
    loop {
        let filter = Filter {
            before: pages.last().copied(),
            limit: 4,
            ..Filter::default()
        };
        let page = ledger.incidents(&filter).await.unwrap();
        if page.is_empty() {
            break;
        }
        pages.extend(page.iter().map(|one| one.summary.id));
    }
    assert_eq!(pages, ids);
}

pub(crate) async fn an_incident_is_found_by_how_its_id_begins_or_ends(place: &impl Place) {
    let ledger = place.open().await;
    let ids: Vec<IncidentId> = [
        "0193aaaa-0000-7000-8000-00000000beef",
        "0193aabb-0000-7000-8000-00000000cafe",
        "0193cccc-0000-7000-8000-0000aabb0001",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    for (n, id) in ids.iter().enumerate() {
        let mut wanted = opening(&format!("w{n}"));
        wanted.incident = *id;
        ledger.open(wanted).await.unwrap();
    }
    let table: [(&str, u32, &[usize]); 9] = [
        ("0193aa", 9, &[1, 0]),
        ("0193aa", 1, &[1]),
        ("0193AAAA-00", 9, &[0]),
        ("cafe", 9, &[1]),
        ("0000-0000beef", 9, &[0]),
        ("8000-00000000beef", 9, &[0]),
        ("aabb", 9, &[]),
        ("%", 9, &[]),
        ("", 9, &[]),
    ];
    for (part, limit, expected) in table {
        let found = ledger.find(part, limit).await.unwrap();
        let expected: Vec<_> = expected.iter().map(|n| ids[*n]).collect();
        assert_eq!(found, expected, "{part}");
    }
    let whole = ledger.find(&ids[2].to_string(), 9).await.unwrap();
    assert_eq!(whole, ids[2..]);
}

pub(crate) async fn stories_are_read_from_any_event_on(place: &impl Place) {
    let ledger = place.open().await;
    let id = story(&*ledger, "api").await;
    let long: Vec<_> = (0..1200).map(|n| super::note(&n.to_string())).collect();
    ledger.append(id, 5, long).await.unwrap();
    for after in [0, 4, 700, 1204, 1205, 9000] {
        let events = ledger.events(id, after).await.unwrap();
        let numbers: Vec<_> = events.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (after + 1..=1205).collect::<Vec<_>>());
    }
    assert!(ledger.verify().await.unwrap().intact);
}
