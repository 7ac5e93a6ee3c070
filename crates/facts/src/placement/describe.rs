//! What there is instead of what a pod wants: the words that a reason is told with.

use std::collections::BTreeMap;

use super::labels::{self, label};
use super::requests::{self, Amounts, list};
use super::{Reason, ReasonKind, Room};
use crate::container::text;
use crate::{Json, Object, nearest, quantity, selects};

/// How many values are named in a reason.
const NAMED: usize = 8;

impl Room<'_> {
    /// Adds what there is instead of what is wanted.
    pub(super) fn describe(
        &self,
        reason: &mut Reason,
        spec: &Json,
        wanted: &Amounts,
        candidates: &[&Object],
    ) {
        match reason.kind {
            ReasonKind::InsufficientResource => self.describe_amount(reason, wanted, candidates),
            ReasonKind::TooManyPods => {
                let most = self
                    .nodes
                    .values()
                    .filter_map(|node| requests::allocatable(node).get("pods").copied())
                    .max();
                reason.allocatable = most.map(quantity::plain).unwrap_or_default();
                reason.instead = format!("at most {} pods a node", reason.allocatable);
            }
            ReasonKind::NodeSelector => {
                let (key, value) = (reason.key.clone(), reason.value.clone());
                self.describe_label(reason, &key, &[&value]);
            }
            ReasonKind::NodeAffinity => {
                let required = spec.pointer(
                    "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution",
                );
                let expression = required
                    .into_iter()
                    .flat_map(|required| list(required, "nodeSelectorTerms"))
                    .flat_map(|term| list(term, "matchExpressions"))
                    .find(|expression| {
                        !self.nodes.values().any(|node| {
                            labels::holds(expression, label(node, text(expression, "/key")))
                        })
                    });
                if let Some(expression) = expression {
                    let key = text(expression, "/key").to_owned();
                    let values: Vec<&str> = list(expression, "values")
                        .iter()
                        .filter_map(Json::as_str)
                        .collect();
                    reason.value = values.first().copied().unwrap_or_default().to_owned();
                    reason.key.clone_from(&key);
                    self.describe_label(reason, &key, &values);
                } else {
                    "no node meets all of it together".clone_into(&mut reason.instead);
                }
            }
            ReasonKind::PodAffinity => self.describe_company(reason, spec),
            ReasonKind::SchedulingGated
            | ReasonKind::NodeMissing
            | ReasonKind::VolumeMissing
            | ReasonKind::VolumeUnbound
            | ReasonKind::VolumeNodeAffinity
            | ReasonKind::TooManyVolumes
            | ReasonKind::NodeNotReady
            | ReasonKind::Unschedulable
            | ReasonKind::Taint
            | ReasonKind::HostPort
            | ReasonKind::PodAntiAffinity
            | ReasonKind::ExistingAntiAffinity
            | ReasonKind::TopologySpread
            | ReasonKind::Other => {}
        }
    }

    /// Of a pod that wants to be beside others: whether there are any, whatever their namespace.
    fn describe_company(&self, reason: &mut Reason, spec: &Json) {
        let terms =
            spec.pointer("/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution");
        let lonely = terms
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|term| term.get("labelSelector"))
            .find(|selector| {
                !self.snapshot.of_kind("Pod", None).any(|pod| {
                    pod.at("/metadata/labels")
                        .is_some_and(|labels| selects(selector, labels))
                })
            });
        let Some(selector) = lonely else {
            return;
        };
        "no pod has these labels".clone_into(&mut reason.instead);
        let wanted = selector.get("matchLabels").and_then(Json::as_object);
        let Some((key, value)) = wanted.and_then(|labels| labels.iter().next()) else {
            return;
        };
        let there = self
            .snapshot
            .of_kind("Pod", None)
            .filter_map(|pod| pod.at("/metadata/labels")?.get(key)?.as_str());
        nearest(value.as_str().unwrap_or_default(), there)
            .unwrap_or_default()
            .clone_into(&mut reason.nearest);
    }

    fn describe_amount(&self, reason: &mut Reason, wanted: &Amounts, candidates: &[&Object]) {
        let resource = reason.resource.as_str();
        let best = candidates
            .iter()
            .map(|node| (self.free(node.name(), resource).unwrap_or(0), node.name()))
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)));
        let largest = self
            .nodes
            .values()
            .filter_map(|node| requests::allocatable(node).get(resource).copied())
            .max();
        let asked = wanted.get(resource).copied().unwrap_or(0);
        reason.never = largest.unwrap_or(0) < asked;
        let allocatable = largest.map(|amount| quantity::show(resource, amount));
        if let Some((free, node)) = best {
            let free = quantity::show(resource, free.max(0));
            reason.instead = match &allocatable {
                None => format!("no node has {resource}"),
                Some(all) => format!("{node} has most left: {free} of {all}"),
            };
            reason.free = free;
            node.clone_into(&mut reason.free_node);
        }
        reason.allocatable = allocatable.unwrap_or_default();
    }

    fn describe_label(&self, reason: &mut Reason, key: &str, wanted: &[&str]) {
        let mut values: BTreeMap<&str, usize> = BTreeMap::new();
        for value in self.nodes.values().filter_map(|node| label(node, key)) {
            let count = values.entry(value).or_default();
            *count = count.saturating_add(1);
        }
        if values.is_empty() {
            let keys = self
                .nodes
                .values()
                .filter_map(|node| node.at("/metadata/labels")?.as_object())
                .flat_map(|labels| labels.keys());
            let near = nearest(key, keys).unwrap_or_default();
            near.clone_into(&mut reason.nearest);
            reason.instead = if near.is_empty() {
                format!("no node has a label {key}")
            } else {
                format!("no node has a label {key}; there is {near}")
            };
            return;
        }
        let shown: Vec<String> = values
            .iter()
            .take(NAMED)
            .map(|(value, count)| format!("{key}={value} ({count})"))
            .collect();
        reason.instead = shown.join(", ");
        if let [wanted] = wanted {
            nearest(wanted, values.keys().copied())
                .unwrap_or_default()
                .clone_into(&mut reason.nearest);
        }
    }

    /// Adds the scheduler's words to the reasons that it gives too, and takes over those that
    /// cannot be computed.
    pub(super) fn compare(&self, reasons: &mut Vec<Reason>, told: &[Reason]) {
        for words in told {
            let same = reasons.iter_mut().find(|reason| {
                let labels =
                    |kind| matches!(kind, ReasonKind::NodeSelector | ReasonKind::NodeAffinity);
                (reason.kind == words.kind || (labels(reason.kind) && labels(words.kind)))
                    && (words.resource.is_empty() || words.resource == reason.resource)
                    && (words.key.is_empty() || reason.key.is_empty() || words.key == reason.key)
            });
            match same {
                Some(reason) => reason.said.clone_from(&words.said),
                None if words.kind == ReasonKind::TooManyVolumes => reasons.push(words.clone()),
                None => {}
            }
        }
    }
}
