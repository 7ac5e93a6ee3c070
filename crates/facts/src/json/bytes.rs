//! What is looked for in the bytes of JSON again and again, eight bytes at a time.

/// A byte, eight times.
const fn eight(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// How many bytes there are before a quote, a backslash or a control character.
#[must_use]
pub fn plain(bytes: &[u8]) -> usize {
    // A byte of which nothing is left after subtracting had been below what was subtracted; the first
    // that is found is right, and those after it do not matter.
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(eight(limit)) & !word & eight(0x80)
    }
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found =
            below(word ^ eight(b'"'), 1) | below(word ^ eight(b'\\'), 1) | below(word, b' ');
        if found != 0 {
            return place * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    words.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

/// How many blanks there are at the beginning.
#[must_use]
pub fn indentation(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let eights = words
        .iter()
        .take_while(|word| u64::from_le_bytes(**word) == eight(b' '));
    let blanks = eights.count() * 8;
    let rest = bytes.get(blanks..).unwrap_or_default();
    blanks + rest.iter().take_while(|byte| **byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_before_something_special_is_found_wherever_it_is() {
        for special in [b'"', b'\\', 0, 0x1f, b'\n'] {
            for place in 0..40 {
                for plain_byte in [b'a', b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                    let mut bytes = vec![plain_byte; 41];
                    bytes[place] = special;
                    assert_eq!(plain(&bytes), place);
                    assert_eq!(plain(&bytes[..place]), place);
                }
            }
        }
    }

    #[test]
    fn blanks_are_counted_to_the_first_other_byte() {
        for blanks in 0..40 {
            let mut bytes = vec![b' '; blanks];
            assert_eq!(indentation(&bytes), blanks);
            bytes.extend_from_slice(b"\"   \n");
            assert_eq!(indentation(&bytes), blanks);
        }
    }
}
