//! What a row of a table says of how pods are reached: Services, endpoints, Ingresses, policies.

use serde_json::{Value, json};

use super::describe_network::slice_of;
use super::looks::{Fullness, Transcript, put};
use super::rows::{labels_of, texts};

/// Puts what the cells of a row show into an object.
pub(super) fn fill<'a>(object: &mut Value, kind: &str, cell: &impl Fn(&str) -> Option<&'a str>) {
    match kind {
        "Service" => service(object, cell),
        "Endpoints" => {
            let addresses: Vec<&str> = cell("ENDPOINTS").map_or(Vec::new(), endpoint_list);
            put(
                object,
                "/subsets",
                super::describe_network::subsets(&addresses),
            );
        }
        "EndpointSlice" => {
            texts(object, cell, &[("ADDRESSTYPE", "/addressType")]);
            // A slice is named after its Service, and only its labels, which are not shown, tell.
            if let Some(service) = cell("NAME").and_then(super::owners::base_of) {
                put(
                    object,
                    "/metadata/labels/kubernetes.io~1service-name",
                    json!(service),
                );
            }
            let ips: Vec<Value> = cell("ENDPOINTS")
                .map_or(Vec::new(), endpoint_list)
                .into_iter()
                .map(|ip| json!({"addresses": [ip]}))
                .collect();
            put(object, "/endpoints", Value::Array(ips));
            let ports: Vec<Value> = cell("PORTS")
                .unwrap_or_default()
                .split(',')
                .filter_map(|port| port.parse::<u16>().ok())
                .map(|port| json!({"port": port}))
                .collect();
            put(object, "/ports", Value::Array(ports));
        }
        "Ingress" => {
            texts(object, cell, &[("CLASS", "/spec/ingressClassName")]);
            let hosts = cell("HOSTS")
                .unwrap_or("*")
                .split(',')
                .filter(|host| *host != "*");
            let rules: Vec<Value> = hosts.map(|host| json!({"host": host})).collect();
            if !rules.is_empty() {
                put(object, "/spec/rules", Value::Array(rules));
            }
        }
        "NetworkPolicy" => {
            if let Some(selector) = cell("POD-SELECTOR") {
                put(object, "/spec/podSelector/matchLabels", labels_of(selector));
            }
        }
        _ => {}
    }
}

/// What the endpoints of a Service tell of the Service: that it is there, and which addresses it
/// leads to.
pub(super) fn beside(
    looks: &mut Transcript,
    space: Option<String>,
    service: &str,
    cell: Option<&str>,
    line: usize,
) {
    let addresses = cell.map_or(Vec::new(), endpoint_list);
    let slice = slice_of(service, &addresses);
    let name = format!("{service}-shown");
    looks.look(
        "EndpointSlice",
        space.clone(),
        &name,
        slice,
        Fullness::Row,
        line,
    );
    // Some programs keep leases in endpoints that no Service has; those have no addresses either.
    if !addresses.is_empty() || space.as_deref() != Some("kube-system") {
        looks.look(
            "Service",
            space,
            service,
            json!({}),
            Fullness::Mentioned,
            line,
        );
    }
}

/// Addresses of a cell that may end in `+ 3 more...`.
fn endpoint_list(cell: &str) -> Vec<&str> {
    let cell = cell.split(" + ").next().unwrap_or_default();
    cell.split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .collect()
}

fn service<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    if let Some(kind) = cell("TYPE") {
        put(object, "/spec/type", json!(kind));
    }
    if let Some(ip) = cell("CLUSTER-IP") {
        put(object, "/spec/clusterIP", json!(ip));
    }
    let external = cell("EXTERNAL-IP").filter(|ip| *ip != "<pending>");
    if let (Some(name), Some("ExternalName")) = (external, cell("TYPE")) {
        put(object, "/spec/externalName", json!(name));
    } else if let (Some(ip), Some("LoadBalancer")) = (external, cell("TYPE")) {
        let field = if ip.starts_with(|first: char| first.is_ascii_digit()) {
            "ip"
        } else {
            "hostname"
        };
        put(object, "/status/loadBalancer/ingress", json!([{field: ip}]));
    }
    let ports: Vec<Value> = cell("PORT(S)")
        .unwrap_or_default()
        .split(',')
        .filter_map(|port| {
            let (ports, protocol) = port.split_once('/')?;
            let (port, node) = ports.split_once(':').unwrap_or((ports, ""));
            // To which port of the pods it leads is not shown; 0 stands for "not told".
            let number = port.parse::<u16>().ok()?;
            let mut shown = json!({"port": number, "targetPort": 0, "protocol": protocol});
            if let Ok(node) = node.parse::<u16>() {
                put(&mut shown, "/nodePort", json!(node));
            }
            Some(shown)
        })
        .collect();
    if !ports.is_empty() {
        put(object, "/spec/ports", Value::Array(ports));
    }
}
