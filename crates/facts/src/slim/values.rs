//! What a ConfigMap or a Secret holds: names of keys and sizes, never the values.

use super::cut;
use crate::json::cursor::{Broken, Cursor};

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

/// Reads `data`, and holds what may be a certificate or a release for the time being. Wrong types hold
/// nothing that anybody could name.
pub(super) fn read(json: &mut Cursor<'_>, hold: bool) -> Result<Values, Broken> {
    let mut values = Values::default();
    if json.next()? != b'{' {
        json.skip()?;
        return Ok(values);
    }
    json.fields(|json, key| {
        let most = match key.as_ref() {
            CERTIFICATE if hold => MAX_CERTIFICATE,
            RELEASE if hold => crate::helm::MAX_ENCODED,
            _ => 0,
        };
        let measured = measure(json, most)?;
        values.digest = values
            .digest
            .wrapping_add(fnv(measured.digest, key.as_bytes()));
        if most > 0 && key == CERTIFICATE {
            values.certificate = Some(measured.text);
        } else if most > 0 {
            values.release = Some(measured.text);
        }
        values.keys.push((key.into_owned(), measured.bytes));
        Ok(())
    })?;
    Ok(values)
}

#[derive(Default)]
struct Measured {
    bytes: u64,
    digest: u64,
    text: String,
}

/// Measures one value and lets go of it, all but so many bytes.
fn measure(json: &mut Cursor<'_>, most: usize) -> Result<Measured, Broken> {
    if json.next()? != b'"' {
        json.skip()?;
        return Ok(Measured::default());
    }
    let text = json.string()?;
    Ok(Measured {
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        digest: fnv(FNV_START, text.as_bytes()),
        text: cut(&text, most).to_owned(),
    })
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: it tells that something changed, and is no protection of anything.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
