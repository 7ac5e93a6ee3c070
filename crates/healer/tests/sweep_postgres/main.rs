//! The crash sweep on PostgreSQL. Left out when `KINTSUGI_QUICK` is set.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "this is a test"
)]

extern crate kintsugi_healer as healer;

mod away;
#[path = "../sweep/ending.rs"]
mod ending;
#[path = "../sweep/player.rs"]
mod player;
#[path = "../sweep/stories.rs"]
mod stories;
#[path = "../sweep/sweeper.rs"]
mod sweeper;
#[path = "../wiring/mod.rs"]
mod wiring;

use stories::Story;
use sweeper::{Stage, sweep, sweep_twice};
use testbed::Postgres;

fn stage() -> Stage {
    let server = Postgres::shared().unwrap();
    Stage {
        ledger: server.database().unwrap(),
        folder: sweeper::folder(),
    }
}

/// Sweeps a story, unless this run is to be quick and needs no server.
fn sweep_here(story: Story) {
    if std::env::var_os("KINTSUGI_QUICK").is_some() {
        println!("left out: KINTSUGI_QUICK is set");
        return;
    }
    sweep(story, &stage);
}

/// Not a test of its own: what the sweep starts and stops.
#[test]
fn player() {
    player::play_if_asked();
}

#[test]
fn the_first_way_through_survives_a_crash_at_every_point() {
    sweep_here(Story::FirstWay);
}

#[test]
fn a_refused_approval_survives_a_crash_at_every_point() {
    sweep_here(Story::Refused);
}

#[test]
fn an_approval_for_a_plan_that_changed_survives_a_crash_at_every_point() {
    sweep_here(Story::PlanChanged);
}

#[test]
fn a_fix_that_does_not_help_survives_a_crash_at_every_point() {
    sweep_here(Story::DoesNotHelp);
}

#[test]
fn a_second_remedy_survives_a_crash_at_every_point() {
    sweep_here(Story::Repaired);
}

#[test]
fn a_signal_that_resolves_by_itself_survives_a_crash_at_every_point() {
    sweep_here(Story::ResolvesByItself);
}

#[test]
fn the_same_fault_again_survives_a_crash_at_every_point() {
    sweep_here(Story::SameAgain);
}

#[test]
fn an_undo_after_closing_survives_a_crash_at_every_point() {
    sweep_here(Story::UndoAfterClosing);
}

#[test]
fn being_stopped_again_while_settling_changes_nothing() {
    if std::env::var_os("KINTSUGI_QUICK").is_none() {
        sweep_twice(Story::FirstWay, &stage);
    }
}
