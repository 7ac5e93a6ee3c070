//! Descriptions of how pods are reached: Services, endpoints, Ingresses.

use serde_json::{Value, json};

use super::describe::Node;
use super::looks::{Fullness, Transcript, named, put};
use super::rows::labels_of;
use super::table::gaps;

/// Puts what a description shows into an object.
pub(super) fn fill(object: &mut Value, kind: &str, tree: &Node<'_>) {
    match kind {
        "Service" => service(object, tree),
        "Ingress" => ingress(object, tree),
        "Endpoints" => {
            let mut addresses: Vec<String> = Vec::new();
            let mut gone: Vec<String> = Vec::new();
            if let Some(node) = tree.child(&["Subsets"]) {
                let port = node
                    .children
                    .iter()
                    .flat_map(|child| child.children.iter().chain([child]))
                    .find_map(|row| row.raw.split_whitespace().rev().nth(1)?.parse::<u16>().ok())
                    .unwrap_or(0);
                for child in &node.children {
                    let into = match child.key {
                        "Addresses" => &mut addresses,
                        "NotReadyAddresses" => &mut gone,
                        _ => continue,
                    };
                    let ips = child.value.split(',').filter(|ip| !ip.is_empty());
                    into.extend(ips.map(|ip| format!("{ip}:{port}")));
                }
            }
            let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
            let mut shown = subsets(&addresses);
            if !gone.is_empty() {
                let ips: Vec<Value> = gone
                    .iter()
                    .filter_map(|address| address.rsplit_once(':'))
                    .map(|(ip, _)| json!({"ip": ip}))
                    .collect();
                match shown.get_mut(0) {
                    Some(first) => put(first, "/notReadyAddresses", Value::Array(ips)),
                    None => shown = json!([{"notReadyAddresses": ips}]),
                }
            }
            put(object, "/subsets", shown);
        }
        _ => {}
    }
}

fn ingress(object: &mut Value, tree: &Node<'_>) {
    if let Some(class) = tree.value_of("Ingress Class") {
        put(object, "/spec/ingressClassName", json!(class));
    }
    if let Some(address) = tree.value_of("Address") {
        put(
            object,
            "/status/loadBalancer/ingress",
            json!([{"ip": address}]),
        );
    }
    if let Some(backend) = tree.value_of("Default backend").and_then(backend) {
        put(object, "/spec/defaultBackend", backend);
    }
    if let Some(node) = tree.child(&["TLS"]) {
        let tls: Vec<Value> = node
            .lines()
            .into_iter()
            .filter_map(|line| line.split_once(" terminates "))
            .map(|(secret, hosts)| {
                let hosts: Vec<&str> = hosts
                    .split(',')
                    .map(str::trim)
                    .filter(|host| !host.is_empty())
                    .collect();
                if secret == "SNI routes" {
                    json!({"hosts": hosts})
                } else {
                    json!({"secretName": secret, "hosts": hosts})
                }
            })
            .collect();
        put(object, "/spec/tls", Value::Array(tls));
    }
    let Some(node) = tree.child(&["Rules"]) else {
        return;
    };
    let mut rules: Vec<(String, Vec<Value>)> = Vec::new();
    for row in node.all_lines() {
        let row = row.trim();
        if row.starts_with("Host ") || row.starts_with("---") {
            continue;
        }
        let cells = gaps(row);
        let place = cells.iter().position(|cell| cell.starts_with('/'));
        let host = match (place, cells.first()) {
            (Some(0), _) => None,
            (_, Some(host)) if backend(host).is_none() => Some(host.clone()),
            _ => None,
        };
        if let Some(host) = host {
            let host = if host == "*" { String::new() } else { host };
            rules.push((host, Vec::new()));
        }
        let Some(to) = cells.last().and_then(|cell| backend(cell)) else {
            continue;
        };
        let path = place
            .and_then(|at| cells.get(at))
            .map_or("/", String::as_str);
        if rules.is_empty() {
            rules.push((String::new(), Vec::new()));
        }
        if let Some((_, paths)) = rules.last_mut() {
            paths.push(json!({"path": path, "backend": to}));
        }
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(host, paths)| {
            let mut rule = json!({"http": {"paths": paths}});
            if !host.is_empty() {
                put(&mut rule, "/host", json!(host));
            }
            rule
        })
        .collect();
    if !rules.is_empty() {
        put(object, "/spec/rules", Value::Array(rules));
    }
}

/// The Services that the description of an Ingress says are not there: kubectl has asked for them.
pub(super) fn missing(looks: &mut Transcript, space: Option<&str>, tree: &Node<'_>) {
    for line in tree.all_lines() {
        let words = line.split_once("(<error: services \"");
        let name = words.and_then(|(_, rest)| rest.split_once("\" not found>)"));
        if let Some((name, _)) = name.filter(|(name, _)| named(name))
            && looks.absent.len() < 10_000
        {
            let space = space.map(str::to_owned);
            looks
                .absent
                .push(("Service".to_owned(), space, name.to_owned()));
        }
    }
}

/// `web:80 (10.1.0.5:8080)`.
fn backend(text: &str) -> Option<Value> {
    let text = text.split(" (").next().unwrap_or_default().trim();
    let (name, port) = text.split_once(':')?;
    if !named(name) || port.is_empty() {
        return None;
    }
    let port = port.parse::<u16>().map_or_else(
        |_| json!({"name": port}),
        |number| json!({"number": number}),
    );
    Some(json!({"service": {"name": name, "port": port}}))
}

/// The addresses that the description of a Service shows.
pub(super) fn beside(looks: &mut Transcript, space: Option<&str>, name: &str, tree: &Node<'_>) {
    let line = tree.children.first().map_or(0, |node| node.line);
    let space = space.map(str::to_owned);
    let shown: Vec<&Node<'_>> = tree
        .children
        .iter()
        .filter(|node| node.key == "Endpoints")
        .collect();
    if shown.is_empty() {
        return;
    }
    let addresses: Vec<&str> = shown
        .iter()
        .flat_map(|node| {
            node.value
                .split(" + ")
                .next()
                .unwrap_or_default()
                .split(',')
        })
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .collect();
    let object = json!({"subsets": subsets(&addresses)});
    looks.look(
        "Endpoints",
        space.clone(),
        name,
        object,
        Fullness::Described,
        line,
    );
    let object = slice_of(name, &addresses);
    let slice = format!("{name}-shown");
    looks.look(
        "EndpointSlice",
        space,
        &slice,
        object,
        Fullness::Described,
        line,
    );
}

fn service(object: &mut Value, tree: &Node<'_>) {
    // That it has none is told too.
    if let Some(node) = tree.child(&["Selector"]) {
        put(object, "/spec/selector", labels_of(node.value));
    }
    for (key, at) in [
        ("Type", "/spec/type"),
        ("IP", "/spec/clusterIP"),
        ("External Name", "/spec/externalName"),
        ("Session Affinity", "/spec/sessionAffinity"),
    ] {
        if let Some(value) = tree.value_of(key) {
            put(object, at, json!(value));
        }
    }
    if let Some(address) = tree.value_of("LoadBalancer Ingress") {
        let ingress: Vec<Value> = address
            .split(", ")
            .map(|address| address.split(" (").next().unwrap_or_default())
            .map(|address| {
                let ip = address.parse::<std::net::IpAddr>().is_ok();
                json!({if ip { "ip" } else { "hostname" }: address})
            })
            .collect();
        put(
            object,
            "/status/loadBalancer/ingress",
            Value::Array(ingress),
        );
    }
    let mut ports: Vec<Value> = Vec::new();
    for node in &tree.children {
        let number = |text: &str| {
            let text = text.split('/').next().unwrap_or_default();
            text.parse::<u16>()
                .map_or_else(|_| json!(text), |number| json!(number))
        };
        match node.key {
            "Port" => {
                let (name, port) = match node.raw.split_once(':').map(|(_, rest)| rest.trim()) {
                    Some(rest) => rest.rsplit_once(' ').unwrap_or(("", rest)),
                    None => continue,
                };
                let Some((port, protocol)) = port.split_once('/') else {
                    continue;
                };
                let mut shown = json!({"port": number(port), "protocol": protocol});
                if !matches!(name.trim(), "" | "<unset>") {
                    put(&mut shown, "/name", json!(name.trim()));
                }
                ports.push(shown);
            }
            "TargetPort" | "NodePort" => {
                if let Some(port) = ports.last_mut() {
                    let at = if node.key == "NodePort" {
                        "/nodePort"
                    } else {
                        "/targetPort"
                    };
                    let text = node.value.split_whitespace().last().unwrap_or_default();
                    put(port, at, number(text));
                }
            }
            _ => {}
        }
    }
    if !ports.is_empty() {
        put(object, "/spec/ports", Value::Array(ports));
    }
}

/// The addresses of a Service as an EndpointSlice of it.
pub(super) fn slice_of(service: &str, addresses: &[&str]) -> Value {
    let mut ips: Vec<&str> = addresses
        .iter()
        .filter_map(|address| Some(address.rsplit_once(':')?.0))
        .collect();
    ips.sort_unstable();
    ips.dedup();
    let endpoints: Vec<Value> = ips
        .iter()
        .map(|ip| json!({"addresses": [ip], "conditions": {"ready": true}}))
        .collect();
    let mut ports: Vec<u16> = addresses
        .iter()
        .filter_map(|address| address.rsplit_once(':')?.1.parse().ok())
        .collect();
    ports.sort_unstable();
    ports.dedup();
    let ports: Vec<Value> = ports.iter().map(|port| json!({"port": port})).collect();
    json!({
        "metadata": {"labels": {"kubernetes.io/service-name": service}},
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    })
}

/// Addresses with ports as the subsets of Endpoints.
pub(super) fn subsets(addresses: &[&str]) -> Value {
    let mut subsets: Vec<(u16, Vec<Value>)> = Vec::new();
    for address in addresses {
        let Some((ip, port)) = address.rsplit_once(':') else {
            continue;
        };
        let Ok(port) = port.parse::<u16>() else {
            continue;
        };
        let shown = json!({"ip": ip.trim_matches(['[', ']'])});
        match subsets.iter().position(|(known, _)| *known == port) {
            Some(at) => {
                if let Some((_, ips)) = subsets.get_mut(at) {
                    ips.push(shown);
                }
            }
            None if subsets.len() < 100 => subsets.push((port, vec![shown])),
            None => {}
        }
    }
    subsets
        .into_iter()
        .map(|(port, ips)| json!({"addresses": ips, "ports": [{"port": port}]}))
        .collect()
}
