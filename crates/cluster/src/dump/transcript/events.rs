//! Events, from tables of events and from the end of a description.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::kinds;
use super::age::{self, Seen};
use super::looks::{Fullness, Transcript, named, put};
use super::table::{Row, Table, gaps};

/// An event that was shown.
#[derive(Debug, Default)]
pub(super) struct Shown<'a> {
    pub(super) kind: &'a str,
    pub(super) space: Option<String>,
    pub(super) name: &'a str,
    pub(super) path: Option<&'a str>,
    pub(super) severity: &'a str,
    pub(super) reason: &'a str,
    pub(super) source: Option<&'a str>,
    pub(super) message: String,
    pub(super) seen: Seen,
}

/// A row of `get events` or `events`.
pub(super) fn row(
    looks: &mut Transcript,
    table: &Table,
    row: &Row,
    space: Option<String>,
    line: usize,
) -> bool {
    let cell = |column: &str| table.cell(row, column);
    let Some((of, name)) = cell("OBJECT").and_then(|object| object.split_once('/')) else {
        return false;
    };
    let kind = kinds::find(of).map_or(of, |kind| kind.kind);
    let mut seen = cell("LAST SEEN").map(age::seen).unwrap_or_default();
    if let Some(first) = cell("FIRST SEEN").and_then(age::seconds) {
        seen.first = Some(first);
    }
    if let Some(count) = cell("COUNT").and_then(|count| count.parse().ok()) {
        seen.count = count;
    }
    shown(
        looks,
        Shown {
            kind,
            space,
            name,
            path: cell("SUBOBJECT"),
            severity: cell("TYPE").unwrap_or("Normal"),
            reason: cell("REASON").unwrap_or_default(),
            source: cell("SOURCE"),
            message: words(cell("MESSAGE").unwrap_or_default()),
            seen,
        },
        line,
    );
    true
}

/// The events at the end of a description: `Type Reason Age From Message`.
pub(super) fn described(
    looks: &mut Transcript,
    (kind, space, name): (&str, Option<&str>, &str),
    lines: &[(usize, &str)],
) {
    let mut starts: Vec<usize> = Vec::new();
    for (line, text) in lines {
        let text = text.replace("\\t", "\t");
        let bare = text.trim();
        if bare.is_empty() || bare.starts_with("Type ") || bare.starts_with("Type\t") {
            continue;
        }
        if bare
            .chars()
            .all(|letter| matches!(letter, '-' | ' ' | '\t'))
        {
            starts = columns(&text);
            continue;
        }
        let Some(cells) = cells(&text, &starts) else {
            continue;
        };
        let [severity, reason, age, source, message] = cells.each_ref().map(String::as_str);
        // Of which container it is about, newer versions of kubectl say in front of the message.
        let (path, message) = match message.split_once("}: ") {
            Some((path, rest)) if path.starts_with("spec.") && path.contains('{') => {
                (message.get(..=path.len()), rest)
            }
            Some(_) | None => (None, message),
        };
        shown(
            looks,
            Shown {
                kind,
                space: space.map(str::to_owned),
                name,
                path,
                severity,
                reason,
                source: Some(source).filter(|source| !source.is_empty()),
                message: words(message),
                seen: age::seen(age),
            },
            *line,
        );
    }
}

/// Where the dashes under a header begin.
fn columns(line: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut before = ' ';
    for (at, letter) in line.chars().enumerate() {
        if letter == '-' && before != '-' {
            starts.push(at);
        }
        before = letter;
    }
    starts
}

fn cells(line: &str, starts: &[usize]) -> Option<[String; 5]> {
    let letters: Vec<char> = line.chars().collect();
    let space = |at: usize| letters.get(at).is_none_or(|letter| *letter == ' ');
    if let [a, b, c, d, e] = *starts
        && [a, b, c, d, e]
            .iter()
            .all(|start| *start == 0 || space(start - 1))
        && !space(a)
        && !space(b)
    {
        let part = |from: usize, to: usize| -> String {
            let part: String = letters
                .get(from.min(letters.len())..to.min(letters.len()).max(from.min(letters.len())))
                .unwrap_or_default()
                .iter()
                .collect();
            part.trim().to_owned()
        };
        return Some([
            part(a, b),
            part(b, c),
            part(c, d),
            part(d, e),
            part(e, letters.len()),
        ]);
    }
    let parts = if line.contains('\t') {
        line.split('\t')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()
    } else {
        gaps(line)
    };
    let mut parts = parts.into_iter();
    let severity = parts.next()?;
    if !matches!(severity.as_str(), "Normal" | "Warning") {
        return None;
    }
    let (reason, age) = (parts.next()?, parts.next()?);
    let source = parts.next().unwrap_or_default();
    let message: Vec<String> = parts.collect();
    Some([severity, reason, age, source, message.join("  ")])
}

/// A message without the quotes that some way of copying escaped.
fn words(message: &str) -> String {
    message.replace("\\\"", "\"")
}

/// Keeps an event. Its name follows from what it says, so that two looks at it are one.
pub(super) fn shown(looks: &mut Transcript, event: Shown<'_>, line: usize) {
    if !named(event.name) || event.reason.is_empty() {
        return;
    }
    let digest = Sha256::digest(format!(
        "{}/{}/{}/{}",
        event.kind, event.name, event.reason, event.message
    ));
    let short: String = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = format!("{}.{short}", event.name.get(..200).unwrap_or(event.name));
    let mut object = json!({
        "involvedObject": {"kind": event.kind, "name": event.name},
        "type": event.severity,
        "reason": event.reason,
        "message": event.message,
        "count": event.seen.count.max(1),
    });
    if let Some(kind) = kinds::named(event.kind) {
        put(
            &mut object,
            "/involvedObject/apiVersion",
            json!(kind.api_version()),
        );
    }
    if let Some(path) = event.path.filter(|path| path.starts_with("spec.")) {
        put(&mut object, "/involvedObject/fieldPath", json!(path));
    }
    if let Some(source) = event.source {
        let (component, host) = source.split_once(',').unwrap_or((source, ""));
        put(&mut object, "/source/component", json!(component.trim()));
        if !host.trim().is_empty() {
            put(&mut object, "/source/host", json!(host.trim()));
        }
    }
    for (at, ago) in [
        ("/lastTimestamp", event.seen.last),
        ("/firstTimestamp", event.seen.first),
    ] {
        if let Some(ago) = ago {
            put(&mut object, at, age::ago(ago));
        }
    }
    // Events of cluster-wide objects are kept in the namespace `default`.
    let space = if kinds::cluster_wide(event.kind) {
        Some("default".to_owned())
    } else {
        event.space
    };
    looks.look("Event", space, &name, object, Fullness::Row, line);
}
