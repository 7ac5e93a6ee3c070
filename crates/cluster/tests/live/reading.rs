//! Whole readings.

use std::collections::BTreeSet;
use std::time::Duration;

use cluster::{
    BlindSpot, Cluster, ClusterError, ConnectError, Connection, Limits, LiveCluster, Namespaces,
    Reading, Scope,
};
use facts::kinds;
use serde_json::{Value, json};

use crate::fake::{Answer, Asked, Fake, Mood, hasty, quick, status};

const PODS: &str = "/api/v1/pods";

fn pod(namespace: &str, name: &str) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1",
           "metadata": {"name": name, "namespace": namespace, "uid": format!("{namespace}-{name}"),
                        "resourceVersion": "1"},
           "spec": {"containers": [{"name": "web", "image": "web:1"}]}})
}

fn shop() -> Vec<Value> {
    let mut objects = vec![
        json!({"kind": "Node", "metadata": {"name": "n1"}}),
        json!({"kind": "ConfigMap", "metadata": {"name": "web", "namespace": "shop"},
               "data": {"MAIL": "mail.shop"}}),
        json!({"kind": "Secret", "metadata": {"name": "tls", "namespace": "shop"},
               "type": "kubernetes.io/tls", "data": {"tls.crt": "Q0VSVA==", "tls.key": "S0VZ"}}),
        json!({"kind": "Secret", "metadata": {"name": "db", "namespace": "shop",
               "annotations": {"kubectl.kubernetes.io/last-applied-configuration":
                               "{\"stringData\":{\"password\":\"hunter2\"}}"}},
               "type": "Opaque", "data": {"password": "aHVudGVyMg=="}}),
        json!({"kind": "Secret", "metadata": {"name": "sh.helm.release.v1.web.v1",
               "namespace": "shop", "labels": {"owner": "helm", "status": "failed"}},
               "type": "helm.sh/release.v1", "data": {"release": "SDRz"}}),
    ];
    objects.extend((0..7).map(|number| pod("shop", &format!("web-{number}"))));
    objects.push(pod("other", "x"));
    objects
}

async fn read(fake: &Fake, limits: Limits) -> Reading {
    let cluster = fake.connect_within(limits).await;
    cluster.read(&Scope::default()).await.unwrap()
}

fn spot<'a>(reading: &'a Reading, what: &str) -> &'a str {
    let found = reading.blind_spots.iter().find(|spot| spot.what.en == what);
    found.map_or("", |spot| &spot.why.en)
}

/// Why, where Kintsugi itself says so: then it says it in Chinese too.
fn ours<'a>(reading: &'a Reading, what: &str) -> &'a str {
    let why = spot(reading, what);
    let mut spots = reading.blind_spots.iter();
    let zh = spots
        .find(|spot| spot.why.en == why)
        .map(|spot| &spot.why.zh);
    let chinese = |zh: &String| {
        zh.chars()
            .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
    };
    assert!(zh.is_some_and(chinese), "{why}: {zh:?}");
    why
}

/// What it is called in Chinese.
fn in_chinese<'a>(reading: &'a Reading, what: &str) -> &'a str {
    let found = reading.blind_spots.iter().find(|spot| spot.what.en == what);
    found.map_or("", |spot| &spot.what.zh)
}

fn pods(reading: &Reading) -> usize {
    reading.snapshot.of_kind("Pod", None).count()
}

/// Has the server answer requests for one path in another way.
fn at(
    path: &'static str,
    answer: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> Mood {
    Box::new(move |asked| {
        if asked.path == path {
            answer(asked)
        } else {
            None
        }
    })
}

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
async fn a_list_that_expires_is_read_anew_once_and_shows_one_state() {
    let fake = Fake::with(
        shop(),
        at(PODS, |asked| {
            (asked.query.contains_key("continue") && asked.before == 1).then(|| {
                Answer::Json(
                    410,
                    status(410, "The provided continue parameter is too old"),
                )
            })
        }),
    )
    .await;
    let reading = read(&fake, Limits { page: 4, ..quick() }).await;
    assert_eq!(pods(&reading), 8);
    let asked = fake.asked_for(PODS);
    let continued: Vec<_> = asked
        .iter()
        .map(|asked| asked.query.contains_key("continue"))
        .collect();
    assert_eq!(continued, [false, true, false, true]);
}

#[tokio::test]
async fn a_list_that_keeps_expiring_is_unknown() {
    let fake = Fake::with(
        shop(),
        at(PODS, |asked| {
            asked
                .query
                .contains_key("continue")
                .then(|| Answer::Json(410, status(410, "too old")))
        }),
    )
    .await;
    let reading = read(&fake, Limits { page: 4, ..quick() }).await;
    assert_eq!((pods(&reading), spot(&reading, "pods")), (0, "too old"));
    assert!(!reading.snapshot.is_complete("Pod", "shop"));
}

#[tokio::test]
async fn a_server_that_has_failed_is_believed_about_that_kind_alone() {
    let broken = |_: &Asked| Some(Answer::Json(500, status(500, "etcdserver: no leader")));
    let fake = Fake::with(shop(), at(PODS, broken)).await;
    let reading = read(&fake, quick()).await;
    assert_eq!(spot(&reading, "pods"), "etcdserver: no leader");
    assert!(reading.snapshot.get("Pod", "shop", "web-0").is_unknown());
    assert!(reading.snapshot.is_complete("Node", ""));
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again_but_not_for_ever() {
    for (code, sound) in [(429, true), (503, true), (429, false)] {
        let fake = Fake::with(
            shop(),
            at(PODS, move |asked| {
                (!sound || asked.before < 2).then(|| {
                    Answer::WithHeader(
                        code,
                        "retry-after",
                        "3600",
                        status(code, "too many requests"),
                    )
                })
            }),
        )
        .await;
        let reading = read(&fake, quick()).await;
        let asked = fake.asked_for(PODS).len();
        assert_eq!((pods(&reading), asked), if sound { (8, 3) } else { (0, 4) });
        assert_eq!(spot(&reading, "pods").is_empty(), sound);
    }
}

#[tokio::test]
async fn half_an_answer_is_never_taken_for_the_whole() {
    let list =
        json!({"kind": "PodList", "metadata": {}, "items": [pod("shop", "a"), pod("shop", "b")]})
            .to_string();
    let moods: [fn(&str) -> Answer; 5] = [
        |list| Answer::Half(list[..list.len() / 2].to_owned()),
        |list| Answer::Text(list[..list.len() / 2].to_owned()),
        |list| Answer::Stuck(list[..list.len() / 2].to_owned()),
        |_| Answer::Text("<html>welcome</html>".to_owned()),
        |_| Answer::Json(200, status(200, "hello")),
    ];
    for mood in moods {
        let list = list.clone();
        let fake = Fake::with(shop(), at(PODS, move |_| Some(mood(&list)))).await;
        let reading = read(&fake, hasty()).await;
        assert_eq!(pods(&reading), 0);
        assert!(!spot(&reading, "pods").is_empty());
        assert!(reading.snapshot.get("Pod", "shop", "a").is_unknown());
        assert!(reading.snapshot.is_complete("Node", ""), "the rest goes on");
    }
}

#[tokio::test]
async fn an_answer_that_broke_off_is_asked_for_once_more() {
    let fake = Fake::with(
        shop(),
        at(PODS, |asked| {
            (asked.before == 0).then(|| Answer::Half("{\"items\": [".to_owned()))
        }),
    )
    .await;
    assert_eq!(pods(&read(&fake, quick()).await), 8);
}

#[tokio::test]
async fn pages_that_are_too_large_are_asked_for_in_smaller_pieces() {
    let mut objects = shop();
    for object in &mut objects {
        object["metadata"]["annotations"] = json!({"long": "x".repeat(10_000)});
    }
    let fake = Fake::serving(objects).await;
    let limits = Limits {
        page_bytes: 15_000,
        page: 500,
        ..quick()
    };
    let reading = read(&fake, limits).await;
    assert_eq!(pods(&reading), 8);
    // An object that does not fit alone is no reason to go on for ever.
    let reading = read(
        &fake,
        Limits {
            page_bytes: 5_000,
            ..quick()
        },
    )
    .await;
    assert!(ours(&reading, "pods").contains("larger than 5000 bytes"));
}

#[tokio::test]
async fn a_kind_that_hangs_costs_its_time_and_no_more() {
    let fake = Fake::with(shop(), at(PODS, |_| Some(Answer::Silence))).await;
    let reading = read(&fake, hasty()).await;
    assert!(ours(&reading, "pods").contains("no answer within"));
    assert!(reading.snapshot.is_complete("Node", ""));
    // The whole reading has a limit of its own.
    let limits = Limits {
        answer: Duration::from_secs(3600),
        reading: Duration::from_secs(2),
        ..quick()
    };
    let reading = read(&fake, limits).await;
    assert!(ours(&reading, "pods").contains("not read within"));
}

#[tokio::test]
async fn a_server_that_gives_the_same_page_for_ever_is_left() {
    let fake = Fake::with(
        shop(),
        at(PODS, |_| {
            Some(Answer::Json(
                200,
                json!({"metadata": {"continue": "more"}, "items": []}),
            ))
        }),
    )
    .await;
    assert!(ours(&read(&fake, quick()).await, "pods").contains("same page twice"));
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_an_error_that_comes_soon() {
    let silent = Fake::with(
        Vec::new(),
        Box::new(|asked: &Asked| (!asked.path.contains("kube-system")).then_some(Answer::Silence)),
    )
    .await;
    let cluster = silent.connect_within(hasty()).await;
    let error = cluster.read(&Scope::default()).await.unwrap_err();
    assert!(matches!(error, ClusterError::Unreachable { .. }), "{error}");
    // A few lists at once were tried, and the others not any more.
    assert!(silent.asked.lock().unwrap().len() < 20);
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

#[tokio::test]
async fn what_is_wrong_with_a_kubeconfig_is_said() {
    let fake = Fake::serving(Vec::new()).await;
    let path = fake.kubeconfig();
    let connect = |connection: Connection| async move {
        LiveCluster::connect(&connection)
            .await
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let on = |path: &std::path::Path| Connection {
        kubeconfig: Some(path.to_owned()),
        ..Connection::default()
    };
    let wrong = Connection {
        context: Some("shp".to_owned()),
        ..on(&path)
    };
    assert_eq!(
        connect(wrong).await,
        "the kubeconfig has no context \"shp\"; it has shop"
    );
    let nowhere = path.with_file_name("nowhere");
    let said = connect(on(&nowhere)).await;
    assert!(
        said.contains("nowhere") && said.contains("No such file"),
        "{said}"
    );
    std::fs::write(&nowhere, "{[").unwrap();
    let said = connect(on(&nowhere)).await;
    assert!(said.starts_with("cannot use the kubeconfig: "), "{said}");
    let groups = Connection {
        as_groups: vec!["a".to_owned()],
        ..on(&path)
    };
    let error = LiveCluster::connect(&groups).await.unwrap_err();
    assert!(matches!(error, ConnectError::GroupsWithoutUser));
}
