//! The port of a scan: tools look at the snapshot, and what they show becomes the clues of a
//! finding.

use std::sync::Arc;

use async_trait::async_trait;
use cluster::Cluster;
use facts::{Candidate, Resource};
use model::payload::ToolResult;
use model::{Clue, EvidenceId, ObjectRef, Why};
use serde_json::{Value, json};
use tools::{Registry, ToolError, ToolOutput};

use crate::{Port, Seen, Stopped};

/// Calls tools over a snapshot, each call once.
pub(super) struct SnapshotPort {
    registry: Registry,
    about: ObjectRef,
    calls: Vec<(String, Value, Seen)>,
}

impl SnapshotPort {
    pub(super) fn over(snapshot: Arc<dyn Cluster>, candidate: &Candidate) -> Self {
        Self::about(snapshot, candidate.object.clone())
    }

    pub(super) fn about(snapshot: Arc<dyn Cluster>, about: ObjectRef) -> Self {
        Self {
            registry: Registry::new(snapshot),
            about,
            calls: Vec::new(),
        }
    }

    /// The first look at a candidate: it shows the state that the skill was chosen for.
    pub(super) async fn first_look(&mut self, candidate: &Candidate) -> Result<(), Stopped> {
        let object = &candidate.object;
        let (namespace, name) = (&object.namespace, &object.name);
        let (tool, params) = match candidate.resource {
            Resource::Container | Resource::Pod => (
                "get_pod_status",
                json!({"namespace": namespace, "pod_name": name}),
            ),
            Resource::Workload | Resource::Job | Resource::CronJob => (
                "get_workload",
                json!({"namespace": namespace, "kind": object.kind, "name": name}),
            ),
            Resource::Service => ("get_service", json!({"namespace": namespace, "name": name})),
            Resource::Pvc => (
                "get_pvc_status",
                json!({"namespace": namespace, "name": name}),
            ),
            Resource::Node => ("get_node_status", json!({"name": name})),
            Resource::Hpa => ("get_hpa", json!({"namespace": namespace, "name": name})),
            Resource::Quota => ("get_quota", json!({"namespace": namespace})),
            Resource::Ingress
            | Resource::Pdb
            | Resource::Webhook
            | Resource::Certificate
            | Resource::Namespace
            | Resource::ApiService => (
                "get_object",
                json!({"kind": object.kind, "namespace": namespace, "name": name}),
            ),
        };
        self.call(tool, params, Why::Reported).await.map(|_| ())
    }

    /// What was seen, as the clues of a finding: what found nothing and what failed are clues too.
    /// What was seen comes first; that a log was not to be had, or a look failed, comes last.
    pub(super) fn clues(&self) -> Vec<Clue> {
        let mut calls: Vec<_> = self
            .calls
            .iter()
            .filter(|(_, _, seen)| seen.output.result != ToolResult::NotConfigured)
            .collect();
        calls.sort_by_key(|(tool, _, seen)| seen.in_vain(tool));
        calls
            .into_iter()
            .enumerate()
            .map(|(place, (tool, params, seen))| Clue {
                id: format!("E{}", place + 1),
                tool: tool.clone(),
                object: self.looked_at(params),
                excerpt: seen.output.excerpt.clone(),
                at: None,
            })
            .collect()
    }

    fn looked_at(&self, params: &Value) -> ObjectRef {
        let text = |field: &str| {
            params
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        match (text("pod_name"), text("kind"), text("name")) {
            ("", "", _) | ("", _, "") => self.about.clone(),
            ("", kind, name) => ObjectRef::new(kind, text("namespace"), name),
            (pod, _, _) => ObjectRef::new("Pod", text("namespace"), pod),
        }
    }
}

#[async_trait]
impl Port for SnapshotPort {
    async fn call(&mut self, tool: &str, params: Value, _: Why) -> Result<Seen, Stopped> {
        let known = self
            .calls
            .iter()
            .find(|(name, asked, _)| name == tool && *asked == params);
        if let Some((_, _, seen)) = known {
            return Ok(seen.clone());
        }
        let output = match self.registry.call(tool, &params).await {
            Ok(output) => output,
            Err(ToolError::TellModel(why) | ToolError::Fatal(why)) => ToolOutput {
                result: ToolResult::Failed,
                objects: Vec::new(),
                complete: Vec::new(),
                value: Value::Null,
                excerpt: why,
            },
        };
        let number = self.calls.len() + 1;
        let evidence: EvidenceId = format!("00000000-0000-7000-8000-{number:012}")
            .parse()
            .map_err(|_| Stopped("too many looks".to_owned()))?;
        let seen = Seen { evidence, output };
        self.calls.push((tool.to_owned(), params, seen.clone()));
        Ok(seen)
    }
}
