//! Descriptions of containers: what they are to run, and how they are.

use serde_json::{Value, json};

use super::age;
use super::describe::Node;
use super::looks::put;

pub(super) fn container(node: &Node<'_>) -> Option<Value> {
    if node.key.is_empty() || node.key.contains(' ') {
        return None;
    }
    let mut container = json!({"name": node.key});
    if let Some(image) = node.value_of("Image") {
        put(&mut container, "/image", json!(image));
    }
    for (key, at) in [("Command", "/command"), ("Args", "/args")] {
        if let Some(node) = node.child(&[key]) {
            put(&mut container, at, json!(words(&node.all_lines())));
        }
    }
    if let Some(ports) = node.value_of("Port").or_else(|| node.value_of("Ports")) {
        let hosts = node
            .value_of("Host Port")
            .or_else(|| node.value_of("Host Ports"));
        let mut hosts = hosts.unwrap_or_default().split(", ");
        let ports: Vec<Value> = ports
            .split(", ")
            .filter_map(|port| {
                let host = hosts
                    .next()
                    .and_then(|host| host.split('/').next()?.parse::<u16>().ok());
                let (number, rest) = port.split_once('/')?;
                let (protocol, name) = rest.split_once(" (").unwrap_or((rest, ""));
                let mut shown =
                    json!({"containerPort": number.parse::<u16>().ok()?, "protocol": protocol});
                if !name.is_empty() {
                    put(&mut shown, "/name", json!(name.trim_end_matches(')')));
                }
                if let Some(host) = host.filter(|host| *host != 0) {
                    put(&mut shown, "/hostPort", json!(host));
                }
                Some(shown)
            })
            .collect();
        put(&mut container, "/ports", Value::Array(ports));
    }
    for (key, field) in [("Limits", "limits"), ("Requests", "requests")] {
        if let Some(node) = node.child(&[key]) {
            for amount in node.children.iter().filter(|amount| !amount.key.is_empty()) {
                let name = amount.key.replace('/', "~1");
                put(
                    &mut container,
                    &format!("/resources/{field}/{name}"),
                    json!(amount.value),
                );
            }
        }
    }
    for (key, field) in [
        ("Liveness", "livenessProbe"),
        ("Readiness", "readinessProbe"),
        ("Startup", "startupProbe"),
    ] {
        if let Some(probe) = node.value_of(key).and_then(probe) {
            put(&mut container, &format!("/{field}"), probe);
        }
    }
    if let Some(node) = node.child(&["Environment Variables from"]) {
        let from: Vec<Value> = node
            .children
            .iter()
            .filter_map(|line| env_from(line.raw))
            .collect();
        put(&mut container, "/envFrom", Value::Array(from));
    }
    if let Some(node) = node.child(&["Environment"]) {
        let env: Vec<Value> = node.children.iter().filter_map(env).collect();
        if !env.is_empty() {
            put(&mut container, "/env", Value::Array(env));
        }
    }
    if let Some(node) = node.child(&["Mounts"]) {
        let mounts: Vec<Value> = node
            .children
            .iter()
            .filter_map(|line| mount(line.raw))
            .collect();
        put(&mut container, "/volumeMounts", Value::Array(mounts));
    }
    Some(container)
}

/// The words of a command, which stand one a line. What a shell is given to run may have lines
/// itself: everything behind `-c` is one word.
fn words(lines: &[&str]) -> Vec<String> {
    let script = lines
        .iter()
        .take(4)
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'));
    let (words, script) = lines.split_at(script.map_or(lines.len(), |at| at + 1));
    let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    if !script.is_empty() {
        words.push(script.join("\n"));
    }
    words
}

/// `/etc/config from config (ro,path="x")`.
fn mount(text: &str) -> Option<Value> {
    let (path, rest) = text.split_once(" from ")?;
    let (name, options) = rest.split_once(" (").unwrap_or((rest, ""));
    let mut mount = json!({"mountPath": path, "name": name.trim()});
    if options.starts_with("ro") {
        put(&mut mount, "/readOnly", json!(true));
    }
    if let Some((_, sub)) = options.split_once("path=\"") {
        put(&mut mount, "/subPath", json!(sub.split('"').next()));
    }
    Some(mount)
}

fn env(node: &Node<'_>) -> Option<Value> {
    if node.key.is_empty() || node.key.contains(' ') {
        return None;
    }
    let mut env = json!({"name": node.key});
    let text = node.value;
    let quoted = |from: &str| {
        let (_, rest) = text.split_once(from)?;
        rest.split('\'').next()
    };
    let optional = text.ends_with("Optional: true");
    if let Some(key) = quoted("<set to the key '") {
        for (words, field) in [
            ("' in secret '", "secretKeyRef"),
            ("' of config map '", "configMapKeyRef"),
        ] {
            if let Some(name) = quoted(words) {
                let mut from = json!({"name": name, "key": key});
                if optional {
                    put(&mut from, "/optional", json!(true));
                }
                put(&mut env, &format!("/valueFrom/{field}"), from);
            }
        }
    } else if let Some(path) = text.strip_prefix("(v1:") {
        put(
            &mut env,
            "/valueFrom/fieldRef/fieldPath",
            json!(path.trim_end_matches(')')),
        );
    } else if let Some((_, resource)) = text
        .split_once(" (")
        .filter(|(_, rest)| rest.starts_with("limits.") || rest.starts_with("requests."))
    {
        let resource = resource.trim_end_matches(')');
        put(
            &mut env,
            "/valueFrom/resourceFieldRef/resource",
            json!(resource),
        );
    } else {
        put(&mut env, "/value", json!(text));
    }
    Some(env)
}

/// `api-config  ConfigMap with prefix 'X'  Optional: false`.
fn env_from(text: &str) -> Option<Value> {
    let mut words = text.split_whitespace();
    let (name, kind) = (words.next()?, words.next()?);
    let field = match kind {
        "ConfigMap" => "configMapRef",
        "Secret" => "secretRef",
        _ => return None,
    };
    let mut from = json!({field: {"name": name}});
    if text.contains("Optional: true") {
        put(&mut from, &format!("/{field}/optional"), json!(true));
    }
    if let Some((_, prefix)) = text.split_once("with prefix '") {
        put(&mut from, "/prefix", json!(prefix.split('\'').next()));
    }
    Some(from)
}

/// `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`.
fn probe(text: &str) -> Option<Value> {
    let text = text.replace("\\t", " ");
    let (what, numbers) = match text.find(" delay=") {
        Some(at) => text.split_at(at),
        None => (text.as_str(), ""),
    };
    let mut probe = json!({});
    let (how, target) = what.split_once(' ')?;
    let port = |port: &str| {
        port.parse::<u16>()
            .map_or_else(|_| json!(port), |port| json!(port))
    };
    match how {
        "http-get" => {
            let (scheme, rest) = target.split_once("://")?;
            let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            let (host, number) = host.rsplit_once(':').unwrap_or((host, "80"));
            put(&mut probe, "/httpGet/port", port(number));
            put(&mut probe, "/httpGet/path", json!(path.trim()));
            put(
                &mut probe,
                "/httpGet/scheme",
                json!(scheme.to_ascii_uppercase()),
            );
            if !host.is_empty() {
                put(&mut probe, "/httpGet/host", json!(host));
            }
        }
        "tcp-socket" => {
            put(
                &mut probe,
                "/tcpSocket/port",
                port(target.rsplit(':').next()?.trim()),
            );
        }
        "grpc" => {
            let number = target.rsplit(':').next()?.split_whitespace().next()?;
            put(&mut probe, "/grpc/port", port(number));
        }
        "exec" => {
            let words: Vec<&str> = target
                .trim_matches(['[', ']', ' '])
                .split_whitespace()
                .collect();
            put(&mut probe, "/exec/command", json!(words));
        }
        _ => return None,
    }
    for word in numbers.split_whitespace() {
        let Some((name, amount)) = word.trim_start_matches('#').split_once('=') else {
            continue;
        };
        let amount = age::seconds(amount).or_else(|| amount.parse().ok());
        let field = match name {
            "delay" => "initialDelaySeconds",
            "timeout" => "timeoutSeconds",
            "period" => "periodSeconds",
            "success" => "successThreshold",
            "failure" => "failureThreshold",
            _ => continue,
        };
        if let Some(amount) = amount {
            put(&mut probe, &format!("/{field}"), json!(amount));
        }
    }
    Some(probe)
}

pub(super) fn status(node: &Node<'_>) -> Option<Value> {
    if node.key.is_empty() || node.child(&["State"]).is_none() && node.child(&["Ready"]).is_none() {
        return None;
    }
    let mut status = json!({"name": node.key});
    for (key, at) in [
        ("Image", "/image"),
        ("Image ID", "/imageID"),
        ("Container ID", "/containerID"),
    ] {
        if let Some(value) = node.value_of(key) {
            put(&mut status, at, json!(value));
        }
    }
    if let Some(ready) = node.value_of("Ready") {
        put(&mut status, "/ready", json!(ready == "True"));
    }
    if let Some(count) = node.number("Restart Count") {
        put(&mut status, "/restartCount", json!(count));
    }
    for (key, field) in [("State", "state"), ("Last State", "lastState")] {
        if let Some((name, shown)) = node.child(&[key]).and_then(state) {
            put(&mut status, &format!("/{field}/{name}"), shown);
        }
    }
    Some(status)
}

fn state(node: &Node<'_>) -> Option<(&'static str, Value)> {
    let name = match node.value {
        "Waiting" => "waiting",
        "Running" => "running",
        "Terminated" => "terminated",
        _ => return None,
    };
    let mut state = json!({});
    if let Some(reason) = node.value_of("Reason") {
        put(&mut state, "/reason", json!(reason));
    }
    if let Some(message) = node.child(&["Message"]) {
        put(
            &mut state,
            "/message",
            json!(message.lines().join("\n").replace("\\\"", "\"")),
        );
    }
    // A message with line breaks takes what follows it along in the tree.
    let find = |key: &str| {
        node.value_of(key).or_else(|| {
            node.child(&["Message"])
                .and_then(|message| message.value_of(key))
        })
    };
    for (key, at) in [("Exit Code", "/exitCode"), ("Signal", "/signal")] {
        if let Some(number) = find(key).and_then(|number| number.parse::<i64>().ok()) {
            put(&mut state, at, json!(number));
        }
    }
    for (key, at) in [("Started", "/startedAt"), ("Finished", "/finishedAt")] {
        if let Some(date) = find(key).and_then(age::date) {
            put(&mut state, at, json!(date));
        }
    }
    Some((name, state))
}
