//! A Kubernetes object as the API server speaks it.

use model::{ObjectRef, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Json;

/// Where `kubectl apply` keeps a copy of the whole manifest, environment and values of Secrets and all.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// How the uid begins that is made up for an object that nobody has shown whole.
pub const GUESSED: &str = "guessed:";
/// The annotation of an object of which labels are known that it, or the pods of its template, must
/// have, while others may not have been shown.
pub const SOME_LABELS: &str = "kintsugi.dev/some-labels";

/// A Kubernetes object: its JSON as the API server gives it, `kind` and `apiVersion` included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Object(Json);

impl Object {
    /// Wraps the JSON of one object.
    #[must_use]
    pub fn new(json: impl Into<Json>) -> Self {
        Self(json.into())
    }

    /// Its JSON.
    #[must_use]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// Its JSON, to be put into something larger.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }

    /// Changes it. This costs a copy of the whole object: objects are held to be read.
    pub fn edit<T>(&mut self, work: impl FnOnce(&mut Value) -> T) -> T {
        let mut value = self.0.to_value();
        let result = work(&mut value);
        self.0 = value.into();
        result
    }

    /// The same without what looks like a secret.
    #[must_use]
    pub fn redacted(&self) -> Self {
        Self(crate::redacted(&self.0))
    }

    /// Puts a value at a path of fields, which are made where there are none.
    pub fn set(&mut self, path: &[&str], new: impl Into<Json>) {
        self.0 = self.0.with(path, new.into());
    }

    /// The value at a JSON pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Json> {
        self.0.pointer(pointer)
    }

    /// The text at a JSON pointer; empty if there is none.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.at(pointer).and_then(Json::as_str).unwrap_or_default()
    }

    /// The whole number at a JSON pointer.
    #[must_use]
    pub fn int(&self, pointer: &str) -> Option<i64> {
        self.at(pointer).and_then(Json::as_i64)
    }

    /// The list at a JSON pointer; empty if there is none.
    #[must_use]
    pub fn list(&self, pointer: &str) -> &[Json] {
        self.at(pointer).and_then(Json::as_array).unwrap_or(&[])
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
            .find(|owner| owner.get("controller").and_then(Json::as_bool) == Some(true))?
            .get("uid")?
            .as_str()
    }

    /// Whether only a row of a table or another's words tell of it, so that its uid is made up.
    #[must_use]
    pub fn is_guessed(&self) -> bool {
        self.uid().starts_with(GUESSED)
    }

    /// Whether labels at a pointer, its own or those of its pod template, may be more than were seen.
    #[must_use]
    pub fn may_have_more_labels(&self, at: &str) -> bool {
        self.is_guessed() && (self.at(at).is_none() || self.annotation(SOME_LABELS).is_some())
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
