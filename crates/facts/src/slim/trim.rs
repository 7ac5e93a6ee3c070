//! Makes whole lists small while they are gathered: what there may be very much of, and is of use only
//! in part.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::well::MANY;
use crate::revision::number;
use crate::{Json, Object};

/// How many revisions of a Deployment keep their pod templates beside those that have pods.
const TEMPLATES: usize = 3;
/// How many events are kept before the routine ones are dropped.
const EVENTS: usize = 5_000;
/// How many events are kept at all; the newest of them.
const MOST_EVENTS: usize = 20_000;
/// What happens to every pod and workload in good health.
const ROUTINE: &[&str] = &[
    "Scheduled",
    "Pulling",
    "Pulled",
    "Created",
    "Started",
    "SuccessfulCreate",
    "SuccessfulDelete",
    "ScalingReplicaSet",
    "SawCompletedJob",
    "Completed",
    "LeaderElection",
];

/// Takes the pod templates out of ReplicaSets that stand for revisions long gone. The newest three of
/// each Deployment keep theirs, and so does every one that has pods or should have; in a big cluster only
/// the latter where all pods of one revision are ready.
pub fn forget_old_templates(replica_sets: &mut [Object]) {
    let mut revisions: BTreeMap<String, Vec<(Reverse<u64>, usize)>> = BTreeMap::new();
    for (place, set) in replica_sets.iter().enumerate() {
        if let Some(owner) = set.controller() {
            let entry = (Reverse(number(set)), place);
            revisions.entry(owner.to_owned()).or_default().push(entry);
        }
    }
    let many = replica_sets.len() >= MANY;
    for mut places in revisions.into_values() {
        places.sort_unstable();
        // In a big cluster, where all pods of a revision are ready, those without pods are history.
        let settled = many
            && places
                .iter()
                .filter_map(|(_, place)| replica_sets.get(*place))
                .any(all_are_ready);
        let kept = if settled { 0 } else { TEMPLATES };
        for (_, place) in places.into_iter().skip(kept) {
            let Some(set) = replica_sets.get_mut(place) else {
                continue;
            };
            let pods = |pointer| set.int(pointer).unwrap_or(0) != 0;
            if pods("/spec/replicas") || pods("/status/replicas") {
                continue;
            }
            if let Some(Json::Fields(spec)) = set.at("/spec") {
                let spec = spec.without("template");
                set.set(&["spec"], spec);
            }
        }
    }
}

fn all_are_ready(set: &Object) -> bool {
    let pods = |pointer| set.int(pointer).unwrap_or(0);
    let wanted = pods("/spec/replicas");
    wanted > 0 && pods("/status/replicas") == wanted && pods("/status/readyReplicas") == wanted
}

/// Keeps a list of events within bounds: where there are many, those that tell of nothing but good
/// health go first, and then the oldest.
pub fn forget_routine_events(events: &mut Vec<Object>) {
    if events.len() <= EVENTS {
        return;
    }
    events.retain(|event| !is_routine(event));
    if events.len() > MOST_EVENTS {
        // RFC 3339 in one time zone: the order of the texts is the order of the times.
        events.sort_by(|one, other| last_seen(other).cmp(last_seen(one)));
        events.truncate(MOST_EVENTS);
    }
}

/// Whether an event tells of nothing but good health.
#[must_use]
pub fn is_routine(event: &Object) -> bool {
    event.text("/type") == "Normal" && ROUTINE.contains(&event.text("/reason"))
}

fn last_seen(event: &Object) -> &str {
    ["/series/lastObservedTime", "/lastTimestamp", "/eventTime"]
        .into_iter()
        .map(|pointer| event.text(pointer))
        .find(|time| !time.is_empty())
        .unwrap_or_else(|| event.text("/metadata/creationTimestamp"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn revisions_that_count_keep_their_templates() {
        let set = |owner: &str, revision: u32, replicas: u32| {
            Object::new(json!({
                "kind": "ReplicaSet",
                "metadata": {"annotations": {crate::revision::REVISION: revision.to_string()},
                             "ownerReferences": [{"uid": owner, "controller": true}]},
                "spec": {"replicas": replicas, "template": {"spec": {}}},
            }))
        };
        let mut sets: Vec<_> = (1..=6)
            .map(|revision| set("a", revision, u32::from(revision == 2)))
            .collect();
        sets.push(set("b", 1, 0));
        // In pieces it is the same as at once.
        for end in [2, 4, sets.len()] {
            forget_old_templates(sets.get_mut(..end).unwrap());
        }
        let kept: Vec<_> = sets
            .iter()
            .map(|set| set.at("/spec/template").is_some())
            .collect();
        assert_eq!(kept, [false, true, false, true, true, true, true]);
    }

    #[test]
    fn routine_events_go_only_where_there_are_many_and_warnings_stay() {
        let event = |number: usize, kind: &str, reason: &str| {
            Object::new(json!({"kind": "Event", "type": kind, "reason": reason,
                               "lastTimestamp": format!("2026-11-21T10:{:02}:{:02}Z", number / 600 % 60, number / 10 % 60)}))
        };
        let mut few: Vec<_> = (0..100).map(|n| event(n, "Normal", "Pulled")).collect();
        forget_routine_events(&mut few);
        assert_eq!(few.len(), 100);
        let mut many: Vec<_> = (0..6000).map(|n| event(n, "Normal", "Pulled")).collect();
        many.push(event(1, "Warning", "BackOff"));
        many.push(event(1, "Normal", "Killing"));
        forget_routine_events(&mut many);
        assert_eq!(many.len(), 2);
        let mut storm: Vec<_> = (0..30_000)
            .map(|n| event(n, "Warning", "BackOff"))
            .collect();
        forget_routine_events(&mut storm);
        assert_eq!(storm.len(), MOST_EVENTS);
        assert_eq!(
            storm.first().unwrap().text("/lastTimestamp"),
            "2026-11-21T10:49:59Z"
        );
    }
}
