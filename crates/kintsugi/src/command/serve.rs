//! `kintsugi serve`: drives incidents, and answers on health and metrics, until it is asked to end.

use std::sync::Arc;
use std::time::Duration;

use healer::{Quiet, Worker, WorkerOptions};
use server::{Component, Server};
use skills::Shelf;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::failure::{DONE, Failure, INTERRUPTED};
use crate::stop::Stop;
use crate::wire;
use crate::wire::skill_folder::{Again, SkillFolder};

/// How often the folder of skills is looked at.
const LOOK: Duration = Duration::from_secs(1);

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
    let cluster = wire::measured(cluster, config, None).await?;
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
    let folder = SkillFolder::open(config.skills.as_deref())?;
    let reading = tokio::spawn(keep_skills(folder, healer.skills.clone(), stop.clone()));
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
    // It waits for nothing but the end that has come.
    let _ = reading.await;
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

/// Puts the skills of a folder in force whenever it has changed.
async fn keep_skills(mut folder: SkillFolder, shelf: Shelf, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        match folder.again() {
            Again::Same => {}
            Again::Read(skills) => {
                shelf.replace(skills);
                tracing::info!("the skills have changed and were read again");
            }
            Again::Broken(errors) => {
                tracing::warn!(%errors, "the skills have changed and are broken: those before stay in force");
            }
        }
    }
}
