//! Properties of every life an incident may live, and tables of the lives that matter most.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "this is a test"
)]

extern crate kintsugi_healer as healer;

mod simulated;

use healer::{Limits, Step, WakesOn, decide};
use model::payload::{EffectFailed, Observed, Ruling};
use model::status::Outcome;
use model::{
    Actor, Direction, Fact, Failure, Incident, Look, Millis, Observation, Progress, Status, Verdict,
};
use proptest::prelude::*;
use simulated::{Choices, Life};

/// Steps that no life needs more of.
const LONG: usize = 600;

/// Whether the gate for a write has been passed, told from the events alone.
fn gate_passed(life: &Life, direction: Direction) -> bool {
    let Some(standing) = &life.incident.standing else {
        return false;
    };
    let about = |fact: &Fact| match fact {
        Fact::GateDecided(gate) if gate.plan == standing.hash => {
            Some((gate.direction, gate.ruling))
        }
        _ => None,
    };
    let last = |wanted: Direction| {
        life.events
            .iter()
            .filter_map(|event| about(&event.fact))
            .rfind(|(direction, _)| *direction == wanted)
            .is_some_and(|(_, ruling)| ruling == Ruling::Allow)
    };
    let refused = life
        .events
        .iter()
        .any(|event| matches!(&event.fact, Fact::Rejected(no) if no.plan == Some(standing.hash)));
    match direction {
        Direction::Apply => last(Direction::Apply) && !refused && standing.plan.owner.is_none(),
        // The way back of an unhealed plan is part of what was agreed to.
        Direction::Undo if life.incident.undo.is_none() => {
            last(Direction::Apply)
                && matches!(standing.verdict, Some(Verdict::NoBetter | Verdict::Worse))
        }
        Direction::Undo => last(Direction::Undo),
    }
}

/// Lives to the end, checking each step on the way.
fn live(life: &mut Life, choices: &mut Choices) -> Result<(), TestCaseError> {
    for _ in 0..LONG {
        let step = life.next();
        prop_assert_eq!(&step, &decide(&life.incident, life.now, &life.limits));
        match &step {
            Step::Rest {
                wakes_on: WakesOn::Undo,
                ..
            } => {
                prop_assert_eq!(life.incident.summary.status, Status::Closed);
                prop_assert!(life.incident.summary.outcome.is_some());
                prop_assert!(life.incident.pending().is_none());
                return Ok(());
            }
            Step::Effect {
                direction, change, ..
            } => {
                prop_assert!(gate_passed(life, *direction), "{step:?} without its gate");
                prop_assert!(life.incident.pending().is_none(), "two writes at once");
                let standing = life.incident.standing.as_ref().unwrap();
                prop_assert!((*change as usize) < standing.plan.changes.len());
                prop_assert_eq!(
                    standing.change_stands(*change),
                    *direction == Direction::Undo,
                    "a write that changes nothing"
                );
            }
            Step::Close {
                outcome: Outcome::Healed,
            } => {
                let verdict = life.incident.summary.verdict;
                prop_assert!(
                    verdict == Some(Verdict::Healed) || life.incident.undo.is_some(),
                    "healed without a verdict"
                );
            }
            _ => {}
        }
        let seq = life.incident.seq;
        let before = life.now;
        life.step(&step, choices);
        prop_assert!(
            life.incident.seq > seq || life.now > before,
            "{step:?} leads nowhere"
        );
    }
    let last: Vec<_> = life
        .events
        .iter()
        .rev()
        .take(12)
        .map(|e| e.kind())
        .collect();
    Err(TestCaseError::fail(format!(
        "no end after {LONG} steps: …{last:?}"
    )))
}

/// No plan is asked about twice unless somebody has spoken in between.
fn asked_once(life: &Life) -> Result<(), TestCaseError> {
    let mut asked = None;
    for event in &life.events {
        match &event.fact {
            Fact::GateDecided(gate) if gate.ruling == Ruling::Ask => {
                prop_assert_ne!(asked, Some((gate.plan, gate.direction)), "asked twice");
                asked = Some((gate.plan, gate.direction));
            }
            Fact::Approved(_) | Fact::Rejected(_) | Fact::UndoRequested(_) => asked = None,
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_life_ends_and_no_write_precedes_its_gate(
        numbers in prop::collection::vec(any::<u8>(), 0..120),
        changes in 1_u32..4,
    ) {
        let mut life = Life::begin(Limits::default(), changes);
        let mut choices = Choices::new(numbers);
        live(&mut life, &mut choices)?;
        asked_once(&life)?;
        if life.ask_undo() {
            live(&mut life, &mut choices)?;
            asked_once(&life)?;
        }
    }

    #[test]
    fn any_prefix_folds_to_the_same_state_and_can_be_lived_on_to_an_end(
        numbers in prop::collection::vec(any::<u8>(), 0..60),
        others in prop::collection::vec(any::<u8>(), 0..60),
        at in any::<prop::sample::Index>(),
    ) {
        let mut life = Life::begin(Limits::default(), 2);
        live(&mut life, &mut Choices::new(numbers))?;
        prop_assert_eq!(&Incident::fold(&life.events).unwrap(), &life.incident);
        let mut other = life.cut(at.index(life.events.len()) + 1);
        live(&mut other, &mut Choices::new(others))?;
        asked_once(&other)?;
    }
}

fn kinds(life: &Life) -> Vec<&'static str> {
    life.events
        .iter()
        .map(|event| event.kind().as_str())
        .collect()
}

fn lived(numbers: &[u8]) -> Life {
    let mut life = Life::begin(Limits::default(), 1);
    live(&mut life, &mut Choices::new(numbers.to_vec())).unwrap();
    life
}

/// The choices up to the first gate, all good: match, investigate, propose, look, rehearse.
const TO_GATE: [u8; 5] = [0; 5];

fn after_gate(numbers: &[u8]) -> Life {
    lived(&[&TO_GATE[..], numbers].concat())
}

#[test]
fn the_first_way_through_is_short() {
    let life = lived(&[]);
    assert_eq!(
        kinds(&life),
        [
            "signal_seen",
            "skill_matched",
            "diagnosed",
            "remedy_proposed",
            "observed",
            "rehearsed",
            "gate_decided",
            "approved",
            "gate_decided",
            "intended",
            "applied",
            "observed",
            "observed",
            "verified",
            "lesson_kept",
            "closed",
        ]
    );
    assert_eq!(life.incident.summary.outcome, Some(Outcome::Healed));
}

#[test]
fn a_refused_plan_changes_nothing() {
    let life = after_gate(&[0, 1]);
    assert_eq!(life.incident.summary.outcome, Some(Outcome::Rejected));
    assert!(!kinds(&life).contains(&"intended"));
}

#[test]
fn a_fault_that_goes_away_while_a_person_is_asked_closes_by_itself() {
    let life = after_gate(&[0, 3]);
    assert_eq!(
        life.incident.summary.outcome,
        Some(Outcome::ResolvedByItself)
    );
    assert!(!kinds(&life).contains(&"intended"));
}

#[test]
fn a_plan_whose_ground_moved_is_made_and_asked_about_anew() {
    // Ask, approve, allow, intent stays not pending, then `changed`.
    let life = after_gate(&[0, 0, 0, 0, 2]);
    let told = kinds(&life);
    let count = |kind: &str| told.iter().filter(|told| **told == kind).count();
    assert_eq!(count("plan_changed"), 1);
    assert_eq!(count("remedy_proposed"), 2);
    assert_eq!(count("approved"), 2);
    assert_eq!(life.incident.summary.outcome, Some(Outcome::Healed));
}

#[test]
fn a_remedy_that_does_not_help_is_taken_back_before_another_is_tried() {
    let mut life = Life::begin(
        Limits {
            remedies: 2,
            ..Limits::default()
        },
        1,
    );
    // The rollout is never good: each look sees the same one pod, until the time is up,
    // and so does the last one.
    let looks = [2_u8; 61];
    let numbers = [&TO_GATE[..], &[0, 0, 0, 0, 0], &looks[..]].concat();
    live(&mut life, &mut Choices::new(numbers)).unwrap();
    let told = kinds(&life);
    let place = |kind: &str| told.iter().position(|told| *told == kind).unwrap();
    assert!(place("verified") < place("rolled_back"));
    assert!(place("rolled_back") < place("lesson_kept"));
    assert!(place("lesson_kept") < place("repaired"));
}

#[test]
fn the_time_in_which_a_person_is_awaited_does_not_count() {
    let limits = Limits {
        active: Millis::secs(60),
        ..Limits::default()
    };
    let mut life = Life::begin(limits, 1);
    let mut choices = Choices::new(Vec::new());
    while life.incident.summary.status != Status::WaitingApproval {
        let step = life.next();
        life.step(&step, &mut choices);
    }
    life.wait(Millis::secs(86_400));
    assert!(matches!(
        life.next(),
        Step::Rest {
            wakes_on: WakesOn::Person,
            ..
        }
    ));
    live(&mut life, &mut choices).unwrap();
    assert_eq!(life.incident.summary.outcome, Some(Outcome::Healed));
}

#[test]
fn an_incident_that_takes_too_long_calls_a_person() {
    let limits = Limits {
        active: Millis::secs(5),
        ..Limits::default()
    };
    let mut life = Life::begin(limits, 1);
    life.wait(Millis::secs(6));
    let step = life.next();
    assert_eq!(step.name(), "escalate");
}

#[test]
fn a_late_word_that_a_write_failed_does_not_hide_that_it_happened() {
    let mut life = lived(&[]);
    let key = life.events.iter().find_map(|event| match &event.fact {
        Fact::Applied(applied) => Some(applied.key),
        _ => None,
    });
    let failure = Failure::Unreachable {
        message: "a driver that was held up".to_owned(),
    };
    let key = key.unwrap();
    life.say(Actor::kintsugi(), EffectFailed { key, failure });
    assert!(life.incident.standing.as_ref().unwrap().change_stands(0));
    assert!(life.ask_undo(), "what stands can be taken back");
}

/// A life until the second look is due, and what the first one saw.
fn until_second_look() -> (Life, Observation) {
    let mut life = Life::begin(Limits::default(), 1);
    let mut choices = Choices::new(Vec::new());
    loop {
        let step = life.next();
        if matches!(
            step,
            Step::Observe {
                look: Look::Second,
                ..
            }
        ) {
            let first = life.incident.standing.as_ref().unwrap().rollout.clone();
            return (life, first.unwrap());
        }
        life.step(&step, &mut choices);
    }
}

/// What comes next when the second look saw this.
fn after_second_look(saw: impl FnOnce(&mut Observation)) -> (Life, Step) {
    let (mut life, mut seen) = until_second_look();
    seen.look = Look::Second;
    saw(&mut seen);
    let plan = life.incident.standing.as_ref().unwrap().hash;
    let observation = seen;
    life.say(Actor::kintsugi(), Observed { plan, observation });
    let step = life.next();
    (life, step)
}

#[test]
fn a_pod_that_fell_back_between_the_looks_is_no_healing() {
    let unready = |seen: &mut Observation| {
        seen.pods.first_mut().unwrap().ready = false;
        seen.ready -= 1;
        seen.progress = Progress::Underway;
    };
    let restarted = |seen: &mut Observation| seen.pods.first_mut().unwrap().restarts += 1;
    for (_, step) in [after_second_look(unready), after_second_look(restarted)] {
        let verdict = Verdict::NoBetter;
        assert!(
            matches!(step, Step::Judge { verdict: judged, .. } if judged == verdict),
            "{step:?}"
        );
    }
}

#[test]
fn pods_that_were_moved_or_added_between_the_looks_are_watched_on_and_nothing_is_undone() {
    let moved = |seen: &mut Observation| {
        seen.pods.first_mut().unwrap().uid = "uid-new".to_owned();
    };
    let added = |seen: &mut Observation| {
        seen.desired += 1;
        seen.progress = Progress::Underway;
    };
    let fewer = |seen: &mut Observation| {
        seen.desired -= 1;
        seen.ready -= 1;
        seen.pods.pop();
    };
    let lives = [
        after_second_look(moved),
        after_second_look(added),
        after_second_look(fewer),
    ];
    for (mut life, step) in lives {
        assert!(!matches!(step, Step::Judge { .. }), "{step:?}");
        live(&mut life, &mut Choices::new(Vec::new())).unwrap();
        assert_eq!(life.incident.summary.outcome, Some(Outcome::Healed));
    }
}

#[test]
fn pods_that_never_stay_are_not_healed_however_ready_each_of_them_is() {
    let (mut life, first) = until_second_look();
    let mut generation = 0;
    for _ in 0..LONG {
        let step = life.next();
        match step {
            Step::Observe { plan, look } => {
                generation += 1;
                let mut observation = first.clone();
                observation.look = look;
                for pod in &mut observation.pods {
                    pod.uid = format!("{}-{generation}", pod.name);
                }
                life.say(Actor::kintsugi(), Observed { plan, observation });
            }
            Step::Rest { until, .. } => life.now = until.unwrap(),
            Step::Judge { verdict, .. } => {
                assert_eq!(verdict, Verdict::NoBetter);
                return;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("looked for ever");
}

#[test]
fn undo_after_closing_ends_in_closed_again() {
    let mut life = lived(&[]);
    assert!(life.ask_undo());
    live(&mut life, &mut Choices::new(Vec::new())).unwrap();
    assert_eq!(life.incident.summary.outcome, Some(Outcome::Undone));
    assert!(!life.ask_undo(), "nothing is left to take back");
}

#[test]
fn an_undo_that_failed_can_be_asked_for_again() {
    let mut life = lived(&[]);
    assert!(life.ask_undo());
    // Allowed; intent written; the write is refused; the person ends the incident.
    live(&mut life, &mut Choices::new(vec![0, 0, 3, 1])).unwrap();
    assert_eq!(life.incident.summary.outcome, Some(Outcome::Healed));
    assert!(life.ask_undo());
    live(&mut life, &mut Choices::new(Vec::new())).unwrap();
    assert_eq!(life.incident.summary.outcome, Some(Outcome::Undone));
}
