//! `kintsugi approve | reject | undo`: a person's word, and what follows from it.

use std::sync::{Arc, Mutex, PoisonError};

use healer::{Healer, Heard, Observer, Quiet, Rested};
use ledger::Ledger;
use model::{Actor, Event, Incident, IncidentId, Status, Verdict};
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::cli::{Output, Undo, Word};
use crate::failure::{BAD_NEWS, DONE, Failure, INTERRUPTED};
use crate::output::{Spinner, Voice, told};
use crate::wire;

/// Tells events as they are appended, by this process or by another one.
pub(crate) struct Teller {
    voice: Voice,
    told: Mutex<u64>,
    spinner: Option<Arc<Spinner>>,
}

impl Teller {
    /// A teller that has told everything up to an event.
    pub(crate) fn new(voice: Voice, seq: u64) -> Self {
        Self {
            voice,
            told: Mutex::new(seq),
            spinner: None,
        }
    }

    /// The same teller, which tells beside a spinner.
    pub(crate) fn with_spinner(mut self, spinner: Arc<Spinner>) -> Self {
        self.spinner = Some(spinner);
        self
    }

    /// Takes the spinner's line away, so that something else can be said.
    pub(crate) fn quiet_spinner(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.clear();
        }
    }

    /// Tells what was not told yet.
    pub(crate) fn tell(&self, events: &[Event]) {
        let mut last = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events.iter().filter(|event| event.seq > *last) {
            let line = match self.voice.output {
                Output::Text => Some(told(&self.voice, event)),
                Output::Json => event.to_wire().ok().map(|wire| wire.to_string()),
            };
            if let Some(line) = line {
                self.quiet_spinner();
                // A reader that went away does not stop what is being done.
                let _ = self.voice.line(&line);
            }
        }
        *last = events.iter().map(|event| event.seq).fold(*last, u64::max);
    }
}

impl Observer for Teller {
    fn appended(&self, events: &[Event]) {
        self.tell(events);
    }
}

pub(super) async fn approve(context: &Context, flags: Word) -> Result<u8, Failure> {
    let desk = Desk::open(context, &flags.id).await?;
    let plan = flags.plan.as_deref();
    let heard = desk
        .healer()?
        .approve(desk.id, plan, person(), flags.comment)
        .await?;
    desk.follow(heard, flags.no_wait).await
}

pub(super) async fn reject(context: &Context, flags: Word) -> Result<u8, Failure> {
    let desk = Desk::open(context, &flags.id).await?;
    let plan = flags.plan.as_deref();
    let heard = desk
        .healer()?
        .reject(desk.id, plan, person(), flags.comment)
        .await?;
    desk.follow(heard, flags.no_wait).await
}

pub(super) async fn undo(context: &Context, flags: Undo) -> Result<u8, Failure> {
    let desk = Desk::open(context, &flags.id).await?;
    let heard = desk
        .healer()?
        .undo(desk.id, person(), flags.comment)
        .await?;
    desk.follow(heard, flags.no_wait).await
}

/// The person at the keyboard: the operating system's user.
pub(crate) fn person() -> Actor {
    // The user's id decides, not a variable that anybody can set.
    let uid =
        std::fs::metadata("/proc/self").map(|meta| std::os::unix::fs::MetadataExt::uid(&meta));
    let name = uid
        .ok()
        .map(|uid| name_of(uid).unwrap_or_else(|| uid.to_string()));
    Actor::local_person(name.as_deref().unwrap_or("unknown"))
}

fn name_of(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let wanted = uid.to_string();
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == wanted).then(|| name.to_owned())
    })
}

/// An incident that a person speaks about.
struct Desk<'a> {
    context: &'a Context,
    ledger: Arc<dyn Ledger>,
    id: IncidentId,
    seq: u64,
}

impl<'a> Desk<'a> {
    async fn open(context: &'a Context, part: &str) -> Result<Self, Failure> {
        let ledger = wire::ledger(&context.effective.config).await?;
        let id = wire::incident(ledger.as_ref(), part).await?;
        let seq = ledger
            .incident(id)
            .await?
            .map_or(0, |listed| listed.head.seq);
        Ok(Self {
            context,
            ledger,
            id,
            seq,
        })
    }

    /// A healer that can take a word. If no cluster is wired here, it cannot drive.
    fn healer(&self) -> Result<Healer, Failure> {
        self.healer_with(Arc::new(Quiet)).map(|(healer, _)| healer)
    }

    fn healer_with(&self, observer: Arc<dyn Observer>) -> Result<(Healer, bool), Failure> {
        let config = &self.context.effective.config;
        let wired = wire::cluster(config)?;
        let drives = wired.is_some();
        let cluster = wired.unwrap_or_else(|| Arc::new(cluster::NoCluster::default()));
        let healer = wire::healer(config, Arc::clone(&self.ledger), cluster, observer)?;
        Ok((healer, drives))
    }

    /// Sees the incident to rest: drives it if nobody else does, else follows the one that does.
    async fn follow(&self, heard: Heard, no_wait: bool) -> Result<u8, Failure> {
        let voice = &self.context.voice;
        if heard == Heard::Before {
            voice.note(voice.say("said before; it stands", "此前已表态，仍然有效"));
        }
        let teller = Arc::new(Teller::new(*voice, self.seq));
        if no_wait {
            teller.tell(&self.ledger.events(self.id, self.seq).await?);
            return Ok(DONE);
        }
        let (healer, drives) = self.healer_with(Arc::clone(&teller) as Arc<dyn Observer>)?;
        teller.tell(&self.ledger.events(self.id, self.seq).await?);
        let listed = self.ledger.incident(self.id).await?;
        let ours = listed.is_some_and(|l| l.summary.cluster == *healer.cluster.id());
        if !drives || !ours {
            voice.note(voice.say(
                "written down; the process that is wired to this incident's cluster goes on",
                "已记录；由接入该集群的进程继续处理",
            ));
            return Ok(DONE);
        }
        let stop = CancellationToken::new();
        let interrupted = stop_on_ctrl_c(&stop);
        let following = self.tell_others(&teller, &stop);
        let holder = healer::holder("cli");
        let rested = tokio::select! {
            rested = healer.drive_to_rest(self.id, &holder, &stop) => rested?,
            () = following => Rested::Stopped,
        };
        interrupted.abort();
        teller.tell(&self.ledger.events(self.id, self.seq).await?);
        if rested == Rested::Stopped {
            voice.note(voice.say(
                "stopped; whoever drives next goes on from here",
                "已停止；下次将从此处继续",
            ));
            return Ok(INTERRUPTED);
        }
        self.ending().await
    }

    /// Tells what another process appends while we follow it.
    async fn tell_others(&self, teller: &Teller, stop: &CancellationToken) {
        let mut changes = self.ledger.changes();
        loop {
            tokio::select! {
                () = stop.cancelled() => std::future::pending::<()>().await,
                _ = changes.recv() => {}
                () = tokio::time::sleep(std::time::Duration::from_millis(500)) => {}
            }
            if let Ok(events) = self.ledger.events(self.id, self.seq).await {
                teller.tell(&events);
            }
        }
    }

    async fn ending(&self) -> Result<u8, Failure> {
        let events = self.ledger.events(self.id, 0).await?;
        let incident = Incident::fold(&events).map_err(Failure::new)?;
        Ok(ending(&incident))
    }
}

/// The exit code that an incident's ending deserves.
pub(crate) fn ending(incident: &Incident) -> u8 {
    let unhealed = matches!(
        incident.summary.verdict,
        Some(Verdict::NoBetter | Verdict::Worse)
    );
    if incident.summary.status == Status::Escalated || unhealed {
        BAD_NEWS
    } else {
        DONE
    }
}

/// Stops cleanly on Ctrl-C or on being terminated.
pub(crate) fn stop_on_ctrl_c(stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
    let stop = stop.clone();
    tokio::spawn(async move {
        let terminated = async {
            use tokio::signal::unix::{SignalKind, signal};
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot hear when asked to end");
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
        stop.cancel();
    })
}
