//! Every case of every built-in skill: recorded objects in, the expected conclusion out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::recorded::{Recorded, Recorder, signal};
use crate::{Answer, choose, survey, tree};
use model::{Lang, ObjectRef};
use serde::Deserialize;
use skills::SkillSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    from: String,
    target: ObjectRef,
    expect: Expect,
    #[serde(default)]
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    #[serde(default)]
    healthy: bool,
    causes: Vec<String>,
    #[serde(default)]
    entities: Vec<ObjectRef>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    forbidden_keywords: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta {
    severity: Option<String>,
    node: Option<String>,
    remedies: Option<Vec<String>>,
}

fn cases() -> BTreeMap<PathBuf, Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../skills/cases");
    let mut cases = BTreeMap::new();
    for skill in fs::read_dir(root).unwrap() {
        for case in fs::read_dir(skill.unwrap().path()).unwrap() {
            let directory = case.unwrap().path();
            let text = fs::read_to_string(directory.join("case.yaml")).unwrap();
            let case =
                serde_saphyr::from_str(&text).unwrap_or_else(|why| panic!("{directory:?}: {why}"));
            cases.insert(directory, case);
        }
    }
    cases
}

#[tokio::test]
async fn every_case_of_every_skill_comes_to_what_it_expects() {
    let skills = SkillSet::builtin().unwrap();
    let cases = cases();
    assert!(cases.len() >= 4);
    for (directory, case) in cases {
        let mut port = Recorder::over(Recorded::read(&directory.join(&case.from)));
        let signal = signal(case.target.clone());
        let survey = survey(&signal, &mut port).await.unwrap();
        let choice = choose(&skills, &signal, &survey);
        assert_eq!(choice.broken, [], "{}", case.name);
        let Some(chosen) = choice.chosen else {
            assert!(case.expect.healthy, "{}: no skill fits", case.name);
            continue;
        };
        assert!(!case.expect.healthy, "{}: {chosen:?}", case.name);
        let answer = tree::conclude(&skills, &chosen, &survey, Some(&signal), &mut port)
            .await
            .unwrap();
        let Answer::Diagnosed(concluded) = answer else {
            panic!("{}: {answer:?}", case.name);
        };
        let diagnosis = &concluded;
        let said = diagnosis.root_cause.get(Lang::En);
        println!(
            "{}: {said}\n  {}\n  {:?}",
            case.name, diagnosis.root_cause.zh, concluded.next_steps
        );
        assert_eq!(
            [diagnosis.cause.as_str()].as_slice(),
            case.expect.causes,
            "{}: {said}",
            case.name
        );
        for keyword in &case.expect.keywords {
            assert!(
                said.contains(keyword),
                "{}: `{keyword}` is not in: {said}",
                case.name
            );
        }
        for keyword in &case.expect.forbidden_keywords {
            assert!(
                !said.contains(keyword),
                "{}: `{keyword}` is in: {said}",
                case.name
            );
        }
        for entity in &case.expect.entities {
            assert!(
                diagnosis.object.same_name(entity),
                "{}: {}",
                case.name,
                diagnosis.object
            );
        }
        let seen: Vec<_> = port.calls.iter().map(|(tool, ..)| tool.as_str()).collect();
        assert!(
            diagnosis.evidence.len() >= 2,
            "{}: rests on too little of {seen:?}",
            case.name
        );
        for text in [&diagnosis.root_cause.en, &diagnosis.root_cause.zh] {
            assert!(
                !text.contains("${") && !text.contains("`?`"),
                "{}: {text}",
                case.name
            );
        }
        if let Some(node) = &case.meta.node {
            assert_eq!(&diagnosis.node, node, "{}", case.name);
        }
        if let Some(severity) = &case.meta.severity {
            let found = concluded.severity.map(|severity| severity.as_str());
            assert_eq!(found, Some(severity.as_str()), "{}", case.name);
        }
        if let Some(remedies) = &case.meta.remedies {
            let found: Vec<_> = diagnosis
                .remedies
                .iter()
                .map(|remedy| remedy.as_str())
                .collect();
            assert_eq!(&found, remedies, "{}", case.name);
        }
    }
}
