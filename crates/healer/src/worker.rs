//! A worker: claims incidents that are due and drives them, many at a time, until it is stopped.

use std::sync::Arc;
use std::time::Duration;

use ledger::Holder;
use model::IncidentId;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::context::Healer;
use crate::drive::{holder, known_dead};
use crate::story::HealError;

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct WorkerOptions {
    /// Incidents driven at once.
    pub at_once: usize,
    /// How long to wait for news before looking again whether anything is due.
    pub poll: Duration,
    /// How long to wait for incidents in mid-step when stopping.
    pub drain: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            at_once: 8,
            poll: Duration::from_millis(500),
            drain: Duration::from_secs(8),
        }
    }
}

/// Drives whatever is due.
pub struct Worker {
    healer: Healer,
    options: WorkerOptions,
}

impl Worker {
    /// A worker with what it works with.
    #[must_use]
    pub fn new(healer: Healer, options: WorkerOptions) -> Self {
        Self { healer, options }
    }

    /// Works until stopped; then waits for what is in mid-step.
    pub async fn run(&self, stop: CancellationToken) {
        let slots = Arc::new(Semaphore::new(self.options.at_once));
        let mut driving = JoinSet::new();
        let mut changes = self.healer.ledger.changes();
        let holder = holder("worker");
        self.bury_the_dead().await;
        while !stop.is_cancelled() {
            while driving.try_join_next().is_some() {}
            self.start_due(&holder, &slots, &mut driving, &stop).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.options.poll) => {}
                _ = changes.recv() => {}
                Some(_) = driving.join_next(), if !driving.is_empty() => {}
            }
        }
        let drained = async { while driving.join_next().await.is_some() {} };
        if tokio::time::timeout(self.options.drain, drained)
            .await
            .is_err()
        {
            tracing::warn!("stopped in mid-step; the next start goes on from there");
        }
    }

    /// Frees what processes of this host held that are dead: their work goes on at once.
    async fn bury_the_dead(&self) {
        let holders = match self.healer.ledger.holders().await {
            Ok(holders) => holders,
            Err(error) => {
                tracing::warn!(%error, "failed to read who drives");
                return;
            }
        };
        for dead in holders.iter().filter(|holder| known_dead(holder)) {
            match self.healer.ledger.bury(dead).await {
                Ok(freed) => tracing::info!(%dead, freed, "took over from a dead process"),
                Err(error) => tracing::warn!(%dead, %error, "failed to take over"),
            }
        }
    }

    async fn start_due(
        &self,
        holder: &Holder,
        slots: &Arc<Semaphore>,
        driving: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) {
        let free = u32::try_from(slots.available_permits()).unwrap_or(u32::MAX);
        if free == 0 {
            return;
        }
        let healer = &self.healer;
        let due = healer
            .ledger
            .claim(
                healer.cluster.id(),
                holder,
                healer.clock.now(),
                healer.lease,
                free,
            )
            .await;
        match due {
            Ok(due) => {
                for id in due {
                    let Ok(slot) = Arc::clone(slots).acquire_owned().await else {
                        return;
                    };
                    let healer = healer.clone();
                    let holder = holder.clone();
                    let stop = stop.clone();
                    driving.spawn(async move {
                        drive_one(&healer, id, &holder, &stop).await;
                        drop(slot);
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "failed to claim what is due"),
        }
    }
}

async fn drive_one(healer: &Healer, id: IncidentId, holder: &Holder, stop: &CancellationToken) {
    match healer.drive(id, holder, true, stop).await {
        Ok(rested) => tracing::debug!(incident = %id, ?rested, "rests"),
        Err(HealError::Ledger(error)) if error.passes() => {
            tracing::warn!(incident = %id, %error, "put aside until the ledger answers");
        }
        Err(error) => tracing::error!(incident = %id, %error, "failed to drive"),
    }
}
