//! What a ConfigMap or a Secret holds: names of keys and sizes, never the values.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::cut;
use super::key::Key;

/// The key of a certificate, which is public.
pub(super) const CERTIFICATE: &str = "tls.crt";
/// The key of a Helm release.
pub(super) const RELEASE: &str = "release";
/// How much of a certificate chain is held while it is read, as base64.
const MAX_CERTIFICATE: usize = 64 << 10;

/// What stays of `data`.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Each key, with the size of its value as it was sent.
    pub(super) keys: Vec<(String, u64)>,
    /// A digest of all keys and values, whatever their order.
    pub(super) digest: u64,
    /// The value of [`CERTIFICATE`], if it was asked for: it is held until it has been read.
    pub(super) certificate: Option<String>,
    /// The value of [`RELEASE`], in the same way.
    pub(super) release: Option<String>,
}

/// Reads `data`, and holds what may be a certificate or a release for the time being.
pub(super) struct ValuesSeed {
    pub(super) hold: bool,
}

impl<'de> DeserializeSeed<'de> for ValuesSeed {
    type Value = Values;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Values, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValuesSeed {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("keys and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Values::default();
        while let Some(key) = map.next_key_seed(Key)? {
            let most = match key.as_ref() {
                CERTIFICATE if self.hold => MAX_CERTIFICATE,
                RELEASE if self.hold => crate::helm::MAX_ENCODED,
                _ => 0,
            };
            let measured = map.next_value_seed(Measure { most })?;
            values.digest = values
                .digest
                .wrapping_add(fnv(measured.digest, key.as_bytes()));
            if most > 0 && key == CERTIFICATE {
                values.certificate = Some(measured.text);
            } else if most > 0 {
                values.release = Some(measured.text);
            }
            values.keys.push((key.into_owned(), measured.bytes));
        }
        Ok(values)
    }

    // Wrong types hold nothing that anybody could name.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Values, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Values::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_unit<E>(self) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_none<E>(self) -> Result<Values, E> {
        Ok(Values::default())
    }
}

/// Measures one value and lets go of it.
struct Measure {
    /// How much of it is held.
    most: usize,
}

#[derive(Default)]
struct Measured {
    bytes: u64,
    digest: u64,
    text: String,
}

impl<'de> DeserializeSeed<'de> for Measure {
    type Value = Measured;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Measured, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Measure {
    type Value = Measured;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Measured, E> {
        Ok(Measured {
            bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
            digest: fnv(FNV_START, text.as_bytes()),
            text: cut(text, self.most).to_owned(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Measured, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Measured::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Measured, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Measured::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Measured, E> {
        Ok(Measured::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Measured, E> {
        Ok(Measured::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Measured, E> {
        Ok(Measured::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Measured, E> {
        Ok(Measured::default())
    }

    fn visit_unit<E>(self) -> Result<Measured, E> {
        Ok(Measured::default())
    }

    fn visit_none<E>(self) -> Result<Measured, E> {
        Ok(Measured::default())
    }
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: it tells that something changed, and is no protection of anything.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
