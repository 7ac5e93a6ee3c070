//! Makes objects small while they are parsed, so that what is dropped is never held in memory.
//!
//! A scan holds a whole cluster. Most of what the API server sends of an object is of no use for a
//! diagnosis: who wrote which field, copies of the manifest, values of ConfigMaps, fields that stand
//! at their defaults. The same rules make objects of a live cluster and of a dump small, and making
//! them small again changes nothing.
//!
//! - Of `metadata.managedFields` only who wrote how and when stays, and that only for people and their
//!   tools; of ConfigMaps and Secrets also whether they wrote values. The last-applied annotation
//!   stays with an empty value, since whose it is matters and what is in it does not; other
//!   annotations are cut at 1 KiB.
//! - ConfigMaps and Secrets keep the names of their keys, each with an empty value. `dataSizes` (a
//!   field of ours beside `data`) has the number of bytes of each value, and for ConfigMaps
//!   `dataDigest` is a digest of all of it. Of a Secret of the type
//!   `kubernetes.io/tls` the end and the hosts of its certificate become annotations of ours, and of
//!   one that holds a Helm release what Helm says of it; no value stays.
//! - Pods lose what stands at its default and what the kubelet tells twice; of a pod that is ready, the
//!   conditions that have to be true for that are left out. Nodes lose their list of images; Events
//!   lose what no diagnosis reads.
//! - In a big cluster those pods that are well keep only what others ask of them (see [`forget_well_pods`]).
//! - Pod templates are left exactly as they are: revisions are compared by them, and put back.

mod key;
mod list;
mod place;
mod root;
mod trim;
mod values;
mod well;

pub use list::{Page, PageSeed};
pub use root::Slim;
pub use trim::{forget_old_templates, forget_routine_events, is_routine};
pub use well::{forget_if_well, forget_well_pods};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, de};
use serde_json::{Number, Value};

use crate::json::settle;
use crate::{Json, Object, Pool};
use key::Key;
use place::Place;

/// How deep an object may be nested: as deep as `serde_json` reads.
const MAX_DEPTH: u8 = 127;

/// Makes an object small that is parsed already.
///
/// # Errors
/// When it is no object, or nested too deeply.
pub fn slim(value: Value) -> Result<Object, serde_json::Error> {
    Slim::unknown(&Pool::default()).deserialize(value)
}

/// A value somewhere in an object.
#[derive(Clone, Copy)]
struct Part<'a> {
    place: Place,
    depth: u8,
    pool: &'a Pool,
}

impl<'a> Part<'a> {
    const fn at(place: Place, pool: &'a Pool) -> Self {
        Self {
            place,
            depth: 0,
            pool,
        }
    }

    fn below<E: de::Error>(self, place: Place) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Self {
            place,
            depth: self.depth.saturating_add(1),
            pool: self.pool,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        let kept = cut(value, self.place.longest_text());
        Ok(Json::Text(self.pool.text(kept)))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let element = self.below(self.place.element())?;
        let mut items = self.pool.room_for_items();
        while let Some(item) = seq.next_element_seed(element)? {
            if self.place.keeps_element(&item) {
                items.push(item);
            }
        }
        self.place.settle(&mut items);
        Ok(self.pool.list(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = self.pool.room_for_fields();
        while let Some(key) = map.next_key_seed(Key)? {
            if self.place == Place::Annotations && key == crate::LAST_APPLIED {
                map.next_value::<IgnoredAny>()?;
                fields.push((self.pool.text(&key), Json::Text(self.pool.text(""))));
                continue;
            }
            let Some(child) = self.place.child(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value_seed(self.below::<A::Error>(child)?)?;
            if self.place.keeps(&key, &value) {
                fields.push((self.pool.text(&key), value));
            }
        }
        settle(&mut fields);
        Ok(self.pool.fields(fields))
    }
}

/// A text's beginning of at most so many bytes.
fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most)
        .rev()
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
