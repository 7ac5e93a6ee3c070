//! The revision that a workload runs, and what it changed of the one before.

use facts::{FieldDiff, Json, Revision};
use model::Text;

use super::{Beside, BesideName, Line, Scene, cut, text};

/// How many changed fields are told, and how many letters of a value.
const CHANGES: usize = 3;
const VALUE: usize = 48;

pub(super) fn rollout(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Rollout);
    let holds = match scene.top.kind() {
        "Deployment" => "ReplicaSet",
        "StatefulSet" | "DaemonSet" => "ControllerRevision",
        kind => {
            return line.end(Text::new(
                format!("a {kind} keeps no revisions"),
                format!("{kind} 不保留版本"),
            ));
        }
    };
    let known = facts::revisions(scene.snapshot, scene.top);
    let newest = known.iter().position(|one| one.newest).unwrap_or(0);
    match known.get(newest) {
        None => line.needs(scene.snapshot, scene.top.namespace(), &[holds]),
        Some(now) => {
            let before = known.get(newest.saturating_add(1));
            let (notable, text) = told(now, before);
            line.add_if(notable, text);
            if let Some(before) = before.filter(|before| before.ready > 0) {
                let (number, ready) = (before.number, before.ready);
                line.add(Text::new(
                    format!("revision {number} still has {ready} ready"),
                    format!("版本 {number} 仍有 {ready} 个就绪"),
                ));
            }
        }
    }
    line.end(Text::new("no revision yet", "还没有版本"))
}

/// A revision and what it changed, and whether that is worth knowing: it changed something, and
/// its pods are not all ready.
fn told(now: &Revision, before: Option<&Revision>) -> (bool, Text) {
    let Revision {
        number,
        ready,
        desired,
        ..
    } = now;
    let mut said = if *desired == 0 {
        Text::new(
            format!("revision {number}, of which no pod is wanted"),
            format!("版本 {number}，期望 0 个 Pod"),
        )
    } else if ready >= desired {
        Text::new(
            format!("revision {number} runs"),
            format!("运行版本 {number}"),
        )
    } else {
        Text::new(
            format!("revision {number} has {ready} of {desired} pods ready"),
            format!("版本 {number} 的 {desired} 个 Pod 中 {ready} 个就绪"),
        )
    };
    let Some(before) = before else {
        said.push(&Text::new(
            ", none is kept from before it",
            "，没有更早的版本",
        ));
        return (false, said);
    };
    if before.template.is_null() || now.template.is_null() {
        said.push(&Text::new(
            ", what it changed was not seen",
            "，未能看到其改动",
        ));
        return (false, said);
    }
    // What is nobody's business is taken out before it is compared, while it has its name.
    let (old, new) = (
        facts::redacted(&before.template),
        facts::redacted(&now.template),
    );
    let changes = facts::template_diff(&old, &new);
    if changes.is_empty() {
        said.push(&Text::new(
            format!(", alike to revision {}", before.number),
            format!("，与版本 {} 相同", before.number),
        ));
        return (false, said);
    }
    let told: Vec<Text> = changes
        .iter()
        .take(CHANGES)
        .map(|change| changed(change, &old, &new))
        .collect();
    said.push(&Text::new(", it changed ", "，改动了 "));
    said.push(&Text::joined(&told, &Text::new(", ", "，")));
    let more = changes.len().saturating_sub(CHANGES);
    if more > 0 {
        said.push(&Text::new(
            format!(" and {more} more"),
            format!("，另有 {more} 处"),
        ));
    }
    (ready < desired, said)
}

/// One change as people say it: `containers[web].image: web:1 → web:2`.
fn changed(change: &FieldDiff, old: &Json, new: &Json) -> Text {
    let gone = change.new.is_none();
    let path = place(&change.path, if gone { old } else { new });
    let scalar = |value: &Option<serde_json::Value>| {
        value
            .as_ref()
            .is_none_or(|value| !value.is_array() && !value.is_object())
    };
    if !scalar(&change.old) || !scalar(&change.new) {
        return match (&change.old, &change.new) {
            (None, _) => Text::new(format!("{path} (added)"), format!("{path}（新增）")),
            (_, None) => Text::new(format!("{path} (removed)"), format!("{path}（删除）")),
            (Some(_), Some(_)) => Text::same(path),
        };
    }
    let (before, after) = change.words();
    let (before, after) = (cut(&before, VALUE), cut(&after, VALUE));
    match (&change.old, &change.new) {
        (None, _) => Text::new(
            format!("{path}: {after} (added)"),
            format!("{path}：{after}（新增）"),
        ),
        (_, None) => Text::new(
            format!("{path}: {before} (removed)"),
            format!("{path}：{before}（删除）"),
        ),
        (Some(_), Some(_)) => Text::new(
            format!("{path}: {before} → {after}"),
            format!("{path}：{before} → {after}"),
        ),
    }
}

/// A JSON pointer into a pod template as people write it: entries of lists by their names.
fn place(pointer: &str, template: &Json) -> String {
    let mut told = String::new();
    let mut at = Some(template);
    for (depth, step) in pointer.split('/').skip(1).enumerate() {
        let step = step.replace("~1", "/").replace("~0", "~");
        let entries = at.and_then(Json::as_array);
        let within = match entries {
            Some(entries) => step.parse().ok().and_then(|at: usize| entries.get(at)),
            None => at.and_then(|at| at.get(&step)),
        };
        if entries.is_some() {
            let name = within.map_or("", |entry| text(entry, "/name"));
            let name = if name.is_empty() { &step } else { name };
            told.push_str(&format!("[{name}]"));
        } else if depth > 0 || step != "spec" {
            if !told.is_empty() {
                told.push('.');
            }
            told.push_str(&step);
        }
        at = within;
    }
    told
}
