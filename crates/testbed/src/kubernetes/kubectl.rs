//! Asking a cluster through `kubectl`, with a limit on every wait.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use thiserror::Error;

/// How long one request may take, in the words of `--request-timeout`.
const REQUEST: &str = "30s";
/// How long a whole command may take, in seconds: some of them wait for what may never come.
const COMMAND: &str = "120";
/// What `timeout` ends with when time was up.
const TIME_WAS_UP: i32 = 124;

/// Why a question had no answer.
#[derive(Debug, Error)]
#[error("failed to run kubectl {arguments}: {problem}")]
pub struct KubectlError {
    arguments: String,
    problem: String,
}

impl KubectlError {
    /// What kubectl said.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

/// A `kubectl` that speaks to one cluster.
#[derive(Debug, Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// The program, and the file that says which cluster and as whom.
    #[must_use]
    pub fn new(program: &Path, kubeconfig: &Path) -> Self {
        Self {
            program: program.to_owned(),
            kubeconfig: kubeconfig.to_owned(),
        }
    }

    /// Where the program is.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Where its kubeconfig is.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Asks, and gives what it answered.
    ///
    /// # Errors
    /// When it does not run, or ends with anything but 0.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, KubectlError> {
        self.ask(arguments, None)
    }

    /// Asks for objects.
    ///
    /// # Errors
    /// As `run`, and when the answer is not JSON.
    pub fn json<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Value, KubectlError> {
        let text = self.run(arguments)?;
        serde_json::from_str(&text).map_err(|e| problem_with(arguments, e.to_string()))
    }

    /// Creates or changes what the manifest says.
    ///
    /// # Errors
    /// As `run`.
    pub fn apply(&self, manifest: &str) -> Result<String, KubectlError> {
        self.ask(&["apply", "-f", "-"], Some(manifest))
    }

    fn ask<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: Option<&str>,
    ) -> Result<String, KubectlError> {
        let problem = |problem: String| problem_with(arguments, problem);
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", COMMAND]).arg(&self.program);
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command
            .arg("--request-timeout")
            .arg(REQUEST)
            .args(arguments);
        command.stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| problem(e.to_string()))?;
        if let Some(input) = input
            && let Some(mut stdin) = child.stdin.take()
        {
            stdin
                .write_all(input.as_bytes())
                .map_err(|e| problem(e.to_string()))?;
        }
        let output = child
            .wait_with_output()
            .map_err(|e| problem(e.to_string()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        if output.status.code() == Some(TIME_WAS_UP) {
            return Err(problem(format!("it had not ended after {COMMAND} s")));
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(problem(said))
    }
}

fn problem_with<S: AsRef<OsStr>>(arguments: &[S], problem: String) -> KubectlError {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.as_ref().to_string_lossy())
        .collect();
    KubectlError {
        arguments: words.join(" "),
        problem,
    }
}
