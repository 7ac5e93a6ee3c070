//! The data of a subject of which nothing is known yet: every key of the schema, empty.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::{Resource, Type, schema};

/// The empty data of a subject.
pub(super) fn of(resource: Resource) -> Map<String, Value> {
    static BLANK: LazyLock<Map<String, Value>> = LazyLock::new(|| {
        let mut blank = Map::new();
        for (path, kind) in schema() {
            let empty = match kind {
                Type::Bool => json!(false),
                Type::Int => json!(0),
                Type::Text => json!(""),
                Type::Texts | Type::Maps | Type::Changes => json!([]),
                Type::Ref => json!({}),
            };
            put(&mut blank, path, empty);
        }
        blank
    });
    let mut data = BLANK.clone();
    data.insert("resource".to_owned(), json!(resource.as_str()));
    data
}

/// Puts a value at a path of names.
pub(super) fn put(data: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            data.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let below = data
                .entry(first.to_owned())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}
