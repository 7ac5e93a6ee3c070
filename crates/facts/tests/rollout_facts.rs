//! What a Deployment's status, pods and probes say about its health and about time.
#![expect(
    clippy::indexing_slicing,
    reason = "the functions that tests share fail as tests do"
)]

use kintsugi_facts as facts;

use facts::{
    Complete, Object, Snapshot, last_good, observe, owner_of, pods_of, revisions, second_look_after,
};
use model::{Look, Millis, Progress};
use serde_json::{Value, json};

fn deployment(generation: i64, desired: Value, status: Value) -> Object {
    Object::new(json!({
        "kind": "Deployment", "apiVersion": "apps/v1",
        "metadata": {"name": "web", "namespace": "shop", "uid": "d", "generation": generation},
        "spec": {"replicas": desired, "template": template("web:2")},
        "status": status,
    }))
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}},
           "spec": {"containers": [{"name": "web", "image": image}]}})
}

fn set(uid: &str, revision: &str, image: &str) -> Object {
    let mut template = template(image);
    template["metadata"]["labels"]["pod-template-hash"] = json!(uid);
    template["metadata"]["creationTimestamp"] = Value::Null;
    Object::new(json!({
        "kind": "ReplicaSet", "apiVersion": "apps/v1",
        "metadata": {
            "name": format!("web-{uid}"), "namespace": "shop", "uid": uid,
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [{"uid": "d", "controller": true}],
        },
        "spec": {"replicas": 1, "template": template},
    }))
}

fn pod(uid: &str, owner: &str, ready: bool, containers: Value) -> Object {
    Object::new(json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {
            "name": format!("web-{uid}"), "namespace": "shop", "uid": uid,
            "ownerReferences": [{"uid": owner, "controller": true}],
        },
        "spec": {"containers": [{"name": "web", "image": "web:2"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}],
            "containerStatuses": containers,
        },
    }))
}

fn snapshot(objects: &[&Object]) -> Snapshot {
    let objects = objects.iter().map(|object| (*object).clone()).collect();
    Snapshot::new(objects, Complete::new())
}

#[test]
fn progress_is_read_as_kubectl_rollout_status_reads_it() {
    let given_up = json!([{"type": "Progressing", "status": "False",
                           "reason": "ProgressDeadlineExceeded"}]);
    let table = [
        (
            2,
            json!(3),
            json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3,
            "availableReplicas": 3}),
            Progress::Underway,
        ),
        (
            2,
            json!(3),
            json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3,
            "availableReplicas": 3}),
            Progress::Complete,
        ),
        (
            2,
            json!(3),
            json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3,
            "availableReplicas": 4}),
            Progress::Underway,
        ),
        (
            2,
            json!(3),
            json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1,
            "availableReplicas": 3}),
            Progress::Underway,
        ),
        (
            2,
            json!(3),
            json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3,
            "availableReplicas": 2}),
            Progress::Underway,
        ),
        (
            2,
            json!(3),
            json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1,
            "availableReplicas": 3, "conditions": given_up}),
            Progress::Stalled,
        ),
        (
            3,
            json!(3),
            json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1,
            "availableReplicas": 3, "conditions": given_up}),
            Progress::Underway,
        ),
        (
            2,
            json!(0),
            json!({"observedGeneration": 2}),
            Progress::Complete,
        ),
        (
            2,
            Value::Null,
            json!({"observedGeneration": 2}),
            Progress::Underway,
        ),
        (1, json!(1), json!({}), Progress::Underway),
    ];
    for (generation, desired, status, expected) in table {
        let web = deployment(generation, desired, status.clone());
        let seen = observe(&snapshot(&[&web]), &web, Look::Before);
        assert_eq!(seen.progress, expected, "{status}");
    }
}

#[test]
fn a_status_that_nobody_keeps_up_does_not_pass_for_health() {
    let status = json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1,
                        "readyReplicas": 1, "availableReplicas": 1});
    let web = deployment(1, json!(1), status);
    let rs = set("a", "1", "web:2");
    let sick = pod(
        "p",
        "a",
        false,
        json!([{"name": "web", "restartCount": 2,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]),
    );
    let seen = observe(&snapshot(&[&web, &rs, &sick]), &web, Look::Second);
    assert_eq!(seen.progress, Progress::Complete);
    assert!(!seen.healthy());
    assert_eq!(seen.restarts(), 2);
    let trouble = seen.pods.first().unwrap().trouble.clone();
    assert_eq!(
        trouble.as_deref(),
        Some("CrashLoopBackOff: Error with exit code 1")
    );
}

#[test]
fn a_pod_being_deleted_is_neither_ready_nor_seen() {
    let web = deployment(1, json!(1), json!({}));
    let rs = set("a", "1", "web:2");
    let mut leaving = pod("p", "a", true, json!([]));
    leaving.set(&["metadata", "deletionTimestamp"], "2026-03-01T09:00:00Z");
    let snapshot = snapshot(&[&web, &rs, &leaving]);
    assert!(observe(&snapshot, &web, Look::Second).pods.is_empty());
    assert_eq!(revisions(&snapshot, &web).first().unwrap().ready, 0);
    assert_eq!(pods_of(&snapshot, &web).len(), 1);
    assert_eq!(owner_of(&snapshot, &leaving).unwrap().name(), "web");
}

#[test]
fn the_newest_revision_is_the_one_with_the_template_of_the_deployment() {
    let web = deployment(1, json!(1), json!({"observedGeneration": 1}));
    let sets = [
        set("a", "7", "web:1"),
        set("b", "8", "web:2"),
        set("c", "6", "web:0"),
    ];
    let ready = [
        pod("p", "a", true, json!([])),
        pod("q", "c", true, json!([])),
        pod("r", "c", true, json!([])),
        pod("s", "b", true, json!([])),
    ];
    let objects: Vec<&Object> = std::iter::once(&web).chain(&sets).chain(&ready).collect();
    let all = revisions(&snapshot(&objects), &web);
    let numbers: Vec<_> = all.iter().map(|r| (r.number, r.newest)).collect();
    assert_eq!(numbers, [(8, true), (7, false), (6, false)]);
    let good: Vec<_> = last_good(&all)
        .iter()
        .map(|r| (r.number, r.ready))
        .collect();
    assert_eq!(good, [(6, 2), (7, 1)], "most ready pods first");
    let template = &all.first().unwrap().template;
    assert!(
        template
            .pointer("/metadata/labels/pod-template-hash")
            .is_none()
    );
    assert!(template.pointer("/metadata/creationTimestamp").is_none());
}

#[test]
fn before_the_controller_has_seen_a_change_no_revision_is_the_newest() {
    let web = deployment(2, json!(1), json!({"observedGeneration": 1}));
    let old = set("a", "1", "web:1");
    let all = revisions(&snapshot(&[&web, &old]), &web);
    assert!(all.iter().all(|revision| !revision.newest));
}

#[test]
fn the_second_look_outlasts_lives_probes_and_readiness() {
    let ended = |started: &str, finished: &str, code: i64| {
        json!([{"name": "web", "lastState": {"terminated": {
            "exitCode": code, "startedAt": started, "finishedAt": finished}}}])
    };
    let minute = ended("2026-03-01T09:00:00Z", "2026-03-01T09:01:00Z", 1);
    let clean = ended("2026-03-01T09:00:00Z", "2026-03-01T09:01:00Z", 0);
    let day = ended("2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z", 137);
    let probes = json!({
        "startupProbe": {"periodSeconds": 10, "failureThreshold": 6},
        "readinessProbe": {"initialDelaySeconds": 5, "periodSeconds": 5},
        "livenessProbe": {"periodSeconds": 20, "failureThreshold": 3},
    });
    let table = [
        (json!([]), json!({}), 0, 30),
        (minute, json!({}), 0, 90),
        (clean, json!({}), 0, 30),
        (day, json!({}), 0, 600),
        (json!([]), probes, 0, 120),
        (json!([]), json!({"readinessProbe": {}}), 0, 30),
        (json!([]), json!({}), 45, 45),
        (json!([]), json!({}), 4_000, 600),
    ];
    for (statuses, extra, min_ready, expected) in table {
        let mut web = deployment(1, json!(1), json!({}));
        web.set(&["spec", "minReadySeconds"], json!(min_ready));
        for (name, probe) in extra.as_object().unwrap() {
            web.edit(|web| {
                web["spec"]["template"]["spec"]["containers"][0][name] = probe.clone();
            });
        }
        let rs = set("a", "1", "web:2");
        let sick = pod("p", "a", false, statuses.clone());
        let snapshot = snapshot(&[&web, &rs, &sick]);
        let after = second_look_after(&snapshot, &web, Millis::secs(30));
        assert_eq!(
            after,
            Millis::secs(expected),
            "{statuses} {extra} {min_ready}"
        );
    }
}

fn stored(name: &str, revision: i64, image: &str) -> Object {
    let mut template = template(image);
    template["$patch"] = json!("replace");
    Object::new(json!({
        "kind": "ControllerRevision", "apiVersion": "apps/v1", "revision": revision,
        "data": {"spec": {"template": template}},
        "metadata": {"name": name, "namespace": "shop", "uid": name,
                     "ownerReferences": [{"uid": "d", "controller": true}]},
    }))
}

fn of_hash(mut pod: Object, hash: &str) -> Object {
    pod.set(
        &["metadata", "labels"],
        json!({"controller-revision-hash": hash}),
    );
    pod
}

#[test]
fn the_revisions_of_stateful_and_daemon_sets_are_what_their_controllers_have_stored() {
    // A StatefulSet's pods bear the revision's name, a DaemonSet's the hash at its end.
    for (kind, old, new) in [
        ("StatefulSet", "web-7c9", "web-5d4"),
        ("DaemonSet", "7c9", "5d4"),
    ] {
        let mut web = deployment(2, json!(3), json!({"observedGeneration": 2}));
        web.set(&["kind"], kind);
        let snapshot = snapshot(&[
            &web,
            &stored("web-7c9", 3, "web:1"),
            &stored("web-5d4", 4, "web:2"),
            &of_hash(pod("0", "d", true, json!([])), old),
            &of_hash(pod("1", "d", true, json!([])), old),
            &of_hash(pod("2", "d", false, json!([])), new),
        ]);
        let all = revisions(&snapshot, &web);
        let told: Vec<_> = all
            .iter()
            .map(|one| (one.number, one.newest, one.ready))
            .collect();
        assert_eq!(told, [(4, true, 0), (3, false, 2)], "{kind}");
        assert_eq!(last_good(&all)[0].number, 3);
        // The patch's own word is no part of the template.
        let differences = facts::template_diff(&all[1].template, &all[0].template);
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].path, "/spec/containers/0/image");
    }
}
