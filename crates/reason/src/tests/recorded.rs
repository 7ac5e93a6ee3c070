//! A cluster that is only a list of objects, and a port that calls the real tools over it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::{Port, Seen, Stopped};
use async_trait::async_trait;
use cluster::{Cluster, ClusterError, LogQuery, WriteError, WriteMode};
use facts::Object;
use model::payload::ToolResult;
use model::{ClusterId, EvidenceId, ObjectRef, PatchOp, Severity, Signal, Source, Text, Why};
use serde_json::Value;
use tools::{Registry, ToolError, ToolOutput};

pub(super) struct Recorded {
    id: ClusterId,
    objects: Vec<Object>,
}

impl Recorded {
    pub(super) fn new(objects: Vec<Object>) -> Self {
        Self {
            id: ClusterId::from("recorded".to_owned()),
            objects,
        }
    }

    pub(super) fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        let items = list.get("items").and_then(Value::as_array).unwrap();
        Self::new(items.iter().cloned().map(Object::new).collect())
    }
}

#[async_trait]
impl Cluster for Recorded {
    fn id(&self) -> &ClusterId {
        &self.id
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        Ok(self
            .objects
            .iter()
            .find(|known| known.reference().same_name(object))
            .cloned())
    }

    async fn list(&self, kind: &str, namespace: Option<&str>) -> Result<Vec<Object>, ClusterError> {
        let fits = |object: &&Object| {
            object.kind() == kind
                && namespace.is_none_or(|namespace| object.namespace() == namespace)
        };
        Ok(self.objects.iter().filter(fits).cloned().collect())
    }

    async fn logs(&self, query: &LogQuery) -> Result<String, ClusterError> {
        Err(ClusterError::NotFound {
            what: Text::same(format!("log of {}", query.pod)),
            problem: Text::same("it was not recorded"),
        })
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        _: &[PatchOp],
        _: WriteMode,
    ) -> Result<Object, WriteError> {
        Err(WriteError::Refused {
            object: object.clone(),
            message: Text::same("a recording cannot be changed").into(),
        })
    }
}

/// Calls tools and remembers what was asked, as the real one does.
pub(super) struct Recorder {
    registry: Registry,
    known: BTreeMap<String, Seen>,
    pub(super) calls: Vec<(String, Value, Why)>,
    /// Tools that fail, to see what that leads to.
    pub(super) broken: Vec<&'static str>,
}

impl Recorder {
    pub(super) fn over(cluster: impl Cluster + 'static) -> Self {
        Self::of(Arc::new(cluster))
    }

    pub(super) fn of(cluster: Arc<dyn Cluster>) -> Self {
        Self {
            registry: Registry::new(cluster),
            known: BTreeMap::new(),
            calls: Vec::new(),
            broken: Vec::new(),
        }
    }
}

#[async_trait]
impl Port for Recorder {
    async fn call(&mut self, tool: &str, params: Value, why: Why) -> Result<Seen, Stopped> {
        let key = format!("{tool} {params}");
        if let Some(seen) = self.known.get(&key) {
            return Ok(seen.clone());
        }
        let failed = |excerpt: Text| ToolOutput {
            result: ToolResult::Failed,
            objects: Vec::new(),
            complete: Vec::new(),
            value: Value::Null,
            excerpt,
        };
        let output = if self.broken.contains(&tool) {
            failed(Text::same("forbidden"))
        } else {
            match self.registry.call(tool, &params).await {
                Ok(output) => output,
                Err(ToolError::TellModel(why)) => failed(why),
                Err(ToolError::Fatal(why)) => return Err(Stopped(why.en)),
            }
        };
        self.calls.push((tool.to_owned(), params, why));
        let number = self.calls.len();
        let evidence: EvidenceId = format!("00000000-0000-7000-8000-{number:012}")
            .parse()
            .unwrap();
        let seen = Seen { evidence, output };
        self.known.insert(key, seen.clone());
        Ok(seen)
    }
}

pub(super) fn signal(object: ObjectRef) -> Signal {
    Signal {
        source: Source::Cluster,
        name: "WorkloadUnhealthy".to_owned(),
        object: Some(object),
        severity: Severity::Warning,
        title: "not all pods are ready".to_owned(),
        labels: BTreeMap::new(),
    }
}
