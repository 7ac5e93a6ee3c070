//! The lines of a log without what loggers put around a message: colours, time stamps, levels,
//! the frames of JSON and logfmt. What a message means is for the rules.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::structured::structured;
use regex::Regex;

/// How much of the end of a log is read, in bytes.
const TAIL: usize = 256 * 1024;
/// How much of one line is read, in bytes.
pub(super) const WIDTH: usize = 4 * 1024;
/// How many pieces of a logger's prefix are taken off one line.
const PIECES: usize = 8;

/// How loud a line is, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Debug,
    Info,
    /// It does not say.
    Unsaid,
    Warn,
    Error,
    Fatal,
}

/// One line of a log, or one line of a text within a line of JSON.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// Its number in the whole text, from 1.
    pub(super) number: usize,
    /// How loud it is.
    pub(super) level: Level,
    /// Its message.
    pub(super) text: Cow<'a, str>,
    /// Whether it goes on from the line before.
    pub(super) continues: bool,
    /// Whether it is a frame of a stack trace, or a line of source code shown in one.
    pub(super) frame: bool,
}

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

// One piece of a prefix: a time stamp, a level, a thread, a process, a logger's name.
pattern!(
    PREFIX,
    concat!(
        r"^(?:",
        // 2026-11-21T10:00:00.123Z, 2026/11/21 10:00:00, also in brackets
        r"[\[(]?[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,:][0-9]{1,9})?(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?[\])]?[ \t:|,-]*",
        // 10:00:00.123
        r"|[\[(]?[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?[\])]?[ \t:|-]+",
        // Nov 21 10:00:00 host, 21 Nov 2026 10:00:00.123, Sat Nov 21 10:00:00 2026, 21-Nov-2026 …
        r"|\[?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:[A-Z][a-z]{2} [ 0-9][0-9]|[0-9]{1,2}[ /-][A-Z][a-z]{2})(?:[ /-][0-9]{4})?[ :,]*[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?: [0-9]{4})?(?: [+-][0-9]{4})?\]?[ \t:]*",
        // klog: E1121 10:00:00.123456       1 main.go:12]
        r"|(?P<klog>[IWEF])[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+ +[0-9]+ [^\]\s]+\] ",
        // redis: 1:M
        r"|[0-9]+:[XCSM] ",
        // nginx: 1#1:
        r"|[0-9]+#[0-9]+: (?:\*[0-9]+ )?",
        // seconds since 1970
        r"|[0-9]{10}(?:\.[0-9]+)? ",
        // Spring Boot: 1 --- [main] o.s.boot.SpringApplication :
        r"|[0-9]+ --- (?:\[[^\]]*\] ?){1,3}\S+ +: ",
        // Python: ERROR:app.db:  and - app - ERROR -
        r"|(?P<python>DEBUG|INFO|WARNING|ERROR|CRITICAL):[A-Za-z_][\w.]*:",
        r"|-? ?[A-Za-z_][\w.-]* - (?P<dashed>DEBUG|INFO|WARNING|ERROR|CRITICAL) - ",
        // a level in capitals, or in brackets
        r"|(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|PANIC|SEVERE|EMERG|ALERT|LOG|DETAIL|HINT|STATEMENT)(?:[\[(][^\])]*[\])])?(?:[ \t]*[|:-]+[ \t]*|[ \t]+)",
        r"|[\[(<](?i:(?P<bracketed>trace|debug|info|information|notice|note|warn|warning|error|err|fatal|crit|critical|panic|severe|emerg|alert|system))[\])>][ \t:|-]*",
        // a level in small letters before a colon: info: fail: warn: (but not `error:`, which may
        // be the message's own)
        r"|(?P<small>trce|dbug|info|warn|fail|crit): ",
        // [main], [1], (node:1), <12>
        r"|\[[^\]\s]{1,60}\][ \t:|-]*|\[ +[^\]]{1,40}\][ \t:|-]*|\((?:node|bun|deno):[0-9]+\) |<[0-9]{1,3}>",
        // zap's and Go's callers: app/main.go:30
        r"|[\w./@-]+\.go:[0-9]+:?[ \t]+",
        // app::db: of Rust's tracing
        r"|[a-z_][\w]*(?:::[a-z_]\w*)+: ",
        // com.acme.App - of Logback
        r"|(?:[a-z]\w*\.)+[A-Z]\w* +- ",
        // what stands between such pieces
        r"|[ \t]*[|-] ",
        r")"
    )
);
pattern!(
    FRAME,
    concat!(
        r"^(?:",
        r"\s+at [^ ].*|\s*File .*, line [0-9]+.*|\s+from .*:[0-9]+.*|#[0-9]+ .*|\s+#[0-9]+ .*",
        r"|\s*\.\.\. [0-9]+ (?:more|common frames omitted|lines matching).*",
        r"|goroutine [0-9]+ .*|\s*created by .*|\t\S+\.(?:go|s):[0-9]+.*|[\w./*()-]+\([^ ]*\)$",
        r"|\s+[0-9]+: +0x[0-9a-f]+.*|stack backtrace:|note: run with .*|\s*\^[\^~ ]*$|\s+~*\^+~*$",
        r"|Node\.js v[0-9].*|node:[a-z_/]+:[0-9]+.*|\s*--- End of .*",
        r"|Traceback \(most recent call last\):|Stack trace:|\[stacktrace\]|main thread:",
        r"|\s+\{main\}|  thrown in .* on line [0-9]+|[\t ]+[\w/.$-]+:[0-9]+:in .*",
        r")$"
    )
);
pattern!(CARET, r"^\s*[\^~][\^~ ]*\s*$");

/// The logical lines of the end of a log, in order. Blank ones are left out.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let (skipped, tail) = tail(text);
    let mut all: Vec<Line<'_>> = Vec::new();
    let mut shown = false;
    for (index, raw) in tail.lines().enumerate() {
        let raw = plain(cut(raw, WIDTH));
        if raw.trim().is_empty() {
            continue;
        }
        let number = skipped.saturating_add(index).saturating_add(1);
        if CARET.as_ref().is_some_and(|caret| caret.is_match(&raw)) {
            // What stands above a caret is the program's source, not its words.
            if let Some(before) = all.last_mut() {
                before.frame = true;
            }
            continue;
        }
        let before = all.len();
        read(raw, number, &mut all);
        for line in all.iter_mut().skip(before) {
            // A Python frame shows the source line it is about, indented, after its `File`.
            if shown && line.continues && !line.frame {
                line.frame = true;
            }
            shown = line.text.trim_start().starts_with("File \"") && line.frame;
        }
    }
    all
}

/// The end of a text that is read, from the start of a line, and how many lines stand before it.
pub(super) fn tail(text: &str) -> (usize, &str) {
    if text.len() <= TAIL {
        return (0, text);
    }
    let mut start = text.len().saturating_sub(TAIL);
    while !text.is_char_boundary(start) {
        start = start.saturating_add(1);
    }
    let tail = text.get(start..).unwrap_or_default();
    let start = match tail.find('\n') {
        Some(end) => start.saturating_add(end).saturating_add(1),
        None => start,
    };
    let head = text.get(..start).unwrap_or_default();
    let before = head.bytes().filter(|byte| *byte == b'\n').count();
    (before, text.get(start..).unwrap_or_default())
}

/// The start of a text, of at most so many bytes.
pub(super) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

/// A line without colours, other control characters and what a carriage return wrote over.
pub(super) fn plain(line: &str) -> Cow<'_, str> {
    let line = line.trim_end_matches('\r');
    if !line.chars().any(|c| c.is_control() && c != '\t') {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            match chars.next() {
                // CSI: parameters up to a final byte.
                Some('[') => {
                    for c in chars.by_ref() {
                        if ('\u{40}'..='\u{7e}').contains(&c) {
                            break;
                        }
                    }
                }
                // OSC: a title up to a bell.
                Some(']') => {
                    for c in chars.by_ref() {
                        if c == '\u{7}' {
                            break;
                        }
                    }
                }
                Some(_) | None => {}
            }
        } else if c == '\t' || !c.is_control() {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn read<'a>(raw: Cow<'a, str>, number: usize, all: &mut Vec<Line<'a>>) {
    let (level, text) = strip(&raw);
    if let Some((inner, messages)) = structured(text) {
        let level = if inner == Level::Unsaid { level } else { inner };
        for (index, message) in messages.into_iter().enumerate() {
            let (own, stripped) = strip(&message);
            let own = if own == Level::Unsaid { level } else { own };
            let stripped = stripped.to_owned();
            all.push(Line {
                number,
                level: own,
                frame: is_frame(&stripped) || is_frame(&message),
                text: Cow::Owned(stripped),
                continues: index > 0,
            });
        }
        return;
    }
    let frame = is_frame(&raw);
    let continues = frame || goes_on(&raw);
    // The text is a part of the raw line, so that a borrowed one needs no copy.
    let start = raw.len().saturating_sub(text.len());
    let text = match raw {
        Cow::Borrowed(raw) => Cow::Borrowed(raw.get(start..).unwrap_or_default()),
        Cow::Owned(raw) => Cow::Owned(raw.get(start..).unwrap_or_default().to_owned()),
    };
    all.push(Line {
        number,
        level,
        text,
        continues,
        frame,
    });
}

fn is_frame(text: &str) -> bool {
    FRAME.as_ref().is_some_and(|frame| frame.is_match(text))
}

fn goes_on(raw: &str) -> bool {
    raw.starts_with([' ', '\t', '}', ']', ')', '|'])
        || raw.starts_with("Caused by:")
        || raw.starts_with("--- ")
        || raw.starts_with("DETAIL:")
        || raw.starts_with("HINT:")
        || raw.starts_with("For further information visit https://errors.pydantic.dev")
}

/// A line without its logger's prefix, and its level.
fn strip(line: &str) -> (Level, &str) {
    let mut level = Level::Unsaid;
    let mut rest = line;
    for _ in 0..PIECES {
        let Some(found) = PREFIX.as_ref().and_then(|prefix| prefix.captures(rest)) else {
            break;
        };
        let word = ["klog", "python", "dashed", "level", "bracketed", "small"]
            .into_iter()
            .find_map(|name| found.name(name));
        let end = found.get(0).map_or(0, |whole| whole.end());
        if end == 0 {
            break;
        }
        if let Some(word) = word {
            // A second level is a word of the message: `ERROR: FATAL: …` keeps the first, unless
            // the second is louder.
            level = if level == Level::Unsaid {
                level_of(word.as_str())
            } else {
                level.max(level_of(word.as_str()))
            };
        }
        match rest.get(end..) {
            // A line of nothing but a prefix keeps its last piece: there is no other message.
            Some(after) if !after.trim().is_empty() => rest = after,
            _ => break,
        }
    }
    (level, rest)
}

pub(super) fn level_of(word: &str) -> Level {
    let word = word.trim().to_ascii_lowercase();
    match word.as_str() {
        "trace" | "debug" | "trce" | "dbug" | "d" | "t" => Level::Debug,
        "info" | "i" | "information" | "notice" | "note" | "log" | "system" | "statement" => {
            Level::Info
        }
        "warn" | "warning" | "w" | "wrn" => Level::Warn,
        "error" | "err" | "e" | "severe" | "fail" | "detail" | "hint" => Level::Error,
        "fatal" | "crit" | "critical" | "panic" | "emerg" | "alert" | "emergency" | "f"
        | "dpanic" => Level::Fatal,
        _ => Level::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loggers_prefix_is_taken_off_and_its_level_kept() {
        let table = [
            ("boom", Level::Unsaid, "boom"),
            ("2026-11-21T10:00:00.123456789Z boom", Level::Unsaid, "boom"),
            ("2026/11/21 10:00:00 boom", Level::Unsaid, "boom"),
            (
                "2026/11/21 10:00:00 main.go:12: boom",
                Level::Unsaid,
                "boom",
            ),
            (
                "2026/11/21 10:00:00 [emerg] 1#1: boom",
                Level::Fatal,
                "boom",
            ),
            ("nginx: [emerg] boom", Level::Unsaid, "nginx: [emerg] boom"),
            (
                "E1121 10:00:00.123456       1 main.go:12] boom",
                Level::Error,
                "boom",
            ),
            (
                "1:M 21 Nov 2026 10:00:00.123 # boom",
                Level::Unsaid,
                "# boom",
            ),
            (
                "2026-11-21 10:00:00.123 UTC [1] FATAL:  boom",
                Level::Fatal,
                "boom",
            ),
            (
                "[2026-11-21 10:00:00 +0000] [1] [ERROR] boom",
                Level::Error,
                "boom",
            ),
            (
                "2026-11-21 10:00:00,123 - app.db - ERROR - boom",
                Level::Error,
                "boom",
            ),
            ("ERROR:root:boom", Level::Error, "boom"),
            ("ERROR:    boom", Level::Error, "boom"),
            (
                "2026-11-21T10:00:00.123Z ERROR 1 --- [           main] o.s.boot.SpringApplication               : boom",
                Level::Error,
                "boom",
            ),
            (
                "10:00:00.123 [main] ERROR com.acme.App - boom",
                Level::Error,
                "boom",
            ),
            (
                "2026-11-21T10:00:00.123Z ERROR app::db: boom",
                Level::Error,
                "boom",
            ),
            (
                "2026-11-21T10:00:00.123Z\tERROR\tapp/main.go:30\tboom",
                Level::Error,
                "boom",
            ),
            (
                "\u{1b}[31mError: boom\u{1b}[0m",
                Level::Unsaid,
                "Error: boom",
            ),
            ("Error: boom", Level::Unsaid, "Error: boom"),
            (
                r#"{"level":"error","ts":1,"msg":"start","error":"boom"}"#,
                Level::Error,
                "start: boom",
            ),
            (r#"{"level":50,"msg":"boom"}"#, Level::Error, "boom"),
            (
                r#"time="2026-11-21T10:00:00Z" level=fatal msg="it \"broke\"" err=boom"#,
                Level::Fatal,
                r#"it "broke": boom"#,
            ),
            (
                r#"ts=2026-11-21T10:00:00Z caller=main.go:1 level=error err="boom""#,
                Level::Error,
                "boom",
            ),
            (
                r#"{"log":"ERROR boom\n","stream":"stderr"}"#,
                Level::Error,
                "boom",
            ),
            (
                "[Sat Nov 21 10:00:00.123 2026] [core:error] boom",
                Level::Unsaid,
                "boom",
            ),
            (
                "fail: Microsoft.AspNetCore.Hosting[6]",
                Level::Error,
                "Microsoft.AspNetCore.Hosting[6]",
            ),
        ];
        for (raw, level, text) in table {
            let found = lines(raw);
            assert_eq!(found.len(), 1, "{raw}");
            assert_eq!((found[0].level, &*found[0].text), (level, text), "{raw}");
        }
    }

    #[test]
    fn the_source_shown_in_a_stack_is_a_frame() {
        let text = "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in <module>\n    raise ValueError(\"X is not set\")\nValueError: other\n";
        let frames: Vec<bool> = lines(text).iter().map(|line| line.frame).collect();
        assert_eq!(frames, [true, true, true, false]);
    }

    #[test]
    fn only_the_end_of_a_long_log_is_read_and_lines_keep_their_numbers() {
        let text = format!("{}last\n", "x\n".repeat(200_000));
        let all = lines(&text);
        assert_eq!(all.last().unwrap().number, 200_001);
        assert!(all.len() < 140_000);
    }
}
