//! A whole object: what is at its top, and what depends on its kind.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::key::Key;
use super::place::{MAX_ANNOTATION, Place, Sort};
use super::values::{Values, ValuesSeed};
use super::{Part, exact};
use crate::Object;
use crate::certificate::{CERTIFICATE_HOSTS, Certificate, NOT_AFTER};
use crate::helm::{RELEASE, RELEASE_TYPE, Release};

/// The field of ours with the size of each value of a ConfigMap.
const SIZES: &str = "dataSizes";
/// The field of ours with the digest of a ConfigMap's values.
const DIGEST: &str = "dataDigest";
/// The type of Secrets that hold a certificate.
const TLS: &str = "kubernetes.io/tls";

/// Parses one object and makes it small.
#[derive(Debug, Clone, Copy)]
pub struct Slim<'a> {
    kind: &'a str,
    api_version: &'a str,
}

impl<'a> Slim<'a> {
    /// An object that tells its kind itself.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            kind: "",
            api_version: "",
        }
    }

    /// An item of a list of one kind: lists leave out what their items are. An object that tells its
    /// kind itself is believed.
    #[must_use]
    pub const fn of(kind: &'a str, api_version: &'a str) -> Self {
        Self { kind, api_version }
    }

    pub(super) const fn is_unknown(&self) -> bool {
        self.kind.is_empty()
    }

    /// The same object, or nothing where there is something else.
    pub(super) const fn or_nothing(self) -> Item<'a> {
        Item(self)
    }
}

impl<'de> DeserializeSeed<'de> for Slim<'_> {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object, D::Error> {
        self.or_nothing()
            .deserialize(deserializer)?
            .ok_or_else(|| D::Error::custom("this is no object"))
    }
}

/// Parses an object where there may be something else.
#[derive(Clone, Copy)]
pub(super) struct Item<'a>(Slim<'a>);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = Option<Object>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = Option<Object>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of Kubernetes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Top::new(self.0);
        while let Some(key) = map.next_key_seed(Key)? {
            if object.holds_values(&key) {
                let hold = object.sort != Sort::ConfigMap;
                let values = map.next_value_seed(ValuesSeed { hold })?;
                object.values.push((key.into_owned(), values));
                continue;
            }
            let Some(place) = Place::top(object.sort, &key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value_seed(Part::at(place))?;
            object.put(&key, value);
        }
        Ok(Some(object.done()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// An object while it is parsed.
struct Top<'a> {
    hint: Slim<'a>,
    sort: Sort,
    entries: Vec<(String, Value)>,
    values: Vec<(String, Values)>,
}

impl<'a> Top<'a> {
    fn new(hint: Slim<'a>) -> Self {
        Self {
            hint,
            sort: Sort::of(hint.kind),
            entries: Vec::with_capacity(8),
            values: Vec::new(),
        }
    }

    /// Whether a field holds the values of a ConfigMap or a Secret, as far as is known by now: `data`
    /// comes before `kind` where fields are sorted by name.
    fn holds_values(&self, key: &str) -> bool {
        matches!(self.sort, Sort::ConfigMap | Sort::Secret | Sort::Unknown)
            && matches!(key, "data" | "binaryData" | "stringData")
    }

    fn put(&mut self, key: &str, value: Value) {
        if key == "kind"
            && let Some(kind) = value.as_str()
            && !kind.is_empty()
        {
            self.sort = Sort::of(kind);
        }
        // Events of the old kind have the fields of the new one too, and leave them empty.
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => self.sort == Sort::Event && text.is_empty(),
            Value::Object(fields) => self.sort == Sort::Event && fields.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
        };
        if !empty {
            self.entries.push((key.to_owned(), value));
        }
    }

    fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(known, _)| known == key)
    }

    fn done(mut self) -> Object {
        for (key, hint) in [
            ("kind", self.hint.kind),
            ("apiVersion", self.hint.api_version),
        ] {
            if !hint.is_empty() && !self.has(key) {
                self.entries.insert(0, (key.to_owned(), hint.into()));
            }
        }
        self.add_values();
        Object::new(Value::Object(exact(self.entries)))
    }

    /// Puts the names of keys where the values were.
    fn add_values(&mut self) {
        let values = std::mem::take(&mut self.values);
        let configuration = self.sort == Sort::ConfigMap;
        if !configuration && self.sort != Sort::Secret {
            // What was held back turned out to be something else, which nothing reads.
            return;
        }
        let mut notes = Vec::new();
        if !configuration {
            for (_, values) in &values {
                notes.extend(self.told_by(values));
            }
        }
        let known = self.has(SIZES);
        let mut sizes = Map::new();
        let mut digest = 0_u64;
        for (field, values) in values {
            let mut names = Vec::with_capacity(values.keys.len());
            digest = digest.wrapping_add(values.digest);
            for (name, size) in values.keys {
                if configuration {
                    sizes.insert(name.clone(), size.into());
                }
                names.push((name, Value::String(String::new())));
            }
            self.entries.push((field, Value::Object(exact(names))));
        }
        if configuration && !known && !sizes.is_empty() {
            self.entries.push((SIZES.to_owned(), sizes.into()));
            let digest = json!(format!("{digest:016x}"));
            self.entries.push((DIGEST.to_owned(), digest));
        }
        self.annotate(notes);
    }

    /// What the values of a Secret say that somebody may know: when a certificate ends, and how a
    /// release went.
    fn told_by(&self, values: &Values) -> Vec<(&'static str, String)> {
        let is = |kind: &str| {
            let said = self.entries.iter().find(|(key, _)| key == "type");
            said.is_some_and(|(_, value)| value == kind)
        };
        let mut notes = Vec::new();
        if let Some(text) = &values.certificate
            && is(TLS)
            && let Some(certificate) = Certificate::of_secret(text)
        {
            let mut hosts = String::new();
            for host in certificate.hosts {
                if hosts.len() + host.len() >= MAX_ANNOTATION {
                    break;
                }
                if !hosts.is_empty() {
                    hosts.push(',');
                }
                hosts.push_str(&host);
            }
            notes.push((NOT_AFTER, certificate.not_after.to_string()));
            notes.push((CERTIFICATE_HOSTS, hosts));
        }
        if let Some(text) = &values.release
            && is(RELEASE_TYPE)
            && let Ok(release) = Release::decode(text)
            && let Some(release) = release.noted(MAX_ANNOTATION)
        {
            notes.push((RELEASE, release));
        }
        notes
    }

    fn annotate(&mut self, notes: Vec<(&'static str, String)>) {
        if notes.is_empty() {
            return;
        }
        if !self.has("metadata") {
            self.entries.push(("metadata".to_owned(), json!({})));
        }
        let metadata = self.entries.iter_mut().find(|(key, _)| key == "metadata");
        let Some((_, Value::Object(metadata))) = metadata else {
            return;
        };
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if let Value::Object(annotations) = annotations {
            for (name, value) in notes {
                annotations.insert(name.to_owned(), Value::String(value));
            }
        }
    }
}
