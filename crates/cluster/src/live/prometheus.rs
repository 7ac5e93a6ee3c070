//! A Prometheus, asked how the memory of single containers went. It is asked over the same client
//! as the cluster, with a limit on every wait and every answer.

use std::path::PathBuf;
use std::time::Duration;

use facts::CourseSeen;
use kube::config::{
    AuthInfo, Cluster, Context, KubeConfigOptions, Kubeconfig, NamedAuthInfo, NamedCluster,
    NamedContext,
};
use kube::{Client, Config};
use model::Text;

use super::connect::chain;
use super::list::encoded;
use super::wire::{Failure, Limits, Tally, Wire};
use crate::measured::{CourseQuery, MeasureError};
use crate::{matrix, reading};

/// The largest answer: several hundred lives of some hundred points.
const MAX_ANSWER: usize = 8 << 20;
/// How long it may take until there is a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// Where a Prometheus is, and who we are to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrometheusAddress {
    /// Its address: `http://prometheus.monitoring:9090`, with a path if it has one.
    pub url: String,
    /// The file that holds the token for it.
    pub token_file: Option<PathBuf>,
    /// The file that holds the certificates of who may vouch for it.
    pub ca_file: Option<PathBuf>,
}

/// A Prometheus, or anything that answers as one does.
#[derive(Clone)]
pub struct Prometheus {
    server: String,
    wire: Wire,
}

impl std::fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prometheus")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Prometheus {
    /// Makes ready to ask; nothing is asked yet.
    ///
    /// # Errors
    /// When the address or a file cannot be used.
    pub async fn at(address: &PrometheusAddress) -> Result<Self, MeasureError> {
        let limits = Limits {
            answer: Duration::from_secs(5),
            pause: Duration::from_secs(5),
            retries: 1,
            retry_wait: Duration::from_millis(500),
            ..Limits::default()
        };
        Self::within(address, limits).await
    }

    /// The same, with limits of one's own.
    ///
    /// # Errors
    /// As [`Prometheus::at`].
    pub async fn within(address: &PrometheusAddress, limits: Limits) -> Result<Self, MeasureError> {
        let written = address.url.trim();
        let mut url = if written.contains("://") {
            written.to_owned()
        } else {
            format!("http://{written}")
        };
        url.truncate(url.trim_end_matches('/').len());
        let unusable = |problem: String| MeasureError::Configuration {
            // What stands before an @ is nobody's business.
            server: url.rsplit('@').next().unwrap_or_default().to_owned(),
            problem,
        };
        let known = url.starts_with("http://") || url.starts_with("https://");
        if !known || url.contains(['@', '?', '#']) || url.contains(char::is_whitespace) {
            let said = "it is no address such as https://prometheus.example:9090";
            return Err(unusable(said.to_owned()));
        }
        let options = KubeConfigOptions::default();
        let mut config = Config::from_custom_kubeconfig(described(&url, address), &options)
            .await
            .map_err(|error| unusable(chain(&error)))?;
        config.default_retry = false;
        config.connect_timeout = Some(CONNECT);
        let client = Client::try_from(config).map_err(|error| unusable(chain(&error)))?;
        Ok(Self {
            wire: Wire::new(client, limits),
            server: url,
        })
    }

    /// Its address.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// How the memory of a container went, up to now.
    ///
    /// # Errors
    /// When it does not answer, or what it answers makes no sense.
    pub async fn course(&self, query: &CourseQuery) -> Result<CourseSeen, MeasureError> {
        let key = &query.key;
        let selector = format!(
            "{}{{namespace={},pod={},container={}}}",
            matrix::METRIC,
            quoted(&key.namespace),
            quoted(&key.pod),
            quoted(&key.container)
        );
        let end = reading::now().micros() / 1_000_000;
        let back = i64::try_from(query.back.as_secs()).unwrap_or(i64::MAX);
        let path = format!(
            "/api/v1/query_range?query={}&start={}&end={end}&step={}",
            encoded(&selector),
            end.saturating_sub(back).max(0),
            query.step.as_secs().max(1)
        );
        let tally = Tally::default();
        let answer = self.wire.get(&path, super::JSON, MAX_ANSWER, &tally).await;
        let bytes = answer.map_err(|failure| self.error(&failure))?;
        let mut found = matrix::read(&bytes).map_err(|problem| MeasureError::Unusable {
            server: self.server.clone(),
            problem,
        })?;
        Ok(match found.remove(key) {
            Some(course) => CourseSeen::Points(course),
            None => {
                let metric = matrix::METRIC;
                CourseSeen::Absent(Text::new(
                    format!("Prometheus has no {metric} of it"),
                    format!("Prometheus 中没有它的 {metric}"),
                ))
            }
        })
    }

    fn error(&self, failure: &Failure) -> MeasureError {
        let server = self.server.clone();
        let problem = failure.words();
        match failure {
            Failure::NotSent(_) | Failure::Lost(_) => MeasureError::Unreachable { server, problem },
            Failure::Refused(_) | Failure::TooLarge(_) | Failure::Broken(_) => {
                MeasureError::Unusable { server, problem }
            }
        }
    }
}

/// The address as the client takes it: it reads the files, and the token again when it changes.
fn described(url: &str, address: &PrometheusAddress) -> Kubeconfig {
    const NAME: &str = "prometheus";
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    Kubeconfig {
        clusters: vec![NamedCluster {
            name: NAME.to_owned(),
            cluster: Some(Cluster {
                server: Some(url.to_owned()),
                certificate_authority: address.ca_file.as_ref().map(text),
                ..Cluster::default()
            }),
            ..NamedCluster::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: NAME.to_owned(),
            auth_info: Some(AuthInfo {
                token_file: address.token_file.as_ref().map(text),
                ..AuthInfo::default()
            }),
            ..NamedAuthInfo::default()
        }],
        contexts: vec![NamedContext {
            name: NAME.to_owned(),
            context: Some(Context {
                cluster: NAME.to_owned(),
                user: Some(NAME.to_owned()),
                ..Context::default()
            }),
            ..NamedContext::default()
        }],
        current_context: Some(NAME.to_owned()),
        ..Kubeconfig::default()
    }
}

/// A text as the query language writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
