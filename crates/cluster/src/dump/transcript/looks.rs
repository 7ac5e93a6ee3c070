//! What the blocks of one transcript show: looks at objects, logs, and words about absence.

use model::Text;
use serde_json::{Map, Value, json};

use super::super::limits::Limits;
use super::super::logs as kept;
use super::super::note::Note;
use super::super::piece::Piece;
use super::super::{json as json_text, kinds, yaml};
use super::blocks::Block;
use super::command::{Command, Program};
use super::{age, describe, helm, lineage, refusals, rows};

/// How much a look shows of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fullness {
    /// It is named somewhere.
    Mentioned,
    /// A row of a table.
    Row,
    /// A description.
    Described,
    /// All of it, in YAML or JSON.
    Whole,
}

/// A look at an object.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// Its kind.
    pub(super) kind: String,
    /// Its namespace: the empty one for cluster-wide kinds, none where it was not said.
    pub(super) space: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// What was shown.
    pub(super) object: Value,
    /// How much that is.
    pub(super) fullness: Fullness,
    /// Where.
    pub(super) line: usize,
    /// What a row says of a pod's containers, whose names it does not tell.
    pub(super) row: Option<PodRow>,
}

/// What a row of a table says of a pod's containers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PodRow {
    pub(super) ready: u64,
    pub(super) total: u64,
    pub(super) status: String,
    pub(super) restarts: u64,
    pub(super) restarted: Option<u64>,
    /// Whether it has a node; none where the table has no column for it.
    pub(super) placed: Option<bool>,
    /// Whether a readiness gate of it is shown not to be met.
    pub(super) gated: bool,
}

/// A log.
#[derive(Debug, Clone)]
pub(super) struct LogLook {
    /// Its pod; empty where only what owns it was named.
    pub(super) pod: String,
    /// What was named in the place of a pod.
    pub(super) owner: Option<(String, String)>,
    pub(super) space: Option<String>,
    pub(super) container: Option<String>,
    /// The names of the pod's containers, as far as kubectl said them beside the log, and whether each
    /// is an init container.
    pub(super) named: Vec<(String, bool)>,
    /// Whether the logs of all its containers were asked for, one after the other.
    pub(super) all: bool,
    pub(super) previous: bool,
    pub(super) seen: facts::LogSeen,
}

/// Where all of a kind was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Space {
    /// In one namespace.
    Named(String),
    /// In all of them.
    Everywhere,
    /// In the namespace that the command's context names, which is not shown.
    Current,
}

/// What one transcript shows.
#[derive(Debug, Default)]
pub(in super::super) struct Transcript {
    pub(super) path: String,
    pub(super) looks: Vec<Look>,
    pub(super) logs: Vec<LogLook>,
    pub(super) whole: Vec<(String, Space)>,
    pub(super) absent: Vec<(String, Option<String>, String)>,
    pub(super) dates: Vec<String>,
    pub(super) notes: Vec<Note>,
}

/// So many looks are kept of one transcript.
const MOST: usize = 50_000;

impl Transcript {
    /// An empty one.
    pub(super) fn of(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// Notes something about a line.
    pub(super) fn note(&mut self, line: usize, problem: &Text) {
        if self.notes.len() < 200 {
            self.notes
                .push(Note::new(format!("{}:{line}", self.path), problem));
        }
    }

    /// Keeps a look at an object. Its place and name are put into it.
    pub(super) fn look(
        &mut self,
        kind: &str,
        space: Option<String>,
        name: &str,
        mut object: Value,
        fullness: Fullness,
        line: usize,
    ) -> Option<&mut Look> {
        if self.looks.len() >= MOST || !named(name) {
            return None;
        }
        let space = if kinds::cluster_wide(kind) {
            Some(String::new())
        } else {
            space.filter(|space| named(space))
        };
        if !object.is_object() {
            object = Value::Object(Map::new());
        }
        put(&mut object, "/kind", json!(kind));
        if object.get("apiVersion").is_none() {
            let version =
                kinds::named(kind).map_or_else(|| "v1".to_owned(), |kind| kind.api_version());
            put(&mut object, "/apiVersion", json!(version));
        }
        put(&mut object, "/metadata/name", json!(name));
        self.looks.push(Look {
            kind: kind.to_owned(),
            space,
            name: name.to_owned(),
            object,
            fullness,
            line,
            row: None,
        });
        self.looks.last_mut()
    }

    /// Reads one block.
    pub(super) fn block(&mut self, block: &Block, limits: &Limits) {
        let command = Command::parse(&block.command);
        match command.program {
            Program::Other => return,
            Program::Date => {
                self.dates.extend(age::date(block.output.trim()));
                return;
            }
            Program::Helm => {
                helm::read(self, &command, block);
                return;
            }
            Program::Kubectl | Program::Unknown => {}
        }
        if command.verb == "logs" {
            self.log(&command, block, limits);
            return;
        }
        let before = self.looks.len();
        let (output, refused) = refusals::take(self, &command, block);
        let text = output.trim_start();
        let mut broken = refused;
        if text.starts_with(['{', '[']) && json_text::holds_objects(text.as_bytes())
            || yaml::holds_objects(text) && !text.starts_with("Name:")
        {
            broken |= self.objects(&command, text, block, limits);
        } else if command.verb.starts_with("rollout") {
            describe::rollout(self, &command, &output, block.line);
        } else if lineage::is_tree(&output) {
            lineage::read(self, &command, &output, block.line);
        } else if text.starts_with("Name:") || command.verb == "describe" {
            describe::read(self, &command, &output, block.line);
        } else if table_output(&command.output) {
            broken |= rows::read(self, &command, &output, block.line);
        }
        let cut = output.lines().any(|line| {
            matches!(
                line.trim(),
                "..." | "…" | "[...]" | "<snip>" | "[truncated]" | "# ..."
            )
        });
        let seen = self.looks.len() > before;
        if command.verb == "get" && seen && command.whole() && !broken && !cut && before < MOST {
            self.claim(&command);
        }
    }

    /// Notes that a command showed all there is of its kinds.
    pub(super) fn claim(&mut self, command: &Command) {
        let all = [
            "Pod",
            "Service",
            "DaemonSet",
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
            "Job",
            "CronJob",
            "HorizontalPodAutoscaler",
            "ReplicationController",
        ];
        for target in &command.targets {
            let kinds: &[&str] = if target.kind == "all" {
                &all
            } else {
                &[target.kind.as_str()]
            };
            for kind in kinds {
                let space = if kinds::cluster_wide(kind) || command.everywhere {
                    Space::Everywhere
                } else {
                    command
                        .namespace
                        .clone()
                        .map_or(Space::Current, Space::Named)
                };
                self.whole.push(((*kind).to_owned(), space));
            }
        }
    }

    /// Objects in YAML or JSON. Says whether some could not be read.
    fn objects(&mut self, command: &Command, text: &str, block: &Block, limits: &Limits) -> bool {
        let mut piece = Piece::of(&self.path);
        if text.starts_with(['{', '[']) {
            json_text::read(text.as_bytes(), &mut piece, 1, limits.log_tail);
        } else {
            yaml::read(text, &mut piece);
        }
        for note in &piece.notes {
            self.note(
                block.line,
                &Text::new(
                    format!("in what this printed: {}", note.problem.en),
                    format!("在其输出中：{}", note.problem.zh),
                ),
            );
        }
        for object in piece.objects {
            let text = |at: &str| object.text(at).to_owned();
            let space = Some(text("/metadata/namespace")).filter(|space| !space.is_empty());
            let space = space.or_else(|| command.namespace.clone());
            let (kind, name) = (text("/kind"), text("/metadata/name"));
            // What a filter left of an object is a part of it.
            let fullness = if command.piped {
                Fullness::Described
            } else {
                Fullness::Whole
            };
            self.look(&kind, space, &name, object.to_value(), fullness, block.line);
        }
        !piece.notes.is_empty()
    }

    fn log(&mut self, command: &Command, block: &Block, limits: &Limits) {
        let mut container = command.container.clone();
        let mut pod = command
            .targets
            .first()
            .filter(|target| target.kind == "Pod")
            .and_then(|target| target.name.clone());
        let mut text = block.output.as_str();
        let mut named = Vec::new();
        loop {
            let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
            if let Some(words) = line.strip_prefix("Defaulted container \"") {
                container = words.split('"').next().map(str::to_owned);
                named = beside(words);
            } else if line.starts_with("Found ") && line.contains(", using pod/") {
                pod = line
                    .rsplit("pod/")
                    .next()
                    .map(|name| name.trim().to_owned());
            } else {
                break;
            }
            text = rest;
        }
        if refusals::of_log(self, command, text, block.line) {
            if let Some(log) = self.logs.last_mut() {
                log.named = named;
            }
            return;
        }
        if command.all {
            text = refusals::without_end(text);
        }
        // A filter leaves lines of the log: they are still lines of it.
        let seen = kept::seen(text.as_bytes(), limits.log_tail);
        let prefixed = text
            .lines()
            .next()
            .is_some_and(|line| prefix(line).is_some());
        if prefixed {
            let mut parts: Vec<(String, String, String)> = Vec::new();
            for line in text.lines() {
                let Some((pod, container, words)) = prefix(line) else {
                    continue;
                };
                let place = parts
                    .iter()
                    .position(|part| part.0 == pod && part.1 == container);
                if place.is_none() && parts.len() < 100 {
                    parts.push((pod.to_owned(), container.to_owned(), String::new()));
                }
                let place = place.unwrap_or(parts.len() - 1);
                if let Some(part) = parts.get_mut(place)
                    && part.0 == pod
                    && part.1 == container
                {
                    part.2.push_str(words);
                    part.2.push('\n');
                }
            }
            for (pod, container, text) in parts {
                self.logs.push(LogLook {
                    pod,
                    owner: None,
                    space: command.namespace.clone(),
                    container: Some(container),
                    named: Vec::new(),
                    all: false,
                    previous: command.previous,
                    seen: kept::seen(text.as_bytes(), limits.log_tail),
                });
            }
            return;
        }
        let owner = command
            .targets
            .first()
            .filter(|_| pod.is_none())
            .and_then(|target| Some((target.kind.clone(), target.name.clone()?)));
        if pod.is_none() && owner.is_none() {
            let why = Text::new(
                "a log whose pod is not named is left out",
                "一份没有指明 Pod 的日志未采用",
            );
            self.note(block.line, &why);
            return;
        }
        self.logs.push(LogLook {
            pod: pod.unwrap_or_default(),
            owner,
            space: command.namespace.clone(),
            container,
            named,
            all: command.all,
            previous: command.previous,
            seen,
        });
    }
}

/// `web" out of: web, side, setup (init)`: the containers of a pod, and which are init containers.
fn beside(words: &str) -> Vec<(String, bool)> {
    let (_, all) = words.split_once("out of: ").unwrap_or_default();
    all.split(", ")
        .take(100)
        .map(|name| match name.trim().split_once(" (") {
            Some((name, what)) => (name, what.starts_with("init"), what.starts_with("ephem")),
            None => (name.trim(), false, false),
        })
        .filter(|(name, _, added)| named(name) && !added)
        .map(|(name, init, _)| (name.to_owned(), init))
        .collect()
}

/// A line of `kubectl logs --prefix`: `[pod/NAME/CONTAINER] words`.
fn prefix(line: &str) -> Option<(&str, &str, &str)> {
    let (place, words) = line.strip_prefix("[pod/")?.split_once("] ")?;
    let (pod, container) = place.split_once('/')?;
    Some((pod, container, words))
}

fn table_output(output: &str) -> bool {
    matches!(output, "" | "wide")
}

/// Whether a text can be the name of an object.
pub(super) fn named(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-._:".contains(letter))
}

/// Puts a value at a JSON pointer of plain names, and makes what is missing on the way.
pub(super) fn put(object: &mut Value, at: &str, value: Value) {
    let mut here = object;
    for part in at.split('/').skip(1) {
        if !here.is_object() {
            *here = Value::Object(Map::new());
        }
        let Some(fields) = here.as_object_mut() else {
            return;
        };
        let part = part.replace("~1", "/").replace("~0", "~");
        here = fields.entry(part).or_insert(Value::Null);
    }
    *here = value;
}
