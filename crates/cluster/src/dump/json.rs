//! Objects out of JSON: single ones, lists of every form, one after another, one a line.

use std::ops::Range;

use facts::slim::{Hint, Reader, forget_if_well};
use facts::{Object, Pool};
use model::Text;
use serde_json::Value;

use super::logs;
use super::object::{self, Checked};
use super::piece::{ListSeen, Piece};
use super::scan::{Outline, Scanner, line_of};

/// Lists from this size on are read by several threads.
const LARGE: usize = 2 << 20;

/// Reads all values of a JSON text into a piece. Of a text that is cut or broken, everything before
/// and after the broken part is kept.
pub(super) fn read(bytes: &[u8], piece: &mut Piece, threads: usize, log_tail: usize) {
    let mut at = 0;
    let mut garbage = 0_usize;
    loop {
        let mut scanner = Scanner::new(bytes, at);
        let start = match scanner.peek() {
            Some(b'{' | b'[') => scanner.at(),
            None => break,
            Some(_) => {
                at = other(bytes, scanner.at(), piece, log_tail, &mut garbage);
                continue;
            }
        };
        let outline = scanner.outline();
        at = scanner.at().max(start + 1);
        value(bytes, &outline, piece, threads);
        if let Some(cut) = outline.cut {
            let whole = outline.items.as_ref().map_or(0, Vec::len);
            let line = line_of(bytes, cut.at);
            if outline.items.is_some() {
                piece.note(
                    line,
                    &Text::new(
                        format!("the JSON ends in the middle; {whole} items before are read"),
                        format!("JSON 中途中断；此前的 {whole} 项已读取"),
                    ),
                );
            } else {
                piece.note(
                    line,
                    &Text::new(
                        "the JSON ends in the middle of an object, which is not read",
                        "JSON 在一个对象中间中断，该对象未读取",
                    ),
                );
            }
        }
    }
    if garbage > 1 {
        piece.note(
            0,
            &Text::new(
                format!("{garbage} places that are not JSON were left out"),
                format!("{garbage} 处不是 JSON 的内容未读取"),
            ),
        );
    }
}

/// What stands between the values: the logs of a cluster-info dump that went to standard output, or
/// something unknown, which is left out up to the next line that begins a value.
fn other(bytes: &[u8], at: usize, piece: &mut Piece, keep: usize, garbage: &mut usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.starts_with(b"==== START logs for container ") {
        let text = String::from_utf8_lossy(rest);
        // Lossy text has other offsets than the bytes; it is cut off by its end marks instead.
        if let std::borrow::Cow::Borrowed(text) = text {
            let (found, used) = logs::cluster_info(text, keep);
            piece.logs.extend(found);
            if used > 0 {
                return at + used;
            }
        }
    }
    *garbage += 1;
    if *garbage == 1 {
        let why = Text::new("this is not JSON and is left out", "这不是 JSON，未读取");
        piece.note_at(bytes, at, &why);
    }
    let mut from = 0;
    loop {
        match memchr::memchr(b'\n', rest.get(from..).unwrap_or_default()) {
            None => return bytes.len(),
            Some(end) => {
                from += end + 1;
                if matches!(rest.get(from), Some(b'{' | b'[' | b'=')) {
                    return at + from;
                }
            }
        }
    }
}

/// A top-level value: an object, or a list of them.
fn value(bytes: &[u8], outline: &Outline, piece: &mut Piece, threads: usize) {
    let field = |name: &str| field(bytes, outline, name);
    let kind = field("kind").and_then(|kind| kind.as_str().map(str::to_owned));
    let listed = kind.as_deref().is_none_or(|kind| kind.ends_with("List"));
    let metadata = field("metadata").unwrap_or(Value::Null);
    let none = Vec::new();
    let items = match &outline.items {
        Some(items) if listed => items,
        // `"items": null` is how an empty list may be written; a custom kind may end in `List` too.
        None if listed
            && kind.is_some()
            && metadata.get("name").is_none()
            && outline.cut.is_none() =>
        {
            &none
        }
        Some(_) | None => {
            if outline.cut.is_none() {
                single(bytes, outline.whole.clone(), piece);
            }
            return;
        }
    };
    let text = |name: &str| {
        let text = metadata.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let kind = kind.unwrap_or_default();
    let item_kind = kind.strip_suffix("List").unwrap_or_default().to_owned();
    let version = field("apiVersion")
        .and_then(|version| version.as_str().map(str::to_owned))
        .unwrap_or_default();
    let hint = Some((item_kind.as_str(), version.as_str())).filter(|(kind, _)| !kind.is_empty());
    let named = super::kinds::in_file_name(stem(&piece.path))
        .map(|(kind, _)| (kind.kind, kind.api_version()));
    let hint = hint.or_else(|| named.as_ref().map(|(kind, of)| (*kind, of.as_str())));
    let from = piece.objects.len();
    let failed = items_of(bytes, items, hint, piece, threads);
    piece.lists.push(ListSeen {
        kind,
        version: text("resourceVersion"),
        goes_on: !text("continue").is_empty(),
        broken: outline.cut.is_some() || failed,
        objects: (from, piece.objects.len()),
    });
}

/// The name of a file without its folder and ending.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(name);
    ["json", "yaml", "yml", "jsonl", "ndjson", "txt", "log"]
        .iter()
        .find_map(|end| name.strip_suffix(end)?.strip_suffix('.'))
        .unwrap_or(name)
}

fn field(bytes: &[u8], outline: &Outline, name: &str) -> Option<Value> {
    let quoted = format!("\"{name}\"");
    let (_, value) = outline
        .fields
        .iter()
        .rev()
        .find(|(key, _)| bytes.get(key.clone()) == Some(quoted.as_bytes()))?;
    // A list's own metadata is small; a value that is not is no list's.
    let value = bytes
        .get(value.clone())
        .filter(|value| value.len() < 64 << 10)?;
    serde_json::from_slice(value).ok()
}

fn single(bytes: &[u8], place: Range<usize>, piece: &mut Piece) {
    let mut reader = Reader::of_one(&piece.pool);
    match parse(bytes, place.clone(), None, &mut reader, &piece.pool) {
        Err(why) => piece.note_at(bytes, place.start, &why),
        Ok(object) => match object::check(object, None) {
            Checked::Object(object) => piece.objects.push(object),
            Checked::Nothing(why) => piece.note_at(bytes, place.start, &why),
        },
    }
}

/// Reads the items of a list. Says whether one of them failed.
fn items_of(
    bytes: &[u8],
    items: &[Range<usize>],
    kind: Option<(&str, &str)>,
    piece: &mut Piece,
    threads: usize,
) -> bool {
    let size = items.last().map_or(0, |item| item.end);
    let parts = if size < LARGE {
        1
    } else {
        threads.clamp(1, 16)
    };
    let share = items.len().div_ceil(parts).max(1);
    let chunks: Vec<&[Range<usize>]> = items.chunks(share).collect();
    let results: Vec<Vec<Result<Object, (usize, Text)>>> = if chunks.len() < 2 {
        chunks
            .iter()
            .map(|chunk| some(bytes, chunk, items.len(), kind))
            .collect()
    } else {
        std::thread::scope(|scope| {
            let running: Vec<_> = chunks
                .iter()
                .map(|chunk| scope.spawn(|| some(bytes, chunk, items.len(), kind)))
                .collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_default())
                .collect()
        })
    };
    let mut failed = false;
    for result in results.into_iter().flatten() {
        match result {
            Ok(object) => piece.objects.push(object),
            Err((at, why)) => {
                failed = true;
                piece.note_at(bytes, at, &why);
            }
        }
    }
    failed
}

fn some(
    bytes: &[u8],
    items: &[Range<usize>],
    count: usize,
    kind: Option<(&str, &str)>,
) -> Vec<Result<Object, (usize, Text)>> {
    let pool = Pool::default();
    let mut reader = Reader::of_many(&pool);
    items
        .iter()
        .map(|item| {
            let at = item.start;
            let object =
                parse(bytes, item.clone(), kind, &mut reader, &pool).map_err(|why| (at, why))?;
            match object::check(object, kind) {
                Checked::Object(mut object) => {
                    forget_if_well(&mut object, count, &pool);
                    Ok(object)
                }
                Checked::Nothing(why) => Err((at, why)),
            }
        })
        .collect()
}

/// One value. Bytes that are no text are replaced.
fn parse<'t>(
    bytes: &'t [u8],
    place: Range<usize>,
    kind: Option<(&str, &str)>,
    reader: &mut Reader<'_, 't>,
    pool: &Pool,
) -> Result<Object, Text> {
    let (kind, version) = kind.unwrap_or_default();
    let hint = Hint::of(kind, version);
    let bytes = bytes.get(place).unwrap_or_default();
    let object = match std::str::from_utf8(bytes) {
        Ok(text) => reader.object(text, hint),
        Err(_) => Reader::of_one(pool).object(&String::from_utf8_lossy(bytes), hint),
    };
    object.map_err(|why| {
        let why = why.to_string();
        let [en, zh] = ["it is nested deeper than is read", "嵌套过深"]
            .map(|words| why.replace("recursion limit exceeded", words));
        Text::new(
            format!("this JSON cannot be read: {en}"),
            format!("此 JSON 无法读取：{zh}"),
        )
    })
}

/// Whether a text that begins with a bracket is objects of Kubernetes rather than a log in JSON:
/// its first value is a list, or has the fields of an object.
pub(super) fn holds_objects(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(256 << 10)).unwrap_or_default();
    let mut scanner = Scanner::new(head, 0);
    match scanner.peek() {
        Some(b'{') => {}
        Some(b'[') => {
            scanner = Scanner::new(head, scanner.at() + 1);
            match scanner.peek() {
                Some(b'{') => {}
                // An empty array is an empty list.
                Some(b']') => return true,
                _ => return false,
            }
        }
        _ => return false,
    }
    let outline = scanner.outline();
    let has = |name: &str| {
        let quoted = format!("\"{name}\"");
        outline
            .fields
            .iter()
            .any(|(key, _)| head.get(key.clone()) == Some(quoted.as_bytes()))
    };
    let known = ["kind", "apiVersion", "metadata"]
        .into_iter()
        .filter(|name| has(name))
        .count();
    outline.items.is_some() || known >= 2 || (outline.cut.is_some() && known >= 1)
}
