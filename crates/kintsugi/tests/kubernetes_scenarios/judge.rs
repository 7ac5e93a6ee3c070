//! Whether what was found is what a scenario expects: the cause, where it stands, the words that
//! name what is wrong, what it breaks, and nothing else about the same object.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use testbed::Scenario;

use crate::report::{Finding, Named, Report};
use crate::secrets;

/// What one scan says about one scenario.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    pub(crate) name: String,
    /// Whether nothing is to be found.
    pub(crate) silent: bool,
    /// What is not as it should be, in one line; `None` if everything is.
    pub(crate) wrong: Option<String>,
    /// The finding that was expected, where there is one.
    pub(crate) finding: Option<Finding>,
}

/// The objects of a scenario's manifest that are in no namespace.
fn cluster_wide(scenario: &Scenario) -> Vec<Named> {
    let text = fs::read_to_string(scenario.manifest()).unwrap();
    let word = |object: &Value, pointer: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or("").to_owned()
    };
    text.split("\n---\n")
        .map(|one| serde_saphyr::from_str::<Value>(one).unwrap())
        .map(|object| Named {
            kind: word(&object, "/kind"),
            namespace: word(&object, "/metadata/namespace"),
            name: word(&object, "/metadata/name"),
        })
        .filter(|object| object.namespace.is_empty())
        .collect()
}

/// The findings that speak of anything in the scenario's namespace, or of what its manifest has
/// beside it.
fn findings_of<'a>(scenario: &Scenario, report: &'a Report) -> Vec<&'a Finding> {
    let beside = cluster_wide(scenario);
    let mine = |object: &Named| object.namespace == scenario.name() || beside.contains(object);
    let all = report.findings.iter();
    all.filter(|finding| finding.objects().any(mine)).collect()
}

/// Judges one scenario by one scan.
pub(crate) fn judge(scenario: &Scenario, report: &Report) -> Judgement {
    let expect = &scenario.script.expect;
    let mine = findings_of(scenario, report);
    let verdict = |wrong: Option<String>, finding: Option<&Finding>| Judgement {
        name: scenario.name().to_owned(),
        silent: expect.silent,
        wrong,
        finding: finding.cloned(),
    };
    let Some(place) = expect.object.as_ref() else {
        let noise: Vec<_> = mine.into_iter().filter(|f| f.is_loud()).collect();
        let wrong = (!noise.is_empty()).then(|| format!("should be silent: {}", told(&noise)));
        return verdict(wrong, None);
    };
    let causes: Vec<&str> = expect
        .cause
        .iter()
        .chain(&expect.or)
        .map(|cause| cause.as_str())
        .collect();
    let found = mine.iter().find(|finding| {
        causes.contains(&finding.cause.as_str())
            && (finding.object.is(place) || finding.affected.iter().any(|a| a.is(place)))
    });
    let Some(found) = found else {
        let wanted = causes.join(" or ");
        let instead = told(&mine);
        let wrong = format!("no {wanted} at {}/{}: {instead}", place.kind, place.name);
        return verdict(Some(wrong), None);
    };
    let mut problems = Vec::new();
    let words = expect.words.iter();
    let unsaid: Vec<&str> = words
        .filter(|word| !found.root_cause.contains(*word))
        .map(String::as_str)
        .collect();
    if !unsaid.is_empty() {
        problems.push(format!("`{}` not said by: {found}", unsaid.join("`, `")));
    }
    for broken in &expect.affects {
        if !found.objects().any(|object| object.is(broken)) {
            problems.push(format!(
                "{}/{} not told as broken by: {found}",
                broken.kind, broken.name
            ));
        }
    }
    let more: Vec<&Finding> = mine
        .iter()
        .copied()
        .filter(|finding| finding.is_loud() && finding != found && finding.object == found.object)
        .collect();
    if !more.is_empty() {
        problems.push(format!("more about the same object: {}", told(&more)));
    }
    let wrong = (!problems.is_empty()).then(|| problems.join("; "));
    verdict(wrong, Some(found))
}

/// Loud findings about none of the scenarios: the system of the cluster is in order.
pub(crate) fn strangers(scenarios: &[Scenario], report: &Report) -> Vec<String> {
    let known: BTreeSet<&str> = scenarios
        .iter()
        .flat_map(|scenario| findings_of(scenario, report))
        .map(|finding| finding.fingerprint.as_str())
        .collect();
    let loud = report.findings.iter().filter(|finding| finding.is_loud());
    loud.filter(|finding| !known.contains(finding.fingerprint.as_str()))
        .filter(|finding| finding.object.namespace != secrets::CARELESS)
        .map(|finding| format!("of no scenario: {finding}"))
        .collect()
}

fn told(findings: &[&Finding]) -> String {
    if findings.is_empty() {
        return "nothing found".to_owned();
    }
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    told.join(" | ")
}
