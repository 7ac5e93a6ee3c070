//! What conditions see of a Service.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Object;

pub(super) const SCHEMA: Section = &[
    ("service.name", Type::Text),
    ("service.namespace", Type::Text),
];

pub(super) fn data(_: Scene<'_>, service: &Object) -> Vec<(&'static str, Value)> {
    vec![(
        "service",
        json!({"name": service.name(), "namespace": service.namespace()}),
    )]
}
