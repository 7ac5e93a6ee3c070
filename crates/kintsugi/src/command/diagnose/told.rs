//! A diagnosis as it is told: the stable JSON of the contract, and words for people.

use model::Lang;
use serde::Serialize;

use super::{Round, in_words};
use crate::failure::Failure;
use crate::output::report::{EvidenceTold, Named, NextTold, RemedyTold, Unseen, text};
use crate::output::{Style, Voice, columns, harmless, padded, width, wrap};

/// A diagnosis, as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    incident_id: Option<String>,
    object: Named,
    diagnosis: DiagnosisTold,
    /// Which rung of the ladder answered.
    rung: &'static str,
    tokens: Tokens,
    elapsed_ms: u64,
    remedies: Vec<RemedyTold>,
    next_steps: Vec<NextTold>,
    /// What was looked at of every workload, and what each look gave.
    dimensions: Vec<DimensionTold>,
    /// What stands beside it.
    beside: Vec<BesideTold>,
    blind_spots: Unseen,
}

#[derive(Debug, Serialize)]
struct DimensionTold {
    name: &'static str,
    result: &'static str,
    count: usize,
    text: String,
    evidence: Vec<EvidenceTold>,
}

#[derive(Debug, Serialize)]
struct BesideTold {
    name: &'static str,
    state: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct DiagnosisTold {
    cause: &'static str,
    root_cause: String,
    confidence: f64,
    severity: Option<&'static str>,
    evidence: Vec<EvidenceTold>,
    alternatives: Vec<Alternative>,
    entities: Vec<Named>,
}

#[derive(Debug, Serialize)]
struct Alternative {
    cause: &'static str,
    why_not: String,
}

#[derive(Debug, Serialize)]
struct Tokens {
    #[serde(rename = "in")]
    taken: u64,
    out: u64,
}

impl Told {
    pub(crate) fn of(round: &Round, incident: Option<&str>, elapsed_ms: u64, lang: Lang) -> Self {
        let object = Named::of(&round.object);
        let (diagnosis, remedies, next_steps) = match round.findings.split_first() {
            None => (nothing(round, lang), Vec::new(), Vec::new()),
            Some((first, rest)) => {
                let told = in_words(first, lang);
                let mut entities = vec![told.object];
                entities.extend(told.affected);
                entities.extend(told.explains.into_iter().map(|explained| explained.object));
                let mut seen = std::collections::BTreeSet::new();
                entities.retain(|entity| seen.insert(entity.path()));
                let alternatives = rest
                    .iter()
                    .filter(|other| other.cause != first.cause)
                    .map(|other| Alternative {
                        cause: other.cause.as_str(),
                        why_not: why_not(first, other, lang),
                    })
                    .collect();
                let diagnosis = DiagnosisTold {
                    cause: told.cause,
                    root_cause: told.root_cause,
                    confidence: told.confidence,
                    severity: Some(told.severity),
                    evidence: told.evidence,
                    alternatives,
                    entities,
                };
                (diagnosis, told.remedies, told.next_steps)
            }
        };
        Self {
            incident_id: incident.map(str::to_owned),
            object,
            diagnosis,
            rung: "tree",
            tokens: Tokens { taken: 0, out: 0 },
            elapsed_ms,
            remedies,
            next_steps,
            dimensions: round
                .dimensions
                .iter()
                .map(|one| DimensionTold {
                    name: one.name.as_str(),
                    result: one.standing.as_str(),
                    count: one.count,
                    text: one.text.get(lang).to_owned(),
                    evidence: EvidenceTold::all(&one.evidence, lang),
                })
                .collect(),
            beside: round
                .beside
                .iter()
                .map(|one| BesideTold {
                    name: one.name.as_str(),
                    state: one.standing.as_str(),
                    text: one.text.get(lang).to_owned(),
                })
                .collect(),
            blind_spots: Unseen::new(round.blind_spots.clone(), lang),
        }
    }
}

/// What is said where no skill concluded: that it is well, or that nobody knows why it is not.
fn nothing(round: &Round, lang: Lang) -> DiagnosisTold {
    let (cause, confidence) = if round.healthy {
        ("healthy", 0.9)
    } else {
        ("unknown", 0.0)
    };
    let state = match (round.state.as_str(), lang) {
        ("", _) => String::new(),
        (state, Lang::En) => format!(" ({state})"),
        (state, Lang::Zh) => format!("（{state}）"),
    };
    let root_cause = match (round.healthy, lang) {
        (true, Lang::En) => format!("nothing wrong found with {}{state}", round.object),
        (true, Lang::Zh) => format!("未发现 {} 有问题{state}", round.object),
        (false, Lang::En) => format!(
            "{} is not well{state}, and no skill could tell why",
            round.object
        ),
        (false, Lang::Zh) => format!("{} 状态异常{state}，但没有技能能说明原因", round.object),
    };
    DiagnosisTold {
        cause,
        root_cause,
        confidence,
        severity: None,
        evidence: Vec::new(),
        alternatives: Vec::new(),
        entities: vec![Named::of(&round.object)],
    }
}

fn why_not(first: &model::Finding, other: &model::Finding, lang: Lang) -> String {
    let text = other.root_cause.get(lang);
    let surer = first.confidence > other.confidence;
    match (lang, surer) {
        (Lang::En, true) => format!(
            "less sure ({} against {}): {text}",
            other.confidence, first.confidence
        ),
        (Lang::En, false) => format!("a fault beside the first: {text}"),
        (Lang::Zh, true) => format!(
            "把握较小（{} 对 {}）：{text}",
            other.confidence, first.confidence
        ),
        (Lang::Zh, false) => format!("与首要原因并存的另一处问题：{text}"),
    }
}

/// Writes what was looked at, in as few words as tell it.
fn looked_at(voice: &Voice, told: &Told) -> Result<(), Failure> {
    if told.dimensions.is_empty() {
        return Ok(());
    }
    let parts: Vec<&str> = told
        .dimensions
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    let line = match voice.lang {
        Lang::En => format!("Looked at: {}.", parts.join("; ")),
        Lang::Zh => format!("已查看：{}。", parts.join("；")),
    };
    for line in wrap(&harmless(&line), columns().min(100)) {
        voice.line(&voice.paint(Style::Dim, &line))?;
    }
    Ok(())
}

/// Writes what stands beside it: all of it to who wants to know more, else what is to be known.
fn beside(voice: &Voice, round: &Round) -> Result<(), Failure> {
    let told: Vec<_> = round
        .beside
        .iter()
        .filter(|one| voice.verbose || one.notable)
        .map(|one| (one.name.words(), one))
        .collect();
    let names = told.iter().map(|(name, _)| width(name.get(voice.lang)));
    let Some(first) = names.max() else {
        return Ok(());
    };
    let heading = voice.say("Beside it:", "与之相关：");
    voice.line(&voice.paint(Style::Dim, heading))?;
    let room = columns().min(100).saturating_sub(first + 4);
    for (name, one) in told {
        let lines = wrap(&harmless(one.text.get(voice.lang)), room);
        for (place, line) in lines.iter().enumerate() {
            let name = if place == 0 { name.get(voice.lang) } else { "" };
            let line = format!("  {}  {line}", padded(name, first));
            let line = match one.notable {
                true => line,
                false => voice.paint(Style::Dim, &line),
            };
            voice.line(&line)?;
        }
    }
    Ok(())
}

/// Writes a diagnosis for people.
pub(crate) fn write(voice: &Voice, told: &Told, round: &Round) -> Result<(), Failure> {
    if round.findings.is_empty() {
        let style = if round.healthy {
            Style::Good
        } else {
            Style::Warn
        };
        voice.line(&voice.paint(style, &told.diagnosis.root_cause))?;
    }
    // With its evidence: who asks about one object wants to know on what the answer rests.
    let wordy = Voice {
        verbose: true,
        ..*voice
    };
    for (place, finding) in round.findings.iter().enumerate() {
        let shown = if place == 0 { &wordy } else { voice };
        text::one(shown, &in_words(finding, voice.lang))?;
        voice.line("")?;
    }
    looked_at(voice, told)?;
    beside(voice, round)?;
    text::not_seen(voice, &round.blind_spots)?;
    voice.aside(&voice.paint(
        Style::Dim,
        &match voice.lang {
            Lang::En => format!("decision tree, no model, {} ms", told.elapsed_ms),
            Lang::Zh => format!("决策树，未使用模型，{} 毫秒", told.elapsed_ms),
        },
    ))
}
