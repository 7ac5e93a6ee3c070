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

mod list;
mod place;
mod recent;
mod root;
mod trim;
mod values;
mod well;

pub use list::Page;
pub use trim::{forget_old_templates, forget_routine_events, is_routine};
pub use well::{forget_if_well, forget_well_pods};

use serde_json::Value;

use crate::json::cursor::{Broken, Cursor, explain};
use crate::json::{mix, of_text, settle};
use crate::{Json, Object, Pool};
use place::Place;
use recent::Recent;

/// How deep an object may be nested: as deep as `serde_json` reads.
const MAX_DEPTH: u8 = 127;

/// What a list says of its items, which may leave out what they are; one that tells it itself is
/// believed. Nothing is said by empty texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hint<'a> {
    /// Their kind.
    pub kind: &'a str,
    /// Their `apiVersion`.
    pub api_version: &'a str,
}

impl<'a> Hint<'a> {
    /// Objects of one kind.
    #[must_use]
    pub const fn of(kind: &'a str, api_version: &'a str) -> Self {
        Self { kind, api_version }
    }
}

/// Reads objects out of texts that live as long as `'t`, and makes them small while it does.
pub struct Reader<'p, 't> {
    pool: &'p Pool,
    recent: Recent<'t>,
}

impl std::fmt::Debug for Reader<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl<'p, 't> Reader<'p, 't> {
    /// For many objects, of which one is much like the other.
    #[must_use]
    pub fn of_many(pool: &'p Pool) -> Self {
        Self {
            pool,
            recent: Recent::many(),
        }
    }

    /// For a single object.
    #[must_use]
    pub fn of_one(pool: &'p Pool) -> Self {
        Self {
            pool,
            recent: Recent::default(),
        }
    }

    /// Reads one object, with nothing after it.
    ///
    /// # Errors
    /// When it is no JSON, something else than an object, or nested too deeply.
    pub fn object(&mut self, text: &'t str, hint: Hint<'_>) -> Result<Object, serde_json::Error> {
        let mut json = Cursor::new(text);
        let object = self.item(&mut json, hint).and_then(|object| {
            json.end()?;
            object.ok_or(Broken::Shape("this is no object"))
        });
        object.map_err(|broken| explain(text, broken))
    }

    /// The value of a part of an object.
    fn part(&mut self, json: &mut Cursor<'t>, part: Part) -> Result<Json, Broken> {
        Ok(match json.next()? {
            b'{' | b'[' => {
                if let Some((length, known)) = self.recent.known(part, json.rest()) {
                    json.step(length);
                    return Ok(known);
                }
                let start = json.at();
                let value = if json.rest().starts_with('{') {
                    self.map(json, part)?
                } else {
                    self.list(json, part)?
                };
                self.recent.remember(part, json.since(start), &value);
                value
            }
            b'"' => {
                let text = json.string()?;
                Json::Text(self.pool.text(cut(&text, part.place.longest_text())))
            }
            b't' => json.word("true").map(|()| Json::Bool(true))?,
            b'f' => json.word("false").map(|()| Json::Bool(false))?,
            b'n' => json.word("null").map(|()| Json::Null)?,
            _ => Json::Number(json.number()?),
        })
    }

    fn map(&mut self, json: &mut Cursor<'t>, part: Part) -> Result<Json, Broken> {
        let place = part.place;
        let mut fields = self.pool.room_for_fields();
        json.fields(|json, name| {
            let annotations = matches!(place, Place::Annotations | Place::ValueAnnotations);
            if annotations && name == crate::LAST_APPLIED {
                fields.push((self.pool.text(&name), Json::Text(self.pool.text(""))));
                return json.skip();
            }
            let Some(child) = place.child(&name) else {
                return json.skip();
            };
            let hash = of_text(&name);
            let value = self.part(json, part.below(child, hash)?)?;
            if place.keeps(&name, &value) {
                fields.push((self.pool.text_at(hash, &name), value));
            }
            Ok(())
        })?;
        settle(&mut fields);
        Ok(self.pool.fields(fields))
    }

    fn list(&mut self, json: &mut Cursor<'t>, part: Part) -> Result<Json, Broken> {
        let place = part.place;
        let element = place.element();
        let mut items = self.pool.room_for_items();
        json.items(|json, number| {
            let item = self.part(json, part.below(element, number)?)?;
            if place.keeps_element(&item) {
                items.push(item);
            }
            Ok(())
        })?;
        place.settle(&mut items);
        Ok(self.pool.list(items))
    }
}

/// Makes an object small that was read from something else than JSON.
///
/// # Errors
/// When it is no object, or nested too deeply.
pub fn slim(value: &Value) -> Result<Object, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    Reader::of_one(&Pool::default()).object(&text, Hint::default())
}

/// Where a value is in an object.
#[derive(Clone, Copy)]
struct Part {
    place: Place,
    depth: u8,
    /// Stands for the names of fields and the numbers of items that lead to it.
    path: u64,
}

impl Part {
    const fn at(place: Place, path: u64) -> Self {
        Self {
            place,
            depth: 0,
            path,
        }
    }

    fn below(self, place: Place, step: u64) -> Result<Self, Broken> {
        if self.depth >= MAX_DEPTH {
            return Err(Broken::Deep);
        }
        Ok(Self {
            place,
            depth: self.depth.saturating_add(1),
            path: mix(self.path, step),
        })
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
