//! What a row of a table says of what bounds workloads: autoscalers, disruption budgets, quotas,
//! priorities.

use serde_json::{Value, json};

use super::looks::put;
use super::rows::{numbers, texts};

/// Puts what the cells of a row show into an object.
pub(super) fn fill<'a>(object: &mut Value, kind: &str, cell: &impl Fn(&str) -> Option<&'a str>) {
    match kind {
        "HorizontalPodAutoscaler" => {
            numbers(
                object,
                cell,
                &[
                    ("MINPODS", "/spec/minReplicas"),
                    ("MAXPODS", "/spec/maxReplicas"),
                    ("REPLICAS", "/status/currentReplicas"),
                ],
            );
            metrics(object, cell("TARGETS").unwrap_or_default());
            if let Some((kind, name)) = cell("REFERENCE").and_then(|to| to.split_once('/')) {
                put(
                    object,
                    "/spec/scaleTargetRef",
                    json!({"kind": kind, "name": name}),
                );
            }
        }
        "PodDisruptionBudget" => {
            texts(
                object,
                cell,
                &[
                    ("MIN AVAILABLE", "/spec/minAvailable"),
                    ("MAX UNAVAILABLE", "/spec/maxUnavailable"),
                ],
            );
            for at in ["/spec/minAvailable", "/spec/maxUnavailable"] {
                let text = object
                    .pointer(at)
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                match text.as_deref() {
                    Some("N/A") => put(object, at, Value::Null),
                    Some(text) => {
                        if let Ok(number) = text.parse::<u64>() {
                            put(object, at, json!(number));
                        }
                    }
                    None => {}
                }
            }
            numbers(
                object,
                cell,
                &[("ALLOWED DISRUPTIONS", "/status/disruptionsAllowed")],
            );
        }
        "ResourceQuota" => quota(object, cell),
        "PriorityClass" => numbers(object, cell, &[("VALUE", "/value")]),
        _ => {}
    }
}

/// `cpu: 95%/80%, memory: <unknown>/60%`, older versions without the names: what it scales on, and
/// the values that were known.
fn metrics(object: &mut Value, cell: &str) {
    let (mut wanted, mut current) = (Vec::new(), Vec::new());
    for part in cell.split(" + ").next().unwrap_or_default().split(", ") {
        let Some((now, target)) = part.rsplit_once('/') else {
            continue;
        };
        let (name, now) = now.rsplit_once(": ").unwrap_or(("", now));
        let percent = |text: &str| text.trim().strip_suffix('%')?.parse::<u64>().ok();
        let of = |field: &str, amount: Value| {
            // What has no name is not known to be of a resource.
            if name.is_empty() && percent(target).is_none() {
                return json!({});
            }
            json!({"type": "Resource", "resource": {"name": name, field: amount}})
        };
        wanted.push(of(
            "target",
            match percent(target) {
                Some(number) => json!({"type": "Utilization", "averageUtilization": number}),
                None => json!({"type": "AverageValue", "averageValue": target.trim()}),
            },
        ));
        if now.trim() != "<unknown>" {
            current.push(of(
                "current",
                match percent(now) {
                    Some(number) => json!({"averageUtilization": number}),
                    None => json!({"averageValue": now.trim()}),
                },
            ));
        }
    }
    if !wanted.is_empty() {
        put(object, "/spec/metrics", Value::Array(wanted));
        put(object, "/status/currentMetrics", Value::Array(current));
    }
}

/// `requests.cpu: 1/2, pods: 3/10` in the cells of a quota.
fn quota<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    for column in ["REQUEST", "LIMIT"] {
        for part in cell(column).unwrap_or_default().split(", ") {
            let Some((name, amounts)) = part.split_once(": ") else {
                continue;
            };
            let Some((used, hard)) = amounts.split_once('/') else {
                continue;
            };
            let name = name.trim().replace('/', "~1");
            put(object, &format!("/spec/hard/{name}"), json!(hard));
            put(object, &format!("/status/hard/{name}"), json!(hard));
            put(object, &format!("/status/used/{name}"), json!(used));
        }
    }
}
