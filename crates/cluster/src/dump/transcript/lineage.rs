//! Trees of owners drawn with lines, as `kubectl tree` and `kube-lineage` print them.

use serde_json::json;

use super::super::kinds;
use super::command::Command;
use super::looks::{Fullness, Transcript, named, put};

const LINES: &[char] = &['├', '└', '│', '─'];
/// Kinds that own others as their controllers.
const OWNERS: &[&str] = &[
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "ReplicationController",
];

/// Whether a line is a branch of a tree.
pub(super) fn is_tree_line(line: &str) -> bool {
    line.contains(['├', '└']) && line.split_whitespace().any(|word| word.contains('/'))
}

/// Whether an output is such a tree.
pub(super) fn is_tree(output: &str) -> bool {
    output.lines().take(200).any(is_tree_line)
}

/// Reads a tree: what stands under an object is owned by it.
pub(super) fn read(looks: &mut Transcript, command: &Command, output: &str, line: usize) {
    let mut above: Vec<(usize, String, String)> = Vec::new();
    for (number, text) in output.lines().enumerate() {
        let letters: Vec<char> = text.chars().take(600).collect();
        let plain: String = letters
            .iter()
            .map(|letter| if LINES.contains(letter) { ' ' } else { *letter })
            .collect();
        let Some((at, kind, name)) = object(&plain) else {
            continue;
        };
        while above.last().is_some_and(|(depth, ..)| *depth >= at) {
            above.pop();
        }
        let first = plain.split_whitespace().next().unwrap_or_default();
        let space = (!first.contains('/') && named(first)).then(|| first.to_owned());
        let space = space.or_else(|| command.namespace.clone());
        let mut object = json!({});
        if let Some((_, owner, of)) = above.last()
            && OWNERS.contains(&owner.as_str())
        {
            put(
                &mut object,
                "/metadata/ownerReferences",
                json!([{"kind": owner, "name": of, "controller": true}]),
            );
        }
        let after: Vec<&str> = plain
            .split_once(&format!("/{name}"))
            .map_or(Vec::new(), |(_, rest)| rest.split_whitespace().collect());
        if let (true, Some(ready @ ("True" | "False"))) = (kind == "Pod", after.first().copied()) {
            let mut condition = json!({"type": "Ready", "status": ready});
            if let Some(reason) = after.get(1).filter(|reason| reason.len() > 5) {
                put(&mut condition, "/reason", json!(reason));
            }
            put(&mut object, "/status/conditions", json!([condition]));
        }
        looks.look(
            &kind,
            space,
            &name,
            object,
            Fullness::Mentioned,
            line + 1 + number,
        );
        if above.len() < 64 {
            above.push((at, kind, name));
        }
    }
}

/// The first `Kind/name` of a line and where it stands.
fn object(line: &str) -> Option<(usize, String, String)> {
    let mut from = 0;
    for word in line.split(' ') {
        if let Some((of, name)) = word.split_once('/')
            && let Some(kind) = kinds::find(of)
            && named(name)
        {
            let at = line.get(..from)?.chars().count();
            return Some((at, kind.kind.to_owned(), name.to_owned()));
        }
        from += word.len() + 1;
    }
    None
}
