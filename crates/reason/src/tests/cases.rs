//! Every case of every built-in skill: a recording in, the expected finding out.

use std::path::{Path, PathBuf};

use crate::cases;
use skills::{BASE, SkillSet};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../skills")
}

#[tokio::test]
async fn every_case_of_every_skill_comes_to_what_it_expects() {
    let skills = SkillSet::builtin().unwrap();
    let mut wrong = Vec::new();
    let mut counted = 0;
    for skill in skills.iter().filter(|skill| skill.name != BASE) {
        for case in cases::of(skill, &folder()).unwrap() {
            counted += 1;
            let read = cases::read(&case).unwrap();
            let outcome = cases::run(&skills, &read, &case).await.unwrap();
            for problem in outcome.problems {
                wrong.push(format!("{}: {problem}", case.display()));
            }
        }
    }
    assert!(counted > 100, "{counted}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_skill_has_a_fault_a_near_miss_and_a_healthy_look_alike() {
    let skills = SkillSet::builtin().unwrap();
    let mut wrong = Vec::new();
    for skill in skills.iter().filter(|skill| skill.name != BASE) {
        let cases: Vec<_> = cases::of(skill, &folder())
            .unwrap()
            .iter()
            .map(|case| cases::read(case).unwrap())
            .collect();
        let faults = cases.iter().filter(|case| !case.expect.healthy).count();
        let silent = cases.iter().filter(|case| case.expect.healthy).count();
        if faults < 2 || silent < 1 {
            wrong.push(format!("{}: {faults} faults, {silent} silent", skill.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
