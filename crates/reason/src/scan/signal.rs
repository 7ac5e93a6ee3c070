//! A finding as a signal: the sighting that an incident is opened by.

use std::collections::BTreeMap;

use model::{Finding, Signal, Source};

/// The signal of a finding. Its name is its cause: what shows the same fault of the same object
/// leads to one incident, in whichever container and by whichever skill it was found.
#[must_use]
pub fn signal_of(finding: &Finding) -> Signal {
    let mut labels = BTreeMap::from([
        ("cause".to_owned(), finding.cause.as_str().to_owned()),
        ("skill".to_owned(), finding.skill.clone()),
        ("fingerprint".to_owned(), finding.fingerprint.to_string()),
    ]);
    if let Some(container) = &finding.container {
        labels.insert("container".to_owned(), container.clone());
    }
    Signal {
        source: Source::Cluster,
        name: camel(finding.cause.as_str()),
        object: Some(finding.object.clone()),
        severity: finding.severity,
        title: finding.root_cause.en.clone(),
        labels,
    }
    .bounded()
}

/// `image_pull` as alerts are written: `ImagePull`.
fn camel(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for part in word.split('_') {
        let mut letters = part.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

#[cfg(test)]
pub(super) use tests::finding as sample;

#[cfg(test)]
mod tests {
    use model::{Cause, ClusterId, Confidence, Fingerprint, ObjectRef, Severity, Text};

    use super::*;

    pub(in crate::scan) fn finding(container: &str, skill: &str) -> Finding {
        let words = "the image registry.example/web:2 does not exist".to_owned();
        Finding {
            id: "F1".to_owned(),
            fingerprint: Fingerprint::from(format!("print-{container}")),
            skill: skill.to_owned(),
            node: "told".to_owned(),
            cause: Cause::ImagePull,
            severity: Severity::Critical,
            object: ObjectRef::new("Deployment", "shop", "web"),
            container: Some(container.to_owned()),
            affected: Vec::new(),
            root_cause: Text {
                zh: words.clone(),
                en: words,
            },
            confidence: Confidence::new(0.9).unwrap(),
            evidence: Vec::new(),
            next_steps: Vec::new(),
            remedies: Vec::new(),
            explains: Vec::new(),
        }
    }

    #[test]
    fn a_finding_is_a_signal_about_its_object_by_its_cause() {
        let signal = signal_of(&finding("api", "image_pull"));
        assert_eq!(
            serde_json::to_value(&signal).unwrap(),
            serde_json::json!({
                "source": "cluster",
                "name": "ImagePull",
                "object": {"kind": "Deployment", "namespace": "shop", "name": "web"},
                "severity": "critical",
                "title": "the image registry.example/web:2 does not exist",
                "labels": {"cause": "image_pull", "container": "api",
                           "fingerprint": "print-api", "skill": "image_pull"},
            })
        );
    }

    #[test]
    fn one_fault_of_one_object_is_one_incident_wherever_it_was_found() {
        let cluster = ClusterId::from("c".to_owned());
        let print = |container, skill| signal_of(&finding(container, skill)).fingerprint(&cluster);
        assert_eq!(print("api", "image_pull"), print("side", "pod_policy"));
    }

    #[test]
    fn every_cause_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<String> = Cause::ALL
            .iter()
            .map(|cause| camel(cause.as_str()))
            .collect();
        assert_eq!(names.len(), Cause::ALL.len());
        assert!(
            names
                .iter()
                .all(|name| name.chars().all(char::is_alphanumeric))
        );
    }
}
