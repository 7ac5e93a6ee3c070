//! The crash sweep on SQLite: the process is stopped dead at every point that it passes on the first
//! way through and on each of its shadows, started again, and must come to the same end.
//!
//! A point lies before and after every append, and before and after every write: these are the four
//! points of an effect and the boundaries of every event. Stopping is real: the process aborts.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "this is a test"
)]

extern crate kintsugi_healer as healer;

mod ending;
mod player;
mod stories;
mod sweeper;
#[path = "../wiring/mod.rs"]
mod wiring;

use stories::Story;
use sweeper::{Stage, sweep, sweep_twice};

fn stage() -> Stage {
    let folder = sweeper::folder();
    Stage {
        ledger: folder
            .path()
            .join("ledger.db")
            .to_string_lossy()
            .into_owned(),
        folder,
    }
}

/// Not a test of its own: what the sweep starts and stops.
#[test]
fn player() {
    player::play_if_asked();
}

#[test]
fn the_first_way_through_survives_a_crash_at_every_point() {
    sweep(Story::FirstWay, &stage);
}

#[test]
fn a_refused_approval_survives_a_crash_at_every_point() {
    sweep(Story::Refused, &stage);
}

#[test]
fn an_approval_for_a_plan_that_changed_survives_a_crash_at_every_point() {
    sweep(Story::PlanChanged, &stage);
}

#[test]
fn a_fix_that_does_not_help_survives_a_crash_at_every_point() {
    sweep(Story::DoesNotHelp, &stage);
}

#[test]
fn a_second_remedy_survives_a_crash_at_every_point() {
    sweep(Story::Repaired, &stage);
}

#[test]
fn a_signal_that_resolves_by_itself_survives_a_crash_at_every_point() {
    sweep(Story::ResolvesByItself, &stage);
}

#[test]
fn the_same_fault_again_survives_a_crash_at_every_point() {
    sweep(Story::SameAgain, &stage);
}

#[test]
fn an_undo_after_closing_survives_a_crash_at_every_point() {
    sweep(Story::UndoAfterClosing, &stage);
}

#[test]
fn being_stopped_again_while_settling_changes_nothing() {
    sweep_twice(Story::FirstWay, &stage);
}
