//! What holds for surveys, choices and walks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cluster::memory::{HandClock, Pace};
use cluster::{MemoryCluster, scenes};
use model::{Millis, ObjectRef, RemedyKind, Tier, Timestamp, Why};
use skills::SkillSet;

use super::recorded::{Recorded, Recorder, signal};
use crate::{Answer, Chosen, ReasonError, Survey, choose, survey, tree};

fn objects(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../skills/cases/image_pull/{case}/objects.json"))
}

const POD: &str = "web-5c8f7b9d64-v5n7c";

async fn surveyed(case: &str, object: ObjectRef) -> (Survey, Recorder) {
    let mut port = Recorder::over(Recorded::read(&objects(case)));
    let seen = survey(&signal(object), &mut port).await.unwrap();
    (seen, port)
}

/// Walks the tree of a skill of one's own on a recorded pod.
async fn walked(tree: &str, broken: &[&'static str]) -> (Result<Answer, ReasonError>, Recorder) {
    let source = format!(
        "name: own\ntriggers: [{{resource: container, when: \"!container.ready\", priority: 99}}]\ndecision_tree:\n{tree}"
    );
    let skills =
        SkillSet::from_sources([("base.yaml", "name: base\n"), ("own.yaml", source.as_str())])
            .unwrap();
    let object = ObjectRef::new("Deployment", "shop", "web");
    let (seen, mut port) = surveyed("tag_not_found", object.clone()).await;
    port.broken = broken.to_vec();
    let signal = signal(object);
    let chosen = choose(&skills, &signal, &seen).chosen.unwrap();
    (
        tree::conclude(&skills, &chosen, &seen, Some(&signal), &mut port).await,
        port,
    )
}

fn why(answer: &Answer) -> &str {
    match answer {
        Answer::Unsure { why } => &why.en,
        Answer::Diagnosed(concluded) => panic!("it concluded: {concluded:?}"),
    }
}

#[tokio::test]
async fn a_pod_and_a_replica_set_lead_to_their_workload() {
    for object in [
        ObjectRef::new("Pod", "shop", POD),
        ObjectRef::new("ReplicaSet", "shop", "web-5c8f7b9d64"),
        ObjectRef::new("Deployment", "shop", "web"),
    ] {
        let (seen, _) = surveyed("tag_not_found", object.clone()).await;
        assert_eq!(seen.workload().unwrap().name(), "web", "{object}");
        assert_eq!(seen.workload().unwrap().kind(), "Deployment", "{object}");
        assert_eq!(seen.subjects().len(), 9, "{object}");
    }
}

#[tokio::test]
async fn every_object_remembers_the_evidence_it_came_from() {
    let (seen, port) = surveyed("tag_not_found", ObjectRef::new("Deployment", "shop", "web")).await;
    let tools: Vec<_> = port.calls.iter().map(|(tool, ..)| tool.as_str()).collect();
    assert_eq!(tools, ["get_workload", "get_pod_status", "get_events"]);
    assert_eq!(seen.evidence().len(), 3);
    let source = |kind, name| seen.source(&ObjectRef::new(kind, "shop", name));
    assert_eq!(
        source("Deployment", "web"),
        seen.evidence().first().copied()
    );
    assert_eq!(source("Pod", POD), seen.evidence().get(1).copied());
    assert_eq!(source("Pod", "another"), None);
}

#[tokio::test]
async fn what_does_not_exist_has_no_subjects_and_no_skill() {
    for object in [
        ObjectRef::new("Deployment", "shop", "gone"),
        ObjectRef::new("Pod", "shop", "gone"),
        ObjectRef::new("Service", "shop", "web"),
    ] {
        let (seen, _) = surveyed("tag_not_found", object.clone()).await;
        assert!(seen.subjects().is_empty(), "{object}");
        let choice = choose(&SkillSet::builtin().unwrap(), &signal(object), &seen);
        assert_eq!(choice.chosen, None);
    }
}

#[tokio::test]
async fn a_choice_survives_being_told_as_an_event() {
    let object = ObjectRef::new("Deployment", "shop", "web");
    let (seen, _) = surveyed("tag_not_found", object.clone()).await;
    let chosen = choose(&SkillSet::builtin().unwrap(), &signal(object), &seen)
        .chosen
        .unwrap();
    assert_eq!(chosen.subject.name, POD);
    assert_eq!(chosen.container.as_deref(), Some("web"));
    assert_eq!(Chosen::from_matched(&chosen.matched()), chosen);
}

#[tokio::test]
async fn a_conclusion_rests_on_the_survey_and_on_what_its_nodes_asked() {
    let (answer, port) = walked(
        "  - {step: look, tool: get_pod_spec, on_success: {cause: image_pull, confidence: 0.9}}\n",
        &[],
    )
    .await;
    let Answer::Diagnosed(concluded) = answer.unwrap() else {
        panic!("it was unsure");
    };
    assert_eq!(concluded.evidence.len(), 4);
    assert_eq!(concluded.object.name, POD);
    assert_eq!(concluded.node, "look / on_success");
    let (tool, params, asked) = port.calls.last().unwrap();
    assert_eq!(tool, "get_pod_spec");
    assert_eq!(
        params,
        &serde_json::json!({"namespace": "shop", "pod_name": POD})
    );
    let expected = Why::NodeAsked {
        skill: "own".to_owned(),
        node: "look".to_owned(),
    };
    assert_eq!(asked, &expected);
}

#[tokio::test]
async fn a_failure_to_look_leads_to_another_look_and_never_to_a_conclusion() {
    let tree = "  - {step: look, tool: get_pod_spec, on_failure: {cause: image_pull}}\n";
    let (answer, _) = walked(tree, &["get_pod_spec"]).await;
    assert_eq!(
        why(&answer.unwrap()),
        "skill `own`, node `look`: `get_pod_spec` could not look (forbidden), which is no evidence"
    );
    let tree = "  - {step: look, tool: query_prometheus, on_failure: {cause: image_pull}}\n";
    let (answer, _) = walked(tree, &[]).await;
    assert!(why(&answer.unwrap()).contains("not configured"));
    let tree = "  - {step: look, tool: get_pod_logs, on_failure: {step: b, tool: get_pod_spec, on_success: {cause: image_pull}}}\n";
    let (answer, _) = walked(tree, &["get_pod_logs"]).await;
    assert!(matches!(answer.unwrap(), Answer::Diagnosed(_)));
}

#[tokio::test]
async fn failed_empty_and_not_configured_are_three_things() {
    for (tool, broken, status) in [
        ("get_pod_spec", None, "found"),
        ("get_pod_logs", None, "empty"),
        ("get_pod_spec", Some("get_pod_spec"), "failed"),
        ("query_prometheus", None, "not_configured"),
    ] {
        let tree = format!(
            "  - {{step: look, tool: {tool}, branches: [{{when: \"result.status == '{status}'\", then: {{cause: image_pull}}}}]}}\n"
        );
        let broken: Vec<_> = broken.into_iter().collect();
        let (answer, _) = walked(&tree, &broken).await;
        assert!(matches!(answer.unwrap(), Answer::Diagnosed(_)), "{status}");
    }
}

#[tokio::test]
async fn an_expression_that_fails_is_reported_with_skill_and_node() {
    let tree = "  - {step: look, branches: [{when: \"container.name > 1\", then: {cause: image_pull}}], else: {cause: unknown}}\n";
    let (answer, _) = walked(tree, &[]).await;
    assert_eq!(
        answer.unwrap_err().to_string(),
        "skill `own`, node `look`: `container.name > 1` failed: a text has no order with an int"
    );
}

#[tokio::test]
async fn what_was_not_seen_takes_no_branch() {
    let tree = "  - {step: look, branches: [{when: \"result.value.x != 1\", then: {cause: image_pull}}]}\n";
    let (answer, _) = walked(tree, &[]).await;
    assert_eq!(
        why(&answer.unwrap()),
        "skill `own`, node `look`: the tree has no way on from there"
    );
}

#[tokio::test]
async fn a_walk_ends_after_fifty_nodes() {
    let chain: String = (0..60)
        .map(|step| format!("  - {{step: s{step}, else: s{}}}\n", step + 1))
        .collect();
    let (answer, _) = walked(&(chain + "  - {step: s60, cause: image_pull}\n"), &[]).await;
    assert_eq!(
        why(&answer.unwrap()),
        "skill `own`, node `s50`: more than 50 nodes were walked"
    );
}

/// The whole way on a cluster that behaves as Kubernetes does, at whatever moment one looks.
#[tokio::test]
async fn a_bad_tag_in_a_living_cluster_is_diagnosed_at_every_look_after_the_first_pull() {
    let skills = SkillSet::builtin().unwrap();
    let start = Timestamp::parse("2026-03-03T10:00:00Z").unwrap();
    for seconds in [20, 45, 120, 3 * 3600] {
        let clock = HandClock::at(start);
        let cluster = MemoryCluster::open(None, scenes::shop(Pace::real()), clock.clock()).unwrap();
        clock.advance(Millis::secs(60));
        let healthy = signal(scenes::web());
        let cluster = Arc::new(cluster);
        scenes::bad_tag(&cluster).unwrap();
        clock.advance(Millis::secs(seconds));
        let mut port = Recorder::of(cluster);
        let seen = survey(&healthy, &mut port).await.unwrap();
        let chosen = choose(&skills, &healthy, &seen)
            .chosen
            .unwrap_or_else(|| panic!("after {seconds} s: {:?}", seen.subjects()));
        assert_eq!(chosen.skill, "image_pull");
        let answer = tree::conclude(&skills, &chosen, &seen, Some(&healthy), &mut port)
            .await
            .unwrap();
        let Answer::Diagnosed(concluded) = answer else {
            panic!("after {seconds} s: {answer:?}");
        };
        let diagnosis = concluded;
        assert!(diagnosis.object.same_name(&scenes::web()));
        assert_eq!(
            diagnosis.remedies,
            [RemedyKind::RestoreLastGood],
            "after {seconds} s"
        );
        assert!(
            diagnosis.root_cause.en.contains(scenes::BAD_IMAGE),
            "{}",
            diagnosis.root_cause.en
        );
        assert!(
            diagnosis.root_cause.en.contains(scenes::GOOD_IMAGE),
            "{}",
            diagnosis.root_cause.en
        );
        assert!(
            diagnosis
                .root_cause
                .en
                .contains("does not exist in the registry"),
            "{}",
            diagnosis.root_cause.en
        );
    }
}

#[tokio::test]
async fn a_healthy_living_cluster_has_nothing_to_diagnose() {
    let clock = HandClock::at(Timestamp::parse("2026-03-03T10:00:00Z").unwrap());
    let cluster = MemoryCluster::open(None, scenes::shop(Pace::real()), clock.clock()).unwrap();
    clock.advance(Millis::secs(60));
    let mut port = Recorder::over(cluster);
    let signal = signal(scenes::web());
    let seen = survey(&signal, &mut port).await.unwrap();
    assert_eq!(seen.subjects().len(), 7);
    assert_eq!(
        choose(&SkillSet::builtin().unwrap(), &signal, &seen).chosen,
        None
    );
}

#[test]
fn skills_and_tools_know_the_same_names() {
    let looking: BTreeSet<_> = tools::KNOWN
        .iter()
        .filter(|(_, tier)| *tier == Tier::ReadOnly)
        .map(|(name, _)| *name)
        .collect();
    let changing: BTreeSet<_> = tools::KNOWN
        .iter()
        .filter(|(_, tier)| *tier != Tier::ReadOnly)
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(
        looking,
        skills::tool_names::READ_ONLY.iter().copied().collect()
    );
    assert_eq!(
        changing,
        skills::tool_names::CHANGING.iter().copied().collect()
    );
}
