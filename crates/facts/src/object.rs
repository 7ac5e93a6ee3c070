//! A Kubernetes object as the API server speaks it.

use model::{ObjectRef, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the uid begins that is made up for an object that nobody has shown whole.
pub const GUESSED: &str = "guessed:";
/// Maps of at most so many fields are looked through one by one: hashing a name takes longer.
const FEW: usize = 16;

/// A Kubernetes object: its JSON as the API server gives it, `kind` and `apiVersion` included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Object(Value);

impl Object {
    /// Wraps the JSON of one object.
    #[must_use]
    pub const fn new(value: Value) -> Self {
        Self(value)
    }

    /// Its JSON.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// Its JSON, to be changed.
    pub const fn value_mut(&mut self) -> &mut Value {
        &mut self.0
    }

    /// Its JSON, taken out.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }

    /// The value at a JSON pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        at(&self.0, pointer)
    }

    /// The text at a JSON pointer; empty if there is none.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.at(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The whole number at a JSON pointer.
    #[must_use]
    pub fn int(&self, pointer: &str) -> Option<i64> {
        self.at(pointer).and_then(Value::as_i64)
    }

    /// The list at a JSON pointer; empty if there is none.
    #[must_use]
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.at(pointer)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// Its namespace; empty if it is cluster-wide.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// Its UID.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    /// Its generation; 0 if it has none.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.int("/metadata/generation").unwrap_or(0)
    }

    /// Its resourceVersion.
    #[must_use]
    pub fn resource_version(&self) -> &str {
        self.text("/metadata/resourceVersion")
    }

    /// One of its annotations.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.at("/metadata/annotations")?.get(name)?.as_str()
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        Timestamp::parse(self.text("/metadata/creationTimestamp"))
    }

    /// The UID of its controller.
    #[must_use]
    pub fn controller(&self) -> Option<&str> {
        self.list("/metadata/ownerReferences")
            .iter()
            .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?
            .get("uid")?
            .as_str()
    }

    /// Whether only a row of a table or another's words tell of it, so that its uid is made up.
    #[must_use]
    pub fn is_guessed(&self) -> bool {
        self.uid().starts_with(GUESSED)
    }

    /// A reference to it, bound to its UID if it has one.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        let object = ObjectRef::new(self.kind(), self.namespace(), self.name());
        match self.uid() {
            "" => object,
            uid => object.with_uid(uid),
        }
    }
}

/// The value at a JSON pointer: what [`Value::pointer`] gives, sooner.
pub(crate) fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.contains('~') {
        return value.pointer(pointer);
    }
    let Some(path) = pointer.strip_prefix('/') else {
        return pointer.is_empty().then_some(value);
    };
    path.split('/').try_fold(value, |value, name| match value {
        Value::Object(fields) if fields.len() <= FEW => {
            let mut fields = fields.iter();
            fields.find_map(|(key, value)| (key == name).then_some(value))
        }
        Value::Object(fields) => fields.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_leads_where_it_does_everywhere() {
        let many: serde_json::Map<_, _> = (0..40).map(|n| (format!("k{n}"), json!(n))).collect();
        let value = json!({
            "a": {"b": [1, {"c": "x"}]}, "": {"": 2}, "d/e": 3, "m~n": 4, "many": many, "null": null,
        });
        for pointer in [
            "",
            "/",
            "//",
            "/a",
            "/a/b",
            "/a/b/0",
            "/a/b/1/c",
            "/a/b/2",
            "/a/b/x",
            "/a/b/1/c/d",
            "/d~1e",
            "/m~0n",
            "/many/k39",
            "/many/k40",
            "/null",
            "/null/x",
            "a",
            "a/b",
        ] {
            assert_eq!(at(&value, pointer), value.pointer(pointer), "{pointer}");
        }
    }
}
