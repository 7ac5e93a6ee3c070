//! Goes through a text of JSON: its grammar, and nothing of what it means.
//!
//! A cluster is read as fast as this is, so it looks at eight bytes at a time where it can, hands out
//! texts without copying them, and steps over what nobody asks for without building it. Where a text
//! is broken it only says so; [`explain`] reads it again, by way of `serde_json`, to say why.

use std::borrow::Cow;

use serde::de::{Error as _, IgnoredAny};
use serde_json::Number;

use super::bytes::{indentation, plain};

/// A text is not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It is no JSON.
    Json,
    /// It is nested too deeply.
    Deep,
    /// It is JSON, but of something else.
    Shape(&'static str),
}

/// A place in a text.
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Where it is, in bytes.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// What comes from here on.
    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What it has gone through since a place.
    pub(crate) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Goes to a place where it was before, or back from there.
    pub(crate) const fn go(&mut self, at: usize) {
        self.at = at;
    }

    /// Goes on by so many bytes, which are known already.
    pub(crate) const fn step(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The first byte of what comes next, after blanks.
    pub(crate) fn next(&mut self) -> Result<u8, Broken> {
        loop {
            match self.byte().ok_or(Broken::Json)? {
                b' ' | b'\t' | b'\r' => self.step(1),
                b'\n' => {
                    self.step(1);
                    // Most of what is printed for people is indentation.
                    let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                    self.step(indentation(rest));
                }
                other => return Ok(other),
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.next()? != byte {
            return Err(Broken::Json);
        }
        self.step(1);
        Ok(())
    }

    /// Nothing comes any more.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        match self.next() {
            Ok(_) => Err(Broken::Json),
            Err(_) => Ok(()),
        }
    }

    /// Goes through the fields of the map that begins here; each has to go over its value.
    pub(crate) fn fields(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'t, str>) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(b'{')?;
        if self.next()? == b'}' {
            self.step(1);
            return Ok(());
        }
        loop {
            self.next()?;
            let name = self.string()?;
            self.expect(b':')?;
            each(self, name)?;
            match self.next()? {
                b',' => self.step(1),
                b'}' => {
                    self.step(1);
                    return Ok(());
                }
                _ => return Err(Broken::Json),
            }
        }
    }

    /// Goes through the items of the list that begins here, which are counted; each has to be gone over.
    pub(crate) fn items(
        &mut self,
        mut each: impl FnMut(&mut Self, u64) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        self.expect(b'[')?;
        if self.next()? == b']' {
            self.step(1);
            return Ok(());
        }
        let mut number = 0_u64;
        loop {
            each(self, number)?;
            number = number.saturating_add(1);
            match self.next()? {
                b',' => self.step(1),
                b']' => {
                    self.step(1);
                    return Ok(());
                }
                _ => return Err(Broken::Json),
            }
        }
    }

    /// The text that begins here.
    pub(crate) fn string(&mut self) -> Result<Cow<'t, str>, Broken> {
        if self.byte() != Some(b'"') {
            return Err(Broken::Json);
        }
        self.step(1);
        let start = self.at;
        self.step(plain(self.rest().as_bytes()));
        let text = self.since(start);
        match self.byte() {
            Some(b'"') => {
                self.step(1);
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped(text.to_owned()).map(Cow::Owned),
            // A control character, or nothing.
            Some(_) | None => Err(Broken::Json),
        }
    }

    /// A text from its first backslash on.
    fn escaped(&mut self, mut text: String) -> Result<String, Broken> {
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.step(1);
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.step(1);
                    let letter = self.byte().ok_or(Broken::Json)?;
                    self.step(1);
                    text.push(match letter {
                        b'"' | b'\\' | b'/' => char::from(letter),
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'u' => self.numbered()?,
                        _ => return Err(Broken::Json),
                    });
                }
                Some(_) | None => return Err(Broken::Json),
            }
            let start = self.at;
            self.step(plain(self.rest().as_bytes()));
            text.push_str(self.since(start));
        }
    }

    /// A letter that is written as a number: in one half, or in two.
    fn numbered(&mut self) -> Result<char, Broken> {
        let first = self.four_digits()?;
        let letter = if (0xd800..0xdc00).contains(&first) {
            if !self.rest().starts_with("\\u") {
                return Err(Broken::Json);
            }
            self.step(2);
            let second = self.four_digits()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(Broken::Json);
            }
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(letter).ok_or(Broken::Json)
    }

    fn four_digits(&mut self) -> Result<u32, Broken> {
        let digits = self.rest().get(..4).ok_or(Broken::Json)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Broken::Json);
        }
        self.step(4);
        u32::from_str_radix(digits, 16).map_err(|_| Broken::Json)
    }

    /// The number that begins here.
    pub(crate) fn number(&mut self) -> Result<Number, Broken> {
        let start = self.at;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.byte() {
            self.step(1);
        }
        let text = self.since(start);
        match small(text.as_bytes()) {
            Some(number) => Ok(number.into()),
            None => text.parse().map_err(|_| Broken::Json),
        }
    }

    /// One of the words that JSON has.
    pub(crate) fn word(&mut self, word: &str) -> Result<(), Broken> {
        if !self.rest().starts_with(word) {
            return Err(Broken::Json);
        }
        self.step(word.len());
        Ok(())
    }

    /// Steps over a value. It is looked at only as far as its end has to be found.
    pub(crate) fn skip(&mut self) -> Result<(), Broken> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.step(1);
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1).ok_or(Broken::Json)?;
                    self.step(1);
                }
                b',' | b':' if depth > 0 => self.step(1),
                _ => {
                    let start = self.at;
                    while let Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'+' | b'.') =
                        self.byte()
                    {
                        self.step(1);
                    }
                    if self.at == start {
                        return Err(Broken::Json);
                    }
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn skip_string(&mut self) -> Result<(), Broken> {
        self.step(1);
        loop {
            self.step(plain(
                self.text.as_bytes().get(self.at..).unwrap_or_default(),
            ));
            match self.byte() {
                Some(b'"') => {
                    self.step(1);
                    return Ok(());
                }
                // What it makes special may be the first byte of a letter of several: all of them are
                // plain.
                Some(b'\\') => self.step(2),
                Some(_) | None => return Err(Broken::Json),
            }
        }
    }
}

/// A whole number of few digits, as most are.
fn small(digits: &[u8]) -> Option<u64> {
    let few = (1..=18).contains(&digits.len());
    if !few || (digits.first() == Some(&b'0') && digits.len() > 1) {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(number * 10 + digit)
    })
}

/// Says why a text could not be read.
pub(crate) fn explain(text: &str, broken: Broken) -> serde_json::Error {
    match broken {
        Broken::Deep => serde_json::Error::custom("recursion limit exceeded"),
        Broken::Shape(words) => serde_json::Error::custom(words),
        Broken::Json => match serde_json::from_str::<IgnoredAny>(text) {
            Err(error) => error,
            Ok(_) => serde_json::Error::custom("a number or a text in it is none that can be held"),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn texts() -> Vec<&'static str> {
        vec![
            r#""""#,
            r#""plain""#,
            r#""eight by eight, and more""#,
            r#""é中\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 and on""#,
            r#""\ud83d""#,
            r#""\ud83d\u0041""#,
            r#""\ude00""#,
            r#""\u12g4""#,
            r#""\u+123""#,
            r#""\x""#,
            "\"a\nb\"",
            "\"a\u{1}b\"",
            "\"\u{7f}\"",
            r#""open"#,
            r#""open\"#,
            r#""open\""#,
            "",
        ]
    }

    #[test]
    fn texts_are_read_as_others_read_them() {
        for text in texts() {
            let ours = {
                let mut json = Cursor::new(text);
                json.string()
                    .and_then(|found| json.end().map(|()| found.into_owned()))
                    .ok()
            };
            assert_eq!(ours, serde_json::from_str::<String>(text).ok(), "{text}");
        }
    }

    #[test]
    fn numbers_are_read_as_others_read_them() {
        for text in [
            "0",
            "7",
            "-0",
            "-1",
            "007",
            "1.",
            ".5",
            "+1",
            "1e3",
            "1E-2",
            "-",
            "1-2",
            "0.5",
            "999999999999999999",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
            "1e999",
            "123456789012345678901234",
        ] {
            let ours = {
                let mut json = Cursor::new(text);
                json.number()
                    .and_then(|found| json.end().map(|()| found))
                    .ok()
            };
            assert_eq!(ours, serde_json::from_str::<Number>(text).ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_json_is_stepped_over_to_its_end(text in "[\\[\\]{}:,\"\\\\ a0-9é\n]{0,24}") {
            let mut json = Cursor::new(&text);
            let skipped = json.skip().and_then(|()| json.end());
            if serde_json::from_str::<Value>(&text).is_ok() {
                prop_assert!(skipped.is_ok());
            }
        }
    }
}
