//! How stories read. One is always the same, event for event; the other is the demo's, without what
//! differs from run to run.

use ledger::{Ledger as _, Opening, SqliteLedger, SqliteOptions};
use model::{Draft, Event};

use crate::machine::{Machine, ran};

#[path = "../../../model/tests/samples/mod.rs"]
mod samples;

/// Keeps the story with one event of each kind, as far as it can be told in one go, as `l.db`.
fn keep(machine: &Machine, until: &str) {
    let story = samples::story();
    let (first, rest) = story.split_first().unwrap();
    let rest: Vec<&Event> = match rest.iter().position(|e| e.kind().as_str() == until) {
        Some(last) => rest[..=last].iter().collect(),
        None => panic!("no {until} in the story"),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let path = machine.work().join("l.db");
        let ledger = SqliteLedger::open(&path, SqliteOptions::default())
            .await
            .unwrap();
        let opening = Opening {
            incident: first.incident,
            event: first.id,
            at: first.at,
            actor: first.actor.clone(),
            signal: samples::signal(),
            cluster: model::ClusterId::memory("shop"),
        };
        ledger.open(opening).await.unwrap();
        let drafts = rest.iter().map(|event| Draft {
            id: event.id,
            at: event.at,
            actor: event.actor.clone(),
            why: event.why.clone(),
            fact: event.fact.clone(),
        });
        ledger
            .append(first.incident, 1, drafts.collect())
            .await
            .unwrap();
    });
}

fn shown(machine: &Machine, args: &[&str]) -> String {
    let mut command = machine.command(&["show", "01930000", "--ledger", "l.db"]);
    ran(command.args(args).env("COLUMNS", "80")).done().out
}

#[test]
fn a_story_reads_well_in_english() {
    let machine = Machine::new();
    keep(&machine, "closed");
    insta::assert_snapshot!(shown(&machine, &[]));
}

#[test]
fn a_story_reads_well_in_chinese() {
    let machine = Machine::new();
    keep(&machine, "closed");
    insta::assert_snapshot!(shown(&machine, &["--lang", "zh"]));
}

#[test]
fn a_story_with_its_reasons_and_its_undoing_reads_well() {
    let machine = Machine::new();
    keep(&machine, "rolled_back");
    insta::assert_snapshot!(shown(&machine, &["-v"]));
}

#[test]
fn a_plan_that_waits_is_shown_with_the_commands_that_decide_it() {
    let machine = Machine::new();
    keep(&machine, "gate_decided");
    let work = machine.work().display().to_string();
    insta::assert_snapshot!(shown(&machine, &[]).replace(&work, "WORK"));
    let mut list = machine.command(&["incidents", "--ledger", "l.db"]);
    insta::assert_snapshot!(ran(list.env("COLUMNS", "80")).done().out);
}

/// What differs from run to run, and what depends on how quick the machine is.
fn steady(told: &str) -> String {
    told.lines()
        .filter(|line| !line.contains("under way") && !line.contains("进行中"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn demo(lang: &str) -> String {
    let machine = Machine::new();
    let mut command = machine.command(&["demo", "--lang", lang]);
    steady(&ran(command.env("COLUMNS", "400")).done().out)
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d\d:\d\d:\d\d", "HH:MM:SS");
    settings.add_filter(r"(?m)(E\d get_\w+)[:：].*$", "$1 …");
    settings.add_filter(r"\b[0-9a-f]{12}\b", "HASH");
    settings.add_filter(r"web-[a-z0-9]+-[a-z0-9]{5}", "web-POD");
    settings.add_filter(r"\d+\.\d s|\d+ s(，| from)", "N s$1");
    settings.add_filter(r"(ledger: |账本中有 )\d+", "${1}N");
    settings.add_filter(r"ErrImagePull|ImagePullBackOff\)", "ErrImagePull");
    settings
}

#[test]
fn the_demo_reads_well_in_english() {
    settings().bind(|| insta::assert_snapshot!(demo("en")));
}

#[test]
fn the_demo_reads_well_in_chinese() {
    settings().bind(|| insta::assert_snapshot!(demo("zh")));
}
