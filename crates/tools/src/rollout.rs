//! `get_rollout_history`: the revisions of a workload, and what each changed of the one before.

use async_trait::async_trait;
use facts::{Object, Revision, Snapshot};
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfWorkload};
use crate::view::{Found, View, absent};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const SPEC: ToolSpec = ToolSpec {
    name: "get_rollout_history",
    description: "The revisions of a workload, newest first: images, pods ready, what changed.",
    tier: Tier::ReadOnly,
};

/// The most fields of a revision that are told to have changed, and how many stand in the excerpt.
const CHANGES: usize = 20;
const TOLD: usize = 3;
/// The most letters of a value.
const LONGEST: usize = 120;

/// Reads the revisions of a workload.
pub(crate) struct GetRolloutHistory(pub(crate) View);

#[async_trait]
impl Tool for GetRolloutHistory {
    fn spec(&self) -> &ToolSpec {
        &SPEC
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfWorkload = params::read(SPEC.name, params)?;
        let namespace = params::name(SPEC.name, "namespace", &asked.namespace)?;
        let kind = params::workload_kind(SPEC.name, &asked.kind)?;
        let name = params::name(SPEC.name, "name", &asked.name)?;
        let holds = match kind {
            "Deployment" => "ReplicaSet",
            "StatefulSet" | "DaemonSet" => "ControllerRevision",
            _ => {
                return Err(ToolError::wrong(
                    SPEC.name,
                    format!("a {kind} has no revisions"),
                    format!("{kind} 没有版本"),
                ));
            }
        };
        let Found::There(workload) = self.0.get(kind, namespace, name).await? else {
            return Ok(absent(kind, namespace, name));
        };
        let mut sets = self.0.controlled(holds, namespace, workload.uid()).await?;
        let mut snapshot = Snapshot::new(sets.clone(), [].into());
        snapshot.add((*workload).clone());
        if holds == "ControllerRevision" {
            // These do not count their pods themselves.
            snapshot.extend(self.0.controlled("Pod", namespace, workload.uid()).await?);
        }
        let mut known = facts::revisions(&snapshot, &workload);
        // What is nobody's business is taken out before it is compared, while it has its name.
        for revision in &mut known {
            revision.template = facts::redacted(&revision.template);
        }
        let place = |set: &Object| {
            let same = |revision: &Revision| revision.replica_set.same_name(&set.reference());
            known.iter().position(same)
        };
        sets.sort_by_key(place);
        let (mut revisions, mut lines) = (Vec::new(), Vec::new());
        for (place, revision) in known.iter().enumerate() {
            let counted = snapshot.find(&revision.replica_set).present();
            let counted = counted.filter(|set| set.kind() == "ReplicaSet");
            let ready = counted.map_or(i64::from(revision.ready), |set| {
                set.int("/status/readyReplicas").unwrap_or(0)
            });
            let pods = counted.map_or(i64::from(revision.desired), |set| {
                set.int("/status/replicas").unwrap_or(0)
            });
            let before = known.get(place + 1);
            let changed: Vec<Value> = before
                .map(|before| facts::template_diff(&before.template, &revision.template))
                .unwrap_or_default()
                .iter()
                .take(CHANGES)
                .map(|field| {
                    let (old, new) = field.words();
                    json!({"path": field.path, "old": shown(old), "new": shown(new)})
                })
                .collect();
            let images: Vec<&str> = revision.images.values().map(String::as_str).collect();
            let (number, listed) = (revision.number, images.join(", "));
            let mut line = Text::new(
                format!("revision {number}: {listed}, {ready} pods ready"),
                format!("版本 {number}：{listed}，{ready} 个 Pod 就绪"),
            );
            for change in changed.iter().take(TOLD) {
                let text = |field: &str| change.get(field).and_then(Value::as_str).unwrap_or("");
                let or_none = |text: &str| match text {
                    "" => Text::new("nothing", "无"),
                    text => Text::same(text),
                };
                let (old, new) = (or_none(text("old")), or_none(text("new")));
                let path = text("path");
                line.push(&Text::new(
                    format!("\n  {path}: {} → {}", old.en, new.en),
                    format!("\n  {path}：{} → {}", old.zh, new.zh),
                ));
            }
            lines.push(line);
            revisions.push(json!({
                "revision": revision.number,
                "images": images,
                "ready": ready,
                "pods": pods,
                "newest": revision.newest,
                "changed": changed,
            }));
        }
        let found = !sets.is_empty();
        let mut objects = vec![*workload];
        objects.extend(sets);
        Ok(ToolOutput {
            result: if found {
                ToolResult::Found
            } else {
                ToolResult::Empty
            },
            objects,
            complete: Vec::new(),
            value: json!({"revisions": revisions}),
            excerpt: if found {
                Text::joined(&lines, &Text::same("\n"))
            } else {
                Text::new(
                    format!("{kind} `{name}` has no revisions yet"),
                    format!("{kind} `{name}` 还没有版本"),
                )
            },
        })
    }
}

/// Of a text no more than tells what it is.
fn shown(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
