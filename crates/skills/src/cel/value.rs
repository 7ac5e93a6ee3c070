//! Values during an evaluation: cheap to copy, borrowed from the data where they can be.

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::eval::Fuel;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Val<'a> {
    /// Not seen.
    Unknown,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Rc<str>),
    /// A text of the data.
    Words(&'a str),
    List(Rc<Vec<Self>>),
    /// A list of the data.
    Items(&'a [Value]),
    Map(Rc<Vec<(String, Self)>>),
    /// A map of the data.
    Fields(&'a Map<String, Value>),
}

/// What a JSON value is called in a message.
pub(super) const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "unknown",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

impl<'a> Val<'a> {
    /// The value of some data.
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Unknown,
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Number(number) => number.as_i64().map_or_else(
                || Self::Double(number.as_f64().unwrap_or(f64::NAN)),
                Self::Int,
            ),
            Value::String(text) => Self::Words(text),
            Value::Array(items) => Self::Items(items),
            Value::Object(fields) => Self::Fields(fields),
        }
    }

    pub(super) fn text(words: impl Into<Rc<str>>) -> Self {
        Self::Text(words.into())
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Double(_) => "a double",
            Self::Text(_) | Self::Words(_) => "a text",
            Self::List(_) | Self::Items(_) => "a list",
            Self::Map(_) | Self::Fields(_) => "a map",
        }
    }

    pub(super) const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Words(text) => Some(text),
            Self::Unknown
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::List(_)
            | Self::Items(_)
            | Self::Map(_)
            | Self::Fields(_) => None,
        }
    }

    /// How many elements it has, if it is a list or a map.
    pub(super) fn elements(&self) -> Option<usize> {
        match self {
            Self::List(items) => Some(items.len()),
            Self::Items(items) => Some(items.len()),
            Self::Map(fields) => Some(fields.len()),
            Self::Fields(fields) => Some(fields.len()),
            Self::Unknown
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::Words(_) => None,
        }
    }

    /// The element at a place of a list.
    pub(super) fn nth(&self, place: usize) -> Option<Self> {
        match self {
            Self::List(items) => items.get(place).cloned(),
            Self::Items(items) => items.get(place).map(Self::of),
            Self::Unknown
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::Words(_)
            | Self::Map(_)
            | Self::Fields(_) => None,
        }
    }

    /// What a list's elements, or a map's keys, are.
    pub(super) fn walk(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.as_ref().clone()),
            Self::Items(items) => Some(items.iter().map(Self::of).collect()),
            Self::Map(fields) => Some(
                fields
                    .iter()
                    .map(|(key, _)| Self::text(key.as_str()))
                    .collect(),
            ),
            Self::Fields(fields) => Some(fields.keys().map(|key| Self::Words(key)).collect()),
            Self::Unknown
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::Words(_) => None,
        }
    }

    /// A field of a map; a field that is not there is unknown. `None` if this is no map.
    pub(super) fn field(&self, name: &str) -> Option<Self> {
        match self {
            Self::Map(fields) => Some(
                fields
                    .iter()
                    .find(|(key, _)| key == name)
                    .map_or(Self::Unknown, |(_, value)| value.clone()),
            ),
            Self::Fields(fields) => Some(fields.get(name).map_or(Self::Unknown, Self::of)),
            Self::Unknown
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::Words(_)
            | Self::List(_)
            | Self::Items(_) => None,
        }
    }

    /// Whether two values are the same; `None` if an unknown part keeps that open.
    pub(super) fn same(&self, other: &Self, fuel: &Fuel) -> Result<Option<bool>, String> {
        fuel.pay(1)?;
        if self.is_unknown() || other.is_unknown() {
            return Ok(None);
        }
        if let (Some(left), Some(right)) = (self.as_text(), other.as_text()) {
            fuel.pay_bytes(left.len())?;
            return Ok(Some(left == right));
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "CEL compares numbers of different types by value"
        )]
        let numbers = match (self, other) {
            (Self::Int(left), Self::Int(right)) => return Ok(Some(left == right)),
            (Self::Bool(left), Self::Bool(right)) => return Ok(Some(left == right)),
            (Self::Int(left), Self::Double(right)) => Some((*left as f64, *right)),
            (Self::Double(left), Self::Int(right)) => Some((*left, *right as f64)),
            (Self::Double(left), Self::Double(right)) => Some((*left, *right)),
            _ => None,
        };
        if let Some((left, right)) = numbers {
            return Ok(Some(
                left.partial_cmp(&right) == Some(std::cmp::Ordering::Equal),
            ));
        }
        let maps = self.field("").is_some() && other.field("").is_some();
        let (Some(left), Some(right)) = (self.walk(), other.walk()) else {
            return Ok(Some(false));
        };
        if left.len() != right.len()
            || maps != self.field("").is_some()
            || maps != other.field("").is_some()
        {
            return Ok(Some(false));
        }
        let mut open = false;
        for (place, (mine, theirs)) in left.iter().zip(&right).enumerate() {
            let (mine, theirs) = if maps {
                let Some(key) = mine.as_text() else { continue };
                (self.field(key), other.field(key))
            } else {
                let _ = theirs;
                (self.nth(place), other.nth(place))
            };
            match mine
                .unwrap_or(Self::Unknown)
                .same(&theirs.unwrap_or(Self::Unknown), fuel)?
            {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => open = true,
            }
        }
        Ok((!open).then_some(true))
    }

    /// As JSON. Parts that are shared are copied, so this costs as much as the copy is long.
    pub(super) fn to_json(&self, fuel: &Fuel) -> Result<Value, String> {
        fuel.pay(1)?;
        Ok(match self {
            Self::Unknown => Value::Null,
            Self::Bool(yes) => Value::Bool(*yes),
            Self::Int(number) => Value::Number((*number).into()),
            Self::Double(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Self::Text(text) => {
                fuel.pay_bytes(text.len())?;
                Value::String(text.to_string())
            }
            Self::Words(text) => {
                fuel.pay_bytes(text.len())?;
                Value::String((*text).to_owned())
            }
            Self::List(_) | Self::Items(_) => Value::Array(
                self.walk()
                    .unwrap_or_default()
                    .iter()
                    .map(|item| item.to_json(fuel))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Map(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.to_json(fuel)?)))
                    .collect::<Result<_, String>>()?,
            ),
            Self::Fields(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), Self::of(value).to_json(fuel)?)))
                    .collect::<Result<_, String>>()?,
            ),
        })
    }
}
