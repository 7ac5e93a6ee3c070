//! A scan as SARIF 2.1.0, as code scanning services take it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Report;

/// The report as SARIF. A finding's place is the object, as a logical location: there is no file.
pub(crate) fn document(report: &Report) -> Value {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in &report.findings {
        rules.entry(finding.cause).or_insert_with(|| {
            json!({
                "id": finding.cause,
                "name": finding.cause,
                "shortDescription": {"text": finding.title.rsplit(": ").next().unwrap_or(finding.cause)},
            })
        });
    }
    let ids: Vec<&str> = rules.keys().copied().collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let level = match finding.severity {
                "critical" => "error",
                "warning" => "warning",
                _ => "note",
            };
            let path = finding.object.path();
            json!({
                "ruleId": finding.cause,
                "ruleIndex": ids.iter().position(|id| *id == finding.cause),
                "level": level,
                "message": {"text": finding.root_cause},
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": {"uri": format!("kubernetes/{path}")},
                        "region": {"startLine": 1},
                    },
                    "logicalLocations": [{
                        "name": finding.object.name,
                        "fullyQualifiedName": path,
                        "kind": "resource",
                    }],
                }],
                "partialFingerprints": {"kintsugi/v1": finding.fingerprint},
                "properties": {"skill": finding.skill, "confidence": finding.confidence},
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kintsugi",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "results": results,
        }],
    })
}
