//! `kintsugi approve | reject | undo`: a person's word, and what follows from it.

use std::sync::Arc;

use healer::{Healer, Heard, Observer, Quiet, Rested};
use ledger::Ledger;
use model::{Actor, Event, Incident, IncidentId, Status, Verdict};

use super::Context;
use super::teller::Teller;
use crate::cli::{Undo, Word};
use crate::failure::{BAD_NEWS, DONE, Failure, INTERRUPTED};
use crate::output::Narrator;
use crate::stop::Stop;
use crate::wire;

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
    known: Vec<Event>,
}

impl<'a> Desk<'a> {
    async fn open(context: &'a Context, part: &str) -> Result<Self, Failure> {
        let ledger = wire::existing_ledger(&context.effective.config).await?;
        let id = wire::incident(ledger.as_ref(), part).await?;
        let known = ledger.events(id, 0).await?;
        Ok(Self {
            context,
            ledger,
            id,
            known,
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
        let teller = Arc::new(Teller::new(*voice, Narrator::live(*voice), &self.known));
        let seq = self.known.last().map_or(0, |event| event.seq);
        if no_wait {
            teller.tell(&self.ledger.events(self.id, seq).await?);
            return Ok(DONE);
        }
        let (healer, drives) = self.healer_with(Arc::clone(&teller) as Arc<dyn Observer>)?;
        teller.tell(&self.ledger.events(self.id, seq).await?);
        let listed = self.ledger.incident(self.id).await?;
        let ours = listed.is_some_and(|l| l.summary.cluster == *healer.cluster.id());
        if !drives || !ours {
            voice.note(voice.say(
                "written down; the process that is wired to this incident's cluster goes on",
                "已记录；由接入该集群的进程继续处理",
            ));
            return Ok(DONE);
        }
        let signals = Stop::on_signals();
        let stop = signals.token();
        let following = teller.follow(self.ledger.as_ref(), self.id);
        let holder = healer::holder("cli");
        let rested = tokio::select! {
            rested = healer.drive_to_rest(self.id, &holder, &stop) => rested?,
            () = following => Rested::Stopped,
        };
        drop(signals);
        teller.tell(&self.ledger.events(self.id, seq).await?);
        if rested == Rested::Stopped {
            voice.note(voice.say(
                "stopped; whoever drives next goes on from here",
                "已停止；下次将从此处继续",
            ));
            return Ok(INTERRUPTED);
        }
        self.ending().await
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
