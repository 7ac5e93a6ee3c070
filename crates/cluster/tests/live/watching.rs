//! Watching.

use std::time::Duration;

use cluster::Namespaces;
use serde_json::{Value, json};

use crate::fake::{Answer, Asked, Fake, status};

const PODS: &str = "/api/v1/pods";

fn pod(name: &str, version: u32) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1",
           "metadata": {"name": name, "namespace": "shop", "uid": name,
                        "resourceVersion": version.to_string()},
           "spec": {"containers": [{"name": "web", "terminationMessagePolicy": "File"}]}})
}

fn seen(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

#[tokio::test]
async fn what_changes_is_told_and_the_snapshot_follows() {
    let fake = Fake::with(
        vec![pod("a", 1), pod("b", 2)],
        Box::new(|asked: &Asked| {
            (asked.path == PODS && asked.query.contains_key("watch")).then(|| {
                Answer::Stuck(seen("ADDED", &pod("c", 101)) + &seen("DELETED", &pod("a", 102)))
            })
        }),
    )
    .await;
    let cluster = fake.connect().await;
    let mut watch = cluster.watch(&Namespaces::All, Duration::from_millis(20));
    let mut changed = std::collections::BTreeSet::new();
    while changed.len() < 3 || watch.snapshot().get("Pod", "shop", "a").is_present() {
        changed.extend(watch.changed().await.into_iter().map(|object| object.name));
    }
    assert!(changed.contains("a") && changed.contains("b") && changed.contains("c"));
    let c = watch.snapshot().get("Pod", "shop", "c").present().unwrap();
    assert_eq!(
        c.json()["spec"],
        json!({"containers": [{"name": "web"}]}),
        "made small"
    );
    assert_eq!(watch.blind_spots(), []);
}

#[tokio::test]
async fn a_watch_that_has_expired_lists_anew() {
    let fake = Fake::with(
        vec![pod("b", 2)],
        Box::new(|asked: &Asked| {
            if asked.path != PODS {
                return None;
            }
            let watching = asked.query.contains_key("watch");
            match (watching, asked.before) {
                // The first list holds what is gone by the second.
                (false, 0) => Some(Answer::Json(
                    200,
                    json!({"kind": "PodList", "apiVersion": "v1",
                           "metadata": {"resourceVersion": "5"}, "items": [pod("a", 1)]}),
                )),
                (true, 1) => {
                    let gone = status(410, "too old resource version");
                    Some(Answer::Text(seen("ERROR", &gone)))
                }
                _ => None,
            }
        }),
    )
    .await;
    let cluster = fake.connect().await;
    let mut watch = cluster.watch(&Namespaces::All, Duration::from_millis(20));
    while !watch.snapshot().get("Pod", "shop", "b").is_present() {
        watch.changed().await;
    }
    assert!(watch.snapshot().get("Pod", "shop", "a").is_absent());
}

#[tokio::test]
async fn a_reading_that_is_followed_holds_what_is_watched_and_all_the_rest() {
    let map = json!({"kind": "ConfigMap", "apiVersion": "v1",
                     "metadata": {"name": "web", "namespace": "shop", "uid": "m",
                                  "resourceVersion": "3"}, "data": {"A": "1"}});
    let fake = Fake::with(
        vec![pod("a", 1), map],
        Box::new(|asked: &Asked| {
            (asked.path == "/api/v1/nodes")
                .then(|| Answer::Json(403, status(403, "nodes is forbidden")))
        }),
    )
    .await;
    let cluster = fake.connect().await;
    let scope = cluster::Scope::default();
    let mut current = cluster.follow(&scope, Duration::from_millis(20));
    let reading = loop {
        current.changed(Duration::from_secs(60)).await;
        if let Some(reading) = current.reading().await {
            break reading;
        }
    };
    let snapshot = &reading.snapshot;
    assert!(snapshot.get("Pod", "shop", "a").is_present());
    assert!(snapshot.get("Pod", "shop", "b").is_absent());
    assert!(snapshot.get("ConfigMap", "shop", "web").is_present());
    assert!(snapshot.get("ConfigMap", "shop", "other").is_absent());
    assert!(snapshot.get("Node", "", "n1").is_unknown());
    let spots: Vec<_> = reading
        .blind_spots
        .iter()
        .map(|spot| &spot.what.en)
        .collect();
    assert!(spots.iter().any(|what| *what == "nodes"), "{spots:?}");
    assert_eq!(
        fake.asked_for("/api/v1/configmaps").len(),
        1,
        "what is fresh is not read again"
    );
    current.reading().await.unwrap();
    assert_eq!(fake.asked_for("/api/v1/configmaps").len(), 1);
}
