//! `kintsugi demo`: a fault is found, explained, mended and proven, on a cluster in memory.
//!
//! Everything but the cluster is the real thing: the ledger, the skill, the gate, the effect, the
//! second look. Interrupted and started again on the same ledger, it goes on where it was.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cluster::memory::{Clock, Pace};
use cluster::{Cluster, MemoryCluster, scenes};
use healer::{Healer, Observer, Rested, WordError};
use ledger::{Filter, Ledger, Opened};
use model::{
    Actor, Fact, Incident, IncidentId, Lang, Look, Millis, Severity, Signal, Source, Status,
};
use remedy::Sight;
use tokio_util::sync::CancellationToken;

use super::Context;
use super::teller::Teller;
use super::words::{ending, person};
use crate::cli::{Demo, Output};
use crate::config::{Effective, Origin, Span};
use crate::failure::{BAD_NEWS, Failure, INTERRUPTED};
use crate::output::{Narrator, Voice, changes, columns, wrap};
use crate::stop::Stop;
use crate::wire;

/// How long the pods of the new revision may take to show that they are sick.
const SICK_WITHIN: Duration = Duration::from_secs(20);

pub(super) async fn run(
    mut context: Context,
    flags: &Demo,
    ledger_given: bool,
) -> Result<u8, Failure> {
    let folder = own_folder(&mut context, ledger_given)?;
    hurry(&mut context);
    let voice = context.voice;
    let ledger = wire::ledger(&context.effective.config).await?;
    let cluster = Arc::new(shop(&wire::journal(&context.effective.config)?)?);
    let narrator = Narrator::live(voice).in_acts();
    let teller = Arc::new(Teller::new(voice, narrator, &[]));
    let healer = wire::healer(
        &context.effective.config,
        Arc::clone(&ledger),
        Arc::clone(&cluster) as Arc<dyn Cluster>,
        Arc::clone(&teller) as Arc<dyn Observer>,
    )?;
    let signals = Stop::on_signals();
    let story = Story {
        healer,
        ledger,
        cluster,
        voice,
        teller,
        ask: flags.ask,
        stop: signals.token(),
    };
    let told = story.tell().await?;
    story.teller.spinner().keep_still();
    let Some(id) = told else {
        if folder.is_none() {
            voice.note(voice.say(
                "stopped; the same command with the same --ledger goes on from here",
                "已停止；以相同的 --ledger 再次运行将从此处继续",
            ));
        } else {
            voice.note(voice.say("stopped", "已停止"));
        }
        return Ok(INTERRUPTED);
    };
    let code = story.close(id, folder.is_none()).await?;
    drop(story);
    if let Some(folder) = folder {
        folder
            .close()
            .map_err(|error| Failure::new(format!("failed to tidy up: {error}")))?;
    }
    Ok(code)
}

/// A demo's pace, where nobody set another one: nobody wants to watch for half a minute.
fn hurry(context: &mut Context) {
    let Effective { config, values } = &mut context.effective;
    let pace = |key: &str, span: &mut Span, own: Millis| {
        let set = values.get(key);
        if set.is_none_or(|(_, origin)| *origin == Origin::Default) {
            span.0 = own;
        }
    };
    let (limits, verification) = (&mut config.limits, &mut config.verification);
    pace("limits.watch_every", &mut limits.watch_every, Millis(250));
    pace(
        "limits.look_again_every",
        &mut limits.look_again_every,
        Millis(1_000),
    );
    pace(
        "verification.second_look_after",
        &mut verification.second_look_after,
        Millis::secs(6),
    );
    pace(
        "verification.rollout_within",
        &mut verification.rollout_within,
        Millis::secs(60),
    );
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
                self.aside(
                    &format!("Going on with incident {id}, from where it was left."),
                    &format!("从上次停下的地方继续处理事件 {id}。"),
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
            // Somebody else may drive it, after an approval from elsewhere: their part is told too.
            let rested = tokio::select! {
                rested = self.healer.drive_to_rest(id, &holder, &self.stop) => rested?,
                () = self.teller.follow(self.ledger.as_ref(), id) => Rested::Stopped,
            };
            self.teller.tell(&self.ledger.events(id, 0).await?);
            match rested {
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

    /// Says something to a person that is no part of the story.
    fn note(&self, en: &str, zh: &str) {
        self.teller.spinner().clear();
        self.voice.note(self.voice.say(en, zh));
    }

    /// Says something beside the events that belongs to the story.
    fn aside(&self, en: &str, zh: &str) {
        self.teller.spinner().clear();
        for line in wrap(self.voice.say(en, zh), columns()) {
            // A reader that went away does not stop what is being done.
            let _ = self.voice.aside(&line);
        }
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
        self.aside(
            "A shop runs in a cluster in memory: Deployment web, 3 pods, all well. Then somebody \
             ships tag 1.4.3-rc, which was never pushed. Everything but the cluster is the real \
             thing: ledger, skill, gate, write, verification.",
            "一个商店运行在内存集群中：Deployment web，3 个 Pod，一切正常。随后有人发布了从未推送过的标签 \
             1.4.3-rc。除集群之外，一切都是真的：账本、技能、关卡、写入与验证。",
        );
        scenes::bad_tag(&self.cluster)
            .map_err(|error| Failure::new(error.told().get(self.voice.lang)))?;
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
        self.plan(incident);
        if !self.ask {
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(Duration::from_millis(1_200)) => {}
            }
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
        let program = wire::program(&self.ledger.place());
        let elsewhere = format!("{program} approve {id} --plan {hash}");
        let here = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if here {
            self.teller.spinner().keep_still();
            self.ask(&elsewhere);
        } else {
            self.note(
                &format!("Waiting for a person:\n  {elsewhere}"),
                &format!("等待人批准：\n  {elsewhere}"),
            );
        }
        let answer = tokio::task::spawn_blocking(move || here.then(read_answer).flatten());
        let elsewhere = self.spoken(id);
        tokio::select! {
            () = self.stop.cancelled() => {}
            spoken = elsewhere => spoken?,
            Ok(Some(yes)) = answer => {
                // Somebody may have been quicker elsewhere: then the plan does not stand any more,
                // and what became of it is told next.
                let word = if yes {
                    self.healer.approve(id, Some(&hash), person(), None).await
                } else {
                    self.healer.reject(id, Some(&hash), person(), None).await
                };
                match word {
                    Ok(_) | Err(WordError::NotAsked { .. } | WordError::OtherPlan { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Asks the person at this terminal.
    fn ask(&self, elsewhere: &str) {
        let (en, zh) = ("or from elsewhere", "或在别处执行");
        let line = format!("({}: {elsewhere})", self.voice.say(en, zh));
        self.voice.note(&line);
        let question = self
            .voice
            .say("Approve this plan? [y/N] ", "批准该方案？[y/N] ");
        let mut out = std::io::stderr().lock();
        // A question that cannot be written can still be answered from elsewhere.
        let _ = write!(out, "{question}").and_then(|()| out.flush());
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
    fn plan(&self, incident: &Incident) {
        let Some(standing) = incident.standing.as_ref() else {
            return;
        };
        if self.voice.output == Output::Json {
            return;
        }
        self.teller.ask();
        for line in changes(&self.voice, &standing.plan, 20) {
            self.teller.spinner().clear();
            // A reader that went away does not stop what is being done.
            let _ = self.voice.aside(&line);
        }
    }

    /// How often the cluster was written to for an incident, as the cluster itself counted.
    async fn writes(&self, id: IncidentId) -> Result<u64, Failure> {
        let counted = self.cluster.all_effect_keys().map_err(Failure::new)?;
        let events = self.ledger.events(id, 0).await?;
        let mut keys: Vec<_> = events
            .iter()
            .filter_map(|event| {
                let Fact::Intended(fact) = &event.fact else {
                    return None;
                };
                Some(fact.intent.key)
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys.iter().filter_map(|key| counted.get(key)).sum())
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
            (true, Lang::En) => "chains intact",
            (false, Lang::En) => "chains BROKEN",
            (true, Lang::Zh) => "哈希链完好",
            (false, Lang::Zh) => "哈希链已被破坏",
        };
        let writes = self.writes(id).await?;
        self.aside("", "");
        self.aside(
            &format!(
                "{took} from the signal to the end, 0 tokens. Writes to the cluster: {writes}. \
                 Events in the ledger: {}, {intact}.",
                incident.seq
            ),
            &format!(
                "从信号到结束共 {took}，0 token。对集群写入 {writes} 次。账本中有 {} 条记录，{intact}。",
                incident.seq
            ),
        );
        if kept {
            let program = wire::program(&self.ledger.place());
            for (word, en, zh) in [
                ("show", "The story again", "再看一遍"),
                ("undo", "Take the change back", "撤回变更"),
            ] {
                let command = format!("{program} {word} {id}");
                self.note(
                    &format!("{en}:\n  {command}"),
                    &format!("{zh}：\n  {command}"),
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
