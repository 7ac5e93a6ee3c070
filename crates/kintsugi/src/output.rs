//! Words on the terminal: the result on standard output, everything else on standard error.

mod layout;
mod narrate;
mod plan;
pub(crate) mod report;
mod spinner;

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use model::{Lang, Severity, Text};
use serde::Serialize;

use crate::cli::{Global, Output, Written};
use crate::failure::Failure;

pub(crate) use layout::{columns, cut, padded, table, width, wrap};
pub(crate) use narrate::Narrator;
pub(crate) use plan::changes;
pub(crate) use spinner::Spinner;

/// How this run speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    /// As text or as JSON.
    pub(crate) output: Output,
    /// The form of a report, which has more.
    pub(crate) written: Written,
    /// In which language.
    pub(crate) lang: Lang,
    /// Whether only the result is wanted.
    pub(crate) quiet: bool,
    /// Whether the reasons are wanted too.
    pub(crate) verbose: bool,
    /// Whether the result is coloured.
    pub(crate) colour: bool,
    /// Whether notes are coloured.
    pub(crate) colour_notes: bool,
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
            output: global.output.plain().unwrap_or(Output::Text),
            written: global.output,
            lang,
            quiet: global.quiet,
            verbose: global.verbose > 0,
            colour: wanted && std::io::stdout().is_terminal(),
            colour_notes: wanted && std::io::stderr().is_terminal(),
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
        written.map_err(Failure::unwritten)
    }

    /// Writes something that helps to read the result and is none itself: a heading, a summary.
    pub(crate) fn aside(&self, line: &str) -> Result<(), Failure> {
        if self.quiet || self.written != Written::Text {
            return Ok(());
        }
        self.line(line)
    }

    /// Writes one JSON document.
    pub(crate) fn json<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        self.line(&serde_json::to_string_pretty(value)?)
    }

    /// Writes one YAML document.
    pub(crate) fn yaml<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        let text = serde_saphyr::to_string(value)
            .map_err(|error| Failure::new(format!("failed to write YAML: {error}")))?;
        self.line(text.trim_end())
    }

    /// Writes something that is not the result.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            // A note that cannot be written is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }

    /// Writes what the reader should know of how a result came to be.
    pub(crate) fn remark(&self, remark: &Text) {
        let words = harmless(remark.get(self.lang));
        self.note(&match self.lang {
            Lang::En => format!("note: {words}"),
            Lang::Zh => format!("提示：{words}"),
        });
    }
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

/// The style of a severity.
pub(crate) const fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Info => Style::Dim,
        Severity::Warning => Style::Warn,
        Severity::Critical => Style::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_instead_of_obeyed() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb c");
        assert_eq!(harmless("safe\u{202e}evil"), "safeevil");
    }
}
