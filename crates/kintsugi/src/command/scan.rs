//! `kintsugi scan`: what is wrong in a cluster, or in a recording of one.

use std::time::Instant;

use model::{Finding, Severity};
use reason::scan::{self, ScanLimits};

use super::Context;
use crate::cli::{Scan, Written};
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::output::report::{self, Report, Summary};
use crate::wire;
use crate::wire::sight::{self, Sight};

pub(crate) async fn run(context: &Context, flags: Scan) -> Result<u8, Failure> {
    let voice = &context.voice;
    let least = severity("--severity", &flags.severity)?;
    let fail_on = match flags.fail_on.as_str() {
        "never" => None,
        word => Some(severity("--fail-on", word)?),
    };
    let skills = wire::skills(flags.skills.as_deref())?;
    if let Some(unknown) = flags.skill.iter().find(|name| skills.get(name).is_none()) {
        return Err(Failure::new(format!("there is no skill `{unknown}`"))
            .next("`kintsugi skills list` lists those there are"));
    }
    let started_at = wire::now();
    let started = Instant::now();
    let sight = sight::look(context, &flags.cluster).await?;
    for note in &sight.notes {
        voice.note(note);
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
    let scanned = scan::scan(&skills, reading.snapshot, &cluster, ScanLimits::default())
        .await
        .map_err(Failure::new)?;
    for error in &scanned.broken {
        voice.note(&format!("note: {error}"));
    }
    blind_spots.extend(
        scanned
            .blind_spots
            .iter()
            .map(|(what, why)| cluster::BlindSpot::new(what, why)),
    );
    let family = |finding: &Finding| skills.get(&finding.skill).map(|skill| skill.family.clone());
    let findings: Vec<Finding> = scanned
        .findings
        .into_iter()
        .filter(|finding| covered.holds(finding))
        .filter(|finding| {
            flags.skill.is_empty()
                || flags.skill.contains(&finding.skill)
                || family(finding).is_some_and(|family| flags.skill.contains(&family))
        })
        .filter(|finding| finding.severity >= least)
        .collect();
    let report = Report {
        version: 1,
        source,
        started_at,
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        scanned: scanned_kinds,
        blind_spots,
        summary: Summary::of(&findings),
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

fn severity(flag: &str, word: &str) -> Result<Severity, Failure> {
    Severity::parse(word).ok_or_else(|| {
        Failure::new(format!("{flag} is `{word}`, which is no severity"))
            .next("use info, warning or critical")
    })
}
