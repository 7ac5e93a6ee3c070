//! The cluster in memory rolls Deployments out as a real one does.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the functions that tests share fail as tests do"
)]

use std::collections::BTreeSet;

use facts::{PullFailureKind, Snapshot, last_good, observe, revisions, subjects};
use kintsugi_cluster as cluster;

use cluster::memory::{HandClock, ImageBehaviour, MemoryCluster, Pace, Setup};
use cluster::scenes::{self, BAD_IMAGE, GOOD_IMAGE, NAMESPACE, OLDER_IMAGE, web};
use cluster::{Cluster, LogQuery, WriteError, WriteMode};
use model::{Look, Millis, ObjectRef, PatchOp, Progress, Timestamp};
use serde_json::{Value, json};

struct Shop {
    clock: HandClock,
    cluster: MemoryCluster,
}

impl Shop {
    fn open(setup: Setup) -> Self {
        let clock = HandClock::at(Timestamp::parse("2026-03-01T09:00:00Z").unwrap());
        let cluster = MemoryCluster::open(None, setup, clock.clock()).unwrap();
        Self { clock, cluster }
    }

    fn new() -> Self {
        Self::open(scenes::shop(Pace::quick()))
    }

    fn wait(&self, millis: u64) {
        self.clock.advance(Millis(millis));
    }

    fn snapshot(&self) -> Snapshot {
        let kinds = ["Pod", "ReplicaSet", "Deployment", "Event"];
        let complete: BTreeSet<_> = kinds.map(|kind| (kind.to_owned(), None)).into();
        Snapshot::new(self.cluster.all_objects().unwrap(), complete)
    }

    fn web(&self) -> facts::Object {
        self.get("Deployment", "web")
    }

    fn get(&self, kind: &str, name: &str) -> facts::Object {
        let snapshot = self.snapshot();
        snapshot
            .get(kind, NAMESPACE, name)
            .present()
            .unwrap()
            .clone()
    }

    fn seen(&self) -> model::Observation {
        observe(&self.snapshot(), &self.web(), Look::Rollout)
    }

    fn condition(&self, kind: &str) -> (String, String) {
        let web = self.web();
        let found = facts::container::condition(&web, kind).unwrap().clone();
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        (text("status"), text("reason"))
    }
}

fn set_web(value: Value, path: &str) -> Vec<PatchOp> {
    vec![PatchOp::Add {
        path: path.to_owned(),
        value,
    }]
}

#[test]
fn a_new_shop_is_healthy_and_its_history_lies_behind_it() {
    let shop = Shop::new();
    let seen = shop.seen();
    assert!(seen.healthy(), "{seen:?}");
    assert_eq!((seen.desired, seen.ready, seen.pods.len()), (3, 3, 3));
    assert_eq!(
        shop.condition("Progressing"),
        ("True".to_owned(), "NewReplicaSetAvailable".to_owned())
    );
    let snapshot = shop.snapshot();
    assert_eq!(
        snapshot.of_kind("Event", None).count(),
        0,
        "all are older than an hour"
    );
    let all = revisions(&snapshot, &shop.web());
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].number, all[0].ready, all[0].newest), (1, 3, true));
    assert_eq!(
        shop.web().text("/metadata/creationTimestamp"),
        "2026-02-28T07:00:00Z"
    );
}

#[test]
fn a_bad_tag_stalls_the_rollout_and_the_good_pods_keep_serving() {
    let shop = Shop::new();
    let before = shop.web().generation();
    scenes::bad_tag(&shop.cluster).unwrap();
    assert_eq!(shop.web().generation(), before + 1);
    assert_eq!(shop.seen().progress, Progress::Underway, "not observed yet");
    shop.wait(100);
    let seen = shop.seen();
    assert_eq!(seen.progress, Progress::Underway);
    assert_eq!((seen.updated, seen.ready, seen.pods.len()), (1, 3, 4));
    shop.wait(2000);
    let seen = shop.seen();
    assert_eq!(seen.progress, Progress::Stalled);
    let troubled: Vec<_> = seen
        .pods
        .iter()
        .filter_map(|pod| pod.trouble.clone())
        .collect();
    assert_eq!(troubled.len(), 1);
    assert!(
        troubled[0].starts_with("ErrImagePull: rpc error: code = NotFound"),
        "{troubled:?}"
    );
    let snapshot = shop.snapshot();
    let web = shop.web();
    let all = revisions(&snapshot, &web);
    assert_eq!(all.iter().map(|r| r.number).collect::<Vec<_>>(), [2, 1]);
    let good = last_good(&all);
    assert_eq!(good[0].images["web"], GOOD_IMAGE);
    assert_eq!((good[0].number, good[0].ready), (1, 3));
    assert_eq!(
        shop.condition("Available"),
        ("True".to_owned(), "MinimumReplicasAvailable".to_owned())
    );
}

#[test]
fn the_kubelet_alternates_between_the_failed_pull_and_its_back_off() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    let mut seen = BTreeSet::new();
    let mut words = BTreeSet::new();
    for _ in 0..200 {
        shop.wait(1);
        let snapshot = shop.snapshot();
        for pod in snapshot.of_kind("Pod", Some(NAMESPACE)) {
            for container in facts::container::containers(pod) {
                if container.image() == BAD_IMAGE {
                    seen.insert(container.waiting_reason().to_owned());
                    words.extend(container.trouble());
                    if container.image_pull_failing() {
                        let failure =
                            facts::subject::pull_failure(&snapshot, pod, &container).unwrap();
                        assert_eq!(failure.kind, PullFailureKind::NotFound);
                        assert_eq!(failure.image, BAD_IMAGE);
                        assert_eq!(failure.registry, "registry.example");
                    }
                }
            }
        }
    }
    let expected = ["", "ContainerCreating", "ErrImagePull", "ImagePullBackOff"];
    assert_eq!(seen, expected.map(str::to_owned).into());
    assert_eq!(words.len(), 1, "the trouble keeps its words: {words:?}");
    let snapshot = shop.snapshot();
    let told: BTreeSet<_> = snapshot
        .of_kind("Event", Some(NAMESPACE))
        .map(|event| event.text("/reason").to_owned())
        .collect();
    for reason in [
        "Scheduled",
        "Pulling",
        "Failed",
        "BackOff",
        "SuccessfulCreate",
        "ScalingReplicaSet",
    ] {
        assert!(told.contains(reason), "{reason} in {told:?}");
    }
}

#[test]
fn going_back_reuses_the_old_replica_set_under_a_new_number() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(2000);
    let before: Vec<String> = shop
        .seen()
        .pods
        .into_iter()
        .filter(|pod| pod.ready)
        .map(|pod| pod.uid)
        .collect();
    shop.cluster
        .edit(&web(), &scenes::set_image(GOOD_IMAGE))
        .unwrap();
    shop.wait(100);
    let seen = shop.seen();
    assert!(seen.healthy(), "{seen:?}");
    let after: Vec<String> = seen.pods.into_iter().map(|pod| pod.uid).collect();
    assert_eq!(before, after, "the good pods were never touched");
    let web = shop.web();
    let all = revisions(&shop.snapshot(), &web);
    let numbers: Vec<_> = all
        .iter()
        .map(|r| (r.number, r.newest, r.desired))
        .collect();
    assert_eq!(numbers, [(3, true, 3), (2, false, 0)]);
    assert_eq!(web.annotation(facts::revision::REVISION), Some("3"));
    let set = shop.get("ReplicaSet", &all[0].replica_set.name);
    assert_eq!(
        set.annotation("deployment.kubernetes.io/revision-history"),
        Some("1")
    );
    assert_eq!(
        shop.condition("Progressing"),
        ("True".to_owned(), "NewReplicaSetAvailable".to_owned())
    );
}

#[test]
fn a_good_new_image_is_rolled_out_within_surge_and_availability() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &scenes::set_image(OLDER_IMAGE))
        .unwrap();
    for _ in 0..200 {
        shop.wait(1);
        let seen = shop.seen();
        assert!(seen.pods.len() <= 4, "surge: {seen:?}");
        assert!(
            seen.pods.iter().filter(|pod| pod.ready).count() >= 3,
            "{seen:?}"
        );
    }
    assert!(shop.seen().healthy());
    let all = revisions(&shop.snapshot(), &shop.web());
    assert_eq!(all[0].images["web"], OLDER_IMAGE);
    assert_eq!((all[0].number, all[0].ready, all[1].ready), (2, 3, 0));
}

#[test]
fn a_crashing_image_loops_with_a_growing_back_off_and_keeps_its_last_words() {
    let shop = Shop::new();
    let crashes = ImageBehaviour::CrashesAfter {
        after: Millis(1),
        exit_code: 3,
        log: "one\ntwo\nthree\n".to_owned(),
    };
    shop.cluster.set_image(BAD_IMAGE, Some(crashes)).unwrap();
    scenes::bad_tag(&shop.cluster).unwrap();
    let mut waits = BTreeSet::new();
    for _ in 0..400 {
        shop.wait(1);
        for pod in shop.snapshot().of_kind("Pod", Some(NAMESPACE)) {
            for container in facts::container::containers(pod) {
                if container.waiting_reason() == "CrashLoopBackOff" {
                    let message = container.waiting_message();
                    waits.insert(message.split(' ').nth(1).unwrap().to_owned());
                    assert_eq!(container.exit_code(), 3);
                    assert_eq!(
                        container.trouble().unwrap(),
                        "CrashLoopBackOff: Error with exit code 3"
                    );
                }
            }
        }
    }
    let grown = ["10ms", "20ms", "40ms", "80ms"].map(str::to_owned);
    assert!(waits.is_superset(&grown.into()), "{waits:?}");
    let snapshot = shop.snapshot();
    let web = shop.web();
    let crashed: Vec<_> = subjects(&snapshot, &web)
        .into_iter()
        .filter(|subject| subject.data["container"]["crashed"] == true)
        .collect();
    assert_eq!(crashed.len(), 1);
    assert!(crashed[0].data["container"]["restarts"].as_i64().unwrap() >= 4);
    let query = LogQuery {
        namespace: NAMESPACE.to_owned(),
        pod: crashed[0].object.name.clone(),
        container: "web".to_owned(),
        previous: true,
        tail_lines: 2,
    };
    assert_eq!(block(shop.cluster.logs(&query)).unwrap(), "two\nthree\n");
}

#[test]
fn memory_is_told_as_the_reason_of_an_end() {
    let shop = Shop::new();
    let hungry = ImageBehaviour::OomAfter {
        after: Millis(5),
        log: String::new(),
    };
    shop.cluster.set_image(BAD_IMAGE, Some(hungry)).unwrap();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(60);
    let snapshot = shop.snapshot();
    let oom = subjects(&snapshot, &shop.web()).into_iter().any(|subject| {
        subject.data["container"]["end_reason"] == "OOMKilled"
            && subject.data["container"]["exit_code"] == 137
    });
    assert!(oom);
}

#[test]
fn an_image_that_never_gets_ready_stalls_without_restarts() {
    let shop = Shop::new();
    shop.cluster
        .set_image(BAD_IMAGE, Some(ImageBehaviour::NeverReady))
        .unwrap();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(3000);
    let seen = shop.seen();
    assert_eq!(seen.progress, Progress::Stalled);
    assert_eq!((seen.ready, seen.restarts()), (3, 0));
}

#[test]
fn putting_back_an_image_that_crashes_now_heals_what_runs_and_fails_what_starts() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(100);
    scenes::good_image_crashes_now(&shop.cluster, Millis(5)).unwrap();
    shop.cluster
        .edit(&web(), &scenes::set_image(GOOD_IMAGE))
        .unwrap();
    shop.wait(100);
    assert!(shop.seen().healthy(), "no pod had to be started anew");
    shop.cluster
        .edit(
            &web(),
            &set_web(json!({"again": "1"}), "/spec/template/metadata/annotations"),
        )
        .unwrap();
    shop.wait(300);
    let seen = shop.seen();
    assert!(!seen.healthy());
    assert!(seen.restarts() > 0);
}

#[test]
fn the_trouble_resolves_by_itself_when_the_tag_appears() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(2000);
    assert_eq!(shop.seen().progress, Progress::Stalled);
    scenes::bad_tag_appears(&shop.cluster).unwrap();
    shop.wait(1000);
    assert!(shop.seen().healthy());
    let all = revisions(&shop.snapshot(), &shop.web());
    assert_eq!((all[0].number, all[0].ready), (2, 3));
}

#[test]
fn with_three_revisions_the_one_with_most_ready_pods_is_the_best() {
    for pace in [Pace::quick(), Pace::demo(), Pace::real()] {
        let shop = Shop::open(scenes::shop_with_three_revisions(pace));
        let snapshot = shop.snapshot();
        let all = revisions(&snapshot, &shop.web());
        let numbers: Vec<_> = all.iter().map(|r| (r.number, r.ready, r.newest)).collect();
        assert_eq!(
            numbers,
            [(3, 0, true), (2, 1, false), (1, 2, false)],
            "{pace:?}"
        );
        let good = last_good(&all);
        assert_eq!(good[0].images["web"], OLDER_IMAGE);
        assert_eq!(good[1].images["web"], GOOD_IMAGE);
    }
}

#[test]
fn a_paused_rollout_waits_and_says_so() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &set_web(json!(true), "/spec/paused"))
        .unwrap();
    shop.cluster
        .edit(&web(), &scenes::set_image(OLDER_IMAGE))
        .unwrap();
    shop.wait(500);
    assert_eq!(revisions(&shop.snapshot(), &shop.web()).len(), 1);
    assert_eq!(shop.seen().progress, Progress::Underway);
    assert_eq!(
        shop.condition("Progressing"),
        ("Unknown".to_owned(), "DeploymentPaused".to_owned())
    );
    shop.cluster
        .edit(
            &web(),
            &[PatchOp::Remove {
                path: "/spec/paused".to_owned(),
            }],
        )
        .unwrap();
    shop.wait(500);
    assert!(shop.seen().healthy());
}

#[test]
fn a_workload_scaled_to_nothing_settles_and_proves_no_health() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &set_web(json!(0), "/spec/replicas"))
        .unwrap();
    shop.wait(200);
    let seen = shop.seen();
    assert!(
        seen.progress == model::Progress::Complete && !seen.healthy(),
        "{seen:?}"
    );
    assert!(seen.pods.is_empty());
    shop.cluster
        .edit(&web(), &set_web(json!(5), "/spec/replicas"))
        .unwrap();
    shop.wait(200);
    let seen = shop.seen();
    assert!(seen.healthy() && seen.pods.len() == 5, "{seen:?}");
}

#[test]
fn recreate_lets_no_old_pod_stand_beside_a_new_one() {
    let shop = Shop::new();
    let strategy = set_web(json!({"type": "Recreate"}), "/spec/strategy");
    shop.cluster.edit(&web(), &strategy).unwrap();
    shop.wait(50);
    shop.cluster
        .edit(&web(), &scenes::set_image(OLDER_IMAGE))
        .unwrap();
    for _ in 0..200 {
        shop.wait(1);
        let all = revisions(&shop.snapshot(), &shop.web());
        assert!(all.iter().filter(|revision| revision.ready > 0).count() <= 1);
    }
    assert!(shop.seen().healthy());
}

#[test]
fn only_so_many_old_revisions_are_kept() {
    let shop = Shop::new();
    shop.cluster
        .edit(&web(), &set_web(json!(1), "/spec/revisionHistoryLimit"))
        .unwrap();
    for n in 0..4 {
        let annotation = set_web(
            json!({"n": n.to_string()}),
            "/spec/template/metadata/annotations",
        );
        shop.cluster.edit(&web(), &annotation).unwrap();
        shop.wait(300);
    }
    assert_eq!(revisions(&shop.snapshot(), &shop.web()).len(), 2);
}

#[test]
fn what_the_api_server_refuses_is_refused_here() {
    let shop = Shop::new();
    let replace = |path: &str, value: Value| {
        vec![PatchOp::Replace {
            path: path.to_owned(),
            value,
        }]
    };
    let image = "/spec/template/spec/containers/0/image";
    let table = [
        (
            replace(image, json!("")),
            "Refused",
            "image: Required value",
        ),
        (
            replace("/spec/replicas", json!(-1)),
            "Refused",
            "greater than or equal to 0",
        ),
        (
            replace("/spec/replicas", json!("3")),
            "Refused",
            "cannot unmarshal",
        ),
        (
            replace("/spec/selector/matchLabels/app", json!("x")),
            "Refused",
            "field is immutable",
        ),
        (
            replace("/spec/template/metadata/labels/app", json!("x")),
            "Refused",
            "does not match template",
        ),
        (
            replace("/metadata/uid", json!("x")),
            "Refused",
            "metadata.uid",
        ),
        (
            replace("/metadata/creationTimestamp", json!("2020-01-01T00:00:00Z")),
            "Refused",
            "metadata.creationTimestamp",
        ),
        (
            replace("/metadata/name", json!("x")),
            "Refused",
            "metadata.name",
        ),
        (
            replace("/metadata/resourceVersion", json!("1")),
            "Conflict",
            "has been modified",
        ),
        (replace("/spec/nowhere/deep", json!(1)), "TestFailed", ""),
        (
            vec![PatchOp::Test {
                path: image.to_owned(),
                value: json!("other"),
            }],
            "TestFailed",
            "",
        ),
        (
            vec![PatchOp::Remove {
                path: "/metadata/annotations/none".to_owned(),
            }],
            "TestFailed",
            "",
        ),
    ];
    let before = shop.web();
    for (patch, kind, words) in table {
        for mode in [WriteMode::DryRun, WriteMode::Write] {
            let refused = block(shop.cluster.patch(&web(), &patch, mode)).unwrap_err();
            let found = match &refused {
                WriteError::NotFound { .. } => "NotFound",
                WriteError::Conflict { .. } => "Conflict",
                WriteError::TestFailed { .. } => "TestFailed",
                WriteError::Refused { .. } => "Refused",
                WriteError::Unreachable { .. } => "Unreachable",
                WriteError::Unknown { .. } => "Unknown",
            };
            assert_eq!(found, kind, "{patch:?}: {refused}");
            assert!(refused.to_string().contains(words), "{refused}");
        }
    }
    assert_eq!(shop.web(), before);
    for target in [
        ObjectRef::new("Deployment", NAMESPACE, "none"),
        web().with_uid("another"),
    ] {
        let patch = scenes::set_image(OLDER_IMAGE);
        let refused = block(shop.cluster.patch(&target, &patch, WriteMode::Write));
        assert!(matches!(refused, Err(WriteError::NotFound { .. })));
    }
}

#[test]
fn a_dry_run_shows_the_result_and_changes_nothing() {
    let shop = Shop::new();
    let before = shop.web();
    let patch = scenes::set_image(OLDER_IMAGE);
    let shown = block(shop.cluster.patch(&web(), &patch, WriteMode::DryRun)).unwrap();
    assert_eq!(shown.generation(), before.generation() + 1);
    assert_eq!(
        shown.text("/spec/template/spec/containers/0/image"),
        OLDER_IMAGE
    );
    shop.wait(100);
    assert_eq!(shop.web(), before);
}

#[test]
fn status_and_generation_are_not_ours_to_write() {
    let shop = Shop::new();
    let patch = vec![
        PatchOp::Replace {
            path: "/status/readyReplicas".to_owned(),
            value: json!(99),
        },
        PatchOp::Replace {
            path: "/metadata/generation".to_owned(),
            value: json!(99),
        },
    ];
    let before = shop.web();
    let after = block(shop.cluster.patch(&web(), &patch, WriteMode::Write)).unwrap();
    assert_eq!(after, before, "not even the resourceVersion moves");
}

#[test]
fn every_subject_has_every_key_of_the_schema_and_no_other() {
    let crashing = Shop::new();
    scenes::good_image_crashes_now(&crashing.cluster, Millis(1)).unwrap();
    let again = set_web(json!({"again": "1"}), "/spec/template/metadata/annotations");
    crashing.cluster.edit(&web(), &again).unwrap();
    let bad = Shop::new();
    scenes::bad_tag(&bad.cluster).unwrap();
    let three = Shop::open(scenes::shop_with_three_revisions(Pace::quick()));
    for shop in [&crashing, &bad, &three, &Shop::new()] {
        for _ in 0..60 {
            for subject in subjects(&shop.snapshot(), &shop.web()) {
                for (path, kind) in facts::subject::schema() {
                    let pointer = format!("/{}", path.replace('.', "/"));
                    let value = subject.data.pointer(&pointer);
                    assert!(
                        value.is_some_and(|value| is_of(*kind, value)),
                        "{path} is {value:?}"
                    );
                }
                let mut found = BTreeSet::new();
                // The object's own namespace stands beside the sections.
                let known = facts::subject::schema().iter().map(|(path, _)| *path);
                let known = known.chain(["namespace"]);
                leaves("", &subject.data, &known.collect(), &mut found);
                assert_eq!(found, BTreeSet::new(), "the schema does not tell of these");
            }
            shop.wait(2);
        }
    }
}

/// Whether a value is of a type; null is what nobody knows.
fn is_of(kind: facts::subject::Type, value: &Value) -> bool {
    use facts::subject::Type;
    match (kind, value) {
        (_, Value::Null) => true,
        (Type::Bool, value) => value.is_boolean(),
        (Type::Int, value) => value.is_i64() || value.is_u64(),
        (Type::Text, value) => value.is_string(),
        (Type::Ref, value) => value.is_object(),
        (Type::Texts, Value::Array(list)) => list.iter().all(Value::is_string),
        (Type::Maps, Value::Array(list)) => list.iter().all(Value::is_object),
        (Type::Changes, Value::Array(list)) => list.iter().all(|change| {
            ["path", "old", "new"]
                .iter()
                .all(|key| change[key].is_string())
        }),
        (Type::Texts | Type::Maps | Type::Changes, _) => false,
    }
}

/// The paths below a value that are not among those known.
fn leaves(path: &str, value: &Value, known: &BTreeSet<&str>, found: &mut BTreeSet<String>) {
    if known.contains(path) {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                leaves(&path, inner, known, found);
            }
        }
        // A section that the subject has nothing for.
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn the_subject_of_a_bad_tag_tells_what_is_wrong_and_what_was_good() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(100);
    let all = subjects(&shop.snapshot(), &shop.web());
    assert_eq!(all[0].resource, facts::Resource::Workload);
    let sick: Vec<_> = all
        .iter()
        .filter(|subject| subject.data["facts"]["image_pull"]["kind"] == "not_found")
        .collect();
    assert_eq!(sick.len(), 1);
    let facts = &sick[0].data["facts"];
    assert_eq!(
        facts["image_pull"],
        json!({
            "kind": "not_found", "image": BAD_IMAGE, "registry": "registry.example",
            "repository": "shop/web", "tag": "1.4.3-rc", "digest": "",
            "said": format!("{BAD_IMAGE}: not found"),
        })
    );
    assert_eq!(
        facts["rollout"],
        json!({
            "newest_revision": 2, "newest_pods": 1, "newest_ready": 0, "of_newest": true, "good_revision": 1,
            "good_ready": 3, "good_image": GOOD_IMAGE, "image_changed": true,
            "changed": [{
                "path": "/spec/containers/0/image", "old": GOOD_IMAGE, "new": BAD_IMAGE,
            }],
        })
    );
}

/// Drives a future that never waits to its end.
fn block<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("the cluster in memory does not answer"),
    }
}
