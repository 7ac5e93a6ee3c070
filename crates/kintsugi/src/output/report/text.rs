//! A scan for people: the worst first, each finding in a few lines that fit a terminal.

use cluster::BlindSpot;
use model::Lang;

use super::{FindingTold, Report, unseen};
use crate::failure::Failure;
use crate::output::{Style, Voice, columns, cut, harmless, severity_style, wrap};

/// How many of the pods and symptoms of a finding are named.
const NAMED: usize = 3;

/// Writes a report.
pub(crate) fn write(voice: &Voice, report: &Report) -> Result<(), Failure> {
    for finding in &report.findings {
        one(voice, finding)?;
        voice.line("")?;
    }
    let seen: usize = report.scanned.values().sum();
    let seconds = format!(
        "{}.{:01}",
        report.elapsed_ms / 1000,
        report.elapsed_ms % 1000 / 100
    );
    let summary = &report.summary;
    let counts = match voice.lang {
        Lang::En if report.findings.is_empty() => "nothing wrong found".to_owned(),
        Lang::Zh if report.findings.is_empty() => "未发现问题".to_owned(),
        Lang::En if summary.info == 0 => {
            format!("{} critical, {} warning", summary.critical, summary.warning)
        }
        Lang::Zh if summary.info == 0 => {
            format!("严重 {}，警告 {}", summary.critical, summary.warning)
        }
        Lang::En => format!(
            "{} critical, {} warning, {} info",
            summary.critical, summary.warning, summary.info
        ),
        Lang::Zh => format!(
            "严重 {}，警告 {}，提示 {}",
            summary.critical, summary.warning, summary.info
        ),
    };
    voice.aside(&voice.paint(
        Style::Bold,
        &match voice.lang {
            Lang::En => format!("{counts} · {seen} objects in {seconds} s"),
            Lang::Zh => format!("{counts} · {seen} 个对象，用时 {seconds} 秒"),
        },
    ))?;
    let slighter = report.slighter;
    if slighter > 0 {
        voice.aside(&voice.paint(
            Style::Dim,
            &match voice.lang {
                Lang::En => format!("{slighter} less grave: `--severity info` shows them"),
                Lang::Zh => format!("另有 {slighter} 项较轻：`--severity info` 可查看"),
            },
        ))?;
    }
    not_seen(voice, report.blind_spots.spots())
}

/// What many clusters are without: that it is not there is said to who wants to know more.
const COMMON: &str = "metrics.k8s.io";

/// Writes what could not be seen.
pub(crate) fn not_seen(voice: &Voice, spots: &[BlindSpot]) -> Result<(), Failure> {
    let told = |spot: &&BlindSpot| voice.verbose || spot.what.en != COMMON;
    let spots: Vec<&BlindSpot> = spots.iter().filter(told).collect();
    if spots.is_empty() {
        return Ok(());
    }
    let width = columns().min(100);
    let heading = voice.say(
        "Not seen, so that nothing is said about it:",
        "未能看到，因此不作判断：",
    );
    voice.aside(&voice.paint(Style::Dim, heading))?;
    for reason in unseen::lines(spots, voice.lang, voice.verbose) {
        for (place, line) in wrap(&reason, width - 4).iter().enumerate() {
            let lead = if place == 0 { "  " } else { "    " };
            voice.aside(&voice.paint(Style::Dim, &format!("{lead}{line}")))?;
        }
    }
    Ok(())
}

/// Writes one finding.
pub(crate) fn one(voice: &Voice, finding: &FindingTold) -> Result<(), Failure> {
    let width = columns().min(100);
    let level = match (voice.lang, finding.severity) {
        (Lang::Zh, "critical") => "严重",
        (Lang::Zh, "warning") => "警告",
        (Lang::Zh, _) => "提示",
        (Lang::En, level) => level,
    };
    let level = level.to_uppercase();
    let head = format!("{}  {}", harmless(&finding.title), finding.id);
    voice.line(&format!(
        "{} {}",
        voice.paint(severity_style(finding.level), &level),
        voice.paint(Style::Bold, &head)
    ))?;
    for line in wrap(&harmless(&finding.root_cause), width - 2) {
        voice.line(&format!("  {line}"))?;
    }
    // Their workload is named already.
    let pods = finding.affected.iter().filter(|one| one.kind == "Pod");
    let shown: Vec<_> = match pods.clone().count() {
        0 => finding.affected.iter().collect(),
        _ => pods.collect(),
    };
    let others = shown.len();
    if others > 1 {
        let names: Vec<&str> = shown
            .iter()
            .take(NAMED)
            .map(|object| object.name.as_str())
            .collect();
        let more = others.saturating_sub(NAMED);
        let line = match (voice.lang, more) {
            (Lang::En, 0) => format!("shows in {others}: {}", names.join(", ")),
            (Lang::En, more) => format!("shows in {others}: {} and {more} more", names.join(", ")),
            (Lang::Zh, 0) => format!("表现于 {others} 处：{}", names.join("、")),
            (Lang::Zh, more) => format!(
                "表现于 {others} 处：{} 等，另有 {more} 处",
                names.join("、")
            ),
        };
        indented(voice, &line, "  ", width, Some(Style::Dim))?;
    }
    for explained in finding.explains.iter().take(NAMED) {
        let line = match voice.lang {
            Lang::En => format!("breaks {}: {}", explained.object.path(), explained.text),
            Lang::Zh => format!("影响 {}：{}", explained.object.path(), explained.text),
        };
        indented(voice, &line, "  ↳ ", width, Some(Style::Dim))?;
    }
    if finding.explains.len() > NAMED {
        let more = finding.explains.len() - NAMED;
        let line = match voice.lang {
            Lang::En => format!("and {more} more"),
            Lang::Zh => format!("另有 {more} 项"),
        };
        indented(voice, &line, "  ↳ ", width, Some(Style::Dim))?;
    }
    if voice.verbose {
        for clue in &finding.evidence {
            let excerpt = clue
                .excerpt
                .lines()
                .take(6)
                .map(harmless)
                .collect::<Vec<_>>();
            voice.line(&voice.paint(
                Style::Dim,
                &cut(
                    &format!("  {} {} {}", clue.id, clue.tool, clue.object.path()),
                    width,
                ),
            ))?;
            for line in excerpt {
                // What decides often stands at its end.
                let line = cut(&line, width.saturating_mul(6));
                indented(voice, &line, "     ", width, Some(Style::Dim))?;
            }
        }
    }
    for step in &finding.next_steps {
        indented(voice, &step.text, "  → ", width, None)?;
        if let Some(command) = &step.command {
            // A command is never broken: it is there to be copied.
            voice.line(&format!(
                "    {}",
                voice.paint(Style::Accent, &harmless(command))
            ))?;
        }
    }
    Ok(())
}

fn indented(
    voice: &Voice,
    words: &str,
    mark: &str,
    width: usize,
    style: Option<Style>,
) -> Result<(), Failure> {
    let indent = mark.chars().count();
    for (place, line) in wrap(&harmless(words), width.saturating_sub(indent))
        .iter()
        .enumerate()
    {
        let lead = if place == 0 {
            mark.to_owned()
        } else {
            " ".repeat(indent)
        };
        let line = format!("{lead}{line}");
        let line = style.map_or_else(|| line.clone(), |style| voice.paint(style, &line));
        voice.line(&line)?;
    }
    Ok(())
}
