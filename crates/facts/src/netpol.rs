//! Whether NetworkPolicies let traffic through, as their specification says.
//!
//! Whether the cluster's network enforces them at all is not told by any object.

use std::net::IpAddr;

use serde_json::json;

use crate::container::text;
use crate::ports::{declared, number, protocol, targets};
use crate::{Fields, Json, Object, Presence, Snapshot, selects};

/// Which way traffic goes, seen from the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the pod to others.
    Egress,
    /// From others to the pod.
    Ingress,
}

impl Direction {
    /// The word used in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Egress => "Egress",
            Self::Ingress => "Ingress",
        }
    }

    const fn rules(self) -> &'static str {
        match self {
            Self::Egress => "/spec/egress",
            Self::Ingress => "/spec/ingress",
        }
    }

    const fn peers(self) -> &'static str {
        match self {
            Self::Egress => "to",
            Self::Ingress => "from",
        }
    }
}

/// What the policies say of some traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Traffic {
    /// No policy selects the pod, or one lets the traffic through.
    Allowed,
    /// These policies select the pod, and none of them lets the traffic through.
    DeniedBy(Vec<String>),
    /// The policies, or what they ask for, were not all read.
    Unknown,
}

impl Traffic {
    /// The word used in facts: `allowed`, `denied` or `unknown`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::DeniedBy(_) => "denied",
            Self::Unknown => "unknown",
        }
    }

    /// The policies that deny it; none if it is not denied.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        match self {
            Self::DeniedBy(names) => names,
            Self::Allowed | Self::Unknown => &[],
        }
    }
}

/// The other side of the traffic. What is not known of it is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Peer<'a> {
    /// The pod, if it is one.
    pub pod: Option<&'a Object>,
    /// Its address.
    pub address: Option<IpAddr>,
}

impl<'a> Peer<'a> {
    /// A pod as the other side.
    #[must_use]
    pub fn pod(pod: &'a Object) -> Self {
        Self {
            pod: Some(pod),
            address: pod.text("/status/podIP").parse().ok(),
        }
    }

    /// An address as the other side.
    #[must_use]
    pub const fn address(address: IpAddr) -> Self {
        Self {
            pod: None,
            address: Some(address),
        }
    }
}

/// The policies that select a pod for a direction, by name.
pub fn selecting<'a>(
    snapshot: &'a Snapshot,
    pod: &'a Object,
    direction: Direction,
) -> impl Iterator<Item = &'a Object> {
    let labels = pod.at("/metadata/labels").unwrap_or(&Json::Null);
    snapshot
        .of_kind("NetworkPolicy", Some(pod.namespace()))
        .filter(move |policy| {
            applies(policy, direction) && covers(policy.at("/spec/podSelector"), labels)
        })
}

/// Whether a policy speaks of a direction: by its types, or by what it has rules for.
fn applies(policy: &Object, direction: Direction) -> bool {
    let types = policy.list("/spec/policyTypes");
    if types.is_empty() {
        return direction == Direction::Ingress || policy.at("/spec/egress").is_some();
    }
    types
        .iter()
        .any(|kind| kind.as_str() == Some(direction.as_str()))
}

/// Whether the selector of a policy, or of a disruption budget, selects these labels; unlike a
/// Service's, an empty one selects all.
#[must_use]
pub fn covers(selector: Option<&Json>, labels: &Json) -> bool {
    let Some(selector) = selector else {
        return true;
    };
    let empty = ["matchLabels", "matchExpressions"].iter().all(|field| {
        selector.get(field).is_none_or(|found| {
            found.as_object().is_none_or(Fields::is_empty)
                && found.as_array().is_none_or(<[Json]>::is_empty)
        })
    });
    empty || selects(selector, labels)
}

/// Whether the policies let a pod speak to another side, or the other side to it, at a port of
/// the side that is spoken to.
#[must_use]
pub fn traffic(
    snapshot: &Snapshot,
    pod: &Object,
    direction: Direction,
    peer: Peer<'_>,
    port: u16,
    protocol: &str,
) -> Traffic {
    // Pods on the node's network are not isolated by policies.
    if pod.at("/spec/hostNetwork") == Some(&Json::Bool(true)) {
        return Traffic::Allowed;
    }
    let policies: Vec<&Object> = selecting(snapshot, pod, direction).collect();
    let mut unsure = !snapshot.is_complete("NetworkPolicy", pod.namespace());
    if policies.is_empty() {
        return if unsure {
            Traffic::Unknown
        } else {
            Traffic::Allowed
        };
    }
    let asked = match direction {
        Direction::Egress => peer.pod,
        Direction::Ingress => Some(pod),
    };
    for policy in &policies {
        for rule in policy.list(direction.rules()) {
            if !port_allowed(rule, asked, port, protocol) {
                continue;
            }
            match peer_allowed(snapshot, policy, rule, direction, peer) {
                Presence::Present(()) => return Traffic::Allowed,
                Presence::Unknown => unsure = true,
                Presence::Absent => {}
            }
        }
    }
    if unsure {
        Traffic::Unknown
    } else {
        let names = policies.iter().map(|policy| policy.name().to_owned());
        Traffic::DeniedBy(names.collect())
    }
}

fn items<'a>(value: &'a Json, field: &str) -> &'a [Json] {
    value
        .get(field)
        .and_then(Json::as_array)
        .unwrap_or_default()
}

fn port_allowed(rule: &Json, asked: Option<&Object>, port: u16, wanted: &str) -> bool {
    let ports = items(rule, "ports");
    ports.is_empty()
        || ports.iter().any(|allowed| {
            if protocol(allowed) != wanted {
                return false;
            }
            match allowed.get("port") {
                None => true,
                Some(Json::Text(name)) => asked.is_some_and(|pod| {
                    declared(pod).iter().any(|declared| {
                        declared.name == **name
                            && declared.number == port
                            && declared.protocol == wanted
                    })
                }),
                first => {
                    let first = number(first);
                    let last = number(allowed.get("endPort")).max(first);
                    (first..=last).contains(&port)
                }
            }
        })
}

fn peer_allowed(
    snapshot: &Snapshot,
    policy: &Object,
    rule: &Json,
    direction: Direction,
    peer: Peer<'_>,
) -> Presence<()> {
    let peers = items(rule, direction.peers());
    if peers.is_empty() {
        return Presence::Present(());
    }
    let mut unsure = false;
    for allowed in peers {
        match one_peer(snapshot, policy, allowed, peer) {
            Presence::Present(()) => return Presence::Present(()),
            Presence::Unknown => unsure = true,
            Presence::Absent => {}
        }
    }
    if unsure {
        Presence::Unknown
    } else {
        Presence::Absent
    }
}

fn one_peer(snapshot: &Snapshot, policy: &Object, allowed: &Json, peer: Peer<'_>) -> Presence<()> {
    let answer = |yes: bool| {
        if yes {
            Presence::Present(())
        } else {
            Presence::Absent
        }
    };
    if let Some(block) = allowed.get("ipBlock") {
        let Some(address) = peer.address else {
            return Presence::Unknown;
        };
        let excepted = items(block, "except")
            .iter()
            .filter_map(Json::as_str)
            .any(|range| within(range, address));
        return answer(within(text(block, "/cidr"), address) && !excepted);
    }
    let Some(pod) = peer.pod else {
        // An address that belongs to no pod is selected by no selector; whether it belongs to one
        // is known only if all pods were read.
        return if snapshot.is_complete("Pod", "") {
            Presence::Absent
        } else {
            Presence::Unknown
        };
    };
    let namespace = match allowed.get("namespaceSelector") {
        None => answer(pod.namespace() == policy.namespace()),
        Some(selector) => namespace_selected(snapshot, selector, pod.namespace()),
    };
    let labels = pod.at("/metadata/labels").unwrap_or(&Json::Null);
    if !covers(allowed.get("podSelector"), labels) {
        return Presence::Absent;
    }
    namespace
}

fn namespace_selected(snapshot: &Snapshot, selector: &Json, name: &str) -> Presence<()> {
    // Every namespace has its name as a label, whether the namespace was read or not.
    let found = snapshot.get("Namespace", "", name);
    let labels = match &found {
        Presence::Present(namespace) => namespace.at("/metadata/labels"),
        Presence::Absent | Presence::Unknown => None,
    };
    let labels = labels
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    let labels = Json::Fields(labels.with("kubernetes.io/metadata.name", name.into()));
    if covers(Some(selector), &labels) {
        Presence::Present(())
    } else if found.is_present() {
        Presence::Absent
    } else {
        Presence::Unknown
    }
}

/// Whether an address is in a range such as `10.0.0.0/8`.
fn within(range: &str, address: IpAddr) -> bool {
    let Some((base, length)) = range.split_once('/') else {
        return range.parse::<IpAddr>() == Ok(address);
    };
    let (Ok(base), Ok(length)) = (base.parse::<IpAddr>(), length.parse::<u32>()) else {
        return false;
    };
    let (base, address, width) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => (
            u128::from(u32::from(base)),
            u128::from(u32::from(address)),
            32,
        ),
        (IpAddr::V6(base), IpAddr::V6(address)) => (u128::from(base), u128::from(address), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let Some(rest) = 128_u32
        .checked_sub(length)
        .filter(|_| length <= width)
        .and_then(|_| u32::checked_sub(width, length))
    else {
        return false;
    };
    base.checked_shr(rest).unwrap_or(0) == address.checked_shr(rest).unwrap_or(0)
}

/// Whether the policies on both sides let a pod reach a Service's port: allowed if one of the pods
/// behind it can be reached. Unknown if there is none.
#[must_use]
pub fn to_service(snapshot: &Snapshot, pod: &Object, service: &Object, port: u16) -> Traffic {
    let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
    let mut answer = Traffic::Unknown;
    for target in snapshot
        .selected("Pod", service.namespace(), selector)
        .take(20)
    {
        let ports = targets(service, target, &[]);
        let Some(found) = ports
            .iter()
            .find(|found| found.port == port || (port == 0 && found.number != 0))
        else {
            continue;
        };
        let out = traffic(
            snapshot,
            pod,
            Direction::Egress,
            Peer::pod(target),
            found.number,
            &found.protocol,
        );
        let into = traffic(
            snapshot,
            target,
            Direction::Ingress,
            Peer::pod(pod),
            found.number,
            &found.protocol,
        );
        match (out, into) {
            (Traffic::Allowed, Traffic::Allowed) => return Traffic::Allowed,
            (Traffic::DeniedBy(names), _) | (_, Traffic::DeniedBy(names)) => {
                answer = Traffic::DeniedBy(names);
            }
            (Traffic::Unknown | Traffic::Allowed, Traffic::Unknown)
            | (Traffic::Unknown, Traffic::Allowed) => {}
        }
    }
    answer
}

/// Whether the policies let a pod ask the cluster's DNS: UDP, port 53 of its pods.
#[must_use]
pub fn dns(snapshot: &Snapshot, pod: &Object) -> Traffic {
    let labels = Json::from(json!({"k8s-app": "kube-dns"}));
    let server = snapshot.selected("Pod", "kube-system", &labels).next();
    // Where its pods were not read, they are as they are everywhere.
    let usual = Object::new(json!({
        "kind": "Pod",
        "metadata": {"namespace": "kube-system", "labels": labels.clone()},
        "spec": {"containers": [{"ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"}]}]},
    }));
    let server = server.unwrap_or(&usual);
    traffic(
        snapshot,
        pod,
        Direction::Egress,
        Peer::pod(server),
        53,
        "UDP",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_range_or_not() {
        for (range, address, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("1.2.3.4/32", "1.2.3.4", true),
            ("1.2.3.4/33", "1.2.3.4", false),
            ("fd00::/8", "fd00::1", true),
            ("::/0", "fd00::1", true),
            ("0.0.0.0/0", "fd00::1", false),
            ("nonsense", "1.2.3.4", false),
        ] {
            assert_eq!(
                within(range, address.parse().unwrap()),
                expected,
                "{range} {address}"
            );
        }
    }
}
