//! What the API server adds to objects that leave it open.

use serde_json::{Map, Value, json};

/// Whether objects of a kind have a generation.
pub(super) fn has_generation(kind: &str) -> bool {
    matches!(
        kind,
        "CronJob"
            | "DaemonSet"
            | "Deployment"
            | "HorizontalPodAutoscaler"
            | "Ingress"
            | "Job"
            | "NetworkPolicy"
            | "PodDisruptionBudget"
            | "ReplicaSet"
            | "StatefulSet"
    )
}

/// Fills in the defaults of an object's kind.
pub(super) fn fill(object: &mut Value) {
    match object.get("kind").and_then(Value::as_str) {
        Some("Deployment") => deployment(object),
        Some("Service") => service(object),
        Some("StatefulSet") => stateful_set(object),
        Some("DaemonSet") => daemon_set(object),
        Some("Job") => job(object.get_mut("spec")),
        Some("CronJob") => cron_job(object),
        Some("Pod") => {
            if let Some(pod) = object.get_mut("spec").and_then(Value::as_object_mut) {
                pod_spec(pod);
            }
        }
        _ => {}
    }
}

fn stateful_set(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    or(spec, "replicas", json!(1));
    or(spec, "revisionHistoryLimit", json!(10));
    or(spec, "podManagementPolicy", json!("OrderedReady"));
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
    or(spec, "updateStrategy", strategy);
    template(spec);
}

fn daemon_set(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    or(spec, "revisionHistoryLimit", json!(10));
    let rolling = json!({"maxSurge": 0, "maxUnavailable": 1});
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": rolling});
    or(spec, "updateStrategy", strategy);
    template(spec);
}

fn job(spec: Option<&mut Value>) {
    let Some(spec) = spec.and_then(Value::as_object_mut) else {
        return;
    };
    or(spec, "backoffLimit", json!(6));
    or(spec, "completionMode", json!("NonIndexed"));
    or(spec, "completions", json!(1));
    or(spec, "parallelism", json!(1));
    or(spec, "suspend", json!(false));
    template(spec);
}

fn cron_job(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    or(spec, "concurrencyPolicy", json!("Allow"));
    or(spec, "successfulJobsHistoryLimit", json!(3));
    or(spec, "failedJobsHistoryLimit", json!(1));
    or(spec, "suspend", json!(false));
    let inner = spec
        .get_mut("jobTemplate")
        .and_then(|job| job.get_mut("spec")?.get_mut("template")?.get_mut("spec"));
    if let Some(pod) = inner.and_then(Value::as_object_mut) {
        pod_spec(pod);
    }
}

fn template(spec: &mut Map<String, Value>) {
    let pod = spec
        .get_mut("template")
        .and_then(|template| template.get_mut("spec"))
        .and_then(Value::as_object_mut);
    if let Some(pod) = pod {
        pod_spec(pod);
    }
}

fn deployment(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    or(spec, "replicas", json!(1));
    or(spec, "revisionHistoryLimit", json!(10));
    or(spec, "progressDeadlineSeconds", json!(600));
    or(spec, "strategy", json!({"type": "RollingUpdate"}));
    if let Some(strategy) = spec.get_mut("strategy").and_then(Value::as_object_mut) {
        or(strategy, "type", json!("RollingUpdate"));
        if strategy.get("type") == Some(&json!("RollingUpdate")) {
            or(strategy, "rollingUpdate", json!({}));
            if let Some(rolling) = strategy
                .get_mut("rollingUpdate")
                .and_then(Value::as_object_mut)
            {
                or(rolling, "maxUnavailable", json!("25%"));
                or(rolling, "maxSurge", json!("25%"));
            }
        }
    }
    template(spec);
}

fn pod_spec(pod: &mut Map<String, Value>) {
    or(pod, "restartPolicy", json!("Always"));
    or(pod, "terminationGracePeriodSeconds", json!(30));
    or(pod, "dnsPolicy", json!("ClusterFirst"));
    or(pod, "securityContext", json!({}));
    or(pod, "schedulerName", json!("default-scheduler"));
    for list in ["initContainers", "containers"] {
        let containers = pod.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if let Some(container) = container.as_object_mut() {
                container_spec(container);
            }
        }
    }
}

fn container_spec(container: &mut Map<String, Value>) {
    let image = container.get("image").and_then(Value::as_str);
    let latest = image
        .and_then(facts::image::parse)
        .is_some_and(|image| image.tag.as_deref() == Some("latest"));
    let policy = if latest { "Always" } else { "IfNotPresent" };
    or(container, "resources", json!({}));
    or(
        container,
        "terminationMessagePath",
        json!("/dev/termination-log"),
    );
    or(container, "terminationMessagePolicy", json!("File"));
    or(container, "imagePullPolicy", json!(policy));
    let ports = container.get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            or(port, "protocol", json!("TCP"));
        }
    }
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        if let Some(probe) = container.get_mut(probe).and_then(Value::as_object_mut) {
            or(probe, "timeoutSeconds", json!(1));
            or(probe, "periodSeconds", json!(10));
            or(probe, "successThreshold", json!(1));
            or(probe, "failureThreshold", json!(3));
        }
    }
}

fn service(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    or(spec, "type", json!("ClusterIP"));
    or(spec, "sessionAffinity", json!("None"));
    let ports = spec.get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            or(port, "protocol", json!("TCP"));
            let number = port.get("port").cloned().unwrap_or_default();
            or(port, "targetPort", number);
        }
    }
}

fn or(map: &mut Map<String, Value>, key: &str, value: Value) {
    if map.get(key).is_none_or(Value::is_null) {
        map.insert(key.to_owned(), value);
    }
}
