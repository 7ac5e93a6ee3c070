//! Whether what was found is what a scenario expects: the cause, where it stands, the words that
//! name what is wrong, what it breaks, and nothing else about the same object.

use model::{Finding, ObjectRef, Severity};
use reason::scan::Scanned;
use testbed::Scenario;

/// What is not as it should be, in one line; nothing if everything is.
pub(crate) fn judge(scenario: &Scenario, scanned: &Scanned) -> Option<String> {
    if !scanned.broken.is_empty() {
        return Some(format!("skills failed: {:?}", scanned.broken));
    }
    let expect = &scenario.script.expect;
    let findings = &scanned.findings;
    let Some(place) = &expect.object else {
        let noise: Vec<&Finding> = findings.iter().filter(|found| is_loud(found)).collect();
        return (!noise.is_empty()).then(|| format!("should be silent: {}", told(&noise)));
    };
    let causes: Vec<_> = expect.cause.iter().chain(&expect.or).copied().collect();
    let found = findings.iter().find(|finding| {
        causes.contains(&finding.cause)
            && (is(&finding.object, place) || finding.affected.iter().any(|one| is(one, place)))
    });
    let Some(found) = found else {
        let all: Vec<&Finding> = findings.iter().collect();
        let wanted = format!("{causes:?} at {}/{}", place.kind, place.name);
        return Some(format!("no {wanted}: {}", told(&all)));
    };
    let mut problems = Vec::new();
    for word in &expect.words {
        if !found.root_cause.en.contains(word) {
            problems.push(format!("`{word}` not said by: {}", told(&[found])));
        }
    }
    for broken in &expect.affects {
        let explained = found.explains.iter().map(|one| &one.object);
        if !found
            .affected
            .iter()
            .chain(explained)
            .any(|one| is(one, broken))
        {
            problems.push(format!(
                "{}/{} not told as broken by: {}",
                broken.kind,
                broken.name,
                told(&[found])
            ));
        }
    }
    let more: Vec<&Finding> = findings
        .iter()
        .filter(|one| is_loud(one) && one.id != found.id)
        .collect();
    if !more.is_empty() {
        problems.push(format!("more than that: {}", told(&more)));
    }
    (!problems.is_empty()).then(|| problems.join("; "))
}

fn is(object: &ObjectRef, place: &testbed::scenario::Object) -> bool {
    object.kind == place.kind && object.name == place.name && object.namespace == place.namespace
}

fn is_loud(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
}

fn told(findings: &[&Finding]) -> String {
    if findings.is_empty() {
        return "nothing found".to_owned();
    }
    let told: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!(
                "{:?} at {}: {} (affects {:?}, explains {:?})",
                finding.cause,
                finding.object,
                finding.root_cause.en,
                finding
                    .affected
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>(),
                finding
                    .explains
                    .iter()
                    .map(|one| one.object.to_string())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    told.join(" | ")
}
