//! A scan as it is told: the stable JSON of the contract, which every other form is made from.

pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod sarif;
pub(crate) mod text;
mod unseen;

use std::collections::BTreeMap;

use model::{Finding, Lang, ObjectRef, Severity, Timestamp};
use serde::Serialize;

pub(crate) use unseen::Unseen;

/// What a scan came to.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) version: u32,
    pub(crate) source: Source,
    pub(crate) started_at: Timestamp,
    pub(crate) elapsed_ms: u64,
    pub(crate) scanned: BTreeMap<String, usize>,
    pub(crate) blind_spots: Unseen,
    pub(crate) findings: Vec<FindingTold>,
    pub(crate) summary: Summary,
    /// How many findings are not shown, being less grave than was asked for.
    #[serde(skip)]
    pub(crate) slighter: usize,
}

/// Where it was looked.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Source {
    /// `live`, `dump` or `memory`.
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
}

/// Numbers findings as they are shown: who asked for some of them sees no gaps.
pub(crate) fn number(findings: &mut [Finding]) {
    for (place, finding) in findings.iter_mut().enumerate() {
        finding.id = format!("F{}", place + 1);
    }
}

/// How many findings of each severity.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Summary {
    pub(crate) critical: usize,
    pub(crate) warning: usize,
    pub(crate) info: usize,
}

impl Summary {
    pub(crate) fn of(findings: &[Finding]) -> Self {
        let count = |severity| {
            findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        Self {
            critical: count(Severity::Critical),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
        }
    }
}

/// An object as the contract names it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Named {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Named {
    pub(crate) fn of(object: &ObjectRef) -> Self {
        Self {
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        }
    }

    /// As people write it: `shop/Deployment/web`, without the namespace if it has none.
    pub(crate) fn path(&self) -> String {
        if self.namespace.is_empty() {
            format!("{}/{}", self.kind, self.name)
        } else {
            format!("{}/{}/{}", self.namespace, self.kind, self.name)
        }
    }
}

/// A finding in one language.
#[derive(Debug, Serialize)]
pub(crate) struct FindingTold {
    pub(crate) id: String,
    pub(crate) fingerprint: String,
    pub(crate) skill: String,
    pub(crate) cause: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) object: Named,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) container: Option<String>,
    pub(crate) affected: Vec<Named>,
    pub(crate) title: String,
    pub(crate) root_cause: String,
    pub(crate) confidence: f64,
    pub(crate) evidence: Vec<EvidenceTold>,
    pub(crate) next_steps: Vec<NextTold>,
    pub(crate) remedies: Vec<RemedyTold>,
    /// What is wrong elsewhere because of it.
    pub(crate) explains: Vec<ExplainedTold>,
    #[serde(skip)]
    pub(crate) level: Severity,
}

#[derive(Debug, Serialize)]
pub(crate) struct EvidenceTold {
    pub(crate) id: String,
    pub(crate) tool: String,
    pub(crate) object: Named,
    pub(crate) excerpt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Timestamp>,
}

impl EvidenceTold {
    /// Clues in a language.
    pub(crate) fn all(clues: &[model::Clue], lang: Lang) -> Vec<Self> {
        clues.iter().map(|clue| Self::of(clue, lang)).collect()
    }

    fn of(clue: &model::Clue, lang: Lang) -> Self {
        Self {
            id: clue.id.clone(),
            tool: clue.tool.clone(),
            object: Named::of(&clue.object),
            excerpt: clue.excerpt.get(lang).to_owned(),
            at: clue.at,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct NextTold {
    pub(crate) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RemedyTold {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) tier: &'static str,
    pub(crate) summary: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExplainedTold {
    pub(crate) object: Named,
    pub(crate) cause: &'static str,
    pub(crate) text: String,
}

/// A finding in a language.
pub(crate) fn told(finding: &Finding, lang: Lang) -> FindingTold {
    let object = Named::of(&finding.object);
    FindingTold {
        id: finding.id.clone(),
        fingerprint: finding.fingerprint.to_string(),
        skill: finding.skill.clone(),
        cause: finding.cause.as_str(),
        severity: finding.severity.as_str(),
        title: format!("{}: {}", object.path(), finding.cause.title(lang)),
        object,
        container: finding.container.clone(),
        affected: finding.affected.iter().map(Named::of).collect(),
        root_cause: finding.root_cause.get(lang).to_owned(),
        confidence: finding.confidence.share(),
        evidence: EvidenceTold::all(&finding.evidence, lang),
        next_steps: finding
            .next_steps
            .iter()
            .map(|step| NextTold {
                text: step.text.get(lang).to_owned(),
                command: step.command.clone(),
            })
            .collect(),
        remedies: finding
            .remedies
            .iter()
            .enumerate()
            .map(|(place, remedy)| RemedyTold {
                id: format!("R{}", place + 1),
                kind: remedy.as_str(),
                tier: remedy.tier().as_str(),
                summary: remedy.title(lang).to_owned(),
            })
            .collect(),
        explains: finding
            .explains
            .iter()
            .map(|explained| ExplainedTold {
                object: Named::of(&explained.object),
                cause: explained.cause.as_str(),
                text: explained.text.get(lang).to_owned(),
            })
            .collect(),
        level: finding.severity,
    }
}
