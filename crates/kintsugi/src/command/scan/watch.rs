//! `kintsugi scan --watch`: goes on looking at a cluster, and tells what is new, what has changed
//! and what is gone, once it has held for a while: as the signal that it is, and the incident that
//! this signal leads to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::{Cluster, Current, Namespaces, Reading, Scope};
use model::{ClusterId, Finding, Fingerprint, Lang, Severity, Signal, Timestamp};
use reason::scan::{self, ScanLimits, Steady, Told, Turn};
use serde::Serialize;
use skills::SkillErrors;
use tokio_util::sync::CancellationToken;

use super::wanted;
use crate::cli::{Output, Scan, Written};
use crate::command::Context;
use crate::failure::{DONE, Failure, INTERRUPTED};
use crate::output::report::{self, FindingTold};
use crate::output::{Style, harmless, severity_style};
use crate::stop::Stop;
use crate::wire;
use crate::wire::sight::{self, Sight};
use crate::wire::skill_folder::{Again, SkillFolder};

/// How long it has to be quiet before a change is looked at.
const QUIET: Duration = Duration::from_secs(1);
/// How often a cluster is read that cannot be watched.
const POLL: Duration = Duration::from_secs(2);
/// How long lies between two looks at most: what is not watched can go wrong too.
const MOST: Duration = Duration::from_secs(30);
/// How long lies between two looks at least, and how often the folder of skills is looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// One line of the result.
#[derive(Serialize)]
struct Line {
    at: Timestamp,
    event: Turn,
    incident: IncidentToBe,
    finding: FindingTold,
}

/// The incident that a finding leads to: several findings may be one.
#[derive(Serialize)]
struct IncidentToBe {
    /// What its signals have in common.
    fingerprint: Fingerprint,
    /// What it is opened by.
    signal: Signal,
}

/// What is looked at again and again.
enum Eyes {
    /// A live cluster, which says when something has changed.
    Watching(Box<Current>),
    /// Any other, which is read.
    Polling(Arc<dyn Cluster>, Scope),
}

impl Eyes {
    /// Waits until there may be something new, and no longer than `most`.
    async fn rest(&mut self, most: Duration) {
        match self {
            Self::Watching(current) => current.changed(most).await,
            Self::Polling(..) => tokio::time::sleep(POLL.min(most)).await,
        }
    }

    async fn look(&mut self) -> Option<Reading> {
        match self {
            Self::Watching(current) => current.reading().await,
            Self::Polling(cluster, scope) => match cluster.read(scope).await {
                Ok(reading) => Some(reading),
                Err(error) => {
                    tracing::warn!(%error, "the cluster could not be read");
                    None
                }
            },
        }
    }
}

pub(super) async fn run(
    context: &Context,
    flags: &Scan,
    least: Severity,
    mut skills: SkillFolder,
) -> Result<u8, Failure> {
    let voice = &context.voice;
    if flags.cluster.from.is_some() {
        return Err(
            Failure::new("a recording does not change, so that it cannot be watched")
                .next("scan it without --watch, or name a cluster instead of --from"),
        );
    }
    if !matches!(voice.written, Written::Text | Written::Json) {
        return Err(
            Failure::new("what is watched has no end, so that no report is written of it")
                .next("use -o text or -o json"),
        );
    }
    let signals = Stop::on_signals();
    let stop = signals.token();
    let ended = || {
        if signals.by_ctrl_c() {
            INTERRUPTED
        } else {
            DONE
        }
    };
    let first = tokio::select! {
        () = stop.cancelled() => return Ok(ended()),
        sight = sight::look(context, &flags.cluster) => sight?,
    };
    for note in &first.notes {
        voice.remark(note);
    }
    greet(context, &first, flags)?;
    let Sight {
        reading,
        cluster,
        mut covered,
        mut scope,
        live,
        ..
    } = first;
    if let Some(only) = &reading.only_in {
        // What may not be listed may not be watched either.
        scope.namespaces = Namespaces::Named([only.clone()].into());
    }
    let mut eyes = match live {
        Some(live) => Eyes::Watching(Box::new(live.follow(&scope, QUIET))),
        None => Eyes::Polling(Arc::clone(&cluster), scope),
    };
    let mut steady = Steady::new(flags.hold.0);
    let mut seen = Some(reading);
    loop {
        let began = Instant::now();
        if let Some(reading) = seen.take() {
            covered.look_at(&reading.snapshot);
            let told = tokio::select! {
                () = stop.cancelled() => return Ok(ended()),
                told = judge(context, &skills, reading, &cluster, &mut steady, |finding| {
                    wanted(finding, &covered, &flags.skill, &skills.skills())
                        && finding.severity >= least
                }) => told?,
            };
            for told in told {
                tell(context, cluster.id(), &told)?;
            }
        }
        let due = steady.due(wire::now()).map(model::Millis::duration);
        let pause = PAUSE.saturating_sub(began.elapsed());
        if !wait(&mut eyes, &mut skills, context, due, pause, &stop).await {
            return Ok(ended());
        }
        seen = tokio::select! {
            () = stop.cancelled() => return Ok(ended()),
            reading = eyes.look() => reading,
        };
    }
}

/// Waits for the next look, with an eye on the folder of skills. Says whether there is to be one.
async fn wait(
    eyes: &mut Eyes,
    skills: &mut SkillFolder,
    context: &Context,
    due: Option<Duration>,
    pause: Duration,
    stop: &CancellationToken,
) -> bool {
    tokio::select! {
        () = stop.cancelled() => return false,
        () = tokio::time::sleep(pause) => {}
    }
    let most = due.unwrap_or(MOST).clamp(PAUSE, MOST);
    let rest = eyes.rest(most);
    tokio::pin!(rest);
    loop {
        match skills.again() {
            Again::Same => {}
            Again::Read(_) => {
                context.voice.note(context.voice.say(
                    "the skills have changed and were read again",
                    "技能已变更，已重新读取",
                ));
                return true;
            }
            Again::Broken(errors) => broken(context, &errors),
        }
        tokio::select! {
            () = stop.cancelled() => return false,
            () = &mut rest => return true,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

fn broken(context: &Context, errors: &SkillErrors) {
    let words = errors.to_string();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    context.voice.note(&match context.voice.lang {
        Lang::En => format!(
            "note: the skills have changed and are broken, so those before stay in force: {words}"
        ),
        Lang::Zh => format!("提示：技能已变更但有错误，仍使用之前的技能：{words}"),
    });
}

/// Judges one look, and gives what is to be told of it.
async fn judge(
    context: &Context,
    skills: &SkillFolder,
    reading: Reading,
    cluster: &Arc<dyn Cluster>,
    steady: &mut Steady,
    wanted: impl Fn(&Finding) -> bool,
) -> Result<Vec<Told>, Failure> {
    let limits = ScanLimits::default();
    let scanned = scan::scan(&skills.skills(), reading.snapshot, cluster, limits)
        .await
        .map_err(Failure::new)?;
    for error in &scanned.broken {
        tracing::warn!(%error, "an expression of a skill failed");
    }
    let mut findings = scanned.findings;
    findings.retain(wanted);
    if context.voice.verbose {
        context.voice.note(&match context.voice.lang {
            Lang::En => format!("looked: {} findings", findings.len()),
            Lang::Zh => format!("已查看：{} 项", findings.len()),
        });
    }
    let blind = reading.blind_spots.iter().chain(&scanned.blind_spots);
    let blind = blind.map(|spot| spot.what.en.as_str());
    Ok(steady.look(findings, blind, wire::now()))
}

/// Says what is watched, and what cannot be.
fn greet(context: &Context, sight: &Sight, flags: &Scan) -> Result<(), Failure> {
    let voice = &context.voice;
    let objects = sight.reading.snapshot.objects().len();
    let name = sight.source.context.as_deref().unwrap_or("the cluster");
    voice.aside(&voice.paint(
        Style::Dim,
        &match voice.lang {
            Lang::En => format!(
                "watching {name}, {objects} objects; what holds for {} is told; Ctrl-C ends",
                flags.hold
            ),
            Lang::Zh => format!(
                "正在监视 {name}，{objects} 个对象；持续 {} 的问题才会报告；按 Ctrl-C 结束",
                flags.hold
            ),
        },
    ))?;
    report::text::not_seen(voice, &sight.reading.blind_spots)
}

fn tell(context: &Context, cluster: &ClusterId, told: &Told) -> Result<(), Failure> {
    let voice = &context.voice;
    let at = wire::now();
    let signal = scan::signal_of(&told.finding);
    let fingerprint = signal.fingerprint(cluster);
    let mut finding = report::told(&told.finding, voice.lang);
    // A number in one scan says nothing in a stream; this is the same from look to look.
    finding.id = finding.fingerprint.chars().take(8).collect();
    if voice.output == Output::Json {
        let line = Line {
            at,
            event: told.turn,
            incident: IncidentToBe {
                fingerprint,
                signal,
            },
            finding,
        };
        return voice.line(&serde_json::to_string(&line)?);
    }
    let word = match told.turn {
        Turn::Found => voice.say("found", "新问题"),
        Turn::Changed => voice.say("changed", "有变化"),
        Turn::Gone => voice.say("gone", "已消失"),
    };
    let at = at.to_string();
    // To the second is exact enough for people: `2026-11-21T11:40:07`.
    let at = at.get(..19).unwrap_or(&at);
    let short: String = fingerprint.as_str().chars().take(8).collect();
    let head = format!(
        "{}Z {word} · {} {short}",
        at.replace('T', " "),
        voice.say("incident", "事件")
    );
    if told.turn == Turn::Gone {
        return voice.line(&format!(
            "{} {}",
            voice.paint(Style::Good, &head),
            harmless(&finding.title)
        ));
    }
    voice.line(&voice.paint(severity_style(finding.level), &head))?;
    report::text::one(voice, &finding)
}
