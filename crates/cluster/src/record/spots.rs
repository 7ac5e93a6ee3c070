//! How a manifest writes what could not be seen: what Kintsugi said of it in both languages, and what
//! is a name or somebody else's words once.
//!
//! Records of the first format hold one text for each, whoever said it.

use model::Text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::BlindSpot;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spot {
    what: Words,
    why: Words,
}

/// Words in a manifest: `"events"`, or `{"en": "logs", "zh": "日志"}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Words {
    Once(String),
    Both(Text),
}

impl From<&Text> for Words {
    fn from(text: &Text) -> Self {
        if text.is_same() {
            Self::Once(text.en.clone())
        } else {
            Self::Both(text.clone())
        }
    }
}

impl From<Words> for Text {
    fn from(words: Words) -> Self {
        match words {
            Words::Once(words) => Self::same(words),
            Words::Both(text) => text,
        }
    }
}

pub(super) fn serialize<S: Serializer>(spots: &[BlindSpot], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(spots.iter().map(|spot| Spot {
        what: Words::from(&spot.what),
        why: Words::from(&spot.why),
    }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<BlindSpot>, D::Error> {
    let spots = Vec::<Spot>::deserialize(from)?;
    let read = |spot: Spot| BlindSpot::new(spot.what.into(), &spot.why.into());
    Ok(spots.into_iter().map(read).collect())
}
