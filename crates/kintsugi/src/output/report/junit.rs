//! A scan as JUnit XML, as CI systems take it: one test suite, a failed test for each finding.

use std::fmt::Write as _;

use super::Report;

/// The report as XML. A cluster in which nothing is wrong is one test that passed.
pub(crate) fn document(report: &Report) -> String {
    let failures = report
        .findings
        .iter()
        .filter(|finding| finding.severity != "info")
        .count();
    let tests = report.findings.len().max(1);
    let time = format!(
        "{}.{:03}",
        report.elapsed_ms / 1000,
        report.elapsed_ms % 1000
    );
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "<testsuites>\n  <testsuite name=\"kintsugi scan\" tests=\"{tests}\" failures=\"{failures}\" time=\"{time}\">"
    );
    if report.findings.is_empty() {
        out.push_str("    <testcase classname=\"kintsugi\" name=\"nothing wrong found\"/>\n");
    }
    for finding in &report.findings {
        let _ = writeln!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\">",
            escaped(&finding.object.path()),
            escaped(&finding.title)
        );
        let mut body = finding.root_cause.clone();
        for step in &finding.next_steps {
            body.push('\n');
            body.push_str(&step.text);
            if let Some(command) = &step.command {
                body.push_str("\n  ");
                body.push_str(command);
            }
        }
        if finding.severity == "info" {
            let _ = writeln!(out, "      <system-out>{}</system-out>", escaped(&body));
        } else {
            let _ = writeln!(
                out,
                "      <failure type=\"{}\" message=\"{}\">{}</failure>",
                finding.severity,
                escaped(finding.cause),
                escaped(&body)
            );
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>");
    out
}

/// Words as they may stand in XML; what XML has no place for is left out.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_would_break_xml_is_escaped_or_left_out() {
        assert_eq!(
            escaped("a<b>&\"c\"\u{1b}[0m\u{0}"),
            "a&lt;b&gt;&amp;&quot;c&quot;[0m"
        );
    }
}
