//! Brings the scenarios onto a cluster, waits until they have matured, and writes the cluster down.
//!
//! `record OUT [NAME…]` starts a cluster of its own for it; with `KUBECONFIG` set it uses that one,
//! and with `--as-it-is` it applies nothing and writes down what is there.
#![expect(clippy::print_stdout, reason = "its output is for a person")]

extern crate kintsugi_testbed as testbed;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use testbed::kubernetes::{ControlPlane, ControlPlaneOptions, Kubectl, Node};
use testbed::scenario::{Scenario, Stage, record};

const LIMIT: Duration = Duration::from_secs(300);

fn main() -> Result<(), Box<dyn Error>> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let as_it_is = words.iter().any(|word| word == "--as-it-is");
    words.retain(|word| !word.starts_with("--"));
    let mut words = words.into_iter();
    let out = PathBuf::from(
        words
            .next()
            .ok_or("say where to write: record OUT [NAME…]")?,
    );
    let names: Vec<String> = words.collect();
    match std::env::var_os("KUBECONFIG") {
        Some(kubeconfig) => {
            let kubectl = Kubectl::new(Path::new("kubectl"), Path::new(&kubeconfig));
            run(&kubectl, &out, &names, as_it_is)
        }
        None => {
            let plane = ControlPlane::start(&ControlPlaneOptions::with_made_up_nodes())?;
            let _node = Node::join(&plane)?;
            run(plane.client(), &out, &names, as_it_is)
        }
    }
}

fn run(
    kubectl: &Kubectl,
    out: &Path,
    names: &[String],
    as_it_is: bool,
) -> Result<(), Box<dyn Error>> {
    let mut scenarios = Scenario::all()?;
    scenarios.retain(|s| names.is_empty() || names.iter().any(|name| name == s.name()));
    if !as_it_is {
        println!("applying {} scenarios", scenarios.len());
        let mut stage = Stage::set(kubectl, &scenarios)?;
        for outcome in stage.wait(LIMIT) {
            match outcome.after {
                Some(after) => println!("{:>4} s  {}", after.as_secs(), outcome.name),
                None => println!("   never {}: {}", outcome.name, outcome.missing.join("; ")),
            }
        }
    }
    record(kubectl, out)?;
    println!("written to {}", out.display());
    Ok(())
}
