//! What cannot be done is said in one line that names what, and the next step.

use crate::machine::Machine;

#[test]
fn an_incident_that_is_not_there_is_named_with_where_to_look() {
    let machine = Machine::new();
    machine.on_ledger(&["incidents"]).done();
    for command in [&["show"][..], &["approve"], &["reject"], &["undo"]] {
        let told = machine
            .on_ledger(&[command, &["0123abcd"]].concat())
            .error();
        assert!(
            told.contains("0123abcd") && told.contains("kintsugi incidents"),
            "{told}"
        );
        let told = machine
            .on_ledger(&[command, &["nonsense"]].concat())
            .error();
        assert!(told.contains("`nonsense` is no incident id"), "{told}");
    }
}

#[test]
fn an_id_that_means_more_than_one_incident_names_them() {
    let machine = Machine::new();
    machine.on_ledger(&["demo", "-q"]).done();
    machine.on_ledger(&["demo", "-q"]).done();
    // Ids begin with the time, so that these two begin alike.
    let id = machine.newest();
    let told = machine.on_ledger(&["show", &id[..6]]).error();
    assert!(
        told.contains("more than one") && told.contains(&id),
        "{told}"
    );
    assert!(told.contains("give more of the id"), "{told}");
}

#[test]
fn a_word_that_is_not_known_is_answered_with_the_known_ones() {
    let machine = Machine::new();
    let cases = [
        (&["incidents", "--status", "bad"][..], "waiting_approval"),
        (
            &["incidents", "--severity", "P1"],
            "use info, warning or critical",
        ),
        (
            &["incidents", "--since", "yesterday"],
            "2026-01-31T08:00:00Z",
        ),
        (&["ledger", "erase", "12"], "show ID -o json"),
        (&["man", "fly"], "kintsugi help"),
    ];
    machine.on_ledger(&["incidents"]).done();
    for (args, next) in cases {
        let told = machine.on_ledger(args).error();
        assert!(told.contains(next), "{args:?}: {told}");
    }
}

#[test]
fn a_wrong_use_ends_with_2_and_says_so_first() {
    let machine = Machine::new();
    for args in [
        &["fly"][..],
        &["show"],
        &["incidents", "--limit", "0"],
        &["demo", "--loud"],
        &["-q", "-v", "doctor"],
        &["--lang", "fr", "doctor"],
        &["-o", "xml", "doctor"],
    ] {
        let ran = machine.run(args);
        assert_eq!(ran.code(), 2, "{args:?}");
        assert_eq!(ran.out, "", "{args:?}");
        assert!(ran.err.starts_with("error: "), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_result_that_cannot_be_written_is_an_error_unless_the_reader_went_away() {
    let machine = Machine::new();
    for args in [
        &["incidents", "-o", "json"][..],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = machine.command(args);
        let child = command
            .stdout(full)
            .stderr(std::process::Stdio::piped())
            .spawn();
        let output = child.unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            told.starts_with("error: failed to write the result"),
            "{told}"
        );

        let mut command = machine.command(args);
        let child = command
            .stdout(closed_pipe())
            .stderr(std::process::Stdio::piped())
            .spawn();
        let output = child.unwrap().wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), told.as_str()),
            (Some(0), ""),
            "{args:?}"
        );
    }
}

/// The writing end of a pipe that nobody reads.
fn closed_pipe() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}
