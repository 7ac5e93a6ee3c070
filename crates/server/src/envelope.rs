//! The one shape of every answer: `{code, message, data}`.

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// An answer: 0 means that all is well.
pub(crate) fn answer<T: Serialize>(status: StatusCode, message: &str, data: &T) -> Response {
    let code = if status.is_success() {
        0
    } else {
        i64::from(status.as_u16())
    };
    let data = serde_json::to_value(data).unwrap_or(Value::Null);
    (
        status,
        Json(json!({"code": code, "message": message, "data": data})),
    )
        .into_response()
}

pub(crate) async fn not_found(uri: Uri) -> Response {
    let message = format!("there is nothing at {}", uri.path());
    answer(StatusCode::NOT_FOUND, &message, &Value::Null)
}

pub(crate) async fn not_allowed(uri: Uri) -> Response {
    let message = format!("{} cannot be used that way", uri.path());
    answer(StatusCode::METHOD_NOT_ALLOWED, &message, &Value::Null)
}
