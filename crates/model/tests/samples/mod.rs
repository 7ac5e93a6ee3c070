//! One event of every kind, as one story. It is no story that the decider would write; it is there
//! to be encoded, read back and rendered.

use model::effect::{Failure, Intent, Settlement};
use model::payload::{
    Applied, Approved, Closed, Diagnosed, EffectFailed, Escalated, Escalation, GateDecided,
    Intended, LessonKept, Observed, PlanChanged, Rehearsed, Rejected, RemedyProposed, Repaired,
    RolledBack, Ruling, SignalCleared, SignalSeen, SkillMatched, StepFailed, ToolCalled,
    ToolResult, ToolReturned, UndoRequested, Verified,
};
use model::status::Outcome;
use model::{
    Actor, CallId, Cause, Change, ClusterId, Confidence, Diagnosis, Digest, Direction, EffectKey,
    Event, EventId, EvidenceId, Fact, Field, IncidentId, Lesson, Look, Millis, NextStep, ObjectRef,
    Observation, PatchOp, Plan, PodSeen, Progress, RemedyKind, Rung, Severity, Signal, Source,
    Text, Tier, Timestamp, Verdict, Verification, Why,
};
use serde_json::json;
use uuid::Uuid;

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub(crate) fn incident_id() -> IncidentId {
    IncidentId::from_uuid(uuid(1))
}

pub(crate) fn signal() -> Signal {
    Signal {
        source: Source::Cluster,
        name: "KubePodImagePullBackOff".to_owned(),
        object: Some(ObjectRef::new("Deployment", "shop", "web")),
        severity: Severity::Warning,
        title: "pods of web cannot pull their image".to_owned(),
        labels: [("namespace".to_owned(), "shop".to_owned())].into(),
    }
}

pub(crate) fn plan() -> Plan {
    let web = ObjectRef::new("Deployment", "shop", "web").with_uid("uid-web");
    let path = "/spec/template/spec/containers/0/image".to_owned();
    let (bad, good) = (json!("shop/web:1.4.3-rc"), json!("shop/web:1.4.2"));
    Plan {
        kind: RemedyKind::RestoreLastGood,
        summary: Text::new("put web back to revision 1", "将 web 恢复到版本 1"),
        tier: Tier::HighRisk,
        target: web.clone(),
        changes: vec![Change {
            object: web,
            fields: vec![
                Field::sealed("/spec/template", Some(&json!({"spec": {}}))),
                Field::kept(path.clone(), Some(&bad)),
                Field::kept("/spec/paused", None),
            ],
            patch: vec![
                PatchOp::Test {
                    path: path.clone(),
                    value: bad.clone(),
                },
                PatchOp::Replace {
                    path: path.clone(),
                    value: good.clone(),
                },
            ],
            undo: vec![
                PatchOp::Test {
                    path: path.clone(),
                    value: good,
                },
                PatchOp::Replace { path, value: bad },
            ],
            diff: "-image: shop/web:1.4.3-rc\n+image: shop/web:1.4.2\n".to_owned(),
        }],
        verification: Verification {
            rollout_within: Millis::secs(600),
            second_look_after: Millis::secs(30),
        },
        unrehearsed: vec![Text::new("admission webhooks of pods", "Pod 的准入钩子")],
        owner: None,
    }
}

fn observation(look: Look, ready: u32) -> Observation {
    Observation {
        look,
        generation: 3,
        revision: Some(2),
        progress: if ready == 3 {
            Progress::Complete
        } else {
            Progress::Underway
        },
        desired: 3,
        updated: 1,
        ready,
        pods: vec![PodSeen {
            name: "web-1".to_owned(),
            uid: "uid-1".to_owned(),
            ready: ready == 3,
            restarts: 0,
            trouble: (ready < 3).then(|| "ImagePullBackOff".to_owned()),
        }],
    }
}

fn looking() -> Vec<(Actor, Why, Fact)> {
    let skill = "image_pull".to_owned();
    let (call, evidence) = (CallId::from_uuid(uuid(50)), EvidenceId::from_uuid(uuid(51)));
    let web = ObjectRef::new("Deployment", "shop", "web");
    vec![
        (
            Actor::source("memory:demo", "cluster"),
            Why::Reported,
            SignalSeen {
                signal: signal(),
                fingerprint: signal().fingerprint(&ClusterId::memory("demo")),
                cluster: ClusterId::memory("demo"),
                previous: None,
            }
            .into(),
        ),
        (
            Actor::kintsugi(),
            Why::TriggerFitted {
                skill: skill.clone(),
            },
            SkillMatched {
                skill: skill.clone(),
                family: skill.clone(),
                trigger: "alert KubePodImagePullBackOff".to_owned(),
                digest: Digest::of("sample", &[]),
                subject: ObjectRef::new("Pod", "shop", "web-1"),
                container: Some("web".to_owned()),
            }
            .into(),
        ),
        (
            Actor::kintsugi(),
            Why::NodeAsked {
                skill: skill.clone(),
                node: "events".to_owned(),
            },
            ToolCalled {
                call,
                tool: "get_events".to_owned(),
                params: json!({"namespace": "shop", "name": "web-1"}),
            }
            .into(),
        ),
        (
            Actor::kintsugi(),
            Why::ClusterAnswered,
            ToolReturned {
                call,
                evidence,
                result: ToolResult::Found,
                body: Digest::of("sample", &[b"body"]),
                bytes: 4,
                excerpt: "Failed to pull image: not found".to_owned(),
            }
            .into(),
        ),
        (
            Actor::kintsugi(),
            Why::Evidence {
                evidence: vec![evidence],
            },
            Diagnosed {
                diagnosis: Diagnosis {
                    cause: Cause::ImagePull,
                    object: web,
                    root_cause: Text::new("the tag does not exist", "标签不存在"),
                    confidence: Confidence::new(0.95).unwrap(),
                    evidence: vec![evidence],
                    rung: Rung::Tree,
                    skill,
                    node: "not_found".to_owned(),
                    severity: Some(Severity::Warning),
                    next_steps: vec![NextStep {
                        text: Text::new("see which tags there are", "查看有哪些标签"),
                        command: Some("kubectl get rs -n shop".to_owned()),
                    }],
                    remedies: vec![RemedyKind::RestoreLastGood],
                },
            }
            .into(),
        ),
    ]
}

fn mending() -> Vec<(Actor, Why, Fact)> {
    let plan = plan();
    let hash = plan.hash();
    let key = EffectKey::of(incident_id(), hash, Direction::Apply, 0, 1);
    let undo = EffectKey::of(incident_id(), hash, Direction::Undo, 0, 1);
    let change = plan.changes.first().unwrap().clone();
    let settlement = Settlement {
        generation: 4,
        resource_version: "812".to_owned(),
        found_standing: false,
    };
    let ada = Actor::local_person("ada");
    let us = Actor::kintsugi;
    vec![
        (us(), Why::Diagnosis, RemedyProposed { hash, plan }.into()),
        (
            us(),
            Why::Plan { plan: hash },
            Observed {
                plan: hash,
                observation: observation(Look::Before, 2),
            }
            .into(),
        ),
        (
            us(),
            Why::ClusterAnswered,
            Rehearsed {
                plan: hash,
                refused: None,
            }
            .into(),
        ),
        (
            us(),
            Why::Policy,
            GateDecided {
                plan: hash,
                direction: Direction::Apply,
                tier: Tier::HighRisk,
                ruling: Ruling::Ask,
                rules: vec!["high_risk_needs_a_person".to_owned()],
                policy: Digest::of("sample", &[b"policy"]),
            }
            .into(),
        ),
        (
            ada.clone(),
            Why::PersonDecided,
            Approved {
                plan: hash,
                comment: Some("go".to_owned()),
            }
            .into(),
        ),
        (
            us(),
            Why::Plan { plan: hash },
            Intended {
                intent: Intent {
                    key,
                    plan: hash,
                    direction: Direction::Apply,
                    change: 0,
                    attempt: 1,
                    target: change.object.clone(),
                    fields: change.fields_digest(),
                    patch: change.patch.clone(),
                    prior: change.fields.clone(),
                    deadline: Timestamp::from_micros(1_767_225_610_000_000),
                },
            }
            .into(),
        ),
        (
            us(),
            Why::ClusterAnswered,
            Applied {
                key,
                settlement: settlement.clone(),
            }
            .into(),
        ),
        (
            us(),
            Why::ClusterAnswered,
            Verified {
                plan: hash,
                verdict: Verdict::Healed,
                ready_before: 2,
                ready_now: 3,
                desired: 3,
            }
            .into(),
        ),
        (
            us(),
            Why::Verdict {
                verdict: Verdict::Healed,
            },
            LessonKept {
                lesson: Lesson {
                    fingerprint: signal().fingerprint(&ClusterId::memory("demo")),
                    cause: Cause::ImagePull,
                    object: change.object,
                    root_cause: Text::new("the tag does not exist", "标签不存在"),
                    remedy: RemedyKind::RestoreLastGood,
                    plan: hash,
                    verdict: Verdict::Healed,
                },
            }
            .into(),
        ),
        (
            us(),
            Why::NextStep,
            Closed {
                outcome: Outcome::Healed,
            }
            .into(),
        ),
        (
            ada,
            Why::PersonDecided,
            UndoRequested {
                plan: hash,
                comment: None,
            }
            .into(),
        ),
        (
            us(),
            Why::Interrupted,
            RolledBack {
                key: undo,
                settlement,
            }
            .into(),
        ),
    ]
}

fn shadows() -> Vec<(Actor, Why, Fact)> {
    let hash = plan().hash();
    let key = EffectKey::of(incident_id(), hash, Direction::Apply, 0, 1);
    let failure = Failure::Changed {
        now: vec![
            Field::sealed("/spec/template", Some(&json!({"spec": {"other": true}}))),
            Field::kept(
                "/spec/template/spec/containers/0/image",
                Some(&json!("shop/web:1.4.4")),
            ),
        ],
    };
    let ada = Actor::local_person("ada");
    let us = Actor::kintsugi;
    vec![
        (
            Actor::source("memory:demo", "cluster"),
            Why::Reported,
            SignalCleared {
                seen: "3/3 ready".to_owned(),
            }
            .into(),
        ),
        (
            ada,
            Why::PersonDecided,
            Rejected {
                plan: Some(hash),
                comment: Some("not now".to_owned()),
            }
            .into(),
        ),
        (
            us(),
            Why::ClusterAnswered,
            EffectFailed {
                key,
                failure: failure.clone(),
            }
            .into(),
        ),
        (
            us(),
            Why::ClusterAnswered,
            PlanChanged {
                plan: hash,
                failure,
            }
            .into(),
        ),
        (
            us(),
            Why::Verdict {
                verdict: Verdict::NoBetter,
            },
            Repaired {
                plan: hash,
                attempt: 2,
            }
            .into(),
        ),
        (
            us(),
            Why::ClusterAnswered,
            StepFailed {
                step: "observe".to_owned(),
                problem: "the cluster does not answer".to_owned(),
                attempt: 1,
                retry_at: Timestamp::from_micros(1_767_225_611_000_000),
            }
            .into(),
        ),
        (
            us(),
            Why::Limit,
            Escalated {
                reason: Escalation::LimitReached,
                detail: Text::same("observe: no answer"),
            }
            .into(),
        ),
    ]
}

/// One event of every kind.
pub(crate) fn story() -> Vec<Event> {
    let mut facts = looking();
    facts.extend(mending());
    facts.extend(shadows());
    let mut seq = 0;
    facts
        .into_iter()
        .map(|(actor, why, fact)| {
            seq += 1;
            Event {
                id: EventId::from_uuid(uuid(u128::from(seq) + 100)),
                incident: incident_id(),
                seq,
                at: Timestamp::from_micros(
                    1_767_225_600_000_000 + i64::try_from(seq).unwrap() * 1_000_000,
                ),
                actor,
                why,
                fact,
            }
        })
        .collect()
}
