//! What a file is, by its content: objects, a log, a course of memory, a transcript, or nothing
//! known.

use facts::Pool;
use model::Text;

use super::limits::Limits;
use super::load::Loaded;
use super::piece::Piece;
use super::{json, logs, transcript, yaml};
use crate::matrix;
use crate::record::{FILE, Manifest};

/// Makes of one file's bytes what they are.
pub(super) fn piece(path: &str, loaded: Loaded, limits: &Limits, threads: usize) -> Piece {
    let mut piece = Piece::of(path);
    let keep = limits.log_tail;
    let bytes = match loaded {
        Loaded::Whole(bytes) => bytes,
        Loaded::Beginning(bytes) => {
            let read = bytes.len();
            piece.note(
                0,
                &Text::new(
                    format!("only the first {read} bytes are read"),
                    format!("只读取前 {read} 字节"),
                ),
            );
            bytes
        }
        Loaded::End(tail) => {
            let seen = logs::seen_tail(&tail.bytes, tail.cut());
            match logs::key_of_path(path) {
                Some(key) => piece.logs.push((key, seen)),
                None => {
                    if !logs::looks_like_log(path) {
                        let (all, read) = (tail.total, tail.bytes.len());
                        piece.note(
                                0,
                                &Text::new(
                                    format!(
                                        "a text of {all} bytes is taken for a log: its last {read} bytes are read"
                                    ),
                                    format!(
                                        "一份 {all} 字节的文本被视为日志：读取其最后 {read} 字节"
                                    ),
                                ),
                            );
                    }
                    piece.stray_log = Some(seen);
                }
            }
            return piece;
        }
    };
    if let Some(key) = logs::key_of_path(path) {
        piece.logs.push((key, logs::seen(&bytes, keep)));
        return piece;
    }
    let bytes = decoded(bytes, &mut piece);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        piece.note(0, &Text::new("the file is empty", "文件为空"));
        return piece;
    }
    if path.rsplit('/').next() == Some(FILE) {
        match Manifest::parse(&bytes) {
            Ok(manifest) => {
                piece.manifest = Some(manifest);
                return piece;
            }
            Err(why) => piece.note(0, &why.words()),
        }
    }
    if matrix::is_answer(&bytes) {
        match matrix::read(&bytes) {
            Ok(courses) => piece.courses.extend(courses),
            Err(why) => piece.note(0, &why),
        }
        return piece;
    }
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) && json::holds_objects(&bytes) {
        json::read(&bytes, &mut piece, threads, keep);
        piece.pool = Pool::default();
        return piece;
    }
    let binary = bytes.iter().take(8 << 10).any(|byte| *byte == 0);
    if binary && !logs::looks_like_log(path) {
        let why = Text::new("this is no text and is left out", "这不是文本，未读取");
        piece.note(0, &why);
        return piece;
    }
    let text = String::from_utf8_lossy(&bytes);
    if logs::is_cluster_info(&text) {
        let (found, _) = logs::cluster_info(text.trim_start(), keep);
        piece.logs.extend(found);
    } else if transcript::has_commands(&text) {
        piece.transcript = Some(transcript::read(&text, &piece.path, limits));
    } else if yaml::holds_objects(&text) {
        yaml::read(&text, &mut piece);
        piece.pool = Pool::default();
    } else if !logs::looks_like_log(path) && transcript::has_output(&text) {
        piece.transcript = Some(transcript::read(&text, &piece.path, limits));
    } else if !logs::looks_like_log(path) && claims_objects(path) {
        match yaml::broken(&text) {
            Some((line, why)) => piece.note(line, &why),
            None => piece.note(
                0,
                &Text::new("it holds no Kubernetes objects", "其中没有 Kubernetes 对象"),
            ),
        }
    } else {
        piece.stray_log = Some(logs::seen(&bytes, keep));
    }
    piece
}

/// Whether the file's name says that there are objects in it.
fn claims_objects(path: &str) -> bool {
    [".yaml", ".yml", ".json"]
        .into_iter()
        .any(|end| path.len() > end.len() && path.ends_with(end))
}

/// Text without its byte order mark, and in UTF-8.
fn decoded(mut bytes: Vec<u8>, piece: &mut Piece) -> Vec<u8> {
    let wide: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => {
            if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
                bytes.drain(..3);
            }
            return bytes;
        }
    };
    let why = Text::new(
        "the file is in UTF-16 and was converted",
        "文件为 UTF-16 编码，已转换",
    );
    piece.note(0, &why);
    let (pairs, _) = bytes.as_chunks::<2>();
    let letters = pairs.iter().skip(1).map(|pair| wide(*pair));
    char::decode_utf16(letters)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into_bytes()
}
