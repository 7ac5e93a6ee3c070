//! A person's word from another process: for exactly the plan that stands, and once.

use serde_json::Value;

use crate::machine::{Machine, Running};

/// A demo that waits for a person: the process, the incident and the plan.
fn waiting(machine: &Machine) -> (Running, String, String) {
    let demo = machine.start(&["demo", "--ask", "--ledger", "l.db"]);
    let command = demo.line(" approve ");
    let words: Vec<_> = command.split_whitespace().collect();
    let after = |word: &str| {
        let at = words.iter().position(|w| *w == word).unwrap();
        words[at + 1].to_owned()
    };
    let (id, plan) = (after("approve"), after("--plan"));
    (demo, id, plan)
}

fn count(events: &[Value], kind: &str) -> usize {
    events.iter().filter(|event| event["kind"] == kind).count()
}

#[test]
fn only_the_plan_that_stands_can_be_agreed_to_and_only_once() {
    let machine = Machine::new();
    let (demo, id, plan) = waiting(&machine);

    let wrong = machine
        .on_ledger(&["approve", &id, "--plan", "0123456789ab"])
        .error();
    assert!(wrong.contains(&plan), "it tells which plan stands: {wrong}");
    assert!(
        wrong.contains("kintsugi show"),
        "and how to read it: {wrong}"
    );
    assert_eq!(count(&machine.events(&id), "approved"), 0);

    let approved = machine
        .on_ledger(&["approve", &id, "--plan", &plan, "--comment", "go"])
        .done();
    assert!(
        approved.out.contains("Healed"),
        "it follows to the end: {approved:?}"
    );
    let again = machine.on_ledger(&["approve", &id, "--plan", &plan]).done();
    assert!(again.err.contains("said before"), "{again:?}");
    let ran = demo.end().done();
    assert!(ran.out.contains("Closed: healed"), "{ran:?}");

    let events = machine.events(&id);
    assert_eq!(count(&events, "approved"), 1);
    assert_eq!(count(&events, "applied"), 1);
    let word = events.iter().find(|e| e["kind"] == "approved").unwrap();
    assert_eq!(word["comment"], "go");
    assert_eq!(word["actor"]["via"], "local");
    let late = machine.on_ledger(&["reject", &id]).error();
    assert!(late.contains("does not wait for an approval"), "{late}");
}

#[test]
fn a_plan_that_is_refused_is_not_carried_out() {
    let machine = Machine::new();
    let (demo, id, plan) = waiting(&machine);
    let rejected = machine
        .on_ledger(&["reject", &id, "--plan", &plan, "--no-wait"])
        .done();
    assert!(rejected.out.contains("Refused plan"), "{rejected:?}");
    demo.end().done();
    let events = machine.events(&id);
    assert_eq!(count(&events, "applied") + count(&events, "intended"), 0);
    assert_eq!(events.last().unwrap()["outcome"], "rejected");
    assert_eq!(machine.incidents()[0]["outcome"], "rejected");
    let nothing = machine.on_ledger(&["undo", &id]).error();
    assert!(nothing.contains("nothing to take back"), "{nothing}");
}

#[test]
fn whoever_policy_does_not_name_is_heard_and_does_not_count() {
    let machine = Machine::new();
    machine.write("kintsugi.yaml", "policy: {approvers: [ada]}\n");
    let (demo, id, _) = waiting(&machine);
    machine.on_ledger(&["approve", &id, "--no-wait"]).done();
    demo.line("not among the approvers");
    let events = machine.events(&id);
    assert_eq!(count(&events, "applied") + count(&events, "intended"), 0);
    assert_eq!(machine.incidents()[0]["status"], "waiting_approval");
}
