//! A cluster that is a snapshot: what was read once can be asked again. It cannot be written to.

use std::sync::Arc;

use async_trait::async_trait;
use facts::{CourseSeen, LogKey, Object, Presence, Snapshot};
use model::{ClusterId, ObjectRef, PatchOp, Text};

use crate::{
    Among, Cluster, ClusterError, CourseQuery, LogQuery, MeasureError, WriteError, WriteMode,
};

/// A cluster as it was when it was read.
#[derive(Debug, Clone)]
pub struct Recorded {
    id: ClusterId,
    snapshot: Arc<Snapshot>,
}

impl Recorded {
    /// A cluster that is this snapshot.
    #[must_use]
    pub const fn new(id: ClusterId, snapshot: Arc<Snapshot>) -> Self {
        Self { id, snapshot }
    }
}

const fn not_recorded(what: Text) -> ClusterError {
    ClusterError::NotRecorded { what }
}

#[async_trait]
impl Cluster for Recorded {
    fn id(&self) -> &ClusterId {
        &self.id
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        match self.snapshot.find(object) {
            Presence::Present(found) => Ok(Some(found.clone())),
            Presence::Absent => Ok(None),
            Presence::Unknown => Err(not_recorded(Text::same(object.to_string()))),
        }
    }

    fn lists_all(&self, kind: &str, namespace: Option<&str>) -> bool {
        self.snapshot
            .is_complete(kind, namespace.unwrap_or_default())
    }

    /// What the record holds of a kind, which may be a part: whoever reasons about one object wants
    /// what there is. Whether it is all of it is told by `lists_all`; where there is nothing and
    /// nobody knows whether there was something, it is an error.
    async fn list(&self, kind: &str, namespace: Option<&str>) -> Result<Vec<Object>, ClusterError> {
        let found: Vec<Object> = self.snapshot.of_kind(kind, namespace).cloned().collect();
        if found.is_empty()
            && !self
                .snapshot
                .is_complete(kind, namespace.unwrap_or_default())
        {
            return Err(not_recorded(Text::same(kind)));
        }
        Ok(found)
    }

    async fn list_of(
        &self,
        kind: &str,
        namespace: &str,
        among: Among<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        let ours = |object: &&Object| object.kind() == kind && object.namespace() == namespace;
        let found: Vec<Object> = match among {
            Among::ControlledBy(uid) => self
                .snapshot
                .controlled_by(uid)
                .filter(ours)
                .cloned()
                .collect(),
            Among::About(uid) => self
                .snapshot
                .events_about(uid)
                .filter(ours)
                .cloned()
                .collect(),
            Among::Selected(selector) => self
                .snapshot
                .selected(kind, namespace, selector)
                .cloned()
                .collect(),
        };
        let known = self.snapshot.is_complete(kind, namespace)
            || self
                .snapshot
                .of_kind(kind, Some(namespace))
                .next()
                .is_some();
        if found.is_empty() && !known {
            return Err(not_recorded(Text::new(
                format!("{kind} of namespace {namespace}"),
                format!("命名空间 {namespace} 的 {kind}"),
            )));
        }
        Ok(found)
    }

    async fn logs(&self, query: &LogQuery) -> Result<String, ClusterError> {
        let key = LogKey {
            namespace: query.namespace.clone(),
            pod: query.pod.clone(),
            container: query.container.clone(),
            previous: query.previous,
        };
        let (which, which_zh) = match query.previous {
            true => ("previous log", "上一次的日志"),
            false => ("log", "日志"),
        };
        let what = || {
            let (pod, container) = (&query.pod, &query.container);
            Text::new(
                format!("the {which} of {pod}/{container}"),
                format!("{pod}/{container} 的{which_zh}"),
            )
        };
        match self.snapshot.log(&key) {
            Presence::Present(text) => {
                let lines: Vec<&str> = text.lines().collect();
                let from = lines
                    .len()
                    .saturating_sub(usize::try_from(query.tail_lines).unwrap_or(usize::MAX));
                Ok(lines.get(from..).unwrap_or_default().join("\n"))
            }
            Presence::Absent => Err(ClusterError::NotFound {
                what: what(),
                problem: Text::new("there was none", "当时没有"),
            }),
            Presence::Unknown => Err(not_recorded(what())),
        }
    }

    /// What was asked for then, however far back and finely that was.
    async fn course(&self, query: &CourseQuery) -> Result<Option<CourseSeen>, MeasureError> {
        let mut courses = self.snapshot.courses();
        let found = courses.find(|(key, _)| **key == query.key);
        Ok(found.map(|(_, seen)| seen.clone()))
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        _: &[PatchOp],
        _: WriteMode,
    ) -> Result<Object, WriteError> {
        Err(WriteError::Refused {
            object: object.clone(),
            message: Box::new(Text::new(
                "this is a record of a cluster: it cannot be changed",
                "这是集群的记录，无法修改",
            )),
        })
    }
}
