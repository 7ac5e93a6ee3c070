//! Puts a big cluster into a real control plane: every object with its status, many at once.
//!
//! It goes through `kubectl proxy`, which speaks plain HTTP on the loopback interface.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;

use super::{Crowd, Listed};
use crate::kubernetes::ControlPlane;

/// How many objects are written at once.
const AT_ONCE: usize = 12;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest answer that is read: only metadata is asked for.
const MAX_ANSWER: u64 = 4 << 20;

/// Why a cluster could not be filled.
#[derive(Debug, Error)]
#[error("failed to fill the cluster: {0}")]
pub struct FillError(String);

impl From<io::Error> for FillError {
    fn from(why: io::Error) -> Self {
        Self(why.to_string())
    }
}

/// Creates everything of a big cluster. Controllers would change what they find: start the control
/// plane with none but those that make namespaces and their accounts.
///
/// # Errors
/// When the API server refuses an object, or does not answer.
pub fn fill(plane: &ControlPlane, crowd: Crowd) -> Result<usize, FillError> {
    let proxy = Proxy::start(plane)?;
    // The API server gives every object a uid of its own.
    let mut uids: BTreeMap<String, String> = BTreeMap::new();
    let mut written = 0;
    for list in crowd.lists() {
        let made = each(&proxy, &list, &uids)?;
        written += made.len();
        uids.extend(made);
    }
    Ok(written)
}

fn each(
    proxy: &Proxy,
    list: &Listed,
    uids: &BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, FillError> {
    let next = AtomicUsize::new(0);
    let made: Mutex<Vec<(String, String)>> = Mutex::default();
    let work = || -> Result<(), FillError> {
        let mut wire = Wire::open(proxy)?;
        while let Some(item) = list.items.get(next.fetch_add(1, Ordering::Relaxed)) {
            let pair = one(&mut wire, list.path, item, uids)?;
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(pair);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        for thread in running {
            thread
                .join()
                .map_err(|_| FillError("a thread ended".to_owned()))??;
        }
        Ok::<(), FillError>(())
    })?;
    Ok(made.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Creates one object and gives it its status; its uid as it was made up, and as it is.
fn one(
    wire: &mut Wire,
    path: &str,
    item: &Value,
    uids: &BTreeMap<String, String>,
) -> Result<(String, String), FillError> {
    let text = |pointer: &str| {
        item.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (namespace, name, uid) = (
        text("/metadata/namespace"),
        text("/metadata/name"),
        text("/metadata/uid"),
    );
    let place = match (namespace, path.rsplit_once('/')) {
        ("", _) | (_, None) => path.to_owned(),
        (namespace, Some((group, plural))) => format!("{group}/namespaces/{namespace}/{plural}"),
    };
    let mut fresh = with_real_uids(item, uids);
    if let Some(Value::Object(metadata)) = fresh.get_mut("metadata") {
        for field in ["uid", "resourceVersion", "creationTimestamp", "generation"] {
            metadata.shift_remove(field);
        }
    }
    let answer = wire.send("POST", &place, "application/json", &fresh)?;
    if let Some(status) = item.get("status") {
        let statuses = ["/nodes", "/deployments", "/replicasets", "/pods"];
        if statuses.iter().any(|kind| path.ends_with(kind)) {
            let place = format!("{place}/{name}/status");
            let patch = json!({ "status": status });
            wire.send("PATCH", &place, "application/merge-patch+json", &patch)?;
        }
    }
    let real = answer.pointer("/metadata/uid").and_then(Value::as_str);
    Ok((uid.to_owned(), real.unwrap_or_default().to_owned()))
}

/// The same object, with the uids of what is there already in place of those that were made up.
fn with_real_uids(value: &Value, uids: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(uids.get(text).unwrap_or(text).clone()),
        Value::Array(items) => items
            .iter()
            .map(|item| with_real_uids(item, uids))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), with_real_uids(value, uids)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// `kubectl proxy`, ended when it is dropped.
struct Proxy {
    child: Child,
    address: String,
}

impl Proxy {
    fn start(plane: &ControlPlane) -> Result<Self, FillError> {
        let mut child = Command::new(plane.client().program())
            .arg("--kubeconfig")
            .arg(plane.kubeconfig())
            .args(["proxy", "--port=0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(said) = child.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        let address = line
            .split_whitespace()
            .last()
            .unwrap_or_default()
            .to_owned();
        if !address.starts_with("127.0.0.1:") {
            drop(child.kill());
            drop(child.wait());
            return Err(FillError(format!("kubectl proxy said {line:?}")));
        }
        Ok(Self { child, address })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One connection that is used again and again.
struct Wire {
    stream: BufReader<TcpStream>,
}

impl Wire {
    fn open(proxy: &Proxy) -> Result<Self, FillError> {
        let stream = TcpStream::connect(&proxy.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        content: &str,
        body: &Value,
    ) -> Result<Value, FillError> {
        let body = body.to_string();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content}\r\n\
             Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let (status, bytes) = self.answer()?;
        let text = String::from_utf8_lossy(&bytes);
        if !(200..300).contains(&status) {
            return Err(FillError(format!("{method} {path}: {status} {text}")));
        }
        serde_json::from_str(&text).map_err(|why| FillError(why.to_string()))
    }

    fn line(&mut self) -> Result<String, FillError> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    fn take(&mut self, bytes: &mut Vec<u8>, most: u64) -> Result<(), FillError> {
        if most > MAX_ANSWER {
            return Err(FillError("an answer is too large".to_owned()));
        }
        let before = bytes.len() as u64;
        self.stream.by_ref().take(most).read_to_end(bytes)?;
        if bytes.len() as u64 - before < most {
            return Err(FillError("an answer broke off".to_owned()));
        }
        Ok(())
    }

    fn answer(&mut self) -> Result<(u16, Vec<u8>), FillError> {
        let first = self.line()?;
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| FillError(format!("the proxy answered {first:?}")))?;
        let mut length = None;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(told) = line.strip_prefix("content-length:") {
                length = told.trim().parse::<u64>().ok();
            }
        }
        let mut bytes = Vec::new();
        if let Some(length) = length {
            self.take(&mut bytes, length)?;
            return Ok((status, bytes));
        }
        // In chunks, then.
        loop {
            let size = self.line()?;
            let size = u64::from_str_radix(&size, 16)
                .map_err(|_| FillError(format!("a chunk begins with {size:?}")))?;
            self.take(&mut bytes, size)?;
            self.line()?;
            if size == 0 {
                return Ok((status, bytes));
            }
        }
    }
}
