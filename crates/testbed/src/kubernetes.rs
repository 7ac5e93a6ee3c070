//! A real Kubernetes for tests: control plane, and on machines that allow it a real node, built
//! once, started on free ports of the loopback interface, and gone without a trace when the
//! process ends, however it ends.
//!
//! It is for tests and demonstrations alone: its administrator's token is in a file, etcd does not
//! wait for the disk, and the kubelet lets everybody in who reaches it.

mod control_plane;
mod forward;
mod images;
mod keeper;
mod kubectl;
mod node;
mod node_files;
mod programs;

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use thiserror::Error;

pub use control_plane::{ControlPlane, ControlPlaneOptions};
pub use kubectl::{Kubectl, KubectlError};
pub use node::Node;

/// Why there is no Kubernetes on this machine, or no node: one sentence that a test run can print.
#[derive(Debug, Error)]
#[error("failed to {task}: {problem}")]
pub struct Unavailable {
    task: String,
    problem: String,
}

impl Unavailable {
    fn new(task: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            task: task.into(),
            problem: problem.into(),
        }
    }
}

fn failed(task: &str) -> impl FnOnce(io::Error) -> Unavailable + '_ {
    move |e| Unavailable::new(task, e.to_string())
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Unavailable + '_ {
    move |e| Unavailable::new(format!("make {} ready", path.display()), e.to_string())
}

/// Runs to the end. What may take long (a build, a download) is bounded by whoever starts the tests.
fn run(command: &mut Command, task: &str) -> Result<Output, Unavailable> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(failed(task))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let problem = format!("{}: {}", output.status, tail(said.trim()));
    Err(Unavailable::new(task, problem))
}

/// The end of what a program said: that is where the reason stands.
fn tail(text: &str) -> String {
    const CHARACTERS: usize = 2000;
    let skipped = text.chars().count().saturating_sub(CHARACTERS);
    text.chars().skip(skipped).collect()
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Unavailable> {
    std::fs::write(path, text).map_err(at(path))
}
