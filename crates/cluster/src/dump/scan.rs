//! Finds where the values of a JSON text begin and end, without building them.
//!
//! A list is then read item by item: by several threads, and when the text is cut in the middle,
//! up to the cut. It goes by brackets and quotes alone; whether a value is valid JSON is told by
//! whoever reads it.

use std::ops::Range;

use facts::json::bytes::{indentation, plain};

/// A value that ends before the text does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where the value began.
    pub(super) at: usize,
}

/// A top-level value: its place, and the places of its items when it is a list of objects.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The whole value.
    pub(super) whole: Range<usize>,
    /// Its fields besides `items`, each with its value's place (of the first few).
    pub(super) fields: Vec<(Range<usize>, Range<usize>)>,
    /// Its items, if it has a field `items` or is itself an array.
    pub(super) items: Option<Vec<Range<usize>>>,
    /// Where it is cut, if it is.
    pub(super) cut: Option<Cut>,
}

/// So many fields of a list are remembered: `kind`, `apiVersion` and `metadata` are among the first.
const FIELDS: usize = 16;

/// Goes through a JSON text.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at a place.
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Where it stands.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !byte.is_ascii_whitespace() {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// The outline of the value that begins here.
    pub(super) fn outline(&mut self) -> Outline {
        let mut outline = Outline::default();
        let start = match self.peek() {
            Some(_) => self.at,
            None => return outline,
        };
        outline.cut = match self.peek() {
            Some(b'[') => {
                let (items, cut) = self.array();
                outline.items = Some(items);
                cut
            }
            Some(b'{') => self.object(&mut outline),
            _ => self.value().err(),
        };
        outline.whole = start..self.at;
        outline
    }

    fn object(&mut self, outline: &mut Outline) -> Option<Cut> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Some(Cut { at: start }),
                Some(b'}') => {
                    self.at += 1;
                    return None;
                }
                Some(b',' | b':') => self.at += 1,
                Some(b'"') => {
                    let key = match self.value() {
                        Ok(key) => key,
                        Err(cut) => return Some(cut),
                    };
                    match self.peek() {
                        None => return Some(Cut { at: start }),
                        Some(b':') => self.at += 1,
                        Some(_) => continue,
                    }
                    let items = self.bytes.get(key.clone()) == Some(br#""items""#);
                    if items && self.peek() == Some(b'[') {
                        let (mut items, cut) = self.array();
                        outline.items.get_or_insert_default().append(&mut items);
                        if cut.is_some() {
                            return cut;
                        }
                        continue;
                    }
                    match self.value() {
                        Err(cut) => return Some(cut),
                        Ok(value) if outline.fields.len() < FIELDS => {
                            outline.fields.push((key, value));
                        }
                        Ok(_) => {}
                    }
                }
                // Not JSON: whoever reads the whole will say so.
                Some(_) => {
                    if let Err(cut) = self.value() {
                        return Some(cut);
                    }
                }
            }
        }
    }

    fn array(&mut self) -> (Vec<Range<usize>>, Option<Cut>) {
        let start = self.at;
        let mut items = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                None => return (items, Some(Cut { at: start })),
                Some(b']') => {
                    self.at += 1;
                    return (items, None);
                }
                Some(b',') => self.at += 1,
                Some(_) => match self.value() {
                    Ok(item) => items.push(item),
                    Err(cut) => return (items, Some(cut)),
                },
            }
        }
    }

    /// Steps over the value that begins here and gives its place.
    fn value(&mut self) -> Result<Range<usize>, Cut> {
        self.peek();
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            let Some(byte) = self.bytes.get(self.at) else {
                self.at = self.bytes.len();
                return if depth == 0 && self.at > start {
                    Ok(start..self.at)
                } else {
                    Err(Cut { at: start })
                };
            };
            match byte {
                b'"' => {
                    self.string(start)?;
                    if depth == 0 {
                        return Ok(start..self.at);
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    if depth <= 1 {
                        // A closing bracket of the surroundings ends a bare word before it.
                        let own = depth == 1 || self.at == start;
                        self.at += usize::from(own);
                        return Ok(start..self.at);
                    }
                    depth -= 1;
                }
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 && self.at > start => {
                    return Ok(start..self.at);
                }
                b'\n' => {
                    // Most of what is printed for people is indentation.
                    let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
                    self.at += indentation(rest);
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn string(&mut self, start: usize) -> Result<(), Cut> {
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += plain(rest) + 1;
            match self.bytes.get(self.at - 1) {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.at += 1,
                // A control character has no place here: whoever reads the value will say so.
                Some(_) => {}
                None => {
                    self.at = self.bytes.len();
                    return Err(Cut { at: start });
                }
            }
        }
    }
}

/// The line of a place, counted from 1.
pub(super) fn line_of(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at.min(bytes.len())).unwrap_or_default();
    memchr::memchr_iter(b'\n', before).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<&str> {
        let outline = Scanner::new(text.as_bytes(), 0).outline();
        outline
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|item| &text[item])
            .collect()
    }

    #[test]
    fn items_are_found_whatever_stands_around_and_in_them() {
        let text = r#"{"kind":"List","items":[{"a":"]}\"{"},{"b":[1,{"c":2}]}, 3 ],"metadata":{}}"#;
        assert_eq!(
            items(text),
            [r#"{"a":"]}\"{"}"#, r#"{"b":[1,{"c":2}]}"#, "3"]
        );
    }

    #[test]
    fn a_cut_list_keeps_the_items_before_the_cut() {
        let text = r#"{"kind":"List","items":[{"a":1},{"b":2"#;
        let outline = Scanner::new(text.as_bytes(), 0).outline();
        assert_eq!(items(text), [r#"{"a":1}"#]);
        assert_eq!(outline.cut.map(|cut| cut.at), Some(32));
    }

    #[test]
    fn every_prefix_and_every_garbage_ends() {
        let text = r#"{"kind":"List","items":[{"a":"]}\"{"}],"x":nul}} ]] "\"#;
        for end in 0..=text.len() {
            let bytes = &text.as_bytes()[..end];
            let mut scanner = Scanner::new(bytes, 0);
            let mut steps = 0;
            while scanner.peek().is_some() {
                let before = scanner.at();
                scanner.outline();
                assert!(scanner.at() > before);
                steps += 1;
                assert!(steps < 100);
            }
        }
    }
}
