//! Conditions on the other pods: affinity to them, anti-affinity, even spread, ports of the node.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::{fits_terms, label};
use super::requests::list;
use crate::container::text;
use crate::ports::{number, protocol};
use crate::{Fields, Json, Object, Snapshot, selects};

/// A condition that a node does not meet, in words.
pub(super) type Failed = Option<String>;

/// What the checks ask of the cluster, gathered once.
pub(super) struct Around<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) nodes: &'a BTreeMap<&'a str, &'a Object>,
    /// The pods on each node, by its name; those that have ended are not among them.
    pub(super) pods: &'a BTreeMap<&'a str, Vec<&'a Object>>,
    /// Those of them that want to be away from others, with their nodes.
    pub(super) apart: &'a [(&'a str, &'a Object)],
}

impl<'a> Around<'a> {
    fn domain(&self, node: &str, key: &str) -> Option<&'a str> {
        self.nodes.get(node).and_then(|found| label(found, key))
    }

    /// The domains of a topology in which pods are that a term of a pod means.
    fn domains(&self, term: &Json, key: &str, pod: &Object) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        for (node, pods) in self.pods {
            if let Some(domain) = self.domain(node, key)
                && !found.contains(domain)
                && pods.iter().any(|other| means(self, term, pod, other))
            {
                found.insert(domain);
            }
        }
        found
    }
}

/// Whether a selector selects a pod's labels; unlike a Service's, an empty one selects all.
fn covers(selector: Option<&Json>, labels: &Json) -> bool {
    let Some(selector) = selector else {
        return false;
    };
    let empty = ["matchLabels", "matchExpressions"].iter().all(|field| {
        selector.get(field).is_none_or(|found| {
            found.as_object().is_none_or(Fields::is_empty)
                && found.as_array().is_none_or(<[Json]>::is_empty)
        })
    });
    empty || selects(selector, labels)
}

fn labels(pod: &Object) -> &Json {
    pod.at("/metadata/labels").unwrap_or(&Json::Null)
}

/// Whether a term of an affinity, written in a pod of a namespace, means another pod.
fn means(around: &Around<'_>, term: &Json, owner: &Object, other: &Object) -> bool {
    let namespaces = list(term, "namespaces");
    let named = namespaces
        .iter()
        .any(|name| name.as_str() == Some(other.namespace()));
    let selected = term.get("namespaceSelector").is_some_and(|selector| {
        let found = around.snapshot.get("Namespace", "", other.namespace());
        let own = found.present().map_or(&Json::Null, labels);
        covers(Some(selector), own)
    });
    let own = namespaces.is_empty()
        && term.get("namespaceSelector").is_none()
        && owner.namespace() == other.namespace();
    let alike = |field: &str, same: bool| {
        list(term, field)
            .iter()
            .filter_map(Json::as_str)
            .all(|key| (label(owner, key) == label(other, key)) == same)
    };
    (named || selected || own)
        && covers(term.get("labelSelector"), labels(other))
        && alike("matchLabelKeys", true)
        && alike("mismatchLabelKeys", false)
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

fn terms<'a>(spec: &'a Json, kind: &str) -> &'a [Json] {
    spec.pointer(&format!("/affinity/{kind}"))
        .map_or(&[], |affinity| list(affinity, REQUIRED))
}

/// A term of an affinity with the domains in which its pods are.
struct Term<'a> {
    key: &'a str,
    domains: BTreeSet<&'a str>,
    /// Whether the pod is the first of a group that wants to stand together.
    first: bool,
    said: String,
}

/// A constraint of even spread with how the pods are spread now.
struct Spread<'a> {
    key: &'a str,
    counts: BTreeMap<&'a str, i64>,
    most: i64,
    least: i64,
    own: i64,
}

/// What a pod's conditions on other pods come to, worked out once for all nodes.
pub(super) struct Others<'a> {
    with: Vec<Term<'a>>,
    away: Vec<Term<'a>>,
    /// Topology, domain and pod of those that want to be away from this one.
    existing: Vec<(&'a str, &'a str, String)>,
    spreads: Vec<Spread<'a>>,
}

impl<'a> Others<'a> {
    pub(super) fn of(around: &Around<'a>, pod: &Object, spec: &'a Json) -> Self {
        let read = |kind: &str| -> Vec<Term<'a>> {
            terms(spec, kind)
                .iter()
                .map(|term| {
                    let key = text(term, "/topologyKey");
                    let domains = around.domains(term, key, pod);
                    Term {
                        key,
                        first: domains.is_empty() && means(around, term, pod, pod),
                        domains,
                        said: said(term),
                    }
                })
                .collect()
        };
        let mut existing = Vec::new();
        for (node, other) in around.apart {
            let others = other
                .at("/spec")
                .map_or(&[][..], |spec| terms(spec, "podAntiAffinity"));
            for term in others {
                let key = text(term, "/topologyKey");
                if let Some(domain) = around.domain(node, key)
                    && means(around, term, other, pod)
                {
                    existing.push((
                        key,
                        domain,
                        format!("{}/{}", other.namespace(), other.name()),
                    ));
                }
            }
        }
        let spreads = list(spec, "topologySpreadConstraints")
            .iter()
            .filter(|constraint| {
                matches!(text(constraint, "/whenUnsatisfiable"), "DoNotSchedule" | "")
            })
            .map(|constraint| spread_of(around, pod, spec, constraint))
            .collect();
        Self {
            with: read("podAffinity"),
            away: read("podAntiAffinity"),
            existing,
            spreads,
        }
    }

    /// A required affinity to other pods that a node does not meet.
    pub(super) fn affinity(&self, node: &Object) -> Failed {
        self.with.iter().find_map(|term| {
            let met =
                label(node, term.key).is_some_and(|here| term.first || term.domains.contains(here));
            (!met).then(|| term.said.clone())
        })
    }

    /// A required anti-affinity of the pod that a node does not meet.
    pub(super) fn anti_affinity(&self, node: &Object) -> Failed {
        self.away.iter().find_map(|term| {
            label(node, term.key)
                .is_some_and(|here| term.domains.contains(here))
                .then(|| term.said.clone())
        })
    }

    /// A pod that is there already and wants to be away from this one.
    pub(super) fn existing(&self, node: &Object) -> Failed {
        self.existing
            .iter()
            .find_map(|(key, domain, who)| (label(node, key) == Some(*domain)).then(|| who.clone()))
    }

    /// A constraint of even spread that a node does not meet, and how the pods are spread now.
    pub(super) fn spread(&self, node: &Object) -> Failed {
        self.spreads.iter().find_map(|spread| {
            let key = spread.key;
            let Some(here) = label(node, key) else {
                return Some(format!("no label {key}"));
            };
            let there = spread.counts.get(here).copied().unwrap_or(0);
            let skew = there
                .saturating_add(spread.own)
                .saturating_sub(spread.least);
            (skew > spread.most).then(|| {
                let now: Vec<String> = spread
                    .counts
                    .iter()
                    .map(|(domain, count)| format!("{domain}: {count}"))
                    .take(10)
                    .collect();
                format!(
                    "at most {} more per {key} than elsewhere ({})",
                    spread.most,
                    now.join(", ")
                )
            })
        })
    }
}

/// A term in words: `app=web per kubernetes.io/hostname`.
fn said(term: &Json) -> String {
    format!(
        "{} per {}",
        selector_words(term.get("labelSelector")),
        text(term, "/topologyKey")
    )
}

fn selector_words(selector: Option<&Json>) -> String {
    let Some(selector) = selector else {
        return "nothing".to_owned();
    };
    let mut words: Vec<String> = selector
        .get("matchLabels")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    words.extend(
        list(selector, "matchExpressions")
            .iter()
            .map(super::labels::shown),
    );
    if words.is_empty() {
        "any pod".to_owned()
    } else {
        words.join(",")
    }
}

fn spread_of<'a>(
    around: &Around<'a>,
    pod: &Object,
    spec: &Json,
    constraint: &'a Json,
) -> Spread<'a> {
    let key = text(constraint, "/topologyKey");
    let selector = constraint.get("labelSelector");
    let int = |field: &str| constraint.get(field).and_then(Json::as_i64).unwrap_or(1);
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for node in around.nodes.values().copied() {
        let Some(domain) = label(node, key).filter(|_| counts_in(constraint, spec, node)) else {
            continue;
        };
        let pods = around.pods.get(node.name()).into_iter().flatten();
        let found = pods
            .filter(|there| {
                there.namespace() == pod.namespace()
                    && there.at("/metadata/deletionTimestamp").is_none()
                    && covers(selector, labels(there))
                    && same_keys(constraint, pod, there)
            })
            .count();
        let count = counts.entry(domain).or_default();
        *count = count.saturating_add(i64::try_from(found).unwrap_or(i64::MAX));
    }
    let few = i64::try_from(counts.len()).is_ok_and(|found| found < int("minDomains"));
    Spread {
        key,
        most: int("maxSkew"),
        least: if few {
            0
        } else {
            counts.values().copied().min().unwrap_or(0)
        },
        own: i64::from(covers(selector, labels(pod))),
        counts,
    }
}

/// Whether a pod wants to be away from others.
pub(super) fn wants_apart(pod: &Object) -> bool {
    pod.at("/spec")
        .is_some_and(|spec| !terms(spec, "podAntiAffinity").is_empty())
}

fn same_keys(constraint: &Json, pod: &Object, other: &Object) -> bool {
    list(constraint, "matchLabelKeys")
        .iter()
        .filter_map(Json::as_str)
        .all(|key| label(pod, key) == label(other, key))
}

/// Whether a node counts for a spread: by default those that the pod's own selector and affinity
/// allow, whatever their taints.
fn counts_in(constraint: &Json, spec: &Json, node: &Object) -> bool {
    if text(constraint, "/nodeTaintsPolicy") == "Honor"
        && super::labels::untolerated(node, spec).next().is_some()
    {
        return false;
    }
    text(constraint, "/nodeAffinityPolicy") == "Ignore" || fits_labels(spec, node)
}

/// Whether a node has the labels that a pod's own selector and affinity want.
fn fits_labels(spec: &Json, node: &Object) -> bool {
    let selected = spec
        .get("nodeSelector")
        .and_then(Json::as_object)
        .is_none_or(|wanted| {
            wanted
                .iter()
                .all(|(key, value)| label(node, key) == value.as_str())
        });
    let required = spec.pointer(&format!("/affinity/nodeAffinity/{REQUIRED}"));
    selected && required.is_none_or(|required| fits_terms(required, node))
}

/// The ports of a node that a pod takes: protocol, address, port.
fn host_ports(spec: &Json) -> Vec<(&str, &str, u16)> {
    let host = spec.get("hostNetwork").and_then(Json::as_bool) == Some(true);
    let sidecars = list(spec, "initContainers")
        .iter()
        .filter(|container| text(container, "/restartPolicy") == "Always");
    list(spec, "containers")
        .iter()
        .chain(sidecars)
        .flat_map(|container| list(container, "ports"))
        .filter_map(|port| {
            let taken = match number(port.get("hostPort")) {
                0 if host => number(port.get("containerPort")),
                taken => taken,
            };
            (taken != 0).then(|| (protocol(port), text(port, "/hostIP"), taken))
        })
        .collect()
}

/// A port of the node that another pod has, and which pod.
pub(super) fn host_port(around: &Around<'_>, spec: &Json, node: &Object) -> Failed {
    let wanted = host_ports(spec);
    if wanted.is_empty() {
        return None;
    }
    let any = |address: &str| address.is_empty() || address == "0.0.0.0" || address == "::";
    around
        .pods
        .get(node.name())
        .into_iter()
        .flatten()
        .find_map(|other| {
            let taken = host_ports(other.at("/spec")?);
            wanted.iter().find_map(|(protocol, address, port)| {
                taken
                    .iter()
                    .any(|(other_protocol, other_address, other_port)| {
                        protocol == other_protocol
                            && port == other_port
                            && (any(address) || any(other_address) || address == other_address)
                    })
                    .then(|| {
                        format!(
                            "{protocol} {port}, which {}/{} has",
                            other.namespace(),
                            other.name()
                        )
                    })
            })
        })
}
