//! The scheduler's own words about why no node takes a pod.

use super::{Reason, ReasonKind};
use crate::container::first_line;

/// Reads `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}. …`:
/// how many nodes there are, and the reasons.
#[must_use]
pub fn read_words(message: &str) -> (usize, Vec<Reason>) {
    let message = first_line(message);
    let Some((head, rest)) = message.split_once("nodes are available: ") else {
        return (0, alone(message).into_iter().collect());
    };
    let nodes = head
        .trim()
        .rsplit('/')
        .next()
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0);
    // What preemption could do, and claims of devices, stand in sentences of their own.
    let end = [
        ". preemption:",
        ". no new claims",
        ". still not schedulable",
    ]
    .iter()
    .filter_map(|mark| rest.find(mark))
    .min()
    .unwrap_or(rest.len());
    let rest = rest.get(..end).unwrap_or(rest).trim_end_matches('.');
    // Older schedulers put a comma into one reason.
    let rest = rest
        .replace("}, that the pod didn't tolerate", "}")
        .replace("}, which the pod didn't tolerate", "}");
    let mut parts: Vec<String> = Vec::new();
    for piece in rest.split(", ") {
        let counted = piece.starts_with(|c: char| c.is_ascii_digit());
        match parts.last_mut() {
            Some(before) if !counted && !begins_a_reason(piece) => {
                before.push_str(", ");
                before.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    let reasons = parts
        .iter()
        .map(|part| {
            let (count, words) = match part.split_once(' ') {
                Some((count, words)) => match count.parse() {
                    Ok(count) => (count, words),
                    Err(_) => (nodes, part.as_str()),
                },
                None => (nodes, part.as_str()),
            };
            reason(count, words)
        })
        .collect();
    (nodes, reasons)
}

/// Reasons that are told without a count, because they hold for the pod and not for nodes.
fn begins_a_reason(piece: &str) -> bool {
    piece.starts_with("persistentvolumeclaim ") || piece.starts_with("pod has unbound")
}

/// A message that speaks of no nodes.
fn alone(message: &str) -> Option<Reason> {
    let found = reason(0, message);
    (found.kind != ReasonKind::Other).then_some(found)
}

fn reason(nodes: usize, words: &str) -> Reason {
    let words = words.trim();
    let lower = words.to_ascii_lowercase();
    let has = |part: &str| lower.contains(part);
    let mut found = Reason::new(ReasonKind::Other, words);
    found.nodes = nodes;
    words.clone_into(&mut found.said);
    if let Some(resource) = words.strip_prefix("Insufficient ") {
        found.kind = ReasonKind::InsufficientResource;
        resource.trim().clone_into(&mut found.resource);
        found.what = found.resource.clone();
        return found;
    }
    if let Some((_, taint)) = words.split_once('{').filter(|_| has("taint")) {
        let taint = taint.split('}').next().unwrap_or_default();
        let (key, value) = taint.split_once(':').unwrap_or((taint, ""));
        key.trim().clone_into(&mut found.key);
        value.trim().clone_into(&mut found.value);
        found.what = if found.value.is_empty() {
            found.key.clone()
        } else {
            format!("{}={}", found.key, found.value)
        };
        found.kind = ReasonKind::of_taint(&found.key);
        return found;
    }
    found.kind = if has("too many pods") {
        ReasonKind::TooManyPods
    } else if has("untolerated taint") {
        ReasonKind::Taint
    } else if has("were unschedulable") {
        ReasonKind::Unschedulable
    } else if has("existing pods anti-affinity") {
        ReasonKind::ExistingAntiAffinity
    } else if has("anti-affinity") {
        ReasonKind::PodAntiAffinity
    } else if has("pod affinity") {
        ReasonKind::PodAffinity
    } else if has("topology spread") {
        ReasonKind::TopologySpread
    } else if has("free ports") {
        ReasonKind::HostPort
    } else if has("volume node affinity") || has("persistentvolume's node affinity") {
        ReasonKind::VolumeNodeAffinity
    } else if has("node affinity") || has("node selector") {
        ReasonKind::NodeAffinity
    } else if has("max volume count") || has("too many volumes") {
        ReasonKind::TooManyVolumes
    } else if has("unbound immediate")
        || has("available persistent volumes to bind")
        || has("not enough free storage")
        || has("did not have enough free storage")
    {
        ReasonKind::VolumeUnbound
    } else if has("persistentvolumeclaim") {
        ReasonKind::VolumeMissing
    } else if has("scheduling is blocked") || has("scheduling gates") {
        ReasonKind::SchedulingGated
    } else {
        ReasonKind::Other
    };
    if found.kind == ReasonKind::VolumeMissing {
        words
            .split('"')
            .nth(1)
            .unwrap_or(words)
            .clone_into(&mut found.what);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReasonKind::{
        ExistingAntiAffinity, HostPort, InsufficientResource, NodeAffinity, NodeNotReady,
        PodAntiAffinity, SchedulingGated, Taint, TooManyPods, TopologySpread, Unschedulable,
        VolumeMissing, VolumeNodeAffinity, VolumeUnbound,
    };

    /// A message, how many nodes there are, and the reasons.
    type Row = (
        &'static str,
        usize,
        &'static [(ReasonKind, usize, &'static str)],
    );

    #[test]
    fn the_schedulers_words_are_read_with_their_counts() {
        #[rustfmt::skip]
        let table: &[Row] = &[
            ("0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {dedicated: gpu}. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.", 3,
                &[(InsufficientResource, 1, "cpu"), (Taint, 2, "dedicated=gpu")]),
            ("0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.", 1,
                &[(InsufficientResource, 1, "cpu"), (InsufficientResource, 1, "memory")]),
            ("0/2 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/control-plane: }, that the pod didn't tolerate, 1 node(s) didn't match Pod's node affinity/selector.", 2,
                &[(Taint, 1, "node-role.kubernetes.io/control-plane"), (NodeAffinity, 1, "node(s) didn't match Pod's node affinity/selector")]),
            ("0/1 nodes are available: 1 node(s) were unschedulable.", 1, &[(Unschedulable, 1, "node(s) were unschedulable")]),
            ("0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unschedulable: }.", 1, &[(Unschedulable, 1, "node.kubernetes.io/unschedulable")]),
            ("0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.", 1, &[(NodeNotReady, 1, "node.kubernetes.io/not-ready")]),
            ("0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 2 Too many pods.", 3, &[(HostPort, 1, "node(s) didn't have free ports for the requested pod ports"), (TooManyPods, 2, "Too many pods")]),
            ("0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.", 3, &[(PodAntiAffinity, 3, "node(s) didn't match pod anti-affinity rules")]),
            ("0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.", 3, &[(ExistingAntiAffinity, 3, "node(s) didn't satisfy existing pods anti-affinity rules")]),
            ("0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label).", 3, &[(TopologySpread, 3, "node(s) didn't match pod topology spread constraints (missing required label)")]),
            ("0/3 nodes are available: 3 node(s) had volume node affinity conflict.", 3, &[(VolumeNodeAffinity, 3, "node(s) had volume node affinity conflict")]),
            ("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.", 3, &[(VolumeUnbound, 3, "pod has unbound immediate PersistentVolumeClaims")]),
            (r#"0/3 nodes are available: persistentvolumeclaim "data" not found. preemption: none"#, 3, &[(VolumeMissing, 3, "data")]),
            ("Scheduling is blocked due to non-empty scheduling gates", 0, &[(SchedulingGated, 0, "Scheduling is blocked due to non-empty scheduling gates")]),
            ("no nodes available to schedule pods", 0, &[]),
            ("", 0, &[]),
        ];
        for (message, nodes, expected) in table {
            let (count, reasons) = read_words(message);
            let found: Vec<_> = reasons
                .iter()
                .map(|reason| (reason.kind, reason.nodes, reason.what.as_str()))
                .collect();
            assert_eq!((count, found.as_slice()), (*nodes, *expected), "{message}");
        }
    }
}
