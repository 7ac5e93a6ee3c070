//! What a life is made of: a workload, plans, sights, a diagnosis, a lesson.

use model::{
    Cause, Change, Confidence, Diagnosis, EvidenceId, Field, Incident, Lesson, Look, Millis,
    ObjectRef, Observation, PatchOp, Plan, PodSeen, Progress, RemedyKind, Rung, Text, Tier,
    Verification,
};
use serde_json::json;
use uuid::Uuid;

pub(super) fn web() -> ObjectRef {
    ObjectRef::new("Deployment", "shop", "web").with_uid("uid-web")
}

pub(super) fn uuid(n: u64) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

/// A plan, different for each number.
pub(super) fn plan(number: u64, changes: u32) -> Plan {
    let change = |n: u32| {
        let path = format!("/spec/template/spec/containers/{n}/image");
        let good = json!(format!("shop/web:{number}"));
        Change {
            object: web(),
            fields: vec![Field::kept(path.clone(), Some(&json!("shop/web:bad")))],
            patch: vec![PatchOp::Replace {
                path: path.clone(),
                value: good.clone(),
            }],
            undo: vec![PatchOp::Test { path, value: good }],
            diff: String::new(),
        }
    };
    Plan {
        kind: RemedyKind::RestoreLastGood,
        summary: Text::same(format!("plan {number}")),
        tier: Tier::HighRisk,
        target: web(),
        changes: (0..changes).map(change).collect(),
        verification: Verification {
            rollout_within: Millis::secs(60),
            second_look_after: Millis::secs(30),
        },
        unrehearsed: Vec::new(),
        owner: None,
    }
}

pub(super) fn observation(look: Look, ready: u32) -> Observation {
    Observation {
        look,
        generation: 1,
        revision: None,
        progress: if ready == 3 {
            Progress::Complete
        } else {
            Progress::Underway
        },
        desired: 3,
        updated: 3,
        ready,
        pods: (0..3)
            .map(|n| PodSeen {
                name: format!("web-{n}"),
                uid: format!("uid-{n}"),
                ready: n < ready,
                restarts: 0,
                trouble: None,
            })
            .collect(),
    }
}

pub(super) fn diagnosis() -> Diagnosis {
    Diagnosis {
        cause: Cause::ImagePull,
        object: web(),
        root_cause: Text::same("the tag does not exist"),
        confidence: Confidence::new(0.95).unwrap(),
        evidence: vec![EvidenceId::from_uuid(uuid(7))],
        rung: Rung::Tree,
        skill: "image_pull".to_owned(),
        node: "root".to_owned(),
        severity: None,
        next_steps: Vec::new(),
        remedies: vec![RemedyKind::RestoreLastGood],
    }
}

pub(super) fn lesson(incident: &Incident, plan: model::PlanHash) -> Lesson {
    Lesson {
        fingerprint: incident.summary.fingerprint.clone(),
        cause: Cause::ImagePull,
        object: web(),
        root_cause: Text::same("the tag does not exist"),
        remedy: RemedyKind::RestoreLastGood,
        plan,
        verdict: incident.standing.as_ref().unwrap().verdict.unwrap(),
    }
}
