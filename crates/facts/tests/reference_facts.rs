//! What a pod refers to, what of it is not there, and what was meant instead.

use kintsugi_facts as facts;

use facts::references::{By, ReferenceKind, environment, missing, offer, references};
use facts::{Complete, Object, Presence, Snapshot};
use serde_json::{Value, json};

fn pod(spec: Value, statuses: Value) -> Object {
    Object::new(json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": "api-1", "namespace": "shop", "uid": "p"},
        "spec": spec, "status": {"containerStatuses": statuses},
    }))
}

fn config_map(namespace: &str, name: &str, data: Value) -> Object {
    Object::new(json!({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": namespace}, "data": data,
    }))
}

fn spec() -> Value {
    json!({
        "serviceAccountName": "api", "priorityClassName": "urgent",
        "imagePullSecrets": [{"name": "registry"}],
        "containers": [{
            "name": "api",
            "env": [
                {"name": "PLAIN", "value": "1"},
                {"name": "HOST", "valueFrom": {"configMapKeyRef": {"name": "api-config", "key": "HOST"}}},
                {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password", "optional": true}}},
                {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
            ],
            "envFrom": [{"prefix": "APP_", "configMapRef": {"name": "app-env"}}]
        }],
        "volumes": [
            {"name": "cfg", "configMap": {"name": "files", "items": [{"key": "app.yaml", "path": "app.yaml"}]}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "all", "projected": {"sources": [{"secret": {"name": "tls"}}, {"configMap": {"name": "ca"}}]}}
        ]
    })
}

#[test]
fn every_place_that_names_an_object_is_a_reference() {
    let found: Vec<_> = references(&spec().into())
        .into_iter()
        .map(|found| (found.kind, found.name, found.key, found.by, found.optional))
        .collect();
    let row = |kind, name: &str, key: &str, by, optional| {
        (kind, name.to_owned(), key.to_owned(), by, optional)
    };
    assert_eq!(
        found,
        [
            row(
                ReferenceKind::ConfigMap,
                "api-config",
                "HOST",
                By::Env,
                false
            ),
            row(ReferenceKind::Secret, "db", "password", By::Env, true),
            row(ReferenceKind::ConfigMap, "app-env", "", By::EnvFrom, false),
            row(ReferenceKind::ConfigMap, "files", "", By::Volume, false),
            row(
                ReferenceKind::ConfigMap,
                "files",
                "app.yaml",
                By::VolumeItem,
                false
            ),
            row(
                ReferenceKind::PersistentVolumeClaim,
                "data",
                "",
                By::Volume,
                false
            ),
            row(ReferenceKind::Secret, "tls", "", By::Volume, false),
            row(ReferenceKind::ConfigMap, "ca", "", By::Volume, false),
            row(ReferenceKind::Secret, "registry", "", By::PullSecret, false),
            row(ReferenceKind::ServiceAccount, "api", "", By::Pod, false),
            row(ReferenceKind::PriorityClass, "urgent", "", By::Pod, false),
        ]
    );
}

#[test]
fn what_was_not_read_is_not_missing() {
    let snapshot = Snapshot::new(vec![pod(spec(), json!([]))], Complete::new());
    let pod = snapshot.get("Pod", "shop", "api-1").present().unwrap();
    assert_eq!(missing(&snapshot, pod), []);
}

#[test]
fn a_missing_object_names_the_nearest_one_and_where_else_it_is() {
    let mut snapshot = Snapshot::new(
        vec![
            pod(spec(), json!([])),
            config_map("shop", "api-cofnig", json!({"HOST": ""})),
            config_map("shop", "app-env", json!({})),
            config_map("shop", "files", json!({"app.yml": ""})),
            config_map("shop", "ca", json!({"ca.crt": ""})),
            config_map("other", "api-config", json!({"HOST": ""})),
        ],
        Complete::new(),
    );
    snapshot.mark_complete("ConfigMap", Some("shop"));
    let pod = snapshot.get("Pod", "shop", "api-1").present().unwrap();
    let found = missing(&snapshot, pod);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[0].reference.name, "api-config");
    assert!(found[0].object.is_absent());
    assert_eq!(found[0].nearest_name, "api-cofnig");
    assert_eq!(found[0].elsewhere, ["other"]);
    assert_eq!(found[1].reference.key, "app.yaml");
    assert!(found[1].object.is_present() && found[1].key.is_absent());
    assert_eq!(found[1].nearest_key, "app.yml");
    assert_eq!(found[1].keys, ["app.yml"]);
}

#[test]
fn the_kubelets_words_are_enough_where_nothing_was_read() {
    let statuses = json!([{"name": "api", "state": {"waiting": {
        "reason": "CreateContainerConfigError",
        "message": "couldn't find key HOST in ConfigMap shop/api-config"}}}]);
    let snapshot = Snapshot::new(vec![pod(spec(), statuses)], Complete::new());
    let pod = snapshot.get("Pod", "shop", "api-1").present().unwrap();
    let found = missing(&snapshot, pod);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].reference.key, "HOST");
    assert_eq!(found[0].reference.variable, "HOST");
    assert!(found[0].object.is_present() && found[0].key.is_absent());
}

#[test]
fn an_event_about_a_volume_names_the_key_as_long_as_the_pod_waits() {
    let event = Object::new(json!({
        "kind": "Event", "metadata": {"name": "e", "namespace": "shop"}, "type": "Warning",
        "involvedObject": {"uid": "p"}, "reason": "FailedMount",
        "message": "MountVolume.SetUp failed for volume \"cfg\" : configmap references non-existent config key: app.yaml"}));
    let waiting = json!([{"name": "api", "state": {"waiting": {"reason": "ContainerCreating"}}}]);
    let running = json!([{"name": "api", "state": {"running": {}}}]);
    for (statuses, count) in [(waiting, 1), (running, 0)] {
        let snapshot = Snapshot::new(vec![pod(spec(), statuses), event.clone()], Complete::new());
        let pod = snapshot.get("Pod", "shop", "api-1").present().unwrap();
        let found = missing(&snapshot, pod);
        assert_eq!(found.len(), count, "{found:#?}");
    }
}

#[test]
fn the_environment_tells_what_is_set_and_what_is_not() {
    let objects = || {
        vec![
            pod(spec(), json!([])),
            config_map("shop", "app-env", json!({"MAIL_HOST": "", "PORT": ""})),
            config_map("shop", "api-config", json!({"HOST": "", "SMTP_USER": ""})),
        ]
    };
    let snapshot = Snapshot::new(objects(), Complete::new());
    let pod = snapshot.get("Pod", "shop", "api-1").present().unwrap();
    let given = environment(&snapshot, pod, "api");
    assert_eq!(given.has("PLAIN"), Presence::Present(()));
    assert_eq!(given.has("HOST"), Presence::Present(()));
    assert_eq!(given.has("APP_PORT"), Presence::Present(()));
    assert_eq!(given.has("SMTP_HOST"), Presence::Absent);
    assert_eq!(given.has("PASSWORD"), Presence::Unknown);
    assert_eq!(given.has("WEB_SERVICE_HOST"), Presence::Unknown);
    assert_eq!(
        given.names(),
        [
            "APP_MAIL_HOST",
            "APP_PORT",
            "HOST",
            "IP",
            "PASSWORD",
            "PLAIN"
        ]
    );

    let near = offer(&snapshot, pod, "api", "APP_SMTP_HOST").unwrap();
    assert_eq!(
        (near.key.as_str(), near.name.as_str(), near.loaded),
        ("APP_MAIL_HOST", "app-env", true)
    );
    let exact = offer(&snapshot, pod, "api", "SMTP_USER").unwrap();
    assert_eq!(
        (exact.key.as_str(), exact.name.as_str(), exact.loaded),
        ("SMTP_USER", "api-config", false)
    );
    assert_eq!(offer(&snapshot, pod, "api", "COMPLETELY_DIFFERENT"), None);
}

#[test]
fn what_is_loaded_and_was_not_read_leaves_a_variable_unknown() {
    let snapshot = Snapshot::new(vec![pod(spec(), json!([]))], Complete::new());
    let pod = snapshot.get("Pod", "shop", "api-1").present().unwrap();
    let given = environment(&snapshot, pod, "api");
    assert_eq!(given.has("APP_X"), Presence::Unknown);
    assert_eq!(given.has("X"), Presence::Absent);
}
