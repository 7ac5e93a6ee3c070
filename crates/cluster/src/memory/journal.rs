//! The journal of the cluster in memory: every change of it from outside, one JSON line each.
//!
//! The first line tells what the cluster started from; replaying the others gives the same cluster
//! in every process. A line is on the disk before its change is acknowledged, so a last line that
//! is torn was never acknowledged and is dropped; damage anywhere else is an error.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use model::{Timestamp, json};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::pace::Pace;
use super::world::{Seed, World, WorldChange};

/// The version of the journal's format.
const FORMAT: u32 = 1;

/// The longest journal that is read: what a demo or a test writes is far below.
const LONGEST: u64 = 256 * 1024 * 1024;

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("the journal {path} cannot be used: {problem}", path = .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        problem: std::io::Error,
    },
    /// A line is damaged.
    #[error("the journal {path} is damaged at line {line}: {problem}", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// It was written by a version that we do not know.
    #[error(
        "the journal {path} has format {found}, and this program reads format {FORMAT}",
        path = .path.display()
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// The format it has.
        found: u32,
    },
    /// The seed tells of a change that its own cluster refuses.
    #[error("the seed of the cluster {cluster} cannot be played: {problem}")]
    Seed {
        /// Which cluster.
        cluster: String,
        /// What is wrong.
        problem: String,
    },
}

/// What a cluster started from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) cluster: String,
    pub(super) born: Timestamp,
    pub(super) opened: Timestamp,
    pub(super) pace: Pace,
    pub(super) seed: Seed,
}

impl Header {
    pub(super) fn new(cluster: &str, pace: Pace, seed: Seed, now: Timestamp) -> Self {
        let age = i64::try_from(seed.age.0.saturating_mul(1000)).unwrap_or(i64::MAX);
        Self {
            format: FORMAT,
            cluster: cluster.to_owned(),
            born: Timestamp::from_micros(now.micros().saturating_sub(age)),
            opened: now,
            pace,
            seed,
        }
    }

    /// The world as it was when the cluster was first opened.
    pub(super) fn world(&self) -> Result<World, JournalError> {
        let mut world = World::new(&self.cluster, self.pace, &self.seed, self.born);
        for past in &self.seed.history {
            world
                .apply(self.born.plus(past.after), &past.change)
                .map_err(|problem| JournalError::Seed {
                    cluster: self.cluster.clone(),
                    problem: problem.to_string(),
                })?;
        }
        world.advance(self.opened);
        Ok(world)
    }
}

/// One change, as a line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    #[serde(rename = "do")]
    pub(super) change: WorldChange,
    /// The start of a digest of the rest and of the line's number, so that damage is seen even
    /// where it is still valid JSON.
    sum: String,
}

impl Entry {
    pub(super) fn new(line: u64, at: Timestamp, change: WorldChange) -> Self {
        let sum = Self::sum(line, at, &change);
        Self { at, change, sum }
    }

    fn sum(line: u64, at: Timestamp, change: &WorldChange) -> String {
        let digest = json::digest("kintsugi.memory.journal.v1", &(line, at, change));
        digest.short()
    }
}

/// The file.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    /// Up to where its lines have been read.
    read: u64,
    /// How many lines those were.
    lines: u64,
}

impl Journal {
    /// Opens a journal, or begins one.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|problem| JournalError::Io {
                path: path.to_owned(),
                problem,
            })?;
        Ok(Self {
            file,
            path: path.to_owned(),
            read: 0,
            lines: 0,
        })
    }

    /// Keeps other processes out, or only their writes.
    pub(super) fn lock(&self, exclusive: bool) -> Result<(), JournalError> {
        let locked = if exclusive {
            self.file.lock()
        } else {
            self.file.lock_shared()
        };
        locked.map_err(|problem| self.io(problem))
    }

    /// Lets other processes in again.
    pub(super) fn unlock(&self) -> Result<(), JournalError> {
        self.file.unlock().map_err(|problem| self.io(problem))
    }

    /// Starts reading from the beginning again.
    pub(super) const fn rewind(&mut self) {
        self.read = 0;
        self.lines = 0;
    }

    /// The header, if the file has one yet.
    pub(super) fn header(&mut self) -> Result<Option<Header>, JournalError> {
        self.rewind();
        let lines = self.new_lines()?;
        self.rewind();
        let Some(line) = lines.lines().next() else {
            return Ok(None);
        };
        let damaged = |problem: serde_json::Error| self.damaged(1, problem.to_string());
        let value: serde_json::Value = serde_json::from_str(line).map_err(damaged)?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(found) if found != u64::from(FORMAT) => Err(JournalError::Format {
                path: self.path.clone(),
                found: u32::try_from(found).unwrap_or(u32::MAX),
            }),
            Some(_) | None => {
                let header: Header = serde_json::from_value(value).map_err(damaged)?;
                self.read = line.len() as u64 + 1;
                self.lines = 1;
                Ok(Some(header))
            }
        }
    }

    /// The entries that were appended since the last look.
    pub(super) fn entries(&mut self) -> Result<Vec<Entry>, JournalError> {
        let text = self.new_lines()?;
        let mut entries = Vec::new();
        for (number, line) in (self.lines + 1..).zip(text.lines()) {
            let entry: Entry = serde_json::from_str(line)
                .map_err(|problem| self.damaged(number, problem.to_string()))?;
            if entry.sum != Entry::sum(number, entry.at, &entry.change) {
                return Err(self.damaged(number, "its checksum does not fit".to_owned()));
            }
            entries.push(entry);
        }
        self.read += text.len() as u64;
        self.lines += entries.len() as u64;
        Ok(entries)
    }

    /// Whether other lines than those read are there.
    pub(super) fn behind(&self) -> Result<bool, JournalError> {
        let length = self
            .file
            .metadata()
            .map_err(|problem| self.io(problem))?
            .len();
        Ok(length != self.read)
    }

    /// The number that the next line will have.
    pub(super) const fn next_line(&self) -> u64 {
        self.lines + 1
    }

    /// Appends a line and waits until it is on the disk. What is left of a torn line goes first.
    pub(super) fn append<T: Serialize>(&mut self, line: &T) -> Result<(), JournalError> {
        let mut text = serde_json::to_string(line)
            .map_err(|problem| self.damaged(self.next_line(), problem.to_string()))?;
        text.push('\n');
        let end = self.read;
        let written = self
            .file
            .set_len(end)
            .and_then(|()| self.file.seek(SeekFrom::Start(end)))
            .and_then(|_| self.file.write_all(text.as_bytes()))
            .and_then(|()| self.file.sync_data());
        written.map_err(|problem| self.io(problem))?;
        self.read += text.len() as u64;
        self.lines += 1;
        Ok(())
    }

    /// An error that names a line.
    pub(super) fn damaged(&self, line: u64, problem: String) -> JournalError {
        JournalError::Damaged {
            path: self.path.clone(),
            line,
            problem,
        }
    }

    /// The whole lines after those that were read.
    fn new_lines(&mut self) -> Result<String, JournalError> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(self.read))
            .and_then(|_| (&self.file).take(LONGEST).read_to_end(&mut bytes))
            .map_err(|problem| self.io(problem))?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        bytes.truncate(whole);
        String::from_utf8(bytes).map_err(|problem| {
            let bad = problem.utf8_error().valid_up_to();
            let before = problem.as_bytes().get(..bad).unwrap_or_default();
            let breaks = before.iter().filter(|byte| **byte == b'\n').count();
            self.damaged(self.lines + 1 + breaks as u64, "it is no text".to_owned())
        })
    }

    fn io(&self, problem: std::io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            problem,
        }
    }
}
