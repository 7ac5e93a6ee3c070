//! Keeps what is equal once, while objects are read.
//!
//! What has just been read is likely to come again: the next pod of the same workload. So a pool
//! remembers a bounded number of texts, lists and maps, each at the place its content leads to, and
//! the newest there pushes out what was there before. It does not grow, and the worst that anybody can
//! bring about is that something is held twice.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Field, Fields, Json};

/// So many texts are remembered; a power of two.
const TEXTS: usize = 1 << 13;
/// So many lists and maps are remembered; a power of two.
const PARTS: usize = 1 << 12;
/// Longer texts hardly ever come twice.
const LONGEST: usize = 512;
/// Longer lists and maps hardly ever come twice.
const MOST: usize = 256;
/// So much spare room for lists and maps is kept: about as deep as objects are nested.
const SPARE: usize = 32;

/// Remembers what was read, so that what comes again is held once.
#[derive(Default)]
pub struct Pool {
    texts: RefCell<Vec<Option<Arc<str>>>>,
    parts: RefCell<Vec<Json>>,
    spare_fields: RefCell<Vec<Vec<Field>>>,
    spare_items: RefCell<Vec<Vec<Json>>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    /// A text.
    #[must_use]
    pub(crate) fn text(&self, text: &str) -> Arc<str> {
        self.text_at(of_text(text), text)
    }

    /// A text of which it is known what [`of_text`] gives.
    pub(crate) fn text_at(&self, hash: u64, text: &str) -> Arc<str> {
        if text.len() > LONGEST {
            return text.into();
        }
        let mut texts = self.texts.borrow_mut();
        if texts.is_empty() {
            texts.resize(TEXTS, None);
        }
        let Some(place) = texts.get_mut(place(hash, TEXTS)) else {
            return text.into();
        };
        match place {
            Some(known) if known.as_ref() == text => known.clone(),
            Some(_) | None => {
                let new: Arc<str> = text.into();
                *place = Some(new.clone());
                new
            }
        }
    }

    /// Room for the fields of a map: given back by [`Pool::fields`].
    pub(crate) fn room_for_fields(&self) -> Vec<Field> {
        self.spare_fields.borrow_mut().pop().unwrap_or_default()
    }

    /// Room for the items of a list: given back by [`Pool::list`].
    pub(crate) fn room_for_items(&self) -> Vec<Json> {
        self.spare_items.borrow_mut().pop().unwrap_or_default()
    }

    /// A map.
    #[must_use]
    pub(crate) fn fields(&self, mut fields: Vec<Field>) -> Json {
        let hash = fields
            .iter()
            .fold(fields.len() as u64, |hash, (name, value)| {
                mix(mix(hash, at(name)), of(value))
            });
        let same = |known: &Json| match known {
            Json::Fields(known) => {
                known.len() == fields.len()
                    && std::iter::zip(known.fields(), &fields)
                        .all(|(one, other)| Arc::ptr_eq(&one.0, &other.0) && one.1.is(&other.1))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => false,
        };
        if let Some(known) = self.known(hash, fields.len(), same) {
            spare(&self.spare_fields, fields);
            return known;
        }
        let new = Json::Fields(Fields(fields.drain(..).collect()));
        self.remember(hash, &new);
        spare(&self.spare_fields, fields);
        new
    }

    /// A list.
    #[must_use]
    pub(crate) fn list(&self, mut items: Vec<Json>) -> Json {
        let hash = items
            .iter()
            .fold(!(items.len() as u64), |hash, item| mix(hash, of(item)));
        let same = |known: &Json| match known {
            Json::List(known) => {
                known.len() == items.len()
                    && std::iter::zip(known.iter(), &items).all(|(one, other)| one.is(other))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Fields(_) => false,
        };
        if let Some(known) = self.known(hash, items.len(), same) {
            spare(&self.spare_items, items);
            return known;
        }
        let new = Json::List(items.drain(..).collect());
        self.remember(hash, &new);
        spare(&self.spare_items, items);
        new
    }

    fn known(&self, hash: u64, count: usize, same: impl Fn(&Json) -> bool) -> Option<Json> {
        if count > MOST {
            return None;
        }
        let parts = self.parts.borrow();
        let known = parts.get(place(hash, PARTS))?;
        same(known).then(|| known.clone())
    }

    fn remember(&self, hash: u64, new: &Json) {
        let count = match new {
            Json::Fields(fields) => fields.len(),
            Json::List(items) => items.len(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => 0,
        };
        if count > MOST {
            return;
        }
        let mut parts = self.parts.borrow_mut();
        if parts.is_empty() {
            parts.resize(PARTS, Json::Null);
        }
        if let Some(place) = parts.get_mut(place(hash, PARTS)) {
            *place = new.clone();
        }
    }
}

/// Keeps room for what comes next, unless there is enough of it or it is larger than usual.
fn spare<T>(spares: &RefCell<Vec<Vec<T>>>, mut room: Vec<T>) {
    let mut spares = spares.borrow_mut();
    if spares.len() < SPARE && room.capacity() <= MOST {
        room.clear();
        spares.push(room);
    }
}

/// The place that a hash leads to, among a power of two.
fn place(hash: u64, places: usize) -> usize {
    usize::try_from(hash >> 32).unwrap_or_default() & (places - 1)
}

/// What stands for a value: what is held once has one place in memory.
fn of(value: &Json) -> u64 {
    match value {
        Json::Null => 1,
        Json::Bool(truth) => 2 + u64::from(*truth),
        Json::Number(number) => number
            .as_u64()
            .or_else(|| number.as_f64().map(f64::to_bits))
            .unwrap_or(4),
        Json::Text(text) => at(text),
        Json::List(items) => items.as_ptr() as u64,
        Json::Fields(fields) => fields.fields().as_ptr() as u64,
    }
}

fn at(text: &Arc<str>) -> u64 {
    text.as_ptr() as u64
}

/// A hash of what led to a hash, and of what comes.
pub(crate) const fn mix(hash: u64, more: u64) -> u64 {
    (hash.rotate_left(5) ^ more).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A hash of a text.
pub(crate) fn of_text(text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(text.len() as u64, |hash, word| {
        mix(hash, u64::from_le_bytes(*word))
    });
    let rest = rest
        .iter()
        .fold(0, |rest, byte| (rest << 8) | u64::from(*byte));
    mix(hash, rest)
}
