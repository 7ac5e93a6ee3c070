//! Other processes: two that append to one file, one that is killed in the middle, and one of a
//! user who may not write.

use std::collections::HashSet;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use model::IncidentId;

use crate::InFile;
use crate::suite::appending::{scribble, scribbled};
use crate::suite::{Place, begin};

const TASK: &str = "KINTSUGI_TEST_TASK";
const LEDGER: &str = "KINTSUGI_TEST_LEDGER";
const NOTES: &str = "KINTSUGI_TEST_NOTES";
const INCIDENTS: &str = "KINTSUGI_TEST_INCIDENTS";

/// What another process does: this test program is started again for this one test, with a task.
/// Without one there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_another_process() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let (place, notes) = (
        std::env::var(LEDGER).unwrap(),
        std::env::var(NOTES).unwrap(),
    );
    let mut notes = OpenOptions::new().append(true).open(notes).unwrap();
    match ledger::open(&place).await {
        Err(e) => writeln!(notes, "{e}").unwrap(),
        Ok(ledger) => {
            let incidents = std::env::var(INCIDENTS).unwrap();
            let incidents = incidents.split(',').map(|id| id.parse().unwrap()).collect();
            let (seed, wanted) = task.split_once(' ').unwrap();
            let (seed, wanted) = (seed.parse().unwrap(), wanted.parse().unwrap());
            scribble(ledger, incidents, seed, wanted, |texts| {
                writeln!(notes, "{}", texts.join(" ")).unwrap();
            })
            .await;
        }
    }
}

fn this_program() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    prepare(&mut command);
    command
}

fn prepare(command: &mut Command) {
    command.args(["--exact", "processes::as_another_process"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
}

fn start(task: &str, place: &InFile, notes: &Path, incidents: &[IncidentId]) -> Child {
    fs::write(notes, "").unwrap();
    let incidents: Vec<_> = incidents.iter().map(ToString::to_string).collect();
    this_program()
        .env(TASK, task)
        .env(LEDGER, place.path())
        .env(NOTES, notes)
        .env(INCIDENTS, incidents.join(","))
        .spawn()
        .unwrap()
}

/// What another process noted as acknowledged; a line that is cut short counts for nothing.
fn noted(notes: &Path) -> HashSet<String> {
    let text = fs::read_to_string(notes).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.split_whitespace().map(str::to_owned).collect()
}

async fn three_incidents(place: &InFile) -> Vec<IncidentId> {
    let ledger = place.open().await;
    let mut incidents = Vec::new();
    for name in ["a", "b", "c"] {
        incidents.push(begin(&*ledger, name).await.incident);
    }
    incidents
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_append_to_one_file_and_lose_nothing() {
    let place = InFile::new();
    let incidents = three_incidents(&place).await;
    let notes = [
        place.directory().join("notes-1"),
        place.directory().join("notes-2"),
    ];
    let children = [
        start("7919 60", &place, &notes[0], &incidents),
        start("104729 60", &place, &notes[1], &incidents),
    ];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let acknowledged: HashSet<_> = notes.iter().flat_map(|notes| noted(notes)).collect();
    assert!(acknowledged.len() >= 120);
    let ledger = place.open().await;
    assert_eq!(scribbled(&*ledger, &incidents).await, acknowledged);
    assert_eq!(ledger.verify().await.unwrap().first_broken, None);
}

/// Lets a process write until it has been told of some appends, and kills it.
async fn killed_in_the_middle(place: &InFile) -> (Vec<IncidentId>, HashSet<String>) {
    let incidents = three_incidents(place).await;
    let notes = place.directory().join("notes");
    let mut child = start("7919 1000000", place, &notes, &incidents);
    let started = Instant::now();
    while noted(&notes).len() < 100 {
        assert!(started.elapsed() < Duration::from_secs(60));
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    (incidents, noted(&notes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_and_a_torn_last_write() {
    let place = InFile::new();
    let (incidents, acknowledged) = killed_in_the_middle(&place).await;
    let log = fs::read(beside(&place.path(), "-wal")).unwrap();
    assert!(log.len() > 32 + 4120, "there is a log to be torn");
    let frame = &log[32..32 + 24 + 4096];
    let torn: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0; 1],
        frame[..24].to_vec(),
        frame[..1000].to_vec(),
        frame.to_vec(),
        (0..9000_u32).map(|n| (n % 251) as u8).collect(),
        vec![0xff; 4120],
    ];
    for tail in torn {
        let copy = InFile::new();
        fs::copy(place.path(), copy.path()).unwrap();
        let mut log = log.clone();
        log.extend(&tail);
        fs::write(beside(&copy.path(), "-wal"), log).unwrap();
        let ledger = copy.open().await;
        let stored = scribbled(&*ledger, &incidents).await;
        let lost: Vec<_> = acknowledged.difference(&stored).collect();
        assert!(
            lost.is_empty(),
            "lost with a tail of {}: {lost:?}",
            tail.len()
        );
        assert_eq!(ledger.verify().await.unwrap().first_broken, None);
        begin(&*ledger, "after").await;
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What opening a ledger says to a user who is not root.
fn refusal(place: &Path) -> String {
    let shared = tempfile::tempdir().unwrap();
    fs::set_permissions(shared.path(), Permissions::from_mode(0o755)).unwrap();
    let notes = shared.path().join("notes");
    fs::write(&notes, "").unwrap();
    fs::set_permissions(&notes, Permissions::from_mode(0o666)).unwrap();
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = if root {
        // The program itself may lie where nobody else may look.
        let program = shared.path().join("program");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        command.arg(program).current_dir("/");
        prepare(&mut command);
        command
    } else {
        this_program()
    };
    command
        .env(TASK, "0 0")
        .env(LEDGER, place)
        .env(NOTES, &notes);
    assert!(command.status().unwrap().success());
    fs::read_to_string(notes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unwritable_directory_is_named_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let closed = directory.path().join("closed");
    fs::create_dir(&closed).unwrap();
    let path = closed.join("ledger.db");
    let read_only = Permissions::from_mode(0o555);
    fs::set_permissions(directory.path(), read_only.clone()).unwrap();
    fs::set_permissions(&closed, read_only.clone()).unwrap();
    let said = refusal(&path);
    let named = closed.display().to_string();
    assert!(said.contains("failed to open the ledger"), "{said}");
    assert!(said.contains(&named), "{said}");
    assert!(said.contains("must be writable"), "{said}");
    // The same where a ledger is there and may only be read.
    fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
    drop(ledger::open(path.to_str().unwrap()).await.unwrap());
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(&closed, read_only).unwrap();
    let said = refusal(&path);
    assert!(said.contains("failed to open the ledger"), "{said}");
    assert!(said.contains(&named), "{said}");
    fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
}
