//! Objects out of YAML: one or many documents, lists of kubectl, broken parts left out.

use model::Text;
use serde_json::Value;

use super::object::{self, Checked};
use super::piece::{ListSeen, Piece};

/// So many documents, and items of one list, are read: far more than fit into a file of its size.
const MOST: usize = 100_000;

/// Reads all documents of a YAML text into a piece.
pub(super) fn read(text: &str, piece: &mut Piece) {
    for (number, (line, document)) in documents(text).into_iter().enumerate() {
        if number == MOST {
            let why = Text::new(
                format!("only the first {MOST} documents are read"),
                format!("只读取前 {MOST} 个文档"),
            );
            piece.note(line, &why);
            return;
        }
        let list = split_list(document);
        match list {
            // Item by item: a broken one does not take the others with it.
            Some(list) if list.items.len() > 1 => list_of(&list, line, piece),
            _ => match parse(document) {
                Ok(value) => put(value, line, piece),
                Err((at, why)) => piece.note(line + at.saturating_sub(1), &why),
            },
        }
    }
}

/// Whether a text is YAML of Kubernetes: a line at the left margin says so.
pub(super) fn holds_objects(text: &str) -> bool {
    let mut known = 0;
    for line in text.lines().take(2000) {
        let line = line.strip_prefix("- ").unwrap_or(line);
        if let Some((key, rest)) = line.split_once(':') {
            let value = rest.is_empty() || rest.starts_with(' ');
            known +=
                usize::from(value && matches!(key, "apiVersion" | "kind" | "metadata" | "items"));
        }
        if known >= 2 {
            return true;
        }
    }
    false
}

/// Where and why a text is no YAML, if it is none.
pub(super) fn broken(text: &str) -> Option<(usize, Text)> {
    documents(text)
        .into_iter()
        .take(MOST)
        .find_map(|(line, document)| {
            let (at, why) = parse(document).err()?;
            Some((line + at.saturating_sub(1), why))
        })
}

/// The documents of a text with their first lines.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut start, mut first, mut at) = (0, 1, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_end();
        if bare == "---" || line.starts_with("--- ") || bare == "..." {
            found.push((first, text.get(start..at).unwrap_or_default()));
            start = at
                + if line.starts_with("--- ") {
                    4
                } else {
                    line.len()
                };
            first = number + if line.starts_with("--- ") { 1 } else { 2 };
        }
        at += line.len();
    }
    found.push((first, text.get(start..).unwrap_or_default()));
    found.retain(|(_, document)| {
        document
            .lines()
            .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    });
    found
}

/// A list as kubectl writes it, cut into its items by their dashes at the margin.
struct List<'a> {
    head: String,
    items: Vec<(usize, &'a str)>,
}

fn split_list(document: &str) -> Option<List<'_>> {
    let mut head = String::new();
    let mut items: Vec<(usize, usize, usize)> = Vec::new();
    let (mut at, mut within, mut seen) = (0, false, false);
    for (number, line) in document.split_inclusive('\n').enumerate() {
        if line.trim_end() == "items:" {
            (within, seen) = (true, true);
        } else if within && line.starts_with("- ") {
            items.push((number, at, at + line.len()));
        } else if within
            && (line.starts_with(' ') || line.trim().is_empty() || line.starts_with('#'))
        {
            if let Some(item) = items.last_mut() {
                item.2 = at + line.len();
            }
        } else {
            within = false;
            head.push_str(line);
        }
        at += line.len();
    }
    let items: Vec<_> = items
        .into_iter()
        .map(|(line, from, to)| (line, document.get(from..to).unwrap_or_default()))
        .collect();
    // An item that refers to another one's anchor can only be read together with it.
    let anchors = items.iter().any(|(_, item)| item.contains("\n  <<: *"));
    (seen && !anchors).then_some(List { head, items })
}

fn list_of(list: &List<'_>, line: usize, piece: &mut Piece) {
    let head = parse(&list.head).unwrap_or(Value::Null);
    let from = piece.objects.len();
    let mut broken = false;
    let hint = hint(&head, &piece.path);
    for (number, (at, item)) in list.items.iter().enumerate() {
        if number == MOST {
            let why = Text::new(
                format!("only the first {MOST} items are read"),
                format!("只读取前 {MOST} 项"),
            );
            piece.note(line + at, &why);
            broken = true;
            break;
        }
        match parse(item) {
            Ok(Value::Array(values)) => {
                for value in values {
                    broken |= !one(value, hint.as_ref(), line + at, piece);
                }
            }
            Ok(_) => broken = true,
            Err((within, why)) => {
                broken = true;
                piece.note(line + at + within.saturating_sub(1), &why);
            }
        }
    }
    seen(&head, from, broken, piece);
}

fn put(value: Value, line: usize, piece: &mut Piece) {
    let listed = value
        .get("kind")
        .and_then(Value::as_str)
        .is_none_or(|kind| kind.ends_with("List"));
    if value.is_null() {
        return;
    }
    let mut value = value;
    let items = if let Value::Array(items) = &mut value {
        Some(std::mem::take(items))
    } else if listed && let Some(items) = value.get_mut("items").map(Value::take) {
        match items {
            Value::Array(items) => Some(items),
            Value::Null => Some(Vec::new()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
        }
    } else {
        None
    };
    let Some(items) = items else {
        one(value, None, line, piece);
        return;
    };
    let from = piece.objects.len();
    let hint = hint(&value, &piece.path);
    let mut broken = false;
    for item in items {
        broken |= !one(item, hint.as_ref(), line, piece);
    }
    seen(&value, from, broken, piece);
}

fn hint(list: &Value, path: &str) -> Option<(String, String)> {
    let text = |field: &str| list.get(field).and_then(Value::as_str).unwrap_or_default();
    match text("kind").strip_suffix("List") {
        Some(kind) if !kind.is_empty() => Some((kind.to_owned(), text("apiVersion").to_owned())),
        _ => super::kinds::in_file_name(super::json::stem(path))
            .map(|(kind, _)| (kind.kind.to_owned(), kind.api_version())),
    }
}

fn one(value: Value, hint: Option<&(String, String)>, line: usize, piece: &mut Piece) -> bool {
    let hint = hint.map(|(kind, version)| (kind.as_str(), version.as_str()));
    match object::small(value, hint, &piece.pool) {
        Checked::Object(object) => {
            piece.objects.push(object);
            true
        }
        Checked::Nothing(why) => {
            piece.note(line, &why);
            false
        }
    }
}

fn seen(list: &Value, from: usize, broken: bool, piece: &mut Piece) {
    let text = |at: &str| {
        let text = list.pointer(at).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    piece.lists.push(ListSeen {
        kind: text("/kind"),
        version: text("/metadata/resourceVersion"),
        goes_on: !text("/metadata/continue").is_empty(),
        broken,
        objects: (from, piece.objects.len()),
    });
}

/// One document. The budget is far above any real object, and far below what could hurt.
pub(super) fn parse(text: &str) -> Result<Value, (usize, Text)> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 4_000_000,
            max_nodes: 2_000_000,
            max_depth: 100,
            flow_nesting_limit: 100,
            max_documents: 1,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_merge_keys: 1_000,
            max_recorded_anchor_events: 50_000,
            max_recorded_anchor_bytes: 1 << 20,
            max_total_scalar_bytes: 64 << 20,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 100_000,
            max_replay_stack_depth: 16,
        },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|why| {
        let line = why
            .location()
            .map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
        let why = in_words(&why.to_string());
        let why = Text::new(
            format!("this YAML cannot be read: {}", why.en),
            format!("此 YAML 无法读取：{}", why.zh),
        );
        (line, why)
    })
}

/// Why a text cannot be read; of the bounds of the parser, what they mean.
fn in_words(why: &str) -> Text {
    let has = |word: &str| why.contains(word);
    if !has("budget breached") && !has("limit") {
        return Text::same(why);
    }
    if has("nchor") || has("lias") || has("eplay") {
        Text::new(
            "its aliases unfold to more than is read",
            "其别名展开后过大",
        )
    } else if has("epth") || has("esting") || has("recursion") {
        Text::new("it is nested deeper than is read", "嵌套过深")
    } else {
        Text::same(why)
    }
}
