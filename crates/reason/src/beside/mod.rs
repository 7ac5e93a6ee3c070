//! What stands beside a workload: the revision it runs, its configuration, what leads to it, its
//! volumes and nodes, what limits and scales it, which policies, rights and webhooks concern it, and
//! who owns it. Each is one line, told from the snapshot alone; causes are concluded by skills.

mod around;
mod config;
mod guard;
mod owner;
mod revision;

use facts::{Json, Object, Snapshot};
use model::{ObjectRef, Text};

use crate::dimensions::{KINDS, Standing, pods};

/// The most things of one sort that are told one by one.
const MOST: usize = 4;
/// The most letters of one line.
const LONGEST: usize = 600;

/// What stands beside a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BesideName {
    /// The revision that runs, and what it changed of the one before.
    Rollout,
    /// The ConfigMaps, Secrets and classes that its pods refer to: names of keys, never values.
    Config,
    /// The Services that lead to it and the Ingresses that lead to those.
    Wiring,
    /// Its claims, volumes and storage classes.
    Storage,
    /// The nodes on which its pods are.
    Node,
    /// The quotas that count its pods, and limit ranges.
    Limits,
    /// Autoscalers and disruption budgets.
    Scaling,
    /// The NetworkPolicies that select its pods.
    Network,
    /// Its ServiceAccount and what binds roles to that.
    Access,
    /// Who is asked before a pod of it is made.
    Admission,
    /// What controls it, and who manages that.
    Owner,
}

impl BesideName {
    /// Its name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Config => "config",
            Self::Wiring => "wiring",
            Self::Storage => "storage",
            Self::Node => "node",
            Self::Limits => "limits",
            Self::Scaling => "scaling",
            Self::Network => "network",
            Self::Access => "access",
            Self::Admission => "admission",
            Self::Owner => "owner",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn words(self) -> Text {
        let zh = match self {
            Self::Rollout => "版本",
            Self::Config => "配置",
            Self::Wiring => "流量",
            Self::Storage => "存储",
            Self::Node => "节点",
            Self::Limits => "限额",
            Self::Scaling => "伸缩",
            Self::Network => "网络",
            Self::Access => "权限",
            Self::Admission => "准入",
            Self::Owner => "归属",
        };
        Text::new(self.as_str(), zh)
    }
}

/// One thing beside a workload, looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// Which.
    pub name: BesideName,
    /// What looking gave.
    pub standing: Standing,
    /// Whether it holds something that is not as it is where all is well, or that whoever mends
    /// has to know: a quota that is full, a manager that undoes changes by hand.
    pub notable: bool,
    /// What it gave, in a line.
    pub text: Text,
}

/// Everything beside a workload or a pod; of another object only who owns it.
#[must_use]
pub fn beside(snapshot: &Snapshot, about: &ObjectRef) -> Vec<Beside> {
    let Some(object) = snapshot.find(about).present() else {
        return Vec::new();
    };
    let owner = owner::owner(snapshot, object);
    if !KINDS.contains(&about.kind.as_str()) {
        return vec![owner];
    }
    let scene = Scene::of(snapshot, about, object);
    vec![
        revision::rollout(&scene),
        config::config(&scene),
        around::wiring(&scene),
        config::storage(&scene),
        around::node(&scene),
        guard::limits(&scene),
        around::scaling(&scene),
        guard::network(&scene),
        guard::access(&scene),
        guard::admission(&scene),
        owner,
    ]
}

/// What every part looks at.
struct Scene<'a> {
    snapshot: &'a Snapshot,
    /// What stands above it, or itself.
    top: &'a Object,
    /// Its pods that are there.
    pods: Vec<&'a Object>,
    /// A pod of it: of a workload the next one.
    pod: Object,
    /// Whether its pod's spec, and all labels of it, were seen.
    spec_seen: bool,
    labels_seen: bool,
}

impl<'a> Scene<'a> {
    fn of(snapshot: &'a Snapshot, about: &ObjectRef, object: &'a Object) -> Self {
        let at = match object.kind() {
            "Pod" => "/metadata/labels",
            "CronJob" => "/spec/jobTemplate/spec/template/metadata/labels",
            _ => "/spec/template/metadata/labels",
        };
        let next = facts::next_pod(object);
        let pods = pods(snapshot, about);
        // Where the template was not seen, a pod that was made of it tells what it says.
        let instead = || pods.first().map(|pod| (*pod).clone());
        let labels_seen = next.is_some() && !object.may_have_more_labels(at);
        let pod = next.or_else(instead).unwrap_or_else(|| {
            let mut pod = Object::new(Json::default());
            pod.set(&["metadata", "namespace"], object.namespace());
            pod
        });
        Self {
            snapshot,
            top: facts::owner_of(snapshot, object).unwrap_or(object),
            spec_seen: !object.is_guessed() && !pod.list("/spec/containers").is_empty(),
            labels_seen,
            pods,
            pod,
        }
    }

    fn namespace(&self) -> &str {
        self.pod.namespace()
    }

    fn spec(&self) -> &Json {
        self.pod.at("/spec").unwrap_or(&Json::Null)
    }

    fn labels(&self) -> &Json {
        self.pod.at("/metadata/labels").unwrap_or(&Json::Null)
    }
}

/// One line in the making.
struct Line {
    name: BesideName,
    parts: Vec<(bool, Text)>,
    unseen: Vec<Text>,
}

impl Line {
    const fn of(name: BesideName) -> Self {
        Self {
            name,
            parts: Vec::new(),
            unseen: Vec::new(),
        }
    }

    /// Adds what is there and as it should be.
    fn add(&mut self, text: Text) {
        self.parts.push((false, text));
    }

    /// Adds what is there, and whether it is something to know.
    fn add_if(&mut self, notable: bool, text: Text) {
        self.parts.push((notable, text));
    }

    /// Notes that something was not seen.
    fn unseen(&mut self, what: Text) {
        if !self.unseen.contains(&what) {
            self.unseen.push(what);
        }
    }

    /// Notes that kinds were not seen, those of them that were not read completely.
    fn needs(&mut self, snapshot: &Snapshot, namespace: &str, kinds: &[&str]) {
        for kind in kinds {
            if !snapshot.is_complete(kind, namespace) {
                self.unseen(Text::same(*kind));
            }
        }
    }

    /// The spec of its pod is needed; says whether it was seen.
    fn needs_spec(&mut self, scene: &Scene<'_>) -> bool {
        if !scene.spec_seen {
            self.unseen(Text::new("the spec of its pods", "其 Pod 的 spec"));
        }
        scene.spec_seen
    }

    /// The labels of its pods are needed.
    fn needs_labels(&mut self, scene: &Scene<'_>) {
        if !scene.labels_seen {
            self.unseen(Text::new("the labels of its pods", "其 Pod 的标签"));
        }
    }

    /// Ends the line; `nothing` is said where all was seen and nothing is there.
    fn end(mut self, nothing: Text) -> Beside {
        let notable = self.parts.iter().any(|(notable, _)| *notable);
        let unseen =
            (!self.unseen.is_empty()).then(|| Text::joined(&self.unseen, &Text::new(", ", "、")));
        let (standing, mut text) = match (self.parts.is_empty(), &unseen) {
            (true, None) => (Standing::Nothing, nothing),
            (true, Some(Text { en, zh })) => (
                Standing::NotSeen,
                Text::new(format!("{en} not seen"), format!("未能看到 {zh}")),
            ),
            (false, _) => {
                // What is to be known comes first, and is not left out.
                self.parts.sort_by_key(|(notable, _)| !*notable);
                let more = self.parts.len().saturating_sub(MOST);
                let told: Vec<Text> = self.parts.into_iter().map(|(_, text)| text).collect();
                let mut text = Text::joined(told.iter().take(MOST), &Text::new("; ", "；"));
                if more > 0 {
                    text.push(&Text::new(
                        format!("; and {more} more"),
                        format!("；另有 {more} 项"),
                    ));
                }
                if let Some(Text { en, zh }) = &unseen {
                    // What is told may not be all that there is.
                    text.push(&Text::new(
                        format!(" ({en} not seen in full)"),
                        format!("（未能完整看到 {zh}）"),
                    ));
                }
                (Standing::Found, text)
            }
        };
        text = text.map(|words| cut(words, LONGEST));
        Beside {
            name: self.name,
            standing,
            notable,
            text,
        }
    }
}

/// No more than so many letters of a text.
fn cut(words: &str, most: usize) -> String {
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

/// Names after one another, and how many more there are.
fn names(all: &[String], most: usize) -> Text {
    let told: Vec<&str> = all.iter().take(most).map(String::as_str).collect();
    let more = all.len().saturating_sub(most);
    let mut text = Text::new(told.join(", "), told.join("、"));
    if more > 0 {
        text.push(&Text::new(
            format!(" and {more} more"),
            format!(" 等，另有 {more} 个"),
        ));
    }
    text
}

/// The text at a place in a value.
fn text<'j>(value: &'j Json, pointer: &str) -> &'j str {
    value
        .pointer(pointer)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// A value as it is written, without the quotes of a text.
fn plain(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
