//! `kintsugi serve`: drives incidents, and answers on health and metrics, until it is asked to end.

use std::sync::Arc;

use healer::{Quiet, Worker, WorkerOptions};
use server::{Component, Server};

use super::Context;
use crate::failure::{DONE, Failure, INTERRUPTED};
use crate::stop::Stop;
use crate::wire;

pub(super) async fn run(context: &Context) -> Result<u8, Failure> {
    let config = &context.effective.config;
    let ledger = wire::ledger(config).await?;
    let wired = wire::cluster(config)?;
    let component = match &wired {
        Some(cluster) => Component::healthy("kubernetes", cluster.id().as_str()),
        None => Component::absent("kubernetes", "no cluster is wired"),
    };
    let drives = wired.is_some();
    let cluster = wired.unwrap_or_else(|| Arc::new(cluster::NoCluster::default()));
    let healer = wire::healer(config, Arc::clone(&ledger), cluster, Arc::new(Quiet))?;
    let signals = Stop::on_signals();
    let stop = signals.token();
    let listener = tokio::net::TcpListener::bind(&config.serve.listen)
        .await
        .map_err(|error| {
            Failure::new(format!(
                "failed to listen on {}: {error}",
                config.serve.listen
            ))
            .next("name another address with --listen")
        })?;
    let address = listener.local_addr().map_err(Failure::new)?;
    let server = Server::new(ledger, Arc::clone(&healer.metrics), vec![component]);
    let options = WorkerOptions {
        at_once: config.serve.at_once.max(1),
        ..WorkerOptions::default()
    };
    let worker = Worker::new(healer, options);
    let working = drives.then(|| {
        tokio::spawn({
            let stop = stop.clone();
            async move { worker.run(stop).await }
        })
    });
    context.voice.line(&format!("http://{address}"))?;
    let served = server.run(listener, stop.clone()).await;
    stop.cancel();
    if let Some(working) = working {
        working
            .await
            .map_err(|error| Failure::new(format!("the worker failed: {error}")))?;
    }
    served.map_err(|error| Failure::new(format!("failed to serve {address}: {error}")))?;
    Ok(if signals.by_ctrl_c() {
        INTERRUPTED
    } else {
        DONE
    })
}
