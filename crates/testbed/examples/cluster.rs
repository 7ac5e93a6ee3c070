//! Starts a whole Kubernetes cluster on this machine, says where its kubeconfig is, and waits for
//! Ctrl-C. With `--no-node` there is the control plane alone, which needs no root. With `--check` it
//! ends at once, with an error that says why if this machine cannot have a cluster.
#![expect(clippy::print_stdout, reason = "its output is for a person")]

extern crate kintsugi_testbed as testbed;

use std::process::ExitCode;

use testbed::kubernetes::{ControlPlane, ControlPlaneOptions, Node, Unavailable};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Unavailable> {
    let plane = ControlPlane::start(&ControlPlaneOptions::with_made_up_nodes())?;
    let node = if std::env::args().any(|word| word == "--no-node") {
        None
    } else {
        Some(Node::join(&plane)?)
    };
    if std::env::args().any(|word| word == "--check") {
        return Ok(());
    }
    println!("export KUBECONFIG={}", plane.kubeconfig().display());
    if let Some(node) = &node {
        println!("# the node's logs are in {}", node.directory().display());
    }
    println!("# Ctrl-C ends it");
    drop(tokio::signal::ctrl_c().await);
    Ok(())
}
