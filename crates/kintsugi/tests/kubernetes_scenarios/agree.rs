//! Whether a recording gives the findings that the cluster itself gave. A cluster goes on while it
//! is written down: what differs between a scan before and a scan after is left out, of a sentence
//! the words that differ (an age, a counter) may differ in their digits, and where the recording
//! differs, it does not count if a pod there has started or ended meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use testbed::Kubectl;

use crate::report::{Finding, Named, Report};

/// How a recording compares with the cluster.
#[derive(Debug, Default)]
pub(crate) struct Agreement {
    /// How many findings are the same before, after, and in the recording.
    pub(crate) same: usize,
    /// What changed on the cluster meanwhile.
    pub(crate) left_out: Vec<String>,
    /// Where the recording says something else, one line each.
    pub(crate) differences: Vec<String>,
}

/// The pods of a cluster at one moment: namespace, name, and the version of what is known of it.
pub(crate) struct Pods(BTreeSet<String>);

impl Pods {
    pub(crate) fn now(kubectl: &Kubectl) -> Self {
        let template = "go-template={{range .items}}{{.metadata.namespace}} {{.metadata.name}} \
                        {{.metadata.resourceVersion}}{{\"\\n\"}}{{end}}";
        let pods = kubectl.run(&["get", "pods", "-A", "-o", template]);
        Self(pods.unwrap().lines().map(str::to_owned).collect())
    }

    /// The namespaces in which something has changed since.
    pub(crate) fn moved_since(&self, earlier: &Self) -> BTreeSet<String> {
        let changed = self.0.symmetric_difference(&earlier.0);
        let namespace = |line: &String| line.split(' ').next().unwrap_or("").to_owned();
        changed.map(namespace).collect()
    }
}

/// Findings by what stays the same about them as time goes on.
type Index<'a> = BTreeMap<(&'a Named, &'a str, &'a str), Vec<&'a Finding>>;

fn index(report: &Report) -> Index<'_> {
    let mut index = Index::new();
    for finding in &report.findings {
        let key = (
            &finding.object,
            finding.cause.as_str(),
            finding.container.as_str(),
        );
        index.entry(key).or_default().push(finding);
    }
    for findings in index.values_mut() {
        findings.sort_by(|a, b| a.root_cause.cmp(&b.root_cause));
    }
    index
}

/// All that findings say, word by word.
fn words(findings: &[&Finding]) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |text: &str| words.extend(text.split_whitespace().map(str::to_owned));
    for finding in findings {
        say(&finding.fingerprint);
        say(&finding.skill);
        say(&finding.severity);
        say(&format!("{:.2}", finding.confidence));
        say(&finding.root_cause);
        let mut affected = finding.affected.clone();
        affected.sort();
        for object in &affected {
            say(&object.to_string());
        }
        for step in &finding.next_steps {
            say(&step.text);
            say(&step.command);
        }
        let mut explains: Vec<String> = finding
            .explains
            .iter()
            .map(|explained| {
                let (object, cause) = (&explained.object, &explained.cause);
                format!("{object} {cause} {}", explained.text)
            })
            .collect();
        explains.sort();
        for explained in &explains {
            say(explained);
        }
    }
    words
}

/// With every number replaced by one sign.
fn without_digits(word: &str) -> String {
    let mut text = String::new();
    for character in word.chars() {
        if !character.is_ascii_digit() {
            text.push(character);
        } else if !text.ends_with('#') {
            text.push('#');
        }
    }
    text
}

/// Compares a recording with the cluster before and after it was made; in the namespaces that
/// moved, pods have started or ended meanwhile.
pub(crate) fn compare(
    before: &Report,
    after: &Report,
    recorded: &Report,
    moved: &BTreeSet<String>,
) -> Agreement {
    let (earlier, later, record) = (index(before), index(after), index(recorded));
    let mut agreement = Agreement::default();
    let differs = |agreement: &mut Agreement, object: &Named, text: String| {
        if moved.contains(&object.namespace) {
            agreement.left_out.push(object.to_string());
        } else {
            agreement.differences.push(text);
        }
    };
    for (key, findings) in &earlier {
        let what = format!("{} at {}", key.1, key.0);
        let first = words(findings);
        let last = later.get(key).map(|findings| words(findings));
        let Some(last) = last.filter(|last| is_same_but_for_digits(&first, last)) else {
            agreement.left_out.push(what);
            continue;
        };
        let Some(told) = record.get(key) else {
            differs(&mut agreement, key.0, format!("{what} is missing"));
            continue;
        };
        match difference(&first, &last, &words(told)) {
            None => agreement.same = agreement.same.saturating_add(1),
            Some(text) => differs(&mut agreement, key.0, format!("{what}: {text}")),
        }
    }
    let news = record
        .iter()
        .filter(|(key, _)| !earlier.contains_key(*key) && !later.contains_key(*key));
    for (key, findings) in news {
        for finding in findings {
            let text = format!("found in the recording alone: {finding}");
            differs(&mut agreement, key.0, text);
        }
    }
    agreement
}

fn is_same_but_for_digits(one: &[String], other: &[String]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(a, b)| a == b || without_digits(a) == without_digits(b))
}

/// The first word that is neither as before nor as after, and no number that was on the move.
fn difference(first: &[String], last: &[String], told: &[String]) -> Option<String> {
    if told.len() != first.len() {
        return Some(format!(
            "`{}` instead of `{}`",
            told.join(" "),
            first.join(" ")
        ));
    }
    let mut live = first.iter().zip(last).zip(told);
    let ((before, _), told) = live.find(|((before, after), told)| {
        let moves = before != after && without_digits(before) == without_digits(told);
        told != before && told != after && !moves
    })?;
    let place = first.iter().position(|word| word == before)?;
    let around = first[place.saturating_sub(6)..].iter().take(12);
    let around: Vec<&str> = around.map(String::as_str).collect();
    Some(format!(
        "`{told}` instead of `{before}` in `{}`",
        around.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(sentences: &[&str]) -> Report {
        let findings: Vec<_> = sentences
            .iter()
            .enumerate()
            .map(|(number, sentence)| {
                json!({
                    "fingerprint": number.to_string(), "skill": "s", "cause": "app_crash",
                    "severity": "warning", "affected": [], "root_cause": sentence,
                    "object": {"kind": "Pod", "namespace": "n", "name": number.to_string()},
                    "confidence": 0.9, "next_steps": [], "explains": []
                })
            })
            .collect();
        let all = json!({"elapsed_ms": 1, "scanned": {}, "blind_spots": [], "findings": findings});
        serde_json::from_value(all).unwrap()
    }

    fn still() -> BTreeSet<String> {
        BTreeSet::new()
    }

    #[test]
    fn a_number_may_differ_only_where_it_moved() {
        let before = report(&["exit 1, restarted 4 times"]);
        let after = report(&["exit 1, restarted 6 times"]);
        let good = report(&["exit 1, restarted 5 times"]);
        let good = compare(&before, &after, &good, &still());
        assert_eq!((good.same, good.differences.len()), (1, 0), "{good:?}");
        let bad = report(&["exit 2, restarted 5 times"]);
        let bad = compare(&before, &after, &bad, &still());
        assert_eq!(bad.differences.len(), 1, "{bad:?}");
    }

    #[test]
    fn what_changed_meanwhile_is_left_out() {
        let before = report(&["it runs"]);
        let after = report(&["it is gone"]);
        let agreement = compare(&before, &after, &report(&["it goes"]), &still());
        assert_eq!((agreement.same, agreement.left_out.len()), (0, 1));
        assert!(agreement.differences.is_empty(), "{agreement:?}");
        let moved = BTreeSet::from(["n".to_owned()]);
        let agreement = compare(&before, &before, &report(&["it goes"]), &moved);
        assert!(agreement.differences.is_empty(), "{agreement:?}");
    }

    #[test]
    fn what_is_missing_or_new_in_the_recording_is_told() {
        let live = report(&["a"]);
        for recorded in [report(&[]), report(&["a", "b"]), report(&["b"])] {
            let agreement = compare(&live, &live, &recorded, &still());
            assert_eq!(agreement.differences.len(), 1, "{agreement:?}");
        }
    }
}
