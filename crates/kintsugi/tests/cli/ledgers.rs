//! Ledgers that are damaged, newer, tampered with or out of reach.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::machine::{Machine, Ran, ran};

/// Every command that opens a ledger refuses this one in one line, and leaves it as it was.
fn refused(machine: &Machine, words: &[&str]) {
    let path = machine.work().join("l.db");
    let before = std::fs::read(&path).unwrap();
    for args in [
        &["incidents"][..],
        &["show", "0123abcd"],
        &["approve", "0123abcd"],
        &["undo", "0123abcd"],
        &["audit", "verify"],
        &["ledger", "backup", "copy.db"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["demo"],
    ] {
        let told = machine.on_ledger(args).error();
        for word in words.iter().chain(&["l.db"]) {
            assert!(told.contains(word), "{args:?}: {told}");
        }
        assert!(told.contains("; "), "it says what to do next: {told}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{args:?} changed it");
    }
    assert!(!machine.work().join("copy.db").exists());
    let doctor = machine.on_ledger(&["doctor"]);
    assert_eq!(doctor.code(), 1, "{doctor:?}");
    assert!(
        doctor.out.contains("✗ ledger") && doctor.out.contains("→ mend:"),
        "{doctor:?}"
    );
}

fn sql(machine: &Machine, statements: &str) {
    let connection = rusqlite::Connection::open(machine.work().join("l.db")).unwrap();
    connection.execute_batch(statements).unwrap();
    // Everything stands in the one file, so that it can be compared.
    connection
        .pragma_update(None, "journal_mode", "delete")
        .unwrap();
}

#[test]
fn garbage_is_no_ledger() {
    let machine = Machine::new();
    machine.write(
        "l.db",
        "this is a shopping list, and no ledger at all: milk, eggs, bread\n",
    );
    refused(&machine, &["damaged", "ledger backup"]);
}

#[test]
fn a_ledger_that_was_cut_short_is_damaged() {
    let machine = Machine::new();
    machine.on_ledger(&["demo", "-q"]).done();
    sql(&machine, "");
    let path = machine.work().join("l.db");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 3]).unwrap();
    refused(&machine, &["damaged"]);
}

#[test]
fn a_database_of_something_else_is_no_ledger() {
    let machine = Machine::new();
    sql(
        &machine,
        "CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup');",
    );
    refused(&machine, &["not a ledger"]);
}

#[test]
fn a_newer_ledger_is_left_alone() {
    let machine = Machine::new();
    machine.on_ledger(&["incidents"]).done();
    sql(&machine, "PRAGMA user_version = 99");
    refused(&machine, &["newer", "update kintsugi"]);
}

#[test]
fn a_ledger_that_is_not_there_is_not_made_by_what_only_reads_it() {
    let machine = Machine::new();
    for args in [
        &["audit", "verify"][..],
        &["show", "0123abcd"],
        &["approve", "0123abcd"],
        &["ledger", "backup", "copy.db"],
    ] {
        let told = machine.on_ledger(args).error();
        assert!(
            told.contains("there is no ledger at l.db"),
            "{args:?}: {told}"
        );
        assert!(!machine.work().join("l.db").exists(), "{args:?} made one");
    }
    let told = machine
        .run(&["--ledger", "nowhere/l.db", "incidents"])
        .error();
    assert!(told.contains("nowhere"), "{told}");
}

#[test]
fn a_server_that_refuses_is_named_without_its_password() {
    let machine = Machine::new();
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("postgres://ada:hunter2@127.0.0.1:{port}/kintsugi");
    for args in [&["incidents"][..], &["audit", "verify"], &["demo"]] {
        let mut command = machine.command(args);
        let told = ran(command
            .env("KINTSUGI_LEDGER", &url)
            .args(["--ledger", &url]))
        .error();
        assert!(told.contains(&format!("127.0.0.1:{port}")), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

/// Runs as a user who is not root.
fn as_nobody(machine: &Machine, args: &[&str]) -> Ran {
    let binary = machine.path("kintsugi");
    if !binary.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_kintsugi"), &binary).unwrap();
        mode(&binary, 0o755);
        mode(&machine.path(""), 0o755);
    }
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        command.arg(&binary);
        command
    } else {
        Command::new(&binary)
    };
    ran(machine.dress(&mut command).args(args))
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    let machine = Machine::new();
    let shut = machine.work().join("shut");
    std::fs::create_dir(&shut).unwrap();
    mode(&shut, 0o555);
    let told = as_nobody(&machine, &["--ledger", "shut/l.db", "incidents"]).error();
    assert!(told.contains("shut") && told.contains("; "), "{told}");

    // A ledger that may be read and not written is no ledger to work with either.
    machine.run(&["--ledger", "l.db", "incidents"]).done();
    mode(&machine.work().join("l.db"), 0o444);
    mode(&machine.work(), 0o555);
    let told = as_nobody(&machine, &["--ledger", "l.db", "demo"]).error();
    assert!(told.contains("l.db"), "{told}");

    // Without a ledger's name the user's state directory is taken, if it can be made.
    mode(&machine.path("home"), 0o555);
    let told = as_nobody(&machine, &["incidents"]).error();
    assert!(told.contains("home") && told.contains("--ledger"), "{told}");
    mode(&machine.work(), 0o755);
    mode(&machine.path("home"), 0o755);
}

#[test]
fn an_event_that_was_changed_is_found_and_named() {
    let machine = Machine::new();
    machine.on_ledger(&["demo", "-q"]).done();
    let id = machine.newest();
    sql(
        &machine,
        "UPDATE event SET envelope = CAST(replace(CAST(envelope AS TEXT), '1.4.3', '1.4.4') AS BLOB)
         WHERE seq = 5",
    );
    let audit = machine.on_ledger(&["audit", "verify", "-o", "json"]);
    assert_eq!(audit.code(), 1, "{audit:?}");
    let report: serde_json::Value = serde_json::from_str(&audit.out).unwrap();
    assert_eq!(report["intact"], false);
    let broken = &report["first_broken"];
    assert_eq!(broken["incident_id"], id);
    assert_eq!(broken["seq"], 5);
    assert!(!broken["expected"].is_null() && !broken["found"].is_null());

    let told = machine.on_ledger(&["audit", "verify"]);
    assert_eq!(told.code(), 1);
    assert!(
        told.out.contains(&id) && told.out.contains("event 5"),
        "{told:?}"
    );
    let doctor = machine.on_ledger(&["doctor"]);
    assert_eq!(doctor.code(), 1);
    assert!(
        doctor.out.contains("✗ audit") && doctor.out.contains("audit verify"),
        "{doctor:?}"
    );
}

#[test]
fn a_backup_is_a_whole_ledger_and_overwrites_nothing() {
    let machine = Machine::new();
    machine.on_ledger(&["demo", "-q"]).done();
    let copied = machine.on_ledger(&["ledger", "backup", "copy.db"]).done();
    assert!(copied.out.contains("copy.db"), "{copied:?}");
    let list = |ledger: &str| {
        machine
            .run(&["incidents", "-o", "json", "--ledger", ledger])
            .json()
    };
    assert_eq!(list("copy.db"), list("l.db"));
    let audit = machine
        .run(&["audit", "verify", "-o", "json", "--ledger", "copy.db"])
        .json();
    assert_eq!(audit["intact"], true);

    let before = std::fs::read(machine.work().join("copy.db")).unwrap();
    let told = machine.on_ledger(&["ledger", "backup", "copy.db"]).error();
    assert!(
        told.contains("copy.db") && told.contains("overwrites nothing"),
        "{told}"
    );
    assert_eq!(
        std::fs::read(machine.work().join("copy.db")).unwrap(),
        before
    );
}

#[test]
fn evidence_that_was_erased_is_gone_and_its_story_is_whole() {
    let machine = Machine::new();
    machine.on_ledger(&["demo", "-q"]).done();
    let id = machine.newest();
    let before = machine.events(&id);
    let seen = before
        .iter()
        .find(|e| e["kind"] == "tool_returned")
        .unwrap();
    let body = seen["body"].as_str().unwrap();
    let erased = machine
        .on_ledger(&["ledger", "erase", body, "-o", "json"])
        .json();
    assert_eq!(erased["erased"], true);
    assert_eq!(
        machine.on_ledger(&["ledger", "erase", body]).code(),
        1,
        "it is gone"
    );
    assert_eq!(machine.events(&id), before);
    let audit = machine.on_ledger(&["audit", "verify", "-o", "json"]).json();
    assert_eq!(audit["intact"], true);
}
