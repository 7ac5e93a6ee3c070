//! What holds for refusals that are worked out from objects.

use serde_json::{Value, json};

use super::*;
use crate::{Object, Snapshot};

/// A StatefulSet of two pods whose first is there, in a namespace with these other objects.
fn refused(spec: Value, others: Vec<Value>) -> Option<String> {
    let mut template = json!({"containers": [{"name": "db", "image": "db:1"}]});
    if let (Some(template), Some(spec)) = (template.as_object_mut(), spec.as_object()) {
        template.extend(spec.clone());
    }
    let set = Object::new(json!({
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "shop", "uid": "1"},
        "spec": {
            "replicas": 2,
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": template},
            "volumeClaimTemplates": [{
                "metadata": {"name": "data"},
                "spec": {"resources": {"requests": {"storage": "10Gi"}}}
            }]
        }
    }));
    let mut objects = vec![set.clone()];
    let named = |kind: &str, name: &str| {
        Object::new(json!({"kind": kind, "metadata": {"name": name, "namespace": "shop"}}))
    };
    objects.push(named("ServiceAccount", "default"));
    objects.push(named("Pod", "db-0"));
    objects.extend(others.into_iter().map(Object::new));
    let mut snapshot = Snapshot::new(objects, crate::Complete::default());
    for kind in [
        "Pod",
        "PersistentVolumeClaim",
        "ServiceAccount",
        "PriorityClass",
        "Service",
    ] {
        snapshot.mark_complete(kind, None);
    }
    refusal(Scene::new(&snapshot), &set)
}

fn namespace(labels: Value) -> Value {
    json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": labels}})
}

fn quota(hard: Value, used: Value) -> Value {
    json!({
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": "shop"},
        "spec": {"hard": hard},
        "status": {"hard": hard, "used": used}
    })
}

fn range(rule: Value) -> Value {
    json!({
        "kind": "LimitRange",
        "metadata": {"name": "bounds", "namespace": "shop"},
        "spec": {"limits": [rule]}
    })
}

fn containers(resources: Value) -> Value {
    json!({"containers": [{"name": "db", "resources": resources}]})
}

#[test]
fn nothing_refuses_a_pod_of_which_nothing_bad_is_known() {
    assert_eq!(refused(json!({}), vec![]), None);
    let unread = json!({"runtimeClassName": "gvisor"});
    assert_eq!(refused(unread, vec![namespace(json!({}))]), None);
}

#[test]
fn an_account_or_a_class_that_is_not_there_is_named() {
    assert_eq!(
        refused(json!({"serviceAccountName": "keeper"}), vec![]).as_deref(),
        Some(
            "pods \"db-\" is forbidden: error looking up service account shop/keeper: serviceaccount \"keeper\" not found"
        )
    );
    assert_eq!(
        refused(json!({"priorityClassName": "gold"}), vec![]).as_deref(),
        Some("pods \"db-\" is forbidden: no PriorityClass with name gold was found")
    );
    let builtin = json!({"priorityClassName": "system-node-critical"});
    assert_eq!(refused(builtin, vec![]), None);
}

#[test]
fn a_quota_refuses_what_is_more_than_is_left() {
    let resources = || containers(json!({"requests": {"memory": "1Gi"}}));
    let full = quota(
        json!({"requests.memory": "2Gi", "pods": "10"}),
        json!({"requests.memory": "1536Mi", "pods": "1"}),
    );
    assert_eq!(
        refused(resources(), vec![full]).as_deref(),
        Some(
            "pods \"db-\" is forbidden: exceeded quota: small, requested: requests.memory=1Gi, used: requests.memory=1536Mi, limited: requests.memory=2Gi"
        )
    );
    let room = quota(
        json!({"requests.memory": "3Gi"}),
        json!({"requests.memory": "1Gi"}),
    );
    assert_eq!(refused(resources(), vec![room]), None);
    let unstated = quota(
        json!({"limits.memory": "3Gi"}),
        json!({"limits.memory": "0"}),
    );
    assert_eq!(
        refused(resources(), vec![unstated.clone()]).as_deref(),
        Some("pods \"db-\" is forbidden: failed quota: small: must specify limits.memory for: db")
    );
    let default = range(json!({"type": "Container", "default": {"memory": "2Gi"}}));
    assert_eq!(refused(resources(), vec![unstated, default]), None);
}

#[test]
fn a_quota_of_another_scope_does_not_count_the_pod() {
    let mut full = quota(json!({"pods": "1"}), json!({"pods": "1"}));
    assert!(refused(json!({}), vec![full.clone()]).is_some());
    full["spec"]["scopes"] = json!(["Terminating"]);
    assert_eq!(refused(json!({}), vec![full.clone()]), None);
    full["spec"]["scopes"] = json!(["BestEffort"]);
    assert!(refused(json!({}), vec![full.clone()]).is_some());
    full["spec"] = json!({"scopeSelector": {"matchExpressions": [
        {"scopeName": "PriorityClass", "operator": "In", "values": ["gold"]}
    ]}});
    assert_eq!(refused(json!({}), vec![full]), None);
}

#[test]
fn a_quota_may_refuse_the_claim_of_the_next_pod() {
    let full = quota(
        json!({"requests.storage": "10Gi"}),
        json!({"requests.storage": "10Gi"}),
    );
    assert_eq!(
        refused(json!({}), vec![full.clone()]).as_deref(),
        Some(
            "persistentvolumeclaims \"data-db-1\" is forbidden: exceeded quota: small, requested: requests.storage=10Gi, used: requests.storage=10Gi, limited: requests.storage=10Gi"
        )
    );
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data-db-1", "namespace": "shop"}});
    assert_eq!(refused(json!({}), vec![full, claim]), None);
}

#[test]
fn a_limit_range_refuses_what_is_out_of_its_bounds() {
    let most = range(json!({"type": "Container", "max": {"memory": "1Gi"}}));
    let told = |resources, rule| refused(containers(resources), vec![rule]).unwrap_or_default();
    assert_eq!(
        told(json!({"limits": {"memory": "2Gi"}}), most.clone()),
        "pods \"db-\" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi"
    );
    assert_eq!(
        told(json!({}), most.clone()),
        "pods \"db-\" is forbidden: maximum memory usage per Container is 1Gi, but no limit is specified"
    );
    assert_eq!(told(json!({"limits": {"memory": "1Gi"}}), most), "");
    let whole = range(json!({"type": "Pod", "max": {"cpu": "1"}}));
    assert_eq!(
        told(json!({"limits": {"cpu": "1500m"}}), whole),
        "pods \"db-\" is forbidden: maximum cpu usage per Pod is 1, but limit is 1.5"
    );
    let default = range(json!({"type": "Container", "default": {"memory": "512Mi"}}));
    assert_eq!(
        told(json!({"requests": {"memory": "1Gi"}}), default),
        "Pod \"db-\" is invalid: spec.containers[0].resources.requests: Invalid value: \"1Gi\": must be less than or equal to memory limit of 512Mi"
    );
    let ratio = range(json!({"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}));
    assert_eq!(
        told(
            json!({"limits": {"cpu": "1"}, "requests": {"cpu": "250m"}}),
            ratio
        ),
        "pods \"db-\" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4"
    );
}

#[test]
fn a_level_of_pod_security_refuses_what_it_forbids() {
    let at = |level: &str| namespace(json!({"pod-security.kubernetes.io/enforce": level}));
    assert_eq!(
        refused(json!({}), vec![at("restricted")]).as_deref(),
        Some(
            "pods \"db-\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false (container \"db\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"db\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"db\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container \"db\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        )
    );
    assert_eq!(refused(json!({}), vec![at("baseline")]), None);
    assert_eq!(
        refused(
            json!({"hostNetwork": true, "volumes": [{"name": "root", "hostPath": {"path": "/"}}]}),
            vec![at("baseline")]
        )
        .as_deref(),
        Some(
            "pods \"db-\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true), hostPath volumes (volume \"root\")"
        )
    );
    let modest = json!({
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "db", "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}
        }}]
    });
    assert_eq!(refused(modest, vec![at("restricted")]), None);
    let bare = json!({"hostPID": true});
    assert_eq!(refused(bare, vec![at("privileged")]), None);
}

#[test]
fn a_webhook_that_nobody_answers_refuses_the_pods_it_is_asked_about() {
    let hook = |policy: &str, selector: Value| {
        json!({
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "guard"},
            "webhooks": [{
                "name": "pods.guard.io",
                "failurePolicy": policy,
                "namespaceSelector": selector,
                "clientConfig": {"service": {"namespace": "guard", "name": "guard", "path": "/check"}},
                "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]
            }]
        })
    };
    let space = || namespace(json!({"team": "shop"}));
    let told = |policy, selector| refused(json!({}), vec![space(), hook(policy, selector)]);
    assert_eq!(
        told("Fail", json!({})).as_deref(),
        Some(
            "Internal error occurred: failed calling webhook \"pods.guard.io\": failed to call webhook: Post \"https://guard.guard.svc:443/check\": service \"guard\" not found"
        )
    );
    assert_eq!(told("Ignore", json!({})), None);
    assert_eq!(told("Fail", json!({"matchLabels": {"team": "bank"}})), None);
    assert!(told("Fail", json!({"matchLabels": {"team": "shop"}})).is_some());
}
