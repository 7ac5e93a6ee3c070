//! What conditions see of an Ingress.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Object;

pub(super) const SCHEMA: Section = &[
    ("ingress.name", Type::Text),
    ("ingress.namespace", Type::Text),
];

pub(super) fn data(_: Scene<'_>, ingress: &Object) -> Vec<(&'static str, Value)> {
    vec![(
        "ingress",
        json!({"name": ingress.name(), "namespace": ingress.namespace()}),
    )]
}
