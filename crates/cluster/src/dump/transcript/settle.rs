//! Puts the looks of all transcripts together: one object for each thing that was looked at.

use std::collections::{BTreeMap, BTreeSet};

use facts::slim::slim;
use facts::{LogKey, LogSeen, Object, container};
use model::{Millis, Text, Timestamp};
use serde_json::{Value, json};

use super::super::kinds;
use super::super::note::Note;
use super::super::object;
use super::looks::{Fullness, Look, Space, Transcript, put};
use super::{age, containers, labels, merge, owners, ties};

/// What transcripts without a single absolute time are taken to have been written at: ages in them
/// then still compare with each other.
pub(super) const REFERENCE: &str = "2000-01-01T00:00:00Z";
/// Marks what was guessed of an object.
pub(super) const GUESSED: &str = "/metadata/annotations/kintsugi.dev~1guessed";

/// Kind, namespace and name.
pub(super) type Key = (String, String, String);

/// What transcripts show, as the API server would show it.
#[derive(Debug, Default)]
pub(in super::super) struct Settled {
    pub(in super::super) objects: Vec<Object>,
    pub(in super::super) logs: Vec<(LogKey, LogSeen)>,
    pub(in super::super) complete: Vec<(String, Option<String>)>,
    pub(in super::super) absent: Vec<Key>,
    pub(in super::super) notes: Vec<Note>,
    pub(in super::super) taken_at: Option<Timestamp>,
}

/// Puts transcripts together, beside objects that were recorded as files.
pub(in super::super) fn settle(
    transcripts: Vec<Transcript>,
    files: &[Object],
    newest: Option<Timestamp>,
) -> Settled {
    let mut settled = Settled::default();
    if transcripts.is_empty() {
        return settled;
    }
    let mut known: BTreeMap<Key, &Object> = BTreeMap::new();
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
                            &Text::new(
                                format!("two looks at {} {} disagree: {}", key.0, key.2, words.en),
                                format!("对 {} {} 的两次查看不一致：{}", key.0, key.2, words.zh),
                            ),
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
    // Endpoints need not be those of a Service: some programs keep their leases in them.
    things.retain(|(kind, space, _), look| {
        let all = |space: Option<&String>| whole.contains(&(kind.clone(), space.cloned()));
        kind != "Service" || look.fullness > Fullness::Mentioned || !(all(None) || all(Some(space)))
    });
    slices(&mut things, &known);
    ties::own(&mut things, &known, &whole);
    containers::fill(&mut things, &logs);
    labels::share(&mut things);
    ties::identify(&mut things, &known);
    ties::explain(&mut things);
    let now = now(&things, &dates, newest);
    for ((_, space, _), mut look) in things {
        if !space.is_empty() {
            put(&mut look.object, "/metadata/namespace", json!(space));
        }
        resolve(&mut look.object, now, 0);
        // What is nested more deeply than any object is none, here as in a file.
        settled.objects.extend(slim(&look.object));
    }
    let pods: BTreeMap<(&str, &str), &Object> = settled
        .objects
        .iter()
        .chain(files)
        .filter(|object| object.kind() == "Pod")
        .map(|pod| ((pod.namespace(), pod.name()), pod))
        .collect();
    for mut log in logs {
        let mut space = spaces.find("Pod", log.space.as_deref(), &log.pod);
        if let Some((kind, name)) = &log.owner {
            // `kubectl logs deploy/api` says which pod it took only when there are several.
            space = log.space.unwrap_or_else(|| spaces.current.clone());
            let made = |pod: &str| {
                let chain = owners::of_pod(pod);
                chain
                    .iter()
                    .any(|owner| owner.0 == kind && owner.1 == *name)
            };
            let mut of = pods
                .keys()
                .filter(|(within, pod)| *within == space && made(pod));
            if let (Some((_, pod)), None) = (of.next(), of.next()) {
                log.pod = (*pod).to_owned();
            } else {
                let words = Text::new(
                    format!("a log of {kind} {name} is left out: its pod is not told"),
                    format!("{kind} {name} 的一份日志未采用：没有说明是哪个 Pod"),
                );
                settled.notes.push(Note::new("", &words));
                continue;
            }
        }
        let pod = pods.get(&(space.as_str(), log.pod.as_str())).copied();
        let container = match log.container {
            Some(container) => container,
            None if log.all => {
                let Some(container) = only_one_that_ran(pod) else {
                    let words = Text::new(
                        format!(
                            "the logs of all containers of pod {} stand one after the other: which line is whose is not told (`--prefix` tells it)",
                            log.pod
                        ),
                        format!(
                            "Pod {} 所有容器的日志前后相连：无法得知哪一行属于哪个容器（`--prefix` 可以区分）",
                            log.pod
                        ),
                    );
                    settled.notes.push(Note::new("", &words));
                    continue;
                };
                container
            }
            None => first_container(pod),
        };
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

pub(super) fn text<'a>(object: &'a Value, at: &str) -> &'a str {
    object
        .pointer(at)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn key_of(object: &Object) -> Key {
    (
        object.kind().to_owned(),
        object.namespace().to_owned(),
        object.name().to_owned(),
    )
}

/// Which namespace a look was in that did not say so.
struct Spaces {
    by_name: BTreeMap<(String, String), BTreeSet<String>>,
    current: String,
}

impl Spaces {
    fn of(transcripts: &[Transcript], known: &BTreeMap<Key, &Object>) -> Self {
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
fn disagreement(earlier: &Look, later: &Look) -> Option<Text> {
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
        Text::new(
            format!("`{a}`, then `{b}`; `{leads}` is taken"),
            format!("先是 `{a}`，后是 `{b}`；采用 `{leads}`"),
        )
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

/// The addresses that the description of a Service shows are left out where its slices were shown.
fn slices(things: &mut BTreeMap<Key, Look>, known: &BTreeMap<Key, &Object>) {
    let label = "/metadata/labels/kubernetes.io~1service-name";
    let of = |space: &str, service: &str| (space.to_owned(), service.to_owned());
    let shown: BTreeSet<(String, String)> = things
        .iter()
        .filter(|((kind, _, name), _)| kind == "EndpointSlice" && !name.ends_with("-shown"))
        .map(|((_, space, _), look)| of(space, text(&look.object, label)))
        .chain(
            known
                .iter()
                .filter(|((kind, ..), _)| kind == "EndpointSlice")
                .map(|((_, space, _), object)| of(space, object.text(label))),
        )
        .collect();
    things.retain(|(kind, space, name), look| {
        kind != "EndpointSlice"
            || !name.ends_with("-shown")
            || !shown.contains(&of(space, text(&look.object, label)))
    });
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
        let seen = Object::new(&look.object);
        object::newest_time(&seen, &mut here);
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

/// The container of a log that does not name it: the first, as `kubectl logs` takes it.
fn first_container(pod: Option<&Object>) -> String {
    let name = pod.map_or("", |pod| pod.text("/spec/containers/0/name"));
    let others = pod.is_some_and(|pod| pod.list("/spec/containers").len() > 1);
    match name {
        // Of which of several it is was not seen: it is that of none that is known.
        name if !container::is_name(name) && others => format!("{}log", container::UNNAMED),
        "" => container::UNNAMED.to_owned(),
        name => name.to_owned(),
    }
}

/// Whose the logs of all containers are, where one container alone has ever run.
fn only_one_that_ran(pod: Option<&Object>) -> Option<String> {
    let all = || pod.into_iter().flat_map(container::containers);
    if all().count() <= 1 {
        return Some(first_container(pod));
    }
    let mut ran = all().filter(|container| {
        container.state() == "running" || container.last_end().is_some() || container.restarts() > 0
    });
    match (ran.next(), ran.next()) {
        (Some(one), None) => Some(one.name().to_owned()),
        (_, _) => None,
    }
}
