//! The one way of writing to a live cluster: a JSON Patch of one object.
//!
//! A write is made once. It is never tried again here: whether one whose answer was lost has happened
//! is found out by whoever keeps the intent.

use facts::Object;
use http::{Method, Request, header};
use kube::client::Body;
use model::{ObjectRef, PatchOp, Text};
use serde_json::{Value, json};

use super::MAX_OBJECT;
use super::wire::{Failure, Refusal, Tally, Wire};
use crate::{WriteError, WriteMode};

/// As whom fields are written.
const MANAGER: &str = "kintsugi";
/// What the API server says when an operation of a patch does not fit: no more than this.
const DOES_NOT_FIT: &str = "the server rejected our request due to an error in our request";

/// Patches one object.
pub(super) async fn patch(
    wire: &Wire,
    path: &str,
    object: &ObjectRef,
    patch: &[PatchOp],
    mode: WriteMode,
) -> Result<Object, WriteError> {
    let refused = |message: String| WriteError::Refused {
        object: object.clone(),
        message: Text::same(message).into(),
    };
    let mut operations = serde_json::to_value(patch).map_err(|error| refused(error.to_string()))?;
    if let (Some(uid), Value::Array(operations)) = (&object.uid, &mut operations) {
        // Another object of the same name is not the one that is meant.
        let same = json!({"op": "test", "path": "/metadata/uid", "value": uid});
        operations.insert(0, same);
    }
    let mut address = format!("{path}?fieldManager={MANAGER}&fieldValidation=Strict");
    match mode {
        WriteMode::DryRun => address.push_str("&dryRun=All"),
        WriteMode::Write => {}
    }
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(address)
        .header(header::ACCEPT, super::JSON)
        .header(header::CONTENT_TYPE, "application/json-patch+json")
        .body(Body::from(operations.to_string().into_bytes()))
        .map_err(|error| refused(error.to_string()))?;
    let tally = Tally::default();
    let mut answer = match wire.send(request, &tally).await {
        Ok(answer) => answer,
        Err(failure) => return Err(error(object, failure)),
    };
    // The server said yes; only the object as it is now may still get lost.
    let bytes = wire.whole(&mut answer, MAX_OBJECT, &tally).await;
    let lost = |message: Text| WriteError::Unknown { message };
    let bytes = bytes.map_err(|failure| lost(failure.words()))?;
    serde_json::from_slice(&bytes).map_err(|error| lost(Text::same(error.to_string())))
}

fn error(object: &ObjectRef, failure: Failure) -> WriteError {
    match failure {
        Failure::NotSent(message) => WriteError::Unreachable { message },
        Failure::Lost(message) | Failure::Broken(message) => WriteError::Unknown { message },
        Failure::TooLarge(_) => WriteError::Unknown {
            message: failure.words(),
        },
        Failure::Refused(refusal) => refusal_of(object, refusal),
    }
}

fn refusal_of(object: &ObjectRef, refusal: Refusal) -> WriteError {
    let object = object.clone();
    let said = refusal.message;
    let message = Text::same(said.as_str());
    match refusal.code {
        404 => WriteError::NotFound { object },
        409 => WriteError::Conflict {
            object,
            message: said,
        },
        422 if said.contains(DOES_NOT_FIT) => WriteError::TestFailed {
            object,
            message: said,
        },
        // It was turned away before anything was done.
        429 => WriteError::Unreachable { message },
        400..=499 => WriteError::Refused {
            object,
            message: message.into(),
        },
        // A webhook that cannot be called stops a write before it happens.
        500 if said.contains("failed calling webhook") => WriteError::Refused {
            object,
            message: message.into(),
        },
        _ => WriteError::Unknown { message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let object = ObjectRef::new("Deployment", "shop", "web");
        let of = |code: u16, message: &str| {
            let refusal = Refusal {
                code,
                message: message.to_owned(),
                ..Refusal::default()
            };
            match refusal_of(&object, refusal) {
                WriteError::NotFound { .. } => "not found",
                WriteError::Conflict { .. } => "conflict",
                WriteError::TestFailed { .. } => "test failed",
                WriteError::Refused { .. } => "refused",
                WriteError::Unreachable { .. } => "unreachable",
                WriteError::Unknown { .. } => "unknown",
            }
        };
        let table = [
            (404, "deployments.apps \"web\" not found", "not found"),
            (409, "the object has been modified", "conflict"),
            (422, DOES_NOT_FIT, "test failed"),
            (
                422,
                "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1",
                "refused",
            ),
            (403, "deployments.apps \"web\" is forbidden", "refused"),
            (400, "admission webhook denied the request", "refused"),
            (401, "Unauthorized", "refused"),
            (429, "too many requests", "unreachable"),
            (500, "failed calling webhook \"a.b\"", "refused"),
            (500, "etcdserver: request timed out", "unknown"),
            (504, "Timeout: request did not complete", "unknown"),
            (503, "service unavailable", "unknown"),
        ];
        for (code, message, expected) in table {
            assert_eq!(of(code, message), expected, "{code} {message}");
        }
    }
}
