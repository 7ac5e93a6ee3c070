//! An API server on a free port of the loopback that serves objects as the real one does, and does
//! wrong what a test asks for.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use cluster::{Connection, Limits, LiveCluster};
use facts::kinds;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a test has the server do with one request; nothing means what the real one would.
pub(crate) type Mood = Box<dyn Fn(&Asked) -> Option<Answer> + Send + Sync>;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) accept: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// How many requests for this path came before.
    pub(crate) before: usize,
}

/// What the server does.
pub(crate) enum Answer {
    Json(u16, Value),
    WithHeader(u16, &'static str, &'static str, Value),
    Text(String),
    /// The beginning of an answer, and then the connection is gone.
    Half(String),
    /// The beginning of an answer, and then nothing.
    Stuck(String),
    /// Nothing at all.
    Silence,
}

pub(crate) fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message,
           "reason": "", "code": code})
}

pub(crate) struct Fake {
    pub(crate) port: u16,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    folder: TempDir,
}

impl Fake {
    pub(crate) async fn serving(objects: Vec<Value>) -> Self {
        Self::with(objects, Box::new(|_| None)).await
    }

    pub(crate) async fn with(objects: Vec<Value>, mood: Mood) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::<Asked>::new()));
        let (log, objects, mood) = (asked.clone(), Arc::new(objects), Arc::new(mood));
        let app = Router::new().fallback(move |request: Request| {
            let (log, objects, mood) = (log.clone(), objects.clone(), mood.clone());
            async move { Ok::<_, Infallible>(answer(request, &log, &objects, &mood).await) }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            port,
            asked,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        let path = self.folder.path().join("config");
        std::fs::write(
            &path,
            format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: shop\n\
                 clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{}'}}}}]\n\
                 contexts: [{{name: shop, context: {{cluster: c, user: u, namespace: front}}}}]\n\
                 users: [{{name: u, user: {{token: t}}}}]\n",
                self.port
            ),
        )
        .unwrap();
        path
    }

    pub(crate) async fn connect(&self) -> LiveCluster {
        self.connect_within(quick()).await
    }

    pub(crate) async fn connect_within(&self, limits: Limits) -> LiveCluster {
        let connection = Connection {
            kubeconfig: Some(self.kubeconfig()),
            ..Connection::default()
        };
        LiveCluster::connect_within(&connection, limits)
            .await
            .unwrap()
    }

    /// The requests for a path, in order.
    pub(crate) fn asked_for(&self, path: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|asked| asked.path == path)
            .cloned()
            .collect()
    }
}

/// Limits with which nothing waits before it is tried again; a busy machine is no silent server.
pub(crate) fn quick() -> Limits {
    Limits {
        retry_wait: Duration::ZERO,
        ..Limits::default()
    }
}

/// Limits for a server that is silent, which is not asked twice.
pub(crate) fn hasty() -> Limits {
    Limits {
        answer: Duration::from_secs(2),
        pause: Duration::from_secs(2),
        retries: 0,
        ..quick()
    }
}

async fn answer(
    request: Request,
    log: &Mutex<Vec<Asked>>,
    objects: &[Value],
    mood: &Mood,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let header = |name: &str| {
        let value = parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: query(parts.uri.query().unwrap_or_default()),
        accept: header("accept"),
        headers: ["content-type", "impersonate-user", "impersonate-group"]
            .map(|name| (name.to_owned(), header(name)))
            .into(),
        body: String::from_utf8_lossy(&body).into_owned(),
        before: 0,
    };
    {
        let mut log = log.lock().unwrap();
        asked.before = log.iter().filter(|known| known.path == asked.path).count();
        log.push(asked.clone());
    }
    match mood(&asked).unwrap_or_else(|| truth(&asked, objects)) {
        Answer::Json(code, value) => reply(code, None, value.to_string()),
        Answer::WithHeader(code, name, value, body) => {
            reply(code, Some((name, value)), body.to_string())
        }
        Answer::Text(text) => reply(200, None, text),
        Answer::Half(text) => streamed(text, false),
        Answer::Stuck(text) => streamed(text, true),
        Answer::Silence => std::future::pending().await,
    }
}

fn query(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            (
                name.to_owned(),
                value.replace("%3D", "=").replace("%2F", "/"),
            )
        })
        .collect()
}

fn reply(code: u16, header: Option<(&str, &str)>, body: String) -> Response {
    let mut response = Response::builder().status(code);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

fn streamed(text: String, stuck: bool) -> Response {
    use futures_util::StreamExt as _;
    let beginning = futures_util::stream::iter([Ok(text.into_bytes())]);
    let rest = futures_util::stream::once(async move {
        if stuck {
            std::future::pending::<()>().await;
        }
        Err(std::io::Error::other("gone"))
    });
    Response::new(Body::from_stream(beginning.chain(rest)))
}

/// What a real API server would answer.
fn truth(asked: &Asked, objects: &[Value]) -> Answer {
    if asked.query.contains_key("watch") {
        return Answer::Stuck(String::new());
    }
    if asked.path == "/version" {
        return Answer::Json(200, json!({"gitVersion": "v1.36.3"}));
    }
    if asked.path == "/api/v1/namespaces/kube-system" {
        let object = json!({"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "c1"}});
        return Answer::Json(200, object);
    }
    let served = kinds::ALL.iter().chain(kinds::SECRETS).find_map(|kind| {
        let namespace = asked.path.split("/namespaces/").nth(1);
        let namespace = namespace.and_then(|rest| rest.split('/').next());
        let list = kind.path(namespace.filter(|_| kind.namespaced));
        if kind.group == "metrics.k8s.io" {
            return None;
        }
        (asked.path == list
            || asked
                .path
                .rsplit_once('/')
                .is_some_and(|(path, _)| path == list))
        .then(|| (kind, namespace, asked.path != list))
    });
    let Some((kind, namespace, single)) = served else {
        return Answer::Json(
            404,
            status(404, "the server could not find the requested resource"),
        );
    };
    let mut items: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == kind.kind)
        .filter(|object| {
            !kind.namespaced
                || namespace.is_none_or(|space| object["metadata"]["namespace"] == space)
        })
        .filter(|object| {
            asked
                .query
                .get("fieldSelector")
                .and_then(|selector| selector.strip_prefix("type="))
                .is_none_or(|wanted| object["type"] == wanted)
        })
        .collect();
    if single {
        let name = asked.path.rsplit('/').next().unwrap();
        let found = items
            .iter()
            .find(|object| object["metadata"]["name"] == name);
        return match found {
            Some(object) => Answer::Json(200, (*object).clone()),
            None => {
                let mut status = status(404, &format!("{} {name:?} not found", kind.resource()));
                status["details"] = json!({"name": name, "kind": kind.plural});
                Answer::Json(404, status)
            }
        };
    }
    let from: usize = asked
        .query
        .get("continue")
        .map_or(0, |token| token.parse().unwrap());
    let limit: usize = asked.query["limit"].parse().unwrap();
    let left = items.len().saturating_sub(from + limit);
    items = items.into_iter().skip(from).take(limit).collect();
    let metadata_only = asked.accept.contains("PartialObjectMetadataList");
    let items: Vec<Value> = items
        .into_iter()
        .map(|object| {
            if metadata_only {
                json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                       "metadata": object["metadata"]})
            } else {
                // Items of a list do not say what they are.
                let mut item = object.clone();
                let fields = item.as_object_mut().unwrap();
                fields.remove("kind");
                fields.remove("apiVersion");
                item
            }
        })
        .collect();
    let more = if left > 0 {
        (from + limit).to_string()
    } else {
        String::new()
    };
    Answer::Json(
        200,
        json!({"kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(),
               "metadata": {"resourceVersion": "100", "continue": more}, "items": items}),
    )
}
