//! A life without a cluster, a clock or a ledger: every step is answered by choice, from a list of
//! numbers, so that thousands of different lives can be lived in a second.

mod samples;

use healer::{Limits, Step, WakesOn, decide};
use model::effect::{Failure, Intent, Settlement};
use model::payload::{
    Applied, Approved, Closed, Diagnosed, EffectFailed, Escalated, Escalation, GateDecided,
    Intended, LessonKept, Observed, PlanChanged, Rehearsed, Rejected, RemedyProposed, Repaired,
    RolledBack, Ruling, SignalCleared, SignalSeen, SkillMatched, StepFailed, UndoRequested,
    Verified,
};
use model::{
    Actor, ClusterId, Digest, Direction, EffectKey, Event, EventId, Fact, Incident, IncidentId,
    Look, Millis, Severity, Signal, Source, Text, Tier, Timestamp, Why,
};

use samples::{diagnosis, lesson, observation, plan, uuid, web};

/// The choices of a life, one after the other; when they run out, everything goes well.
pub(crate) struct Choices {
    numbers: Vec<u8>,
    at: usize,
}

impl Choices {
    pub(crate) fn new(numbers: Vec<u8>) -> Self {
        Self { numbers, at: 0 }
    }

    /// A number below `n`; 0 is always the good way.
    fn pick(&mut self, n: u8) -> u8 {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        number % n
    }
}

/// A life as far as it has been lived.
pub(crate) struct Life {
    pub(crate) events: Vec<Event>,
    pub(crate) incident: Incident,
    pub(crate) now: Timestamp,
    pub(crate) limits: Limits,
    plans: u64,
    changes: u32,
}

impl Life {
    pub(crate) fn begin(limits: Limits, changes: u32) -> Self {
        let cluster = ClusterId::memory("sim");
        let signal = Signal {
            source: Source::Cluster,
            name: "KubePodImagePullBackOff".to_owned(),
            object: Some(web()),
            severity: Severity::Warning,
            title: "pods cannot pull".to_owned(),
            labels: [].into(),
        };
        let opening = SignalSeen {
            fingerprint: signal.fingerprint(&cluster),
            signal,
            cluster,
            previous: None,
        };
        let first = Event {
            id: EventId::from_uuid(uuid(1)),
            incident: IncidentId::from_uuid(uuid(0)),
            seq: 1,
            at: Timestamp::from_micros(0),
            actor: Actor::source("sim", "cluster"),
            why: Why::Reported,
            fact: opening.into(),
        };
        let incident = Incident::open(&first).unwrap();
        Self {
            events: vec![first],
            incident,
            now: Timestamp::from_micros(0),
            limits,
            plans: 0,
            changes,
        }
    }

    /// The same life, cut after some events and folded anew.
    pub(crate) fn cut(&self, after: usize) -> Self {
        let events: Vec<_> = self.events.iter().take(after.max(1)).cloned().collect();
        let incident = Incident::fold(&events).unwrap();
        let now = incident.last_at;
        Self {
            events,
            incident,
            now,
            limits: self.limits,
            plans: 1000,
            changes: self.changes,
        }
    }

    pub(crate) fn next(&self) -> Step {
        decide(&self.incident, self.now, &self.limits)
    }

    pub(crate) fn say(&mut self, actor: Actor, fact: impl Into<Fact>) {
        let seq = self.incident.seq + 1;
        let event = Event {
            id: EventId::from_uuid(uuid(seq)),
            incident: self.incident.id(),
            seq,
            at: self.now,
            actor,
            why: Why::NextStep,
            fact: fact.into(),
        };
        self.incident.apply(&event).unwrap();
        self.events.push(event);
    }

    fn own(&mut self, fact: impl Into<Fact>) {
        self.say(Actor::kintsugi(), fact);
    }

    pub(crate) fn wait(&mut self, length: Millis) {
        self.now = self.now.plus(length);
    }

    fn stumble(&mut self, step: &Step) {
        let attempt = self.incident.trouble.as_ref().map_or(0, |t| t.attempt) + 1;
        let retry_at = self.now.plus(self.limits.back_off_after(attempt));
        self.own(StepFailed {
            step: step.name().to_owned(),
            problem: "no answer".to_owned(),
            attempt,
            retry_at,
        });
    }

    /// Takes one step, answered by choice.
    pub(crate) fn step(&mut self, step: &Step, choices: &mut Choices) {
        self.wait(Millis(10));
        match step {
            Step::Match => match choices.pick(6) {
                1 => self.own(Escalated {
                    reason: Escalation::NoSkill,
                    detail: Text::default(),
                }),
                2 => self.stumble(step),
                _ => self.own(SkillMatched {
                    skill: "image_pull".to_owned(),
                    family: "image_pull".to_owned(),
                    trigger: "alert".to_owned(),
                    digest: Digest::of("sim", &[]),
                    subject: web(),
                    container: None,
                }),
            },
            Step::Investigate => match choices.pick(6) {
                1 => self.own(Escalated {
                    reason: Escalation::NoDiagnosis,
                    detail: Text::default(),
                }),
                2 => self.stumble(step),
                _ => self.own(Diagnosed {
                    diagnosis: diagnosis(),
                }),
            },
            Step::Propose { .. } => match choices.pick(6) {
                1 => self.own(Escalated {
                    reason: Escalation::NoRemedy,
                    detail: Text::default(),
                }),
                2 => self.stumble(step),
                choice => {
                    self.plans += 1;
                    let mut plan = plan(self.plans, self.changes);
                    plan.owner = (choice == 3).then(|| "Helm release web".to_owned());
                    self.own(RemedyProposed {
                        hash: plan.hash(),
                        plan,
                    });
                }
            },
            Step::Rehearse { plan } => match choices.pick(6) {
                1 => self.own(Rehearsed {
                    plan: *plan,
                    refused: Some("no".to_owned()),
                }),
                2 => self.stumble(step),
                _ => self.own(Rehearsed {
                    plan: *plan,
                    refused: None,
                }),
            },
            Step::Observe { plan, look } => {
                let ready = match (look, choices.pick(5)) {
                    (_, 4) => return self.stumble(step),
                    (Look::Before, 1) => 0,
                    (Look::Before, _) => 2,
                    (Look::Rollout | Look::Last | Look::Second, 0) => 3,
                    (Look::Rollout | Look::Last | Look::Second, choice) => u32::from(choice) - 1,
                };
                self.wait(Millis::secs(1));
                let observation = observation(*look, ready);
                let seen = self
                    .incident
                    .standing
                    .as_ref()
                    .and_then(|s| s.rollout.as_ref());
                if *look != Look::Rollout || seen.is_none_or(|s| !s.same_sight(&observation)) {
                    self.own(Observed {
                        plan: *plan,
                        observation,
                    });
                }
            }
            Step::Gate { plan, direction } => {
                let asked = match direction {
                    Direction::Apply => self
                        .incident
                        .standing
                        .as_ref()
                        .is_some_and(|s| s.approval.is_some()),
                    Direction::Undo => true,
                };
                let owner = self
                    .incident
                    .standing
                    .as_ref()
                    .is_some_and(|s| s.plan.owner.is_some());
                let ruling = match (asked, choices.pick(5)) {
                    _ if owner && *direction == Direction::Apply => Ruling::Refuse,
                    (_, 4) => Ruling::Refuse,
                    (true, 0 | 1) => Ruling::Allow,
                    (true, _) => Ruling::Ask,
                    (false, 3) => Ruling::Allow,
                    (false, _) => Ruling::Ask,
                };
                self.own(GateDecided {
                    plan: *plan,
                    direction: *direction,
                    tier: Tier::HighRisk,
                    ruling,
                    rules: vec!["sim".to_owned()],
                    policy: Digest::of("sim", &[]),
                    until: None,
                });
            }
            Step::Effect {
                plan,
                direction,
                change,
                attempt,
            } => {
                let key = EffectKey::of(self.incident.id(), *plan, *direction, *change, *attempt);
                self.own(Intended {
                    intent: Intent {
                        key,
                        plan: *plan,
                        direction: *direction,
                        change: *change,
                        attempt: *attempt,
                        target: web(),
                        fields: Digest::of("sim", &[]),
                        patch: Vec::new(),
                        prior: Vec::new(),
                        deadline: self.now,
                    },
                });
                // An interruption leaves the intent alone.
                if choices.pick(5) != 4 {
                    self.outcome(key, *direction, choices);
                }
            }
            Step::Settle { key } => {
                let direction = self.incident.pending().unwrap().intent.direction;
                match choices.pick(4) {
                    3 => self.stumble(step),
                    _ => self.outcome(*key, direction, choices),
                }
            }
            Step::DropPlan { plan } => {
                self.own(PlanChanged {
                    plan: *plan,
                    failure: Failure::Gone,
                });
            }
            Step::Judge { plan, verdict } => self.own(Verified {
                plan: *plan,
                verdict: *verdict,
                ready_before: 2,
                ready_now: 3,
                desired: 3,
            }),
            Step::KeepLesson { plan } => {
                let lesson = lesson(&self.incident, *plan);
                self.own(LessonKept { lesson });
            }
            Step::Repair { plan, attempt } => {
                self.own(Repaired {
                    plan: *plan,
                    attempt: *attempt,
                });
            }
            Step::Escalate { reason } => {
                self.own(Escalated {
                    reason: *reason,
                    detail: Text::default(),
                });
            }
            Step::Close { outcome } => self.own(Closed { outcome: *outcome }),
            Step::Rest { until, wakes_on } => self.rest(*until, *wakes_on, choices),
        }
    }

    fn outcome(&mut self, key: EffectKey, direction: Direction, choices: &mut Choices) {
        let settlement = Settlement {
            generation: 1,
            resource_version: "1".to_owned(),
            found_standing: false,
        };
        let failure = match choices.pick(8) {
            1 => Failure::Gone,
            2 => Failure::Changed { now: Vec::new() },
            3 => Failure::Refused {
                message: "no".to_owned(),
            },
            4 => Failure::Unreachable {
                message: "gone fishing".to_owned(),
            },
            5 => Failure::Undecidable {
                message: "hm".to_owned(),
            },
            _ => {
                return match direction {
                    Direction::Apply => self.own(Applied { key, settlement }),
                    Direction::Undo => self.own(RolledBack { key, settlement }),
                };
            }
        };
        self.own(EffectFailed { key, failure });
    }

    fn rest(&mut self, until: Option<Timestamp>, wakes_on: WakesOn, choices: &mut Choices) {
        let plan = self
            .incident
            .standing
            .as_ref()
            .map(|standing| standing.hash);
        let escalated = self.incident.escalation.is_some();
        match wakes_on {
            WakesOn::Time => self.now = until.unwrap().max(self.now),
            WakesOn::Undo => {}
            WakesOn::Person => {
                self.wait(Millis::secs(3600));
                let ada = Actor::local_person("ada");
                match (plan, choices.pick(4)) {
                    (_, 3) => {
                        let cluster = Actor::source("sim", "cluster");
                        self.say(
                            cluster,
                            SignalCleared {
                                seen: "3/3".to_owned(),
                            },
                        );
                    }
                    (Some(hash), 0) if !escalated => {
                        self.say(
                            ada,
                            Approved {
                                plan: hash,
                                comment: None,
                            },
                        );
                    }
                    (Some(hash), _) if !escalated => {
                        self.say(
                            ada,
                            Rejected {
                                plan: Some(hash),
                                comment: None,
                            },
                        );
                    }
                    _ => self.say(
                        ada,
                        Rejected {
                            plan: None,
                            comment: None,
                        },
                    ),
                }
            }
        }
    }

    /// A person asks for the way back, if there is one.
    pub(crate) fn ask_undo(&mut self) -> bool {
        let standing = self.incident.standing.as_ref();
        let Some(plan) = standing
            .filter(|s| s.next_to_undo().is_some())
            .map(|standing| standing.hash)
        else {
            return false;
        };
        self.say(
            Actor::local_person("ada"),
            UndoRequested {
                plan,
                comment: None,
            },
        );
        true
    }
}
