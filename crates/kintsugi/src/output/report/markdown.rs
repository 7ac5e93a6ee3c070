//! A scan as Markdown, for a comment or a page.

use std::fmt::Write as _;

use model::Lang;

use super::{Report, unseen};
use crate::output::harmless;

/// The report as Markdown.
pub(crate) fn document(report: &Report, lang: Lang) -> String {
    let say = |en: &'static str, zh: &'static str| match lang {
        Lang::En => en,
        Lang::Zh => zh,
    };
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "# {}\n", say("Kintsugi scan", "Kintsugi 扫描"));
    let summary = &report.summary;
    let _ = match lang {
        Lang::En => writeln!(
            out,
            "{} critical, {} warning, {} info.\n",
            summary.critical, summary.warning, summary.info
        ),
        Lang::Zh => writeln!(
            out,
            "严重 {}，警告 {}，提示 {}。\n",
            summary.critical, summary.warning, summary.info
        ),
    };
    for finding in &report.findings {
        let _ = writeln!(out, "## {} {}\n", finding.id, plain(&finding.title));
        let _ = writeln!(
            out,
            "**{}** · `{}` · {:.0} %\n",
            finding.severity,
            finding.cause,
            finding.confidence * 100.0
        );
        let _ = writeln!(out, "{}\n", plain(&finding.root_cause));
        for explained in &finding.explains {
            let _ = writeln!(
                out,
                "- {} `{}`: {}",
                say("breaks", "影响"),
                explained.object.path(),
                plain(&explained.text)
            );
        }
        if !finding.explains.is_empty() {
            out.push('\n');
        }
        for step in &finding.next_steps {
            let _ = writeln!(out, "- {}", plain(&step.text));
            if let Some(command) = &step.command {
                let _ = writeln!(
                    out,
                    "\n  ```sh\n  {}\n  ```\n",
                    harmless(command).replace("```", "` ` `")
                );
            }
        }
        out.push('\n');
    }
    let spots = report.blind_spots.spots();
    if !spots.is_empty() {
        let _ = writeln!(out, "## {}\n", say("Not seen", "未能看到"));
        for reason in unseen::lines(spots, lang, false) {
            let _ = writeln!(out, "- {}", plain(&reason));
        }
    }
    out.trim_end().to_owned()
}

/// Others' words, which must not become markup: names in back quotes stay as they are.
fn plain(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut code = false;
    for letter in harmless(words).chars() {
        match letter {
            '`' => code = !code,
            '<' | '>' | '[' | ']' | '*' | '_' | '#' | '|' | '!' if !code => out.push('\\'),
            _ => {}
        }
        out.push(letter);
    }
    if code {
        out.push('`');
    }
    out
}
