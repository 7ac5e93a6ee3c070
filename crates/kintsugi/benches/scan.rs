//! What looking costs: a scan of a big cluster, live and from a dump, beside only listing and only
//! parsing the same bytes; a single diagnosis; and how much memory the whole takes.
//!
//! `cargo bench -p kintsugi --bench scan` prints the figures of `docs/benchmarks.md`. `-- --dump`
//! leaves the live cluster out, `-- --live` the dumps, `-- --large` takes 20,000 pods too, `-- --pods
//! N` another size, `-- --runs N` another number of turns.
//!
//! Beside the time on the clock stands the time at work on the processors, which is what counts on a
//! machine that has other things to do.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what fails here ends the run, figures are printed, and time is what is measured"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::{Cluster, Connection, LiveCluster, Scope};
use reason::scan::{ScanLimits, scan};
use serde_json::Value;
use testbed::kubernetes::ControlPlaneOptions;
use testbed::{ControlPlane, Crowd};

/// The allocator that the program uses, so that the figures are its own.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kintsugi");
/// How often each thing is done.
const RUNS: usize = 20;
/// Logs cannot be read of nodes that are made up, and are told apart.
const NO_LOGS: ScanLimits = ScanLimits {
    logs: 0,
    at_once: 1,
    lines: 1,
};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let asked = |flag: &str| args.iter().any(|arg| arg == flag);
    // `cargo test` runs this too, and is not to wait for it.
    if !asked("--bench") {
        return;
    }
    let number = |flag: &str, usual: usize| {
        let place = args.iter().position(|arg| arg == flag);
        place.map_or(usual, |place| args[place + 1].parse().unwrap())
    };
    let runs = number("--runs", RUNS);
    let big = Crowd {
        pods: number("--pods", 5_000),
        faults: 100,
    };
    let small = Crowd {
        pods: 60,
        faults: 5,
    };
    let large = Crowd {
        pods: 20_000,
        faults: 400,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if !asked("--live") {
        let middle = Crowd {
            pods: 200,
            faults: 10,
        };
        for crowd in [small, middle, big] {
            from_dump(crowd, false, runs);
        }
        from_dump(big, true, runs.min(5));
        if asked("--large") {
            from_dump(large, false, runs.min(3));
        }
    }
    if !asked("--dump") {
        for crowd in [small, big] {
            runtime.block_on(live(crowd, runs));
        }
        if asked("--large") {
            runtime.block_on(live(large, runs.min(3)));
        }
    }
}

/// A folder of one file for each kind, as `kubectl` writes it: with `managers`, as it does with
/// `--show-managed-fields`.
fn from_dump(crowd: Crowd, managers: bool, runs: usize) {
    let folder = tempfile::tempdir().unwrap();
    let bytes = crowd.write(folder.path(), managers).unwrap();
    println!(
        "\ndump of {} pods, {} faults, {}{}",
        crowd.pods,
        crowd.faults,
        megabytes(bytes),
        if managers {
            ", with managed fields"
        } else {
            ""
        }
    );
    let from = folder.path().to_str().unwrap();
    let found = Run::of(&["scan", "--from", from, "-o", "json"]);
    let report: Value = serde_json::from_slice(&found.said).unwrap();
    println!(
        "  findings {}",
        report["findings"].as_array().unwrap().len()
    );
    let sick = report["findings"][0]["object"].clone();
    let text = |field: &str| sick[field].as_str().unwrap().to_owned();
    let target = format!("{}/{}", text("kind").to_lowercase(), text("name"));
    let namespace = text("namespace");
    let mut parsed = Vec::new();
    let mut scanned = Vec::new();
    let mut diagnosed = Vec::new();
    let mut peak = 0;
    // All in turn, so that what else the machine does falls on each of them.
    for _ in 0..runs {
        parsed.push(parse(folder.path()));
        let run = Run::of(&["scan", "--from", from, "-o", "json"]);
        peak = peak.max(run.peak);
        scanned.push(run.took);
        let asked = ["diagnose", &target, "-n", &namespace, "--from", from];
        diagnosed.push(Run::of(&asked).took);
    }
    tell("only parsing it into JSON values, one thread", &parsed);
    tell("kintsugi scan --from, whole process", &scanned);
    tell("kintsugi diagnose --from, whole process", &diagnosed);
    println!("  peak memory of the scan {}", megabytes(peak));
    ratio("scan / parsing", &scanned, &parsed);
}

/// What anybody has to do who reads these files.
fn parse(folder: &Path) -> Took {
    let started = Watch::start();
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(value.is_object());
    }
    started.stop()
}

/// A real API server that holds these objects.
async fn live(crowd: Crowd, runs: usize) {
    let options = ControlPlaneOptions {
        api_server: vec![
            "--service-cluster-ip-range=10.112.0.0/14".to_owned(),
            // It taints new nodes until a controller that is not here has seen them.
            "--disable-admission-plugins=TaintNodesByCondition".to_owned(),
        ],
        // Controllers would mend what is to stay sick.
        controllers: vec![
            "--controllers=serviceaccount-controller,namespace-controller".to_owned(),
        ],
    };
    let plane = match ControlPlane::start(&options) {
        Ok(plane) => plane,
        Err(why) => {
            println!("\nno live cluster: {why}");
            return;
        }
    };
    let filling = Instant::now();
    let written = testbed::crowd::fill(&plane, crowd).unwrap();
    println!(
        "\nlive cluster of {} pods, {} faults: {written} objects made in {:.0} s",
        crowd.pods,
        crowd.faults,
        filling.elapsed().as_secs_f64()
    );
    let connection = Connection {
        kubeconfig: Some(plane.kubeconfig().to_owned()),
        ..Connection::default()
    };
    let skills = Arc::new(skills::SkillSet::builtin().unwrap());
    let mut listed = Vec::new();
    let mut reads = Vec::new();
    let mut scanned = Vec::new();
    for turn in 0..=runs {
        // Each goes first in every other turn, so that what the server does after the one before does
        // not fall to one of them alone.
        let (list, look) = if turn % 2 == 0 {
            let list = only_list(&connection).await;
            (list, look(&connection, &skills).await)
        } else {
            let look = look(&connection, &skills).await;
            (only_list(&connection).await, look)
        };
        if turn == 0 {
            // The first turn warms the server.
            println!(
                "  findings {}; only listing: {} requests, {}; reading: {} requests, {}",
                look.findings,
                list.asked.0,
                megabytes(list.asked.1),
                look.asked.0,
                megabytes(look.asked.1)
            );
            continue;
        }
        listed.push(list.took);
        reads.push(look.read);
        scanned.push(look.whole);
    }
    let kubeconfig = plane.kubeconfig().to_str().unwrap().to_owned();
    let programs: Vec<Run> = (0..runs)
        .map(|_| Run::of(&["scan", "--kubeconfig", &kubeconfig, "-o", "json"]))
        .collect();
    let peak = programs.iter().map(|run| run.peak).max().unwrap_or(0);
    let programs: Vec<Took> = programs.into_iter().map(|run| run.took).collect();
    tell("only listing, with the same client", &listed);
    tell("reading", &reads);
    tell("scan (reading and all skills)", &scanned);
    tell("kintsugi scan, whole process", &programs);
    println!("  peak memory of the process {}", megabytes(peak));
    ratio("scan / only listing", &scanned, &listed);
}

/// One listing of everything, of which nothing is kept.
struct Listing {
    took: Took,
    asked: (usize, u64),
}

async fn only_list(connection: &Connection) -> Listing {
    let started = Watch::start();
    let cluster = LiveCluster::connect(connection).await.unwrap();
    let asked = cluster.only_list(&Scope::default()).await.unwrap();
    Listing {
        took: started.stop(),
        asked,
    }
}

/// One scan without logs: how long it took until everything was read, and in all.
struct Look {
    read: Took,
    whole: Took,
    asked: (usize, u64),
    findings: usize,
}

async fn look(connection: &Connection, skills: &skills::SkillSet) -> Look {
    let started = Watch::start();
    let cluster = LiveCluster::connect(connection).await.unwrap();
    let reading = cluster.read(&Scope::default()).await.unwrap();
    let read = started.stop();
    let asked = (reading.requests, reading.bytes);
    let source: Arc<dyn Cluster> = Arc::new(cluster);
    let found = scan(skills, reading.snapshot, &source, NO_LOGS)
        .await
        .unwrap();
    Look {
        read,
        whole: started.stop(),
        asked,
        findings: found.findings.len(),
    }
}

/// How long something took, on the clock and at work on the processors.
#[derive(Debug, Clone, Copy)]
struct Took {
    clock: Duration,
    work: Duration,
}

/// Measures what this process does.
struct Watch {
    clock: Instant,
    work: Duration,
}

impl Watch {
    fn start() -> Self {
        Self {
            clock: Instant::now(),
            work: at_work("/proc/self/stat").unwrap().1,
        }
    }

    fn stop(&self) -> Took {
        Took {
            clock: self.clock.elapsed(),
            work: at_work("/proc/self/stat").unwrap().1 - self.work,
        }
    }
}

/// The state of a process, and how long it was at work, in hundredths of a second.
fn at_work(stat: &str) -> Option<(char, Duration)> {
    let stat = std::fs::read_to_string(stat).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Some((fields[0].chars().next()?, Duration::from_millis(ticks * 10)))
}

/// One run of the program.
struct Run {
    took: Took,
    said: Vec<u8>,
    /// The most that it had in memory, in bytes, as far as was seen.
    peak: u64,
}

impl Run {
    fn of(args: &[&str]) -> Self {
        let away = tempfile::tempdir().unwrap();
        let started = Instant::now();
        let mut child = Command::new(PROGRAM)
            .args(args)
            .current_dir(away.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proc = format!("/proc/{}", child.id());
        let mut said = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut said, &mut bytes).unwrap();
            bytes
        });
        let mut peak = 0;
        // What has ended keeps its figures until it is waited for.
        let work = loop {
            match at_work(&format!("{proc}/stat")).unwrap() {
                ('Z', work) => break work,
                _ => peak = high_water(&format!("{proc}/status")).unwrap_or(0).max(peak),
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let clock = started.elapsed();
        child.wait().unwrap();
        Self {
            took: Took { clock, work },
            said: reader.join().unwrap(),
            peak,
        }
    }
}

fn high_water(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn tell(what: &str, times: &[Took]) {
    let clock = sorted(times, |took| took.clock);
    let work = sorted(times, |took| took.work);
    println!(
        "  {what:<46} p50 {:>8.1} ms   p95 {:>8.1} ms   at work p50 {:>6.0} ms",
        percentile(&clock, 50),
        percentile(&clock, 95),
        percentile(&work, 50),
    );
}

fn ratio(what: &str, ours: &[Took], peer: &[Took]) {
    let of = |times: &[Took], part: fn(&Took) -> Duration| percentile(&sorted(times, part), 50);
    println!(
        "  {what:<46} p50 {:>8.2}      at work p50 {:>8.2}",
        of(ours, |took| took.clock) / of(peer, |took| took.clock),
        of(ours, |took| took.work) / of(peer, |took| took.work),
    );
}

fn sorted(times: &[Took], part: impl Fn(&Took) -> Duration) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.iter().map(part).collect();
    times.sort();
    times
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[((sorted.len() - 1) * percent).div_ceil(100)].as_secs_f64() * 1_000.0
}

fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
