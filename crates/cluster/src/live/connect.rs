//! How a live cluster is found and who we are to it: kubeconfig, in-cluster credentials, proxies,
//! credential plugins and impersonation.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use thiserror::Error;

use crate::ClusterError;
use crate::reading::bounded;

/// How long a credential plugin may take: it may ask a person to log in.
const CREDENTIALS: Duration = Duration::from_secs(120);
/// How long it may take until there is a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest explanation that is kept.
const MAX_PROBLEM: usize = 600;

/// Which cluster is meant, and as whom it is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// The kubeconfig; without one `KUBECONFIG` (a list of files too), then `~/.kube/config`, then
    /// what a pod in a cluster has.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; the current one if there is none here.
    pub context: Option<String>,
    /// The namespace that is meant where none is named; the context's if there is none here.
    pub namespace: Option<String>,
    /// The user to act as.
    pub as_user: Option<String>,
    /// The groups to act as.
    pub as_groups: Vec<String>,
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// There is no kubeconfig, and this is no pod.
    #[error("found no cluster to connect to: {problem}")]
    NoConfiguration {
        /// What was looked at.
        problem: String,
    },
    /// The kubeconfig cannot be used.
    #[error("cannot use the kubeconfig: {problem}")]
    Kubeconfig {
        /// What is wrong with it.
        problem: String,
    },
    /// The context is not in the kubeconfig.
    #[error("the kubeconfig has no context {wanted:?}; it has {}", listed(.known))]
    NoContext {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Groups cannot be acted as without a user.
    #[error("cannot act as groups without a user to act as")]
    GroupsWithoutUser,
    /// Credentials could not be had.
    #[error("cannot get credentials for the cluster: {problem}")]
    Credentials {
        /// What happened.
        problem: String,
    },
    /// The cluster did not answer.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        let shown = names.iter().take(20).cloned().collect::<Vec<_>>();
        bounded(&shown.join(", "), MAX_PROBLEM)
    }
}

/// What is known once the configuration is read.
pub(super) struct Configured {
    pub(super) client: Client,
    pub(super) server: String,
    pub(super) context: Option<String>,
    pub(super) namespace: String,
}

/// Reads the configuration and makes a client of it; nothing is asked of the cluster yet.
pub(super) async fn configure(connection: &Connection) -> Result<Configured, ConnectError> {
    if connection.as_user.is_none() && !connection.as_groups.is_empty() {
        return Err(ConnectError::GroupsWithoutUser);
    }
    let connection = connection.clone();
    // Files are read and credential plugins are run by this, one after the other and waited for.
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let (mut config, context) = load(&connection, &runtime)?;
        config.default_retry = false;
        config.connect_timeout = Some(CONNECT);
        if let Some(namespace) = connection.namespace {
            config.default_namespace = namespace;
        }
        if let Some(user) = connection.as_user {
            config.auth_info.impersonate = Some(user);
            config.auth_info.impersonate_groups = Some(connection.as_groups);
        }
        let server = config.cluster_url.to_string();
        let namespace = config.default_namespace.clone();
        // What a client starts runs on the runtime whose thread this is not.
        let entered = runtime.enter();
        let client = Client::try_from(config).map_err(|error| ConnectError::Credentials {
            problem: chain(&error),
        })?;
        drop(entered);
        Ok(Configured {
            client,
            server: server.trim_end_matches('/').to_owned(),
            context,
            namespace,
        })
    });
    match tokio::time::timeout(CREDENTIALS, work).await {
        Ok(Ok(configured)) => configured,
        Ok(Err(error)) => Err(ConnectError::Credentials {
            problem: bounded(&error.to_string(), MAX_PROBLEM),
        }),
        Err(_) => Err(ConnectError::Credentials {
            problem: format!(
                "the credential plugin did not end within {} s",
                CREDENTIALS.as_secs()
            ),
        }),
    }
}

fn load(
    connection: &Connection,
    runtime: &tokio::runtime::Handle,
) -> Result<(Config, Option<String>), ConnectError> {
    let unusable = |error: &KubeconfigError| ConnectError::Kubeconfig {
        problem: chain(error),
    };
    let read = match &connection.kubeconfig {
        Some(path) => Kubeconfig::read_from(path).map_err(|error| unusable(&error))?,
        None => match Kubeconfig::read() {
            Ok(kubeconfig) => kubeconfig,
            Err(error) if is_missing(&error) && connection.context.is_none() => {
                return Config::incluster()
                    .map(|config| (config, None))
                    .map_err(|in_cluster| ConnectError::NoConfiguration {
                        problem: format!("{}; and not in a pod: {in_cluster}", chain(&error)),
                    });
            }
            Err(error) => return Err(unusable(&error)),
        },
    };
    let known = || read.contexts.iter().map(|context| context.name.clone());
    if let Some(wanted) = &connection.context
        && known().all(|name| name != *wanted)
    {
        return Err(ConnectError::NoContext {
            wanted: wanted.clone(),
            known: known().collect(),
        });
    }
    let context = connection
        .context
        .clone()
        .or_else(|| read.current_context.clone());
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        ..KubeConfigOptions::default()
    };
    let config = runtime
        .block_on(Config::from_custom_kubeconfig(read, &options))
        .map_err(|error| unusable(&error))?;
    Ok((config, context))
}

/// Whether there simply is no kubeconfig: a broken one is said, and never passed over.
fn is_missing(error: &KubeconfigError) -> bool {
    if let KubeconfigError::ReadConfig(source, _) = error {
        return source.kind() == std::io::ErrorKind::NotFound
            && std::env::var_os("KUBECONFIG").is_none();
    }
    matches!(error, KubeconfigError::FindPath)
}

/// An error with what caused it, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        // Many errors repeat their cause.
        if !said.contains(&words) {
            said.push_str(": ");
            said.push_str(&words);
        }
        next = cause.source();
    }
    bounded(&said, MAX_PROBLEM)
}
