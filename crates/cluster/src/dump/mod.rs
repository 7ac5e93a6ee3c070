//! Reads what people recorded of a cluster: folders, archives and transcripts, into one snapshot.
//!
//! What a file is goes by its content. Nothing in a recording is trusted: every size, depth and
//! count has a bound, and what cannot be read is noted while the rest goes on. What a fault is, is
//! not judged here; and what is not in a recording is never taken to be absent from the cluster.

mod absence;
mod archive;
mod content;
mod crowd;
mod error;
mod gather;
mod json;
mod kinds;
mod limits;
mod load;
mod logs;
mod note;
mod object;
mod piece;
mod promised;
mod scan;
mod transcript;
mod tree;
mod yaml;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use model::Text;

pub use crate::BlindSpot;
pub use error::DumpError;
pub use limits::Limits;
pub use note::Note;

/// What a recording holds.
#[derive(Debug)]
pub struct Dump {
    /// Its objects, logs, and of which kinds they are all there is. It was taken at the newest time
    /// that anything in it shows.
    pub snapshot: facts::Snapshot,
    /// Which cluster it was, if it says so.
    pub cluster: Option<model::ClusterId>,
    /// What is missing from it.
    pub blind_spots: Vec<BlindSpot>,
    /// What could not be read, where two looks disagree, and what was assumed.
    pub notes: Vec<Note>,
    /// How many files were read.
    pub files: usize,
    /// How many bytes they had, unpacked.
    pub bytes: u64,
}

/// Reads a folder, a file, or an archive of either.
///
/// # Errors
///
/// When it cannot be opened, or nothing in it can be read.
pub fn read(from: &Path, limits: &Limits) -> Result<Dump, DumpError> {
    let unreadable = |why: io::Error| DumpError::Unreadable {
        path: from.to_owned(),
        problem: why.to_string(),
    };
    let place = Text::same(from.display().to_string());
    let meta = fs::metadata(from).map_err(unreadable)?;
    let name = from
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    if meta.is_dir() {
        let (files, notes) = tree::files(from, limits).map_err(unreadable)?;
        let mut heap = crowd::folder(&files, limits);
        heap.notes.extend(notes);
        return gather::dump(heap, &place, limits);
    }
    let mut file = File::open(from).map_err(unreadable)?;
    if !meta.is_file() {
        return read_named(file, "", &place, limits).map_err(unreadable)?;
    }
    let mut head = Vec::new();
    file.by_ref()
        .take(archive::HEAD as u64)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if archive::form(&head) == archive::Form::Zip {
        let heap = crowd::archive(limits, |sink| archive::zip(file, limits, sink));
        return gather::dump(heap, &place, limits);
    }
    read_named(file, &name, &place, limits).map_err(unreadable)?
}

/// Reads standard input: objects, a transcript, or an archive.
///
/// # Errors
///
/// When it cannot be read, or nothing in it can.
pub fn read_stream(input: impl Read, limits: &Limits) -> Result<Dump, DumpError> {
    let place = Text::new("standard input", "标准输入");
    read_named(input, "standard input", &place, limits).map_err(|why| DumpError::Unreadable {
        path: "-".into(),
        problem: why.to_string(),
    })?
}

fn read_named(
    mut input: impl Read,
    name: &str,
    place: &Text,
    limits: &Limits,
) -> io::Result<Result<Dump, DumpError>> {
    let mut head = Vec::new();
    input
        .by_ref()
        .take(archive::HEAD as u64)
        .read_to_end(&mut head)?;
    let form = archive::form(&head);
    let mut whole = io::Cursor::new(head).chain(input);
    let heap = match form {
        archive::Form::Gzip => {
            crowd::archive(limits, |sink| archive::gzip(whole, name, limits, sink))
        }
        archive::Form::Tar => crowd::archive(limits, |sink| archive::tar(whole, limits, sink)),
        archive::Form::Zip => {
            let mut bytes = Vec::new();
            whole.take(limits.file_bytes).read_to_end(&mut bytes)?;
            let bytes = io::Cursor::new(bytes);
            crowd::archive(limits, |sink| archive::zip(bytes, limits, sink))
        }
        archive::Form::Plain => {
            let loaded = load::load(&mut whole, 0, false, limits, limits.total_bytes)?;
            crowd::one(name, loaded, limits)
        }
    };
    Ok(gather::dump(heap, place, limits))
}
