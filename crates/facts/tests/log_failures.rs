//! Programs' last words, as real runtimes write them, are read for what they mean.

use kintsugi_facts as facts;

use facts::log::{Failure, failure};
use proptest::prelude::*;

mod rows;

fn summary(failure: &Failure) -> String {
    let mut out = failure.kind.as_str().to_owned();
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() && value != "0" {
            out.push_str(&format!(" {key}={value}"));
        }
    };
    add("name", &failure.name);
    add("host", &failure.host);
    add("port", &failure.port.to_string());
    add("path", &failure.path);
    add("user", &failure.user);
    add("verb", &failure.verb);
    add("resource", &failure.resource);
    add("group", &failure.group);
    add("ns", &failure.namespace);
    out
}

/// Every row at once, so that one run shows all that is wrong.
fn check(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (log, expected) in rows {
        let found = failure(log);
        let said = found.as_ref().map_or("none".to_owned(), summary);
        if said != *expected {
            let line = found.map(|found| found.line).unwrap_or_default();
            wrong.push(format!(
                "--- {log}\n    wanted: {expected}\n    got:    {said}\n    line:   {line}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn settings_that_are_missing_or_wrong_are_named() {
    check(rows::SETTINGS);
}

#[test]
fn files_modules_and_commands_that_are_missing_are_named() {
    check(rows::FILES);
}

#[test]
fn hosts_that_do_not_answer_are_named() {
    check(rows::NETWORK);
}

#[test]
fn refusals_name_who_was_refused_what() {
    check(rows::REFUSALS);
}

#[test]
fn the_machine_s_limits_and_the_program_s_mistakes_are_told_apart() {
    check(rows::MACHINE);
}

#[test]
fn the_decisive_line_is_the_deepest_cause_of_the_final_words() {
    check(rows::CHOICES);
}

#[test]
fn healthy_logs_tell_of_no_failure() {
    check(rows::HEALTHY);
}

#[test]
fn there_are_many_rows() {
    let rows = rows::SETTINGS.len()
        + rows::FILES.len()
        + rows::NETWORK.len()
        + rows::REFUSALS.len()
        + rows::MACHINE.len()
        + rows::CHOICES.len()
        + rows::HEALTHY.len();
    assert!(rows >= 200, "{rows}");
}

#[test]
fn a_long_log_is_read_in_time_that_grows_with_its_length_alone() {
    // Nothing is timed: a pattern that backtracks would not end at all.
    let line = "ERROR could not connect to (((((((((((((((aaaaaaaaaaaaaaaaaaaaaaaaaaa:::::::::: ";
    let text = line.repeat(20_000);
    assert!(failure(&text).is_some());
    let lines = format!("{line}\n").repeat(20_000);
    assert!(failure(&lines).is_some());
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "\\PC*|(?s).{0,400}") {
        let _ = failure(&text);
        let _ = facts::log::listening(&text);
        let _ = facts::log::said_ready(&text);
        let _ = facts::log::last_words(&text);
    }

    #[test]
    fn pieces_of_real_logs_in_any_order_do_not_panic(
        pieces in proptest::collection::vec((0..rows::NETWORK.len(), 0..80usize), 0..12)
    ) {
        let text: String = pieces
            .iter()
            .filter_map(|(row, cut)| {
                let log = rows::NETWORK[*row].0;
                log.char_indices().nth(*cut).map(|(at, _)| &log[at..])
            })
            .collect::<Vec<_>>()
            .join("\n");
        let _ = failure(&text);
        let _ = facts::log::listening(&text);
    }
}
