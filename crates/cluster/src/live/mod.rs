//! A live cluster, over its API server.
//!
//! Lists come in pages and are made small while they are parsed; every request has a time limit and
//! every answer a bound. What fails is told apart exactly, since "forbidden", "not there" and "nobody
//! knows" lead to different ends. The client crate stays behind our own types.

mod connect;
mod current;
mod list;
mod log;
mod prometheus;
mod survey;
mod watch;
mod wire;
mod write;

use async_trait::async_trait;
use facts::kinds::{self, Kind, Read};
use facts::{Json, Object};
use model::{ClusterId, ObjectRef, PatchOp, Text};
use serde::Deserialize;
use serde_json::Value;

use crate::{Among, Cluster, ClusterError, LogQuery, Reading, Scope, WriteError, WriteMode};
pub use connect::{ConnectError, Connection};
pub use current::Current;
use list::{Asked, Only, encoded, in_words, senseless, whole};
pub use prometheus::{Prometheus, PrometheusAddress};
pub use watch::Watch;
pub use wire::Limits;
use wire::{Failure, Tally, Wire};

/// Why a Secret is not read: nobody asked for it.
pub const NO_SECRETS: &str = "Kintsugi reads no Secrets";
const JSON: &str = "application/json";
/// How a kubelet says that there is no log, and with it that all is well.
const LOG_IS_GONE: &str = "unable to retrieve container logs for ";
/// The largest single object that is read: the store keeps none of more than 1.5 MiB.
const MAX_OBJECT: usize = 8 << 20;

/// A live cluster.
#[derive(Clone)]
pub struct LiveCluster {
    id: ClusterId,
    server: String,
    context: Option<String>,
    namespace: String,
    server_version: Option<String>,
    /// Whether Helm releases may be asked for.
    helm: bool,
    wire: Wire,
}

impl std::fmt::Debug for LiveCluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveCluster")
            .field("id", &self.id)
            .field("server", &self.server)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

impl LiveCluster {
    /// Connects to a cluster: reads the configuration, asks the cluster who it is.
    ///
    /// # Errors
    /// When there is no usable configuration, or the cluster does not answer.
    pub async fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        Self::connect_within(connection, Limits::default()).await
    }

    /// The same, with limits of one's own.
    ///
    /// # Errors
    /// As [`LiveCluster::connect`].
    pub async fn connect_within(
        connection: &Connection,
        limits: Limits,
    ) -> Result<Self, ConnectError> {
        let configured = connect::configure(connection).await?;
        let mut cluster = Self {
            // Until the cluster has told its own.
            id: ClusterId::live(&configured.server),
            server: configured.server,
            context: configured.context,
            namespace: configured.namespace,
            server_version: None,
            helm: false,
            wire: Wire::new(configured.client, limits),
        };
        let tally = Tally::default();
        let (uid, version) = tokio::join!(cluster.own_uid(&tally), cluster.version(&tally));
        cluster.server_version = version;
        if let Some(uid) = uid? {
            cluster.id = ClusterId::live(&uid);
        }
        Ok(cluster)
    }

    /// The same cluster, of which a list of Secrets gives Helm releases, and nothing else of them.
    #[must_use]
    pub const fn with_helm(mut self) -> Self {
        self.helm = true;
        self
    }

    /// The context of the kubeconfig that is used, if there is one.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// The address of the API server.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The namespace that is meant where none is named.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        &self.namespace
    }

    /// The API server's version, if it told.
    #[must_use]
    pub fn server_version(&self) -> Option<&str> {
        self.server_version.as_deref()
    }

    /// The UID of the namespace `kube-system`, which is as old as the cluster; nothing if we may not
    /// read it.
    async fn own_uid(&self, tally: &Tally) -> Result<Option<String>, ClusterError> {
        let path = "/api/v1/namespaces/kube-system";
        match self.wire.get(path, JSON, MAX_OBJECT, tally).await {
            Ok(bytes) => {
                let object = serde_json::from_slice::<Object>(&bytes);
                let uid = object.ok().map(|object| object.uid().to_owned());
                Ok(uid.filter(|uid| !uid.is_empty()))
            }
            Err(Failure::Refused(refusal)) if matches!(refusal.code, 403 | 404) => Ok(None),
            Err(failure) => {
                let what = Text::new("the namespace kube-system", "命名空间 kube-system");
                Err(self.error(failure, &what))
            }
        }
    }

    async fn version(&self, tally: &Tally) -> Option<String> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(rename = "gitVersion")]
            git_version: String,
        }
        let bytes = self
            .wire
            .get("/version", JSON, 64 << 10, tally)
            .await
            .ok()?;
        let version: Version = serde_json::from_slice(&bytes).ok()?;
        Some(crate::reading::bounded(&version.git_version, 60))
    }

    /// What a failure means for whoever asked to read something.
    fn error(&self, failure: Failure, what: &Text) -> ClusterError {
        let cluster = self.id.clone();
        let what = what.clone();
        match failure {
            Failure::NotSent(problem) | Failure::Lost(problem) => {
                ClusterError::Unreachable { cluster, problem }
            }
            Failure::Refused(refusal) => match refusal.code {
                401 => ClusterError::Forbidden {
                    cluster,
                    what,
                    problem: Text::new(
                        format!("who we are was not accepted: {}", refusal.message),
                        format!("我们的身份未被接受：{}", refusal.message),
                    ),
                },
                403 => ClusterError::Forbidden {
                    cluster,
                    what,
                    problem: Text::same(refusal.message),
                },
                404 => ClusterError::NotFound {
                    what,
                    problem: Text::same(refusal.message),
                },
                429 | 503 => ClusterError::Unreachable {
                    cluster,
                    problem: Text::same(refusal.message),
                },
                _ => ClusterError::Unusable {
                    cluster,
                    problem: Text::same(refusal.message),
                },
            },
            failure @ (Failure::TooLarge(_) | Failure::Broken(_)) => ClusterError::Unusable {
                cluster,
                problem: failure.words(),
            },
        }
    }

    /// The objects of a kind in a namespace that a label selector selects: the server is asked for
    /// these alone, where the selector can be put into its words.
    ///
    /// # Errors
    /// As [`Cluster::list`].
    pub async fn list_selected(
        &self,
        kind: &str,
        namespace: &str,
        selector: &Json,
    ) -> Result<Vec<Object>, ClusterError> {
        let words = in_words(selector);
        let only = words.as_deref().map_or(Only::All, Only::Labels);
        let mut objects = self.listed(kind, Some(namespace), only).await?;
        objects.retain(|object| {
            let labels = object.at("/metadata/labels").unwrap_or(&Json::Null);
            facts::selects(selector, labels)
        });
        Ok(objects)
    }

    /// The events about the object with a UID; the server is asked for these alone.
    ///
    /// # Errors
    /// As [`Cluster::list`].
    pub async fn list_events_about(
        &self,
        namespace: &str,
        uid: &str,
    ) -> Result<Vec<Object>, ClusterError> {
        let fields = format!("involvedObject.uid={uid}");
        let only = Only::Fields(&fields);
        let mut events = self.listed("Event", Some(namespace), only).await?;
        events.retain(|event| event.text("/involvedObject/uid") == uid);
        Ok(events)
    }

    /// Asks for every list that a reading asks for and keeps nothing of it: what a reading costs
    /// on the way alone. It gives the number of requests and of bytes.
    ///
    /// # Errors
    /// When a list cannot be read.
    pub async fn only_list(&self, scope: &Scope) -> Result<(usize, u64), ClusterError> {
        let listed = survey::only_list(&self.wire, scope).await;
        listed.map_err(|failure| self.error(failure, &Text::new("every list", "所有列表")))
    }

    async fn listed(
        &self,
        kind: &str,
        namespace: Option<&str>,
        only: Only<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        let kind = match kinds::SECRETS.first() {
            Some(releases) if self.helm && kind == releases.kind => releases,
            Some(_) | None => self.kind(kind)?,
        };
        if namespace.is_some_and(|namespace| !is_name(namespace)) {
            return Ok(Vec::new());
        }
        let asked = Asked {
            kind,
            namespace,
            only,
        };
        let answer = whole(&self.wire, asked, &Tally::default(), |_| {}).await;
        let mut objects = answer.map_err(|failure| {
            let what = match namespace {
                Some(namespace) => Text::new(
                    format!("{} in {namespace}", kind.resource()),
                    format!("{}（命名空间 {namespace}）", kind.resource()),
                ),
                None => Text::same(kind.resource()),
            };
            self.error(failure, &what)
        })?;
        objects.sort_by(|one, other| {
            (one.namespace(), one.name()).cmp(&(other.namespace(), other.name()))
        });
        Ok(objects)
    }

    /// A kind that may be asked for one by one or as a list.
    fn kind(&self, name: &str) -> Result<&'static Kind, ClusterError> {
        let kind = kinds::ALL
            .iter()
            .chain(kinds::SECRETS)
            .find(|kind| kind.kind == name)
            .ok_or_else(|| ClusterError::NotFound {
                what: Text::new(format!("the kind {name}"), format!("类型 {name}")),
                problem: Text::new(
                    "it is none of the kinds that Kintsugi reads",
                    "Kintsugi 不读取这种类型",
                ),
            })?;
        match kind.read {
            Read::Whole | Read::Metadata | Read::OnDemand => Ok(kind),
            Read::OptIn(_) => Err(ClusterError::Forbidden {
                cluster: self.id.clone(),
                what: Text::same(kind.resource()),
                problem: Text::new(NO_SECRETS, "Kintsugi 不读取 Secret"),
            }),
        }
    }
}

/// A name that may stand in an address as it is: the API server allows no others.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && name != ".."
        && name.len() <= 253
        && !name.chars().any(|letter| {
            letter.is_control() || letter.is_whitespace() || "/\\%?#".contains(letter)
        })
}

/// The path of one object.
fn path_of(kind: &Kind, object: &ObjectRef) -> Option<String> {
    let spaces_fit = kind.namespaced != object.namespace.is_empty();
    let names_fit = is_name(&object.name) && (!kind.namespaced || is_name(&object.namespace));
    (spaces_fit && names_fit).then(|| {
        let namespace = kind.namespaced.then_some(object.namespace.as_str());
        format!("{}/{}", kind.path(namespace), encoded(&object.name))
    })
}

#[async_trait]
impl Cluster for LiveCluster {
    fn id(&self) -> &ClusterId {
        &self.id
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        let kind = self.kind(&object.kind)?;
        // What cannot be a name names nothing.
        let Some(path) = path_of(kind, object) else {
            return Ok(None);
        };
        let tally = Tally::default();
        let bytes = match self.wire.get(&path, JSON, MAX_OBJECT, &tally).await {
            Ok(bytes) => bytes,
            Err(Failure::Refused(refusal)) if refusal.code == 404 && refusal.about.is_some() => {
                return Ok(None);
            }
            Err(failure) => return Err(self.error(failure, &Text::same(object.to_string()))),
        };
        let found: Value = serde_json::from_slice(&bytes).map_err(|error| {
            let why = senseless(&Text::same(error.to_string()));
            self.error(why, &Text::same(object.to_string()))
        })?;
        let found = Object::new(found);
        Ok(Some(found).filter(|found| object.uid.as_deref().is_none_or(|uid| uid == found.uid())))
    }

    async fn list(&self, kind: &str, namespace: Option<&str>) -> Result<Vec<Object>, ClusterError> {
        self.listed(kind, namespace, Only::All).await
    }

    async fn list_of(
        &self,
        kind: &str,
        namespace: &str,
        among: Among<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        match among {
            Among::Selected(selector) => self.list_selected(kind, namespace, selector).await,
            Among::About(uid) if kind == "Event" => self.list_events_about(namespace, uid).await,
            Among::About(_) | Among::ControlledBy(_) => {
                let mut all = self.list(kind, Some(namespace)).await?;
                all.retain(|object| among.holds(object));
                Ok(all)
            }
        }
    }

    async fn logs(&self, query: &LogQuery) -> Result<String, ClusterError> {
        let text = log::read(&self.wire, query).await.map_err(|failure| {
            let what = query.what();
            match failure {
                // Kubernetes' words for a container that has no log (yet, or any more).
                Failure::Refused(refusal) if refusal.code == 400 => ClusterError::NotFound {
                    what,
                    problem: Text::same(refusal.message),
                },
                failure @ (Failure::NotSent(_)
                | Failure::Lost(_)
                | Failure::Refused(_)
                | Failure::TooLarge(_)
                | Failure::Broken(_)) => self.error(failure, &what),
            }
        })?;
        // The kubelet says so in the log's place when the runtime has thrown the log away.
        if text.starts_with(LOG_IS_GONE) && text.trim_end().lines().count() == 1 {
            return Err(ClusterError::NotFound {
                what: query.what(),
                problem: Text::same(text.trim_end()),
            });
        }
        Ok(text)
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &[PatchOp],
        mode: WriteMode,
    ) -> Result<Object, WriteError> {
        let refused = |message: Text| WriteError::Refused {
            object: object.clone(),
            message: message.into(),
        };
        let kind = self
            .kind(&object.kind)
            .map_err(|error| refused(error.told()))?;
        let path = path_of(kind, object).ok_or_else(|| WriteError::NotFound {
            object: object.clone(),
        })?;
        write::patch(&self.wire, &path, object, patch, mode).await
    }

    async fn read(&self, scope: &Scope) -> Result<Reading, ClusterError> {
        survey::read(&self.wire, &self.id, &self.namespace, scope, &[]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_to_another_address() {
        let pods = kinds::find("po").unwrap();
        for (namespace, name) in [
            ("shop", "../secrets/x"),
            ("shop", ".."),
            ("shop", ""),
            ("", "web"),
            ("shop?x=y", "web"),
            ("shop", "web?watch=1"),
            ("shop", "web%2f"),
            ("..", "web"),
        ] {
            let object = ObjectRef::new("Pod", namespace, name);
            assert_eq!(path_of(pods, &object), None, "{namespace} {name}");
        }
        let role = ObjectRef::new("ClusterRole", "", "system:node");
        let path = path_of(kinds::find("clusterroles").unwrap(), &role).unwrap();
        assert_eq!(
            path,
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"
        );
    }
}
