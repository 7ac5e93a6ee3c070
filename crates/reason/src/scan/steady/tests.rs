//! What is told of looks that find this and that.

use model::{Confidence, Explained, Text};

use super::*;

const HOLD: Millis = Millis::secs(10);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(0).plus(Millis::secs(seconds))
}

fn finding(name: &str, words: &str) -> Finding {
    Finding {
        id: "F1".to_owned(),
        fingerprint: Fingerprint::from(name.to_owned()),
        skill: "image_pull".to_owned(),
        node: "told".to_owned(),
        cause: Cause::ImagePull,
        severity: Severity::Warning,
        object: ObjectRef::new("Deployment", "shop", name),
        container: None,
        affected: Vec::new(),
        root_cause: Text {
            en: words.to_owned(),
            zh: words.to_owned(),
        },
        confidence: Confidence::new(0.9).unwrap(),
        evidence: Vec::new(),
        next_steps: Vec::new(),
        remedies: Vec::new(),
        explains: Vec::new(),
    }
}

fn look(steady: &mut Steady, seconds: u64, findings: &[Finding]) -> Vec<String> {
    blind_look(steady, seconds, findings, &[])
}

fn blind_look(
    steady: &mut Steady,
    seconds: u64,
    findings: &[Finding],
    blind: &[&str],
) -> Vec<String> {
    steady
        .look(findings.to_vec(), blind.iter().copied(), at(seconds))
        .into_iter()
        .map(|told| format!("{} {}", told.turn.as_str(), told.finding.object.name))
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_holds_over_two_looks_is_told_once() {
    let mut steady = Steady::new(HOLD);
    let web = finding("web", "no such image");
    assert_eq!(look(&mut steady, 0, std::slice::from_ref(&web)), NOTHING);
    assert_eq!(look(&mut steady, 9, std::slice::from_ref(&web)), NOTHING);
    assert_eq!(
        look(&mut steady, 10, std::slice::from_ref(&web)),
        ["found web"]
    );
    assert_eq!(look(&mut steady, 20, std::slice::from_ref(&web)), NOTHING);
    assert_eq!(look(&mut steady, 60, std::slice::from_ref(&web)), NOTHING);
}

#[test]
fn one_look_tells_nothing_however_long_nobody_looks_after_it() {
    let mut steady = Steady::new(HOLD);
    assert_eq!(
        look(&mut steady, 0, &[finding("web", "no such image")]),
        NOTHING
    );
    assert_eq!(look(&mut steady, 1000, &[]), NOTHING);
    assert_eq!(
        look(&mut steady, 1001, &[finding("web", "no such image")]),
        NOTHING
    );
}

#[test]
fn two_looks_at_one_moment_are_one_look() {
    let mut steady = Steady::new(Millis(0));
    let web = finding("web", "no such image");
    assert_eq!(look(&mut steady, 5, std::slice::from_ref(&web)), NOTHING);
    assert_eq!(look(&mut steady, 5, std::slice::from_ref(&web)), NOTHING);
    assert_eq!(
        look(&mut steady, 6, std::slice::from_ref(&web)),
        ["found web"]
    );
}

#[test]
fn what_comes_and_goes_is_not_told() {
    let mut steady = Steady::new(HOLD);
    let web = finding("web", "no such image");
    for step in 0..20 {
        let seen = if step % 2 == 0 {
            vec![web.clone()]
        } else {
            vec![]
        };
        assert_eq!(look(&mut steady, step * 6, &seen), NOTHING, "{step}");
    }
}

#[test]
fn what_was_told_is_gone_only_when_it_stays_away() {
    let mut steady = Steady::new(HOLD);
    let web = finding("web", "no such image");
    look(&mut steady, 0, std::slice::from_ref(&web));
    look(&mut steady, 10, std::slice::from_ref(&web));
    assert_eq!(look(&mut steady, 20, &[]), NOTHING);
    assert_eq!(
        look(&mut steady, 25, std::slice::from_ref(&web)),
        NOTHING,
        "it was never gone"
    );
    assert_eq!(look(&mut steady, 30, &[]), NOTHING);
    assert_eq!(look(&mut steady, 40, &[]), ["gone web"]);
    assert_eq!(look(&mut steady, 60, &[]), NOTHING);
    assert_eq!(look(&mut steady, 70, std::slice::from_ref(&web)), NOTHING);
    assert_eq!(look(&mut steady, 80, &[web]), ["found web"], "again");
}

#[test]
fn a_change_is_told_when_it_holds_and_numbers_that_go_up_are_none() {
    let mut steady = Steady::new(HOLD);
    look(&mut steady, 0, &[finding("web", "restarted 5 times")]);
    assert_eq!(
        look(&mut steady, 10, &[finding("web", "restarted 6 times")]),
        ["found web"]
    );
    assert_eq!(
        look(&mut steady, 30, &[finding("web", "restarted 17 times")]),
        NOTHING
    );
    let mut worse = finding("web", "restarted 18 times");
    worse.severity = Severity::Critical;
    assert_eq!(look(&mut steady, 40, std::slice::from_ref(&worse)), NOTHING);
    assert_eq!(
        look(&mut steady, 45, &[finding("web", "restarted 19 times")]),
        NOTHING,
        "it did not hold"
    );
    assert_eq!(look(&mut steady, 50, std::slice::from_ref(&worse)), NOTHING);
    assert_eq!(
        look(&mut steady, 60, std::slice::from_ref(&worse)),
        ["changed web"]
    );
    worse.explains.push(Explained {
        object: ObjectRef::new("Service", "shop", "web"),
        cause: Cause::ServiceSelectorMismatch,
        text: Text {
            en: String::new(),
            zh: String::new(),
        },
    });
    look(&mut steady, 70, std::slice::from_ref(&worse));
    assert_eq!(look(&mut steady, 80, &[worse]), ["changed web"]);
}

#[test]
fn what_can_no_longer_be_seen_is_not_gone() {
    let mut steady = Steady::new(HOLD);
    let web = finding("web", "no such image");
    blind_look(&mut steady, 0, std::slice::from_ref(&web), &["secrets"]);
    let told = blind_look(&mut steady, 10, &[web], &["secrets"]);
    assert_eq!(told, ["found web"]);
    for seconds in [20, 40, 60] {
        let told = blind_look(&mut steady, seconds, &[], &["secrets", "pods"]);
        assert_eq!(told, NOTHING);
    }
    assert_eq!(blind_look(&mut steady, 80, &[], &["secrets"]), NOTHING);
    assert_eq!(blind_look(&mut steady, 90, &[], &[]), ["gone web"]);
}

#[test]
fn the_next_look_is_due_when_something_may_have_held() {
    let mut steady = Steady::new(HOLD);
    assert_eq!(steady.due(at(0)), None);
    let web = finding("web", "no such image");
    look(&mut steady, 0, std::slice::from_ref(&web));
    assert_eq!(steady.due(at(4)), Some(Millis::secs(6)));
    look(&mut steady, 10, std::slice::from_ref(&web));
    assert_eq!(steady.due(at(10)), None, "it was told");
    look(&mut steady, 20, &[]);
    assert_eq!(steady.due(at(50)), Some(Millis(0)));
}
