//! Archives: what is in them is read in memory, and nothing is ever written to a disk.

use std::error::Error;
use std::io::{self, Read, Seek};

use flate2::read::MultiGzDecoder;
use model::Text;
use thiserror::Error;

use super::limits::Limits;
use super::load::{Loaded, load};
use super::logs;
use super::note::{Note, unreadable};

/// What kind of archive a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Compressed with gzip; what is in it shows when it is opened.
    Gzip,
    /// A tar archive.
    Tar,
    /// A zip archive.
    Zip,
    /// No archive.
    Plain,
}

/// So many bytes tell what a file is.
pub(super) const HEAD: usize = 512;

/// The form of a file by its first bytes.
pub(super) fn form(head: &[u8]) -> Form {
    if head.starts_with(&[0x1f, 0x8b]) {
        Form::Gzip
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Form::Zip
    } else if head.get(257..262) == Some(b"ustar") {
        Form::Tar
    } else {
        Form::Plain
    }
}

/// Takes files of an archive in turn. It says whether more are wanted.
pub(super) trait Sink {
    /// One file.
    fn file(&mut self, path: String, loaded: Loaded) -> bool;
    /// Something that was left out.
    fn note(&mut self, note: Note);
}

/// Reads a gzip stream: a tar archive in it, or one file.
pub(super) fn gzip(
    input: impl Read,
    name: &str,
    limits: &Limits,
    sink: &mut impl Sink,
) -> io::Result<()> {
    let mut input = Guarded::new(input, limits);
    let mut head = Vec::new();
    input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let tar = form(&head) == Form::Tar;
    let mut whole = io::Cursor::new(head).chain(input);
    if tar {
        return self::tar(whole, limits, sink);
    }
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let log = logs::key_of_path(name).is_some();
    let loaded = load(&mut whole, 0, log, limits, limits.total_bytes)?;
    sink.file(name.to_owned(), loaded);
    Ok(())
}

/// Reads a tar archive.
pub(super) fn tar(input: impl Read, limits: &Limits, sink: &mut impl Sink) -> io::Result<()> {
    let mut archive = tar::Archive::new(input);
    let (mut files, mut total) = (0, 0);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        if !kind.is_file() {
            sink.note(Note::new(
                path,
                &Text::new(
                    "it is a link, a pipe or a device, and is left out",
                    "这是链接、管道或设备，未读取",
                ),
            ));
            continue;
        }
        let Some(path) = inside(&path) else {
            sink.note(outside(path));
            continue;
        };
        if !room(&mut files, total, limits, sink) {
            return Ok(());
        }
        let log = logs::key_of_path(&path).is_some();
        let loaded = load(
            &mut entry,
            0,
            log,
            limits,
            limits.total_bytes.saturating_sub(total),
        )?;
        total += loaded.read();
        if !hidden(&path) && !sink.file(path, loaded) {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads a zip archive.
pub(super) fn zip(
    input: impl Read + Seek,
    limits: &Limits,
    sink: &mut impl Sink,
) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(input)?;
    let (mut files, mut total) = (0, 0);
    for at in 0..archive.len() {
        let mut entry = match archive.by_index(at) {
            Ok(entry) => entry,
            Err(why) => {
                let why = unreadable(&Text::same(why.to_string()));
                sink.note(Note::new(format!("entry {at}"), &why));
                continue;
            }
        };
        let path = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if entry.is_dir() {
            continue;
        }
        if !entry.is_file() {
            let why = Text::new("it is a link, and is left out", "这是链接，未读取");
            sink.note(Note::new(path, &why));
            continue;
        }
        let Some(path) = inside(&path) else {
            sink.note(outside(path));
            continue;
        };
        if !room(&mut files, total, limits, sink) {
            return Ok(());
        }
        let packed = entry.compressed_size();
        let log = logs::key_of_path(&path).is_some();
        let most = packed
            .saturating_mul(limits.ratio)
            .max(EASY)
            .min(limits.total_bytes.saturating_sub(total));
        match load(&mut entry, 0, log, limits, most) {
            Ok(loaded) => {
                total += loaded.read();
                if loaded.read() >= most {
                    let why = Text::new(
                        "it unpacks to far more than its size: only its beginning is read",
                        "解压后远大于其自身大小：只读取开头",
                    );
                    sink.note(Note::new(path.clone(), &why));
                }
                if !hidden(&path) && !sink.file(path, loaded) {
                    return Ok(());
                }
            }
            Err(why) => sink.note(Note::new(path, &unreadable(&in_words(&why)))),
        }
    }
    Ok(())
}

/// Below this size no ratio is suspicious.
const EASY: u64 = 16 << 20;

fn room(files: &mut usize, total: u64, limits: &Limits, sink: &mut impl Sink) -> bool {
    *files += 1;
    let room = *files <= limits.files && total < limits.total_bytes;
    if !room {
        let read = *files - 1;
        let why = Text::new(
            format!("the archive is too large: after {read} files the rest is left out"),
            format!("归档过大：读取 {read} 个文件后，其余未读"),
        );
        sink.note(Note::new("", &why));
    }
    room
}

fn outside(path: String) -> Note {
    let why = Text::new(
        "its path leads out of the archive: it is left out",
        "路径指向归档之外，未读取",
    );
    Note::new(path, &why)
}

/// A path without `./` and with nothing that leads out.
fn inside(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    if path.starts_with('/') || path.len() > 4096 || path.contains('\0') {
        return None;
    }
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    let out = parts
        .iter()
        .any(|part| *part == ".." || part.ends_with(':'));
    (!out && !parts.is_empty()).then(|| parts.join("/"))
}

fn hidden(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, ".git" | "__MACOSX" | ".DS_Store") || part.starts_with("._"))
}

/// Why the unpacking was stopped.
#[derive(Debug, Error)]
#[error("it unpacks to far more than its size")]
struct Bomb;

/// Why an archive cannot be read on: our own word, which comes up through the readers of others, or
/// theirs.
pub(super) fn in_words(why: &io::Error) -> Text {
    let mut next: Option<&(dyn Error + 'static)> = Some(why);
    while let Some(cause) = next {
        if cause.is::<Bomb>() {
            return Text::new(Bomb.to_string(), "解压后远大于其自身大小");
        }
        next = match cause.downcast_ref::<io::Error>() {
            // Its source is that of what it holds, and not what it holds.
            Some(io) => io.get_ref().map(|held| held as &(dyn Error + 'static)),
            None => cause.source(),
        };
    }
    Text::same(why.to_string())
}

/// Unpacks, and stops with an error when the content is far larger than the archive.
struct Guarded<R: Read> {
    inner: MultiGzDecoder<Counted<R>>,
    unpacked: u64,
    ratio: u64,
    total: u64,
}

impl<R: Read> Guarded<R> {
    fn new(input: R, limits: &Limits) -> Self {
        Self {
            inner: MultiGzDecoder::new(Counted { input, read: 0 }),
            unpacked: 0,
            ratio: limits.ratio,
            // The padding and headers of an archive are not content.
            total: limits.total_bytes.saturating_mul(2),
        }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.unpacked = self.unpacked.saturating_add(read as u64);
        let packed = self.inner.get_ref().read;
        let most = packed.saturating_mul(self.ratio).max(EASY).min(self.total);
        if self.unpacked > most {
            return Err(io::Error::other(Bomb));
        }
        Ok(read)
    }
}

struct Counted<R> {
    input: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.read = self.read.saturating_add(read as u64);
        Ok(read)
    }
}
