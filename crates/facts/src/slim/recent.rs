//! What stood at the same place of the objects before.
//!
//! Lists are full of the same: the pods of a workload stand side by side, and so do its revisions. A
//! part whose text is the text that was read at the same place before need not be read again; to see
//! that it is takes a hundredth of the time.

use super::Part;
use super::place::Place;
use crate::Json;

/// So many parts are remembered; a power of two.
const SLOTS: usize = 1 << 10;
/// Shorter texts are read as soon as they are compared.
const SHORT: usize = 16;

/// What was read of texts that live as long as `'t`.
#[derive(Default)]
pub(super) struct Recent<'t> {
    slots: Vec<Slot<'t>>,
}

#[derive(Clone)]
struct Slot<'t> {
    place: Place,
    /// How deep it stood: deeper it might be too deep.
    depth: u8,
    text: &'t str,
    json: Json,
}

impl<'t> Recent<'t> {
    /// Remembers what comes.
    pub(super) fn many() -> Self {
        let nothing = Slot {
            place: Place::Plain,
            depth: 0,
            text: "",
            json: Json::Null,
        };
        Self {
            slots: vec![nothing; SLOTS],
        }
    }

    /// The part that begins a text, and its length, if it was read before.
    pub(super) fn known(&self, part: Part, text: &str) -> Option<(usize, Json)> {
        let slot = self.slots.get(slot(part))?;
        let same = !slot.text.is_empty()
            && slot.place == part.place
            && part.depth <= slot.depth
            && text.starts_with(slot.text);
        same.then(|| (slot.text.len(), slot.json.clone()))
    }

    pub(super) fn remember(&mut self, part: Part, text: &'t str, json: &Json) {
        if text.len() >= SHORT
            && let Some(slot) = self.slots.get_mut(slot(part))
        {
            *slot = Slot {
                place: part.place,
                depth: part.depth,
                text,
                json: json.clone(),
            };
        }
    }
}

fn slot(part: Part) -> usize {
    usize::try_from(part.path >> 32).unwrap_or_default() & (SLOTS - 1)
}
