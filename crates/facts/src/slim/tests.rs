mod properties;

use serde_json::{Value, json};

use super::{Hint, Page, Reader};
use crate::{Object, Pool, managed_by};

fn slim(value: Value) -> Result<Object, serde_json::Error> {
    super::slim(&value)
}

fn page(bytes: &[u8], hint: Hint<'_>) -> Result<Page, serde_json::Error> {
    Reader::of_many(&Pool::default()).page(bytes, hint)
}

fn slimmed(value: Value) -> Value {
    let once = slim(value).unwrap().to_value();
    assert_eq!(
        slim(once.clone()).unwrap().to_value(),
        once,
        "making it small again changes nothing"
    );
    once
}

#[test]
fn a_pod_keeps_what_diagnoses_read_and_loses_its_defaults() {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-1", "generateName": "web-", "namespace": "shop", "uid": "u1",
            "resourceVersion": "7", "creationTimestamp": "2026-11-21T10:00:00Z",
            "deletionTimestamp": "2026-11-21T11:00:00Z", "finalizers": ["a/b"],
            "labels": {"app": "web"}, "annotations": {"a": "b"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web",
                                 "uid": "u2", "controller": true, "blockOwnerDeletion": true}],
            "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:status": {}}}],
        },
        "spec": {
            "containers": [{
                "name": "web", "image": "web:1", "imagePullPolicy": "IfNotPresent",
                "command": ["web"], "args": ["--port", "80"],
                "env": [{"name": "A", "value": ""},
                        {"name": "IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}}],
                "envFrom": [{"configMapRef": {"name": "web"}}],
                "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
                "readinessProbe": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
                                   "periodSeconds": 10, "failureThreshold": 3, "successThreshold": 1},
                "resources": {}, "securityContext": {"runAsUser": 1000},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
                "volumeMounts": [
                    {"name": "data", "mountPath": "/data"},
                    {"name": "kube-api-access-x", "readOnly": true,
                     "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
            }],
            "dnsPolicy": "ClusterFirst", "enableServiceLinks": true, "nodeName": "n1",
            "preemptionPolicy": "PreemptLowerPriority", "priority": 0, "restartPolicy": "Always",
            "schedulerName": "default-scheduler", "securityContext": {},
            "serviceAccount": "default", "serviceAccountName": "default",
            "terminationGracePeriodSeconds": 30,
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists",
                 "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists",
                 "effect": "NoExecute", "tolerationSeconds": 300}],
            "volumes": [{"name": "kube-api-access-x", "projected": {"sources": []}},
                        {"name": "data", "emptyDir": {}}],
        },
        "status": {
            "phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}],
            "hostIP": "10.1.0.1", "hostIPs": [], "startTime": "2026-11-21T10:00:00Z", "qosClass": "Burstable",
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady",
                            "message": "m", "lastProbeTime": null, "lastTransitionTime": "t"}],
            "containerStatuses": [{
                "name": "web", "image": "web:1", "imageID": "web@sha256:1", "containerID": "containerd://1",
                "ready": false, "started": false, "restartCount": 3, "state": {},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "containerID": "containerd://0",
                                             "message": "boom", "finishedAt": "t"}},
            }],
        },
    });
    insta::assert_json_snapshot!(slimmed(pod));
}

#[test]
fn what_is_not_at_its_default_stays() {
    let pod = json!({
        "kind": "Pod",
        "spec": {
            "containers": [{"name": "web", "imagePullPolicy": "Never",
                            "resources": {"limits": {"memory": "1Gi"}},
                            "terminationMessagePolicy": "FallbackToLogsOnError"}],
            "dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.9"]},
            "priority": 100, "priorityClassName": "high", "schedulerName": "mine",
            "hostNetwork": true, "nodeSelector": {"disk": "ssd"},
            "affinity": {"nodeAffinity": {}}, "topologySpreadConstraints": [{"maxSkew": 1}],
            "imagePullSecrets": [{"name": "registry"}], "readinessGates": [{"conditionType": "a"}],
            "schedulingGates": [{"name": "g"}], "terminationGracePeriodSeconds": 0,
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists",
                             "effect": "NoExecute", "tolerationSeconds": 5}],
        },
    });
    assert_eq!(slimmed(pod.clone()), pod);
}

#[test]
fn of_a_ready_pod_the_conditions_before_that_are_left_out() {
    let conditions = |ready: &str| {
        let all = [
            "PodScheduled",
            "Initialized",
            "ContainersReady",
            "DisruptionTarget",
        ];
        let mut all: Vec<_> = all
            .map(|kind| json!({"type": kind, "status": "True"}))
            .into();
        all.push(json!({"type": "Ready", "status": ready}));
        let pod = slimmed(json!({"kind": "Pod", "status": {"conditions": all}}));
        pod["status"]["conditions"].as_array().unwrap().len()
    };
    assert_eq!(conditions("True"), 3);
    assert_eq!(conditions("False"), 5);
}

#[test]
fn a_pod_template_is_left_to_the_letter() {
    let template = json!({
        "metadata": {"creationTimestamp": null, "annotations": {"a": "x".repeat(5000)}},
        "spec": {"containers": [{"name": "web", "resources": {}, "imagePullPolicy": "IfNotPresent",
                                 "terminationMessagePath": "/dev/termination-log"}],
                 "dnsPolicy": "ClusterFirst", "serviceAccount": "default"},
    });
    for (kind, path, spec) in [
        (
            "Deployment",
            "/spec/template",
            json!({"template": template}),
        ),
        (
            "ReplicaSet",
            "/spec/template",
            json!({"template": template}),
        ),
        (
            "CronJob",
            "/spec/jobTemplate/spec/template",
            json!({"jobTemplate": {"spec": {"template": template}}}),
        ),
    ] {
        let object = slimmed(json!({"kind": kind, "spec": spec}));
        assert_eq!(object.pointer(path), Some(&template), "{kind}");
    }
}

#[test]
fn values_of_a_config_map_leave_only_their_names_sizes_and_a_digest() {
    let map = |value: &str| {
        json!({
            "apiVersion": "v1", "data": {"MAIL_HOST": value, "EMPTY": ""},
            "binaryData": {"logo": "AAAA"}, "kind": "ConfigMap", "metadata": {"name": "web"},
        })
    };
    let small = slimmed(map("mail.shop"));
    assert_eq!(small["data"], json!({"MAIL_HOST": "", "EMPTY": ""}));
    assert_eq!(small["binaryData"], json!({"logo": ""}));
    assert_eq!(
        small["dataSizes"],
        json!({"MAIL_HOST": 9, "EMPTY": 0, "logo": 4})
    );
    assert_ne!(
        small["dataDigest"],
        slimmed(map("mail.show"))["dataDigest"],
        "another value is another digest"
    );
    assert!(!small.to_string().contains("mail.shop"));
}

#[test]
fn no_value_of_a_secret_survives() {
    let secret = |kind: &str| {
        json!({
            "apiVersion": "v1",
            "data": {"tls.crt": "Q0VSVA==", "tls.key": "S0VZ", "password": "aHVudGVyMg=="},
            "stringData": {"plain": "hunter2"},
            "kind": "Secret", "metadata": {"name": "web", "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":\"hunter2\"}"}},
            "type": kind,
        })
    };
    let opaque = slimmed(secret("Opaque"));
    assert_eq!(
        opaque["data"],
        json!({"tls.crt": "", "tls.key": "", "password": ""})
    );
    let tls = slimmed(secret("kubernetes.io/tls"));
    assert_eq!(
        tls["data"],
        json!({"tls.crt": "", "tls.key": "", "password": ""})
    );
    assert_eq!(tls["metadata"]["annotations"].as_object().unwrap().len(), 1);
    for small in [opaque, tls] {
        let text = small.to_string();
        assert!(!text.contains("hunter2") && !text.contains("S0VZ") && !text.contains("aHVu"));
    }
    // Nobody says what it is: it may be a Secret.
    let nameless = json!({"data": {"password": "aHVudGVyMg==", "tls.crt": "x"}});
    assert!(slimmed(nameless).get("data").is_none());
}

#[test]
fn no_value_survives_whatever_somebody_else_says_an_object_is() {
    let pool = Pool::default();
    let values = r#"{"password": "hunter2", "app.conf": "hunter2"}"#;
    for hint in [
        "",
        "Pod",
        "Event",
        "ConfigMap",
        "Secret",
        "ControllerRevision",
        "Widget",
    ] {
        for kind in ["ConfigMap", "Secret"] {
            let first = format!(r#"{{"kind": "{kind}", "data": {values}}}"#);
            let last = format!(r#"{{"binaryData": {values}, "data": {values}, "kind": "{kind}"}}"#);
            for text in [&first, &last] {
                let object = Reader::of_one(&pool)
                    .object(text, Hint::of(hint, "v1"))
                    .unwrap();
                assert_eq!(object.kind(), kind);
                assert!(
                    !object.json().to_string().contains("hunter2"),
                    "{hint}: {text}"
                );
                assert!(object.at("/data/password").is_some(), "{hint}: {text}");
            }
        }
    }
    // What holds no values is kept, though it comes before the word for it.
    let revision = r#"{"data": {"spec": {"template": 1}}, "kind": "ControllerRevision"}"#;
    for hint in ["", "Pod", "ControllerRevision"] {
        let object = Reader::of_one(&pool)
            .object(revision, Hint::of(hint, "v1"))
            .unwrap();
        assert_eq!(object.int("/data/spec/template"), Some(1));
    }
}

#[test]
fn of_annotations_of_what_holds_values_only_those_that_tell_who_manages_it_keep_theirs() {
    let object = slimmed(json!({
        "kind": "Secret",
        "metadata": {"annotations": {
            "meta.helm.sh/release-name": "shop",
            "objectset.rio.cattle.io/applied": "H4sIhunter2",
            "odd": {"deep": "hunter2"}, "list": ["hunter2"],
        }},
    }));
    assert_eq!(
        object["metadata"]["annotations"],
        json!({"meta.helm.sh/release-name": "shop", "objectset.rio.cattle.io/applied": "",
               "odd": {}, "list": [""]})
    );
}

#[test]
fn the_mark_of_kubectl_apply_stays_without_what_it_copied() {
    let object = slimmed(json!({
        "kind": "Deployment",
        "metadata": {"annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{\"spec\": 1}",
            "long": "é".repeat(2000),
        }},
    }));
    let small = slim(object.clone()).unwrap();
    assert_eq!(
        managed_by(&small).unwrap().to_string(),
        "a manifest applied with kubectl"
    );
    assert!(!object.to_string().contains("spec"));
    assert_eq!(small.annotation("long").unwrap().len(), 1024);
}

#[test]
fn of_those_who_wrote_an_object_people_and_their_tools_stay() {
    let object = slimmed(json!({
        "kind": "Deployment",
        "metadata": {"managedFields": [
            {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}},
            {"manager": "argocd-controller", "operation": "Apply", "time": "t", "apiVersion": "apps/v1",
             "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}}},
        ]},
    }));
    assert_eq!(
        object["metadata"]["managedFields"],
        json!([{"manager": "argocd-controller", "operation": "Apply", "time": "t"}])
    );
}

#[test]
fn of_those_who_wrote_a_config_map_it_is_kept_whether_they_wrote_values() {
    let object = slimmed(json!({
        "kind": "ConfigMap",
        "metadata": {"managedFields": [
            {"manager": "kubectl-edit", "operation": "Update", "time": "t",
             "fieldsV1": {"f:data": {"f:secret-word": {}}, "f:metadata": {"f:labels": {}}}},
            {"manager": "kubectl-label", "operation": "Update", "time": "u",
             "fieldsV1": {"f:metadata": {"f:labels": {}}}},
        ]},
    }));
    assert_eq!(
        object["metadata"]["managedFields"],
        json!([
            {"manager": "kubectl-edit", "operation": "Update", "time": "t", "fieldsV1": {"f:data": {}}},
            {"manager": "kubectl-label", "operation": "Update", "time": "u", "fieldsV1": {}},
        ])
    );
}

#[test]
fn a_node_loses_its_images_and_an_event_what_nothing_reads() {
    let node = slimmed(json!({
        "kind": "Node", "spec": {"taints": [{"key": "a"}], "podCIDRs": ["10.0.0.0/24"]},
        "status": {"images": [{"names": ["a"]}], "conditions": [{"type": "Ready"}],
                   "allocatable": {"cpu": "4"}},
    }));
    assert_eq!(
        node,
        json!({"kind": "Node", "spec": {"taints": [{"key": "a"}]},
               "status": {"conditions": [{"type": "Ready"}], "allocatable": {"cpu": "4"}}})
    );
    let event = slimmed(json!({
        "kind": "Event", "metadata": {"name": "e", "managedFields": []},
        "involvedObject": {"kind": "Pod", "name": "web", "uid": "u", "resourceVersion": "5",
                           "fieldPath": "spec.containers{web}"},
        "reason": "BackOff", "message": "m".repeat(9000), "type": "Warning", "count": 3,
        "eventTime": null, "action": "", "reportingComponent": "", "reportingInstance": "n1",
        "source": {"component": "kubelet"},
    }));
    assert_eq!(event["message"].as_str().unwrap().len(), 4096);
    let keys: Vec<_> = event.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "kind",
            "metadata",
            "involvedObject",
            "reason",
            "message",
            "type",
            "count",
            "source"
        ]
    );
    assert!(event.pointer("/involvedObject/resourceVersion").is_none());
}

#[test]
fn items_of_a_list_are_told_what_they_are_wherever_the_list_says_it() {
    let after =
        br#"{"apiVersion": "v1", "items": [{"metadata": {"name": "a"}}], "kind": "PodList"}"#;
    let before = br#"{"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": "next",
        "resourceVersion": "9"}, "items": [{"metadata": {"name": "a"}}, 5, null, ["x"]]}"#;
    for bytes in [&after[..], before] {
        let found = page(bytes, Hint::default()).unwrap();
        let item = found.items.first().unwrap();
        assert_eq!(
            (item.kind(), item.text("/apiVersion"), item.name()),
            ("Pod", "v1", "a")
        );
    }
    let found = page(before, Hint::of("Pod", "v1")).unwrap();
    assert_eq!(found.more.as_deref(), Some("next"));
    assert_eq!((found.resource_version.as_str(), found.odd), ("9", 3));
    let empty = page(br#"{"items": null}"#, Hint::of("Pod", "v1")).unwrap();
    assert_eq!(empty, Page::default());
    // An item that says itself what it is is believed.
    let mixed = br#"{"kind": "List", "items": [{"kind": "Node", "metadata": {"name": "n"}}]}"#;
    let found = page(mixed, Hint::default()).unwrap();
    assert_eq!(found.items.first().unwrap().kind(), "Node");
}

#[test]
fn half_a_list_and_what_is_none_are_errors() {
    let whole = br#"{"kind": "PodList", "items": [{"metadata": {"name": "a"}}]}"#;
    for end in 0..whole.len() {
        let half = whole.get(..end).unwrap();
        assert!(page(half, Hint::of("Pod", "v1")).is_err(), "{end}");
    }
    for bytes in [
        &b"[]"[..],
        b"null",
        b"{}",
        br#"{"items": {}}"#,
        b"\xff",
        br#"{"items": []} x"#,
    ] {
        assert!(page(bytes, Hint::default()).is_err());
    }
}

#[test]
fn deep_nesting_and_wrong_types_are_no_danger() {
    let mut deep = json!(1);
    for _ in 0..500 {
        deep = json!([deep]);
    }
    assert!(slim(json!({"kind": "Pod", "spec": deep})).is_err());
    for wrong in [
        json!(1),
        json!("x"),
        json!([1]),
        json!({"a": 1}),
        json!(null),
        json!(true),
    ] {
        for kind in [
            "Pod",
            "Event",
            "ConfigMap",
            "Secret",
            "Node",
            "Deployment",
            "EndpointSlice",
        ] {
            slimmed(
                json!({"kind": kind, "metadata": wrong, "spec": wrong, "status": wrong,
                           "data": wrong, "endpoints": wrong, "involvedObject": wrong}),
            );
            slimmed(
                json!({"kind": kind, "metadata": {"annotations": wrong, "managedFields": wrong},
                           "data": {"a": wrong}, "spec": {"containers": wrong, "tolerations": wrong},
                           "status": {"containerStatuses": wrong, "conditions": wrong}}),
            );
        }
        slimmed(json!({"kind": wrong, "data": wrong}));
    }
}

#[test]
fn a_certificate_becomes_its_end_and_its_hosts_whatever_comes_first() {
    let pem = crate::certificate::sample();
    let value = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pem);
    let first = json!({"data": {"tls.crt": value, "tls.key": "S0VZ"}, "kind": "Secret",
                       "metadata": {"name": "web"}, "type": "kubernetes.io/tls"});
    let last = json!({"kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": "web"},
                      "data": {"tls.crt": value, "tls.key": "S0VZ"}});
    for secret in [first, last] {
        let small = slimmed(secret);
        let notes = &small["metadata"]["annotations"];
        assert_eq!(notes[crate::NOT_AFTER], "2027-02-19T12:02:43.000000Z");
        assert_eq!(
            notes[crate::CERTIFICATE_HOSTS],
            "shop.example,*.shop.example"
        );
        assert_eq!(small["data"], json!({"tls.crt": "", "tls.key": ""}));
        assert_eq!(slimmed(small.clone()), small, "again changes nothing");
    }
    let opaque = slimmed(
        json!({"kind": "Secret", "type": "Opaque", "metadata": {"name": "web"},
                                "data": {"tls.crt": value}}),
    );
    assert!(opaque["metadata"].get("annotations").is_none());
}
