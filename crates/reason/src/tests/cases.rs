//! Every case of every built-in skill: a recording in, the expected finding out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cases::{self, Case, Outcome};
use cluster::dump;
use model::{Cause, Finding, Severity};
use skills::{BASE, Skill, SkillSet};
use tokio::sync::OnceCell;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../skills")
}

fn proper(skills: &SkillSet) -> impl Iterator<Item = &Skill> {
    skills.iter().filter(|skill| skill.name != BASE)
}

/// What came of every case, by its folder; run once for all tests.
async fn outcomes() -> &'static [(PathBuf, Outcome)] {
    static OUTCOMES: OnceCell<Vec<(PathBuf, Outcome)>> = OnceCell::const_new();
    OUTCOMES
        .get_or_init(|| async {
            let skills = SkillSet::builtin().unwrap();
            let mut outcomes = Vec::new();
            for skill in proper(&skills) {
                for case in cases::of(skill, &folder()).unwrap() {
                    let read = cases::read(&case).unwrap();
                    let outcome = cases::run(&skills, &read, &case).await.unwrap();
                    outcomes.push((case, outcome));
                }
            }
            outcomes
        })
        .await
}

#[tokio::test]
async fn every_case_of_every_skill_comes_to_what_it_expects() {
    let outcomes = outcomes().await;
    let wrong: Vec<String> = outcomes
        .iter()
        .flat_map(|(case, outcome)| {
            outcome
                .problems
                .iter()
                .map(|problem| format!("{}: {problem}", case.display()))
        })
        .collect();
    assert!(outcomes.len() > 400, "{}", outcomes.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_conclusion_of_every_skill_has_a_case_that_comes_to_it() {
    let reached: BTreeSet<_> = outcomes()
        .await
        .iter()
        .flat_map(|(_, outcome)| outcome.reached.iter().cloned())
        .collect();
    let untested: Vec<String> = proper(&SkillSet::builtin().unwrap())
        .flat_map(|skill| cases::unreached(skill, &reached))
        .collect();
    assert!(untested.is_empty(), "{}", untested.join("\n"));
}

/// Which of the cases that a skill owes it lacks.
fn lacking(skill: &Skill, outcomes: &[(PathBuf, Outcome)]) -> Vec<&'static str> {
    let own: BTreeSet<Cause> = skill
        .nodes
        .values()
        .filter_map(|node| Some(node.leaf.as_ref()?.cause))
        .collect();
    let (mut fault, mut without_events, mut near_miss, mut silent) = (false, false, false, false);
    for folder in cases::of(skill, &folder()).unwrap() {
        let case = cases::read(&folder).unwrap();
        if case.expect.healthy {
            silent = true;
            continue;
        }
        let of_its_kind = case.expect.causes.iter().any(|cause| own.contains(cause));
        let (_, outcome) = outcomes.iter().find(|(known, _)| *known == folder).unwrap();
        near_miss |= case.meta.near_miss && is_anothers(skill, &case, outcome);
        fault |= outcome.reached.iter().any(|leaf| leaf.skill == skill.name);
        // What is left of some faults, once their events are gone, is for another skill to tell.
        without_events |= of_its_kind && !tells_by_events(&folder.join(&case.from));
    }
    [
        (fault, "a fault"),
        (without_events, "a fault without events"),
        (near_miss, "a near miss"),
        (silent, "a healthy look-alike"),
    ]
    .into_iter()
    .filter_map(|(there, what)| (!there).then_some(what))
    .collect()
}

/// Whether what a case expects is told by another skill, and nothing serious by this one.
fn is_anothers(skill: &Skill, case: &Case, outcome: &Outcome) -> bool {
    let expected = |finding: &Finding| case.expect.causes.contains(&finding.cause);
    let serious = |finding: &&Finding| finding.severity >= Severity::Warning;
    let own = |finding: &Finding| finding.skill == skill.name;
    let found = || outcome.findings.iter().filter(serious);
    found().any(expected) && !found().any(own)
}

#[tokio::test]
async fn what_is_called_a_near_miss_is_found_by_another_skill() {
    let outcomes = outcomes().await;
    let mut wrong = Vec::new();
    for skill in proper(&SkillSet::builtin().unwrap()) {
        for folder in cases::of(skill, &folder()).unwrap() {
            let case = cases::read(&folder).unwrap();
            let (_, outcome) = outcomes.iter().find(|(known, _)| *known == folder).unwrap();
            if case.meta.near_miss && !is_anothers(skill, &case, outcome) {
                wrong.push(format!("{}", folder.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a recording holds an event that warns.
fn tells_by_events(recording: &Path) -> bool {
    let dump = dump::read(recording, &dump::Limits::default()).unwrap();
    dump.snapshot
        .of_kind("Event", None)
        .any(|event| event.text("/type") != "Normal")
}

#[tokio::test]
async fn every_skill_has_a_fault_without_events_a_near_miss_and_a_healthy_look_alike() {
    let outcomes = outcomes().await;
    let wrong: Vec<String> = proper(&SkillSet::builtin().unwrap())
        .map(|skill| (skill, lacking(skill, outcomes)))
        .filter(|(_, lacking)| !lacking.is_empty())
        .map(|(skill, lacking)| format!("{} lacks {}", skill.name, lacking.join(", ")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
