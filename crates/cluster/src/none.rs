//! No cluster: what a process is wired to that has none. It takes words and drives nothing.

use async_trait::async_trait;
use facts::Object;
use model::{ClusterId, ObjectRef, PatchOp, Text};

use crate::{Cluster, ClusterError, LogQuery, WriteError, WriteMode};

fn problem() -> Text {
    Text::new("no cluster is wired here", "此处没有接入集群")
}

/// No cluster.
#[derive(Debug, Clone)]
pub struct NoCluster {
    id: ClusterId,
}

impl Default for NoCluster {
    fn default() -> Self {
        Self {
            id: ClusterId::from("none".to_owned()),
        }
    }
}

impl NoCluster {
    fn nothing<T>(&self) -> Result<T, ClusterError> {
        Err(ClusterError::Unreachable {
            cluster: self.id.clone(),
            problem: problem(),
        })
    }
}

#[async_trait]
impl Cluster for NoCluster {
    fn id(&self) -> &ClusterId {
        &self.id
    }

    async fn get(&self, _object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        self.nothing()
    }

    async fn list(
        &self,
        _kind: &str,
        _namespace: Option<&str>,
    ) -> Result<Vec<Object>, ClusterError> {
        self.nothing()
    }

    async fn logs(&self, _query: &LogQuery) -> Result<String, ClusterError> {
        self.nothing()
    }

    async fn patch(
        &self,
        _object: &ObjectRef,
        _patch: &[PatchOp],
        _mode: WriteMode,
    ) -> Result<Object, WriteError> {
        Err(WriteError::Unreachable { message: problem() })
    }
}
