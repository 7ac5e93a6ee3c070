//! Single objects, logs and writes.

use cluster::{
    Cluster, ClusterError, Connection, Limits, LiveCluster, LogQuery, WriteError, WriteMode,
};
use model::{ObjectRef, PatchOp};
use serde_json::json;

use crate::fake::{Answer, Asked, Fake, hasty, quick, status};

fn web() -> ObjectRef {
    ObjectRef::new("Deployment", "shop", "web")
}

fn deployment() -> serde_json::Value {
    json!({"kind": "Deployment", "apiVersion": "apps/v1",
           "metadata": {"name": "web", "namespace": "shop", "uid": "u1"},
           "spec": {"replicas": 3}})
}

fn patches(mood: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> crate::fake::Mood {
    Box::new(move |asked| (asked.method == "PATCH").then(|| mood(asked)))
}

fn scale() -> Vec<PatchOp> {
    vec![PatchOp::Replace {
        path: "/spec/replicas".to_owned(),
        value: json!(2),
    }]
}

#[tokio::test]
async fn the_cluster_tells_who_it_is() {
    let fake = Fake::serving(Vec::new()).await;
    let cluster = fake.connect().await;
    assert_eq!(cluster.id().as_str(), "kube:c1");
    assert_eq!(cluster.server_version(), Some("v1.36.3"));
    assert_eq!(
        (cluster.context(), cluster.default_namespace()),
        (Some("shop"), "front")
    );
    let shy = Fake::with(
        Vec::new(),
        Box::new(|asked: &Asked| {
            asked
                .path
                .ends_with("kube-system")
                .then(|| Answer::Json(403, status(403, "no")))
        }),
    )
    .await;
    let cluster = shy.connect().await;
    assert_eq!(
        cluster.id().as_str(),
        format!("kube:http://127.0.0.1:{}", shy.port)
    );
}

#[tokio::test]
async fn somebody_else_may_be_acted_as() {
    let fake = Fake::serving(Vec::new()).await;
    let connection = Connection {
        kubeconfig: Some(fake.kubeconfig()),
        as_user: Some("eve".to_owned()),
        as_groups: vec!["ops".to_owned()],
        namespace: Some("back".to_owned()),
        ..Connection::default()
    };
    let cluster = LiveCluster::connect(&connection).await.unwrap();
    assert_eq!(cluster.default_namespace(), "back");
    let asked = fake.asked_for("/version");
    assert_eq!(asked[0].headers["impersonate-user"], "eve");
    assert_eq!(asked[0].headers["impersonate-group"], "ops");
}

#[tokio::test]
async fn an_object_is_there_or_not_there_or_another_one() {
    let fake = Fake::serving(vec![deployment()]).await;
    let cluster = fake.connect().await;
    assert!(cluster.get(&web()).await.unwrap().is_some());
    assert!(cluster.get(&web().with_uid("u1")).await.unwrap().is_some());
    assert!(cluster.get(&web().with_uid("u2")).await.unwrap().is_none());
    let missing = ObjectRef::new("Deployment", "shop", "wbe");
    assert!(cluster.get(&missing).await.unwrap().is_none());
    let sneaky = ObjectRef::new("Deployment", "shop", "../web");
    assert!(cluster.get(&sneaky).await.unwrap().is_none());
    let unknown = ObjectRef::new("Widget", "shop", "web");
    assert!(matches!(
        cluster.get(&unknown).await,
        Err(ClusterError::NotFound { .. })
    ));
    let secret = ObjectRef::new("Secret", "shop", "db");
    assert!(matches!(
        cluster.get(&secret).await,
        Err(ClusterError::Forbidden { .. })
    ));
    assert!(matches!(
        cluster.list("Secret", None).await,
        Err(ClusterError::Forbidden { .. })
    ));
    assert_eq!(
        cluster
            .list("Deployment", Some("shop"))
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_patch_is_sent_as_it_is_and_bound_to_the_object_that_is_meant() {
    let fake = Fake::with(
        vec![deployment()],
        patches(|_| Answer::Json(200, deployment())),
    )
    .await;
    let cluster = fake.connect().await;
    let patch = scale();
    cluster
        .patch(&web().with_uid("u1"), &patch, WriteMode::DryRun)
        .await
        .unwrap();
    cluster
        .patch(&web(), &patch, WriteMode::Write)
        .await
        .unwrap();
    let asked = fake.asked_for("/apis/apps/v1/namespaces/shop/deployments/web");
    assert_eq!(
        asked[0].query.get("dryRun").map(String::as_str),
        Some("All")
    );
    assert_eq!(asked[1].query.get("dryRun"), None);
    assert_eq!(
        asked[0].headers["content-type"],
        "application/json-patch+json"
    );
    let sent: Vec<serde_json::Value> = asked
        .iter()
        .map(|asked| serde_json::from_str(&asked.body).unwrap())
        .collect();
    let scale = json!({"op": "replace", "path": "/spec/replicas", "value": 2});
    let same = json!({"op": "test", "path": "/metadata/uid", "value": "u1"});
    assert_eq!(sent, [json!([same, scale]), json!([scale])]);
}

#[tokio::test]
async fn a_write_is_made_once_whatever_becomes_of_its_answer() {
    type Case = (fn() -> Answer, fn(&WriteError) -> bool);
    let moods: [Case; 5] = [
        (
            || Answer::Silence,
            |error| matches!(error, WriteError::Unknown { .. }),
        ),
        (
            || Answer::Half("{".to_owned()),
            |error| matches!(error, WriteError::Unknown { .. }),
        ),
        (
            || Answer::Json(500, status(500, "etcdserver: request timed out")),
            |error| matches!(error, WriteError::Unknown { .. }),
        ),
        (
            || Answer::Json(429, status(429, "busy")),
            |error| matches!(error, WriteError::Unreachable { .. }),
        ),
        (
            || Answer::Json(409, status(409, "the object has been modified")),
            |error| matches!(error, WriteError::Conflict { .. }),
        ),
    ];
    for (mood, fits) in moods {
        let fake = Fake::with(Vec::new(), patches(move |_| mood())).await;
        let cluster = fake.connect_within(hasty()).await;
        let error = cluster
            .patch(&web(), &scale(), WriteMode::Write)
            .await
            .unwrap_err();
        assert!(fits(&error), "{error:?}");
        assert_eq!(
            fake.asked_for("/apis/apps/v1/namespaces/shop/deployments/web")
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn a_write_that_was_never_sent_is_known_not_to_have_happened() {
    // A port that was free a moment ago: nobody listens there.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let fake = Fake::serving(Vec::new()).await;
    let path = fake.kubeconfig();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace(&fake.port.to_string(), &port.to_string()),
    )
    .unwrap();
    let connection = Connection {
        kubeconfig: Some(path),
        ..Connection::default()
    };
    let error = LiveCluster::connect_within(&connection, quick())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not answer"), "{error}");
}

#[tokio::test]
async fn the_end_of_a_log_is_read_however_long_it_is() {
    let path = "/api/v1/namespaces/shop/pods/web-1/log";
    let fake = Fake::with(
        Vec::new(),
        Box::new(move |asked: &Asked| {
            let previous = asked.query.contains_key("previous");
            (asked.path == path).then(|| {
                if previous {
                    Answer::Json(
                        400,
                        status(
                            400,
                            "previous terminated container \"web\" in pod \"web-1\" not found",
                        ),
                    )
                } else {
                    let lines: String = (0..50_000)
                        .map(|line| format!("line {line} \u{fffd}\n"))
                        .collect();
                    Answer::Text(lines)
                }
            })
        }),
    )
    .await;
    let cluster = fake
        .connect_within(Limits {
            log_bytes: 100_000,
            ..quick()
        })
        .await;
    let mut query = LogQuery {
        namespace: "shop".to_owned(),
        pod: "web-1".to_owned(),
        container: "web".to_owned(),
        previous: false,
        tail_lines: 200,
    };
    let log = cluster.logs(&query).await.unwrap();
    assert!(
        log.len() <= 100_000 && log.starts_with("line ") && log.ends_with("line 49999 \u{fffd}\n")
    );
    let asked = fake.asked_for(path);
    assert_eq!(
        (
            asked[0].query["container"].as_str(),
            asked[0].query["tailLines"].as_str()
        ),
        ("web", "200")
    );
    query.previous = true;
    let error = cluster.logs(&query).await.unwrap_err();
    assert!(
        matches!(&error, ClusterError::NotFound { problem, .. } if problem.en.contains("previous terminated"))
    );
}

#[tokio::test]
async fn a_log_that_the_runtime_has_thrown_away_is_absent() {
    let gone = "unable to retrieve container logs for containerd://b87202588";
    let fake = Fake::with(
        Vec::new(),
        Box::new(move |asked: &Asked| {
            asked
                .path
                .ends_with("/log")
                .then(|| Answer::Text(gone.to_owned()))
        }),
    )
    .await;
    let query = LogQuery {
        namespace: "shop".to_owned(),
        pod: "web-1".to_owned(),
        container: "web".to_owned(),
        previous: true,
        tail_lines: 10,
    };
    let error = fake.connect().await.logs(&query).await.unwrap_err();
    assert!(matches!(&error, ClusterError::NotFound { problem, .. } if problem.en == gone));
}

#[tokio::test]
async fn the_server_is_asked_for_only_those_that_are_meant() {
    let fake = Fake::serving(Vec::new()).await;
    let cluster = fake.connect().await;
    let selector = json!({"matchLabels": {"app": "web", "tier": "front"},
        "matchExpressions": [{"key": "canary", "operator": "DoesNotExist"},
                             {"key": "zone", "operator": "In", "values": ["a", "b"]}]});
    cluster
        .list_selected("Pod", "shop", &selector.into())
        .await
        .unwrap();
    cluster.list_events_about("shop", "u1").await.unwrap();
    let pods = fake.asked_for("/api/v1/namespaces/shop/pods");
    let asked = pods[0].query["labelSelector"]
        .replace("%20", " ")
        .replace("%2C", ",");
    let asked = asked
        .replace("%28", "(")
        .replace("%29", ")")
        .replace("%21", "!");
    assert_eq!(asked, "app=web,tier=front,!canary,zone in (a,b)");
    let events = fake.asked_for("/api/v1/namespaces/shop/events");
    assert_eq!(events[0].query["fieldSelector"], "involvedObject.uid=u1");
    // What cannot be put into words for the server is asked for as a whole.
    let odd = json!({"matchExpressions": [{"key": "a", "operator": "Near"}]});
    cluster
        .list_selected("Pod", "shop", &odd.into())
        .await
        .unwrap();
    assert_eq!(
        fake.asked_for("/api/v1/namespaces/shop/pods")[1]
            .query
            .get("labelSelector"),
        None
    );
}

#[tokio::test]
async fn a_list_of_secrets_gives_helm_releases_where_somebody_asked_for_them_and_else_nothing() {
    let release = json!({"kind": "Secret", "metadata": {"name": "sh.helm.release.v1.web.v1",
        "namespace": "shop", "labels": {"owner": "helm", "status": "failed"}},
        "type": "helm.sh/release.v1", "data": {"release": "SDRz"}});
    let server = Fake::serving(vec![release]).await;
    let cluster = server.connect().await;
    let path = "/api/v1/namespaces/shop/secrets";
    let refused = cluster.list("Secret", Some("shop")).await.unwrap_err();
    assert!(
        refused.to_string().contains(cluster::NO_SECRETS),
        "{refused}"
    );
    assert!(server.asked_for(path).is_empty());
    let found = cluster
        .with_helm()
        .list("Secret", Some("shop"))
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].text("/data/release"), "");
    let asked = server.asked_for(path);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].query["fieldSelector"], "type=helm.sh/release.v1");
}
