//! Reads many files at once, by a few threads, and gives them back in one order.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use model::Text;

use super::archive::{self, Sink};
use super::content;
use super::limits::Limits;
use super::load::{Loaded, load};
use super::logs;
use super::note::{Note, unreadable};
use super::piece::Piece;
use super::tree::Found;

/// Everything that was read, by path.
#[derive(Debug, Default)]
pub(super) struct Heap {
    pub(super) pieces: Vec<Piece>,
    pub(super) notes: Vec<Note>,
    pub(super) files: usize,
    pub(super) bytes: u64,
}

fn threads() -> usize {
    thread::available_parallelism()
        .map_or(2, NonZero::get)
        .min(8)
}

/// Reads the files of a folder.
pub(super) fn folder(files: &[Found], limits: &Limits) -> Heap {
    let next = AtomicUsize::new(0);
    let bytes = AtomicU64::new(0);
    let results: Mutex<Vec<Piece>> = Mutex::default();
    let total: u64 = files
        .iter()
        .filter_map(|file| Some(file.file.metadata().ok()?.len()))
        .fold(0, u64::saturating_add);
    // One large file is shared out among threads by its items; many files are shared out whole.
    let (crowd, within) = if files.len() > 1 && total > 256 << 10 {
        (threads().min(files.len()), 2)
    } else {
        (1, threads())
    };
    let work = || {
        while let Some(found) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let most = limits
                .total_bytes
                .saturating_sub(bytes.load(Ordering::Relaxed));
            let piece = match open(found, limits, most) {
                Ok(loaded) => {
                    bytes.fetch_add(loaded.read(), Ordering::Relaxed);
                    content::piece(&found.path, loaded, limits, within)
                }
                Err(why) => {
                    let mut piece = Piece::of(&found.path);
                    piece.note(0, &unreadable(&why));
                    piece
                }
            };
            results
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(piece);
        }
    };
    if crowd == 1 {
        work();
    } else {
        thread::scope(|scope| {
            for _ in 0..crowd {
                scope.spawn(work);
            }
        });
    }
    let pieces = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    heap(pieces, Vec::new(), bytes.into_inner())
}

fn open(found: &Found, limits: &Limits, most: u64) -> Result<Loaded, Text> {
    let theirs = |why: io::Error| Text::same(why.to_string());
    if most == 0 {
        return Err(Text::new(
            "the recording is too large: the rest is left out",
            "记录过大，其余未读",
        ));
    }
    let mut file = File::open(&found.file).map_err(theirs)?;
    let meta = file.metadata().map_err(theirs)?;
    if !meta.is_file() {
        return Err(Text::new("it is no file any more", "它已不是文件"));
    }
    let mut head = [0; 4];
    let got = io::Read::read(&mut file, &mut head).map_err(theirs)?;
    let form = archive::form(head.get(..got).unwrap_or_default());
    let log = logs::key_of_path(&found.path).is_some();
    if matches!(form, archive::Form::Gzip | archive::Form::Zip) && !log {
        return Err(Text::new(
            "an archive within a folder is not opened: give it by itself",
            "不打开文件夹中的归档：请单独指定它",
        ));
    }
    io::Seek::seek(&mut file, io::SeekFrom::Start(0)).map_err(theirs)?;
    load(&mut file, meta.len(), log, limits, most).map_err(theirs)
}

/// Reads one file that is there already.
pub(super) fn one(name: &str, loaded: Loaded, limits: &Limits) -> Heap {
    let bytes = loaded.read();
    let piece = content::piece(name, loaded, limits, threads());
    heap(vec![piece], Vec::new(), bytes)
}

/// Reads an archive: one thread unpacks, the others read.
pub(super) fn archive(
    limits: &Limits,
    unpack: impl FnOnce(&mut Hand<'_>) -> io::Result<()>,
) -> Heap {
    let (send, receive) = sync_channel::<(String, Loaded)>(4);
    let receive = Mutex::new(receive);
    let results: Mutex<Vec<Piece>> = Mutex::default();
    let mut notes = Vec::new();
    let mut bytes = 0;
    thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(|| reader(&receive, &results, limits));
        }
        let mut hand = Hand {
            send,
            notes: &mut notes,
            bytes: &mut bytes,
        };
        let result = unpack(&mut hand);
        // The readers end when nobody can send any more.
        drop(hand);
        if let Err(why) = result {
            let Text { en, zh } = archive::in_words(&why);
            let why = Text::new(
                format!("the archive is damaged: {en}; what came before is read"),
                format!("归档已损坏：{zh}；此前的内容已读取"),
            );
            notes.push(Note::new("", &why));
        }
    });
    let pieces = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    heap(pieces, notes, bytes)
}

fn reader(
    receive: &Mutex<Receiver<(String, Loaded)>>,
    results: &Mutex<Vec<Piece>>,
    limits: &Limits,
) {
    loop {
        let next = receive
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok((path, loaded)) = next else { return };
        let piece = content::piece(&path, loaded, limits, threads());
        results
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(piece);
    }
}

/// Hands the files of an archive to the readers.
pub(super) struct Hand<'a> {
    send: SyncSender<(String, Loaded)>,
    notes: &'a mut Vec<Note>,
    bytes: &'a mut u64,
}

impl Sink for Hand<'_> {
    fn file(&mut self, path: String, loaded: Loaded) -> bool {
        *self.bytes = self.bytes.saturating_add(loaded.read());
        self.send.send((path, loaded)).is_ok()
    }

    fn note(&mut self, note: Note) {
        if self.notes.len() < 1000 {
            self.notes.push(note);
        }
    }
}

fn heap(mut pieces: Vec<Piece>, notes: Vec<Note>, bytes: u64) -> Heap {
    pieces.sort_by(|a, b| a.path.cmp(&b.path));
    Heap {
        files: pieces.len(),
        pieces,
        notes,
        bytes,
    }
}
