//! Descriptions, as `kubectl describe` prints them: a tree by indentation, and whose it is.

use model::Text;
use serde_json::{Value, json};

use super::super::kinds;
use super::command::Command;
use super::looks::{Fullness, Transcript, named, put};
use super::{
    age, describe_bounds, describe_cluster, describe_config, describe_network, describe_pod,
    describe_storage, describe_workload, events,
};

/// A line of a description, and what stands under it.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) line: usize,
    pub(super) indent: usize,
    /// The whole line, without its indentation.
    pub(super) raw: &'a str,
    /// What stands before the colon.
    pub(super) key: &'a str,
    /// What stands behind it; nothing for `<none>`.
    pub(super) value: &'a str,
    pub(super) children: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    fn of(line: usize, text: &'a str) -> Self {
        let raw = text.trim();
        let indent = text
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .count();
        let (key, value) = match raw.split_once(": ") {
            Some((key, value)) => (key, value.trim()),
            None => match raw
                .strip_suffix(':')
                .or_else(|| raw.split_once(":\t").map(|(key, _)| key))
            {
                Some(key) => (key, raw.get(key.len() + 1..).unwrap_or_default().trim()),
                None => ("", ""),
            },
        };
        let nothing = matches!(value, "<none>" | "<unset>" | "<nil>" | "<not set>");
        Self {
            line,
            indent,
            raw,
            key,
            value: if nothing { "" } else { value },
            children: Vec::new(),
        }
    }

    /// The first child of one of these keys.
    pub(super) fn child(&self, keys: &[&str]) -> Option<&Node<'a>> {
        self.children.iter().find(|child| keys.contains(&child.key))
    }

    /// The value of the first child of a key.
    pub(super) fn value_of(&self, key: &str) -> Option<&'a str> {
        let value = self.child(&[key])?.value;
        (!value.is_empty()).then_some(value)
    }

    /// A number in the value of a child.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.value_of(key)?.split_whitespace().next()?.parse().ok()
    }

    /// Every line under it, however deep.
    pub(super) fn all_lines(&self) -> Vec<&'a str> {
        let mut lines = Vec::new();
        for child in &self.children {
            lines.push(child.raw);
            lines.extend(child.all_lines());
        }
        lines
    }

    /// The value on its line and on the lines under it.
    pub(super) fn lines(&self) -> Vec<&'a str> {
        let first = Some(self.value).filter(|value| !value.is_empty());
        first
            .into_iter()
            .chain(self.children.iter().map(|child| child.raw))
            .collect()
    }
}

/// So deep are descriptions read.
const DEPTH: usize = 12;

/// The tree of some lines. A line at the margin that is no key is part of a text that was printed
/// with its line breaks, and stands under what came before.
pub(super) fn tree<'a>(lines: &[(usize, &'a str)]) -> Node<'a> {
    let mut path: Vec<Node<'a>> = vec![Node::default()];
    for (number, text) in lines {
        if text.trim().is_empty() {
            continue;
        }
        let node = Node::of(*number, text);
        let key = node
            .raw
            .chars()
            .next()
            .is_some_and(|first| first.is_ascii_uppercase() || first == '=')
            && (!node.key.is_empty() && node.key.len() <= 60 || node.raw.starts_with("==="));
        if node.indent == 0 && !key {
            if let Some(last) = path.last_mut() {
                last.children.push(node);
            }
            continue;
        }
        while path.len() > 1
            && (path.len() > DEPTH || path.last().is_some_and(|last| last.indent >= node.indent))
        {
            hang(&mut path);
        }
        path.push(node);
    }
    while path.len() > 1 {
        hang(&mut path);
    }
    path.pop().unwrap_or_default()
}

fn hang(path: &mut Vec<Node<'_>>) {
    if let Some(node) = path.pop()
        && let Some(above) = path.last_mut()
    {
        above.children.push(node);
    }
}

/// Reads one or several descriptions.
pub(super) fn read(looks: &mut Transcript, command: &Command, output: &str, line: usize) {
    let text = output.replace("\\t", "    ").replace('\t', "    ");
    let mut part: Vec<(usize, &str)> = Vec::new();
    // The data of a ConfigMap may hold a line that looks like a beginning; kubectl leaves two lines
    // free between descriptions.
    let (mut data, mut free) = (false, 0_usize);
    for (number, text) in text.lines().enumerate() {
        if text.starts_with("Name:") && !part.is_empty() && (!data || free >= 2) {
            one(looks, command, &part);
            part.clear();
            data = false;
        }
        match text.trim_end() {
            "====" => data = true,
            end if end.starts_with("Events:") => data = false,
            _ => {}
        }
        free = if text.trim().is_empty() { free + 1 } else { 0 };
        part.push((line + 1 + number, text));
    }
    one(looks, command, &part);
}

fn one(looks: &mut Transcript, command: &Command, lines: &[(usize, &str)]) {
    let Some((line, _)) = lines.first() else {
        return;
    };
    // The data of a ConfigMap is anybody's text: only what stands before it is a tree.
    let data = lines
        .iter()
        .position(|(_, text)| text.trim_end() == "Data" || text.trim_end() == "BinaryData");
    let (head, data) = lines.split_at(data.unwrap_or(lines.len()));
    let last = head
        .iter()
        .rposition(|(_, text)| text.starts_with("Events:"));
    let (head, happened) = head.split_at(last.unwrap_or(head.len()));
    let tree = tree(head);
    let asked = match command.targets.as_slice() {
        [one] => one.name.as_deref(),
        _ => None,
    };
    let Some(name) = tree.value_of("Name").or(asked).filter(|name| named(name)) else {
        return;
    };
    let of_target = command
        .targets
        .iter()
        .find(|target| target.name.as_deref() == Some(name))
        .map(|target| target.kind.as_str());
    let Some(kind) = of_target
        .or_else(|| command.only_kind())
        .or_else(|| shape(&tree, data))
    else {
        let why = Text::new(
            "a description whose kind is not told is left out",
            "一份没有说明类型的描述未采用",
        );
        looks.note(*line, &why);
        return;
    };
    let kind = kind.to_owned();
    let space = tree
        .value_of("Namespace")
        .map(str::to_owned)
        .or_else(|| command.namespace.clone());
    if space.is_none() && command.everywhere && !kinds::cluster_wide(&kind) {
        looks.note(
            *line,
            &Text::new(
                format!("the namespace of {kind} {name} is not told: it is left out"),
                format!("没有说明 {kind} {name} 的命名空间：未采用"),
            ),
        );
        return;
    }
    let mut object = common(&tree);
    let owner = tree
        .value_of("Controlled By")
        .and_then(|owner| owner.split_once('/'));
    if let Some((of, owner)) = owner {
        let of = kinds::find(of).map_or(of, |kind| kind.kind);
        put(
            &mut object,
            "/metadata/ownerReferences",
            json!([{"kind": of, "name": owner, "controller": true}]),
        );
    }
    if kind == "Pod" {
        describe_pod::fill(&mut object, &tree);
    } else {
        describe_workload::fill(&mut object, &kind, &tree);
        describe_network::fill(&mut object, &kind, &tree);
        describe_storage::fill(&mut object, &kind, &tree);
        describe_bounds::fill(&mut object, &kind, &tree);
        describe_cluster::fill(&mut object, &kind, &tree);
        describe_config::fill(&mut object, &kind, &tree, data);
    }
    match kind.as_str() {
        "Deployment" => describe_workload::beside(looks, space.as_deref(), name, &tree),
        "Service" => describe_network::beside(looks, space.as_deref(), name, &tree),
        "Ingress" => describe_network::missing(looks, space.as_deref(), &tree),
        _ => {}
    }
    let whole = tree.child(&["Name"]).is_some();
    let fullness = if whole {
        Fullness::Described
    } else {
        Fullness::Row
    };
    events::described(
        looks,
        (&kind, space.as_deref(), name),
        happened.get(1..).unwrap_or_default(),
    );
    looks.look(&kind, space, name, object, fullness, *line);
}

/// Puts values into an object as they stand.
pub(super) fn texts(object: &mut Value, tree: &Node<'_>, places: &[(&str, &str)]) {
    for (key, at) in places {
        if let Some(value) = tree.value_of(key) {
            put(object, at, json!(value));
        }
    }
}

/// What every description begins with.
fn common(tree: &Node<'_>) -> Value {
    let mut object = json!({});
    if let Some(uid) = tree.value_of("UID") {
        put(&mut object, "/metadata/uid", json!(uid));
    }
    for key in ["CreationTimestamp", "Created"] {
        if let Some(at) = tree.value_of(key).and_then(age::date) {
            put(&mut object, "/metadata/creationTimestamp", json!(at));
        }
    }
    for (key, at, sign) in [
        ("Labels", "/metadata/labels", '='),
        ("Annotations", "/metadata/annotations", ':'),
    ] {
        if let Some(node) = tree.child(&[key]) {
            let pairs = pairs(node, sign);
            // That it has no labels is told, too.
            if key == "Labels" || pairs.as_object().is_some_and(|pairs| !pairs.is_empty()) {
                put(&mut object, at, pairs);
            }
        }
    }
    if let Some(finalizers) = tree.value_of("Finalizers") {
        let names: Vec<&str> = finalizers
            .trim_matches(['[', ']'])
            .split_whitespace()
            .collect();
        put(&mut object, "/metadata/finalizers", json!(names));
    }
    object
}

/// `a=b` lines, or `a: b` lines, as an object.
pub(super) fn pairs(node: &Node<'_>, sign: char) -> Value {
    node.lines()
        .into_iter()
        .filter_map(|line| line.split_once(sign))
        .map(|(key, value)| (key.trim().to_owned(), Value::from(value.trim())))
        .collect()
}

/// The conditions of a description: a table under its key.
pub(super) fn conditions(tree: &Node<'_>) -> Option<Value> {
    let node = tree.child(&["Conditions"])?;
    let mut rows = node.children.iter();
    let header = super::table::gaps(rows.next()?.raw);
    let mut found = Vec::new();
    for row in rows {
        if row.raw.starts_with("--") {
            continue;
        }
        let mut cells = super::table::gaps(row.raw);
        if cells.len() < 2 {
            cells = row.raw.split_whitespace().map(str::to_owned).collect();
        }
        let mut condition = json!({});
        for (name, cell) in header.iter().zip(&cells) {
            let (at, value) = match name.as_str() {
                "Type" => ("/type", Some(json!(cell))),
                "Status" => ("/status", Some(json!(cell))),
                "Reason" => ("/reason", Some(json!(cell))),
                "Message" => ("/message", Some(json!(cell))),
                "LastTransitionTime" => ("/lastTransitionTime", age::date(cell).map(Value::from)),
                "LastHeartbeatTime" => ("/lastHeartbeatTime", age::date(cell).map(Value::from)),
                _ => continue,
            };
            if let Some(value) = value {
                put(&mut condition, at, value);
            }
        }
        if condition.get("type").is_some() && condition.get("status").is_some() {
            found.push(condition);
        }
    }
    Some(Value::Array(found))
}

/// The kind of a description by the keys that only it has.
fn shape(tree: &Node<'_>, data: &[(usize, &str)]) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().all(|key| tree.child(&[*key]).is_some());
    let shapes: &[(&[&str], &str)] = &[
        (&["Node", "Containers"], "Pod"),
        (&["Containers", "QoS Class"], "Pod"),
        (&["Replicas", "StrategyType"], "Deployment"),
        (&["Schedule", "Concurrency Policy"], "CronJob"),
        (&["Parallelism", "Completions"], "Job"),
        (&["Desired Number of Nodes Scheduled"], "DaemonSet"),
        (&["Update Strategy", "Replicas"], "StatefulSet"),
        (&["Replicas", "Pod Template"], "ReplicaSet"),
        (&["Capacity", "Allocatable"], "Node"),
        (&["Session Affinity"], "Service"),
        (&["Rules", "Address"], "Ingress"),
        (&["Rules", "Default backend"], "Ingress"),
        (&["StorageClass", "Volume"], "PersistentVolumeClaim"),
        (&["StorageClass", "Claim"], "PersistentVolume"),
        (&["Min replicas", "Max replicas"], "HorizontalPodAutoscaler"),
        (&["Selector", "Min available"], "PodDisruptionBudget"),
        (&["Selector", "Max unavailable"], "PodDisruptionBudget"),
        (&["Mountable secrets"], "ServiceAccount"),
        (&["Spec"], "NetworkPolicy"),
        (&["Subsets"], "Endpoints"),
    ];
    if let Some((_, kind)) = shapes.iter().find(|(keys, _)| has(keys)) {
        return Some(kind);
    }
    let bounds: [(&[&str], &str); 2] = [
        (&["Resource", "Used", "Hard"], "ResourceQuota"),
        (&["Type", "Resource", "Min", "Max"], "LimitRange"),
    ];
    let lines = tree.all_lines();
    let heads = |words: &[&str]| {
        lines.iter().any(|line| {
            line.split_whitespace()
                .take(words.len())
                .eq(words.iter().copied())
        })
    };
    if let Some((_, kind)) = bounds.iter().find(|(words, _)| heads(words)) {
        return Some(kind);
    }
    let secret = has(&["Type"]);
    (!data.is_empty()).then_some(if secret { "Secret" } else { "ConfigMap" })
}

/// What `rollout status` and `rollout history` say.
pub(super) fn rollout(looks: &mut Transcript, command: &Command, output: &str, line: usize) {
    let Some(target) = command.targets.first() else {
        return;
    };
    let Some(name) = target.name.clone() else {
        return;
    };
    let mut object = json!({});
    for text in output.lines() {
        let text = text.trim();
        if text.contains("exceeded its progress deadline") {
            put(
                &mut object,
                "/status/conditions",
                json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": text}]),
            );
        } else if text.contains("successfully rolled out") {
            put(
                &mut object,
                "/status/conditions",
                json!([{"type": "Progressing", "status": "True", "message": text}]),
            );
        } else if command.verb == "rollout history"
            && let Some(revision) = text.split_whitespace().next()
            && revision.parse::<u64>().is_ok()
            && target.kind == "Deployment"
        {
            put(
                &mut object,
                "/metadata/annotations/deployment.kubernetes.io~1revision",
                json!(revision),
            );
        }
    }
    let kind = target.kind.clone();
    looks.look(
        &kind,
        command.namespace.clone(),
        &name,
        object,
        Fullness::Mentioned,
        line,
    );
}
