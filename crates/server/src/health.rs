//! Health: whether the process lives, whether it is ready, and how its parts are.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::{Filter, LedgerError};
use model::{Status, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::State;
use crate::envelope::answer;

/// How long the ledger may take to answer a question about its health.
const PATIENCE: Duration = Duration::from_secs(2);

/// Open incidents that are read at once to be counted, and how often at most.
const PAGE: u32 = 1000;
const PAGES_AT_MOST: usize = 20;

/// A part of the house, and how it is.
#[derive(Debug, Clone, Serialize)]
pub struct Component {
    /// Its name.
    pub name: &'static str,
    /// `healthy`, `unhealthy` or `not_configured`.
    pub status: &'static str,
    /// What there is to know.
    pub message: String,
}

impl Component {
    /// A part that is there and well.
    #[must_use]
    pub fn healthy(name: &'static str, message: &str) -> Self {
        Self {
            name,
            status: "healthy",
            message: message.to_owned(),
        }
    }

    /// A part that has not been configured.
    #[must_use]
    pub fn absent(name: &'static str, message: &str) -> Self {
        Self {
            name,
            status: "not_configured",
            message: message.to_owned(),
        }
    }

    fn unhealthy(name: &'static str, message: String) -> Self {
        Self {
            name,
            status: "unhealthy",
            message,
        }
    }
}

async fn ledger(state: &State) -> Component {
    match tokio::time::timeout(PATIENCE, state.ledger.ping()).await {
        Ok(Ok(())) => Component::healthy("ledger", &state.ledger.place()),
        Ok(Err(error)) => Component::unhealthy("ledger", error.to_string()),
        Err(_) => Component::unhealthy(
            "ledger",
            format!("no answer within {} s", PATIENCE.as_secs()),
        ),
    }
}

async fn all(state: &State) -> (bool, Value) {
    let mut parts = vec![ledger(state).await];
    parts.extend(state.components.iter().cloned());
    let well = parts.iter().all(|part| part.status != "unhealthy");
    let map = parts
        .iter()
        .map(|part| {
            let told = json!({"status": part.status, "message": part.message});
            (part.name.to_owned(), told)
        })
        .collect();
    (well, Value::Object(map))
}

fn now() -> Timestamp {
    healer::Clock::now(&healer::SystemClock)
}

const fn word(well: bool) -> &'static str {
    if well { "healthy" } else { "unhealthy" }
}

const fn status(well: bool) -> StatusCode {
    if well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

pub(crate) async fn health(Extract(state): Extract<Arc<State>>) -> Response {
    let (well, components) = all(&state).await;
    let data = json!({
        "status": word(well),
        "timestamp": now(),
        "uptime": state.started.elapsed().as_secs(),
        "version": env!("CARGO_PKG_VERSION"),
        "components": components,
        "system": system(),
    });
    answer(status(well), word(well), &data)
}

/// What this process takes of the machine.
fn system() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
    };
    json!({"memory_bytes": field("VmRSS").map(|kib| kib * 1024), "threads": field("Threads")})
}

pub(crate) async fn components(Extract(state): Extract<Arc<State>>) -> Response {
    let (well, components) = all(&state).await;
    let data = json!({"components": components, "timestamp": now()});
    answer(status(well), word(well), &data)
}

pub(crate) async fn metrics(Extract(state): Extract<Arc<State>>) -> Response {
    let data = json!({
        "uptime": state.started.elapsed().as_secs(),
        "system": system(),
        "timestamp": now(),
    });
    answer(StatusCode::OK, "ok", &data)
}

pub(crate) async fn ready(Extract(state): Extract<Arc<State>>) -> Response {
    let part = ledger(&state).await;
    let well = part.status == "healthy";
    let message = if well {
        "ready".to_owned()
    } else {
        part.message
    };
    answer(
        status(well),
        &message,
        &json!({"status": word(well), "timestamp": now()}),
    )
}

pub(crate) async fn live() -> Response {
    answer(
        StatusCode::OK,
        "alive",
        &json!({"status": "alive", "timestamp": now()}),
    )
}

/// Counts what is open. Asked when somebody wants to know, the figure is never an old one; a ledger
/// that does not answer in time leaves the figure as it was.
async fn count_open(state: &State) {
    match tokio::time::timeout(PATIENCE, open(state)).await {
        Ok(Ok(count)) => state.metrics.open_incidents(count),
        Ok(Err(error)) => tracing::warn!(%error, "failed to count open incidents"),
        Err(_) => tracing::warn!("the ledger took too long to count open incidents"),
    }
}

/// How many incidents are not closed, as far as it is worth counting.
async fn open(state: &State) -> Result<usize, LedgerError> {
    let statuses = Status::ALL.iter().copied();
    let mut filter = Filter {
        statuses: statuses
            .filter(|status| *status != Status::Closed)
            .collect(),
        limit: PAGE,
        ..Filter::default()
    };
    let mut count = 0;
    for _ in 0..PAGES_AT_MOST {
        let page = state.ledger.incidents(&filter).await?;
        count += page.len();
        filter.before = page.last().map(|listed| listed.summary.id);
        if page.len() < PAGE as usize {
            break;
        }
    }
    Ok(count)
}

pub(crate) async fn prometheus(Extract(state): Extract<Arc<State>>) -> Response {
    const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    count_open(&state).await;
    match state.metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, FORMAT)], text).into_response(),
        Err(error) => answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            &error.to_string(),
            &Value::Null,
        ),
    }
}
