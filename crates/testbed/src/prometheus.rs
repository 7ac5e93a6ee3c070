//! A real Prometheus for tests, with the history that a test gives it: on a free port of the
//! loopback interface, and gone without a trace when the process ends, however it ends.
//!
//! The programs `prometheus` and `promtool` are those of the Debian package `prometheus`.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use thiserror::Error;

/// How long a start may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Why there is no Prometheus.
#[derive(Debug, Error)]
#[error("failed to {task}: {problem}")]
pub struct PrometheusError {
    task: String,
    problem: String,
}

/// A running server. Dropping it stops it and removes its data.
#[derive(Debug)]
pub struct Prometheus {
    port: u16,
    directory: PathBuf,
    server: Child,
    /// Stops the server and removes its directory when this process ends without having done so.
    keeper: Child,
}

/// Waits until whoever started it is gone, then ends the server and removes its directory.
const KEEPER: &str = r#"
cat > /dev/null
kill -KILL "$2" 2> /dev/null
rm -rf "$1"
"#;

impl Prometheus {
    /// Starts a server that knows this history, in the text format of OpenMetrics.
    ///
    /// # Errors
    /// When the programs are not there, the history is none, or the server does not start.
    pub fn with(history: &str) -> Result<Self, PrometheusError> {
        let directory = TempDir::with_prefix("kintsugi-prometheus-")
            .map_err(failed("make a directory"))?
            .keep();
        let data = directory.join("data");
        let told = directory.join("history");
        fs::create_dir_all(&data).map_err(failed("make a directory"))?;
        write(&told, history)?;
        write(&directory.join("prometheus.yml"), "scrape_configs: []\n")?;
        let mut promtool = Command::new("promtool");
        promtool.args(["tsdb", "create-blocks-from", "openmetrics"]);
        run(promtool.arg(&told).arg(&data), "make blocks of the history")?;
        for _ in 0..4 {
            // Between finding a free port and using it somebody else may have taken it.
            match Self::start(&directory) {
                Err(error) if error.problem.contains("address already in use") => {}
                started => return started,
            }
        }
        Self::start(&directory)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(directory: &Path) -> Result<Self, PrometheusError> {
        let task = "start Prometheus";
        let port = free_port()?;
        let log = directory.join("log");
        let out = fs::File::create(&log).map_err(failed(task))?;
        let err = out.try_clone().map_err(failed(task))?;
        let mut command = Command::new("prometheus");
        let named = |flag: &str, path: &str| format!("{flag}={}", directory.join(path).display());
        command.arg(named("--config.file", "prometheus.yml"));
        command.arg(named("--storage.tsdb.path", "data"));
        command.arg("--storage.tsdb.retention.time=10y");
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        // A Ctrl-C is for the tests; the server ends when they have.
        command.process_group(0);
        let server = command.spawn().map_err(failed(task))?;
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(directory);
        keeper.arg(server.id().to_string());
        keeper.stdin(Stdio::piped()).stdout(Stdio::null());
        keeper.stderr(Stdio::null()).process_group(0);
        let keeper = keeper.spawn().map_err(failed("start a shell"))?;
        let mut prometheus = Self {
            port,
            directory: directory.to_owned(),
            server,
            keeper,
        };
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            if prometheus.is_ready() {
                return Ok(prometheus);
            }
            if let Ok(Some(_)) = prometheus.server.try_wait() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        Err(PrometheusError {
            task: task.to_owned(),
            problem: fs::read_to_string(&log).unwrap_or_default(),
        })
    }

    fn is_ready(&self) -> bool {
        let ask = || -> io::Result<bool> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /-/ready HTTP/1.0\r\n\r\n")?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(String::from_utf8_lossy(&answer).starts_with("HTTP/1.0 200"))
        };
        ask().unwrap_or(false)
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
        drop(fs::remove_dir_all(&self.directory));
    }
}

fn free_port() -> Result<u16, PrometheusError> {
    let task = "find a free port";
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed(task))?;
    Ok(listener.local_addr().map_err(failed(task))?.port())
}

fn write(path: &Path, text: &str) -> Result<(), PrometheusError> {
    fs::write(path, text).map_err(failed("write a file"))
}

fn run(command: &mut Command, task: &str) -> Result<(), PrometheusError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(failed(task))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(PrometheusError {
        task: task.to_owned(),
        problem: format!("{}: {said}", output.status),
    })
}

fn failed(task: &str) -> impl FnOnce(io::Error) -> PrometheusError + '_ {
    move |source| PrometheusError {
        task: task.to_owned(),
        problem: if source.kind() == io::ErrorKind::NotFound {
            "the program is not there (Debian: apt-get install prometheus)".to_owned()
        } else {
            source.to_string()
        },
    }
}
