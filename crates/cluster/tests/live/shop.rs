//! A small shop for the fake server to serve, and how a reading of it is asked about.

use cluster::{Cluster, Limits, Reading, Scope};
use serde_json::{Value, json};

use crate::fake::{Answer, Asked, Fake, Mood};

pub(crate) const PODS: &str = "/api/v1/pods";

pub(crate) fn pod(namespace: &str, name: &str) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1",
           "metadata": {"name": name, "namespace": namespace, "uid": format!("{namespace}-{name}"),
                        "resourceVersion": "1"},
           "spec": {"containers": [{"name": "web", "image": "web:1"}]}})
}

pub(crate) fn shop() -> Vec<Value> {
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

pub(crate) async fn read(fake: &Fake, limits: Limits) -> Reading {
    let cluster = fake.connect_within(limits).await;
    cluster.read(&Scope::default()).await.unwrap()
}

pub(crate) fn spot<'a>(reading: &'a Reading, what: &str) -> &'a str {
    let found = reading.blind_spots.iter().find(|spot| spot.what.en == what);
    found.map_or("", |spot| &spot.why.en)
}

/// Why, where Kintsugi itself says so: then it says it in Chinese too.
pub(crate) fn ours<'a>(reading: &'a Reading, what: &str) -> &'a str {
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
pub(crate) fn in_chinese<'a>(reading: &'a Reading, what: &str) -> &'a str {
    let found = reading.blind_spots.iter().find(|spot| spot.what.en == what);
    found.map_or("", |spot| &spot.what.zh)
}

pub(crate) fn pods(reading: &Reading) -> usize {
    reading.snapshot.of_kind("Pod", None).count()
}

/// Has the server answer requests for one path in another way.
pub(crate) fn at(
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
