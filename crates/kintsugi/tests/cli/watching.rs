//! `scan --watch`: a fault is told when it holds, once, and again when it is gone.

use serde_json::Value;

use crate::machine::{Machine, Running, wait_for};

fn told(watch: &Running) -> Vec<Value> {
    let lines = watch.out();
    let json = |line: &String| serde_json::from_str(line).unwrap();
    lines.iter().map(json).collect()
}

#[test]
fn a_recording_cannot_be_watched_and_a_stream_is_no_report() {
    let machine = Machine::new();
    let error = machine.run(&["scan", "--watch", "--from", "."]).error();
    assert!(error.contains("cannot be watched"), "{error}");
    assert!(error.contains("--watch"), "{error}");
    let error = machine.run(&["scan", "--watch", "-o", "sarif"]).error();
    assert!(error.contains("-o json"), "{error}");
}

#[test]
fn a_fault_that_holds_is_told_and_its_end_too_and_ctrl_c_ends_it_cleanly() {
    let machine = Machine::new();
    let mut demo = machine.command(&["demo", "--ask", "--ledger", "l.db"]);
    let _demo = Running::start(&mut demo);
    machine.wait_for_event("remedy_proposed");
    let watch = machine.start(&[
        "scan", "--watch", "--hold", "1s", "--ledger", "l.db", "-o", "json",
    ]);
    let found = wait_for("the fault", || told(&watch).into_iter().next());
    assert_eq!(found["event"], "found");
    assert_eq!(found["finding"]["cause"], "image_pull");
    assert!(found["at"].is_string());
    let incident = &found["incident"];
    assert_eq!(incident["signal"]["source"], "cluster");
    assert_eq!(incident["signal"]["name"], "ImagePull");
    assert_eq!(incident["fingerprint"].as_str().unwrap().len(), 32);
    let id = machine.newest();
    machine.on_ledger(&["approve", &id, "--no-wait"]).done();
    let gone = wait_for("its end", || told(&watch).into_iter().nth(1));
    assert_eq!(gone["event"], "gone");
    assert_eq!(gone["incident"], found["incident"]);
    assert_eq!(
        gone["finding"]["fingerprint"],
        found["finding"]["fingerprint"]
    );
    watch.signal("INT");
    let ended = watch.end();
    assert_eq!(ended.code(), 130, "{ended:?}");
}

#[test]
fn skills_are_read_again_and_broken_ones_change_nothing() {
    let machine = Machine::new();
    machine.on_ledger(&["demo", "-q"]).done();
    std::fs::create_dir(machine.work().join("mine")).unwrap();
    let watch = machine.start(&["scan", "--watch", "--ledger", "l.db", "--skills", "mine"]);
    watch.line("watching");
    machine.write("mine/broken.yaml", "name: [");
    watch.line("those before stay in force");
    std::fs::remove_file(machine.work().join("mine/broken.yaml")).unwrap();
    watch.line("were read again");
    watch.signal("INT");
    assert_eq!(watch.end().code(), 130);
}
