//! `kintsugi diagnose`: the root cause of what is wrong with one object, with its evidence.

mod target;
mod told;

use std::time::Instant;

use model::{Finding, Lang, Text};
use reason::beside::Beside;
use reason::dimensions::Dimension;
use reason::scan::{self, ScanLimits};

use super::Context;
use crate::cli::{Diagnose, Output};
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::output::report;
use crate::wire;
use crate::wire::sight::{self, Sight};
use told::Told;

/// How sure a diagnosis has to be that rests on one namespace alone.
const SURE: u8 = 80;

pub(crate) async fn run(context: &Context, flags: Diagnose) -> Result<u8, Failure> {
    let voice = &context.voice;
    let started = Instant::now();
    let folder = wire::skill_folder(&context.effective.config, flags.skills.as_deref());
    let asked = target::read(context, &flags).await?;
    let mut cluster = flags.cluster.clone();
    let alone = cluster.from.is_none() && cluster.namespace.is_empty() && !cluster.all_namespaces;
    if alone && let Some(namespace) = &asked.namespace {
        cluster.namespace.push(namespace.clone());
    }
    let looking = sight::look(context, &cluster);
    let (skills, sight) = wire::skills_beside(folder, |_| Ok(()), looking).await?;
    let mut round = judge(context, sight, started, &skills, &asked).await?;
    let unsure = round
        .findings
        .first()
        .is_none_or(|finding| finding.confidence.percent() < SURE);
    if unsure && !round.healthy && alone && round.live {
        // What it rests on may be in another namespace.
        voice.note(voice.say(
            "not sure yet: looking at the other namespaces too",
            "尚不确定：继续查看其他命名空间",
        ));
        cluster.namespace.clear();
        let again = Instant::now();
        if let Ok(sight) = sight::look(context, &cluster).await
            && let Ok(wider) = judge(context, sight, again, &skills, &asked).await
        {
            round = wider;
        }
    }
    let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let told = Told::of(&round, asked.incident.as_deref(), elapsed, voice.lang);
    match voice.output {
        Output::Json => voice.json(&told)?,
        Output::Text => told::write(voice, &told, &round)?,
    }
    Ok(if round.findings.is_empty() && round.healthy {
        DONE
    } else {
        BAD_NEWS
    })
}

/// What one look at an object gave.
pub(crate) struct Round {
    pub(crate) object: model::ObjectRef,
    /// What concerns it, the most likely first.
    pub(crate) findings: Vec<Finding>,
    /// Whether its own status says that it is well.
    pub(crate) healthy: bool,
    /// Its state in a line.
    pub(crate) state: String,
    pub(crate) blind_spots: Vec<cluster::BlindSpot>,
    /// What the six dimensions of it gave; none of what is no workload.
    pub(crate) dimensions: Vec<Dimension>,
    /// What stands beside it.
    pub(crate) beside: Vec<Beside>,
    live: bool,
}

async fn judge(
    context: &Context,
    sight: Sight,
    began: Instant,
    skills: &skills::SkillSet,
    asked: &target::Asked,
) -> Result<Round, Failure> {
    let voice = &context.voice;
    for note in &sight.notes {
        voice.remark(note);
    }
    let Sight {
        reading,
        cluster,
        source,
        ..
    } = sight;
    let object = target::find(&reading.snapshot, asked)?;
    voice.note(&match voice.lang {
        Lang::En => format!(
            "read {} objects in {} ms",
            reading.snapshot.objects().len(),
            began.elapsed().as_millis()
        ),
        Lang::Zh => format!(
            "读取 {} 个对象，用时 {} 毫秒",
            reading.snapshot.objects().len(),
            began.elapsed().as_millis()
        ),
    });
    let (healthy, state) = target::state(&reading.snapshot, &object);
    let mut blind_spots = reading.blind_spots;
    let limits = ScanLimits::default();
    let about = scan::scan_about(skills, reading.snapshot, &cluster, limits, &object)
        .await
        .map_err(Failure::new)?;
    let scanned = about.scanned;
    voice.note(&match voice.lang {
        Lang::En => format!(
            "read {} logs, asked {} skills",
            scanned.logs_read,
            skills.iter().count() - 1
        ),
        Lang::Zh => format!(
            "读取 {} 份日志，询问 {} 个技能",
            scanned.logs_read,
            skills.iter().count() - 1
        ),
    });
    for error in &scanned.broken {
        voice.remark(&Text::same(error.to_string()));
    }
    blind_spots.extend(scanned.blind_spots);
    // Advice about what is well is no answer to what is wrong with it; but of what has no state of
    // its own nobody knows that it is well.
    let healthy_by_state = healthy && !state.is_empty();
    let mut findings: Vec<Finding> = scanned
        .findings
        .into_iter()
        .filter(|finding| {
            finding.severity > model::Severity::Info
                || !healthy_by_state && finding.object.same_name(&object)
        })
        .filter(|finding| scan::concerns(finding, &object))
        .collect();
    // What hangs on the object itself comes before what only shows in it.
    findings.sort_by_key(|finding| {
        (
            std::cmp::Reverse(finding.severity),
            !finding.object.same_name(&object),
            std::cmp::Reverse(finding.confidence),
        )
    });
    report::number(&mut findings);
    Ok(Round {
        object,
        findings,
        healthy,
        state,
        blind_spots,
        dimensions: about.dimensions,
        beside: about.beside,
        live: source.kind == "live",
    })
}

/// One finding in a language.
pub(crate) fn in_words(finding: &Finding, lang: Lang) -> report::FindingTold {
    report::told(finding, lang)
}
