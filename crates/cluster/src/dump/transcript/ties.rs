//! Ties what was shown together: owners, uids, events, and the conditions that events tell.

use std::collections::{BTreeMap, BTreeSet};

use facts::Object;
use serde_json::{Value, json};

use super::super::kinds;
use super::looks::{Fullness, Look, put};
use super::settle::{GUESSED, Key, text};
use super::{age, merge, owners};

/// Gives pods the owners that were shown, or else that their names tell, and makes those owners
/// known as far as that goes.
pub(super) fn own(
    things: &mut BTreeMap<Key, Look>,
    known: &BTreeMap<Key, &Object>,
    whole: &BTreeSet<(String, Option<String>)>,
) {
    let there = |things: &BTreeMap<Key, Look>, key: &Key| {
        things.contains_key(key) || known.contains_key(key)
    };
    let missing = |key: &Key| {
        whole.contains(&(key.0.clone(), None))
            || whole.contains(&(key.0.clone(), Some(key.1.clone())))
    };
    let names: Vec<Key> = things
        .keys()
        .filter(|key| matches!(key.0.as_str(), "Pod" | "ReplicaSet" | "Job"))
        .cloned()
        .collect();
    for key in names {
        let Some(look) = things.get(&key) else {
            continue;
        };
        let owned = look.object.pointer("/metadata/ownerReferences").is_some();
        if owned || look.fullness == Fullness::Whole {
            continue;
        }
        // A description says `Controlled By` of everything that is controlled.
        if look.fullness == Fullness::Described {
            continue;
        }
        let (kind, space, name) = &key;
        let mut chain = match kind.as_str() {
            "Pod" => owners::of_pod(name),
            "ReplicaSet" => owners::of_replica_set(name)
                .map(|name| ("Deployment", name.to_owned()))
                .into_iter()
                .collect(),
            // What a description of a Job says of its owner was taken above.
            _ => owners::of_job(name)
                .map(|name| ("CronJob", name.to_owned()))
                .filter(|(kind, cron)| {
                    there(things, &((*kind).to_owned(), space.clone(), cron.clone()))
                })
                .into_iter()
                .collect(),
        };
        if chain.is_empty()
            && let Some(base) = owners::base_of(name)
        {
            let owner = ["DaemonSet", "Job", "ReplicaSet"].into_iter().find(|kind| {
                there(
                    things,
                    &((*kind).to_owned(), space.clone(), base.to_owned()),
                )
            });
            chain.extend(owner.map(|kind| (kind, base.to_owned())));
        }
        // A name that looks like a pod of a StatefulSet is one only if such a set was seen.
        if let [("StatefulSet", base)] = chain.as_slice() {
            let set = ("StatefulSet".to_owned(), space.clone(), base.clone());
            if !there(things, &set) && missing(&set) {
                chain.clear();
            }
        }
        let mut child = key.clone();
        for (kind, name) in chain {
            let owner: Key = (kind.to_owned(), space.clone(), name);
            if !there(things, &owner) && missing(&owner) {
                break;
            }
            let Some(look) = things.get_mut(&child) else {
                break;
            };
            if look.object.pointer("/metadata/ownerReferences").is_some() {
                break;
            }
            put(
                &mut look.object,
                "/metadata/ownerReferences",
                json!([{"kind": owner.0, "name": owner.2, "controller": true}]),
            );
            put(&mut look.object, GUESSED, json!("owner"));
            if known.contains_key(&owner) {
                break;
            }
            let line = look.line;
            things
                .entry(owner.clone())
                .or_insert_with(|| mention(&owner, line));
            child = owner;
        }
    }
    // Owners that were shown by name alone are known by that.
    let shown: Vec<(Key, usize)> = things
        .iter()
        .filter_map(|((_, space, _), look)| {
            let owner = look.object.pointer("/metadata/ownerReferences/0")?;
            let (kind, name) = (text(owner, "/kind"), text(owner, "/name"));
            kinds::named(kind)?;
            Some(((kind.to_owned(), space.clone(), name.to_owned()), look.line))
        })
        .collect();
    for (owner, line) in shown {
        if !known.contains_key(&owner) && !things.contains_key(&owner) && !missing(&owner) {
            let mut stub = mention(&owner, line);
            let app = match owner.0.as_str() {
                "ReplicaSet" => owners::of_replica_set(&owner.2).map(|app| ("Deployment", app)),
                "Job" => owners::of_job(&owner.2).map(|cron| ("CronJob", cron)),
                _ => None,
            };
            if let Some((kind, app)) = app {
                let above: Key = (kind.to_owned(), owner.1.clone(), app.to_owned());
                if there(things, &above) || !missing(&above) {
                    put(
                        &mut stub.object,
                        "/metadata/ownerReferences",
                        json!([{"kind": kind, "name": app, "controller": true}]),
                    );
                    put(&mut stub.object, GUESSED, json!("owner"));
                    if !known.contains_key(&above) {
                        things
                            .entry(above.clone())
                            .or_insert_with(|| mention(&above, line));
                    }
                }
            }
            things.insert(owner, stub);
        }
    }
}

/// An object of which nothing but its name is known.
fn mention(key: &Key, line: usize) -> Look {
    let (kind, space, name) = key;
    let version = kinds::named(kind).map_or_else(|| "v1".to_owned(), |kind| kind.api_version());
    let mut object = json!({"kind": kind, "apiVersion": version, "metadata": {"name": name}});
    put(&mut object, GUESSED, json!("owner"));
    Look {
        kind: kind.clone(),
        space: Some(space.clone()),
        name: name.clone(),
        object,
        fullness: Fullness::Mentioned,
        line,
        row: None,
    }
}

/// The uid of what nobody has shown whole.
fn made_up_uid(kind: &str, space: &str, name: &str) -> String {
    format!("{}{kind}/{space}/{name}", facts::GUESSED)
}

/// Gives everything a uid, so that owners and events are tied to what they are about.
pub(super) fn identify(things: &mut BTreeMap<Key, Look>, known: &BTreeMap<Key, &Object>) {
    let mut uids: BTreeMap<Key, String> = known
        .iter()
        .map(|(key, object)| (key.clone(), object.uid().to_owned()))
        .collect();
    for (key, look) in things.iter_mut() {
        let uid = match text(&look.object, "/metadata/uid") {
            "" => made_up_uid(&key.0, &key.1, &key.2),
            uid => uid.to_owned(),
        };
        put(&mut look.object, "/metadata/uid", json!(uid));
        uids.insert(key.clone(), uid);
    }
    let uid = |kind: &str, space: &str, name: &str| {
        let key = (kind.to_owned(), space.to_owned(), name.to_owned());
        match uids.get(&key) {
            Some(uid) if !uid.is_empty() => uid.clone(),
            Some(_) | None => made_up_uid(kind, space, name),
        }
    };
    for ((kind, space, _), look) in things.iter_mut() {
        if let Some(owner) = look.object.pointer("/metadata/ownerReferences/0")
            && owner.get("uid").is_none()
        {
            let uid = uid(text(owner, "/kind"), space, text(owner, "/name"));
            if let Some(owner) = look.object.pointer_mut("/metadata/ownerReferences/0") {
                put(owner, "/uid", json!(uid));
            }
        }
        if kind == "Event" && text(&look.object, "/involvedObject/uid").is_empty() {
            let of = text(&look.object, "/involvedObject/kind").to_owned();
            let name = text(&look.object, "/involvedObject/name").to_owned();
            let space = if kinds::cluster_wide(&of) {
                ""
            } else {
                space.as_str()
            };
            put(
                &mut look.object,
                "/involvedObject/uid",
                json!(uid(&of, space, &name)),
            );
            if !space.is_empty() {
                put(&mut look.object, "/involvedObject/namespace", json!(space));
            }
        }
    }
}

/// Conditions that neither tables nor descriptions show in full are told by the events that are
/// written together with them, in the same words.
pub(super) fn explain(things: &mut BTreeMap<Key, Look>) {
    let mut told: Vec<(u64, Key, &str, Value)> = things
        .values()
        .filter(|look| look.kind == "Event")
        .filter_map(|look| {
            let (kind, reason) = (text(&look.object, "/involvedObject/kind"), text(&look.object, "/reason"));
            let message = text(&look.object, "/message");
            let condition = match (kind, reason) {
                ("Pod", "FailedScheduling") => {
                    json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message})
                }
                ("HorizontalPodAutoscaler", "FailedGetResourceMetric" | "FailedGetContainerResourceMetric"
                    | "FailedGetPodsMetric" | "FailedGetObjectMetric" | "FailedGetExternalMetric") => {
                    // Since when it has been failing, only the first of several of its events tells.
                    let first = look.object.pointer("/firstTimestamp").cloned();
                    let first = first.filter(|first| look.object.pointer("/lastTimestamp") != Some(first));
                    json!({"type": "ScalingActive", "status": "False", "reason": reason, "message": message,
                        "lastTransitionTime": first})
                }
                ("Job", "BackoffLimitExceeded" | "DeadlineExceeded") => {
                    json!({"type": "Failed", "status": "True", "reason": reason, "message": message})
                }
                _ => return None,
            };
            let key = (
                kind.to_owned(),
                text(&look.object, "/involvedObject/namespace").to_owned(),
                text(&look.object, "/involvedObject/name").to_owned(),
            );
            let of = match kind {
                "Pod" => "pod",
                "Job" => "job",
                _ => "autoscaler",
            };
            let age = age::marked(text(&look.object, "/lastTimestamp")).unwrap_or(u64::MAX);
            Some((age, key, of, condition))
        })
        .collect();
    // The newest words come first, and what is told once is not told again.
    told.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    for (_, key, of, condition) in told {
        let Some(look) = things
            .get_mut(&key)
            .filter(|look| look.fullness < Fullness::Whole)
        else {
            continue;
        };
        let bound = !text(&look.object, "/spec/nodeName").is_empty();
        let pending = matches!(text(&look.object, "/status/phase"), "Pending" | "");
        if of == "pod" && (bound || !pending) {
            continue;
        }
        // It is told as long as it tries, and only while it has no value it still holds.
        let measures = |at: &str| {
            look.object
                .pointer(at)
                .and_then(Value::as_array)
                .map_or(0, Vec::len)
        };
        if of == "autoscaler" && measures("/spec/metrics") <= measures("/status/currentMetrics") {
            continue;
        }
        let kind = condition.get("type").cloned();
        match look
            .object
            .pointer_mut("/status/conditions")
            .and_then(Value::as_array_mut)
        {
            None => put(&mut look.object, "/status/conditions", json!([condition])),
            Some(known) => match known
                .iter_mut()
                .find(|known| known.get("type").cloned() == kind)
            {
                Some(known) => {
                    if known.get("status").and_then(Value::as_str) == Some("Unknown") {
                        *known = condition;
                    } else if known.get("status") == condition.get("status") {
                        merge::fill(known, condition, 0);
                    }
                }
                None => known.push(condition),
            },
        }
    }
}
