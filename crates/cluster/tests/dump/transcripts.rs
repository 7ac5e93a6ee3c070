//! What people paste is read as far as it goes, in every form in which it comes.

use cluster::dump::{self, Dump, Limits};
use facts::{Json, LogKey, LogSeen, Object};
use model::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::descriptions::POD;
use super::tables::TABLE;
use super::{read, said, stream};

pub(super) fn get<'a>(dump: &'a Dump, kind: &str, name: &str) -> &'a Object {
    let found = dump
        .snapshot
        .of_kind(kind, None)
        .find(|object| object.name() == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}: {:?}", dump.notes))
}

pub(super) fn at(object: &Object, pointer: &str) -> Value {
    object.at(pointer).map_or(Value::Null, Json::to_value)
}

#[test]
fn the_absence_of_things_is_told_by_the_servers_own_words() {
    let dump = stream(
        "$ kubectl get cm api-config -n shop\nError from server (NotFound): configmaps \"api-config\" not found\n$ kubectl get pvc -n shop\nNo resources found in shop namespace.\n$ kubectl get netpol -A\nNo resources found\n$ kubectl get secret -l app=x -n shop\nNo resources found in shop namespace.\n$ kubectl get nodes\nError from server (Forbidden): nodes is forbidden: User \"me\" cannot list resource\n",
    );
    assert!(
        dump.snapshot
            .get("ConfigMap", "shop", "api-config")
            .is_absent()
    );
    assert!(dump.snapshot.get("ConfigMap", "shop", "other").is_unknown());
    assert!(
        dump.snapshot
            .get("PersistentVolumeClaim", "shop", "x")
            .is_absent()
    );
    assert!(
        dump.snapshot
            .get("PersistentVolumeClaim", "other", "x")
            .is_unknown()
    );
    assert!(dump.snapshot.get("NetworkPolicy", "other", "x").is_absent());
    assert!(dump.snapshot.get("Secret", "shop", "x").is_unknown());
    assert!(dump.snapshot.get("Node", "", "x").is_unknown());
    assert!(said(&dump, "nodes is forbidden"));
    let shown = stream(
        "$ kubectl get cm a -n shop\nError from server (NotFound): configmaps \"a\" not found\n$ kubectl get cm a -n shop\nNAME   DATA   AGE\na      1      5s\n",
    );
    assert!(shown.snapshot.get("ConfigMap", "shop", "a").is_present());
}

#[test]
fn what_is_never_kept_of_a_file_is_never_kept_of_a_transcript() {
    let applied = "kubectl.kubernetes.io/last-applied-configuration";
    for (kind, word) in [("Secret", "secret"), ("ConfigMap", "cm")] {
        let object = json!({"apiVersion": "v1", "kind": kind, "data": {"KEY": "hunter2"},
            "metadata": {"name": "db", "namespace": "shop", "annotations": {applied: "hunter2"}}});
        let shown = stream(&format!(
            "$ kubectl get {word} db -n shop -o json\n{object}\n"
        ));
        let table = "NAME   DATA   AGE\nother   1      5s\n";
        let listed = stream(&format!(
            "$ kubectl get {word} db -n shop -o json\n{object}\n$ kubectl get {word} -n shop\n{table}"
        ));
        for dump in [&shown, &listed] {
            let found = get(dump, kind, "db");
            assert!(
                !found.to_value().to_string().contains("hunter2"),
                "{found:?}"
            );
            assert_eq!(at(found, "/data/KEY"), json!(""));
            assert_eq!(found.annotation(applied), Some(""));
        }
        assert!(get(&listed, kind, "other").is_guessed());
    }
}

#[test]
fn logs_find_their_pod_container_and_life() {
    let key = |container: &str, previous| LogKey {
        namespace: "shop".into(),
        pod: "api-7d9f8b6c5-x2x4z".into(),
        container: container.into(),
        previous,
    };
    let text = format!("$ kubectl get pods -n shop\n{TABLE}
$ kubectl logs api-7d9f8b6c5-x2x4z -n shop -c web --previous
<html>{{\"level\":\"error\"}}
boom
$ kubectl logs -n shop deploy/api
Defaulted container \"web\" out of: web, side
listening
$ kubectl logs api-7d9f8b6c5-x2x4z -n shop -c side
Error from server (BadRequest): container \"side\" in pod \"api-7d9f8b6c5-x2x4z\" is waiting to start: PodInitializing
$ kubectl logs -l app=api -n shop --prefix
[pod/other-1/main] one
[pod/other-2/main] two
");
    let dump = stream(&text);
    let log = |key: &LogKey| dump.snapshot.log(key).present().map(str::to_owned);
    assert!(log(&key("web", true)).unwrap().contains("boom"));
    assert!(log(&key("web", false)).unwrap().contains("listening"));
    assert!(dump.snapshot.log(&key("side", false)).is_absent());
    assert_eq!(
        log(&LogKey::current("shop", "other-2", "main")).as_deref(),
        Some("two\n")
    );
    let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
    assert_eq!(
        at(pod, "/spec/containers/0/name"),
        json!("web"),
        "a log names the container of a row"
    );
    let absent = dump
        .snapshot
        .logs()
        .filter(|(_, seen)| matches!(seen, LogSeen::Absent(_)))
        .count();
    assert_eq!(absent, 1);
}

#[test]
fn two_looks_that_disagree_are_said_and_the_later_and_fuller_leads() {
    let text = format!(
        "$ kubectl get pods -n shop\nNAME                  READY   STATUS              RESTARTS   AGE\napi-7d9f8b6c5-x2x4z   0/1     ContainerCreating   0          5s\n{POD}"
    );
    let dump = stream(&text);
    let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
    assert_eq!(
        at(pod, "/status/containerStatuses/0/state/waiting/reason"),
        json!("CrashLoopBackOff")
    );
    assert!(
        said(
            &dump,
            "disagree: `ContainerCreating`, then `CrashLoopBackOff`"
        ),
        "{:?}",
        dump.notes
    );
}

#[test]
fn events_of_tables_are_tied_to_what_they_are_about() {
    for text in [
        "$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON    OBJECT      MESSAGE\n3m30s       Warning   Failed    pod/web-0   Failed to pull image \"x\": not found\n",
        "$ kubectl events --for pod/web-0 -n shop\nLAST SEEN               TYPE      REASON    OBJECT      MESSAGE\n3m30s (x4 over 58m)     Warning   Failed    Pod/web-0   Failed to pull image \\\"x\\\": not found\n",
        "$ kubectl get events -A | grep web\nshop   3m30s   Warning   Failed   pod/web-0   Failed to pull image \"x\": not found\n",
    ] {
        let dump = stream(&format!(
            "{text}$ kubectl get pod web-0 -n shop\nNAME    READY   STATUS         RESTARTS   AGE\nweb-0   0/1     ErrImagePull   0          5m\n"
        ));
        let pod = get(&dump, "Pod", "web-0");
        let events: Vec<&Object> = dump.snapshot.events_about(pod.uid()).collect();
        assert_eq!(events.len(), 1, "{text}");
        assert_eq!(
            events[0].text("/message"),
            "Failed to pull image \"x\": not found"
        );
        assert_eq!(events[0].text("/lastTimestamp"), "1999-12-31T23:56:30Z");
    }
}

#[test]
fn yaml_and_json_in_a_transcript_are_whole_objects() {
    let yaml = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\n  uid: u1\nspec:\n  selector:\n    app: web\n";
    let dump = stream(&format!(
        "$ kubectl get svc web -n shop -o yaml\n{yaml}$ kubectl get pods -n shop -o json\n{}\n",
        super::list(&[super::pod("shop", "a")])
    ));
    assert_eq!(get(&dump, "Service", "web").uid(), "u1");
    assert!(dump.snapshot.get("Service", "shop", "x").is_unknown());
    assert!(dump.snapshot.get("Pod", "shop", "x").is_absent());
}

#[test]
fn helm_top_rollouts_and_trees_are_read() {
    let dump = stream("$ helm list -n shop\nNAME\tNAMESPACE\tREVISION\tUPDATED                                \tSTATUS\tCHART   \tAPP VERSION\nweb \tshop     \t4       \t2026-01-02 15:04:05.123456 +0000 UTC\tfailed\tweb-1.2.3\t1.2\n
$ helm history web -n shop
REVISION\tUPDATED                 \tSTATUS  \tCHART    \tAPP VERSION\tDESCRIPTION
3       \tFri Jan  2 14:00:00 2026\tdeployed\tweb-1.2.2\t1.2        \tUpgrade complete
$ kubectl top pods -n shop
NAME    CPU(cores)   MEMORY(bytes)
web-0   5m           120Mi
$ kubectl top nodes
NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)
n1     950m         95%      3000Mi          80%
$ kubectl rollout status deploy/web -n shop
error: deployment \"web\" exceeded its progress deadline
$ kubectl tree deployment api -n shop
NAMESPACE  NAME                           READY  REASON              AGE
shop       Deployment/api                 -                          5d
shop       └─ReplicaSet/api-7d9f8b6c5     -                          5d
shop         └─Pod/api-7d9f8b6c5-x2x4z    False  ContainersNotReady  5d
");
    let failed = get(&dump, "Secret", "sh.helm.release.v1.web.v4");
    assert_eq!(at(failed, "/metadata/labels/status"), json!("failed"));
    assert_eq!(at(failed, "/type"), json!("helm.sh/release.v1"));
    get(&dump, "Secret", "sh.helm.release.v1.web.v3");
    assert_eq!(
        at(
            get(&dump, "PodMetrics", "web-0"),
            "/containers/0/usage/memory"
        ),
        json!("120Mi")
    );
    assert_eq!(
        at(get(&dump, "NodeMetrics", "n1"), "/usage/cpu"),
        json!("950m")
    );
    assert_eq!(
        at(
            get(&dump, "Deployment", "web"),
            "/status/conditions/0/reason"
        ),
        json!("ProgressDeadlineExceeded")
    );
    let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
    assert_eq!(
        pod.controller(),
        Some(get(&dump, "ReplicaSet", "api-7d9f8b6c5").uid())
    );
    assert_eq!(
        get(&dump, "ReplicaSet", "api-7d9f8b6c5").controller(),
        Some(get(&dump, "Deployment", "api").uid())
    );
    assert_eq!(at(pod, "/status/conditions/0/status"), json!("False"));
    assert_eq!(
        dump.snapshot.taken(),
        Timestamp::parse("2026-01-02T15:04:05.123456Z")
    );
}

#[test]
fn a_transcript_beside_files_adds_what_they_lack() {
    let json = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"shop","uid":"u1"},"spec":{"containers":[{"name":"web"}]}}"#;
    let dump = read(&[
        ("pod.json", json),
        (
            "notes.md",
            "```\n$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON    OBJECT      MESSAGE\n5m          Warning   Failed    pod/web-0   words\n$ kubectl logs web-0 -n shop\nboom\n```\n",
        ),
    ]);
    assert_eq!(dump.snapshot.events_about("u1").count(), 1);
    assert!(
        dump.snapshot
            .log(&LogKey::current("shop", "web-0", "web"))
            .is_present()
    );
}

#[test]
fn a_namespace_that_was_not_said_is_found_where_it_was() {
    let dump = stream(&format!(
        "$ kubectl get pods\n{TABLE}{}",
        POD.replace(" -n shop", "")
    ));
    assert_eq!(dump.snapshot.of_kind("Pod", None).count(), 1);
    assert!(dump.snapshot.get("Pod", "shop", "other").is_absent());
}

proptest! {
    #[test]
    fn no_damage_to_a_transcript_makes_it_panic(at in 0_usize..5_000, with in "\\PC{0,6}", cut in 0_usize..40) {
        let mut text = format!("$ kubectl get pods -n shop\n{TABLE}{POD}");
        let mut from = at % text.len();
        while !text.is_char_boundary(from) { from -= 1; }
        let mut to = (from + cut).min(text.len());
        while !text.is_char_boundary(to) { to -= 1; }
        text.replace_range(from..to.max(from), &with);
        let _ = dump::read_stream(text.as_bytes(), &Limits::default());
    }

    #[test]
    fn any_text_after_a_command_is_read(verb in 0_usize..7, text in "(\\PC|\n|\t| ){0,300}") {
        let verbs = ["get pods", "describe pod x", "logs x", "events", "top pods", "rollout history deploy/x", "get all -A"];
        let _ = dump::read_stream(format!("$ kubectl {}\n{text}", verbs[verb]).as_bytes(), &Limits::default());
    }
}
