//! A cluster that is big enough for everything that is left out of big ones: what is found in it does
//! not change by that.
#![expect(clippy::unwrap_used, reason = "this is a test")]

extern crate kintsugi_reason as reason;

use std::sync::Arc;

use cluster::{Cluster, Recorded};
use facts::slim::{forget_old_templates, forget_routine_events, forget_well_pods, slim};
use facts::{Object, Snapshot};
use model::{ClusterId, Finding, Severity};
use reason::scan::{ScanLimits, scan};
use serde_json::Value;
use skills::SkillSet;
use testbed::Crowd;

/// As many as it takes for a cluster to be big.
const CROWD: Crowd = Crowd {
    pods: 1_200,
    faults: 40,
};

/// A snapshot of everything, each list made by `made`.
fn snapshot(made: impl Fn(Vec<Value>) -> Vec<Object>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for list in CROWD.lists() {
        let objects = made(list.items);
        let kind = objects.first().unwrap().kind().to_owned();
        snapshot.extend(objects);
        snapshot.mark_complete(&kind, None);
    }
    snapshot
}

async fn found(snapshot: Snapshot) -> Vec<Finding> {
    let id = ClusterId::from("big".to_owned());
    let source: Arc<dyn Cluster> = Arc::new(Recorded::new(id, Arc::new(snapshot.clone())));
    let skills = SkillSet::builtin().unwrap();
    let scanned = scan(&skills, snapshot, &source, ScanLimits::default());
    let mut findings = scanned.await.unwrap().findings;
    // What was shown on the way may be smaller; what is said may not differ.
    for finding in &mut findings {
        finding.evidence.clear();
    }
    findings
}

#[tokio::test]
async fn what_is_left_out_of_a_big_cluster_changes_no_finding() {
    let small = |items: Vec<Value>| -> Vec<Object> {
        items.into_iter().map(|item| slim(&item).unwrap()).collect()
    };
    let trimmed = snapshot(|items| {
        let mut objects = small(items);
        match objects.first().unwrap().kind() {
            "Pod" => forget_well_pods(&mut objects),
            "ReplicaSet" => forget_old_templates(&mut objects),
            "Event" => forget_routine_events(&mut objects),
            _ => {}
        }
        objects
    });
    let whole = snapshot(small);
    assert_ne!(whole.objects(), trimmed.objects());
    let whole = found(whole).await;
    let sick = whole.iter().filter(|one| one.severity >= Severity::Warning);
    assert_eq!(sick.count(), CROWD.faults);
    assert_eq!(found(trimmed).await, whole);
}
