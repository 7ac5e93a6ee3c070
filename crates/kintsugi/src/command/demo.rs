//! `kintsugi demo`: a fault is found, explained, mended and proven, on a cluster in memory.
//!
//! Everything but the cluster is the real thing: the ledger, the skill, the gate, the effect, the
//! second look. Interrupted and started again on the same ledger, it goes on where it was.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cluster::memory::{Clock, Pace};
use cluster::{Cluster, MemoryCluster, scenes};
use healer::{Healer, Observer, Rested};
use ledger::{Filter, Ledger, Opened};
use model::{Actor, Incident, IncidentId, Lang, Look, Millis, Severity, Signal, Source, Status};
use remedy::Sight;
use tokio_util::sync::CancellationToken;

use super::Context;
use super::words::{Teller, ending, person, stop_on_ctrl_c};
use crate::cli::{Demo, Output};
use crate::failure::{BAD_NEWS, Failure, INTERRUPTED};
use crate::output::{Spinner, Style, Voice, harmless};
use crate::wire;

/// How long the pods of the new revision may take to show that they are sick.
const SICK_WITHIN: Duration = Duration::from_secs(20);

pub(super) async fn run(
    mut context: Context,
    flags: &Demo,
    ledger_given: bool,
) -> Result<u8, Failure> {
    let folder = own_folder(&mut context, ledger_given)?;
    let config = &mut context.effective.config;
    config.limits.watch_every.0 = Millis(250);
    config.limits.look_again_every.0 = Millis(1_000);
    config.verification.second_look_after.0 = Millis::secs(6);
    config.verification.rollout_within.0 = Millis::secs(60);
    let voice = context.voice;
    let ledger = wire::ledger(&context.effective.config).await?;
    let cluster = Arc::new(shop(&wire::journal(&context.effective.config)?)?);
    let spinner = Arc::new(Spinner::new(&voice));
    let teller = Arc::new(Teller::new(voice, 0).with_spinner(Arc::clone(&spinner)));
    let healer = wire::healer(
        &context.effective.config,
        Arc::clone(&ledger),
        Arc::clone(&cluster) as Arc<dyn Cluster>,
        Arc::clone(&teller) as Arc<dyn Observer>,
    )?;
    let stop = CancellationToken::new();
    let signals = stop_on_ctrl_c(&stop);
    let story = Story {
        healer,
        ledger,
        cluster,
        voice,
        teller,
        ask: flags.ask,
        stop,
    };
    let told = tokio::select! {
        told = story.tell() => told?,
        () = story.stop.cancelled() => None,
    };
    spinner.stop();
    signals.abort();
    let Some(id) = told else {
        voice.note(voice.say(
            "stopped; the same command with the same --ledger goes on from here",
            "已停止；以相同的 --ledger 再次运行将从此处继续",
        ));
        return Ok(INTERRUPTED);
    };
    let code = story.close(id, folder.is_none()).await?;
    if let Some(folder) = folder {
        folder
            .close()
            .map_err(|error| Failure::new(format!("failed to tidy up: {error}")))?;
    }
    Ok(code)
}

/// A ledger of the demo's own in a temporary place, unless one was named.
fn own_folder(
    context: &mut Context,
    ledger_given: bool,
) -> Result<Option<tempfile::TempDir>, Failure> {
    if ledger_given {
        return Ok(None);
    }
    let folder = tempfile::Builder::new()
        .prefix("kintsugi-demo-")
        .tempdir()
        .map_err(|error| {
            Failure::new(format!("failed to make a temporary folder: {error}"))
                .next("name a ledger with --ledger")
        })?;
    let config = &mut context.effective.config;
    config.ledger = folder
        .path()
        .join("ledger.db")
        .to_string_lossy()
        .into_owned();
    config.ledger_password_file = None;
    config.memory_cluster = None;
    Ok(Some(folder))
}

fn shop(journal: &Path) -> Result<MemoryCluster, Failure> {
    MemoryCluster::open(
        Some(journal),
        scenes::shop(Pace::demo()),
        Clock::new(wire::now),
    )
    .map_err(|error| {
        Failure::new(error).next(format!(
            "remove {} together with its ledger, or name another --ledger",
            journal.display()
        ))
    })
}

/// The story and those who play in it.
struct Story {
    healer: Healer,
    ledger: Arc<dyn Ledger>,
    cluster: Arc<MemoryCluster>,
    voice: Voice,
    teller: Arc<Teller>,
    ask: bool,
    stop: CancellationToken,
}

impl Story {
    /// Tells the story to its end; `None` if it was interrupted.
    async fn tell(&self) -> Result<Option<IncidentId>, Failure> {
        let id = match self.unfinished().await? {
            Some(id) => {
                self.note(
                    &format!("going on with incident {id}"),
                    &format!("继续处理事件 {id}"),
                );
                self.teller.tell(&self.ledger.events(id, 0).await?);
                id
            }
            None => match self.begin().await? {
                Some(id) => id,
                None => return Ok(None),
            },
        };
        let holder = healer::holder("demo");
        loop {
            match self.healer.drive_to_rest(id, &holder, &self.stop).await? {
                Rested::Stopped => return Ok(None),
                Rested::Closed => return Ok(Some(id)),
                Rested::Until { .. } | Rested::DrivenBy { .. } => {}
            }
            let incident = self.incident(id).await?;
            match incident.summary.status {
                Status::WaitingApproval => self.approval(&incident).await?,
                Status::Escalated => return Ok(Some(id)),
                Status::Open
                | Status::Diagnosing
                | Status::Mending
                | Status::Verifying
                | Status::Closed => {}
            }
            if self.stop.is_cancelled() {
                return Ok(None);
            }
        }
    }

    fn note(&self, en: &str, zh: &str) {
        self.teller.quiet_spinner();
        self.voice.note(self.voice.say(en, zh));
    }

    async fn unfinished(&self) -> Result<Option<IncidentId>, Failure> {
        let open = Filter {
            statuses: Status::ALL
                .iter()
                .copied()
                .filter(|s| *s != Status::Closed)
                .collect(),
            cluster: Some(self.cluster.id().clone()),
            limit: 1,
            ..Filter::default()
        };
        Ok(self
            .ledger
            .incidents(&open)
            .await?
            .first()
            .map(|listed| listed.summary.id))
    }

    /// Somebody sets a tag that does not exist, and the cluster is seen to be sick.
    async fn begin(&self) -> Result<Option<IncidentId>, Failure> {
        self.note(
            "A shop in a cluster in memory: Deployment web, 3 pods, all well.",
            "内存集群中的一个商店：Deployment web，3 个 Pod，一切正常。",
        );
        self.note(
            "Now somebody ships a tag that was never pushed: 1.4.3-rc.",
            "现在有人发布了一个从未推送过的标签：1.4.3-rc。",
        );
        self.note("", "");
        scenes::bad_tag(&self.cluster).map_err(Failure::new)?;
        let Some(trouble) = self.sick().await? else {
            return Ok(None);
        };
        let signal = Signal {
            source: Source::Cluster,
            name: "KubePodImagePullBackOff".to_owned(),
            object: Some(scenes::web()),
            severity: Severity::Warning,
            title: trouble,
            labels: [("namespace".to_owned(), scenes::NAMESPACE.to_owned())].into(),
        };
        let cluster = self.cluster.id().clone();
        let actor = Actor::source(cluster.as_str(), "cluster");
        Ok(Some(
            match self.healer.report(signal, actor, cluster).await? {
                Opened::New(event) => event.incident,
                Opened::Known { incident, .. } => incident,
            },
        ))
    }

    /// Waits until a pod of the new revision shows its trouble.
    async fn sick(&self) -> Result<Option<String>, Failure> {
        let deadline = tokio::time::Instant::now() + SICK_WITHIN;
        loop {
            let sight = remedy::sight(self.cluster.as_ref(), &scenes::web(), Look::Before)
                .await
                .map_err(Failure::new)?;
            if let Sight::Seen(seen) = &sight {
                let sick = seen.pods.iter().find_map(|pod| pod.trouble.as_ref());
                if let Some(trouble) = sick.filter(|trouble| trouble.contains("ImagePull")) {
                    let reason = trouble.split(':').next().unwrap_or(trouble);
                    return Ok(Some(match self.voice.lang {
                        Lang::En => format!("a pod of web cannot start ({reason})"),
                        Lang::Zh => format!("web 的一个 Pod 无法启动（{reason}）"),
                    }));
                }
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(Failure::new(
                    "the cluster in memory did not get sick as it should",
                ));
            }
            tokio::select! {
                () = self.stop.cancelled() => return Ok(None),
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
        }
    }

    async fn incident(&self, id: IncidentId) -> Result<Incident, Failure> {
        let events = self.ledger.events(id, 0).await?;
        Incident::fold(&events).map_err(Failure::new)
    }

    /// The approval: by the script, or by a real person here or elsewhere.
    async fn approval(&self, incident: &Incident) -> Result<(), Failure> {
        let id = incident.id();
        self.plan(incident)?;
        if !self.ask {
            tokio::time::sleep(Duration::from_millis(1_200)).await;
            self.healer
                .approve(id, None, Actor::demo_person(), None)
                .await?;
            return Ok(());
        }
        let hash = incident
            .standing
            .as_ref()
            .map(|s| s.hash.short())
            .unwrap_or_default();
        let ledger = self.ledger.place();
        let elsewhere = format!("kintsugi --ledger {ledger} approve {id} --plan {hash}");
        let here = std::io::stdin().is_terminal();
        if here {
            self.note("Approve this plan? [y/N]", "批准该方案？[y/N]");
        } else {
            self.note(
                &format!("Waiting for a person: {elsewhere}"),
                &format!("等待人批准：{elsewhere}"),
            );
        }
        let answer = tokio::task::spawn_blocking(move || here.then(read_answer).flatten());
        let elsewhere = self.spoken(id);
        tokio::select! {
            () = self.stop.cancelled() => {}
            spoken = elsewhere => spoken?,
            Ok(Some(yes)) = answer => {
                if yes {
                    self.healer.approve(id, Some(&hash), person(), None).await?;
                } else {
                    self.healer.reject(id, Some(&hash), person(), None).await?;
                }
            }
        }
        Ok(())
    }

    /// Waits until the incident no longer waits for an approval.
    async fn spoken(&self, id: IncidentId) -> Result<(), Failure> {
        let seq = self.incident(id).await?.seq;
        loop {
            let events = self.ledger.events(id, seq).await?;
            if !events.is_empty() {
                self.teller.tell(&events);
                return Ok(());
            }
            // In case the fault goes away while the person thinks about it.
            self.healer
                .drive(id, &healer::holder("demo"), true, &self.stop)
                .await?;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    }

    /// Shows what a person would agree to.
    fn plan(&self, incident: &Incident) -> Result<(), Failure> {
        let Some(standing) = incident.standing.as_ref() else {
            return Ok(());
        };
        if self.voice.output == Output::Json || self.voice.quiet {
            return Ok(());
        }
        self.teller.quiet_spinner();
        for line in standing
            .plan
            .changes
            .iter()
            .flat_map(|change| change.diff.lines())
        {
            let style = match line.chars().next() {
                Some('+') => Style::Good,
                Some('-') => Style::Bad,
                Some(_) | None => Style::Dim,
            };
            self.voice.line(&format!(
                "           {}",
                self.voice.paint(style, &harmless(line))
            ))?;
        }
        Ok(())
    }

    /// Says how it ended, and what to try next.
    async fn close(&self, id: IncidentId, kept: bool) -> Result<u8, Failure> {
        let incident = self.incident(id).await?;
        let code = ending(&incident);
        if self.voice.output == Output::Json || self.voice.quiet {
            return Ok(code);
        }
        let report = self.ledger.verify().await?;
        let took = incident.last_at.since(incident.summary.opened_at);
        let intact = match (report.intact, self.voice.lang) {
            (true, Lang::En) => "its chains are intact",
            (false, Lang::En) => "its chains are BROKEN",
            (true, Lang::Zh) => "哈希链完好",
            (false, Lang::Zh) => "哈希链已被破坏",
        };
        let writes: u64 = self
            .cluster
            .all_effect_keys()
            .map_err(Failure::new)?
            .values()
            .sum();
        self.note("", "");
        self.note(
            &format!(
                "{took} from the signal to the end, 0 tokens; {} events in the ledger, {intact}; \
                 {writes} write(s) to the cluster.",
                incident.seq
            ),
            &format!(
                "从信号到结束共 {took}，0 token；账本中有 {} 条记录，{intact}；对集群写入 {writes} 次。",
                incident.seq
            ),
        );
        if kept {
            let ledger = self.ledger.place();
            for (word, en, zh) in [
                ("show", "the story again", "再看一遍"),
                ("undo", "take the change back", "撤回变更"),
            ] {
                let command = format!("kintsugi --ledger {ledger} {word} {id}");
                self.note(
                    &format!("  {command}   # {en}"),
                    &format!("  {command}   # {zh}"),
                );
            }
        }
        Ok(if report.intact { code } else { BAD_NEWS })
    }
}

/// A person's answer at the terminal; `None` if there is none.
fn read_answer() -> Option<bool> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then(|| matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
}
