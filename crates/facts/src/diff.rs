//! What differs between two pod templates.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Json;
use crate::container::text;

/// The most differences that are told; templates with more have nothing in common.
const MOST: usize = 200;

/// One field that differs; `None` where there is no such field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDiff {
    /// JSON pointer within the template: the new one, or the old one for what is gone.
    pub path: String,
    /// The value before.
    pub old: Option<Value>,
    /// The value after.
    pub new: Option<Value>,
}

impl FieldDiff {
    /// The values before and after as texts: texts as they are, anything else as JSON, nothing as the
    /// empty text.
    #[must_use]
    pub fn words(&self) -> (String, String) {
        (words(self.old.as_ref()), words(self.new.as_ref()))
    }
}

fn words(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)),
        ) => other.to_string(),
    }
}

/// What differs between two pod templates. Lists whose entries have names (containers, volumes,
/// variables) are matched by name, so that a mere change of order is no difference.
#[must_use]
pub fn template_diff(old: &Json, new: &Json) -> Vec<FieldDiff> {
    let mut found = Vec::new();
    compare("", Some(old), Some(new), &mut found);
    found
}

fn compare(path: &str, old: Option<&Json>, new: Option<&Json>, found: &mut Vec<FieldDiff>) {
    if old == new || found.len() >= MOST {
        return;
    }
    match (old, new) {
        (Some(Json::Fields(before)), Some(Json::Fields(after))) => {
            for (key, value) in before {
                compare(&below(path, key), Some(value), after.get(key), found);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(key)) {
                compare(&below(path, key), None, Some(value), found);
            }
        }
        (Some(Json::List(before)), Some(Json::List(after))) if named(before) && named(after) => {
            for (index, value) in before.iter().enumerate() {
                match position(after, value) {
                    Some((at, other)) => {
                        compare(
                            &below(path, &at.to_string()),
                            Some(value),
                            Some(other),
                            found,
                        );
                    }
                    None => compare(&below(path, &index.to_string()), Some(value), None, found),
                }
            }
            for (index, value) in after.iter().enumerate() {
                if position(before, value).is_none() {
                    compare(&below(path, &index.to_string()), None, Some(value), found);
                }
            }
        }
        _ => found.push(FieldDiff {
            path: path.to_owned(),
            old: old.map(Json::to_value),
            new: new.map(Json::to_value),
        }),
    }
}

fn below(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn named(list: &[Json]) -> bool {
    !list.is_empty() && list.iter().all(|entry| !text(entry, "/name").is_empty())
}

fn position<'a>(list: &'a [Json], like: &Json) -> Option<(usize, &'a Json)> {
    list.iter()
        .enumerate()
        .find(|(_, entry)| text(entry, "/name") == text(like, "/name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn diff(old: Value, new: Value) -> Vec<(String, Value, Value)> {
        template_diff(&old.into(), &new.into())
            .into_iter()
            .map(|field| {
                (
                    field.path,
                    field.old.unwrap_or_default(),
                    field.new.unwrap_or_default(),
                )
            })
            .collect()
    }

    #[test]
    fn containers_are_matched_by_name_and_their_order_does_not_matter() {
        let old = json!({"spec": {"containers": [
            {"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:1"}]}});
        let new = json!({"spec": {"containers": [
            {"name": "proxy", "image": "proxy:1"}, {"name": "web", "image": "web:2"}]}});
        assert_eq!(
            diff(old, new),
            [(
                "/spec/containers/1/image".to_owned(),
                json!("web:1"),
                json!("web:2")
            )]
        );
    }

    #[test]
    fn what_came_and_what_went_is_told_and_keys_are_escaped() {
        let old = json!({"metadata": {"annotations": {"a/b": "1"}}, "spec": {"x": 1}});
        let new = json!({"metadata": {"annotations": {"c": "2"}}, "spec": {"x": 1}});
        assert_eq!(
            diff(old, new),
            [
                (
                    "/metadata/annotations/a~1b".to_owned(),
                    json!("1"),
                    Value::Null
                ),
                (
                    "/metadata/annotations/c".to_owned(),
                    Value::Null,
                    json!("2")
                ),
            ]
        );
    }

    #[test]
    fn equal_templates_differ_in_nothing() {
        let template = Json::from(json!({"spec": {"containers": [{"name": "a"}]}}));
        assert!(template_diff(&template, &template).is_empty());
    }
}
