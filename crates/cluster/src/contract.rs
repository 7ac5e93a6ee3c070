//! The trait that every kind of cluster speaks.

use async_trait::async_trait;
use facts::{CourseSeen, Json, Object};
use model::{ClusterId, ObjectRef, PatchOp, Text};
use thiserror::Error;

use crate::{CourseQuery, MeasureError, Reading, Scope, reading};

/// Why a read failed.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// The cluster does not answer now.
    #[error("the cluster {cluster} does not answer: {}", .problem.en)]
    Unreachable {
        /// Which.
        cluster: ClusterId,
        /// What happened.
        problem: Text,
    },
    /// We may not read that.
    #[error("the cluster {cluster} forbids to read {}: {}", .what.en, .problem.en)]
    Forbidden {
        /// Which.
        cluster: ClusterId,
        /// What was asked for.
        what: Text,
        /// Its words.
        problem: Text,
    },
    /// There is no such thing to read (a container, a previous log, a kind).
    #[error("{}: not found: {}", .what.en, .problem.en)]
    NotFound {
        /// What was asked for.
        what: Text,
        /// The cluster's words, or why there is none.
        problem: Text,
    },
    /// The answer makes no sense, or a file of ours is damaged.
    #[error("the cluster {cluster} gave no usable answer: {}", .problem.en)]
    Unusable {
        /// Which.
        cluster: ClusterId,
        /// What is wrong.
        problem: Text,
    },
    /// A record is all there is, and this is not in it: nobody knows whether it exists.
    #[error("{}: not in this record", .what.en)]
    NotRecorded {
        /// What was asked for.
        what: Text,
    },
}

impl ClusterError {
    /// Why, in the words of whoever was asked where there are any, and without what was asked for.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Unreachable { problem, .. }
            | Self::Forbidden { problem, .. }
            | Self::NotFound { problem, .. }
            | Self::Unusable { problem, .. } => problem.clone(),
            Self::NotRecorded { .. } => Text::new("not in this record", "不在这份记录中"),
        }
    }

    /// The whole of it, with what was asked for.
    #[must_use]
    pub fn told(&self) -> Text {
        let zh = match self {
            Self::Unreachable { cluster, problem } => {
                format!("集群 {cluster} 没有应答：{}", problem.zh)
            }
            Self::Forbidden {
                cluster,
                what,
                problem,
            } => format!("集群 {cluster} 禁止读取 {}：{}", what.zh, problem.zh),
            Self::NotFound { what, problem } => format!("{}：未找到：{}", what.zh, problem.zh),
            Self::Unusable { cluster, problem } => {
                format!("集群 {cluster} 没有给出可用的回答：{}", problem.zh)
            }
            Self::NotRecorded { what } => format!("{}：不在这份记录中", what.zh),
        };
        Text::new(self.to_string(), zh)
    }
}

/// Why a write did not happen, or whether that is unknown.
#[derive(Debug, Error)]
pub enum WriteError {
    /// There is no such object (404).
    #[error("{object} does not exist")]
    NotFound {
        /// Which.
        object: ObjectRef,
    },
    /// The object has changed since it was read (409, a resourceVersion that is not the newest).
    #[error("{object} has changed since it was read: {message}")]
    Conflict {
        /// Which.
        object: ObjectRef,
        /// The cluster's words.
        message: String,
    },
    /// A `test` of the patch does not hold, or a path of it does not exist (422).
    #[error("the patch does not fit {object}: {message}")]
    TestFailed {
        /// Which.
        object: ObjectRef,
        /// The cluster's words.
        message: String,
    },
    /// The result would not be valid, or may not be written by us (403, 422).
    #[error("the cluster refuses to change {object}: {}", .message.en)]
    Refused {
        /// Which.
        object: ObjectRef,
        /// The cluster's words, or why it was not asked.
        message: Box<Text>,
    },
    /// The cluster could not be reached: nothing was written.
    #[error("the cluster does not answer: {}", .message.en)]
    Unreachable {
        /// What happened.
        message: Text,
    },
    /// The answer was lost: the write may or may not have happened.
    #[error("the answer was lost: {}", .message.en)]
    Unknown {
        /// What happened.
        message: Text,
    },
}

impl WriteError {
    /// The whole of it, in both languages.
    #[must_use]
    pub fn told(&self) -> Text {
        let zh = match self {
            Self::NotFound { object } => format!("{object} 不存在"),
            Self::Conflict { object, message } => {
                format!("{object} 在读取之后已被修改：{message}")
            }
            Self::TestFailed { object, message } => format!("补丁不适用于 {object}：{message}"),
            Self::Refused { object, message } => {
                format!("集群拒绝修改 {object}：{}", message.zh)
            }
            Self::Unreachable { message } => format!("集群没有应答：{}", message.zh),
            Self::Unknown { message } => format!("应答丢失：{}", message.zh),
        };
        Text::new(self.to_string(), zh)
    }
}

/// Whether a write is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// Everything but the write itself (server-side dry run).
    DryRun,
    /// In earnest.
    Write,
}

/// Which log to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// The log of the container before the last restart.
    pub previous: bool,
    /// The last so many lines.
    pub tail_lines: u32,
}

impl LogQuery {
    /// What is asked for, for whoever is told that it cannot be had.
    pub(crate) fn what(&self) -> Text {
        let pod = format!("{}/{}", self.namespace, self.pod);
        let container = &self.container;
        Text::new(
            format!("the log of {container} in {pod}"),
            format!("{pod} 中 {container} 的日志"),
        )
    }
}

/// Which objects of a kind are meant.
#[derive(Debug, Clone, Copy)]
pub enum Among<'a> {
    /// Those whose controller has a UID.
    ControlledBy(&'a str),
    /// Events about the object with a UID.
    About(&'a str),
    /// Those that a label selector selects.
    Selected(&'a Json),
}

impl Among<'_> {
    /// Whether an object is among them.
    #[must_use]
    pub fn holds(self, object: &Object) -> bool {
        match self {
            Self::ControlledBy(uid) => !uid.is_empty() && object.controller() == Some(uid),
            Self::About(uid) => {
                !uid.is_empty()
                    && (object.text("/involvedObject/uid") == uid
                        || object.text("/regarding/uid") == uid)
            }
            Self::Selected(selector) => object
                .at("/metadata/labels")
                .is_some_and(|labels| facts::selects(selector, labels)),
        }
    }
}

/// A cluster to read from and to write to.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Which cluster it is.
    fn id(&self) -> &ClusterId;

    /// One object by kind, namespace and name (and UID, if the reference has one: another object of
    /// that name is then as good as none).
    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError>;

    /// All objects of a kind, in one namespace or in all, ordered by namespace and name.
    async fn list(&self, kind: &str, namespace: Option<&str>) -> Result<Vec<Object>, ClusterError>;

    /// Whether a list of a kind is all there is. A live cluster gives everything or an error; a record
    /// gives what it holds, and that may be a part.
    fn lists_all(&self, _kind: &str, _namespace: Option<&str>) -> bool {
        true
    }

    /// Some of the objects of a kind in a namespace. Whoever can ask for them alone does.
    async fn list_of(
        &self,
        kind: &str,
        namespace: &str,
        among: Among<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        let mut all = self.list(kind, Some(namespace)).await?;
        all.retain(|object| among.holds(object));
        Ok(all)
    }

    /// The log of a container.
    async fn logs(&self, query: &LogQuery) -> Result<String, ClusterError>;

    /// How the memory of a container went; nothing where nobody is known who measures it.
    async fn course(&self, _: &CourseQuery) -> Result<Option<CourseSeen>, MeasureError> {
        Ok(None)
    }

    /// Patches one object (JSON Patch) and gives it as it is, or would be, after the write. A patch
    /// that sets `/metadata/resourceVersion` conflicts unless that is the newest.
    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &[PatchOp],
        mode: WriteMode,
    ) -> Result<Object, WriteError>;

    /// Reads everything that Kintsugi looks at, once. What could not be read is a blind spot and is
    /// not marked complete; it stops nothing.
    ///
    /// # Errors
    /// Only when nothing at all could be read.
    async fn read(&self, scope: &Scope) -> Result<Reading, ClusterError> {
        reading::by_lists(self, scope).await
    }
}
