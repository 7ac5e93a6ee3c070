//! How fast a ledger is, each figure beside its peer: a bare insert of the same bytes into a bare
//! table of the same store with the same durability.
//!
//! `cargo bench -p kintsugi-ledger` prints tables; `-- --quick` asks for smaller ones. PostgreSQL is
//! left out when `KINTSUGI_QUICK` is set.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what fails here ends the run, and tables are printed"
)]

extern crate kintsugi_ledger as ledger;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ledger::{Filter, Ledger, Opened, Opening, PostgresLedger, SqliteLedger, SqliteOptions};
use model::codec;
use model::payload::{Closed, ToolResult, ToolReturned};
use model::signal::Source;
use model::{
    Actor, CallId, ClusterId, Digest, Draft, Event, EventId, EvidenceId, Fact, IncidentId,
    ObjectRef, Outcome, Severity, Signal, Status, Timestamp, Why,
};
use rusqlite::Connection;
use testbed::{Postgres, PostgresVersion};
use tokio::task::JoinSet;
use tokio_postgres::NoTls;
use uuid::Uuid;

const APPENDERS: usize = 16;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let asked = |flag: &str| args.iter().any(|arg| arg == flag);
    // `cargo test` runs this too, and is not to wait for it.
    if !asked("--bench") {
        return;
    }
    let scale = if asked("--quick") { 10 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        sqlite_appends(4_000 / scale, 64_000 / scale).await;
        if std::env::var_os("KINTSUGI_QUICK").is_none() {
            postgres_appends(2_000 / scale, 16_000 / scale).await;
        }
        large_ledger(100_000 / scale).await;
    });
}

static IDS: AtomicU64 = AtomicU64::new(1);

fn fresh() -> Uuid {
    let n = u128::from(IDS.fetch_add(1, Ordering::Relaxed));
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + (n << 80) + n)
}

fn at(n: u64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(n).unwrap() * 1000)
}

fn opening(n: u64) -> Opening {
    let kind = ["Deployment", "StatefulSet", "Pod"][usize::try_from(n % 3).unwrap()];
    let severity = match n % 10 {
        0 => Severity::Critical,
        1..=6 => Severity::Warning,
        _ => Severity::Info,
    };
    Opening {
        incident: IncidentId::from_uuid(fresh()),
        event: EventId::from_uuid(fresh()),
        at: at(n),
        actor: Actor::source("alertmanager", "webhook"),
        signal: Signal {
            source: Source::Alert,
            name: "KubePodCrashLooping".to_owned(),
            object: Some(ObjectRef::new(
                kind,
                &format!("team-{}", n % 200),
                &format!("service-{n}"),
            )),
            severity,
            title: format!("service-{n} is restarting 0.3 times every 5 minutes"),
            labels: std::iter::once(("pod".to_owned(), format!("service-{n}-abcde"))).collect(),
        },
        cluster: ClusterId::memory("bench"),
    }
}

/// What a read-only tool gave: the most frequent event there is.
fn draft() -> Draft {
    Draft {
        id: EventId::from_uuid(fresh()),
        at: at(0),
        actor: Actor::kintsugi(),
        why: Why::NextStep,
        fact: Fact::ToolReturned(ToolReturned {
            call: CallId::from_uuid(fresh()),
            evidence: EvidenceId::from_uuid(fresh()),
            result: ToolResult::Found,
            body: Digest::of("bench", &[]),
            bytes: 4096,
            excerpt:
                "Back-off restarting failed container api in pod api-6c9f-x2x7z: exit code 1, \
                      panic: dial tcp 10.0.0.7:5432: connect: connection refused"
                    .to_owned(),
        }),
    }
}

/// The bytes such an event has in the ledger.
fn envelope() -> Vec<u8> {
    let draft = draft();
    let event = Event {
        id: draft.id,
        incident: IncidentId::from_uuid(fresh()),
        seq: 2,
        at: draft.at,
        actor: draft.actor,
        why: draft.why,
        fact: draft.fact,
    };
    codec::encode(&event).unwrap()
}

fn per_second(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64()
}

/// How often each is measured, in turn, so that whatever else the machine does meets both.
const ROUNDS: usize = 5;

/// The middle one of several rounds, ordered by their ratio.
fn show(what: &str, mut rounds: Vec<(f64, f64)>) {
    rounds.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let ratio = |n: usize| rounds[n].0 / rounds[n].1;
    let (ours, bare) = rounds[rounds.len() / 2];
    println!(
        "{what:<28} {ours:>8.0}/s   bare {bare:>8.0}/s   ratio {:.2} ({:.2} to {:.2})",
        ours / bare,
        ratio(0),
        ratio(rounds.len() - 1)
    );
}

async fn begin(ledger: &dyn Ledger, n: u64) -> IncidentId {
    match ledger.open(opening(n)).await.unwrap() {
        Opened::New(event) => event.incident,
        Opened::Known { incident, .. } => incident,
    }
}

/// Appends one event at a time from each of so many appenders, each to an incident of its own.
async fn appends(ledger: &Arc<dyn Ledger>, appenders: usize, count: usize) -> f64 {
    let mut ids = Vec::new();
    for _ in 0..appenders {
        ids.push(begin(&**ledger, IDS.fetch_add(1, Ordering::Relaxed)).await);
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for id in ids {
        let ledger = Arc::clone(ledger);
        tasks.spawn(async move {
            for n in 0..count / appenders {
                ledger
                    .append(id, n as u64 + 1, vec![draft()])
                    .await
                    .unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    per_second(count, started.elapsed())
}

async fn sqlite_appends(single: usize, many: usize) {
    println!(
        "events of {} bytes, each on the disk before it is acknowledged",
        envelope().len()
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.db");
    let ledger = SqliteLedger::open(&path, SqliteOptions::default()).await;
    let ledger: Arc<dyn Ledger> = Arc::new(ledger.unwrap());
    for (appenders, count) in [(1, single), (APPENDERS, many)] {
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            let ours = appends(&ledger, appenders, count / ROUNDS).await;
            let bare = directory
                .path()
                .join(format!("bare-{appenders}-{round}.db"));
            let fewer = count.min(4 * single) / ROUNDS;
            rounds.push((ours, bare_sqlite(&bare, appenders, fewer)));
        }
        show(&format!("SQLite, {appenders} appending"), rounds);
    }
}

/// A bare insert is a transaction of its own; where many insert each has a connection of its own.
fn bare_sqlite(path: &Path, appenders: usize, count: usize) -> f64 {
    let open = || {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(Duration::from_secs(60)).unwrap();
        connection
            .pragma_update(None, "synchronous", "FULL")
            .unwrap();
        connection
    };
    let first = open();
    first.pragma_update(None, "journal_mode", "WAL").unwrap();
    first
        .execute_batch("CREATE TABLE bare (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
        .unwrap();
    let bytes = envelope();
    let started = Instant::now();
    std::thread::scope(|threads| {
        for _ in 0..appenders {
            threads.spawn(|| {
                let connection = open();
                let sql = "INSERT INTO bare (bytes) VALUES (?1)";
                let mut insert = connection.prepare(sql).unwrap();
                for _ in 0..count / appenders {
                    insert.execute((&bytes,)).unwrap();
                }
            });
        }
    });
    per_second(count, started.elapsed())
}

async fn postgres_appends(single: usize, many: usize) {
    let start = || Postgres::start(PostgresVersion::Eighteen, &[]).unwrap();
    let server = tokio::task::spawn_blocking(start).await.unwrap();
    let url = server.database().unwrap();
    let ledger = PostgresLedger::open(&url, ledger::PostgresOptions::default()).await;
    let ledger: Arc<dyn Ledger> = Arc::new(ledger.unwrap());
    for (appenders, count) in [(1, single), (APPENDERS, many)] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let ours = appends(&ledger, appenders, count / ROUNDS).await;
            let bare = server.database().unwrap();
            let bare = bare_postgres(&bare, appenders, count / ROUNDS).await;
            rounds.push((ours, bare));
        }
        show(&format!("PostgreSQL, {appenders} appending"), rounds);
    }
    drop(ledger);
    tokio::task::spawn_blocking(move || drop(server))
        .await
        .unwrap();
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn bare_postgres(url: &str, appenders: usize, count: usize) -> f64 {
    let create = "CREATE TABLE bare (n BIGSERIAL PRIMARY KEY, bytes BYTEA NOT NULL)";
    connect(url).await.batch_execute(create).await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..appenders {
        clients.push(connect(url).await);
    }
    let bytes = Arc::new(envelope());
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for client in clients {
        let bytes = Arc::clone(&bytes);
        tasks.spawn(async move {
            let sql = "INSERT INTO bare (bytes) VALUES ($1)";
            let insert = client.prepare(sql).await.unwrap();
            for _ in 0..count / appenders {
                client.execute(&insert, &[&*bytes]).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    per_second(count, started.elapsed())
}

/// The times of something done many times over: the middle one and the one that 95 of 100 keep to.
fn times(mut took: Vec<Duration>) -> String {
    took.sort();
    let of = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    format!("p50 {:>8.2} ms   p95 {:>8.2} ms", of(50), of(95))
}

/// Fills a ledger with incidents of three events, all closed but every hundredth when `open`.
async fn fill(path: &Path, incidents: u64, open: bool) {
    let ledger = SqliteLedger::open(path, SqliteOptions::default()).await;
    let ledger: Arc<dyn Ledger> = Arc::new(ledger.unwrap());
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..256 {
        let (ledger, next) = (Arc::clone(&ledger), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= incidents {
                    return;
                }
                let id = begin(&*ledger, n).await;
                let mut drafts = vec![draft()];
                if !(open && n % 100 == 0) {
                    let mut closed = draft();
                    closed.fact = Fact::Closed(Closed {
                        outcome: Outcome::Healed,
                    });
                    drafts.push(closed);
                }
                ledger.append(id, 1, drafts).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

async fn large_ledger(incidents: usize) {
    let directory = tempfile::tempdir().unwrap();
    let mixed = directory.path().join("mixed.db");
    let started = Instant::now();
    fill(&mixed, incidents as u64, true).await;
    println!(
        "\n{incidents} incidents on SQLite, one in a hundred open; filled in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    lists(&mixed, incidents).await;
    let closed = directory.path().join("closed.db");
    fill(&closed, incidents as u64, false).await;
    let mut took = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        let ledger = SqliteLedger::open(&closed, SqliteOptions::default()).await;
        took.push(started.elapsed());
        drop(ledger.unwrap());
    }
    println!("{:<34} {}", "opened with all of them closed", times(took));
    let ledger = SqliteLedger::open(&closed, SqliteOptions::default()).await;
    let started = Instant::now();
    let report = ledger.unwrap().verify().await.unwrap();
    assert!(report.intact);
    println!(
        "{:<34} {:.2} s for {} events",
        "checked as a whole",
        started.elapsed().as_secs_f64(),
        report.events
    );
}

async fn lists(path: &Path, incidents: usize) {
    let ledger = SqliteLedger::open(path, SqliteOptions::default()).await;
    let ledger = ledger.unwrap();
    let page = ledger.incidents(&Filter::default()).await.unwrap();
    let middle = ledger.find("0193", 1000).await.unwrap();
    let some = |text: String| Some(text);
    let table = [
        ("the newest", Filter::default()),
        (
            "not closed",
            Filter {
                statuses: Status::ALL
                    .iter()
                    .copied()
                    .filter(|status| *status != Status::Closed)
                    .collect(),
                ..Filter::default()
            },
        ),
        (
            "of a status that is rare",
            Filter {
                statuses: vec![Status::Escalated],
                ..Filter::default()
            },
        ),
        (
            "critical ones",
            Filter {
                at_least: Some(Severity::Critical),
                ..Filter::default()
            },
        ),
        (
            "of a namespace",
            Filter {
                namespace: some("team-7".to_owned()),
                ..Filter::default()
            },
        ),
        (
            "of an object",
            Filter {
                kind: some("Pod".to_owned()),
                namespace: some("team-2".to_owned()),
                name: some("service-2".to_owned()),
                ..Filter::default()
            },
        ),
        (
            "of a fault",
            Filter {
                fingerprint: page.first().map(|one| one.summary.fingerprint.clone()),
                ..Filter::default()
            },
        ),
        (
            "of a kind, critical, closed",
            Filter {
                kind: some("StatefulSet".to_owned()),
                at_least: Some(Severity::Critical),
                statuses: vec![Status::Closed],
                ..Filter::default()
            },
        ),
        (
            "of a kind there is none of",
            Filter {
                kind: some("Job".to_owned()),
                ..Filter::default()
            },
        ),
        (
            "since the middle",
            Filter {
                since: Some(at(incidents as u64 / 2)),
                ..Filter::default()
            },
        ),
        (
            "a page further down",
            Filter {
                before: middle.last().copied(),
                ..Filter::default()
            },
        ),
    ];
    for (what, filter) in table {
        let mut took = Vec::new();
        let mut found = 0;
        for _ in 0..100 {
            let started = Instant::now();
            found = ledger.incidents(&filter).await.unwrap().len();
            took.push(started.elapsed());
        }
        println!("{what:<28} {found:>5} {}", times(took));
    }
    let mut took = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        ledger.find("beef", 10).await.unwrap();
        took.push(started.elapsed());
    }
    println!("{:<34} {}", "found by the end of its id", times(took));
}
