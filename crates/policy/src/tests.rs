use model::{Millis, ObjectRef, RemedyKind, Text, Verification};
use proptest::prelude::*;

use super::*;

fn plan(tier: Tier) -> Plan {
    Plan {
        kind: RemedyKind::RestoreLastGood,
        summary: Text::same("back to the last good revision"),
        tier,
        target: ObjectRef::new("Deployment", "shop", "web").with_uid("u"),
        changes: Vec::new(),
        verification: Verification {
            rollout_within: Millis::secs(60),
            second_look_after: Millis::secs(30),
        },
        unrehearsed: Vec::new(),
        owner: None,
    }
}

fn judge(policy: &Policy, plan: &Plan, word: Option<&Actor>) -> (Ruling, String) {
    let cluster = ClusterId::live("c");
    let request = Request {
        plan,
        direction: Direction::Apply,
        cluster: &cluster,
        word,
    };
    let judgement = policy.judge(request, Timestamp::from_micros(50));
    (judgement.ruling, judgement.rules.join("+"))
}

#[test]
fn tiers_decide_who_is_asked() {
    let policy = Policy::default();
    let cases = [
        (Tier::ReadOnly, Ruling::Allow, "read_only"),
        (Tier::LowRisk, Ruling::Ask, "low_risk_needs_a_person"),
        (Tier::HighRisk, Ruling::Ask, "high_risk_needs_a_person"),
        (Tier::Forbidden, Ruling::Refuse, "forbidden"),
    ];
    for (tier, ruling, rules) in cases {
        assert_eq!(
            judge(&policy, &plan(tier), None),
            (ruling, rules.to_owned()),
            "{tier}"
        );
    }
    let brave = Policy {
        low_risk_runs: true,
        ..Policy::default()
    };
    assert_eq!(judge(&brave, &plan(Tier::LowRisk), None).0, Ruling::Allow);
    assert_eq!(judge(&brave, &plan(Tier::HighRisk), None).0, Ruling::Ask);
}

#[test]
fn low_risk_that_cannot_be_rehearsed_asks_even_where_low_risk_runs() {
    let policy = Policy {
        low_risk_runs: true,
        ..Policy::default()
    };
    let mut unsure = plan(Tier::LowRisk);
    unsure.unrehearsed.push(Text::same("webhooks"));
    assert_eq!(judge(&policy, &unsure, None).0, Ruling::Ask);
}

#[test]
fn only_people_whose_word_counts_open_the_gate() {
    let policy = Policy {
        approvers: vec!["ada".to_owned()],
        ..Policy::default()
    };
    let strict = Policy {
        local_people_approve: false,
        ..Policy::default()
    };
    let risky = plan(Tier::HighRisk);
    let ada = Actor::local_person("ada");
    let bob = Actor::local_person("bob");
    let unknown = Actor {
        via: None,
        ..ada.clone()
    };
    assert_eq!(judge(&policy, &risky, Some(&ada)).0, Ruling::Allow);
    let cases = [
        (&policy, &bob, "approver_not_named"),
        (&policy, &unknown, "approver_unknown"),
        (&policy, &Actor::kintsugi(), "approver_is_no_person"),
        (
            &policy,
            &Actor::source("alertmanager", "webhook"),
            "approver_is_no_person",
        ),
        (&strict, &ada, "local_people_do_not_approve"),
        (
            &policy,
            &Actor::demo_person(),
            "demo_approves_in_memory_only",
        ),
    ];
    for (policy, actor, rule) in cases {
        let (ruling, rules) = judge(policy, &risky, Some(actor));
        assert_eq!(ruling, Ruling::Ask, "{actor}");
        assert!(rules.ends_with(rule), "{actor}: {rules}");
    }
}

#[test]
fn the_demos_word_counts_in_memory() {
    let risky = plan(Tier::HighRisk);
    let cluster = ClusterId::memory("demo");
    let word = Actor::demo_person();
    let request = Request {
        plan: &risky,
        direction: Direction::Apply,
        cluster: &cluster,
        word: Some(&word),
    };
    let judged = Policy::default().judge(request, Timestamp::from_micros(0));
    assert_eq!(judged.ruling, Ruling::Allow);
}

#[test]
fn a_freeze_stops_changes_and_lets_undoing_through() {
    let freeze = Freeze {
        from: Timestamp::from_micros(0),
        until: Timestamp::from_micros(100),
        reason: "sale".to_owned(),
    };
    let policy = Policy {
        freezes: vec![freeze],
        ..Policy::default()
    };
    let risky = plan(Tier::HighRisk);
    let ada = Actor::local_person("ada");
    assert_eq!(
        judge(&policy, &risky, Some(&ada)),
        (Ruling::Wait, "frozen".to_owned())
    );
    let cluster = ClusterId::live("c");
    let undo = Request {
        plan: &risky,
        direction: Direction::Undo,
        cluster: &cluster,
        word: Some(&ada),
    };
    assert_eq!(
        policy.judge(undo, Timestamp::from_micros(50)).ruling,
        Ruling::Allow
    );
    let after = Request {
        direction: Direction::Apply,
        ..undo
    };
    assert_eq!(
        policy.judge(after, Timestamp::from_micros(100)).ruling,
        Ruling::Allow
    );
}

#[test]
fn what_is_owned_elsewhere_is_never_written_whoever_agrees() {
    let mut owned = plan(Tier::HighRisk);
    owned.owner = Some("Helm release web".to_owned());
    let ada = Actor::local_person("ada");
    let judged = judge(&Policy::default(), &owned, Some(&ada));
    assert_eq!(judged, (Ruling::Refuse, "owned_elsewhere".to_owned()));
}

proptest! {
    #[test]
    fn nothing_risky_is_allowed_without_a_person(
        low_risk_runs: bool,
        local: bool,
        name in "[a-c]",
        via in prop::option::of(prop::sample::select(vec!["local", "demo", "webhook"])),
        person: bool,
        memory: bool,
    ) {
        let policy = Policy {
            low_risk_runs,
            local_people_approve: local,
            approvers: vec!["a".to_owned()],
            freezes: Vec::new(),
        };
        let mut actor = Actor::local_person(&name);
        actor.via = via.map(str::to_owned);
        if !person {
            actor.kind = model::ActorKind::Kintsugi;
        }
        let cluster = if memory { ClusterId::memory("m") } else { ClusterId::live("l") };
        let risky = plan(Tier::HighRisk);
        let request = Request {
            plan: &risky,
            direction: Direction::Apply,
            cluster: &cluster,
            word: Some(&actor),
        };
        let judged = policy.judge(request, Timestamp::from_micros(0));
        let demo = via == Some("demo") && memory;
        let counts = via.is_some() && via != Some("demo") && (local || via != Some("local"));
        let expected = person && (demo || (counts && name == "a"));
        prop_assert_eq!(judged.ruling == Ruling::Allow, expected);
    }
}

#[test]
fn every_rule_reads_as_words_in_both_languages() {
    use model::Lang;
    let people = [
        None,
        Some(Actor::kintsugi()),
        Some(Actor::demo_person()),
        Some(Actor::local_person("ada")),
        Some(Actor {
            via: None,
            ..Actor::local_person("ada")
        }),
    ];
    let frozen = Freeze {
        from: Timestamp::from_micros(0),
        until: Timestamp::from_micros(100),
        reason: "a holiday".to_owned(),
    };
    let mut seen = std::collections::BTreeSet::new();
    for bits in 0..16_u8 {
        let on = |bit: u8| bits & (1 << bit) != 0;
        let policy = Policy {
            low_risk_runs: on(0),
            local_people_approve: on(1),
            approvers: if on(2) {
                vec!["bob".to_owned()]
            } else {
                Vec::new()
            },
            freezes: if on(3) {
                vec![frozen.clone()]
            } else {
                Vec::new()
            },
        };
        for tier in [
            Tier::ReadOnly,
            Tier::LowRisk,
            Tier::HighRisk,
            Tier::Forbidden,
        ] {
            for owner in [None, Some("Helm".to_owned())] {
                let plan = Plan {
                    owner,
                    ..plan(tier)
                };
                for direction in [Direction::Apply, Direction::Undo] {
                    for word in &people {
                        let request = Request {
                            plan: &plan,
                            direction,
                            cluster: &ClusterId::live("c"),
                            word: word.as_ref(),
                        };
                        let judged = policy.judge(request, Timestamp::from_micros(50));
                        seen.extend(judged.rules);
                    }
                }
            }
        }
    }
    assert_eq!(seen.len(), 14, "every rule there is was met: {seen:?}");
    for rule in &seen {
        let en = model::render::words::rule(rule, Lang::En);
        let zh = model::render::words::rule(rule, Lang::Zh);
        assert!(en != rule && zh != rule && en != zh, "{rule}: {en}, {zh}");
    }
}
