//! Requests to an API server, one at a time: with a limit on every wait and every answer, and with
//! what went wrong in a form that can be told apart.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use model::Text;
use serde::Deserialize;
use tokio::time::timeout;

use super::connect::chain;
use crate::reading::bounded;

/// The longest of the server's own words that are kept.
const MAX_MESSAGE: usize = 600;
/// The largest answer to a refusal that is read for its words.
const MAX_STATUS: usize = 64 << 10;

/// The limits of every request, and of a reading.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long the server may take until its answer begins.
    pub answer: Duration,
    /// How long it may pause within an answer.
    pub pause: Duration,
    /// How often a request is made again that the server could not take or that failed on its way.
    pub retries: u32,
    /// The longest wait before that, whatever the server asks for.
    pub retry_wait: Duration,
    /// How many objects are asked for at once.
    pub page: u32,
    /// The largest page in bytes; a larger one is asked for in smaller pieces.
    pub page_bytes: usize,
    /// How many lists are read at once.
    pub at_once: usize,
    /// How long a whole reading may take; what is not read by then is a blind spot.
    pub reading: Duration,
    /// How much of the end of a log is kept, in bytes.
    pub log_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            pause: Duration::from_secs(15),
            retries: 3,
            retry_wait: Duration::from_secs(5),
            page: 500,
            page_bytes: 32 << 20,
            at_once: 4,
            reading: Duration::from_secs(300),
            log_bytes: 1 << 20,
        }
    }
}

/// What a server says when it refuses (a `Status`).
#[derive(Debug, Clone, Default)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) message: String,
    /// The object that the refusal is about, if it names one.
    pub(super) about: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

/// Why a request gave nothing.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// No connection: the request was never sent.
    NotSent(Text),
    /// The request was sent; the answer did not come.
    Lost(Text),
    /// The server refused.
    Refused(Refusal),
    /// The answer is larger than what was asked for may be.
    TooLarge(usize),
    /// The answer broke off or makes no sense.
    Broken(Text),
}

impl Failure {
    /// What to say of it.
    pub(super) fn words(&self) -> Text {
        match self {
            Self::NotSent(problem) | Self::Lost(problem) | Self::Broken(problem) => problem.clone(),
            Self::Refused(refusal) => Text::same(refusal.message.as_str()),
            Self::TooLarge(most) => Text::new(
                format!("the answer is larger than {most} bytes"),
                format!("回答超过 {most} 字节"),
            ),
        }
    }
}

/// How much was asked and answered.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: AtomicUsize,
    pub(super) bytes: AtomicU64,
}

/// The way to one API server.
#[derive(Clone)]
pub(super) struct Wire {
    client: Client,
    pub(super) limits: Limits,
}

impl Wire {
    pub(super) const fn new(client: Client, limits: Limits) -> Self {
        Self { client, limits }
    }

    /// The client itself, for what is no single request.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Reads a whole answer, of at most so many bytes; what can be tried again is tried again.
    pub(super) async fn get(
        &self,
        path: &str,
        accept: &str,
        most: usize,
        tally: &Tally,
    ) -> Result<Vec<u8>, Failure> {
        let mut tried = 0;
        loop {
            let failure = match self.get_once(path, accept, most, tally).await {
                Ok(bytes) => return Ok(bytes),
                Err(failure) => failure,
            };
            let Some(wait) = self.wait_after(&failure, tried) else {
                return Err(failure);
            };
            tracing::debug!(path, wait = ?wait, problem = failure.words().en, "asking again");
            tried += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn get_once(
        &self,
        path: &str,
        accept: &str,
        most: usize,
        tally: &Tally,
    ) -> Result<Vec<u8>, Failure> {
        let mut answer = self.open(path, accept, tally).await?;
        self.whole(&mut answer, most, tally).await
    }

    /// Sends a read and gives the beginning of its answer; a refusal is a failure.
    pub(super) async fn open(
        &self,
        path: &str,
        accept: &str,
        tally: &Tally,
    ) -> Result<Response<Body>, Failure> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(path)
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .map_err(|error| Failure::NotSent(Text::same(error.to_string())))?;
        self.send(request, tally).await
    }

    /// Sends a request once; a refusal is a failure.
    pub(super) async fn send(
        &self,
        request: Request<Body>,
        tally: &Tally,
    ) -> Result<Response<Body>, Failure> {
        tally.requests.fetch_add(1, Ordering::Relaxed);
        let limit = self.limits.answer;
        let mut answer = match timeout(limit, self.client.send(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(failure(&error)),
            Err(_) => {
                return Err(Failure::Lost(Text::new(
                    format!("no answer within {} s", limit.as_secs()),
                    format!("{} 秒内没有回答", limit.as_secs()),
                )));
            }
        };
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(Failure::Refused(self.refusal(&mut answer, tally).await))
    }

    /// Reads the rest of an answer.
    pub(super) async fn whole(
        &self,
        answer: &mut Response<Body>,
        most: usize,
        tally: &Tally,
    ) -> Result<Vec<u8>, Failure> {
        let announced = answer
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|announced| announced > most) {
            return Err(Failure::TooLarge(most));
        }
        let mut bytes = Vec::with_capacity(announced.unwrap_or(0));
        while let Some(piece) = self.piece(answer, tally).await? {
            if bytes.len().saturating_add(piece.len()) > most {
                return Err(Failure::TooLarge(most));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// The next piece of an answer; nothing at its end.
    pub(super) async fn piece(
        &self,
        answer: &mut Response<Body>,
        tally: &Tally,
    ) -> Result<Option<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]> + use<>>, Failure> {
        loop {
            let limit = self.limits.pause;
            let frame = match timeout(limit, answer.body_mut().frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => {
                    let why = chain(&error);
                    return Err(Failure::Broken(Text::new(
                        format!("the answer broke off: {why}"),
                        format!("回答中断：{why}"),
                    )));
                }
                Err(_) => {
                    return Err(Failure::Broken(Text::new(
                        format!("the answer stopped: nothing came for {} s", limit.as_secs()),
                        format!("响应中断：{} 秒内未收到任何数据", limit.as_secs()),
                    )));
                }
            };
            // Trailers say nothing that is needed.
            if let Ok(data) = frame.into_data() {
                let read = u64::try_from(data.len()).unwrap_or(u64::MAX);
                tally.bytes.fetch_add(read, Ordering::Relaxed);
                return Ok(Some(data));
            }
        }
    }

    /// The server's words when it refuses.
    async fn refusal(&self, answer: &mut Response<Body>, tally: &Tally) -> Refusal {
        let status = answer.status();
        let retry_after = answer
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|wait| wait.to_str().ok()?.trim().parse::<u64>().ok())
            .map(Duration::from_secs);
        // A body that is broken or too long says less than the status alone.
        let body = self
            .whole(answer, MAX_STATUS, tally)
            .await
            .unwrap_or_default();
        refusal(status, retry_after, &body)
    }

    /// How long to wait before a request is made again; nothing if that would not help.
    pub(super) fn wait_after(&self, failure: &Failure, tried: u32) -> Option<Duration> {
        if tried >= self.limits.retries {
            return None;
        }
        let own = Duration::from_millis(100).saturating_mul(1 << tried.min(10));
        let wait = match failure {
            Failure::Refused(refusal) => match refusal.code {
                429 | 503 => refusal.retry_after.unwrap_or(own),
                // A hiccup of the store, or of something in between: once more.
                500 | 502 | 504 if tried == 0 => own,
                _ => return None,
            },
            // A connection that was closed while it was idle.
            Failure::Lost(_) | Failure::Broken(_) if tried == 0 => own,
            Failure::NotSent(_) | Failure::Lost(_) | Failure::Broken(_) | Failure::TooLarge(_) => {
                return None;
            }
        };
        Some(wait.min(self.limits.retry_wait))
    }
}

fn refusal(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> Refusal {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said {
        message: Option<String>,
        details: Option<Details>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Details {
        name: Option<String>,
    }
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let plain = || {
        let text = String::from_utf8_lossy(body);
        let text = bounded(&text, MAX_MESSAGE);
        let status = status.to_string();
        if text.is_empty() || text.starts_with(['<', '{']) {
            status
        } else {
            format!("{status}: {text}")
        }
    };
    Refusal {
        code: status.as_u16(),
        message: said
            .message
            .filter(|message| !message.is_empty())
            .map_or_else(plain, |message| {
                bounded(&without_object(&message), MAX_MESSAGE)
            }),
        about: said
            .details
            .and_then(|details| details.name)
            .filter(|name| !name.is_empty()),
        retry_after,
    }
}

/// A message without the whole object that the API server quotes in some: it may hold secrets, and
/// hides what is said after it.
fn without_object(message: &str) -> Cow<'_, str> {
    const START: &str = "Invalid value: \"{";
    let quoted = message.split_once(START).and_then(|(before, rest)| {
        let (_, after) = rest.rsplit_once("}\"")?;
        Some(format!("{before}Invalid value: {{…}}{after}"))
    });
    quoted.map_or(Cow::Borrowed(message), Cow::Owned)
}

/// What an error of the client says of the request.
fn failure(error: &kube::Error) -> Failure {
    let words = chain(error)
        .trim_start_matches("ServiceError: ")
        .trim_start_matches("HyperError: ")
        .trim_start_matches("client error (Connect): ")
        .to_owned();
    let words = Text::same(words);
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(client) = cause.downcast_ref::<hyper_util::client::legacy::Error>() {
            return if client.is_connect() {
                Failure::NotSent(words)
            } else {
                Failure::Lost(words)
            };
        }
        next = cause.source();
    }
    // Credentials that cannot be had, a request that cannot be built: nothing was sent. Of anything
    // else nobody knows.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the errors of the client are many, and new ones are not known to be harmless"
    )]
    match error {
        kube::Error::Auth(_) | kube::Error::HttpError(_) | kube::Error::BuildRequest(_) => {
            Failure::NotSent(words)
        }
        _ => Failure::Lost(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_object_is_left_out_of_a_message() {
        let message = r#""" is invalid: patch: Invalid value: "{\"a\":\"hunter2\"}": strict decoding error: unknown field "spec.x""#;
        assert_eq!(
            without_object(message),
            r#""" is invalid: patch: Invalid value: {…}: strict decoding error: unknown field "spec.x""#
        );
        let plain = "spec.replicas: Invalid value: -1: must be greater";
        assert_eq!(without_object(plain), plain);
    }
}
