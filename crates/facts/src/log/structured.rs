//! Messages within lines of JSON and logfmt: what was said, the error that goes with it, its stack.

use serde_json::Value;

use super::line::{Level, WIDTH, cut, level_of, plain};

/// How many lines of a stack trace within a line of JSON are looked at.
const STACK: usize = 200;

/// The messages within a line of JSON or logfmt, and its level.
pub(super) fn structured(text: &str) -> Option<(Level, Vec<String>)> {
    let text = text.trim();
    if text.starts_with('{') && text.ends_with('}') {
        return json(text);
    }
    logfmt(text)
}

const MESSAGES: &[&str] = &[
    "msg",
    "message",
    "@m",
    "@message",
    "Message",
    "RenderedMessage",
    "@mt",
    "MessageTemplate",
    "short_message",
    "event",
    "text",
    "log",
    "textPayload",
    "body",
];
const ERRORS: &[&str] = &[
    "error",
    "err",
    "Error",
    "exception",
    "Exception",
    "@x",
    "exc_info",
    "cause",
    "reason",
    "error.message",
    "err.message",
    "exception.message",
    "errorMessage",
    "detail",
    "details",
    "full_message",
    "stack",
    "stack_trace",
    "stackTrace",
    "stacktrace",
    "error.stack_trace",
    "traceback",
];
const LEVELS: &[&str] = &[
    "level",
    "severity",
    "lvl",
    "log.level",
    "@l",
    "Level",
    "levelname",
    "loglevel",
    "s",
    "LogLevel",
    "priority",
];

fn json(text: &str) -> Option<(Level, Vec<String>)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let fields = value.as_object()?;
    let level = LEVELS
        .iter()
        .find_map(|key| fields.get(*key))
        .map_or(Level::Unsaid, |level| match level {
            Value::String(word) => level_of(word),
            Value::Number(number) => bunyan(number.as_i64().unwrap_or(0)),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Level::Unsaid,
        });
    let mut parts: Vec<String> = Vec::new();
    if let Some(message) = MESSAGES.iter().find_map(|key| fields.get(*key)?.as_str()) {
        parts.push(message.to_owned());
    }
    for key in ERRORS {
        if let Some(found) = fields.get(*key) {
            gather(found, &mut parts, 0);
        }
    }
    // Fields of MongoDB's log and of loggers that nest all they were given.
    for key in ["attr", "fields", "context", "data", "extra", "record"] {
        if let Some(Value::Object(inner)) = fields.get(key) {
            for key in ["message", "msg"].iter().chain(ERRORS) {
                if let Some(found) = inner.get(*key) {
                    gather(found, &mut parts, 0);
                }
            }
        }
    }
    if parts.is_empty() {
        return None;
    }
    let mut firsts: Vec<&str> = Vec::new();
    let mut rest: Vec<String> = Vec::new();
    for part in &parts {
        let mut lines = part.lines().filter(|line| !line.trim().is_empty());
        if let Some(first) = lines.next() {
            // A stack begins with the message that stood before it.
            if !firsts
                .iter()
                .any(|said| said.contains(first) || first.contains(said))
            {
                firsts.push(first);
            }
        }
        rest.extend(
            lines
                .take(STACK)
                .map(|line| plain(cut(line, WIDTH)).into_owned()),
        );
    }
    let mut out = vec![cut(&plain(&firsts.join(": ")), WIDTH).to_owned()];
    out.extend(rest);
    Some((level, out))
}

fn gather(value: &Value, parts: &mut Vec<String>, depth: usize) {
    match value {
        Value::String(text) if !text.trim().is_empty() => parts.push(text.clone()),
        Value::Object(inner) if depth < 4 => {
            for key in [
                "type",
                "name",
                "code",
                "message",
                "msg",
                "stack",
                "stacktrace",
                "cause",
                "error",
            ] {
                match (key, inner.get(key)) {
                    ("type" | "name" | "code", Some(Value::String(_))) | (_, None) => {}
                    (_, Some(found)) => gather(found, parts, depth.saturating_add(1)),
                }
            }
        }
        Value::Array(items) if depth < 4 => {
            for item in items.iter().take(8) {
                gather(item, parts, depth.saturating_add(1));
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)
        | Value::Array(_) => {}
    }
}

const fn bunyan(level: i64) -> Level {
    match level {
        10..=20 => Level::Debug,
        30 => Level::Info,
        40 => Level::Warn,
        50 => Level::Error,
        60 => Level::Fatal,
        _ => Level::Unsaid,
    }
}

/// `level=error msg="…" err="…"`, by hand: keys are words, values are bare or quoted.
fn logfmt(text: &str) -> Option<(Level, Vec<String>)> {
    if !(text.contains("msg=") || text.contains("message=") || text.contains("err=")) {
        return None;
    }
    let mut level = Level::Unsaid;
    let (mut message, mut error) = (String::new(), String::new());
    let mut rest = text;
    let mut pairs: usize = 0;
    while let Some((head, after)) = rest.split_once('=') {
        let key = head.rsplit([' ', '\t']).next().unwrap_or_default();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = after.find([' ', '\t']).unwrap_or(after.len());
                let (value, next) = after.split_at_checked(end)?;
                (value.to_owned(), next)
            }
        };
        pairs = pairs.saturating_add(1);
        match key {
            "level" | "lvl" | "severity" => level = level_of(&value),
            "msg" | "message" | "event" if message.is_empty() => message = value,
            "err" | "error" | "exception" | "reason" | "cause" if error.is_empty() => error = value,
            _ => {}
        }
        rest = next;
    }
    if pairs < 2 || (message.is_empty() && error.is_empty()) {
        return None;
    }
    let whole = match (message.is_empty(), error.is_empty()) {
        (false, false) => format!("{message}: {error}"),
        (false, true) => message,
        (true, _) => error,
    };
    let lines: Vec<String> = whole
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(STACK)
        .map(str::to_owned)
        .collect();
    (!lines.is_empty()).then_some((level, lines))
}

/// The value up to its closing quote, and what comes after it.
fn unquote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                return (
                    value,
                    quoted.get(at.saturating_add(1)..).unwrap_or_default(),
                );
            }
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, other)) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    (value, "")
}
