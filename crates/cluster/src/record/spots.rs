//! How a manifest writes what could not be seen. Records of the first format hold one text for each,
//! whoever said it.

use model::said::Said;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::BlindSpot;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spot {
    what: Said,
    why: Said,
}

pub(super) fn serialize<S: Serializer>(spots: &[BlindSpot], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(spots.iter().map(|spot| Spot {
        what: Said(spot.what.clone()),
        why: Said(spot.why.clone()),
    }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<BlindSpot>, D::Error> {
    let spots = Vec::<Spot>::deserialize(from)?;
    let read = |spot: Spot| BlindSpot::new(spot.what.0, &spot.why.0);
    Ok(spots.into_iter().map(read).collect())
}
