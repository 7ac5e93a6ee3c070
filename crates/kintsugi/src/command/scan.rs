//! `kintsugi scan`: what is wrong in a cluster, or in a recording of one.

mod watch;

use std::time::Instant;

use model::{Finding, Severity, Text};
use reason::scan::{self, ScanLimits};
use skills::SkillSet;

use super::Context;
use crate::cli::{Scan, Written};
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::output::report::{self, Report, Summary, Unseen};
use crate::wire;
use crate::wire::sight::{self, Covered, Sight};
use crate::wire::skill_folder::SkillFolder;

pub(crate) async fn run(context: &Context, flags: Scan) -> Result<u8, Failure> {
    let voice = &context.voice;
    let least = severity("--severity", &flags.severity)?;
    let fail_on = match flags.fail_on.as_str() {
        "never" => None,
        word => Some(severity("--fail-on", word)?),
    };
    let folder = wire::skill_folder(&context.effective.config, flags.skills.as_deref());
    if flags.watch {
        let folder = SkillFolder::open(folder)?;
        known(&folder.skills(), &flags.skill)?;
        return watch::run(context, &flags, least, folder).await;
    }
    let started_at = wire::now();
    let started = Instant::now();
    let looking = sight::look(context, &flags.cluster);
    let check = |skills: &SkillSet| known(skills, &flags.skill);
    let (skills, sight) = wire::skills_beside(folder, check, looking).await?;
    for note in &sight.notes {
        voice.remark(note);
    }
    let scanned_kinds = sight.reading.scanned();
    let Sight {
        reading,
        cluster,
        source,
        covered,
        ..
    } = sight;
    let mut blind_spots = reading.blind_spots;
    let limits = ScanLimits::default();
    let asked = covered.namespaces();
    let scanned = scan::scan_within(&skills, reading.snapshot, &cluster, limits, asked)
        .await
        .map_err(Failure::new)?;
    for error in &scanned.broken {
        voice.remark(&Text::same(error.to_string()));
    }
    blind_spots.extend(scanned.blind_spots);
    let mut findings = scanned.findings;
    findings.retain(|finding| wanted(finding, &covered, &flags.skill, &skills));
    let all = findings.len();
    findings.retain(|finding| finding.severity >= least);
    report::number(&mut findings);
    let report = Report {
        version: 1,
        source,
        started_at,
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        scanned: scanned_kinds,
        blind_spots: Unseen::new(blind_spots, voice.lang),
        summary: Summary::of(&findings),
        slighter: all - findings.len(),
        findings: findings
            .iter()
            .map(|finding| report::told(finding, voice.lang))
            .collect(),
    };
    match voice.written {
        Written::Text => report::text::write(voice, &report)?,
        Written::Json => voice.json(&report)?,
        Written::Yaml => voice.yaml(&report)?,
        Written::Sarif => voice.json(&report::sarif::document(&report))?,
        Written::Junit => voice.line(&report::junit::document(&report))?,
        Written::Markdown => voice.line(&report::markdown::document(&report, voice.lang))?,
    }
    let bad = fail_on.is_some_and(|level| findings.iter().any(|finding| finding.severity >= level));
    Ok(if bad { BAD_NEWS } else { DONE })
}

/// Refuses names that no skill has.
fn known(skills: &SkillSet, names: &[String]) -> Result<(), Failure> {
    match names.iter().find(|name| skills.get(name).is_none()) {
        Some(unknown) => Err(super::skills::no_skill(skills, unknown)),
        None => Ok(()),
    }
}

/// Whether a finding is about a namespace and by a skill that was asked for; no names mean all.
fn wanted(finding: &Finding, covered: &Covered, names: &[String], skills: &SkillSet) -> bool {
    let family = || skills.get(&finding.skill).map(|skill| &skill.family);
    covered.holds(finding)
        && (names.is_empty()
            || names.contains(&finding.skill)
            || family().is_some_and(|family| names.contains(family)))
}

fn severity(flag: &str, word: &str) -> Result<Severity, Failure> {
    Severity::parse(word).ok_or_else(|| {
        Failure::new(format!("{flag} is `{word}`, which is no severity"))
            .next("use info, warning or critical")
    })
}
