//! Killed at any moment, a demo on a kept ledger goes on where it was, and writes once.

use cluster::memory::{Clock, Pace};
use cluster::{MemoryCluster, scenes};
use model::Timestamp;

use crate::machine::Machine;

/// Kills a demo once it has come to an event, and starts it again.
fn killed_after(kind: &str) {
    let machine = Machine::new();
    let demo = machine.start(&["demo", "-q", "--ledger", "l.db"]);
    let (id, _) = machine.wait_for_event(kind);
    demo.kill();
    let before = machine.events(&id);

    let again = machine.on_ledger(&["demo"]).done();
    if before.last().unwrap()["kind"] != "closed" {
        assert!(
            again.out.contains(&id),
            "{kind}: it goes on with {id}: {again:?}"
        );
    }
    let events = machine.events(&id);
    assert_eq!(events[..before.len()], before, "{kind}: nothing is lost");
    let count = |kind: &str| events.iter().filter(|e| e["kind"] == kind).count();
    assert_eq!(count("applied"), 1, "{kind}: one write");
    assert_eq!(count("approved"), 1, "{kind}: nobody is asked twice");
    assert_eq!(events.last().unwrap()["outcome"], "healed", "{kind}");
    assert_eq!(
        writes(&machine, &events),
        1,
        "{kind}: the cluster was written to once"
    );
    let audit = machine.on_ledger(&["audit", "verify", "-o", "json"]).json();
    assert_eq!(audit["intact"], true, "{kind}");
}

/// How often the cluster says that it was written to for these events.
fn writes(machine: &Machine, events: &[serde_json::Value]) -> u64 {
    let journal = machine.work().join("l.db.cluster");
    let clock = Clock::new(|| Timestamp::from_micros(0));
    let shop = MemoryCluster::open(Some(&journal), scenes::shop(Pace::demo()), clock).unwrap();
    let keys = events.iter().filter(|e| e["kind"] == "intended");
    let mut keys: Vec<_> = keys.map(|e| e["intent"]["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    let counted = keys
        .iter()
        .map(|key| shop.writes_with_key(&key.parse().unwrap()));
    counted.map(Result::unwrap).sum()
}

#[test]
fn killed_while_the_cause_is_looked_for_it_goes_on_and_writes_once() {
    killed_after("signal_seen");
    killed_after("tool_called");
}

#[test]
fn killed_before_the_approval_it_goes_on_and_writes_once() {
    killed_after("remedy_proposed");
    killed_after("gate_decided");
}

#[test]
fn killed_around_the_write_it_goes_on_and_writes_once() {
    killed_after("approved");
    killed_after("intended");
}

#[test]
fn killed_while_the_rollout_is_watched_it_goes_on_and_writes_once() {
    killed_after("applied");
    killed_after("verified");
}
