//! The changes of a plan, for the eyes of whoever is asked about it.

use model::Plan;

use super::{Style, Voice, harmless};

/// What a plan changes, object by object, as differences. Nothing is cut: it is what is agreed to.
pub(crate) fn changes(voice: &Voice, plan: &Plan, indent: usize) -> Vec<String> {
    let space = " ".repeat(indent);
    let mut lines = Vec::new();
    for change in &plan.changes {
        let object = voice.paint(Style::Bold, &harmless(&change.object.to_string()));
        lines.push(format!("{space}{object}"));
        for line in change.diff.lines().filter(|line| !line.starts_with("@@")) {
            let style = match line.chars().next() {
                Some('+') => Style::Good,
                Some('-') => Style::Bad,
                Some(_) | None => Style::Dim,
            };
            let line = voice.paint(style, &harmless(line));
            lines.push(format!("{space}  {line}"));
        }
    }
    lines
}
