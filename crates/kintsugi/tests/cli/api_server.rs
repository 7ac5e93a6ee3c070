//! An API server on a free port of the loopback that lists the objects of a recording, and does
//! wrong what a test asks for. How the client bears each kind of trouble is tested where it is; here
//! is what a person sees of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::machine::Machine;

/// What the server does with a request, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Answers as the real one would.
    Sound,
    /// Refuses with this code.
    Refuses(u16),
    /// Begins an answer, and hangs up.
    Half,
    /// Hangs up.
    Nothing,
    /// Sends something else.
    Nonsense,
}

/// A server; it ends with the process of the tests.
pub(crate) struct ApiServer {
    port: u16,
}

impl ApiServer {
    /// Serves these objects, in the mood that each path meets.
    pub(crate) fn start(
        objects: Vec<Value>,
        mood: impl Fn(&str) -> Mood + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (objects, mood) = (Arc::new(objects), Arc::new(mood));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (objects, mood) = (Arc::clone(&objects), Arc::clone(&mood));
                // Whoever hangs up early is no trouble of ours.
                std::thread::spawn(move || serve(stream, &objects, mood.as_ref()));
            }
        });
        Self { port }
    }

    /// Writes a kubeconfig whose context is in the namespace `shop`.
    pub(crate) fn kubeconfig(&self, machine: &Machine) -> String {
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
             clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{}'}}}}]\n\
             contexts: [{{name: test, context: {{cluster: c, user: u, namespace: shop}}}}]\n\
             users: [{{name: u, user: {{token: t}}}}]\n",
            self.port
        );
        let path = machine.write("kubeconfig", &text);
        path.to_string_lossy().into_owned()
    }
}

fn serve(stream: TcpStream, objects: &[Value], mood: impl Fn(&str) -> Mood) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut first = String::new();
        reader.read_line(&mut first).ok()?;
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 2 {
            line.clear();
        }
        let address = first.split(' ').nth(1)?;
        let path = address.split('?').next()?;
        let (code, body) = answer(path, objects);
        match mood(path) {
            Mood::Sound => send(&mut stream, code, &body.to_string())?,
            Mood::Refuses(code) => {
                let said = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                                  "message": refusal(path, code), "code": code});
                send(&mut stream, code, &said.to_string())?;
            }
            Mood::Nonsense => send(&mut stream, 200, "<html>welcome</html>")?,
            Mood::Half => {
                let body = body.to_string();
                let half = &body[..body.len() / 2];
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{half}").as_bytes()).ok()?;
                return None;
            }
            Mood::Nothing => return None,
        }
    }
}

fn send(stream: &mut TcpStream, code: u16, body: &str) -> Option<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {code} Said\r\ncontent-type: application/json\r\n");
    let wait = if code == 429 {
        "retry-after: 0\r\n"
    } else {
        ""
    };
    let all = format!("{head}{wait}content-length: {length}\r\n\r\n{body}");
    stream.write_all(all.as_bytes()).ok()
}

/// What is said of a path that is refused: of a list that may not be read, what the real one says.
fn refusal(path: &str, code: u16) -> String {
    let space = space_of(path);
    match kind_at(path, space) {
        Some(kind) if code == 403 => {
            let (resource, plural, group) = (kind.resource(), kind.plural, kind.group);
            let place = match space {
                Some(space) => format!("in the namespace \"{space}\""),
                None => "at the cluster scope".to_owned(),
            };
            format!(
                "{resource} is forbidden: User \"looker\" cannot list resource \"{plural}\" in API group \"{group}\" {place}"
            )
        }
        Some(_) | None => format!("{path}: no ({code})"),
    }
}

fn space_of(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once("/namespaces/")?;
    rest.split_once('/').map(|(space, _)| space)
}

/// The kind whose list is at a path.
fn kind_at(path: &str, space: Option<&str>) -> Option<&'static facts::kinds::Kind> {
    facts::kinds::ALL
        .iter()
        .chain(facts::kinds::SECRETS)
        .filter(|kind| kind.group != "metrics.k8s.io")
        .find(|kind| kind.path(space) == path)
}

/// The list, or the object, that is at a path.
fn answer(path: &str, objects: &[Value]) -> (u16, Value) {
    if path == "/version" {
        return (200, json!({"gitVersion": "v1.36.3"}));
    }
    if path == "/api/v1/namespaces/kube-system" {
        let told = json!({"kind": "Namespace", "apiVersion": "v1",
                          "metadata": {"name": "kube-system", "uid": "c1"}});
        return (200, told);
    }
    let space = space_of(path);
    let Some(kind) = kind_at(path, space) else {
        let said = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404,
                          "message": "the server could not find the requested resource"});
        return (404, said);
    };
    let items: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == kind.kind)
        .filter(|object| space.is_none_or(|space| object["metadata"]["namespace"] == space))
        .collect();
    let list = json!({"kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(),
                      "metadata": {"resourceVersion": "1"}, "items": items});
    (200, list)
}
