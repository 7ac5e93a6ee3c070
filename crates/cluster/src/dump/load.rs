//! Takes the bytes of one file in: all of them, or the end of those that are too many.

use std::io::{self, Read};

use super::limits::Limits;
use super::logs::Tail;

/// What was taken in.
#[derive(Debug)]
pub(super) enum Loaded {
    /// All of it.
    Whole(Vec<u8>),
    /// The beginning: there is more than may be read.
    Beginning(Vec<u8>),
    /// The end of something long that is not JSON.
    End(Tail),
}

impl Loaded {
    /// How many bytes were read for it.
    pub(super) fn read(&self) -> u64 {
        match self {
            Self::Whole(bytes) | Self::Beginning(bytes) => bytes.len() as u64,
            Self::End(tail) => tail.total,
        }
    }
}

/// Reads one file; at most `most` bytes of it. It is believed to have `size` bytes; 0 if nobody knows.
pub(super) fn load(
    input: &mut impl Read,
    size: u64,
    log: bool,
    limits: &Limits,
    most: u64,
) -> io::Result<Loaded> {
    let room = if log { 0 } else { size };
    let room = room.min(limits.file_bytes).min(most).saturating_add(1);
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(room).unwrap_or(usize::MAX))
        .map_err(io::Error::other)?;
    let first = if log {
        limits.log_tail as u64
    } else {
        limits.text_bytes
    };
    let first = first.min(most);
    take(input, &mut bytes, first)?;
    if (bytes.len() as u64) < first {
        return Ok(Loaded::Whole(bytes));
    }
    let json = bytes
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|byte| matches!(byte, b'{' | b'['));
    if json && !log {
        let most = limits.file_bytes.min(most);
        take(input, &mut bytes, most.saturating_sub(first))?;
        let whole = (bytes.len() as u64) < most;
        return Ok(if whole {
            Loaded::Whole(bytes)
        } else {
            Loaded::Beginning(bytes)
        });
    }
    let mut tail = Tail::default();
    tail.push(&bytes, limits.log_tail.max(bytes.len()));
    drop(bytes);
    tail.read(input, limits.log_tail, most)?;
    Ok(Loaded::End(tail))
}

fn take(input: &mut impl Read, bytes: &mut Vec<u8>, most: u64) -> io::Result<()> {
    input.by_ref().take(most).read_to_end(bytes).map(drop)
}
