//! How a manifest writes what could not be seen: what Kintsugi said of it in both languages, and what
//! is a name or somebody else's words once.
//!
//! Records of the first format hold one text for each, whoever said it.

use std::fmt;

use model::Text;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::BlindSpot;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spot {
    what: Words,
    why: Words,
}

/// Words in a manifest: `"events"`, or `{"en": "logs", "zh": "日志"}`.
struct Words(Text);

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_same() {
            to.serialize_str(&self.0.en)
        } else {
            self.0.serialize(to)
        }
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or one in both languages")
            }

            fn visit_str<E: Error>(self, words: &str) -> Result<Words, E> {
                Ok(Words(Text::same(words)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Words, A::Error> {
                Text::deserialize(MapAccessDeserializer::new(map)).map(Words)
            }
        }
        from.deserialize_any(Either)
    }
}

pub(super) fn serialize<S: Serializer>(spots: &[BlindSpot], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(spots.iter().map(|spot| Spot {
        what: Words(spot.what.clone()),
        why: Words(spot.why.clone()),
    }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<BlindSpot>, D::Error> {
    let spots = Vec::<Spot>::deserialize(from)?;
    let read = |spot: Spot| BlindSpot::new(spot.what.0, &spot.why.0);
    Ok(spots.into_iter().map(read).collect())
}
