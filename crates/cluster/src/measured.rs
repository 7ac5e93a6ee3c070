//! A cluster whose containers somebody measures: a Prometheus is asked how their memory went.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use facts::{CourseKey, CourseSeen, Object};
use model::{ClusterId, ObjectRef, PatchOp, Text};
use thiserror::Error;

use crate::live::Prometheus;
use crate::{Among, Cluster, ClusterError, LogQuery, Reading, Scope, WriteError, WriteMode};

/// Whose memory, how far back, and how finely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseQuery {
    /// Whose.
    pub key: CourseKey,
    /// How far back from now.
    pub back: Duration,
    /// The time between two points.
    pub step: Duration,
}

impl CourseQuery {
    /// The last six hours, minute by minute: several lives of what is ended again and again.
    #[must_use]
    pub const fn of(key: CourseKey) -> Self {
        Self {
            key,
            back: Duration::from_secs(6 * 3600),
            step: Duration::from_secs(60),
        }
    }
}

/// Why whoever measures gave nothing.
#[derive(Debug, Clone, Error)]
pub enum MeasureError {
    /// It cannot be asked as it is configured.
    #[error("cannot ask Prometheus at {server}: {problem}")]
    Configuration {
        /// Its address.
        server: String,
        /// What is wrong.
        problem: String,
    },
    /// It does not answer.
    #[error("Prometheus at {server} does not answer: {}", .problem.en)]
    Unreachable {
        /// Its address.
        server: String,
        /// What happened.
        problem: Text,
    },
    /// It refuses, or its answer makes no sense.
    #[error("Prometheus at {server} gave no usable answer: {}", .problem.en)]
    Unusable {
        /// Its address.
        server: String,
        /// What is wrong.
        problem: Text,
    },
}

impl MeasureError {
    /// Why, for whoever reads what was not seen.
    #[must_use]
    pub fn words(&self) -> Text {
        let zh = match self {
            Self::Configuration { server, problem } => {
                format!("无法询问 {server} 处的 Prometheus：{problem}")
            }
            Self::Unreachable { server, problem } => {
                format!("{server} 处的 Prometheus 没有回答：{}", problem.zh)
            }
            Self::Unusable { server, problem } => {
                format!(
                    "{server} 处的 Prometheus 没有给出可用的回答：{}",
                    problem.zh
                )
            }
        };
        Text::new(self.to_string(), zh)
    }
}

/// How long an answer stands: who looks again and again does not ask again each time.
const STANDS: Duration = Duration::from_secs(30);
/// The most answers that are kept.
const KEPT: usize = 100;

type Answer = Result<CourseSeen, MeasureError>;

/// A cluster, and the Prometheus that measures it.
pub struct Measured {
    cluster: Arc<dyn Cluster>,
    prometheus: Prometheus,
    /// What was answered a moment ago.
    answers: Mutex<BTreeMap<CourseKey, (Instant, Answer)>>,
}

impl Measured {
    /// A cluster that this Prometheus measures.
    #[must_use]
    pub fn by(cluster: Arc<dyn Cluster>, prometheus: Prometheus) -> Self {
        Self {
            cluster,
            prometheus,
            answers: Mutex::default(),
        }
    }

    fn answered(&self, key: &CourseKey) -> Option<Answer> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (at, _)| at.elapsed() < STANDS);
        answers.get(key).map(|(_, answer)| answer.clone())
    }

    fn keep(&self, key: &CourseKey, answer: &Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() < KEPT {
            answers.insert(key.clone(), (Instant::now(), answer.clone()));
        }
    }
}

#[async_trait]
impl Cluster for Measured {
    fn id(&self) -> &ClusterId {
        self.cluster.id()
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        self.cluster.get(object).await
    }

    async fn list(&self, kind: &str, namespace: Option<&str>) -> Result<Vec<Object>, ClusterError> {
        self.cluster.list(kind, namespace).await
    }

    fn lists_all(&self, kind: &str, namespace: Option<&str>) -> bool {
        self.cluster.lists_all(kind, namespace)
    }

    async fn list_of(
        &self,
        kind: &str,
        namespace: &str,
        among: Among<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        self.cluster.list_of(kind, namespace, among).await
    }

    async fn logs(&self, query: &LogQuery) -> Result<String, ClusterError> {
        self.cluster.logs(query).await
    }

    async fn course(&self, query: &CourseQuery) -> Result<Option<CourseSeen>, MeasureError> {
        if let Some(answer) = self.answered(&query.key) {
            return answer.map(Some);
        }
        let answer = self.prometheus.course(query).await;
        self.keep(&query.key, &answer);
        answer.map(Some)
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &[PatchOp],
        mode: WriteMode,
    ) -> Result<Object, WriteError> {
        self.cluster.patch(object, patch, mode).await
    }

    async fn read(&self, scope: &Scope) -> Result<Reading, ClusterError> {
        self.cluster.read(scope).await
    }
}
