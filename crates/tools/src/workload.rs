//! `get_workload`: a workload and what it owns.

use async_trait::async_trait;
use facts::{Json, Object};
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfWorkload};
use crate::view::{Found, View, absent};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const SPEC: ToolSpec = ToolSpec {
    name: "get_workload",
    description: "A workload (Deployment, StatefulSet …) with its ReplicaSets.",
    tier: Tier::ReadOnly,
};

/// Reads a workload.
pub(crate) struct GetWorkload(pub(crate) View);

#[async_trait]
impl Tool for GetWorkload {
    fn spec(&self) -> &ToolSpec {
        &SPEC
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfWorkload = params::read(SPEC.name, params)?;
        let namespace = params::name(SPEC.name, "namespace", &asked.namespace)?;
        let kind = params::workload_kind(SPEC.name, &asked.kind)?;
        let name = params::name(SPEC.name, "name", &asked.name)?;
        let Found::There(workload) = self.0.get(kind, namespace, name).await? else {
            return Ok(absent(kind, namespace, name));
        };
        let mut objects = vec![*workload];
        if kind == "Deployment" {
            let uid = objects
                .first()
                .map(|workload| workload.uid().to_owned())
                .unwrap_or_default();
            objects.extend(self.0.controlled("ReplicaSet", namespace, &uid).await?);
        } else if matches!(kind, "StatefulSet" | "DaemonSet") {
            let uid = objects
                .first()
                .map(|workload| workload.uid().to_owned())
                .unwrap_or_default();
            // Who may not read its revisions can still be told of the workload.
            match self
                .0
                .controlled("ControllerRevision", namespace, &uid)
                .await
            {
                Ok(revisions) => objects.extend(revisions),
                Err(ToolError::TellModel(_)) => {}
                Err(fatal @ ToolError::Fatal(_)) => return Err(fatal),
            }
        } else if kind == "ReplicaSet" {
            // The Deployment above it, so that the whole rollout can be told.
            let owner = objects
                .first()
                .and_then(|set| set.list("/metadata/ownerReferences").first())
                .filter(|owner| owner.get("kind").and_then(Json::as_str) == Some("Deployment"))
                .and_then(|owner| owner.get("name"))
                .and_then(Json::as_str)
                .map(str::to_owned);
            if let Some(owner) = owner
                && let Found::There(deployment) =
                    self.0.get("Deployment", namespace, &owner).await?
            {
                objects.push(*deployment);
            }
        }
        let Some(workload) = objects.first() else {
            return Ok(absent(kind, namespace, name));
        };
        let count = |pointer| workload.int(pointer).unwrap_or(0);
        let (desired, ready, updated) = match kind {
            "DaemonSet" => (
                count("/status/desiredNumberScheduled"),
                count("/status/numberReady"),
                count("/status/updatedNumberScheduled"),
            ),
            _ => (
                workload.int("/spec/replicas").unwrap_or(1),
                count("/status/readyReplicas"),
                count("/status/updatedReplicas"),
            ),
        };
        let value = json!({
            "desired": desired,
            "ready": ready,
            "updated": updated,
            "generation": workload.generation(),
            "paused": workload.at("/spec/paused").and_then(Json::as_bool).unwrap_or(false),
            "revisions": objects.len() - 1,
        });
        let excerpt = match kind {
            "Job" => Text::same(format!(
                "Job/{name} active={} succeeded={} failed={}{}",
                count("/status/active"),
                count("/status/succeeded"),
                count("/status/failed"),
                told(workload)
            )),
            "CronJob" => {
                let schedule = workload.text("/spec/schedule");
                let scheduled = or_never(workload.text("/status/lastScheduleTime"));
                let successful = or_never(workload.text("/status/lastSuccessfulTime"));
                Text::new(
                    format!(
                        "CronJob/{name} schedule={schedule} last scheduled {} last successful {}",
                        scheduled.en, successful.en
                    ),
                    format!(
                        "CronJob/{name} schedule={schedule} 上次调度：{} 上次成功：{}",
                        scheduled.zh, successful.zh
                    ),
                )
            }
            _ => Text::same(format!(
                "{kind}/{name} ready={ready}/{desired} updated={updated}{}",
                told(workload)
            )),
        };
        Ok(ToolOutput {
            result: ToolResult::Found,
            objects,
            // Only what belongs to it is kept, so nothing is known of the rest of the namespace.
            complete: Vec::new(),
            value,
            excerpt,
        })
    }
}

fn or_never(stamp: &str) -> Text {
    match stamp {
        "" => Text::new("never", "从未"),
        stamp => Text::same(stamp),
    }
}

/// The conditions that say that something is wrong, in the controller's words.
fn told(workload: &Object) -> String {
    let text = |condition: &Json, field: &str| {
        condition
            .get(field)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    workload
        .list("/status/conditions")
        .iter()
        .filter(|condition| {
            let (kind, status) = (text(condition, "type"), text(condition, "status"));
            matches!(kind.as_str(), "ReplicaFailure" | "Failed" | "FailureTarget")
                && status == "True"
                || matches!(kind.as_str(), "Progressing" | "Available") && status == "False"
        })
        .map(|condition| {
            format!(
                "\n{}={} {}: {}",
                text(condition, "type"),
                text(condition, "status"),
                text(condition, "reason"),
                text(condition, "message")
            )
        })
        .collect()
}
