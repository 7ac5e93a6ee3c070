//! How words are written down that may be somebody else's: those once, as `"events"`, and what was
//! said in two languages in both, as `{"en": "logs", "zh": "日志"}`. One text alone is read as
//! somebody else's words, and so is what was written when there was but one language.
//!
//! For fields: `#[serde(with = "model::said")]`. What the words say is not told here.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Text;

/// Words that are written down so, where a field holds more than a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said(pub Text);

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, to)
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        deserialize(from).map(Self)
    }
}

/// Writes words down.
///
/// # Errors
/// When they cannot be written.
pub fn serialize<S: Serializer>(words: &Text, to: S) -> Result<S::Ok, S::Error> {
    if words.is_same() {
        to.serialize_str(&words.en)
    } else {
        words.serialize(to)
    }
}

/// Reads words.
///
/// # Errors
/// When they are neither a text nor one in both languages.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    struct Either;
    impl<'de> Visitor<'de> for Either {
        type Value = Text;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text, or one in both languages")
        }

        fn visit_str<E: Error>(self, words: &str) -> Result<Text, E> {
            Ok(Text::same(words))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
            Text::deserialize(MapAccessDeserializer::new(map))
        }
    }
    from.deserialize_any(Either)
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn words_of_others_are_written_once_and_ours_in_both_languages() {
        for (words, written) in [
            (Text::same("not found"), json!("not found")),
            (
                Text::new("logs", "日志"),
                json!({"en": "logs", "zh": "日志"}),
            ),
        ] {
            let said = Said(words);
            assert_eq!(to_value(&said).unwrap(), written);
            assert_eq!(from_value::<Said>(written).unwrap(), said);
        }
        for wrong in [
            json!(1),
            json!({"en": "logs"}),
            json!({"en": "", "zh": "", "fr": ""}),
        ] {
            assert!(from_value::<Said>(wrong).is_err());
        }
    }
}
