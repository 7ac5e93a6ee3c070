//! `get_events`: what the cluster noted about a namespace, an object, or a workload and its pods.

use std::collections::BTreeSet;

use async_trait::async_trait;
use cluster::Among;
use facts::Object;
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfEvents, WORKLOADS};
use crate::view::{Found, View};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const SPEC: ToolSpec = ToolSpec {
    name: "get_events",
    description: "Recent events of a namespace, or of an object and what belongs to it.",
    tier: Tier::ReadOnly,
};

/// The most events that are kept, newest first.
const MAX_EVENTS: usize = 200;

/// Reads events.
pub(crate) struct GetEvents(pub(crate) View);

#[async_trait]
impl Tool for GetEvents {
    fn spec(&self) -> &ToolSpec {
        &SPEC
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfEvents = params::read(SPEC.name, params)?;
        let namespace = params::name(SPEC.name, "namespace", &asked.namespace)?;
        let mut whole = self.0.lists_all("Event", namespace);
        let mut events = match (&asked.kind, &asked.name) {
            (None, None) => self.0.list("Event", namespace).await?,
            (Some(kind), Some(name)) => {
                let name = params::name(SPEC.name, "name", name)?;
                whole = false;
                self.about(namespace, kind, name).await?
            }
            (Some(_), None) | (None, Some(_)) => {
                return Err(ToolError::wrong(
                    SPEC.name,
                    "`kind` and `name` belong together",
                    "`kind` 与 `name` 须同时给出",
                ));
            }
        };
        if events.is_empty() {
            return Ok(ToolOutput {
                result: ToolResult::Empty,
                objects: Vec::new(),
                complete: if whole {
                    vec!["Event".to_owned()]
                } else {
                    Vec::new()
                },
                value: Value::Null,
                excerpt: Text::new(
                    "no events (they expire after an hour)",
                    "没有事件（事件一小时后过期）",
                ),
            });
        }
        events.sort_by(|a, b| last_seen(b).cmp(last_seen(a)));
        let dropped = events.len().saturating_sub(MAX_EVENTS);
        events.truncate(MAX_EVENTS);
        let mut lines: Vec<String> = Vec::new();
        let warnings = events
            .iter()
            .filter(|event| event.text("/type") == "Warning");
        let rest = events
            .iter()
            .filter(|event| event.text("/type") != "Warning");
        for event in warnings.chain(rest) {
            let line = format!(
                "{} {}/{}: {}",
                event.text("/reason"),
                subject(event, "kind"),
                subject(event, "name"),
                first_line(event)
            );
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let mut excerpt = Text::same(lines.join("\n"));
        if dropped > 0 {
            excerpt.push(&Text::new(
                format!("\n({dropped} older events left out)"),
                format!("\n（略去 {dropped} 个较早的事件）"),
            ));
        }
        Ok(ToolOutput {
            result: ToolResult::Found,
            complete: if whole && dropped == 0 {
                vec!["Event".to_owned()]
            } else {
                Vec::new()
            },
            value: json!({"events": events.len(), "left_out": dropped}),
            objects: events,
            excerpt,
        })
    }
}

impl GetEvents {
    /// The events about an object and what belongs to it.
    async fn about(
        &self,
        namespace: &str,
        kind: &str,
        name: &str,
    ) -> Result<Vec<Object>, ToolError> {
        let uids = self.family(namespace, kind, name).await?;
        if let [uid] = uids.iter().collect::<Vec<_>>().as_slice() {
            return self.0.list_of("Event", namespace, Among::About(uid)).await;
        }
        let mut events = self.0.list("Event", namespace).await?;
        events.retain(|event| is_about(event, kind, name, &uids));
        Ok(events)
    }

    /// The UIDs of an object and of what belongs to it.
    async fn family(
        &self,
        namespace: &str,
        kind: &str,
        name: &str,
    ) -> Result<BTreeSet<String>, ToolError> {
        let mut uids = BTreeSet::new();
        let Ok(Found::There(object)) = self.0.get(kind, namespace, name).await else {
            return Ok(uids);
        };
        uids.insert(object.uid().to_owned());
        if WORKLOADS.contains(&kind) {
            if kind == "Deployment" {
                let sets = self.0.controlled("ReplicaSet", namespace, object.uid());
                uids.extend(sets.await?.iter().map(|set| set.uid().to_owned()));
            }
            let owners: Vec<String> = uids.iter().cloned().collect();
            for owner in owners {
                let pods = self.0.controlled("Pod", namespace, &owner).await?;
                uids.extend(pods.iter().map(|pod| pod.uid().to_owned()));
            }
        }
        uids.remove("");
        Ok(uids)
    }
}

fn subject<'e>(event: &'e Object, field: &str) -> &'e str {
    match event.text(&format!("/involvedObject/{field}")) {
        "" => event.text(&format!("/regarding/{field}")),
        text => text,
    }
}

fn is_about(event: &Object, kind: &str, name: &str, uids: &BTreeSet<String>) -> bool {
    uids.contains(subject(event, "uid"))
        || subject(event, "kind") == kind && subject(event, "name") == name
}

fn first_line(event: &Object) -> &str {
    let said = match event.text("/message") {
        "" => event.text("/note"),
        text => text,
    };
    said.lines().next().unwrap_or_default()
}

/// When an event was last seen: times of the API server sort as text.
fn last_seen(event: &Object) -> &str {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
        "/eventTime",
        "/metadata/creationTimestamp",
    ]
    .into_iter()
    .map(|pointer| event.text(pointer))
    .find(|time| !time.is_empty())
    .unwrap_or_default()
}
