//! `get_rollout_history`: the revisions of a Deployment.

use async_trait::async_trait;
use facts::Object;
use model::Tier;
use model::payload::ToolResult;
use serde_json::{Value, json};

use crate::params::{self, OfWorkload};
use crate::view::{Found, View, absent};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const SPEC: ToolSpec = ToolSpec {
    name: "get_rollout_history",
    description: "The revisions of a Deployment, newest first: images and pods ready.",
    tier: Tier::ReadOnly,
};

/// Reads the revisions of a Deployment.
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
        if kind != "Deployment" {
            return Err(ToolError::TellModel(format!(
                "{}: the history of a {kind} cannot be read yet, only that of a Deployment",
                SPEC.name
            )));
        }
        let Found::There(workload) = self.0.get(kind, namespace, name).await? else {
            return Ok(absent(kind, namespace, name));
        };
        let mut sets = self
            .0
            .controlled("ReplicaSet", namespace, workload.uid())
            .await?;
        sets.sort_by_key(|set| std::cmp::Reverse(revision(set)));
        let revisions: Vec<Value> = sets
            .iter()
            .map(|set| {
                json!({
                    "revision": revision(set),
                    "images": images(set),
                    "ready": set.int("/status/readyReplicas").unwrap_or(0),
                    "pods": set.int("/status/replicas").unwrap_or(0),
                })
            })
            .collect();
        let lines: Vec<String> = sets
            .iter()
            .map(|set| {
                let ready = set.int("/status/readyReplicas").unwrap_or(0);
                format!(
                    "revision {}: {}, {ready} pods ready",
                    revision(set),
                    images(set).join(", ")
                )
            })
            .collect();
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
                lines.join("\n")
            } else {
                format!("{kind} `{name}` has no revisions yet")
            },
        })
    }
}

fn revision(set: &Object) -> i64 {
    set.annotation("deployment.kubernetes.io/revision")
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn images(set: &Object) -> Vec<String> {
    set.list("/spec/template/spec/containers")
        .iter()
        .filter_map(|container| container.get("image")?.as_str())
        .map(str::to_owned)
        .collect()
}
