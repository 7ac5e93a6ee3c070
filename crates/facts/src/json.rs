//! JSON as objects hold it: dense, shared where it is the same, and never changed.
//!
//! A cluster says the same things thousands of times: the pods of a workload have one template, their
//! owners have it too, and every object has the same names of fields. Texts, lists and maps are
//! counted references here, so that what is equal is held once (see [`Pool`]) and a copy costs
//! nothing. What is put together for others to read is [`serde_json::Value`]; both become each other.

mod pool;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

pub use pool::Pool;

/// A value of JSON.
#[derive(Clone, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(Arc<[Json]>),
    /// An object of JSON.
    Fields(Fields),
}

/// A field: its name and its value.
pub(crate) type Field = (Arc<str>, Json);

/// The fields of an object of JSON, in the order in which they were written.
#[derive(Clone, Default)]
pub struct Fields(Arc<[Field]>);

/// Maps of at most so many fields are gone through one by one.
const FEW: usize = 16;

static NULL: Json = Json::Null;

impl Json {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Fields(fields) => fields.get(name),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The value at a JSON pointer.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let path = pointer.strip_prefix('/')?;
        path.split('/').try_fold(self, |value, name| match value {
            Self::Fields(fields) if name.contains('~') => {
                fields.get(&name.replace("~1", "/").replace("~0", "~"))
            }
            Self::Fields(fields) => fields.get(name),
            Self::List(items) => items.get(index(name)?),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => None,
        })
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Fields(_) => None,
        }
    }

    /// Whether it is true, if it is a truth.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            Self::Null | Self::Number(_) | Self::Text(_) | Self::List(_) | Self::Fields(_) => None,
        }
    }

    const fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::List(_) | Self::Fields(_) => None,
        }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The whole number, if it is one and not below zero.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number().and_then(Number::as_u64)
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().and_then(Number::as_f64)
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Fields(_) => None,
        }
    }

    /// The fields, if it has any or could have.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Fields> {
        match self {
            Self::Fields(fields) => Some(fields),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is a text.
    #[must_use]
    pub const fn is_string(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Whether it is a list.
    #[must_use]
    pub const fn is_array(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Whether it is an object of JSON.
    #[must_use]
    pub const fn is_object(&self) -> bool {
        matches!(self, Self::Fields(_))
    }

    /// The same, to be changed or put into something larger.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.as_ref().to_owned()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Fields(fields) => fields
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_value()))
                .collect(),
        }
    }

    /// The same with another value at a path of fields, which are made where there are none.
    #[must_use]
    pub fn with(&self, path: &[&str], new: Self) -> Self {
        let Some((first, rest)) = path.split_first() else {
            return new;
        };
        let below = self.get(first).unwrap_or(&NULL).with(rest, new);
        match self {
            Self::Fields(fields) => Self::Fields(fields.with(first, below)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => {
                Self::Fields(Fields::default().with(first, below))
            }
        }
    }

    /// Whether it is the very same, held once; what is equal may still be held twice.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => Arc::ptr_eq(one, other),
            (Self::List(one), Self::List(other)) => Arc::ptr_eq(one, other),
            (Self::Fields(one), Self::Fields(other)) => Arc::ptr_eq(&one.0, &other.0),
            (
                Self::Null
                | Self::Bool(_)
                | Self::Number(_)
                | Self::Text(_)
                | Self::List(_)
                | Self::Fields(_),
                _,
            ) => false,
        }
    }
}

/// The number of an item as a JSON pointer writes it: no sign, and no zeros before it.
fn index(name: &str) -> Option<usize> {
    if name.starts_with('+') || (name.starts_with('0') && name.len() > 1) {
        return None;
    }
    name.parse().ok()
}

impl Fields {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        let field = self.0.iter().find(|(known, _)| known.as_ref() == name);
        field.map(|(_, value)| value)
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values.
    pub fn iter(&self) -> FieldsIter<'_> {
        self.into_iter()
    }

    /// The names.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &Json> {
        self.iter().map(|(_, value)| value)
    }

    /// The same with one field more, or with another value of it.
    #[must_use]
    pub fn with(&self, name: &str, value: Json) -> Self {
        let mut fields = self.0.to_vec();
        match fields.iter_mut().find(|(known, _)| known.as_ref() == name) {
            Some((_, known)) => *known = value,
            None => fields.push((name.into(), value)),
        }
        Self(fields.into())
    }

    /// The same without one field.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        if !self.contains_key(name) {
            return self.clone();
        }
        let rest = self.0.iter().filter(|(known, _)| known.as_ref() != name);
        Self(rest.cloned().collect())
    }

    fn sorted(&self) -> Vec<(&str, &Json)> {
        let mut sorted: Vec<_> = self.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        sorted
    }

    pub(crate) fn fields(&self) -> &[Field] {
        &self.0
    }
}

/// Of a field that is written twice the last is believed.
pub(crate) fn last_of_each(fields: &mut Vec<Field>) {
    let twice = if fields.len() <= FEW {
        let mut names = fields.iter().map(|(name, _)| name);
        std::iter::from_fn(|| {
            names
                .next()
                .map(|name| names.clone().any(|next| next == name))
        })
        .any(|twice| twice)
    } else {
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair.first() == pair.last())
    };
    if twice {
        let mut seen = BTreeSet::new();
        fields.reverse();
        fields.retain(|(name, _)| seen.insert(name.clone()));
        fields.reverse();
    }
}

fn entry(field: &Field) -> (&str, &Json) {
    (&field.0, &field.1)
}

/// Goes through names and values.
pub type FieldsIter<'a> = std::iter::Map<std::slice::Iter<'a, Field>, fn(&Field) -> (&str, &Json)>;

impl<'a> IntoIterator for &'a Fields {
    type Item = (&'a str, &'a Json);
    type IntoIter = FieldsIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(entry)
    }
}

impl Index<&str> for Json {
    type Output = Self;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&NULL)
    }
}

impl Index<usize> for Json {
    type Output = Self;

    fn index(&self, number: usize) -> &Self {
        self.as_array()
            .and_then(|items| items.get(number))
            .unwrap_or(&NULL)
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        if self.is(other) {
            return true;
        }
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Fields(one), Self::Fields(other)) => one == other,
            (
                Self::Null
                | Self::Bool(_)
                | Self::Number(_)
                | Self::Text(_)
                | Self::List(_)
                | Self::Fields(_),
                _,
            ) => false,
        }
    }
}

impl Eq for Json {}

impl PartialEq for Fields {
    /// In whatever order they were written.
    fn eq(&self, other: &Self) -> bool {
        if Arc::ptr_eq(&self.0, &other.0) {
            return true;
        }
        if self.len() != other.len() {
            return false;
        }
        let in_order = std::iter::zip(self.iter(), other.iter());
        if in_order.clone().all(|((one, _), (other, _))| one == other) {
            return in_order
                .map(|((_, one), (_, other))| (one, other))
                .all(|(one, other)| one == other);
        }
        self.sorted() == other.sorted()
    }
}

impl Eq for Fields {}

impl PartialEq<str> for Json {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Json {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl PartialEq<bool> for Json {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

impl PartialEq<i64> for Json {
    fn eq(&self, other: &i64) -> bool {
        self.as_i64() == Some(*other)
    }
}

impl PartialEq<Value> for Json {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(one), Value::Bool(other)) => one == other,
            (Self::Number(one), Value::Number(other)) => one == other,
            (Self::Text(one), Value::String(other)) => one.as_ref() == other,
            (Self::List(one), Value::Array(other)) => one.as_ref() == other.as_slice(),
            (Self::Fields(one), Value::Object(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .all(|(name, value)| other.get(name).is_some_and(|other| value == other))
            }
            (
                Self::Null
                | Self::Bool(_)
                | Self::Number(_)
                | Self::Text(_)
                | Self::List(_)
                | Self::Fields(_),
                _,
            ) => false,
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Vec<Self>> for Json {
    fn from(items: Vec<Self>) -> Self {
        Self::List(items.into())
    }
}

impl From<Fields> for Json {
    fn from(fields: Fields) -> Self {
        Self::Fields(fields)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => text.into(),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Fields(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.into(), value.into()))
                    .collect(),
            ),
        }
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        value.clone().into()
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        json.to_value()
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_value(), f)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// As JSON, on one line.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Fields(fields) => fields.serialize(serializer),
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole)
    }
}

/// Reads a value as it is.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields: Vec<Field> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            fields.push((name.into(), value));
        }
        last_of_each(&mut fields);
        Ok(Json::Fields(Fields(fields.into())))
    }
}

#[cfg(test)]
mod tests;
