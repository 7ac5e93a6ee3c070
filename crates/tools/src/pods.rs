//! `get_pod_status` and `get_pod_spec`: pods, of a workload or by name.

use async_trait::async_trait;
use facts::{Json, Object};
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfPod, OfPods};
use crate::view::{Found, View, absent};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const STATUS: ToolSpec = ToolSpec {
    name: "get_pod_status",
    description: "How the pods of a workload, or one pod, are: phase, readiness, containers.",
    tier: Tier::ReadOnly,
};

const POD_SPEC: ToolSpec = ToolSpec {
    name: "get_pod_spec",
    description: "What a pod is meant to run: containers, images, environment, volumes.",
    tier: Tier::ReadOnly,
};

/// Reads how pods are.
pub(crate) struct GetPodStatus(pub(crate) View);

#[async_trait]
impl Tool for GetPodStatus {
    fn spec(&self) -> &ToolSpec {
        &STATUS
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfPods = params::read(STATUS.name, params)?;
        let namespace = params::name(STATUS.name, "namespace", &asked.namespace)?;
        match (&asked.pod_name, &asked.kind, &asked.name) {
            (Some(pod), None, None) => {
                let pod = params::name(STATUS.name, "pod_name", pod)?;
                match self.0.get("Pod", namespace, pod).await? {
                    Found::There(found) => Ok(output(vec![*found], Vec::new())),
                    Found::Absent => Ok(absent("Pod", namespace, pod)),
                }
            }
            (None, Some(kind), Some(name)) => {
                let kind = params::workload_kind(STATUS.name, kind)?;
                let name = params::name(STATUS.name, "name", name)?;
                self.of_workload(namespace, kind, name).await
            }
            _ => Err(ToolError::wrong(
                STATUS.name,
                "give either `pod_name`, or `kind` and `name` of a workload",
                "请给出 `pod_name`，或工作负载的 `kind` 与 `name`",
            )),
        }
    }
}

impl GetPodStatus {
    async fn of_workload(
        &self,
        namespace: &str,
        kind: &str,
        name: &str,
    ) -> Result<ToolOutput, ToolError> {
        let Found::There(workload) = self.0.get(kind, namespace, name).await? else {
            return Ok(absent(kind, namespace, name));
        };
        let sets = if kind == "Deployment" {
            self.0
                .controlled("ReplicaSet", namespace, workload.uid())
                .await?
        } else {
            vec![*workload]
        };
        let pods = match sets.as_slice() {
            [one] => self.0.controlled("Pod", namespace, one.uid()).await?,
            _ => {
                let owned = |pod: &Object| {
                    let owner = pod.controller();
                    owner.is_some() && sets.iter().any(|set| Some(set.uid()) == owner)
                };
                let all = self.0.list("Pod", namespace).await?;
                all.into_iter().filter(owned).collect()
            }
        };
        if pods.is_empty() {
            let mut none = absent("Pod", namespace, name);
            none.excerpt = Text::new(
                format!("{kind} `{name}` has no pods"),
                format!("{kind} `{name}` 没有 Pod"),
            );
            return Ok(none);
        }
        Ok(output(pods, Vec::new()))
    }
}

/// Reads what a pod is meant to run.
pub(crate) struct GetPodSpec(pub(crate) View);

#[async_trait]
impl Tool for GetPodSpec {
    fn spec(&self) -> &ToolSpec {
        &POD_SPEC
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfPod = params::read(POD_SPEC.name, params)?;
        let namespace = params::name(POD_SPEC.name, "namespace", &asked.namespace)?;
        let pod = params::name(POD_SPEC.name, "pod_name", &asked.pod_name)?;
        let Found::There(found) = self.0.get("Pod", namespace, pod).await? else {
            return Ok(absent("Pod", namespace, pod));
        };
        let value = found.at("/spec").cloned().unwrap_or_default();
        let images: Vec<_> = ["/spec/initContainers", "/spec/containers"]
            .into_iter()
            .flat_map(|list| found.list(list))
            .map(|container| format!("{}: {}", text(container, "name"), text(container, "image")))
            .collect();
        Ok(ToolOutput {
            result: ToolResult::Found,
            objects: vec![*found],
            complete: Vec::new(),
            value: value.to_value(),
            excerpt: Text::same(images.join("\n")),
        })
    }
}

fn text<'v>(value: &'v Json, field: &str) -> &'v str {
    value.get(field).and_then(Json::as_str).unwrap_or_default()
}

fn output(pods: Vec<Object>, complete: Vec<String>) -> ToolOutput {
    let lines: Vec<(bool, Text)> = pods.iter().map(line).collect();
    let ready = lines.iter().filter(|(ready, _)| *ready).count();
    // The sick ones first: an excerpt has room for a few only.
    let sick = lines.iter().filter(|(ready, _)| !ready);
    let well = lines.iter().filter(|(ready, _)| *ready);
    let mut excerpt = Text::same(format!("ready={ready}/{}\n", lines.len()));
    let told = sick.chain(well).map(|(_, line)| line);
    excerpt.push(&Text::joined(told, &Text::same("\n")));
    ToolOutput {
        result: ToolResult::Found,
        value: json!({"pods": pods.len(), "ready": ready}),
        objects: pods,
        complete,
        excerpt,
    }
}

/// One pod in one line, and whether it is ready.
fn line(pod: &Object) -> (bool, Text) {
    let ready = pod
        .list("/status/conditions")
        .iter()
        .any(|condition| text(condition, "type") == "Ready" && text(condition, "status") == "True");
    let mut troubles = Vec::new();
    for statuses in ["/status/initContainerStatuses", "/status/containerStatuses"] {
        for status in pod.list(statuses) {
            let waiting = status.pointer("/state/waiting");
            let ended = status
                .pointer("/state/terminated")
                .or_else(|| status.pointer("/lastState/terminated"))
                .filter(|_| status.get("ready") != Some(&Json::Bool(true)));
            if let Some(trouble) = waiting.or(ended) {
                let message = text(trouble, "message").lines().next().unwrap_or_default();
                let told = format!(
                    "{} {}: {message}",
                    text(status, "name"),
                    text(trouble, "reason")
                );
                troubles.push(told.trim_end_matches([':', ' ']).to_owned());
            }
        }
    }
    let (state, state_zh) = match pod.text("/status/phase") {
        _ if ready => ("ready", "就绪"),
        phase => (phase, phase),
    };
    let mut line = Text::new(
        format!("{} {state}", pod.name()),
        format!("{} {state_zh}", pod.name()),
    );
    for trouble in troubles {
        line.push(&Text::new("; ", "；"));
        line.push(&Text::same(trouble));
    }
    (ready, line)
}
