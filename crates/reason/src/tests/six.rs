//! The six dimensions of a workload: what each says of what it found, of nothing, and of what it
//! could not see.

use std::sync::Arc;

use cluster::{Cluster, Recorded};
use facts::{LogKey, LogSeen, Object, Snapshot};
use model::{ClusterId, ObjectRef};
use serde_json::{Value, json};
use skills::SkillSet;

use crate::dimensions::{Dimension, Standing};
use crate::scan::{ScanLimits, scan_about};

fn object(kind: &str, name: &str, more: &Value) -> Object {
    let mut object = json!({
        "kind": kind, "apiVersion": "v1",
        "metadata": {"namespace": "shop", "name": name, "uid": name}});
    for (field, value) in more.as_object().unwrap() {
        match field.as_str() {
            "metadata" => {
                let into = object["metadata"].as_object_mut().unwrap();
                into.extend(value.as_object().unwrap().clone());
            }
            field => object[field] = value.clone(),
        }
    }
    Object::new(object)
}

fn objects() -> Vec<Object> {
    let status = |ready: bool, restarts: u8| {
        json!({"phase": "Running",
               "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}],
               "containerStatuses": [{"name": "db", "ready": ready, "restartCount": restarts,
                                      "state": {"running": {}}}]})
    };
    let pod = |name: &str, ready: bool, restarts: u8| {
        object(
            "Pod",
            name,
            &json!({
            "metadata": {"ownerReferences": [{"uid": "db", "controller": true}]},
            "spec": {"containers": [{"name": "db"}]}, "status": status(ready, restarts)}),
        )
    };
    let event = |name: &str, about: &str, sort: &str| {
        object(
            "Event",
            name,
            &json!({
            "type": sort, "reason": "Noted", "message": name,
            "involvedObject": {"kind": "Pod", "name": about, "uid": about}}),
        )
    };
    vec![
        object(
            "StatefulSet",
            "db",
            &json!({
            "metadata": {"annotations": {"meta.helm.sh/release-name": "store"}},
            "spec": {"replicas": 2}}),
        ),
        pod("db-0", true, 0),
        pod("db-1", false, 2),
        event("e1", "db-1", "Warning"),
        event("e2", "db-0", "Normal"),
        event("e3", "other", "Warning"),
    ]
}

async fn six(snapshot: Snapshot) -> Vec<Dimension> {
    let id = ClusterId::from("shop".to_owned());
    let source: Arc<dyn Cluster> = Arc::new(Recorded::new(id, Arc::default()));
    let about = ObjectRef::new("StatefulSet", "shop", "db");
    let skills = SkillSet::builtin().unwrap();
    let limits = ScanLimits::default();
    let told = scan_about(&skills, snapshot, &source, limits, &about)
        .await
        .unwrap();
    told.dimensions
}

fn told(seen: &[Dimension]) -> Vec<(&'static str, Standing, usize, &str)> {
    seen.iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.standing,
                one.count,
                one.text.en.as_str(),
            )
        })
        .collect()
}

#[tokio::test]
async fn each_dimension_says_what_it_gave() {
    use Standing::{Found, NotSeen, Nothing};
    let complete = ["StatefulSet", "Pod", "Event"].map(|kind| (kind.to_owned(), None));
    let mut snapshot = Snapshot::new(objects(), complete.into());
    let text = |words: &str| LogSeen::Text(words.to_owned());
    snapshot.put_log(LogKey::current("shop", "db-1", "db"), text("one\ntwo"));
    snapshot.put_log(LogKey::current("shop", "db-0", "db"), text("three"));
    let gone = LogSeen::Absent(model::Text::same("previous container not found"));
    snapshot.put_log(LogKey::previous("shop", "db-1", "db"), gone);
    let seen = six(snapshot).await;
    assert_eq!(
        told(&seen),
        [
            ("pod_status", Found, 2, "1 of 2 pods ready"),
            ("pod_events", Found, 2, "2 events about it (1 warning)"),
            ("current_logs", Found, 3, "logs of 2 containers (3 lines)"),
            ("previous_logs", Nothing, 0, "no previous logs"),
            (
                "helm_release",
                NotSeen,
                0,
                "Helm release `store` not seen (--with helm reads it)"
            ),
            (
                "cluster_events",
                Found,
                3,
                "3 events in its namespace (2 warnings)"
            ),
        ]
    );
    // Each rests on looks that are told, and no two bear one name.
    let mut ids: Vec<&str> = seen
        .iter()
        .flat_map(|one| one.evidence.iter().map(|clue| clue.id.as_str()))
        .collect();
    assert_eq!(ids.len(), 7);
    ids.dedup();
    assert_eq!(ids.len(), 7);
}

#[tokio::test]
async fn events_of_its_namespace_that_are_all_about_it_are_told_once() {
    let mut objects = objects();
    objects
        .retain(|object| object.kind() != "Event" || object.text("/involvedObject/name") == "db-1");
    let complete = ["StatefulSet", "Pod", "Event"].map(|kind| (kind.to_owned(), None));
    let seen = six(Snapshot::new(objects, complete.into())).await;
    let last = told(&seen).into_iter().next_back().unwrap();
    assert_eq!(last.3, "no events in its namespace but those");
}

#[tokio::test]
async fn what_could_not_be_seen_is_not_said_to_be_nothing() {
    let complete = ["StatefulSet", "Pod"].map(|kind| (kind.to_owned(), None));
    let only = objects()
        .into_iter()
        .filter(|object| object.kind() != "Event");
    let seen = six(Snapshot::new(only.collect(), complete.into())).await;
    let standing: Vec<_> = seen.iter().map(|one| one.standing).collect();
    use Standing::{Found, NotSeen};
    assert_eq!(
        standing,
        [Found, NotSeen, NotSeen, NotSeen, NotSeen, NotSeen]
    );
    let all = ["StatefulSet", "Pod", "Event"].map(|kind| (kind.to_owned(), None));
    let only = objects()
        .into_iter()
        .filter(|object| object.kind() == "StatefulSet");
    let seen = six(Snapshot::new(only.collect(), all.into())).await;
    assert_eq!(seen[0].text.en, "no pods");
    assert_eq!(seen[1].text.en, "no events about it");
    assert_eq!(seen[2].text.en, "no logs");
}
