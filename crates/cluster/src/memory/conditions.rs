//! Conditions of a status, kept as Kubernetes keeps them.

use facts::{Json, Object};
use serde_json::{Value, json};

use super::store::{set, unset};

/// One condition to be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

/// Which times beside that of its transition a condition tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    /// When it was last updated: those of Deployments.
    Update,
    /// When it was last probed, which is null nowadays: those of pods.
    Probe,
    /// Nothing else: those of ReplicaSets.
    Nothing,
}

/// The condition of a type that an object tells.
pub(super) fn told<'a>(object: &'a Object, kind: &str) -> Option<&'a Json> {
    object
        .list("/status/conditions")
        .iter()
        .find(|condition| condition.get("type").and_then(Json::as_str) == Some(kind))
}

/// The condition of a type in an object that is being written.
pub(super) fn find<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object
        .pointer("/status/conditions")?
        .as_array()?
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind))
}

/// Whether the condition there has this status and reason already.
pub(super) fn stands(object: &Value, condition: Condition<'_>) -> bool {
    find(object, condition.kind).is_some_and(|there| {
        let is = |key: &str, text: &str| {
            there.get(key).and_then(Value::as_str).unwrap_or_default() == text
        };
        is("status", condition.status) && is("reason", condition.reason)
    })
}

/// Sets a condition. The time of its transition stays while its status does.
pub(super) fn put(object: &mut Value, condition: Condition<'_>, now: &str, tells: Tells) {
    let there = find(object, condition.kind);
    let since = there
        .filter(|there| there.get("status").and_then(Value::as_str) == Some(condition.status))
        .and_then(|there| there.get("lastTransitionTime"))
        .and_then(Value::as_str)
        .unwrap_or(now)
        .to_owned();
    let mut new = json!({"type": condition.kind, "status": condition.status});
    match tells {
        Tells::Update => set(&mut new, &["lastUpdateTime"], json!(now)),
        Tells::Probe => set(&mut new, &["lastProbeTime"], Value::Null),
        Tells::Nothing => {}
    }
    set(&mut new, &["lastTransitionTime"], json!(since));
    if !condition.reason.is_empty() {
        set(&mut new, &["reason"], json!(condition.reason));
    }
    if !condition.message.is_empty() {
        set(&mut new, &["message"], json!(condition.message));
    }
    let mut all: Vec<Value> = object
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    match all
        .iter_mut()
        .find(|there| there.get("type").and_then(Value::as_str) == Some(condition.kind))
    {
        Some(there) => *there = new,
        None => all.push(new),
    }
    set(object, &["status", "conditions"], Value::Array(all));
}

/// Takes a condition away.
pub(super) fn drop(object: &mut Value, kind: &str) {
    if find(object, kind).is_none() {
        return;
    }
    let left: Vec<Value> = object
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|condition| condition.get("type").and_then(Value::as_str) != Some(kind))
        .cloned()
        .collect();
    if left.is_empty() {
        unset(object, &["status", "conditions"]);
    } else {
        set(object, &["status", "conditions"], Value::Array(left));
    }
}
