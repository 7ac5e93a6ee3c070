//! Whole readings: what is asked for, and what is not seen.

use std::collections::BTreeSet;

use cluster::{BlindSpot, Cluster, Limits, Namespaces, Scope};
use facts::kinds;
use serde_json::json;

use crate::fake::{Answer, Asked, Fake, quick, status};
use crate::shop::{PODS, at, in_chinese, ours, pod, pods, read, shop, spot};

#[tokio::test]
async fn everything_is_read_in_pages_and_marked_complete() {
    let fake = Fake::serving(shop()).await;
    let limits = Limits { page: 3, ..quick() };
    let reading = read(&fake, limits).await;
    assert_eq!(pods(&reading), 8);
    assert_eq!(fake.asked_for(PODS).len(), 3);
    for kind in kinds::ALL {
        let on_demand = kind.read == kinds::Read::OnDemand;
        assert_eq!(
            reading.snapshot.is_complete(kind.kind, "shop"),
            !on_demand,
            "{}",
            kind.kind
        );
    }
    assert!(reading.snapshot.get("Pod", "shop", "web-3").is_present());
    assert!(reading.snapshot.get("Pod", "shop", "web-9").is_absent());
    let map = reading
        .snapshot
        .get("ConfigMap", "shop", "web")
        .present()
        .unwrap();
    assert_eq!(map.json()["data"], json!({"MAIL": ""}));
    let what: Vec<_> = reading
        .blind_spots
        .iter()
        .map(|spot| spot.what.en.as_str())
        .collect();
    assert_eq!(what, ["secrets"]);
    assert!(ours(&reading, "secrets").starts_with("not read: "));
    assert!(reading.requests >= 37 && reading.bytes > 1000);
    assert!(reading.snapshot.taken().is_some());
}

#[tokio::test]
async fn secrets_are_not_asked_for_unless_told_to_and_values_never_come_through() {
    let fake = Fake::serving(shop()).await;
    let cluster = fake.connect().await;
    cluster.read(&Scope::default()).await.unwrap();
    assert!(fake.asked_for("/api/v1/secrets").is_empty());
    let scope = Scope {
        certificates: true,
        helm: true,
        ..Scope::default()
    };
    let reading = cluster.read(&scope).await.unwrap();
    let secrets: Vec<_> = reading.snapshot.of_kind("Secret", None).collect();
    let names: Vec<_> = secrets.iter().map(|secret| secret.name()).collect();
    assert_eq!(names, ["db", "sh.helm.release.v1.web.v1", "tls"]);
    assert_eq!(secrets[1].text("/metadata/labels/status"), "failed");
    assert_eq!(
        secrets[2].json()["data"],
        json!({"tls.crt": "", "tls.key": ""})
    );
    // Of the others the names are known and nothing else, not what an annotation keeps of them.
    assert_eq!(secrets[0].json().get("data"), None);
    assert!(!secrets[0].json().to_string().contains("hunter2"));
    assert!(reading.snapshot.get("Secret", "shop", "gone").is_absent());
    for asked in fake.asked_for("/api/v1/secrets") {
        let field = asked.query.get("fieldSelector").map(String::as_str);
        let releases = field == Some("type=helm.sh/release.v1");
        assert_eq!(asked.query.contains_key("labelSelector"), releases);
        let names = asked.accept.contains("PartialObjectMetadataList");
        assert_eq!(names, field.is_none());
    }
}

#[tokio::test]
async fn of_secrets_that_were_not_all_named_none_is_taken_to_be_missing() {
    let fake = Fake::with(
        shop(),
        Box::new(|asked: &Asked| {
            let names = asked.path.ends_with("/secrets") && asked.accept.contains("Partial");
            names.then(|| Answer::Json(403, status(403, "secrets is forbidden")))
        }),
    )
    .await;
    let scope = Scope {
        certificates: true,
        ..Scope::default()
    };
    let reading = fake.connect().await.read(&scope).await.unwrap();
    assert_eq!(spot(&reading, "secrets (names)"), "secrets is forbidden");
    assert_eq!(in_chinese(&reading, "secrets (names)"), "secrets（名称）");
    assert!(reading.snapshot.get("Secret", "shop", "tls").is_present());
    assert!(reading.snapshot.get("Secret", "shop", "gone").is_unknown());
}

#[tokio::test]
async fn a_named_scope_asks_only_in_its_namespaces() {
    let fake = Fake::serving(shop()).await;
    let cluster = fake.connect().await;
    let names = BTreeSet::from(["shop".to_owned(), "empty".to_owned()]);
    let scope = Scope {
        namespaces: Namespaces::Named(names),
        ..Scope::default()
    };
    let reading = cluster.read(&scope).await.unwrap();
    assert_eq!(pods(&reading), 7);
    assert!(fake.asked_for(PODS).is_empty());
    assert!(reading.snapshot.get("Pod", "empty", "x").is_absent());
    assert!(reading.snapshot.get("Pod", "other", "x").is_unknown());
    assert!(reading.snapshot.is_complete("Node", ""));
}

#[tokio::test]
async fn what_is_forbidden_is_a_blind_spot_in_the_servers_words_and_stops_nothing() {
    let words = "events is forbidden: User \"eve\" cannot list resource \"events\"";
    let fake = Fake::with(
        shop(),
        Box::new(|asked: &Asked| {
            let forbidden = asked.path.ends_with("/events");
            forbidden.then(|| Answer::Json(403, status(403, words)))
        }),
    )
    .await;
    let reading = read(&fake, quick()).await;
    assert_eq!(pods(&reading), 8);
    assert_eq!(spot(&reading, "events"), words);
    assert!(!reading.snapshot.is_complete("Event", "shop"));
    assert_eq!(reading.only_in, None);
}

#[tokio::test]
async fn what_is_forbidden_everywhere_is_read_in_the_namespace_of_the_context() {
    let words = "pods is forbidden at the cluster scope";
    let mut objects = shop();
    objects.push(pod("front", "y"));
    let mood = at(PODS, |_| Some(Answer::Json(403, status(403, words))));
    let fake = Fake::with(objects, mood).await;
    let reading = read(&fake, quick()).await;
    assert_eq!(pods(&reading), 1);
    let outside = "pods outside of namespace front";
    assert_eq!(spot(&reading, outside), words);
    assert_eq!(in_chinese(&reading, outside), "pods（命名空间 front 之外）");
    assert_eq!(spot(&reading, "pods"), "");
    assert_eq!(reading.only_in.as_deref(), Some("front"));
    assert!(reading.snapshot.get("Pod", "front", "z").is_absent());
    assert!(reading.snapshot.get("Pod", "shop", "web-0").is_unknown());
    // One that was named is all that is asked for.
    let scope = Scope {
        namespaces: Namespaces::Named(["shop".to_owned()].into()),
        ..Scope::default()
    };
    let reading = fake.connect().await.read(&scope).await.unwrap();
    assert_eq!((pods(&reading), reading.only_in), (7, None));
}

#[tokio::test]
async fn a_kind_that_is_not_served_is_unknown_and_not_absent() {
    let fake = Fake::with(
        shop(),
        at("/apis/policy/v1/poddisruptionbudgets", |_| {
            Some(Answer::Json(
                404,
                status(404, "the server could not find the requested resource"),
            ))
        }),
    )
    .await;
    let reading = read(&fake, quick()).await;
    assert!(spot(&reading, "poddisruptionbudgets.policy").contains("could not find"));
    assert!(
        reading
            .snapshot
            .get("PodDisruptionBudget", "shop", "web")
            .is_unknown()
    );
}

#[tokio::test]
async fn metrics_are_read_where_they_are_served_and_missed_only_where_they_are_registered() {
    let registered = json!({"kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"}});
    let path = "/apis/metrics.k8s.io/v1beta1/pods";
    let usage = json!({"kind": "PodMetricsList", "metadata": {}, "items": [
        {"metadata": {"name": "web-0", "namespace": "shop"},
         "containers": [{"name": "web", "usage": {"cpu": "1m", "memory": "3Mi"}}]}]});
    let nodes = json!({"kind": "NodeMetricsList", "metadata": {}, "items": []});
    let mut objects = shop();
    objects.push(registered);
    let served = Fake::with(
        objects.clone(),
        Box::new(move |asked: &Asked| {
            let usage = if asked.path == path { &usage } else { &nodes };
            asked
                .path
                .contains("metrics.k8s.io")
                .then(|| Answer::Json(200, usage.clone()))
        }),
    )
    .await;
    let reading = read(&served, quick()).await;
    let usage = reading
        .snapshot
        .get("PodMetrics", "shop", "web-0")
        .present()
        .unwrap();
    assert_eq!(usage.text("/containers/0/usage/memory"), "3Mi");
    let down = Fake::with(
        objects,
        Box::new(|asked: &Asked| {
            asked
                .path
                .contains("metrics.k8s.io")
                .then(|| Answer::Json(503, status(503, "service unavailable")))
        }),
    )
    .await;
    let reading = read(&down, quick()).await;
    assert_eq!(spot(&reading, "metrics.k8s.io"), "service unavailable");
    let without = Fake::serving(shop()).await;
    let reading = read(&without, quick()).await;
    assert_eq!(spot(&reading, "metrics.k8s.io"), "");
    assert!(without.asked_for(path).is_empty());
}

#[tokio::test]
async fn others_words_are_cut() {
    let fake = Fake::with(
        shop(),
        at(PODS, |_| {
            Some(Answer::Json(403, status(403, &"no\n".repeat(10_000))))
        }),
    )
    .await;
    let reading = read(&fake, quick()).await;
    let BlindSpot { why, .. } = reading
        .blind_spots
        .iter()
        .find(|spot| spot.what.en.starts_with("pods"))
        .unwrap();
    assert!(why.en.len() < 700 && !why.en.contains('\n'));
    assert!(why.is_same(), "these are the server's words: {why:?}");
}
