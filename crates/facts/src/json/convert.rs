//! What becomes JSON of an object, and what it becomes.

use serde_json::Value;

use super::{Field, Fields, Json, settle};

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
        Self::from(&value)
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => text.as_str().into(),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Fields(
                fields
                    .iter()
                    .map(|(name, value)| (name.as_str().into(), value.into()))
                    .collect(),
            ),
        }
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        json.to_value()
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut fields: Vec<Field> = fields.into_iter().collect();
        settle(&mut fields);
        Self(fields.into())
    }
}
