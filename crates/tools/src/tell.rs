//! An object in one line: what of it matters to somebody who looks for a fault. `name=value` is
//! written alike in both languages, as `kubectl` has it.

use facts::{Json, Object};
use model::Text;

/// An object in one line.
pub(crate) fn line(object: &Object) -> Text {
    let name = format!("{}/{}", object.kind(), object.name());
    let more = match object.kind() {
        "EndpointSlice" => return after(&name, endpoints(object)),
        "Node" => return after(&name, node(object)),
        "Service" => format!(
            "type={} selector={} ports={}",
            or(object.text("/spec/type"), "ClusterIP"),
            short(object.at("/spec/selector")),
            ports(object)
        ),
        "PersistentVolumeClaim" => format!(
            "{} class={} volume={}",
            object.text("/status/phase"),
            or(object.text("/spec/storageClassName"), "(default)"),
            or(object.text("/spec/volumeName"), "none")
        ),
        "PersistentVolume" => format!(
            "{} claim={}",
            object.text("/status/phase"),
            object.text("/spec/claimRef/name")
        ),
        "ConfigMap" => {
            let keys: Vec<&str> = ["/data", "/binaryData"]
                .into_iter()
                .filter_map(|part| object.at(part)?.as_object())
                .flat_map(facts::Fields::keys)
                .collect();
            format!("keys={}", keys.join(","))
        }
        "ResourceQuota" => format!(
            "used={} hard={}",
            short(object.at("/status/used")),
            short(object.at("/status/hard"))
        ),
        "LimitRange" => format!("limits={}", short(object.at("/spec/limits"))),
        "StorageClass" => format!(
            "provisioner={} binding={}",
            object.text("/provisioner"),
            or(object.text("/volumeBindingMode"), "Immediate")
        ),
        "HorizontalPodAutoscaler" => format!(
            "{}/{} min={} max={} now={} {}",
            object.text("/spec/scaleTargetRef/kind"),
            object.text("/spec/scaleTargetRef/name"),
            short(object.at("/spec/minReplicas")),
            short(object.at("/spec/maxReplicas")),
            short(object.at("/status/currentReplicas")),
            conditions(object)
        ),
        "PodDisruptionBudget" => format!(
            "minAvailable={} maxUnavailable={} healthy={}/{} allowed={}",
            short(object.at("/spec/minAvailable")),
            short(object.at("/spec/maxUnavailable")),
            short(object.at("/status/currentHealthy")),
            short(object.at("/status/expectedPods")),
            short(object.at("/status/disruptionsAllowed"))
        ),
        "Ingress" => format!(
            "class={} rules={} tls={}",
            or(object.text("/spec/ingressClassName"), "(default)"),
            short(object.at("/spec/rules")),
            short(object.at("/spec/tls"))
        ),
        "NetworkPolicy" => format!(
            "selects={} types={}",
            short(object.at("/spec/podSelector")),
            short(object.at("/spec/policyTypes"))
        ),
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => object
            .list("/webhooks")
            .iter()
            .map(|webhook| {
                format!(
                    "{} policy={} service={}",
                    short(webhook.get("name")),
                    short(webhook.get("failurePolicy")),
                    short(webhook.pointer("/clientConfig/service"))
                )
            })
            .collect::<Vec<_>>()
            .join("; "),
        _ => conditions(object),
    };
    after(&name, Text::same(more))
}

fn after(name: &str, more: Text) -> Text {
    more.map(|more| format!("{name} {more}").trim_end().to_owned())
}

fn node(node: &Object) -> Text {
    let (cordoned, cordoned_zh) = match node.at("/spec/unschedulable") {
        Some(Json::Bool(true)) => (" cordoned", " 已停止调度"),
        _ => ("", ""),
    };
    let (conditions, taints) = (conditions(node), short(node.at("/spec/taints")));
    Text::new(
        format!("{conditions}{cordoned} taints={taints}"),
        format!("{conditions}{cordoned_zh} taints={taints}"),
    )
}

/// The conditions of an object that say something is wrong, or the phase.
fn conditions(object: &Object) -> String {
    let told: Vec<String> = object
        .list("/status/conditions")
        .iter()
        .map(|condition| {
            let text = |field: &str| {
                condition
                    .get(field)
                    .and_then(Json::as_str)
                    .unwrap_or_default()
            };
            let mut told = format!("{}={}", text("type"), text("status"));
            if !text("reason").is_empty() && !text("reason").starts_with("Kubelet") {
                told.push_str(&format!(" ({}: {})", text("reason"), text("message")));
            }
            told
        })
        .collect();
    if told.is_empty() {
        object.text("/status/phase").to_owned()
    } else {
        told.join(", ")
    }
}

fn ports(service: &Object) -> String {
    let told: Vec<String> = service
        .list("/spec/ports")
        .iter()
        .map(|port| {
            format!(
                "{}→{}",
                short(port.get("port")),
                short(port.get("targetPort"))
            )
        })
        .collect();
    told.join(",")
}

fn endpoints(slice: &Object) -> Text {
    let ready =
        |endpoint: &&Json| endpoint.pointer("/conditions/ready") != Some(&Json::Bool(false));
    let all = slice.list("/endpoints");
    let ports: Vec<String> = slice
        .list("/ports")
        .iter()
        .map(|port| short(port.get("port")))
        .collect();
    let (ready, all) = (all.iter().filter(ready).count(), all.len());
    let ports = ports.join(",");
    Text::new(
        format!("{ready} of {all} endpoints ready, ports={ports}"),
        format!("{all} 个端点中 {ready} 个就绪，ports={ports}"),
    )
}

fn or<'t>(text: &'t str, otherwise: &'t str) -> &'t str {
    if text.is_empty() { otherwise } else { text }
}

/// A value as people write it: texts bare, maps as `key=value`.
fn short(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => "none".to_owned(),
        Some(Json::Text(text)) => text.to_string(),
        Some(Json::Fields(fields)) if fields.values().all(Json::is_string) => fields
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect::<Vec<_>>()
            .join(","),
        Some(other @ (Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Fields(_))) => {
            other.to_string()
        }
    }
}
