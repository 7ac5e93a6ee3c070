//! What a certificate says: when it ends, and which hosts it is for. That takes the place of the
//! certificate itself, beside the Secret that holds it.
//!
//! It reads what X.509 puts in these two places and nothing else; whether anybody should trust the
//! certificate is not judged here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Timestamp;

/// When the certificate of a Secret ends, as an RFC 3339 time.
pub const NOT_AFTER: &str = "kintsugi.dev/certificate-not-after";
/// The hosts that it is for, with commas between them.
pub const CERTIFICATE_HOSTS: &str = "kintsugi.dev/certificate-hosts";

/// The longest first certificate of a chain that is read, in base64.
const MAX_PEM: usize = 32 << 10;
/// The most hosts that are kept.
const MAX_HOSTS: usize = 50;
/// The most extensions that are looked at.
const MAX_EXTENSIONS: usize = 64;
/// The longest name of a host.
const MAX_HOST: usize = 253;

/// What is known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// When it ends.
    pub not_after: Timestamp,
    /// The names of hosts that it is for.
    pub hosts: Vec<String>,
}

impl Certificate {
    /// Reads the first certificate of a PEM text: the one that is shown, before those that vouch
    /// for it.
    #[must_use]
    pub fn of_pem(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
        let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
        if body.len() > MAX_PEM {
            return None;
        }
        let body: String = body.split_ascii_whitespace().collect();
        Self::of_der(&STANDARD.decode(body).ok()?)
    }

    /// Reads `tls.crt` as a Secret holds it: a PEM text in base64.
    #[must_use]
    pub fn of_secret(value: &str) -> Option<Self> {
        // What is cut off in the middle is a chain whose first certificate may be whole.
        let whole = value.len() - value.len() % 4;
        let bytes = STANDARD.decode(value.get(..whole)?).ok()?;
        Self::of_pem(std::str::from_utf8(&bytes).ok()?)
    }

    /// Reads the bytes of a certificate.
    #[must_use]
    pub fn of_der(bytes: &[u8]) -> Option<Self> {
        let (certificate, _) = expect(bytes, SEQUENCE)?;
        let (signed, _) = expect(certificate, SEQUENCE)?;
        let rest = match expect(signed, VERSION) {
            Some((_, rest)) => rest,
            None => signed,
        };
        let (_, rest) = expect(rest, INTEGER)?;
        let (_, rest) = expect(rest, SEQUENCE)?; // how it is signed
        let (_, rest) = expect(rest, SEQUENCE)?; // by whom
        let (validity, rest) = expect(rest, SEQUENCE)?;
        let (_, until) = element(validity)?;
        let (tag, time) = element(until).map(|(element, _)| (element.tag, element.content))?;
        let not_after = moment(tag, time)?;
        let (_, rest) = expect(rest, SEQUENCE)?; // whose it is
        let (_, rest) = expect(rest, SEQUENCE)?; // the key
        Some(Self {
            not_after,
            hosts: hosts(rest).unwrap_or_default(),
        })
    }
}

const INTEGER: u8 = 0x02;
const BOOLEAN: u8 = 0x01;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERAL_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]` before the serial number.
const VERSION: u8 = 0xa0;
/// `[3]` after the key.
const EXTENSIONS: u8 = 0xa3;
/// `dNSName` among the names.
const DNS_NAME: u8 = 0x82;
/// 2.5.29.17
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// One element of DER.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

/// The first element, and what follows it. Lengths are definite, and of at most three bytes: more
/// than is read anyway.
fn element(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ 0..=0x7f => (short, rest),
        long @ 0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            let length = digits
                .iter()
                .fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Element { tag: *tag, content }, rest))
}

/// The content of the first element if it has this tag, and what follows it.
fn expect(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (element, rest) = element(bytes)?;
    (element.tag == tag).then_some((element.content, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, the only forms that certificates may have.
fn moment(tag: u8, digits: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(digits).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (tag, text.len()) {
        (UTC_TIME, 12) => {
            let (year, rest) = text.split_at_checked(2)?;
            let century = if year >= "50" { "19" } else { "20" };
            (format!("{century}{year}"), rest)
        }
        (GENERAL_TIME, 14) => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.to_owned(), rest)
        }
        _ => return None,
    };
    let two = |place: usize| rest.get(place..place + 2);
    let (month, day, hour) = (two(0)?, two(2)?, two(4)?);
    let (minute, second) = (two(6)?, two(8)?);
    Timestamp::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

/// The hosts in what follows the key of a certificate.
fn hosts(mut rest: &[u8]) -> Option<Vec<String>> {
    let all = loop {
        let (element, after) = element(rest)?;
        if element.tag == EXTENSIONS {
            break element.content;
        }
        rest = after;
    };
    let (mut extensions, _) = expect(all, SEQUENCE)?;
    for _ in 0..MAX_EXTENSIONS {
        let (extension, after) = expect(extensions, SEQUENCE)?;
        extensions = after;
        let (id, value) = expect(extension, OBJECT_ID)?;
        if id != ALTERNATIVE_NAMES {
            continue;
        }
        let value = expect(value, BOOLEAN).map_or(value, |(_, after)| after);
        let (value, _) = expect(value, OCTETS)?;
        let (mut names, _) = expect(value, SEQUENCE)?;
        let mut hosts = Vec::new();
        while let Some((name, after)) = element(names) {
            names = after;
            if name.tag == DNS_NAME
                && let Some(host) = host(name.content)
            {
                hosts.push(host);
            }
            if hosts.len() == MAX_HOSTS {
                break;
            }
        }
        return Some(hosts);
    }
    None
}

/// A host's name, which must be one: it is shown to people and kept between commas.
fn host(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || b"-._*".contains(&letter);
    let fits = !text.is_empty() && text.len() <= MAX_HOST && text.bytes().all(plain);
    fits.then(|| text.to_owned())
}

/// A certificate for tests.
#[cfg(test)]
pub(crate) const fn sample() -> &'static str {
    tests::SHOP
}

#[cfg(test)]
mod tests;
