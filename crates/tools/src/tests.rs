//! What holds for the registry and its tools, over a small cluster of objects.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cluster::{Cluster, ClusterError, LogQuery, WriteError, WriteMode};
use facts::Object;
use model::payload::ToolResult;
use model::{ClusterId, ObjectRef, PatchOp};
use serde_json::{Value, json};

use crate::{KNOWN, Limits, Registry, ToolError, ToolOutput};

/// What goes wrong with every read.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Unreachable,
    Forbidden,
    Silent,
}

struct Small {
    id: ClusterId,
    mood: Mood,
    objects: Vec<Object>,
    log: Option<&'static str>,
}

impl Small {
    async fn mood(&self) -> Result<(), ClusterError> {
        match self.mood {
            Mood::Well => Ok(()),
            Mood::Unreachable => Err(ClusterError::Unreachable {
                cluster: self.id.clone(),
                problem: model::Text::same("connection refused"),
            }),
            Mood::Forbidden => Err(ClusterError::Forbidden {
                cluster: self.id.clone(),
                what: model::Text::same("pods"),
                problem: model::Text::same("cannot list"),
            }),
            Mood::Silent => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Cluster for Small {
    fn id(&self) -> &ClusterId {
        &self.id
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        self.mood().await?;
        assert_ne!(object.kind, "Secret", "Secrets are never read");
        Ok(self
            .objects
            .iter()
            .find(|known| known.reference().same_name(object))
            .cloned())
    }

    async fn list(&self, kind: &str, namespace: Option<&str>) -> Result<Vec<Object>, ClusterError> {
        self.mood().await?;
        let fits = |object: &&Object| {
            object.kind() == kind && namespace.is_none_or(|name| object.namespace() == name)
        };
        Ok(self.objects.iter().filter(fits).cloned().collect())
    }

    async fn logs(&self, _: &LogQuery) -> Result<String, ClusterError> {
        self.log
            .map(str::to_owned)
            .ok_or_else(|| ClusterError::NotFound {
                what: model::Text::same("log"),
                problem: model::Text::same("previous terminated container not found"),
            })
    }

    async fn patch(
        &self,
        _: &ObjectRef,
        _: &[PatchOp],
        _: WriteMode,
    ) -> Result<Object, WriteError> {
        panic!("a tool wrote");
    }
}

fn object(kind: &str, name: &str, uid: &str, owner: &str, rest: Value) -> Object {
    let mut value = json!({
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", "uid": uid, "managedFields": [{}],
            "annotations": {"deployment.kubernetes.io/revision": "1"}},
    });
    if !owner.is_empty() {
        value["metadata"]["ownerReferences"] =
            json!([{"kind": "X", "name": "x", "uid": owner, "controller": true}]);
    }
    value
        .as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    Object::new(value)
}

fn registry(mood: Mood, log: Option<&'static str>) -> Registry {
    let pod = json!({
        "spec": {"containers": [{"name": "web", "image": "a:1", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "web", "ready": false,
            "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]},
    });
    let event = json!({"involvedObject": {"kind": "Pod", "name": "web-1", "uid": "p1"}, "type": "Warning",
        "reason": "Failed", "message": "postgres://a:hunter2@db failed", "lastTimestamp": "2026-03-03T10:00:00Z"});
    let objects = vec![
        object(
            "Deployment",
            "web",
            "d",
            "",
            json!({"spec": {"replicas": 2}}),
        ),
        object(
            "ReplicaSet",
            "web-1",
            "r1",
            "d",
            json!({"spec": {"template": {"spec": {"containers": [{"image": "a:1"}]}}}}),
        ),
        object("ReplicaSet", "other", "r2", "e", json!({})),
        object("Pod", "web-1", "p1", "r1", pod),
        object("Pod", "other", "p2", "r2", json!({})),
        object("Event", "e1", "e1", "", event),
        object(
            "Event",
            "e2",
            "e2",
            "",
            json!({"involvedObject": {"kind": "Pod", "name": "other", "uid": "p2"}}),
        ),
    ];
    Registry::new(Arc::new(Small {
        id: ClusterId::from("small".to_owned()),
        mood,
        objects,
        log,
    }))
}

async fn call(tool: &str, params: Value) -> Result<ToolOutput, ToolError> {
    registry(Mood::Well, Some("one\ntwo"))
        .call(tool, &params)
        .await
}

async fn told(tool: &str, params: Value) -> String {
    match call(tool, params).await {
        Err(ToolError::TellModel(said)) => said.en,
        other => panic!("{tool}: {other:?}"),
    }
}

#[tokio::test]
async fn each_tool_gives_what_belongs_to_what_was_asked_for_and_nothing_else() {
    let workload = json!({"namespace": "shop", "kind": "Deployment", "name": "web"});
    let pod = json!({"namespace": "shop", "pod_name": "web-1"});
    let table = [
        (
            "get_workload",
            &workload,
            vec!["d", "r1"],
            "Deployment/web ready=0/2 updated=0",
        ),
        (
            "get_pod_status",
            &workload,
            vec!["p1"],
            "ready=0/1\nweb-1 Pending; web ErrImagePull: not found",
        ),
        (
            "get_pod_status",
            &pod,
            vec!["p1"],
            "ready=0/1\nweb-1 Pending; web ErrImagePull: not found",
        ),
        (
            "get_events",
            &workload,
            vec!["e1"],
            "Failed Pod/web-1: postgres://a:[redacted]@db failed",
        ),
        (
            "get_rollout_history",
            &workload,
            vec!["d", "r1"],
            "revision 1: a:1, 0 pods ready",
        ),
        ("get_pod_spec", &pod, vec!["p1"], "web: a:1"),
        ("get_pod_logs", &pod, vec![], "one\ntwo"),
    ];
    for (tool, params, uids, excerpt) in table {
        let output = call(tool, params.clone()).await.unwrap();
        assert_eq!(output.result, ToolResult::Found, "{tool}");
        assert_eq!(
            output.objects.iter().map(Object::uid).collect::<Vec<_>>(),
            uids,
            "{tool}"
        );
        assert_eq!(output.excerpt.en, excerpt, "{tool}");
        let body = serde_json::to_string(&output).unwrap();
        assert!(
            !body.contains("hunter2") && !body.contains("managedFields"),
            "{tool}: {body}"
        );
    }
}

#[tokio::test]
async fn what_does_not_exist_is_an_empty_result_in_the_clusters_name() {
    for (tool, params, excerpt) in [
        (
            "get_workload",
            json!({"namespace": "shop", "kind": "Deployment", "name": "gone"}),
            "Deployment `gone` does not exist in namespace `shop`",
        ),
        (
            "get_pod_status",
            json!({"namespace": "shop", "pod_name": "gone"}),
            "Pod `gone` does not exist in namespace `shop`",
        ),
        (
            "get_pod_logs",
            json!({"namespace": "shop", "pod_name": "gone"}),
            "Pod `gone` does not exist in namespace `shop`",
        ),
        (
            "get_events",
            json!({"namespace": "shop", "kind": "Pod", "name": "gone"}),
            "no events (they expire after an hour)",
        ),
    ] {
        let output = call(tool, params).await.unwrap();
        assert_eq!(
            (output.result, output.excerpt.en.as_str()),
            (ToolResult::Empty, excerpt),
            "{tool}"
        );
    }
}

#[tokio::test]
async fn wrong_parameters_are_told_by_their_names() {
    let table = [
        (
            "get_workload",
            json!({"namespace": "shop", "kind": "Deployment"}),
            "get_workload: wrong parameters: missing field `name`",
        ),
        (
            "get_pod_spec",
            json!({"namespace": "shop", "pod_name": "a", "x": 1}),
            "get_pod_spec: wrong parameters: unknown field `x`, expected `namespace` or `pod_name`",
        ),
        (
            "get_pod_spec",
            json!({"namespace": "shop", "pod_name": "../a"}),
            "get_pod_spec: `pod_name` is `../a`, which is not a name in Kubernetes",
        ),
        (
            "get_workload",
            json!({"namespace": "shop", "kind": "Secret", "name": "a"}),
            "get_workload: `kind` is `Secret`; it can be Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob",
        ),
        (
            "get_pod_logs",
            json!({"namespace": "shop", "pod_name": "web-1", "tail_lines": 0}),
            "get_pod_logs: `tail_lines` is 0; it can be 1 to 2000",
        ),
        (
            "get_pod_logs",
            json!({"namespace": "shop", "pod_name": "web-1", "container": "db"}),
            "get_pod_logs: pod `web-1` has no container `db`; it has web",
        ),
        (
            "get_pod_status",
            json!({"namespace": "shop"}),
            "get_pod_status: give either `pod_name`, or `kind` and `name` of a workload",
        ),
        (
            "get_events",
            json!({"namespace": "shop", "kind": "Pod"}),
            "get_events: `kind` and `name` belong together",
        ),
        (
            "restart_pod",
            json!({}),
            "`restart_pod` changes things: it can only be proposed",
        ),
        (
            "get_everything",
            json!({}),
            "there is no tool `get_everything`",
        ),
    ];
    for (tool, params, expected) in table {
        assert_eq!(told(tool, params).await, expected);
    }
    assert!(
        told("get_workload", json!([1]))
            .await
            .starts_with("get_workload: wrong parameters")
    );
}

#[tokio::test]
async fn what_tools_say_themselves_is_said_in_both_languages() {
    let pod = json!({"namespace": "shop", "pod_name": "web-1", "previous": true});
    for (tool, params, expected) in [
        (
            "get_pod_status",
            json!({"namespace": "shop", "pod_name": "gone"}),
            "Pod `gone` 在命名空间 `shop` 中不存在",
        ),
        (
            "get_events",
            json!({"namespace": "shop", "kind": "Pod", "name": "gone"}),
            "没有事件（事件一小时后过期）",
        ),
        (
            "get_pod_logs",
            pod.clone(),
            "容器 `web` 上一次的日志：\none\ntwo",
        ),
        ("get_service", json!({"namespace": "shop"}), "没有 Service"),
        ("search_code", json!({}), "`search_code` 未配置"),
        (
            "get_rollout_history",
            json!({"namespace": "shop", "kind": "Deployment", "name": "web"}),
            "版本 1：a:1，0 个 Pod 就绪",
        ),
    ] {
        assert_eq!(call(tool, params).await.unwrap().excerpt.zh, expected);
    }
    let forbidden = registry(Mood::Forbidden, None);
    let Err(ToolError::TellModel(said)) = forbidden.call("get_pod_logs", &pod).await else {
        panic!("it is refused")
    };
    assert_eq!(said.zh, "集群 small 禁止读取 pods：cannot list");
    let wrong = call(
        "get_pod_logs",
        json!({"namespace": "shop", "pod_name": "?"}),
    );
    let Err(ToolError::TellModel(said)) = wrong.await else {
        panic!("it is refused")
    };
    assert_eq!(
        said.zh,
        "get_pod_logs：`pod_name` 为 `?`，这不是 Kubernetes 中的名称"
    );
}

#[test]
fn what_was_kept_when_there_was_one_language_is_read_as_it_was() {
    let kept = json!({"result": "empty", "excerpt": "`web` has no pods"});
    let read: ToolOutput = serde_json::from_value(kept.clone()).unwrap();
    assert_eq!(read.excerpt, model::Text::same("`web` has no pods"));
    assert_eq!(serde_json::to_value(&read).unwrap(), kept);
}

#[tokio::test]
async fn every_known_tool_that_looks_is_there_or_says_that_it_is_not_configured() {
    let registry = registry(Mood::Well, None);
    let built: Vec<_> = registry.names().collect();
    assert_eq!(built.len(), 18);
    for (name, tier) in KNOWN.iter().filter(|(name, _)| !built.contains(name)) {
        let answer = registry.call(name, &json!({})).await;
        if *tier == model::Tier::ReadOnly {
            assert_eq!(answer.unwrap().result, ToolResult::NotConfigured, "{name}");
        } else {
            assert!(matches!(answer, Err(ToolError::TellModel(_))), "{name}");
        }
    }
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_fatal_and_one_that_says_no_is_not() {
    let params = json!({"namespace": "shop", "kind": "Deployment", "name": "web"});
    for tool in [
        "get_workload",
        "get_pod_status",
        "get_events",
        "get_rollout_history",
    ] {
        let unreachable = registry(Mood::Unreachable, None).call(tool, &params).await;
        assert!(matches!(unreachable, Err(ToolError::Fatal(_))), "{tool}");
        let forbidden = registry(Mood::Forbidden, None).call(tool, &params).await;
        assert!(matches!(forbidden, Err(ToolError::TellModel(_))), "{tool}");
    }
    let limits = Limits {
        time: Duration::from_millis(5),
        ..Limits::default()
    };
    let silent = registry(Mood::Silent, None)
        .with_limits(limits)
        .call("get_workload", &params)
        .await;
    assert_eq!(
        silent.unwrap_err().to_string(),
        "get_workload: no answer within 5 ms"
    );
}

#[tokio::test]
async fn a_log_that_holds_only_an_apology_is_no_log() {
    let params = json!({"namespace": "shop", "pod_name": "web-1"});
    for log in [
        None,
        Some(""),
        Some("unable to retrieve container logs for containerd://abc"),
    ] {
        let output = registry(Mood::Well, log)
            .call("get_pod_logs", &params)
            .await
            .unwrap();
        assert_eq!(output.result, ToolResult::Empty, "{log:?}");
    }
}

#[tokio::test]
async fn the_log_of_the_life_before_is_called_so() {
    let params = json!({"namespace": "shop", "pod_name": "web-1", "previous": true});
    let told = async |log| {
        let tools = registry(Mood::Well, log);
        tools
            .call("get_pod_logs", &params)
            .await
            .unwrap()
            .excerpt
            .en
    };
    assert_eq!(
        told(Some("one\ntwo")).await,
        "previous log of container `web`:\none\ntwo"
    );
    assert_eq!(
        told(None).await,
        "container `web` has no previous log: previous terminated container not found"
    );
}

#[tokio::test]
async fn the_history_of_a_stateful_set_tells_what_each_revision_changed() {
    let stored = |name: &str, revision: u8, image: &str, password: &str| {
        Object::new(json!({
            "kind": "ControllerRevision", "apiVersion": "apps/v1", "revision": revision,
            "metadata": {"namespace": "shop", "name": name, "uid": name,
                         "ownerReferences": [{"uid": "s", "controller": true}]},
            "data": {"spec": {"template": {"$patch": "replace", "spec": {"containers": [
                {"name": "db", "image": image,
                 "env": [{"name": "DB_PASSWORD", "value": password}]}]}}}}}))
    };
    let set = Object::new(json!({
        "kind": "StatefulSet", "apiVersion": "apps/v1", "spec": {"replicas": 2},
        "metadata": {"namespace": "shop", "name": "db", "uid": "s"}}));
    let pod = Object::new(json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"namespace": "shop", "name": "db-0", "uid": "p",
                     "labels": {"controller-revision-hash": "db-1"},
                     "ownerReferences": [{"uid": "s", "controller": true}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}}));
    let objects = vec![
        set,
        pod,
        stored("db-1", 1, "db:1", "hunter1"),
        stored("db-2", 2, "db:2", "hunter2"),
    ];
    let complete = ["StatefulSet", "Pod", "ControllerRevision"].map(|kind| (kind.to_owned(), None));
    let snapshot = facts::Snapshot::new(objects, complete.into());
    let recorded = cluster::Recorded::new("r".to_owned().into(), Arc::new(snapshot));
    let params = json!({"namespace": "shop", "kind": "StatefulSet", "name": "db"});
    let tools = Registry::new(Arc::new(recorded));
    let told = tools.call("get_rollout_history", &params).await.unwrap();
    assert_eq!(
        told.excerpt.en,
        "revision 2: db:2, 0 pods ready\n  /spec/containers/0/image: db:1 → db:2\n\
         revision 1: db:1, 1 pods ready"
    );
    assert_eq!(told.value["revisions"][0]["newest"], true);
    assert!(!serde_json::to_string(&told).unwrap().contains("hunter"));
    let job = json!({"namespace": "shop", "kind": "Job", "name": "db"});
    let refused = tools.call("get_rollout_history", &job).await;
    assert!(matches!(refused, Err(ToolError::TellModel(_))));
}
