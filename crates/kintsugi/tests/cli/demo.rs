//! `kintsugi demo`, on a machine that has nothing.

use serde_json::Value;

use crate::machine::{Machine, names};

fn wide_lines(text: &str, columns: usize) -> Vec<&str> {
    let width = |line: &str| {
        line.chars()
            .map(|c| {
                if ('\u{2e80}'..='\u{ff60}').contains(&c) {
                    2
                } else {
                    1
                }
            })
            .sum::<usize>()
    };
    text.lines().filter(|line| width(line) > columns).collect()
}

#[test]
fn every_event_of_the_demo_is_a_json_line_and_the_last_one_closes_a_healed_incident() {
    let machine = Machine::new();
    let ran = machine.run(&["demo", "-o", "json"]).done();
    let events: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (n, event) in events.iter().enumerate() {
        for field in ["at", "incident_id", "seq", "kind", "actor"] {
            assert!(!event[field].is_null(), "{field} is missing in {event}");
        }
        assert_eq!(event["seq"], n + 1, "in order and without a gap");
        assert_eq!(event["incident_id"], events[0]["incident_id"]);
    }
    let last = events.last().unwrap();
    assert_eq!(last["kind"], "closed");
    assert_eq!(last["outcome"], "healed");
    let verified: Vec<_> = events.iter().filter(|e| e["kind"] == "verified").collect();
    assert_eq!(verified.len(), 1);
    assert_eq!(verified[0]["verdict"], "healed");
    let approved = events.iter().find(|e| e["kind"] == "approved").unwrap();
    assert_eq!(approved["actor"]["via"], "demo");
    assert_eq!(ran.err, "", "nothing but the result is said");
}

#[test]
fn the_demo_leaves_nothing_behind() {
    let machine = Machine::new();
    machine.run(&["demo", "-q"]).done();
    for folder in ["tmp", "home", "work"] {
        assert_eq!(names(&machine.path(folder)), [""; 0], "{folder}");
    }
}

#[test]
fn an_interrupted_demo_ends_with_130_and_leaves_nothing_behind() {
    let machine = Machine::new();
    let demo = machine.start(&["demo"]);
    demo.line("Rollout");
    demo.signal("INT");
    let ran = demo.end();
    assert_eq!(ran.code(), 130, "{ran:?}");
    assert!(ran.err.contains("stopped"), "{ran:?}");
    assert_eq!(names(&machine.path("tmp")), [""; 0]);
}

#[test]
fn the_demo_is_told_in_the_width_of_the_terminal_without_escape_codes_when_piped() {
    let machine = Machine::new();
    for lang in ["en", "zh"] {
        let mut demo = machine.command(&["demo", "--lang", lang]);
        let ran = crate::machine::ran(demo.env("COLUMNS", "80")).done();
        assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
        assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
        assert_eq!(wide_lines(&ran.out, 80), [""; 0]);
    }
}

#[test]
fn the_chinese_demo_tells_its_own_words_in_chinese() {
    let machine = Machine::new();
    let ran = machine.run(&["demo", "--lang", "zh"]).done();
    let ours = ran.out.lines().filter(|line| {
        // Looks quote their sources, and the plan its objects.
        !line.contains(" E") && line.get(..2).is_some_and(|s| s.parse::<u8>().is_ok())
    });
    for line in ours {
        let chinese = line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(chinese, "{line}");
    }
    for word in [
        "high_risk",
        "restore_last_good",
        "approved_by",
        "healed",
        "warning",
    ] {
        assert!(!ran.out.contains(word), "{word} in\n{}", ran.out);
    }
}

#[test]
fn a_reader_that_goes_away_does_not_disturb_the_demo() {
    let machine = Machine::new();
    let mut demo = machine.command(&["demo", "--ledger", "l.db"]);
    let mut child = demo
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!err.contains("error") && !err.contains("panicked"), "{err}");
    assert_eq!(machine.incidents()[0]["verdict"], "healed");
}
