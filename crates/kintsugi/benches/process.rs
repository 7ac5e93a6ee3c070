//! What the built program costs: how soon it is ready and how much memory it takes at rest, with a
//! ledger of 100,000 closed incidents, and how large it is.
//!
//! `cargo bench -p kintsugi` prints the figures of `docs/benchmarks.md`; `-- --quick` takes a tenth
//! of the incidents. The size is told of what `cargo build --profile dist` has left.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what fails here ends the run, and figures are printed"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cluster::memory::{Clock, Pace};
use cluster::{MemoryCluster, scenes};
use ledger::{Ledger, Opened, Opening};
use model::payload::{Closed, ToolResult, ToolReturned};
use model::{
    Actor, CallId, ClusterId, Digest, Draft, EventId, EvidenceId, IncidentId, ObjectRef, Outcome,
    Severity, Signal, Source, Timestamp, Why,
};
use tokio::task::JoinSet;
use uuid::Uuid;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kintsugi");
const STARTS: usize = 30;
const IDLE: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(30);

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let asked = |flag: &str| args.iter().any(|arg| arg == flag);
    // `cargo test` runs this too, and is not to wait for it.
    if !asked("--bench") {
        return;
    }
    let incidents = if asked("--quick") { 10_000 } else { 100_000 };
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let filling = Instant::now();
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(fill(&ledger, incidents));
    wire(&folder.path().join("ledger.db.cluster"));
    let bytes = std::fs::metadata(&ledger).unwrap().len();
    let took = filling.elapsed().as_secs_f64();
    println!(
        "{incidents} closed incidents, {}, in {took:.0} s",
        megabytes(bytes)
    );

    let served: Vec<Served> = (0..STARTS)
        .map(|_| Served::start(&ledger).ended())
        .collect();
    let mut starts: Vec<Duration> = served.iter().map(|served| served.took).collect();
    starts.sort();
    let ms = |percent: usize| starts[(STARTS - 1) * percent / 100].as_secs_f64() * 1_000.0;
    println!(
        "start to ready                p50 {:.1} ms   p95 {:.1} ms   ({STARTS} starts)",
        ms(50),
        ms(95)
    );
    let ticks: u64 = served.iter().map(|served| served.ticks).sum();
    println!(
        "  of it at work               {} ms",
        ticks * 10 / STARTS as u64
    );
    let served = Served::start(&ledger);
    std::thread::sleep(IDLE);
    println!(
        "memory at rest (VmRSS)        {}",
        megabytes(served.memory())
    );
    served.ended();
    let dist = Path::new(PROGRAM).with_file_name("");
    let dist = dist.parent().unwrap().join("dist/kintsugi");
    match std::fs::metadata(&dist) {
        Ok(found) => println!("program of the profile `dist` {}", megabytes(found.len())),
        Err(_) => println!("program of the profile `dist` not built: cargo build --profile dist"),
    }
}

fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// `kintsugi serve` on a ledger, from its start to ready.
struct Served {
    child: Child,
    took: Duration,
    /// How long it was at work for that on the processors, in hundredths of a second.
    ticks: u64,
}

impl Served {
    fn start(ledger: &Path) -> Self {
        let started = Instant::now();
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--ledger"])
            .arg(ledger)
            .current_dir(ledger.parent().unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap();
        while !ready(address) {
            assert!(started.elapsed() < LIMIT, "{address} does not become ready");
            std::thread::sleep(Duration::from_millis(1));
        }
        let took = started.elapsed();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks = fields[11..13]
            .iter()
            .map(|field| field.parse::<u64>().unwrap());
        Self {
            ticks: ticks.sum(),
            child,
            took,
        }
    }

    /// Asks it to end, and waits until it has.
    fn ended(mut self) -> Self {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.unwrap().success());
        let ended = self.child.wait().unwrap();
        assert!(ended.success(), "asked to end, it ended with {ended}");
        self
    }

    /// What it has in memory, in bytes.
    fn memory(&self) -> u64 {
        let path = PathBuf::from(format!("/proc/{}/status", self.child.id()));
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        kilobytes.parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Only what was not asked to end is still there.
        if let Ok(None) = self.child.try_wait() {
            self.child.kill().unwrap();
        }
    }
}

fn ready(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let request = "GET /api/v1/health/ready HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// A cluster in memory beside the ledger, so that the worker works too.
fn wire(journal: &Path) {
    let now = || Timestamp::from_micros(1_790_000_000_000_000);
    MemoryCluster::open(Some(journal), scenes::shop(Pace::demo()), Clock::new(now)).unwrap();
}

static IDS: AtomicU64 = AtomicU64::new(1);

fn fresh() -> Uuid {
    let n = u128::from(IDS.fetch_add(1, Ordering::Relaxed));
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + (n << 80) + n)
}

async fn fill(path: &Path, incidents: u64) {
    let ledger = ledger::open(path.to_str().unwrap()).await.unwrap();
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
                live(&*ledger, n).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// An incident of three events: seen, looked at, closed.
async fn live(ledger: &dyn Ledger, n: u64) {
    let at = Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(n).unwrap() * 1_000);
    let opening = Opening {
        incident: IncidentId::from_uuid(fresh()),
        event: EventId::from_uuid(fresh()),
        at,
        actor: Actor::source("shop", "cluster"),
        signal: Signal {
            source: Source::Cluster,
            name: "KubePodImagePullBackOff".to_owned(),
            object: Some(ObjectRef::new(
                "Deployment",
                "shop",
                &format!("service-{n}"),
            )),
            severity: Severity::Warning,
            title: format!("a pod of service-{n} cannot start (ErrImagePull)"),
            labels: [("namespace".to_owned(), "shop".to_owned())].into(),
        },
        cluster: ClusterId::memory("shop"),
    };
    let Opened::New(event) = ledger.open(opening).await.unwrap() else {
        return;
    };
    let draft = |fact| Draft {
        id: EventId::from_uuid(fresh()),
        at,
        actor: Actor::kintsugi(),
        why: Why::NextStep,
        fact,
    };
    let looked = ToolReturned {
        call: CallId::from_uuid(fresh()),
        evidence: EvidenceId::from_uuid(fresh()),
        result: ToolResult::Found,
        body: Digest::of("bench", &[]),
        bytes: 4_096,
        excerpt: "web ErrImagePull: registry.example/shop/web:1.4.3-rc: not found".to_owned(),
    };
    let closed = Closed {
        outcome: Outcome::Healed,
    };
    let drafts = vec![draft(looked.into()), draft(closed.into())];
    ledger.append(event.incident, 1, drafts).await.unwrap();
}
