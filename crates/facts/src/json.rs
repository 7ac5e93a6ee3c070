//! JSON as objects hold it: dense, shared where it is the same, and never changed.
//!
//! A cluster says the same things thousands of times: the pods of a workload have one template, their
//! owners have it too, and every object has the same names of fields. Texts, lists and maps are
//! counted references here, so that what is equal is held once (see [`Pool`]) and a copy costs
//! nothing. What is put together for others to read is [`serde_json::Value`]; both become each other.

pub mod bytes;
mod convert;
pub(crate) mod cursor;
mod pool;
mod spell;

use std::collections::BTreeSet;
use std::ops::Index;
use std::sync::Arc;

use serde_json::{Number, Value};

pub use pool::Pool;
pub(crate) use pool::{mix, of_text};

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

/// The fields of an object of JSON.
#[derive(Clone, Default)]
pub struct Fields(Arc<[Field]>);

/// Maps of at most so many fields are as they were written, and are gone through one by one; the fields
/// of others stand in the order of their names.
const FEW: usize = 32;

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
        let mut rest = pointer.strip_prefix('/')?;
        let mut value = self;
        // The names on the way are short: what is made for long texts takes longer to begin.
        loop {
            let end = rest.bytes().position(|byte| byte == b'/');
            let name = rest.get(..end.unwrap_or(rest.len()))?;
            value = match value {
                Self::Fields(fields) if name.bytes().any(|byte| byte == b'~') => {
                    fields.get(&name.replace("~1", "/").replace("~0", "~"))
                }
                Self::Fields(fields) => fields.get(name),
                Self::List(items) => items.get(index(name)?),
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => None,
            }?;
            match end {
                Some(end) => rest = rest.get(end + 1..)?,
                None => return Some(value),
            }
        }
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
        let field = if self.0.len() > FEW {
            let place = self
                .0
                .binary_search_by(|(known, _)| known.as_ref().cmp(name));
            place.ok().and_then(|place| self.0.get(place))
        } else {
            self.0.iter().find(|(known, _)| known.as_ref() == name)
        };
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
        fields.into_iter().collect()
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

/// Makes a map of fields as they were written: of one that is written twice the last is believed, and
/// where there are many they are put in order, so that each is found soon.
pub(crate) fn settle(fields: &mut Vec<Field>) {
    if fields.len() > FEW {
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        fields.dedup_by(|later, earlier| {
            let twice = later.0 == earlier.0;
            if twice {
                std::mem::swap(later, earlier);
            }
            twice
        });
        return;
    }
    let mut names = fields.iter().map(|(name, _)| name);
    let twice = std::iter::from_fn(|| {
        let name = names.next()?;
        Some(names.clone().any(|later| later == name))
    });
    if twice.into_iter().any(|twice| twice) {
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

#[cfg(test)]
mod tests;
