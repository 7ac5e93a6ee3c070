//! A whole object: what is at its top, and what depends on its kind.

use std::borrow::Cow;
use std::sync::Arc;

use super::place::{MAX_ANNOTATION, Place, Sort};
use super::values::{self, Values};
use super::{Hint, Part, Reader};
use crate::certificate::{CERTIFICATE_HOSTS, Certificate, NOT_AFTER};
use crate::helm::{RELEASE, RELEASE_TYPE, Release};
use crate::json::cursor::{Broken, Cursor};
use crate::json::{Field, of_text, settle};
use crate::{Fields, Json, Object, Pool};

/// The field of ours with the size of each value of a ConfigMap.
const SIZES: &str = "dataSizes";
/// The field of ours with the digest of a ConfigMap's values.
const DIGEST: &str = "dataDigest";
/// The type of Secrets that hold a certificate.
const TLS: &str = "kubernetes.io/tls";

impl<'t> Reader<'_, 't> {
    /// Reads one object; nothing where there is something else.
    pub(super) fn item(
        &mut self,
        json: &mut Cursor<'t>,
        hint: Hint<'_>,
    ) -> Result<Option<Object>, Broken> {
        if json.next()? != b'{' {
            return json.skip().map(|()| None);
        }
        let mut object = Top::new(hint, self.pool);
        // What may be values is not looked at before the object has said itself what it is: whoever
        // says it for the object may be wrong, as the name of a file is.
        let mut held: Vec<(Cow<'t, str>, usize)> = Vec::new();
        json.fields(|json, name| {
            if !object.told && is_of_values(&name) {
                held.push((name, json.at()));
                return json.skip();
            }
            self.field(json, &name, &mut object)
        })?;
        let end = json.at();
        for (name, start) in held {
            json.go(start);
            self.field(json, &name, &mut object)?;
        }
        json.go(end);
        Ok(Some(object.done()))
    }

    fn field(
        &mut self,
        json: &mut Cursor<'t>,
        name: &str,
        object: &mut Top<'_>,
    ) -> Result<(), Broken> {
        if object.holds_values(name) {
            let hold = object.sort != Sort::ConfigMap;
            let values = values::read(json, hold)?;
            object.values.push((name.to_owned(), values));
            return Ok(());
        }
        let Some(place) = Place::top(object.sort, name) else {
            return json.skip();
        };
        let value = self.part(json, Part::at(place, of_text(name)))?;
        object.put(name, value);
        Ok(())
    }
}

/// Whether a field may hold the values of a ConfigMap or a Secret.
fn is_of_values(name: &str) -> bool {
    matches!(name, "data" | "binaryData" | "stringData")
}

/// An object while it is parsed.
struct Top<'a> {
    hint: Hint<'a>,
    pool: &'a Pool,
    sort: Sort,
    /// It has said itself what it is.
    told: bool,
    fields: Vec<Field>,
    values: Vec<(String, Values)>,
}

impl<'a> Top<'a> {
    fn new(hint: Hint<'a>, pool: &'a Pool) -> Self {
        Self {
            hint,
            pool,
            sort: Sort::of(hint.kind),
            told: false,
            fields: pool.room_for_fields(),
            values: Vec::new(),
        }
    }

    /// Whether a field holds the values of a ConfigMap or a Secret. What does not say what it is may
    /// be one.
    fn holds_values(&self, name: &str) -> bool {
        matches!(self.sort, Sort::ConfigMap | Sort::Secret | Sort::Unknown) && is_of_values(name)
    }

    fn put(&mut self, key: &str, value: Json) {
        if key == "kind"
            && let Some(kind) = value.as_str()
            && !kind.is_empty()
        {
            self.sort = Sort::of(kind);
            self.told = true;
        }
        // Events of the old kind have the fields of the new one too, and leave them empty.
        let empty = match &value {
            Json::Null => true,
            Json::Text(text) => self.sort == Sort::Event && text.is_empty(),
            Json::Fields(fields) => self.sort == Sort::Event && fields.is_empty(),
            Json::Bool(_) | Json::Number(_) | Json::List(_) => false,
        };
        if !empty {
            self.fields.push((self.text(key), value));
        }
    }

    fn text(&self, text: &str) -> Arc<str> {
        self.pool.text(text)
    }

    fn has(&self, key: &str) -> bool {
        self.fields.iter().any(|(known, _)| known.as_ref() == key)
    }

    fn done(mut self) -> Object {
        for (key, hint) in [
            ("kind", self.hint.kind),
            ("apiVersion", self.hint.api_version),
        ] {
            if !hint.is_empty() && !self.has(key) {
                self.fields
                    .insert(0, (self.text(key), Json::Text(self.text(hint))));
            }
        }
        self.add_values();
        settle(&mut self.fields);
        Object::new(self.pool.fields(self.fields))
    }

    /// Puts the names of keys where the values were.
    fn add_values(&mut self) {
        let values = std::mem::take(&mut self.values);
        let configuration = self.sort == Sort::ConfigMap;
        if !configuration && self.sort != Sort::Secret {
            // Nobody said what it is.
            return;
        }
        let mut notes = Vec::new();
        if !configuration {
            for (_, values) in &values {
                notes.extend(self.told_by(values));
            }
        }
        let known = self.has(SIZES);
        let mut sizes = self.pool.room_for_fields();
        let mut digest = 0_u64;
        for (field, values) in values {
            let mut names = self.pool.room_for_fields();
            digest = digest.wrapping_add(values.digest);
            for (name, size) in values.keys {
                let name = self.text(&name);
                if configuration {
                    sizes.push((name.clone(), Json::Number(size.into())));
                }
                names.push((name, Json::Text(self.text(""))));
            }
            settle(&mut names);
            self.fields
                .push((self.text(&field), self.pool.fields(names)));
        }
        if configuration && !known && !sizes.is_empty() {
            settle(&mut sizes);
            self.fields
                .push((self.text(SIZES), self.pool.fields(sizes)));
            let digest = format!("{digest:016x}");
            self.fields.push((self.text(DIGEST), digest.into()));
        }
        self.annotate(notes);
    }

    /// What the values of a Secret say that somebody may know: when a certificate ends, and how a
    /// release went.
    fn told_by(&self, values: &Values) -> Vec<(&'static str, String)> {
        let is = |kind: &str| {
            let said = self.fields.iter().find(|(key, _)| key.as_ref() == "type");
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
            let metadata = Json::Fields(Fields::default());
            self.fields.push((self.text("metadata"), metadata));
        }
        let metadata = self
            .fields
            .iter_mut()
            .find(|(key, _)| key.as_ref() == "metadata");
        let Some((_, Json::Fields(metadata))) = metadata else {
            return;
        };
        let annotations = match metadata.get("annotations") {
            None => Fields::default(),
            Some(Json::Fields(annotations)) => annotations.clone(),
            Some(_) => return,
        };
        let annotations = notes
            .into_iter()
            .fold(annotations, |annotations, (name, value)| {
                annotations.with(name, value.into())
            });
        *metadata = metadata.with("annotations", annotations.into());
    }
}
