//! Each line, of one small cluster after another.

use facts::Object;
use serde_json::{Value, json};

use super::{object, one, owned, plain, seen, template, web};
use crate::dimensions::Standing;

#[test]
fn each_line_tells_what_is_there_and_whether_it_is_to_be_known() {
    let with = |field: &str, value: Value| {
        let mut spec = plain();
        spec[field] = value;
        spec
    };
    let env =
        |from: Value| json!({"containers": [{"name": "web", "image": "web:2", "envFrom": [from]}]});
    let claims = with(
        "volumes",
        json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]),
    );
    let old = |spec: Value| {
        object(
            "ReplicaSet",
            "web-1",
            json!({
                "metadata": {"ownerReferences": owned("Deployment/web"),
                             "annotations": {"deployment.kubernetes.io/revision": "1"}},
                "spec": {"replicas": 0, "template": template(spec)}}),
        )
    };
    let service = object(
        "Service",
        "web",
        json!({"spec": {"selector": {"app": "web"},
                        "ports": [{"port": 80, "targetPort": 8080}]}}),
    );
    let slice = object(
        "EndpointSlice",
        "web-x",
        json!({"metadata": {"labels": {"kubernetes.io/service-name": "web"}},
               "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": false}}]}),
    );
    let ingress = object(
        "Ingress",
        "shop",
        json!({"spec": {"rules": [{"host": "shop.example", "http": {"paths": [
            {"path": "/", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}}),
    );
    let rule = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                       "resources": ["pods"]}]);
    let hook = object(
        "ValidatingWebhookConfiguration",
        "policy",
        json!({"webhooks": [{"name": "pods.policy.example", "failurePolicy": "Fail",
            "rules": rule,
            "clientConfig": {"service": {"namespace": "policy", "name": "gone"}}}]}),
    );
    let space = object(
        "Namespace",
        "shop",
        json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}),
    );
    let node = |status: &str, spec: Value| {
        object(
            "Node",
            "worker-1",
            json!({"spec": spec,
                   "status": {"conditions": [{"type": "Ready", "status": status}]}}),
        )
    };
    let policy = |name: &str, spec: Value| object("NetworkPolicy", name, json!({"spec": spec}));
    type Case = (&'static str, Value, Vec<Object>, bool, &'static str);
    let table: Vec<Case> = vec![
        (
            "rollout",
            json!({"containers": [{"name": "web", "image": "web:2",
                "env": [{"name": "PORT", "value": "80"}]}]}),
            vec![old(json!({"containers": [{"name": "web", "image": "web:1",
                "env": [{"name": "QUEUE_URL", "value": "amqp://q"},
                        {"name": "PORT", "value": "80"}]}]}))],
            true,
            "revision 2 has 0 of 1 pods ready, it changed containers[web].image: web:1 → web:2, \
             containers[web].env[QUEUE_URL] (removed)",
        ),
        (
            "config",
            env(json!({"configMapRef": {"name": "api"}})),
            vec![object(
                "ConfigMap",
                "api",
                json!({"data": {"PORT": "1", "MAIL_HOST": "mail"}}),
            )],
            false,
            "ConfigMap api (keys MAIL_HOST, PORT)",
        ),
        (
            "config",
            env(json!({"configMapRef": {"name": "api"}})),
            vec![],
            true,
            "ConfigMap api does not exist",
        ),
        (
            "config",
            env(json!({"secretRef": {"name": "api"}})),
            vec![],
            false,
            "Secret api (not read)",
        ),
        (
            "wiring",
            plain(),
            vec![service, slice, ingress],
            true,
            "Service web:80 → 8080, 0 of 1 endpoints ready; Ingress shop shop.example/",
        ),
        (
            "storage",
            claims.clone(),
            vec![object(
                "PersistentVolumeClaim",
                "data",
                json!({"spec": {"storageClassName": "fast"},
                       "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}}}),
            )],
            false,
            "PVC data Bound, 10Gi, class fast",
        ),
        (
            "storage",
            claims.clone(),
            vec![object(
                "PersistentVolumeClaim",
                "data",
                json!({"spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"}}),
            )],
            true,
            "PVC data Pending, class fast does not exist",
        ),
        ("storage", claims, vec![], true, "PVC data does not exist"),
        (
            "node",
            plain(),
            vec![node("True", json!({}))],
            false,
            "worker-1 Ready, no taints",
        ),
        (
            "node",
            plain(),
            vec![node(
                "False",
                json!({"unschedulable": true,
                       "taints": [{"key": "gpu", "effect": "NoSchedule"}]}),
            )],
            true,
            "worker-1 not Ready, cordoned, taints gpu:NoSchedule",
        ),
        (
            "limits",
            plain(),
            vec![
                object(
                    "ResourceQuota",
                    "team",
                    json!({"status": {"hard": {"pods": "10", "services.loadbalancers": "0"},
                                      "used": {"pods": "10", "services.loadbalancers": "0"}}}),
                ),
                object(
                    "LimitRange",
                    "usual",
                    json!({"spec": {"limits": [{"type": "Container", "max": {"memory": "1Gi"}}]}}),
                ),
            ],
            true,
            "quota team is full: pods 10/10, services.loadbalancers 0/0; limit range usual: \
             container memory ≤ 1Gi",
        ),
        (
            "limits",
            plain(),
            vec![object(
                "ResourceQuota",
                "team",
                json!({"status": {"hard": {"pods": "10", "services.loadbalancers": "0"},
                                  "used": {"pods": "9", "services.loadbalancers": "0"}}}),
            )],
            false,
            "quota team: pods 9/10, services.loadbalancers 0/0",
        ),
        (
            "scaling",
            plain(),
            vec![
                object(
                    "HorizontalPodAutoscaler",
                    "web",
                    json!({"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"},
                                    "minReplicas": 2, "maxReplicas": 10},
                           "status": {"currentReplicas": 2}}),
                ),
                object(
                    "PodDisruptionBudget",
                    "web",
                    json!({"spec": {"selector": {}}, "status": {"disruptionsAllowed": 1}}),
                ),
            ],
            false,
            "HPA web 2…10, now 2; PDB web: 1 may go",
        ),
        (
            "network",
            plain(),
            vec![
                policy("default-deny", json!({"podSelector": {}})),
                policy(
                    "allow-dns",
                    json!({"podSelector": {"matchLabels": {"app": "web"}},
                           "policyTypes": ["Egress"]}),
                ),
                policy(
                    "others",
                    json!({"podSelector": {"matchLabels": {"app": "db"}}}),
                ),
            ],
            false,
            "2 NetworkPolicies select it: allow-dns (Egress), default-deny (Ingress)",
        ),
        (
            "access",
            with("serviceAccountName", json!("web")),
            vec![
                object("ServiceAccount", "web", json!({})),
                object(
                    "RoleBinding",
                    "web",
                    json!({"roleRef": {"kind": "Role", "name": "gone"},
                           "subjects": [{"kind": "ServiceAccount", "name": "web"}]}),
                ),
            ],
            true,
            "RoleBinding shop/web names a role that does not exist; ServiceAccount web",
        ),
        (
            "access",
            plain(),
            vec![object("ServiceAccount", "default", json!({}))],
            false,
            "ServiceAccount default; no role is bound to it",
        ),
        (
            "admission",
            plain(),
            vec![space, hook],
            true,
            "webhook pods.policy.example is asked, and nobody is there; pod security baseline",
        ),
    ];
    for (name, spec, more, notable, text) in table {
        let found = one(&seen(web(&spec), more), name);
        assert_eq!(found, (Standing::Found, notable, text.to_owned()));
    }
}
