//! A server that goes away, and answers that are lost on their way.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::{AppendError, Ledger, LedgerError, Opened, PostgresLedger, PostgresOptions};
use model::{Fact, IncidentId};
use testbed::{Postgres, PostgresVersion};
use tokio::time::{sleep, timeout};

use crate::left_out;
use crate::proxy::{Proxy, Wire};
use crate::suite::appending::scribbled;
use crate::suite::{begin, note, opening};

/// Longer than any call may take with the limits below.
const NEVER: Duration = Duration::from_secs(30);

async fn open(url: &str, limit: Duration) -> Arc<PostgresLedger> {
    let options = PostgresOptions {
        limit,
        connections: 4,
        poll: Duration::from_millis(100),
        ..PostgresOptions::default()
    };
    Arc::new(PostgresLedger::open(url, options).await.unwrap())
}

/// Appends until told to stop, whatever happens meanwhile, and gives what was acknowledged.
async fn persist(
    ledger: Arc<PostgresLedger>,
    id: IncidentId,
    name: u32,
    stop: tokio::sync::watch::Receiver<bool>,
) -> (Vec<String>, usize) {
    let mut acknowledged = Vec::new();
    let mut unavailable = 0;
    let mut n = 0;
    while !*stop.borrow() {
        let head = match timeout(NEVER, ledger.incident(id)).await.unwrap() {
            Ok(listed) => listed.unwrap().head,
            Err(e) => {
                assert!(e.passes(), "{e}");
                unavailable += 1;
                sleep(Duration::from_millis(5)).await;
                continue;
            }
        };
        let text = format!("{name}-{n}");
        n += 1;
        let draft = note(&text);
        loop {
            let told = ledger.append(id, head.seq, vec![draft.clone()]);
            match timeout(NEVER, told).await.unwrap() {
                Ok(_) => {
                    acknowledged.push(text);
                    break;
                }
                Err(AppendError::Moved { .. }) => break,
                // Whether it happened is not known: it is told again, under the same id.
                Err(AppendError::Ledger(e)) if e.passes() => unavailable += 1,
                Err(e) => panic!("{e}"),
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
    (acknowledged, unavailable)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_nothing_and_work_goes_on() {
    if left_out() {
        return;
    }
    let start = || Postgres::start(PostgresVersion::Eighteen, &[]).unwrap();
    let mut server = tokio::task::spawn_blocking(start).await.unwrap();
    let ledger = open(&server.url(), Duration::from_secs(3)).await;
    let ids = [
        begin(&*ledger, "a").await.incident,
        begin(&*ledger, "b").await.incident,
    ];
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..6_u32 {
        let id = ids[n as usize % 2];
        tasks.spawn(persist(Arc::clone(&ledger), id, n, stopped.clone()));
    }
    for kill in [true, false, true] {
        grown(&*ledger, ids[0], 15).await;
        let turn = move || {
            if kill { server.kill() } else { server.stop() }.unwrap();
            server
        };
        server = tokio::task::spawn_blocking(turn).await.unwrap();
        let away = timeout(NEVER, ledger.ping()).await.unwrap().unwrap_err();
        assert!(matches!(away, LedgerError::Unavailable { .. }), "{away}");
        assert!(!away.to_string().contains("secret"), "{away}");
        let back = move || {
            server.restart().unwrap();
            server
        };
        server = tokio::task::spawn_blocking(back).await.unwrap();
    }
    grown(&*ledger, ids[1], 15).await;
    stop.send(true).unwrap();
    let (mut acknowledged, mut unavailable) = (HashSet::new(), 0);
    while let Some(task) = tasks.join_next().await {
        let (texts, failed) = task.unwrap();
        acknowledged.extend(texts);
        unavailable += failed;
    }
    assert!(unavailable > 0, "nobody noticed");
    assert_eq!(scribbled(&*ledger, &ids).await, acknowledged);
    assert_eq!(ledger.verify().await.unwrap().first_broken, None);
}

/// Waits until an incident has grown by so many events.
async fn grown(ledger: &dyn Ledger, id: IncidentId, by: u64) {
    let started = Instant::now();
    let mut first = None;
    while started.elapsed() < Duration::from_secs(60) {
        if let Ok(Some(listed)) = ledger.incident(id).await
            && listed.head.seq >= *first.get_or_insert(listed.head.seq) + by
        {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing was appended within a minute");
}

/// A database of its own on the shared server, reached through a proxy.
async fn through_a_proxy(limit: Duration) -> (Arc<PostgresLedger>, Proxy) {
    let server = Postgres::shared().unwrap();
    let direct = server.database().unwrap();
    let proxy = Proxy::before(server.port()).await;
    let url = proxy.url(&direct, server.port());
    let ledger = open(&url, limit).await;
    (ledger, proxy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_commit_answer_is_lost_stands_once() {
    if left_out() {
        return;
    }
    let (ledger, proxy) = through_a_proxy(Duration::from_secs(5)).await;
    let id = begin(&*ledger, "api").await.incident;
    let mut seq = 1;
    for wire in [Wire::CutAfterCommit, Wire::CutBeforeCommit] {
        proxy.set(wire);
        let drafts = vec![note("a"), note("b")];
        let appended = ledger.append(id, seq, drafts.clone()).await.unwrap();
        assert!(proxy.is_whole(), "{wire:?} did not happen");
        let ids: Vec<_> = appended.events.iter().map(|event| event.id).collect();
        assert_eq!(ids, [drafts[0].id, drafts[1].id]);
        seq = appended.head.seq;
    }
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 5);
    assert!(ledger.verify().await.unwrap().intact);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_whose_commit_answer_is_lost_is_taken_once() {
    if left_out() {
        return;
    }
    let (ledger, proxy) = through_a_proxy(Duration::from_secs(5)).await;
    proxy.set(Wire::CutAfterCommit);
    let first = begin(&*ledger, "api").await;
    assert!(proxy.is_whole());
    assert!(matches!(first.fact, Fact::SignalSeen(_)));
    for sightings in [2, 3] {
        proxy.set(Wire::CutAfterCommit);
        let known = ledger.open(opening("api")).await.unwrap();
        assert!(proxy.is_whole());
        let expected = Opened::Known {
            incident: first.incident,
            sightings,
        };
        assert_eq!(known, expected);
    }
    let report = ledger.verify().await.unwrap();
    assert_eq!((report.incidents, report.events), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_does_not_hang_a_call() {
    if left_out() {
        return;
    }
    let (ledger, proxy) = through_a_proxy(Duration::from_millis(500)).await;
    let id = begin(&*ledger, "api").await.incident;
    proxy.set(Wire::Silent);
    for _ in 0..6 {
        let silent = ledger.append(id, 1, vec![note("x")]);
        let silent = timeout(NEVER, silent).await.unwrap().unwrap_err();
        let AppendError::Ledger(silent) = silent else {
            panic!("{silent}");
        };
        assert!(silent.passes(), "{silent}");
    }
    proxy.set(Wire::Whole);
    let started = Instant::now();
    while ledger.append(id, 1, vec![note("x")]).await.is_err() {
        assert!(started.elapsed() < NEVER);
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_leaves_in_the_middle_leaves_no_transaction_behind() {
    if left_out() {
        return;
    }
    let (ledger, _proxy) = through_a_proxy(Duration::from_secs(5)).await;
    let id = begin(&*ledger, "api").await.incident;
    for n in 0..40_u64 {
        let leaving = ledger.append(id, 1, vec![note("x")]);
        // Somewhere between nothing and everything of it happens.
        let _ = timeout(Duration::from_micros(n * 50), leaving).await;
    }
    let seq = ledger.events(id, 0).await.unwrap().len() as u64;
    for n in 0..8 {
        let appended = ledger.append(id, seq + n, vec![note("y")]).await.unwrap();
        assert_eq!(appended.head.seq, seq + n + 1);
    }
    assert!(ledger.verify().await.unwrap().intact);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_server_is_said_without_the_password() {
    if left_out() {
        return;
    }
    let url = "postgres://me:hunter2@127.0.0.1:1/kintsugi";
    let refused = ledger::open(url).await.err().unwrap();
    let text = refused.to_string();
    assert!(
        text.contains("postgres://me@127.0.0.1:1/kintsugi"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
    assert!(refused.passes());
}
