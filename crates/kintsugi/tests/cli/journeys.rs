//! What a person does with a ledger that is kept: look again, take back, meet the fault again.

use serde_json::Value;

use crate::machine::Machine;

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn an_incident_can_be_listed_shown_and_taken_back_and_its_chains_stay_intact() {
    let machine = Machine::new();
    machine.on_ledger(&["demo", "-q"]).done();
    let incidents = machine.incidents();
    assert_eq!(incidents.len(), 1);
    let listed = &incidents[0];
    let promised = [
        "id",
        "status",
        "severity",
        "title",
        "cause",
        "fingerprint",
        "object",
        "opened_at",
        "closed_at",
        "verdict",
    ];
    for field in promised {
        assert!(!listed[field].is_null(), "{field} is missing in {listed}");
    }
    assert_eq!(listed["status"], "closed");
    assert_eq!(listed["cause"], "image_pull");
    assert_eq!(listed["severity"], "warning");
    assert_eq!(listed["verdict"], "healed");
    assert_eq!(listed["object"]["kind"], "Deployment");

    let id = listed["id"].as_str().unwrap();
    let shown = machine.on_ledger(&["show", id, "-o", "json"]).json();
    assert_eq!(keys(&shown), ["incident", "events"]);
    assert_eq!(shown["incident"], *listed);

    // By the beginning of the id and by its end; hyphens do not matter, nor do capitals.
    for part in [&id[..13], &id[24..], &id[..18].to_uppercase()] {
        let same = machine.on_ledger(&["show", part, "-o", "json"]).json();
        assert_eq!(same, shown, "{part}");
    }

    let undone = machine.on_ledger(&["undo", &id[..13], "--comment", "the old one after all"]);
    let undone = undone.done();
    assert!(undone.out.contains("Taken back"), "{undone:?}");
    let again = machine.on_ledger(&["undo", &id[28..]]).error();
    assert!(again.contains("nothing to take back"), "{again}");
    let events = machine.events(id);
    let asked = events
        .iter()
        .find(|e| e["kind"] == "undo_requested")
        .unwrap();
    assert_eq!(asked["comment"], "the old one after all");
    assert_eq!(asked["actor"]["kind"], "person");
    assert_eq!(asked["actor"]["via"], "local");
    assert_eq!(
        events.iter().filter(|e| e["kind"] == "rolled_back").count(),
        1
    );
    assert_eq!(events.last().unwrap()["outcome"], "undone");

    let audit = machine.on_ledger(&["audit", "verify", "-o", "json"]).json();
    assert_eq!(audit["intact"], true);
    assert_eq!(audit["incidents"], 1);
    assert_eq!(audit["events"], events.len());
    assert!(audit.get("first_broken").is_none_or(Value::is_null));
}

#[test]
fn the_same_fault_again_is_a_new_incident_linked_to_the_last() {
    let machine = Machine::new();
    for _ in 0..3 {
        machine.on_ledger(&["demo", "-q"]).done();
    }
    let incidents = machine.incidents();
    assert_eq!(incidents.len(), 3, "newest first");
    assert_eq!(incidents[0]["previous"], incidents[1]["id"]);
    assert_eq!(incidents[1]["previous"], incidents[2]["id"]);
    assert!(incidents[2].get("previous").is_none());
    for incident in &incidents {
        assert_eq!(incident["verdict"], "healed");
        assert_eq!(incident["fingerprint"], incidents[0]["fingerprint"]);
    }
    let ids = |args: &[&str]| -> Vec<String> {
        let listed = machine
            .on_ledger(&[&["incidents", "-o", "json"], args].concat())
            .json();
        let listed = listed.as_array().unwrap().clone();
        listed
            .iter()
            .map(|i| i["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let newest = incidents[0]["id"].as_str().unwrap();
    assert_eq!(ids(&["--limit", "1"]), [newest]);
    assert_eq!(ids(&["--before", newest]).len(), 2);
    assert_eq!(
        ids(&["--status", "closed", "--object", "deploy/web"]).len(),
        3
    );
    assert_eq!(ids(&["--status", "open"]).len(), 0);
    assert_eq!(ids(&["--severity", "critical"]).len(), 0);
    assert_eq!(ids(&["--namespace", "elsewhere"]).len(), 0);
    assert_eq!(ids(&["--since", "2001-01-01T00:00:00Z"]).len(), 3);

    // A list fits a narrow terminal, and a reader may have enough after one line.
    let mut list = machine.command(&["incidents", "--ledger", "l.db"]);
    let list = crate::machine::ran(list.env("COLUMNS", "80")).done();
    assert_eq!(list.out.lines().count(), 4);
    assert!(
        list.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        list.out
    );
    let piped = machine
        .dress(&mut std::process::Command::new("sh"))
        .args([
            "-c",
            "{ \"$0\" incidents --ledger l.db; echo \"ended with $?\" >&2; } | head -1",
        ])
        .arg(env!("CARGO_BIN_EXE_kintsugi"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(piped.stderr).unwrap(), "ended with 0\n");
}
