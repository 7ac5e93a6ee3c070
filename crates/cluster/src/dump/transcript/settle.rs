//! Puts the looks of all transcripts together: one object for each thing that was looked at.

use std::collections::{BTreeMap, BTreeSet};

use facts::{LogKey, LogSeen};
use model::{Millis, Timestamp};
use serde_json::{Value, json};

use super::super::kinds;
use super::super::note::Note;
use super::super::object;
use super::looks::{Fullness, LogLook, Look, PodRow, Space, Transcript, put};
use super::{age, merge, owners};

/// What transcripts without a single absolute time are taken to have been written at: ages in them
/// then still compare with each other.
pub(super) const REFERENCE: &str = "2000-01-01T00:00:00Z";
/// Marks what was guessed of an object.
const GUESSED: &str = "/metadata/annotations/kintsugi.dev~1guessed";

type Key = (String, String, String);

/// What transcripts show, as the API server would show it.
#[derive(Debug, Default)]
pub(in super::super) struct Settled {
    pub(in super::super) objects: Vec<Value>,
    pub(in super::super) logs: Vec<(LogKey, LogSeen)>,
    pub(in super::super) complete: Vec<(String, Option<String>)>,
    pub(in super::super) absent: Vec<Key>,
    pub(in super::super) notes: Vec<Note>,
    pub(in super::super) taken_at: Option<Timestamp>,
}

/// Puts transcripts together, beside objects that were recorded as files.
pub(in super::super) fn settle(
    transcripts: Vec<Transcript>,
    files: &[Value],
    newest: Option<Timestamp>,
) -> Settled {
    let mut settled = Settled::default();
    if transcripts.is_empty() {
        return settled;
    }
    let mut known: BTreeMap<Key, &Value> = BTreeMap::new();
    for object in files {
        known.insert(key_of(object), object);
    }
    let spaces = Spaces::of(&transcripts, &known);
    let mut things: BTreeMap<Key, Look> = BTreeMap::new();
    let mut dates = Vec::new();
    let mut logs = Vec::new();
    let mut absent = Vec::new();
    let mut whole: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    for transcript in transcripts {
        let path = transcript.path;
        settled.notes.extend(transcript.notes);
        dates.extend(transcript.dates);
        for look in transcript.looks {
            let space = spaces.find(&look.kind, look.space.as_deref(), &look.name);
            let key = (look.kind.clone(), space, look.name.clone());
            match things.remove(&key) {
                None => {
                    things.insert(key, look);
                }
                Some(earlier) => {
                    if let Some(words) = disagreement(&earlier, &look) {
                        settled.notes.push(Note::new(
                            format!("{path}:{}", look.line),
                            format!("two looks at {} {} disagree: {words}", key.0, key.2),
                        ));
                    }
                    things.insert(key, merge::over(earlier, look));
                }
            }
        }
        for (kind, space) in transcript.whole {
            let space = match space {
                Space::Everywhere => None,
                Space::Named(space) => Some(space),
                Space::Current => Some(spaces.current.clone()),
            };
            whole.insert((kind, space));
        }
        for (kind, space, name) in transcript.absent {
            let space = spaces.find(&kind, space.as_deref(), &name);
            absent.push((kind, space, name));
        }
        logs.extend(transcript.logs);
    }
    // What a file holds of an object is all of it; an event's or a table's words add nothing.
    things.retain(|key, _| !known.contains_key(key));
    absent.retain(|key| !things.contains_key(key) && !known.contains_key(key));
    containers(&mut things, &logs);
    own(&mut things, &known, &whole);
    identify(&mut things, &known);
    explain(&mut things);
    let now = now(&things, &dates, newest);
    for ((_, space, _), mut look) in things {
        if !space.is_empty() {
            put(&mut look.object, "/metadata/namespace", json!(space));
        }
        resolve(&mut look.object, now, 0);
        object::strip(&mut look.object);
        settled.objects.push(look.object);
    }
    let pods: BTreeMap<(&str, &str), &Value> = settled
        .objects
        .iter()
        .chain(files)
        .filter(|object| text(object, "/kind") == "Pod")
        .map(|pod| {
            (
                (
                    text(pod, "/metadata/namespace"),
                    text(pod, "/metadata/name"),
                ),
                pod,
            )
        })
        .collect();
    for log in logs {
        let space = spaces.find("Pod", log.space.as_deref(), &log.pod);
        let pod = pods.get(&(space.as_str(), log.pod.as_str())).copied();
        let container = log
            .container
            .unwrap_or_else(|| first_container(pod, &log.pod));
        let key = LogKey {
            namespace: space,
            pod: log.pod,
            container,
            previous: log.previous,
        };
        settled.logs.push((key, log.seen));
    }
    settled.complete = whole.into_iter().collect();
    settled.absent = absent;
    settled.taken_at = Some(now);
    settled
}

fn text<'a>(object: &'a Value, at: &str) -> &'a str {
    object
        .pointer(at)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn key_of(object: &Value) -> Key {
    let text = |at: &str| text(object, at).to_owned();
    (
        text("/kind"),
        text("/metadata/namespace"),
        text("/metadata/name"),
    )
}

/// Which namespace a look was in that did not say so.
struct Spaces {
    by_name: BTreeMap<(String, String), BTreeSet<String>>,
    current: String,
}

impl Spaces {
    fn of(transcripts: &[Transcript], known: &BTreeMap<Key, &Value>) -> Self {
        let mut by_name: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for (kind, space, name) in known.keys() {
            let spaces = by_name.entry((kind.clone(), name.clone())).or_default();
            spaces.insert(space.clone());
        }
        let mut nowhere = BTreeSet::new();
        for look in transcripts.iter().flat_map(|transcript| &transcript.looks) {
            let name = (look.kind.clone(), look.name.clone());
            match &look.space {
                Some(space) => {
                    by_name.entry(name).or_default().insert(space.clone());
                }
                None => {
                    nowhere.insert(name);
                }
            }
        }
        // What was shown with and without a namespace tells which one the context names.
        let mut told: BTreeSet<&String> = nowhere
            .iter()
            .filter_map(|name| by_name.get(name))
            .filter(|spaces| spaces.len() == 1)
            .flatten()
            .collect();
        let current = match (told.pop_first(), told.is_empty()) {
            (Some(one), true) => one.clone(),
            _ => "default".to_owned(),
        };
        Self { by_name, current }
    }

    fn find(&self, kind: &str, space: Option<&str>, name: &str) -> String {
        if kinds::cluster_wide(kind) || kind == "NodeMetrics" {
            return String::new();
        }
        if let Some(space) = space {
            return space.to_owned();
        }
        let spaces = self.by_name.get(&(kind.to_owned(), name.to_owned()));
        match spaces.map(|spaces| (spaces.len(), spaces.first())) {
            Some((1, Some(one))) => one.clone(),
            _ => self.current.clone(),
        }
    }
}

/// In what two looks at a pod differ that are not only earlier and later.
fn disagreement(earlier: &Look, later: &Look) -> Option<String> {
    if earlier.kind != "Pod"
        || earlier.fullness == Fullness::Mentioned
        || later.fullness == Fullness::Mentioned
    {
        return None;
    }
    let (a, b) = (standing(earlier), standing(later));
    (!a.is_empty() && !b.is_empty() && a != b).then(|| {
        let leads = if later.fullness >= earlier.fullness {
            &b
        } else {
            &a
        };
        format!("`{a}`, then `{b}`; `{leads}` is taken")
    })
}

/// How a pod stands in a word: what a table's STATUS shows.
fn standing(look: &Look) -> String {
    if let Some(row) = &look.row
        && look.fullness == Fullness::Row
    {
        return row.status.clone();
    }
    let statuses = look
        .object
        .pointer("/status/containerStatuses")
        .and_then(Value::as_array);
    let reason = statuses.into_iter().flatten().find_map(|status| {
        ["/state/waiting/reason", "/state/terminated/reason"]
            .into_iter()
            .map(|at| text(status, at))
            .find(|reason| !reason.is_empty())
    });
    reason
        .unwrap_or_else(|| text(&look.object, "/status/phase"))
        .to_owned()
}

/// Gives pods that only a table showed the containers that its row counts. Their names are those
/// of the pod's logs, or of what made the pod, and then marked as guessed.
fn containers(things: &mut BTreeMap<Key, Look>, logs: &[LogLook]) {
    let mut of_pod: BTreeMap<&str, Vec<&LogLook>> = BTreeMap::new();
    for log in logs {
        of_pod.entry(&log.pod).or_default().push(log);
    }
    for ((kind, _, name), look) in things.iter_mut() {
        if kind != "Pod" || look.object.pointer("/spec/containers").is_some() {
            continue;
        }
        let Some(row) = look
            .row
            .clone()
            .filter(|row| row.total > 0 && row.total <= 100)
        else {
            continue;
        };
        let mut names: Vec<String> = Vec::new();
        for log in of_pod.get(name.as_str()).into_iter().flatten().take(200) {
            if let Some(container) = &log.container
                && !names.contains(container)
            {
                names.push(container.clone());
            }
        }
        let total = usize::try_from(row.total).unwrap_or(1);
        if names.len() < total {
            put(
                &mut look.object,
                &format!("{GUESSED}-containers"),
                json!("true"),
            );
        }
        let plain = owners::plain_name(name);
        for at in names.len()..total {
            names.push(if at == 0 {
                plain.clone()
            } else {
                format!("{plain}-{}", at + 1)
            });
        }
        names.truncate(total);
        let specs: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        put(&mut look.object, "/spec/containers", Value::Array(specs));
        let down = total - usize::try_from(row.ready).unwrap_or(0).min(total);
        let statuses: Vec<Value> = names
            .iter()
            .enumerate()
            .map(|(at, name)| status(name, at < down, &row))
            .collect();
        if !row.status.starts_with("Init:") && row.status != "PodInitializing" {
            put(
                &mut look.object,
                "/status/containerStatuses",
                Value::Array(statuses),
            );
        } else {
            init(&mut look.object, &row, &plain);
        }
    }
}

/// One container as a row shows it. The restarts of a pod with several are those of the sick one.
fn status(name: &str, down: bool, row: &PodRow) -> Value {
    let mut status = json!({"name": name, "ready": !down});
    let waits = [
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "ContainerCreating",
        "ImageInspectError",
    ];
    let ended = [
        "Error",
        "OOMKilled",
        "Completed",
        "ContainerCannotRun",
        "DeadlineExceeded",
        "StartError",
    ];
    let sick = down || row.ready == row.total;
    put(
        &mut status,
        "/restartCount",
        json!(if sick { row.restarts } else { 0 }),
    );
    let what = row.status.as_str();
    if !down || matches!(what, "Running" | "Terminating") {
        put(&mut status, "/state/running", json!({}));
    } else if waits.contains(&what) {
        put(&mut status, "/state/waiting/reason", json!(what));
    } else if ended.contains(&what) {
        put(&mut status, "/state/terminated/reason", json!(what));
    } else if let Some(code) = what
        .strip_prefix("ExitCode:")
        .and_then(|code| code.parse::<i64>().ok())
    {
        put(&mut status, "/state/terminated/exitCode", json!(code));
    } else {
        put(&mut status, "/state", json!({}));
    }
    if let Some(ago) = row.restarted {
        put(
            &mut status,
            "/lastState/terminated/finishedAt",
            age::ago(ago),
        );
    }
    if let Some(code) = match what {
        "OOMKilled" => Some(137),
        "Completed" => Some(0),
        _ => None,
    } && down
    {
        put(&mut status, "/state/terminated/exitCode", json!(code));
    }
    status
}

/// `Init:CrashLoopBackOff`, `Init:0/1`, `Init:Error`: the init container that holds the pod up.
fn init(object: &mut Value, row: &PodRow, plain: &str) {
    let what = row.status.strip_prefix("Init:").unwrap_or_default();
    if object.pointer("/spec/initContainers").is_some() {
        return;
    }
    let (done, total) = super::rows::fraction(what).unwrap_or((0, 1));
    if total == 0 || total > 100 || what.is_empty() {
        return;
    }
    let mut specs = Vec::new();
    let mut statuses = Vec::new();
    for at in 0..total {
        let name = if at == 0 {
            format!("{plain}-init")
        } else {
            format!("{plain}-init-{}", at + 1)
        };
        specs.push(json!({"name": name}));
        let mut status = json!({"name": name, "ready": at < done});
        if at < done {
            put(
                &mut status,
                "/state/terminated",
                json!({"reason": "Completed", "exitCode": 0}),
            );
        } else if at == done {
            put(&mut status, "/restartCount", json!(row.restarts));
            match what {
                "Error" | "OOMKilled" => put(&mut status, "/state/terminated/reason", json!(what)),
                _ if what.contains('/') => put(&mut status, "/state/running", json!({})),
                _ => put(&mut status, "/state/waiting/reason", json!(what)),
            }
        }
        statuses.push(status);
    }
    put(object, "/spec/initContainers", Value::Array(specs));
    put(
        object,
        "/status/initContainerStatuses",
        Value::Array(statuses),
    );
}

/// Gives pods the owners that were shown, or else that their names tell, and makes those owners
/// known as far as that goes.
fn own(
    things: &mut BTreeMap<Key, Look>,
    known: &BTreeMap<Key, &Value>,
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
            _ => Vec::new(),
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
            if owner.0 == "ReplicaSet"
                && let Some(app) = owners::of_replica_set(&owner.2)
            {
                let above: Key = ("Deployment".to_owned(), owner.1.clone(), app.to_owned());
                if there(things, &above) || !missing(&above) {
                    put(
                        &mut stub.object,
                        "/metadata/ownerReferences",
                        json!([{"kind": "Deployment", "name": app, "controller": true}]),
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
    let version = kinds::named(kind).map_or("v1", |kind| kind.version);
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

/// Gives everything a uid, so that owners and events are tied to what they are about.
fn identify(things: &mut BTreeMap<Key, Look>, known: &BTreeMap<Key, &Value>) {
    let mut uids: BTreeMap<Key, String> = known
        .iter()
        .map(|(key, object)| (key.clone(), text(object, "/metadata/uid").to_owned()))
        .collect();
    for (key, look) in things.iter_mut() {
        let uid = match text(&look.object, "/metadata/uid") {
            "" => format!("guessed:{}/{}/{}", key.0, key.1, key.2),
            uid => uid.to_owned(),
        };
        put(&mut look.object, "/metadata/uid", json!(uid));
        uids.insert(key.clone(), uid);
    }
    let uid = |kind: &str, space: &str, name: &str| {
        let key = (kind.to_owned(), space.to_owned(), name.to_owned());
        match uids.get(&key) {
            Some(uid) if !uid.is_empty() => uid.clone(),
            Some(_) | None => format!("guessed:{kind}/{space}/{name}"),
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
fn explain(things: &mut BTreeMap<Key, Look>) {
    let told: Vec<(Key, &str, Value)> = things
        .values()
        .filter(|look| look.kind == "Event")
        .filter_map(|look| {
            let (kind, reason) = (text(&look.object, "/involvedObject/kind"), text(&look.object, "/reason"));
            let message = text(&look.object, "/message");
            let condition = match (kind, reason) {
                ("Pod", "FailedScheduling") => {
                    json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message})
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
            Some((key, reason, condition))
        })
        .map(|(key, reason, condition)| (key, if reason == "FailedScheduling" { "pod" } else { "job" }, condition))
        .collect();
    for (key, of, condition) in told {
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
                    if known.get("status") == condition.get("status") {
                        merge::fill(known, condition, 0);
                    }
                }
                None => known.push(condition),
            },
        }
    }
}

/// The time of the transcripts: the newest time in them, or later when something that has an
/// absolute time is said to be of an age.
fn now(things: &BTreeMap<Key, Look>, dates: &[String], newest: Option<Timestamp>) -> Timestamp {
    let mut latest = newest;
    for date in dates {
        latest = latest.max(Timestamp::parse(date));
    }
    for look in things.values() {
        let mut here = "";
        object::newest_time(&look.object, &mut here);
        latest = latest.max(Timestamp::parse(here));
        // Told by a description, and by a table as an age: the sum is when the table was printed.
        let age = age::marked(text(&look.object, "/metadata/creationTimestamp"));
        let started = Timestamp::parse(text(&look.object, "/status/startTime"));
        if let (Some(age), Some(started)) = (age, started) {
            latest = latest.max(Some(started.plus(Millis(age.saturating_mul(1000)))));
        }
    }
    for look in things.values().filter(|look| look.kind == "Event") {
        if text(&look.object, "/reason") != "Scheduled" {
            continue;
        }
        let of = |at: &str| text(&look.object, at).to_owned();
        let key = (
            "Pod".to_owned(),
            of("/involvedObject/namespace"),
            of("/involvedObject/name"),
        );
        let pod = things.get(&key);
        let started = pod.and_then(|pod| Timestamp::parse(text(&pod.object, "/status/startTime")));
        let age = age::marked(text(&look.object, "/lastTimestamp"));
        if let (Some(age), Some(started)) = (age, started) {
            latest = latest.max(Some(started.plus(Millis(age.saturating_mul(1000)))));
        }
    }
    latest
        .or_else(|| Timestamp::parse(REFERENCE))
        .unwrap_or_default()
}

/// Puts times in the place of ages.
fn resolve(value: &mut Value, now: Timestamp, depth: usize) {
    if depth > 128 {
        return;
    }
    match value {
        Value::String(text) => {
            if let Some(seconds) = age::marked(text) {
                let micros = i64::try_from(seconds.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
                let at = now.micros().saturating_sub(micros).max(0);
                let at = jiff::Timestamp::from_microsecond(at - at % 1_000_000).unwrap_or_default();
                *text = at.to_string();
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| resolve(item, now, depth + 1)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| resolve(field, now, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The container of a log that does not name it: the first, as `kubectl logs` takes it; of an
/// unknown pod the name is guessed.
fn first_container(pod: Option<&Value>, name: &str) -> String {
    match pod.map(|pod| text(pod, "/spec/containers/0/name")) {
        Some(container) if !container.is_empty() => container.to_owned(),
        Some(_) | None => owners::plain_name(name),
    }
}
