//! Pieces of sentences that every conclusion about a workload needs, so that skills need not put
//! them together one by one.

use model::Text;
use serde_json::{Value, json};

use super::rollout::Rollout;
use super::{Section, Type};
use crate::container::{is_name, text};
use crate::{Json, Object};

pub(super) const SCHEMA: Section = &[
    // "container `api` of Deployment `shop`", "Deployment `shop`", "pod `x`".
    ("say.subject_en", Type::Text),
    ("say.subject_zh", Type::Text),
    // The workload for kubectl: `deployment/shop -n prod`.
    ("say.target", Type::Text),
    // ", since revision 7", if the subject is of the newest revision and there was one before.
    ("say.since_en", Type::Text),
    ("say.since_zh", Type::Text),
    // "; revision 6 still serves with 2 pods, and revision 7 changed the image of `web`", if one does.
    ("say.still_en", Type::Text),
    ("say.still_zh", Type::Text),
    // The command that goes back to the last good revision, and what to say of it; empty if there
    // is none to go back to.
    ("say.undo", Type::Text),
    ("say.undo_en", Type::Text),
    ("say.undo_zh", Type::Text),
    // `restore_last_good` if there is a good revision to go back to, else empty.
    ("say.restore", Type::Text),
];

pub(super) fn data(
    top: &Object,
    pod: Option<&Object>,
    container: &str,
    rollout: &Rollout,
    of_newest: bool,
) -> Value {
    let (kind, name) = (top.kind(), top.name());
    let whole = pod.is_none();
    let (subject_en, subject_zh) = match (container, kind) {
        ("", "Pod") => (format!("pod `{name}`"), format!("Pod `{name}`")),
        ("", _) if whole => (format!("{kind} `{name}`"), format!("{kind} `{name}`")),
        ("", _) => (
            format!("pod `{}` of {kind} `{name}`", pod.map_or("", Object::name)),
            format!("{kind} `{name}` 的 Pod `{}`", pod.map_or("", Object::name)),
        ),
        // Nobody has shown its name.
        (container, _) if !is_name(container) => {
            let only = pod.is_some_and(|pod| {
                pod.list("/spec/containers").len() == 1
                    && text(pod.at("/spec/containers/0").unwrap_or(&Json::Null), "/name")
                        == container
            });
            let (a_en, a_zh) = if only { ("the", "") } else { ("a", "某个") };
            let (of_en, of_zh) = match kind {
                "Pod" => ("pod", "Pod"),
                kind => (kind, kind),
            };
            (
                format!("{a_en} container of {of_en} `{name}`"),
                format!("{of_zh} `{name}` 的{a_zh}容器"),
            )
        }
        (container, "Pod") => (
            format!("container `{container}` of pod `{name}`"),
            format!("Pod `{name}` 的容器 `{container}`"),
        ),
        (container, _) => (
            format!("container `{container}` of {kind} `{name}`"),
            format!("{kind} `{name}` 的容器 `{container}`"),
        ),
    };
    let target = target(kind, top.namespace(), name);
    let newest = rollout.newest_number();
    // A revision that was not seen has no number, and kubectl takes 0 for "the last one".
    let good = rollout
        .good_number()
        .filter(|number| *number > 0 && (whole || of_newest));
    let ready = rollout.good_ready();
    let since = newest.filter(|number| of_newest && *number > 1 && rollout.good_number().is_some());
    let serves = good.map_or_else(Text::default, |number| {
        Text::new(
            format!(
                "; revision {number} still serves with {ready} {}",
                if ready == 1 { "pod" } else { "pods" }
            ),
            format!("；版本 {number} 仍有 {ready} 个 Pod 在服务"),
        )
    });
    let changed = match (newest, rollout.changed_words()) {
        (Some(number), words) if good.is_some() && !words.en.is_empty() => Text::new(
            format!(", and revision {number} changed {}", words.en),
            format!(
                "，版本 {number} 改动了{}{}",
                if words.zh.starts_with('`') { " " } else { "" },
                words.zh
            ),
        ),
        _ => Text::default(),
    };
    let maybe = |words: Option<String>| words.unwrap_or_default();
    json!({
        "subject_en": subject_en,
        "subject_zh": subject_zh,
        "target": target,
        "since_en": maybe(since.map(|number| format!(", since revision {number}"))),
        "since_zh": maybe(since.map(|number| format!("（自版本 {number} 起）"))),
        "still_en": format!("{}{}", serves.en, changed.en),
        "still_zh": format!("{}{}", serves.zh, changed.zh),
        "undo": maybe(good.map(|number| format!("kubectl rollout undo {target} --to-revision={number}"))),
        "undo_en": maybe(good.map(|number| format!("Go back to revision {number}, which still serves."))),
        "undo_zh": maybe(good.map(|number| format!("回到仍在服务的版本 {number}。"))),
        // Only of a Deployment it is known how to go back.
        "restore": if good.is_some() && kind == "Deployment" { "restore_last_good" } else { "" },
    })
}

/// An object as kubectl takes it.
pub(super) fn target(kind: &str, namespace: &str, name: &str) -> String {
    let kind = kind.to_lowercase();
    if namespace.is_empty() {
        format!("{kind}/{name}")
    } else {
        format!("{kind}/{name} -n {namespace}")
    }
}
