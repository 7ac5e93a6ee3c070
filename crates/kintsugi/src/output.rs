//! Words on the terminal: the result on standard output, everything else on standard error.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use model::{Event, Fact, Lang, Severity, Status, Verdict, render};
use serde::Serialize;

use crate::cli::{Global, Output};
use crate::failure::Failure;

/// How this run speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    /// As text or as JSON.
    pub(crate) output: Output,
    /// In which language.
    pub(crate) lang: Lang,
    /// Whether only the result is wanted.
    pub(crate) quiet: bool,
    /// Whether the result is coloured.
    pub(crate) colour: bool,
}

/// A style of the terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Style {
    Bold,
    Dim,
    Good,
    Bad,
    Warn,
    Accent,
}

impl Voice {
    pub(crate) fn new(global: &Global, lang: Lang) -> Self {
        let wanted = !global.no_color && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Self {
            output: global.output,
            lang,
            quiet: global.quiet,
            colour: wanted && std::io::stdout().is_terminal(),
        }
    }

    /// Words in a style, if this run has colours.
    pub(crate) fn paint(&self, style: Style, words: &str) -> String {
        if !self.colour {
            return words.to_owned();
        }
        let code = match style {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Good => "32",
            Style::Bad => "31",
            Style::Warn => "33",
            Style::Accent => "36",
        };
        format!("\u{1b}[{code}m{words}\u{1b}[0m")
    }

    /// Picks the words of this run's language.
    pub(crate) const fn say<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        match self.lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }

    /// Writes a line of the result.
    pub(crate) fn line(&self, line: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{line}").and_then(|()| out.flush());
        written.map_err(|error| Failure::new(format!("failed to write the result: {error}")))
    }

    /// Writes one JSON document.
    pub(crate) fn json<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        self.line(&serde_json::to_string_pretty(value)?)
    }

    /// Writes something that is not the result.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            // A note that cannot be written is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}

/// A line on the terminal that shows that something is being waited for.
pub(crate) struct Spinner {
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Spinner {
    /// Starts to turn, where there is a person to see it.
    pub(crate) fn new(voice: &Voice) -> Self {
        let seen = std::io::stderr().is_terminal()
            && voice.output == Output::Text
            && voice.colour
            && !voice.quiet;
        let word = voice.say("working", "进行中").to_owned();
        Self {
            task: seen.then(|| tokio::spawn(turn(word))),
        }
    }

    /// Takes the line away until the next turn.
    pub(crate) fn clear(&self) {
        if self.task.is_some() {
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }

    /// Stops turning.
    pub(crate) fn stop(&self) {
        if let Some(task) = &self.task {
            task.abort();
            self.clear();
        }
    }
}

async fn turn(word: String) {
    const FACES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
    let started = tokio::time::Instant::now();
    for face in FACES.iter().cycle() {
        tokio::time::sleep(std::time::Duration::from_millis(120)).await;
        let seconds = started.elapsed().as_secs();
        let _ = write!(
            std::io::stderr(),
            "\r\u{1b}[2K\u{1b}[2m{face} {word} {seconds} s\u{1b}[0m"
        );
    }
}

/// The style in which an event is told.
fn style(event: &Event) -> Style {
    match &event.fact {
        Fact::SignalSeen(_) | Fact::StepFailed(_) | Fact::PlanChanged(_) => Style::Warn,
        Fact::EffectFailed(_) | Fact::Escalated(_) | Fact::Rejected(_) => Style::Bad,
        Fact::Diagnosed(_) | Fact::RemedyProposed(_) => Style::Bold,
        Fact::GateDecided(_) | Fact::Approved(_) | Fact::UndoRequested(_) => Style::Accent,
        Fact::Applied(_) | Fact::LessonKept(_) | Fact::Closed(_) | Fact::SignalCleared(_) => {
            Style::Good
        }
        Fact::Verified(fact) if fact.verdict == Verdict::Healed => Style::Good,
        Fact::Verified(_) => Style::Bad,
        Fact::SkillMatched(_)
        | Fact::ToolCalled(_)
        | Fact::ToolReturned(_)
        | Fact::Rehearsed(_)
        | Fact::Observed(_)
        | Fact::Intended(_)
        | Fact::RolledBack(_)
        | Fact::Repaired(_) => Style::Dim,
    }
}

/// An event as one line of a story: the time within the day, who, and what.
pub(crate) fn told(voice: &Voice, event: &Event) -> String {
    let time = event.at.to_string();
    let time = time.get(11..19).unwrap_or(&time).to_owned();
    let who = match event.actor.kind {
        model::ActorKind::Kintsugi => "·".to_owned(),
        model::ActorKind::Source => "!".to_owned(),
        model::ActorKind::Person => format!("{}:", event.actor.name),
    };
    // What a log or a person said may hold anything, also what steers a terminal.
    let sentence = harmless(&render::sentence(event, voice.lang));
    let sentence = voice.paint(style(event), &sentence);
    format!("{} {who} {sentence}", voice.paint(Style::Dim, &time))
}

/// Words without anything that would steer a terminal or break the line.
pub(crate) fn harmless(words: &str) -> String {
    let mut clean = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '\n' | '\r' | '\t' => clean.push(' '),
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(clean, "\\u{{{:x}}}", c as u32);
            }
            // Marks that turn the direction of text around would let a log disguise itself.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c => clean.push(c),
        }
    }
    clean
}

/// The word for a status, in the voice's language.
pub(crate) const fn status_word(lang: Lang, status: Status) -> &'static str {
    match (lang, status) {
        (Lang::En, status) => status.as_str(),
        (Lang::Zh, Status::Open) => "未处理",
        (Lang::Zh, Status::Diagnosing) => "诊断中",
        (Lang::Zh, Status::WaitingApproval) => "待批准",
        (Lang::Zh, Status::Mending) => "修复中",
        (Lang::Zh, Status::Verifying) => "验证中",
        (Lang::Zh, Status::Escalated) => "待接手",
        (Lang::Zh, Status::Closed) => "已结束",
    }
}

/// The style of a severity.
pub(crate) const fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Info => Style::Dim,
        Severity::Warning => Style::Warn,
        Severity::Critical => Style::Bad,
    }
}

/// How wide words are on a terminal: characters of Chinese take two columns.
pub(crate) fn width(words: &str) -> usize {
    words.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

const fn wide(c: char) -> bool {
    matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd)
}

/// Rows as a table with aligned columns; the last column is cut to `columns` of the terminal.
pub(crate) fn table(rows: &[Vec<String>], columns: usize) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|n| {
            rows.iter()
                .filter_map(|row| row.get(n))
                .map(|cell| width(cell))
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            let mut used = 0;
            for (n, cell) in row.iter().enumerate() {
                let column = widths.get(n).copied().unwrap_or_default();
                if n + 1 == row.len() {
                    line.push_str(&cut(cell, columns.saturating_sub(used)));
                } else {
                    line.push_str(cell);
                    line.push_str(&" ".repeat(column - width(cell) + 2));
                    used += column + 2;
                }
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// Words cut to a width, marked where they were.
pub(crate) fn cut(words: &str, columns: usize) -> String {
    if width(words) <= columns {
        return words.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in words.chars() {
        used += if wide(c) { 2 } else { 1 };
        if used >= columns.max(1) {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// How wide the terminal is; 100 where there is none.
pub(crate) fn columns() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_instead_of_obeyed() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb c");
        assert_eq!(harmless("safe\u{202e}evil"), "safeevil");
    }

    #[test]
    fn columns_line_up_in_both_languages() {
        let rows = vec![
            vec!["待批准".to_owned(), "one".to_owned()],
            vec!["closed".to_owned(), "a long last cell".to_owned()],
        ];
        assert_eq!(table(&rows, 16), ["待批准  one", "closed  a long …"]);
    }
}
