//! A machine of its own for each test: an empty home, its own folder for temporary files, and the
//! binary. Nothing of the machine that the tests run on is seen.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take at most; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits for a condition, and says what was waited for when it does not come.
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(met) = condition() {
            return met;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "tmp", "work"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// A path on this machine.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder that commands are run in.
    pub(crate) fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// A file in that folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.work().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kintsugi"));
        self.dress(&mut command).args(args);
        command
    }

    /// Puts a command on this machine.
    pub(crate) fn dress<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            // A demo that nobody watches may be quick.
            .env("KINTSUGI_VERIFICATION_SECOND_LOOK_AFTER", "1s")
            .current_dir(self.work())
            .stdin(Stdio::null())
    }

    /// Runs to the end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(&mut self.command(args))
    }

    /// Runs on the ledger `l.db` of the working folder.
    pub(crate) fn on_ledger(&self, args: &[&str]) -> Ran {
        ran(self.command(args).args(["--ledger", "l.db"]))
    }

    /// Starts something that goes on.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running::start(&mut self.command(args))
    }

    /// The incidents of the ledger `l.db`, newest first; none as long as it is being made.
    pub(crate) fn incidents(&self) -> Vec<Value> {
        if !self.work().join("l.db").exists() {
            return Vec::new();
        }
        let listed = self.on_ledger(&["incidents", "-o", "json"]).json();
        listed.as_array().unwrap().clone()
    }

    /// The id of the newest incident.
    pub(crate) fn newest(&self) -> String {
        self.incidents()[0]["id"].as_str().unwrap().to_owned()
    }

    /// The events of an incident.
    pub(crate) fn events(&self, id: &str) -> Vec<Value> {
        let shown = self.on_ledger(&["show", id, "-o", "json"]).json();
        shown["events"].as_array().unwrap().clone()
    }

    /// Waits until the newest incident has an event of a kind, and gives its id and that event.
    pub(crate) fn wait_for_event(&self, kind: &str) -> (String, Value) {
        wait_for(kind, || {
            let id = self.incidents().first()?["id"].as_str()?.to_owned();
            let events = self.events(&id);
            let event = events.into_iter().find(|event| event["kind"] == kind)?;
            Some((id, event))
        })
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        status: output.status,
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// The same, if it is done and nothing is wrong.
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code(), 0, "{self:?}");
        self
    }

    /// The result as one JSON document.
    pub(crate) fn json(self) -> Value {
        let done = self.done();
        serde_json::from_str(&done.out).unwrap_or_else(|e| panic!("{e}: {done:?}"))
    }

    /// The one line that says why it could not be done.
    pub(crate) fn error(self) -> String {
        assert_eq!(self.code(), 2, "{self:?}");
        assert_eq!(
            self.out, "",
            "a command that failed has no result: {self:?}"
        );
        let lines: Vec<_> = self.err.lines().collect();
        assert_eq!(lines.len(), 1, "one line, and one only: {self:?}");
        assert!(lines[0].starts_with("error: "), "{self:?}");
        lines[0].to_owned()
    }
}

/// Lines as they come in.
type Lines = Arc<Mutex<Vec<String>>>;

/// A process that goes on; killed when the test ends.
pub(crate) struct Running {
    child: Child,
    out: Lines,
    err: Lines,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, out_reader) = collect(child.stdout.take().unwrap());
        let (err, err_reader) = collect(child.stderr.take().unwrap());
        Self {
            child,
            out,
            err,
            readers: vec![out_reader, err_reader],
        }
    }

    pub(crate) fn out(&self) -> Vec<String> {
        self.out.lock().unwrap().clone()
    }

    pub(crate) fn err(&self) -> Vec<String> {
        self.err.lock().unwrap().clone()
    }

    /// Waits for a line on either stream that holds these words.
    pub(crate) fn line(&self, words: &str) -> String {
        wait_for(words, || {
            let lines = self.out().into_iter().chain(self.err());
            lines.into_iter().find(|line| line.contains(words))
        })
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ran {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        Ran {
            status,
            out: self.out().join("\n"),
            err: self.err().join("\n"),
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(self) {
        self.signal("KILL");
        drop(self.end());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(stream: impl Read + Send + 'static) -> (Lines, std::thread::JoinHandle<()>) {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            kept.lock().unwrap().push(line);
        }
    });
    (lines, reader)
}

/// What is in a folder, by name.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
