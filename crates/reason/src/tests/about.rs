//! A diagnosis of one object asks less than a scan of everything, and says the same of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use cluster::{Cluster, Recorded};
use facts::Snapshot;
use model::{ClusterId, Finding, ObjectRef};
use skills::{BASE, SkillSet};

use crate::cases;
use crate::scan::{ScanLimits, concerns, scan, scan_about};

/// What findings say of one object, whatever they are called.
fn said(findings: &[Finding], about: &ObjectRef) -> BTreeSet<String> {
    let of_it = findings.iter().filter(|finding| concerns(finding, about));
    of_it
        .map(|finding| format!("{} {}", finding.fingerprint, finding.root_cause.en))
        .collect()
}

async fn compare(skills: &SkillSet, snapshot: Snapshot, problems: &mut Vec<String>) -> usize {
    let id = ClusterId::from("record".to_owned());
    let source: Arc<dyn Cluster> = Arc::new(Recorded::new(id, Arc::new(snapshot.clone())));
    let limits = ScanLimits::default();
    let whole = scan(skills, snapshot.clone(), &source, limits)
        .await
        .unwrap();
    let affected = whole.findings.iter().flat_map(|one| one.affected.first());
    let explained = whole.findings.iter().flat_map(|one| &one.explains);
    let mut objects: Vec<&ObjectRef> = affected.collect();
    objects.extend(explained.map(|one| &one.object));
    objects.sort();
    objects.dedup();
    for about in &objects {
        let near = scan_about(skills, snapshot.clone(), &source, limits, about)
            .await
            .unwrap();
        let near = near.scanned;
        let (near, whole) = (said(&near.findings, about), said(&whole.findings, about));
        if near != whole {
            problems.push(format!("{about}: {near:?} instead of {whole:?}"));
        }
    }
    objects.len()
}

#[tokio::test]
async fn a_diagnosis_says_of_an_object_what_a_scan_says() {
    let skills = SkillSet::builtin().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../skills");
    let (mut problems, mut compared) = (Vec::new(), 0);
    for skill in skills.iter().filter(|skill| skill.name != BASE) {
        for case in cases::of(skill, &folder).unwrap() {
            let read = cases::read(&case).unwrap();
            let snapshot = cases::snapshot(&read, &case).unwrap();
            compared += compare(&skills, snapshot, &mut problems).await;
        }
    }
    assert!(compared > 300, "{compared}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
