//! `kintsugi config show`: every value in force, and where it came from.

use serde_json::{Map, Value, json};

use super::Context;
use crate::cli::Output;
use crate::failure::{DONE, Failure};
use crate::output::{Style, Voice, columns, harmless, padded, width};
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
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_) => value.clone(),
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
                        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                            value.to_string()
                        }
                    };
                    [key.clone(), harmless(&value), origin]
                })
                .collect();
            for line in lines(voice, &rows) {
                voice.line(&line)?;
            }
        }
    }
    Ok(DONE)
}

/// Keys, values and origins in columns; an origin that finds no room stands on a line of its own,
/// and no value is ever cut.
fn lines(voice: &Voice, rows: &[[String; 3]]) -> Vec<String> {
    const WIDEST: usize = 24;
    let widest = |column: &dyn Fn(&[String; 3]) -> usize| rows.iter().map(column).max();
    let keys = widest(&|[key, _, _]| width(key)).unwrap_or_default() + 2;
    let values = widest(&|[_, value, _]| width(value).min(WIDEST)).unwrap_or_default() + 2;
    let mut lines = Vec::new();
    for [key, value, origin] in rows {
        let dim = voice.paint(Style::Dim, origin);
        let key = padded(key, keys);
        let fits = width(value) + 2 <= values && keys + values + width(origin) <= columns();
        if fits {
            lines.push(format!("{key}{}{dim}", padded(value, values)));
        } else {
            lines.push(format!("{key}{value}"));
            lines.push(format!("    {dim}"));
        }
    }
    lines
}
