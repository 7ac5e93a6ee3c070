//! Reads a record: a folder, or a `.tar.gz` of one. What it says of itself is believed only as far as
//! its files bear it out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use facts::slim::{self, Hint};
use facts::{CourseKey, CourseSeen, LogKey, LogSeen, Pool, Snapshot};
use flate2::read::GzDecoder;
use thiserror::Error;

use super::manifest::{FILE, MAX_BYTES, Manifest, ManifestError};
use super::path::within;
use crate::matrix;

/// The largest file of a record.
const MAX_FILE: u64 = 1 << 30;
/// The most bytes of a whole record, unpacked.
const MAX_RECORD: u64 = 8 << 30;
/// The most files of an archive.
const MAX_FILES: usize = 1_000_000;

/// Why a record cannot be read.
#[derive(Debug, Error)]
pub enum ReadRecordError {
    /// It is not there, or damaged.
    #[error("cannot read {}: {problem}", .path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        problem: io::Error,
    },
    /// It is no record.
    #[error("{} has no {FILE} at its beginning: it is no record", .0.display())]
    NoRecord(PathBuf),
    /// What it says of itself is of no use.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file is missing, or not what the record says it is.
    #[error("the record is damaged: {path}: {problem}")]
    Damaged {
        /// Which file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// A record that was read.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it says of itself.
    pub manifest: Manifest,
    /// What it holds.
    pub snapshot: Snapshot,
}

/// Reads a record.
///
/// # Errors
/// When it is none, or damaged: a record is whole, or it is not read.
pub fn read(from: &Path) -> Result<Record, ReadRecordError> {
    let meta = fs::metadata(from).map_err(|problem| ReadRecordError::Io {
        path: from.to_owned(),
        problem,
    })?;
    if meta.is_dir() {
        folder(from)
    } else {
        archive(from)
    }
}

fn damaged(path: &str, problem: impl Into<String>) -> ReadRecordError {
    ReadRecordError::Damaged {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

/// Reads at most so many bytes.
fn bounded(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

fn manifest_limit() -> u64 {
    u64::try_from(MAX_BYTES).unwrap_or(u64::MAX)
}

fn folder(root: &Path) -> Result<Record, ReadRecordError> {
    let open = |path: &Path, most: u64| {
        // A link or a device in a record is none of ours.
        if !fs::symlink_metadata(path)?.is_file() {
            return Err(io::Error::other("it is no plain file"));
        }
        bounded(File::open(path)?, most)
    };
    let path = root.join(FILE);
    let bytes = open(&path, manifest_limit()).map_err(|problem| {
        if problem.kind() == io::ErrorKind::NotFound {
            ReadRecordError::NoRecord(root.to_owned())
        } else {
            ReadRecordError::Io { path, problem }
        }
    })?;
    let mut reader = Reader::new(Manifest::parse(&bytes)?);
    for name in reader.wanted() {
        let path = within(root, &name).ok_or_else(|| damaged(&name, "it is not in the record"))?;
        let bytes = open(&path, MAX_FILE).map_err(|problem| damaged(&name, problem.to_string()))?;
        reader.take(&name, bytes)?;
    }
    reader.done()
}

fn archive(path: &Path) -> Result<Record, ReadRecordError> {
    let io = |problem| ReadRecordError::Io {
        path: path.to_owned(),
        problem,
    };
    let file = File::open(path).map_err(io)?;
    let unpacked = GzDecoder::new(BufReader::new(file)).take(MAX_RECORD);
    let mut tar = tar::Archive::new(unpacked);
    let mut reader: Option<Reader> = None;
    for entry in tar.entries().map_err(io)?.take(MAX_FILES) {
        let entry = entry.map_err(io)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match &mut reader {
            None if name == FILE => {
                let bytes = bounded(entry, manifest_limit()).map_err(io)?;
                reader = Some(Reader::new(Manifest::parse(&bytes)?));
            }
            None => return Err(ReadRecordError::NoRecord(path.to_owned())),
            Some(reader) if reader.wants(&name) => {
                let bytes = bounded(entry, MAX_FILE)
                    .map_err(|problem| damaged(&name, problem.to_string()))?;
                reader.take(&name, bytes)?;
            }
            // Whatever else was packed with it says nothing.
            Some(_) => {}
        }
    }
    // The sum of an archive stands at its end: one that was cut there is damaged too.
    std::io::copy(&mut tar.into_inner(), &mut std::io::sink()).map_err(io)?;
    reader
        .ok_or_else(|| ReadRecordError::NoRecord(path.to_owned()))?
        .done()
}

/// What a file is, by the manifest.
enum Named {
    Objects(usize),
    Log(LogKey),
    Course(CourseKey),
}

/// Takes files in, in any order, until all that were promised are there.
struct Reader {
    manifest: Manifest,
    missing: BTreeMap<String, Named>,
    snapshot: Snapshot,
}

impl Reader {
    fn new(manifest: Manifest) -> Self {
        let mut missing = BTreeMap::new();
        let mut snapshot = Snapshot::default();
        for file in &manifest.files {
            missing.insert(file.path.clone(), Named::Objects(file.objects));
        }
        for log in &manifest.logs {
            let key = LogKey {
                namespace: log.namespace.clone(),
                pod: log.pod.clone(),
                container: log.container.clone(),
                previous: log.previous,
            };
            match (&log.path, &log.absent) {
                (Some(path), _) => {
                    missing.insert(path.clone(), Named::Log(key));
                }
                (None, Some(why)) => snapshot.put_log(key, LogSeen::Absent(why.0.clone())),
                (None, None) => {}
            }
        }
        for course in &manifest.courses {
            let key = CourseKey::new(&course.namespace, &course.pod, &course.container);
            match (&course.path, &course.absent) {
                (Some(path), _) => {
                    missing.insert(path.clone(), Named::Course(key));
                }
                (None, Some(why)) => snapshot.put_course(key, CourseSeen::Absent(why.0.clone())),
                (None, None) => {}
            }
        }
        Self {
            manifest,
            missing,
            snapshot,
        }
    }

    fn wanted(&self) -> Vec<String> {
        self.missing.keys().cloned().collect()
    }

    fn wants(&self, path: &str) -> bool {
        self.missing.contains_key(path)
    }

    fn take(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), ReadRecordError> {
        match self.missing.remove(path) {
            None => {}
            Some(Named::Log(key)) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.snapshot.put_log(key, LogSeen::Text(text));
            }
            Some(Named::Course(key)) => {
                let mut found =
                    matrix::read(&bytes).map_err(|problem| damaged(path, problem.en))?;
                let course = found
                    .remove(&key)
                    .ok_or_else(|| damaged(path, "it tells of another container"))?;
                self.snapshot.put_course(key, CourseSeen::Points(course));
            }
            Some(Named::Objects(promised)) => {
                let page = slim::Reader::of_many(&Pool::default())
                    .page(&bytes, Hint::default())
                    .map_err(|error| damaged(path, error.to_string()))?;
                if page.items.len() != promised {
                    let found = page.items.len();
                    let said = format!("it has {found} objects, and should have {promised}");
                    return Err(damaged(path, said));
                }
                self.snapshot.extend(page.items);
            }
        }
        Ok(())
    }

    fn done(self) -> Result<Record, ReadRecordError> {
        if let Some(path) = self.missing.keys().next() {
            return Err(damaged(path, "it is missing"));
        }
        Ok(Record {
            snapshot: self.manifest.mark(self.snapshot),
            manifest: self.manifest,
        })
    }
}
