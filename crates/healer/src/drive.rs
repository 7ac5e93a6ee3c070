//! Driving one incident: step after step until it rests, one driver at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::{Holder, Lease, Ledger};
use model::{IncidentId, Millis, Status, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::context::{Clock, Healer};
use crate::decide::{awaits_person, decide};
use crate::perform::Progress;
use crate::step::{Step, WakesOn};
use crate::story::{HealError, Story};

/// How an incident was left by a drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rested {
    /// It waits until then, or until something is appended.
    Until {
        /// When it wants to be driven again.
        due: Timestamp,
        /// Whether only a person, or the fault going away, brings it on.
        awaits_person: bool,
    },
    /// It is closed.
    Closed,
    /// Somebody else drives it.
    DrivenBy {
        /// Who.
        holder: Holder,
        /// Until when their right lasts unless renewed.
        until: Timestamp,
    },
    /// The process was asked to stop; whoever starts next goes on from here.
    Stopped,
}

/// The name under which this process drives: the host, the process and when it started, so that
/// another process on this host can tell whether it still lives.
#[must_use]
pub fn holder(worker: &str) -> Holder {
    let (host, pid) = (host(), std::process::id());
    let started = started(pid).unwrap_or(0);
    Holder(format!("{host}/{pid}/{started}/{worker}"))
}

/// Where process ids mean what they mean here: this boot of this machine, and in it this PID
/// namespace, since containers of one machine do not see each other's processes. Empty when it
/// cannot be told.
fn host() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    match (boot, namespace) {
        (Ok(boot), Ok(namespace)) => format!("{}.{}", boot.trim(), namespace.display()),
        (Err(_), _) | (_, Err(_)) => String::new(),
    }
}

/// Whether a holder is known to be dead: of this host, with a process that is gone or another one.
#[must_use]
pub(crate) fn known_dead(holder: &Holder) -> bool {
    let parts: Vec<&str> = holder.0.split('/').collect();
    let [holder_host, pid, start, ..] = parts.as_slice() else {
        return false;
    };
    if *holder_host != host() || holder_host.is_empty() {
        return false;
    }
    let (Ok(pid), Ok(start)) = (pid.parse::<u32>(), start.parse::<u64>()) else {
        return false;
    };
    start != 0 && started(pid) != Some(start)
}

/// When a process of this host started, in the kernel's ticks since boot.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; fields are counted after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    // A process that is dead and not yet reaped does not drive anything any more.
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

impl Healer {
    /// Drives an incident until it rests for now. With `look_again`, an incident that awaits a
    /// person is first looked at, in case the fault has gone away.
    ///
    /// # Errors
    /// When the ledger fails, or the incident is not ours to drive.
    pub async fn drive(
        &self,
        id: IncidentId,
        holder: &Holder,
        look_again: bool,
        stop: &CancellationToken,
    ) -> Result<Rested, HealError> {
        match self.take_lease(id, holder).await? {
            Lease::Taken { by, until } => return Ok(Rested::DrivenBy { holder: by, until }),
            Lease::Held { .. } => {}
        }
        let renewal = Renewal::start(self, id, holder.clone());
        let mut seen = 0;
        let result = self
            .go_round(id, look_again, stop, &renewal.lost, &mut seen)
            .await;
        drop(renewal);
        let now = self.clock.now();
        let due = match &result {
            Ok(Rested::Until { due, .. }) => Some(*due),
            Ok(Rested::Closed | Rested::DrivenBy { .. }) => None,
            Ok(Rested::Stopped) => Some(now),
            Err(HealError::Ledger(error)) if error.passes() => Some(now),
            // It is for whoever is wired to its cluster, and for them at once.
            Err(HealError::OtherCluster { .. }) => Some(now),
            // What cannot be driven now is not tried in a tight loop, not even if nothing of its
            // story could be read.
            Err(_) => {
                seen = u64::MAX;
                Some(now.plus(self.lease))
            }
        };
        let released = self.ledger.release(id, holder, seen, due).await;
        let rested = result?;
        released?;
        Ok(rested)
    }

    /// Asks for the lease; one whose holder is known to be dead is taken over at once.
    async fn take_lease(&self, id: IncidentId, holder: &Holder) -> Result<Lease, HealError> {
        let lease = self
            .ledger
            .lease(id, holder, self.clock.now(), self.lease)
            .await?;
        if let Lease::Taken { by, .. } = &lease
            && known_dead(by)
        {
            self.ledger.bury(by).await?;
            return Ok(self
                .ledger
                .lease(id, holder, self.clock.now(), self.lease)
                .await?);
        }
        Ok(lease)
    }

    async fn go_round(
        &self,
        id: IncidentId,
        mut look_again: bool,
        stop: &CancellationToken,
        lost: &AtomicBool,
        seen: &mut u64,
    ) -> Result<Rested, HealError> {
        let mut story = Story::read(self, id).await?;
        if story.incident.summary.cluster != *self.cluster.id() {
            let cluster = story.incident.summary.cluster.clone();
            return Err(HealError::OtherCluster {
                incident: id,
                cluster,
            });
        }
        loop {
            *seen = story.incident.seq;
            if stop.is_cancelled() {
                return Ok(Rested::Stopped);
            }
            if lost.load(Ordering::Relaxed) {
                return Err(HealError::LeaseLost(id));
            }
            let now = self.clock.now();
            let step = decide(&story.incident, now, &self.limits);
            tracing::debug!(incident = %id, seq = story.incident.seq, ?step, "decided");
            if let Step::Rest { until, wakes_on } = step {
                if wakes_on == WakesOn::Undo {
                    return Ok(Rested::Closed);
                }
                if wakes_on == WakesOn::Person && look_again {
                    look_again = false;
                    // A look that fails is no news: the incident goes on waiting.
                    if let Ok(Progress::Grown) = story.look_again().await {
                        continue;
                    }
                }
                return Ok(rested(&story, until.unwrap_or(now)));
            }
            match story.perform(&step).await? {
                Progress::Grown => {}
                Progress::NothingNew { again_at } => {
                    // Somebody may have said something while it was looked at.
                    let seq = story.incident.seq;
                    story.catch_up().await?;
                    if story.incident.seq == seq {
                        return Ok(rested(&story, again_at));
                    }
                }
            }
        }
    }

    /// Drives an incident until it is closed or awaits a person, waiting in between.
    ///
    /// # Errors
    /// When the ledger fails, or the incident is not ours to drive.
    pub async fn drive_to_rest(
        &self,
        id: IncidentId,
        holder: &Holder,
        stop: &CancellationToken,
    ) -> Result<Rested, HealError> {
        let mut changes = self.ledger.changes();
        loop {
            let rested = self.drive(id, holder, false, stop).await?;
            let wait = match &rested {
                Rested::Until {
                    awaits_person: true,
                    ..
                }
                | Rested::Closed
                | Rested::Stopped => {
                    return Ok(rested);
                }
                Rested::Until { due, .. } => due.since(self.clock.now()),
                // Follow whoever drives it, and take over when they are gone.
                Rested::DrivenBy { until, .. } => {
                    if let Some(rested) = self.followed(id).await? {
                        return Ok(rested);
                    }
                    until.since(self.clock.now()).min(Millis(500))
                }
            };
            tokio::select! {
                () = stop.cancelled() => return Ok(Rested::Stopped),
                () = tokio::time::sleep(wait.duration()) => {}
                _ = changes.recv() => {}
            }
        }
    }

    /// Whether an incident that somebody else drives rests.
    async fn followed(&self, id: IncidentId) -> Result<Option<Rested>, HealError> {
        let Some(listed) = self.ledger.incident(id).await? else {
            return Err(HealError::NoIncident(id));
        };
        Ok(match listed.summary.status {
            Status::Closed => Some(Rested::Closed),
            Status::WaitingApproval | Status::Escalated => Some(Rested::Until {
                due: self.clock.now(),
                awaits_person: true,
            }),
            Status::Open | Status::Diagnosing | Status::Mending | Status::Verifying => None,
        })
    }
}

fn rested(story: &Story<'_>, due: Timestamp) -> Rested {
    Rested::Until {
        due,
        awaits_person: awaits_person(story.incident.summary.status),
    }
}

/// Renews a lease while its incident is driven.
struct Renewal {
    lost: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Renewal {
    fn start(healer: &Healer, id: IncidentId, holder: Holder) -> Self {
        let lost = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(renew(
            Arc::clone(&healer.ledger),
            Arc::clone(&healer.clock),
            healer.lease,
            id,
            holder,
            Arc::clone(&lost),
        ));
        Self { lost, task }
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn renew(
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    ttl: Millis,
    id: IncidentId,
    holder: Holder,
    lost: Arc<AtomicBool>,
) {
    let every = Duration::from_millis((ttl.0 / 3).max(10));
    let mut until = clock.now().plus(ttl);
    loop {
        tokio::time::sleep(every).await;
        match ledger.lease(id, &holder, clock.now(), ttl).await {
            Ok(Lease::Held { until: renewed }) => until = renewed,
            Ok(Lease::Taken { by, .. }) => {
                tracing::warn!(incident = %id, %by, "the right to drive was lost");
                lost.store(true, Ordering::Relaxed);
                return;
            }
            Err(error) => {
                tracing::warn!(incident = %id, %error, "failed to renew the right to drive");
                if clock.now() >= until {
                    lost.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_host_can_be_known_dead() {
        let alive = holder("worker");
        assert!(!known_dead(&alive));
        let host = host();
        assert!(!host.is_empty());
        let pid = std::process::id();
        assert!(known_dead(&Holder(format!("{host}/{pid}/1/worker"))));
        assert!(known_dead(&Holder(format!("{host}/4194305/1/worker"))));
        assert!(!known_dead(&Holder(format!("{host}-other/{pid}/1/worker"))));
        assert!(!known_dead(&Holder(format!("/{pid}/1/worker"))));
        assert!(!known_dead(&Holder("somebody".to_owned())));
    }
}
