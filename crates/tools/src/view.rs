//! How tools read the cluster: its errors in the terms of tools, and its objects bounded.

use std::sync::Arc;

use cluster::{Among, Cluster, ClusterError};
use facts::Object;
use model::payload::ToolResult;
use model::{ObjectRef, Text};
use serde_json::Value;

use crate::{ToolError, ToolOutput};

/// The cluster as tools see it.
#[derive(Clone)]
pub(crate) struct View(Arc<dyn Cluster>);

/// What looking for an object gave.
pub(crate) enum Found {
    /// It is there.
    There(Box<Object>),
    /// The cluster says that it does not exist.
    Absent,
}

impl View {
    pub(crate) fn new(cluster: Arc<dyn Cluster>) -> Self {
        Self(cluster)
    }

    pub(crate) fn cluster(&self) -> &dyn Cluster {
        self.0.as_ref()
    }

    pub(crate) async fn get(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Found, ToolError> {
        let object = ObjectRef::new(kind, namespace, name);
        match self.0.get(&object).await {
            Ok(Some(found)) => Ok(Found::There(Box::new(found))),
            Ok(None) => Ok(Found::Absent),
            Err(why) => Err(tell(why)),
        }
    }

    pub(crate) async fn list(&self, kind: &str, namespace: &str) -> Result<Vec<Object>, ToolError> {
        self.0.list(kind, Some(namespace)).await.map_err(tell)
    }

    /// Whether a list of a kind is all there is.
    pub(crate) fn lists_all(&self, kind: &str, namespace: &str) -> bool {
        self.0.lists_all(kind, Some(namespace))
    }

    /// All objects of a cluster-wide kind.
    pub(crate) async fn everywhere(&self, kind: &str) -> Result<Vec<Object>, ToolError> {
        self.0.list(kind, None).await.map_err(tell)
    }

    pub(crate) async fn list_of(
        &self,
        kind: &str,
        namespace: &str,
        among: Among<'_>,
    ) -> Result<Vec<Object>, ToolError> {
        self.0.list_of(kind, namespace, among).await.map_err(tell)
    }

    /// The objects of a kind that a UID controls.
    pub(crate) async fn controlled(
        &self,
        kind: &str,
        namespace: &str,
        uid: &str,
    ) -> Result<Vec<Object>, ToolError> {
        self.list_of(kind, namespace, Among::ControlledBy(uid))
            .await
    }
}

/// Unreachable is fatal: nothing else could be asked either. The rest is told.
pub(crate) fn tell(why: ClusterError) -> ToolError {
    let said = why.told();
    match why {
        ClusterError::Unreachable { .. } => ToolError::Fatal(said),
        ClusterError::Forbidden { .. }
        | ClusterError::NotFound { .. }
        | ClusterError::Unusable { .. }
        | ClusterError::NotRecorded { .. } => ToolError::TellModel(said),
    }
}

/// The answer that an object does not exist.
pub(crate) fn absent(kind: &str, namespace: &str, name: &str) -> ToolOutput {
    ToolOutput {
        result: ToolResult::Empty,
        objects: Vec::new(),
        complete: Vec::new(),
        value: Value::Null,
        excerpt: match namespace {
            "" => Text::new(
                format!("{kind} `{name}` does not exist"),
                format!("{kind} `{name}` 不存在"),
            ),
            _ => Text::new(
                format!("{kind} `{name}` does not exist in namespace `{namespace}`"),
                format!("{kind} `{name}` 在命名空间 `{namespace}` 中不存在"),
            ),
        },
    }
}
