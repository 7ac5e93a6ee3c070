//! `kintsugi config show`: every value in force, and where it came from.

use serde_json::{Map, Value, json};

use super::Context;
use crate::cli::Output;
use crate::failure::{DONE, Failure};
use crate::output::{columns, table};
use crate::wire::masked;

pub(super) fn show(context: &Context) -> Result<u8, Failure> {
    let voice = &context.voice;
    let values: Vec<_> = context
        .effective
        .values
        .iter()
        .map(|(key, (value, origin))| {
            let value = match value {
                Value::String(text) => Value::String(masked(text)),
                other => other.clone(),
            };
            (key, value, origin.to_string())
        })
        .collect();
    match voice.output {
        Output::Json => {
            let map: Map<String, Value> = values
                .into_iter()
                .map(|(key, value, origin)| {
                    (key.clone(), json!({"value": value, "origin": origin}))
                })
                .collect();
            voice.json(&map)?;
        }
        Output::Text => {
            let rows: Vec<_> = values
                .into_iter()
                .map(|(key, value, origin)| {
                    let value = match value {
                        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
                        Value::String(text) => text,
                        Value::Null => "-".to_owned(),
                        other => other.to_string(),
                    };
                    vec![key.clone(), value, origin]
                })
                .collect();
            for line in table(&rows, columns().max(120)) {
                voice.line(&line)?;
            }
        }
    }
    Ok(DONE)
}
