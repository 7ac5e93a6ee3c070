//! What stands beside a workload: what each line says of what is there, of nothing, and of what was
//! not seen; and what of it is to be known by whoever mends.

mod table;

use facts::{Object, Snapshot};
use model::ObjectRef;
use serde_json::{Value, json};

use crate::beside::{Beside, beside};
use crate::dimensions::Standing;

/// Every kind that is looked at, in namespaces and in none.
const KINDS: &[&str] = &[
    "ConfigMap",
    "ControllerRevision",
    "Deployment",
    "EndpointSlice",
    "HorizontalPodAutoscaler",
    "Ingress",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "ReplicaSet",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "ClusterRole",
    "ClusterRoleBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

fn object(kind: &str, name: &str, rest: Value) -> Object {
    let mut object = json!({
        "kind": kind, "apiVersion": "v1",
        "metadata": {"namespace": "shop", "name": name, "uid": format!("{kind}/{name}")}});
    let cluster_wide = kind.starts_with("Cluster")
        || kind.ends_with("WebhookConfiguration")
        || ["Namespace", "Node", "PersistentVolume", "StorageClass"].contains(&kind);
    if cluster_wide {
        object["metadata"]
            .as_object_mut()
            .unwrap()
            .remove("namespace");
    }
    for (field, value) in rest.as_object().unwrap() {
        match field.as_str() {
            "metadata" => object["metadata"]
                .as_object_mut()
                .unwrap()
                .extend(value.as_object().unwrap().clone()),
            field => object[field] = value.clone(),
        }
    }
    Object::new(object)
}

fn owned(by: &str) -> Value {
    let (kind, name) = by.split_once('/').unwrap();
    json!([{"uid": by, "kind": kind, "name": name, "controller": true}])
}

fn template(spec: Value) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": spec})
}

fn plain() -> Value {
    json!({"containers": [{"name": "web", "image": "web:2"}]})
}

/// A Deployment whose pods have this spec, with its ReplicaSet and a pod of it that is not ready.
fn web(spec: &Value) -> Vec<Object> {
    let labels = json!({"app": "web"});
    let mut of_pod = spec.clone();
    of_pod["nodeName"] = json!("worker-1");
    vec![
        object(
            "Deployment",
            "web",
            json!({"spec": {"replicas": 1, "template": template(spec.clone())}}),
        ),
        object(
            "ReplicaSet",
            "web-2",
            json!({
                "metadata": {"ownerReferences": owned("Deployment/web"),
                             "annotations": {"deployment.kubernetes.io/revision": "2"}},
                "spec": {"replicas": 1, "template": template(spec.clone())}}),
        ),
        object(
            "Pod",
            "web-2-a",
            json!({
                "metadata": {"ownerReferences": owned("ReplicaSet/web-2"), "labels": labels},
                "spec": of_pod,
                "status": {"phase": "Running",
                           "conditions": [{"type": "Ready", "status": "False"}]}}),
        ),
    ]
}

fn seen(mut objects: Vec<Object>, more: Vec<Object>) -> Snapshot {
    objects.extend(more);
    let complete = KINDS.iter().map(|kind| ((*kind).to_owned(), None));
    Snapshot::new(objects, complete.collect())
}

fn all(snapshot: &Snapshot) -> Vec<Beside> {
    beside(snapshot, &ObjectRef::new("Deployment", "shop", "web"))
}

fn one(snapshot: &Snapshot, name: &str) -> (Standing, bool, String) {
    let found = all(snapshot)
        .into_iter()
        .find(|one| one.name.as_str() == name)
        .unwrap();
    assert!(!found.text.zh.is_empty(), "{name}");
    (found.standing, found.notable, found.text.en)
}

#[test]
fn where_all_was_seen_and_nothing_is_there_it_is_said_so() {
    let mut objects = web(&plain());
    objects.retain(|object| object.kind() != "ReplicaSet" && object.kind() != "Pod");
    objects.push(object("Namespace", "shop", json!({})));
    let told: Vec<_> = all(&seen(objects, vec![]))
        .into_iter()
        .map(|one| (one.name.as_str(), one.standing, one.text.en))
        .collect();
    use Standing::{Found, Nothing};
    let wanted = [
        ("rollout", Nothing, "no revision yet"),
        ("config", Nothing, "refers to no ConfigMap and no Secret"),
        ("wiring", Nothing, "no Service selects it"),
        ("storage", Nothing, "uses no claims"),
        ("node", Nothing, "it has no pods"),
        ("limits", Nothing, "no quota and no limit range"),
        ("scaling", Nothing, "no HPA and no PDB"),
        ("network", Nothing, "no NetworkPolicy selects it"),
        ("access", Found, "ServiceAccount default does not exist"),
        ("admission", Nothing, "no webhook is asked about its pods"),
        (
            "owner",
            Nothing,
            "nothing controls it, and nobody's mark is on it",
        ),
    ];
    assert_eq!(told.len(), wanted.len());
    for ((name, standing, text), told) in wanted.into_iter().zip(told) {
        let text = match name {
            "access" => format!("{text}; no role is bound to it"),
            _ => text.to_owned(),
        };
        assert_eq!(told, (name, standing, text));
    }
}

#[test]
fn what_was_not_read_is_not_said_to_be_nothing() {
    let only = web(&plain()).into_iter().take(1).collect();
    let told = all(&Snapshot::new(only, [].into()));
    for one in &told {
        let named = one.name.as_str();
        // These stand in the Deployment itself.
        let known = ["config", "storage", "access", "owner"].contains(&named);
        assert_eq!(one.standing != Standing::NotSeen, known, "{named}");
        assert!(!one.notable, "{named}");
    }
    let text = |name: &str| {
        let found = told.iter().find(|one| one.name.as_str() == name);
        found.unwrap().text.en.clone()
    };
    assert_eq!(text("rollout"), "ReplicaSet not seen");
    assert_eq!(text("limits"), "ResourceQuota, LimitRange not seen");
    assert_eq!(
        text("access"),
        "ServiceAccount default (RoleBinding, ClusterRoleBinding not seen in full)"
    );
}

#[test]
fn a_row_of_a_table_is_not_taken_for_a_workload_without_anything() {
    let row = object(
        "Deployment",
        "web",
        json!({"metadata": {"uid": "guessed:web"}, "spec": {"replicas": 1}}),
    );
    let snapshot = seen(vec![row], vec![]);
    for name in ["config", "wiring", "storage", "network", "access", "owner"] {
        let (standing, notable, text) = one(&snapshot, name);
        assert_eq!(standing, Standing::NotSeen, "{name}: {text}");
        assert!(!notable, "{name}");
    }
}

#[test]
fn who_would_undo_a_change_by_hand_is_always_to_be_known() {
    let annotated = |name: &str, value: &str| {
        let mut objects = web(&plain());
        let spec = objects.remove(0).to_value();
        let marked = json!({"metadata": {"annotations": {name: value}}, "spec": spec["spec"]});
        objects.push(object("Deployment", "web", marked));
        seen(objects, vec![])
    };
    let argo = annotated(
        "argocd.argoproj.io/tracking-id",
        "shop:apps/Deployment:shop/web",
    );
    let undone = "managed by Argo CD application shop: it undoes what is changed by hand";
    assert_eq!(
        one(&argo, "owner"),
        (Standing::Found, true, undone.to_owned())
    );
    let helm = annotated("meta.helm.sh/release-name", "store");
    let (_, notable, text) = one(&helm, "owner");
    assert!(
        notable && text.contains("its next upgrade overwrites"),
        "{text}"
    );
    let applied = annotated("kubectl.kubernetes.io/last-applied-configuration", "{}");
    assert!(!one(&applied, "owner").1);
    // A pod of it is told the same, with what stands between.
    let pod = ObjectRef::new("Pod", "shop", "web-2-a");
    let owner = beside(&argo, &pod).pop().unwrap();
    assert!(owner.notable);
    assert!(owner.text.en.contains(undone), "{}", owner.text.en);
    assert!(
        owner
            .text
            .en
            .contains("Pod web-2-a ← ReplicaSet web-2 ← Deployment web"),
        "{}",
        owner.text.en
    );
}

#[test]
fn of_what_is_no_workload_only_the_owner_is_told() {
    let service = object(
        "Service",
        "web",
        json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm",
                                       "app.kubernetes.io/instance": "store"}}}),
    );
    let told = beside(
        &seen(vec![service], vec![]),
        &ObjectRef::new("Service", "shop", "web"),
    );
    assert_eq!(told.len(), 1);
    assert!(told[0].notable);
    assert!(
        told[0]
            .text
            .en
            .starts_with("installed by Helm release store")
    );
    assert!(beside(&Snapshot::default(), &ObjectRef::new("Pod", "shop", "x")).is_empty());
}

#[test]
fn values_of_configuration_and_secrets_are_never_told() {
    let old = json!({"containers": [{"name": "web", "image": "web:2",
        "env": [{"name": "DB_PASSWORD", "value": "hunter22-hunter22"}]}]});
    let new = json!({"containers": [{"name": "web", "image": "web:2",
        "env": [{"name": "DB_PASSWORD", "value": "correct-horse-77"}],
        "envFrom": [{"configMapRef": {"name": "api"}}, {"secretRef": {"name": "key"}}]}]});
    let more = vec![
        object(
            "ConfigMap",
            "api",
            json!({"data": {"MOTD": "a-value-of-it"}}),
        ),
        object(
            "Secret",
            "key",
            json!({"data": {"token": "YS12YWx1ZS1vZi1pdA=="}}),
        ),
        object(
            "ReplicaSet",
            "web-1",
            json!({
                "metadata": {"ownerReferences": owned("Deployment/web"),
                             "annotations": {"deployment.kubernetes.io/revision": "1"}},
                "spec": {"replicas": 0, "template": template(old)}}),
        ),
    ];
    let told = format!("{:?}", all(&seen(web(&new), more)));
    for value in ["hunter22", "correct-horse", "a-value-of-it", "YS12YW"] {
        assert!(!told.contains(value), "{told}");
    }
    assert!(told.contains("MOTD") && told.contains("token"), "{told}");
}

#[test]
fn a_line_stays_a_line_however_much_there_is() {
    let keys: serde_json::Map<String, Value> = (0..500)
        .map(|n| (format!("KEY_{n:03}"), json!("")))
        .collect();
    let from: Vec<Value> = (0..50)
        .map(|n| json!({"configMapRef": {"name": format!("config-{n:02}")}}))
        .collect();
    let spec = json!({"containers": [{"name": "web", "image": "web:2", "envFrom": from}]});
    let config = |n: usize| {
        object(
            "ConfigMap",
            &format!("config-{n:02}"),
            json!({"data": keys}),
        )
    };
    // One of them is not there: that is told, though it is far down in the list.
    let more = (0..50).filter(|n| *n != 40).map(config).collect();
    let (_, notable, text) = one(&seen(web(&spec), more), "config");
    assert!(notable);
    assert!(
        text.starts_with("ConfigMap config-40 does not exist; "),
        "{text}"
    );
    assert!(text.ends_with("; and 46 more"), "{text}");
    assert!(text.chars().count() < 600, "{text}");
}
