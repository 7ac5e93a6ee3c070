//! What a host that a program wanted to reach is inside the cluster.

use std::net::IpAddr;

use super::service;
use crate::{Json, Object, Presence, Snapshot, nearest};

/// Ends of names that are outside, in the order of how common they are.
const OUTSIDE: &[&str] = &[
    "com", "org", "net", "io", "dev", "app", "cloud", "cn", "de", "eu", "uk", "us", "ai", "co",
    "info", "edu", "gov", "example", "test", "invalid", "lan", "internal",
];

/// What kind of thing a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostKind {
    /// A Service.
    Service,
    /// A pod.
    Pod,
    /// A node.
    Node,
    /// The program's own pod.
    Own,
    /// Something outside the cluster.
    Outside,
    /// It cannot be told.
    Unknown,
}

impl HostKind {
    /// The word used in facts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Pod => "pod",
            Self::Node => "node",
            Self::Own => "own",
            Self::Outside => "outside",
            Self::Unknown => "unknown",
        }
    }
}

/// A host, and what it is in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What kind of thing it is.
    pub kind: HostKind,
    /// The namespace of the Service or pod that is meant.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether it is there.
    pub found: Presence<()>,
    /// Whether the namespace is there.
    pub namespace_found: Presence<()>,
    /// The Service that was most likely meant, if this one is not there.
    pub nearest: String,
    /// The namespace of that Service.
    pub nearest_namespace: String,
    /// Other namespaces with a Service of that very name.
    pub elsewhere: Vec<String>,
}

impl Host {
    fn of(kind: HostKind, namespace: &str, name: &str, found: Presence<()>) -> Self {
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            found,
            namespace_found: Presence::Unknown,
            nearest: String::new(),
            nearest_namespace: String::new(),
            elsewhere: Vec::new(),
        }
    }
}

/// What a host is for a program in a namespace: `db`, `db.shop`, `db.shop.svc.cluster.local`,
/// `db-0.db.shop.svc`, an address.
#[must_use]
pub fn resolve_host(snapshot: &Snapshot, from: &str, host: &str) -> Host {
    let host = host
        .trim()
        .trim_end_matches('.')
        .trim_matches(['[', ']'])
        .to_ascii_lowercase();
    if host.is_empty() {
        return Host::of(HostKind::Unknown, "", "", Presence::Unknown);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return by_address(snapshot, from, &host, address);
    }
    if host == "localhost" {
        return Host::of(HostKind::Own, from, "", Presence::Present(()));
    }
    let within = host
        .split_once(".svc.")
        .map(|(name, _)| name)
        .or_else(|| host.strip_suffix(".svc"));
    if let Some(name) = within {
        let mut parts = name.rsplit('.');
        let namespace = parts.next().unwrap_or_default();
        return match parts.next() {
            Some(name) => by_name(snapshot, namespace, name),
            None => Host::of(HostKind::Unknown, "", &host, Presence::Unknown),
        };
    }
    let parts: Vec<&str> = host.split('.').collect();
    match parts.as_slice() {
        [name] => by_name(snapshot, from, name),
        [name, namespace] => {
            let found = by_name(snapshot, namespace, name);
            let known = found.found.is_present() || found.namespace_found.is_present();
            // `db.shpo` may be a namespace misspelt; `example.com` is none.
            if known || !OUTSIDE.contains(namespace) {
                found
            } else {
                Host::of(HostKind::Outside, "", &host, Presence::Unknown)
            }
        }
        // `db-0.db.shop`: a pod of a headless Service.
        [_, name, namespace] if service(snapshot, namespace, name).is_present() => {
            by_name(snapshot, namespace, name)
        }
        _ => Host::of(HostKind::Outside, "", &host, Presence::Unknown),
    }
}

fn by_name(snapshot: &Snapshot, namespace: &str, name: &str) -> Host {
    let found = service(snapshot, namespace, name).map(|_| ());
    let mut host = Host::of(HostKind::Service, namespace, name, found);
    host.namespace_found = if found.is_present() {
        Presence::Present(())
    } else {
        snapshot.get("Namespace", "", namespace).map(|_| ())
    };
    if found.is_present() {
        return host;
    }
    host.elsewhere = snapshot
        .of_kind("Service", None)
        .filter(|other| other.name() == name && other.namespace() != namespace)
        .map(|other| other.namespace().to_owned())
        .take(20)
        .collect();
    let names = snapshot
        .of_kind("Service", Some(namespace))
        .map(Object::name);
    if let Some(near) = nearest(name, names) {
        near.clone_into(&mut host.nearest);
        namespace.clone_into(&mut host.nearest_namespace);
    } else if !host.elsewhere.is_empty() {
        let spaces = host.elsewhere.iter().map(String::as_str);
        let near = nearest(namespace, spaces)
            .or(host.elsewhere.first().map(String::as_str))
            .unwrap_or_default()
            .to_owned();
        name.clone_into(&mut host.nearest);
        host.nearest_namespace = near;
    }
    host
}

fn by_address(snapshot: &Snapshot, from: &str, host: &str, address: IpAddr) -> Host {
    if address.is_loopback() || address.is_unspecified() {
        return Host::of(HostKind::Own, from, "", Presence::Present(()));
    }
    let is = |value: &Json| {
        value
            .as_str()
            .and_then(|text| text.parse::<IpAddr>().ok())
            .is_some_and(|own| own == address)
    };
    let service = snapshot.of_kind("Service", None).find(|service| {
        service.at("/spec/clusterIP").is_some_and(is)
            || service.list("/spec/clusterIPs").iter().any(is)
            || service.list("/spec/externalIPs").iter().any(is)
            || service
                .list("/status/loadBalancer/ingress")
                .iter()
                .any(|ingress| ingress.get("ip").is_some_and(is))
    });
    let pod = || {
        snapshot.of_kind("Pod", None).find(|pod| {
            let ended = matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
            let shared = pod.at("/spec/hostNetwork") == Some(&Json::Bool(true));
            !ended && !shared && pod.at("/status/podIP").is_some_and(is)
        })
    };
    let node = || {
        snapshot.of_kind("Node", None).find(|node| {
            node.list("/status/addresses")
                .iter()
                .any(|own| own.get("address").is_some_and(is))
        })
    };
    let there = |kind, object: &Object| {
        Host::of(
            kind,
            object.namespace(),
            object.name(),
            Presence::Present(()),
        )
    };
    service
        .map(|object| there(HostKind::Service, object))
        .or_else(|| pod().map(|object| there(HostKind::Pod, object)))
        .or_else(|| node().map(|object| there(HostKind::Node, object)))
        .unwrap_or_else(|| Host::of(HostKind::Unknown, "", host, Presence::Unknown))
}
