//! How a scenario says that something has come to pass: an object, a path in it, and what stands
//! there. No language, so that it can be told why one does not hold.

use std::collections::HashMap;
use std::fmt;

use regex::Regex;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Some object of this kind and name has, at this path, a text that matches or a number that is
/// large enough.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// `Kind/name`; a `*` in the name stands for anything.
    pub object: String,
    /// Fields with dots between them; `[*]` after one means any of its items.
    pub path: String,
    /// An expression that the text is to match somewhere.
    #[serde(default, deserialize_with = "expression")]
    pub matches: Option<Regex>,
    /// What the number is to be at least.
    pub at_least: Option<i64>,
}

fn expression<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Regex>, D::Error> {
    let text = String::deserialize(from)?;
    Regex::new(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.path, self.object)?;
        if let Some(expression) = &self.matches {
            write!(f, " matches `{expression}`")?;
        }
        if let Some(number) = self.at_least {
            write!(f, " is at least {number}")?;
        }
        Ok(())
    }
}

impl Condition {
    /// The kind of the objects that it looks at.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.object.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// Whether it can hold at all.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        match self.object.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => {}
            _ => return Err(format!("`{}` is not KIND/NAME", self.object)),
        }
        if self.path.split('.').any(str::is_empty) {
            return Err(format!("the path `{}` has an empty part", self.path));
        }
        if self.matches.is_none() == self.at_least.is_none() {
            return Err("one of `matches` and `at_least` is needed".to_owned());
        }
        Ok(())
    }

    /// Whether it holds in a namespace, or for an object that is in none.
    #[must_use]
    pub fn holds(&self, world: &World, namespace: &str) -> bool {
        let name = self.object.split_once('/').map_or("", |(_, name)| name);
        world
            .of(self.kind(), namespace)
            .filter(|object| fits(name, text(object, "/metadata/name")))
            .any(|object| self.holds_for(object))
    }

    fn holds_for(&self, object: &Value) -> bool {
        let mut values = vec![object];
        for part in self.path.split('.') {
            let (field, items) = match part.strip_suffix("[*]") {
                Some(field) => (field, true),
                None => (part, false),
            };
            values = values.into_iter().filter_map(|v| v.get(field)).collect();
            if items {
                values = values
                    .into_iter()
                    .filter_map(Value::as_array)
                    .flatten()
                    .collect();
            }
        }
        values.into_iter().any(|value| self.is_met_by(value))
    }

    fn is_met_by(&self, value: &Value) -> bool {
        let number = self
            .at_least
            .is_none_or(|least| value.as_i64().is_some_and(|number| number >= least));
        let words = self
            .matches
            .as_ref()
            .is_none_or(|expression| match value.as_str() {
                Some(text) => expression.is_match(text),
                None => expression.is_match(&value.to_string()),
            });
        number && words
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(found) => rest = rest.get(found + part.len()..).unwrap_or(""),
            None => return false,
        }
    }
    match last {
        // What follows the last star is at the end, not only somewhere.
        Some(end) => rest.is_empty() || end.is_empty() || name.ends_with(end),
        None => rest.is_empty(),
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or("")
}

/// The objects of a cluster at one moment, by kind.
#[derive(Debug, Default)]
pub struct World {
    kinds: HashMap<String, Vec<Value>>,
}

impl World {
    /// What `kubectl get … -o json` has answered.
    #[must_use]
    pub fn new(answer: Value) -> Self {
        let mut world = Self::default();
        let mut answer = answer;
        let items = answer.get_mut("items").map(Value::take);
        if let Some(Value::Array(items)) = items {
            for item in items {
                let kind = text(&item, "/kind").to_owned();
                world.kinds.entry(kind).or_default().push(item);
            }
        }
        world
    }

    fn of<'a>(&'a self, kind: &str, namespace: &'a str) -> impl Iterator<Item = &'a Value> {
        let all = self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(move |object| {
            let its = text(object, "/metadata/namespace");
            its.is_empty() || its == namespace
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn world() -> World {
        World::new(json!({"items": [
            {"kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop"},
             "status": {"containerStatuses": [{"restartCount": 0}, {"restartCount": 3}]}},
            {"kind": "Node", "metadata": {"name": "n"}, "status": {"phase": "fine"}}
        ]}))
    }

    fn condition(
        object: &str,
        path: &str,
        matches: Option<&str>,
        at_least: Option<i64>,
    ) -> Condition {
        Condition {
            object: object.to_owned(),
            path: path.to_owned(),
            matches: matches.map(|text| Regex::new(text).unwrap()),
            at_least,
        }
    }

    #[test]
    fn any_item_of_any_object_that_fits_is_enough() {
        let restarts = "status.containerStatuses[*].restartCount";
        let three = condition("Pod/web-*", restarts, None, Some(3));
        assert!(three.holds(&world(), "shop"));
        assert!(!three.holds(&world(), "other"));
        assert!(!condition("Pod/web-*", restarts, None, Some(4)).holds(&world(), "shop"));
        assert!(!condition("Pod/api-*", restarts, None, Some(0)).holds(&world(), "shop"));
    }

    #[test]
    fn an_object_without_a_namespace_is_seen_from_every_namespace() {
        let fine = condition("Node/n", "status.phase", Some("^fi"), None);
        assert!(fine.holds(&world(), "shop"));
    }

    #[test]
    fn a_star_stands_for_anything_and_the_rest_for_itself() {
        for (pattern, name, expected) in [
            ("web-*", "web-1", true),
            ("web-*", "web", false),
            ("*", "web", true),
            ("web", "web-1", false),
            ("web-*.*", "web-1.17", true),
            ("*-1", "web-1-2", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
