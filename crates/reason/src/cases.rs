//! Cases: the tests of skills. A case is a recording and what a scan of it must come to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cluster::{Cluster, Recorded, dump};
use facts::Snapshot;
use model::{Cause, ClusterId, Finding, ObjectRef, Severity};
use serde::Deserialize;
use skills::{NodeRef, Skill, SkillSet};

use crate::scan::{self, ScanLimits};

/// The longest `case.yaml`, in bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// The most cases of one skill.
const MAX_CASES: usize = 500;

/// A case as it is written in `case.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The recording, relative to the folder of the case.
    pub from: String,
    /// The object that the expectation is about; without it, whatever is found.
    #[serde(default)]
    pub target: Option<ObjectRef>,
    /// A question to somebody who reasons in words.
    #[serde(default)]
    pub question: Option<String>,
    /// What must come of it.
    pub expect: Expect,
    /// More that a scan must come to, and how the recording is to be taken.
    #[serde(default)]
    pub meta: Meta,
}

/// What must come of a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Nothing at or above a warning may be found.
    #[serde(default)]
    pub healthy: bool,
    /// One of these causes must be found.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// Objects that the finding must be about, affect or explain.
    #[serde(default)]
    pub entities: Vec<ObjectRef>,
    /// Words that the sentence must hold.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Causes that must not be found.
    #[serde(default)]
    pub forbidden_causes: Vec<Cause>,
    /// Words that the sentence must not hold.
    #[serde(default)]
    pub forbidden_keywords: Vec<String>,
}

/// More about a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// What the case shows, in a sentence.
    #[serde(default)]
    pub about: Option<String>,
    /// Kinds that the recording holds completely; `all` for every kind.
    #[serde(default)]
    pub complete: Vec<String>,
    /// How bad it must be.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// The node of the skill that must conclude.
    #[serde(default)]
    pub node: Option<String>,
    /// The remedies that must be named.
    #[serde(default)]
    pub remedies: Option<Vec<String>>,
    /// Commands of which each must be one that is named as the next step.
    #[serde(default)]
    pub commands: Vec<String>,
    /// What clues must hold, in this order.
    #[serde(default)]
    pub clues: Vec<String>,
    /// How many findings at or above a warning there must be in all.
    #[serde(default)]
    pub findings: Option<usize>,
    /// It looks like the fault of the skill whose case it is, and is another skill's to tell.
    #[serde(default)]
    pub near_miss: bool,
}

/// What came of a case.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was found.
    pub findings: Vec<Finding>,
    /// What is not as expected; nothing if the case holds.
    pub problems: Vec<String>,
    /// The leaves of trees that concluded.
    pub reached: BTreeSet<NodeRef>,
}

/// The leaves of a skill that none of those reached is: `SKILL.NODE`.
#[must_use]
pub fn unreached(skill: &Skill, reached: &BTreeSet<NodeRef>) -> Vec<String> {
    skill
        .nodes
        .values()
        .filter(|node| node.leaf.is_some())
        .map(|node| NodeRef {
            skill: skill.name.clone(),
            node: node.name.clone(),
        })
        .filter(|leaf| !reached.contains(leaf))
        .map(|leaf| format!("{}.{}", leaf.skill, leaf.node))
        .collect()
}

/// Reads a case.
///
/// # Errors
/// What is wrong with it, and in which file.
pub fn read(folder: &Path) -> Result<Case, String> {
    let file = folder.join("case.yaml");
    let told = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let size = fs::metadata(&file).map_err(|why| told(&why))?.len();
    if size > MAX_BYTES {
        return Err(told(&format!(
            "it is {size} bytes long, and {MAX_BYTES} is the limit"
        )));
    }
    let text = fs::read_to_string(&file).map_err(|why| told(&why))?;
    serde_saphyr::from_str(&text).map_err(|why| told(&why))
}

/// The folders of a skill's cases: its patterns, relative to the folder of skills. A pattern may
/// end in `/*`.
///
/// # Errors
/// If a folder that a pattern names cannot be read.
pub fn of(skill: &Skill, skills: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders = Vec::new();
    for pattern in &skill.cases {
        match pattern.strip_suffix("/*") {
            None => folders.push(skills.join(pattern)),
            Some(parent) => {
                let parent = skills.join(parent);
                let told = |why: std::io::Error| format!("{}: {why}", parent.display());
                for entry in fs::read_dir(&parent).map_err(told)? {
                    let path = entry.map_err(told)?.path();
                    if path.is_dir() {
                        folders.push(path);
                    }
                }
            }
        }
    }
    folders.sort();
    folders.truncate(MAX_CASES);
    Ok(folders)
}

/// Runs a case: scans its recording and compares.
///
/// # Errors
/// If the recording cannot be read, or a skill does not hold what it needs.
pub async fn run(skills: &SkillSet, case: &Case, folder: &Path) -> Result<Outcome, String> {
    let scanned = scan_snapshot(skills, snapshot(case, folder)?).await?;
    let mut problems: Vec<String> = scanned.broken.iter().map(ToString::to_string).collect();
    compare(case, &scanned.findings, &mut problems);
    Ok(Outcome {
        findings: scanned.findings,
        problems,
        reached: scanned.reached,
    })
}

/// What a case's recording shows.
///
/// # Errors
/// If it cannot be read.
pub fn snapshot(case: &Case, folder: &Path) -> Result<Snapshot, String> {
    let recording = folder.join(&case.from);
    let dump = dump::read(&recording, &dump::Limits::default()).map_err(|why| why.to_string())?;
    let mut snapshot = dump.snapshot;
    for kind in &case.meta.complete {
        match kind.as_str() {
            "all" => facts::kinds::ALL
                .iter()
                .filter(|kind| kind.kind != "Secret")
                .for_each(|kind| snapshot.mark_complete(kind.kind, None)),
            kind => snapshot.mark_complete(kind, None),
        }
    }
    Ok(snapshot)
}

/// Scans a snapshot that stands for itself.
///
/// # Errors
/// If a skill does not hold what it needs.
pub async fn scan_snapshot(skills: &SkillSet, snapshot: Snapshot) -> Result<scan::Scanned, String> {
    let id = ClusterId::from("record".to_owned());
    let source: Arc<dyn Cluster> = Arc::new(Recorded::new(id, Arc::new(snapshot.clone())));
    scan::scan(skills, snapshot, &source, ScanLimits::default())
        .await
        .map_err(|why| why.to_string())
}

fn compare(case: &Case, findings: &[Finding], problems: &mut Vec<String>) {
    let expect = &case.expect;
    let bad: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warning || !expect.healthy)
        .collect();
    let about: Vec<&Finding> = bad
        .iter()
        .copied()
        .filter(|finding| {
            case.target
                .as_ref()
                .is_none_or(|target| scan::concerns(finding, target))
        })
        .collect();
    for finding in &bad {
        sound(finding, problems);
        if expect.forbidden_causes.contains(&finding.cause) {
            problems.push(format!("must not be found: {}", told(finding)));
        }
    }
    let serious = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warning)
        .count();
    if let Some(count) = case.meta.findings
        && count != serious
    {
        let all: Vec<String> = findings.iter().map(told).collect();
        problems.push(format!(
            "{count} findings expected, not {serious}: {}",
            all.join(" | ")
        ));
    }
    if expect.healthy {
        problems.extend(
            about
                .iter()
                .map(|finding| format!("should be silent: {}", told(finding))),
        );
        return;
    }
    let fits = about
        .iter()
        .copied()
        .find(|finding| expect.causes.is_empty() || expect.causes.contains(&finding.cause));
    let Some(found) = fits else {
        let all: Vec<String> = findings.iter().map(told).collect();
        let causes: Vec<&str> = expect.causes.iter().map(|cause| cause.as_str()).collect();
        problems.push(format!(
            "{} expected, found: {}",
            causes.join(" or "),
            if all.is_empty() {
                "nothing".to_owned()
            } else {
                all.join(" | ")
            }
        ));
        return;
    };
    let mut said = found.root_cause.en.clone();
    for explained in &found.explains {
        said.push('\n');
        said.push_str(&explained.text.en);
    }
    for keyword in &expect.keywords {
        if !said.contains(keyword) {
            problems.push(format!("`{keyword}` is not in: {said}"));
        }
    }
    for keyword in &expect.forbidden_keywords {
        if said.contains(keyword) {
            problems.push(format!("`{keyword}` is in: {said}"));
        }
    }
    for entity in &expect.entities {
        if !scan::concerns(found, entity) {
            problems.push(format!("{entity} has no part in: {}", told(found)));
        }
    }
    extras(case, found, problems);
}

fn extras(case: &Case, found: &Finding, problems: &mut Vec<String>) {
    if let Some(severity) = case.meta.severity
        && severity != found.severity
    {
        problems.push(format!(
            "{} expected, not {}: {}",
            severity.as_str(),
            found.severity.as_str(),
            told(found)
        ));
    }
    if let Some(node) = &case.meta.node
        && *node != found.node
    {
        problems.push(format!("node `{node}` expected, not `{}`", found.node));
    }
    for command in &case.meta.commands {
        let next = || {
            found
                .next_steps
                .iter()
                .filter_map(|step| step.command.as_deref())
        };
        if !next().any(|known| known == command) {
            let all: Vec<&str> = next().collect();
            problems.push(format!("`{command}` is not among: {}", all.join(" | ")));
        }
    }
    let mut clues = found.evidence.iter();
    for wanted in &case.meta.clues {
        if !clues.any(|clue| clue.excerpt.en.contains(wanted)) {
            let all: Vec<&str> = found
                .evidence
                .iter()
                .map(|clue| clue.excerpt.en.as_str())
                .collect();
            problems.push(format!(
                "no clue reads `{wanted}` there: {}",
                all.join(" | ")
            ));
        }
    }
    if let Some(remedies) = &case.meta.remedies {
        let named: Vec<&str> = found
            .remedies
            .iter()
            .map(|remedy| remedy.as_str())
            .collect();
        if named != *remedies {
            problems.push(format!("remedies {remedies:?} expected, not {named:?}"));
        }
    }
}

/// What a conclusion reads where something was not seen that it meant to name.
const HOLES: &[&str] = &[
    "``",
    " ()",
    "(,",
    "(;",
    "（）",
    "（，",
    "revision 0 ",
    "版本 0 ",
];

/// What every finding owes its reader: whole sentences in both languages, and evidence.
fn sound(finding: &Finding, problems: &mut Vec<String>) {
    for words in [&finding.root_cause.en, &finding.root_cause.zh] {
        for hole in HOLES {
            if words.contains(hole) {
                problems.push(format!("a hole, {hole}, is left in: {words}"));
            }
        }
    }
    for text in [&finding.root_cause.en, &finding.root_cause.zh] {
        if text.trim().is_empty()
            || text.contains("${")
            || text.contains("`?`")
            || text.contains("``")
        {
            problems.push(format!("not a whole sentence: {text}"));
        }
    }
    for step in &finding.next_steps {
        let command = step.command.as_deref().unwrap_or_default();
        if step.text.zh.is_empty()
            || command.contains("${")
            || command.contains('?') && command.contains(" ? ")
        {
            problems.push(format!("not a whole step: {} ({command})", step.text.en));
        }
    }
    if finding.evidence.is_empty() {
        problems.push(format!("it rests on nothing: {}", told(finding)));
    }
}

fn told(finding: &Finding) -> String {
    format!(
        "{} {} of {} by {}.{}: {}",
        finding.severity.as_str(),
        finding.cause,
        finding.object,
        finding.skill,
        finding.node,
        finding.root_cause.en
    )
}
