//! The proof on a real node: every scenario of `scenarios/` is brought onto a real cluster, and what
//! the built program finds there is compared with what is expected, live and from a recording.
//!
//! `KINTSUGI_WRITE_DOCS=1` writes `docs/scenarios.md` with what was found. With
//! `KINTSUGI_SCENARIOS_KUBECONFIG` a cluster that has the scenarios already is judged as it is.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "this is a test"
)]

mod agree;
mod judge;
mod looks;
mod narrow;
mod page;
mod place;
mod report;
mod secrets;
mod small;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use testbed::Scenario;

use agree::Pods;
use judge::{Judgement, judge, strangers};
use looks::Looks;
use page::Row;
use place::{Place, place};
use report::Report;

/// How long after everything has matured most of it may take to be found.
const SETTLING: Duration = Duration::from_secs(60);
/// How long the rest may take: some faults are told only once they have lasted for five minutes.
const LASTING: Duration = Duration::from_secs(360);

#[test]
fn every_scenario_is_found_on_a_real_node_and_in_its_recording() {
    let Some(place) = place() else { return };
    // The name of the test stands on the line that is being written.
    println!();
    let all = Scenario::all().unwrap();
    let (seen, left_out): (Vec<_>, Vec<_>) = all
        .iter()
        .cloned()
        .partition(|scenario| place.lacks(scenario).is_none());
    for scenario in &left_out {
        let why = place.lacks(scenario).unwrap_or_default();
        println!("left out: {}: {why}", scenario.name());
    }
    if place.is_own() {
        place.kubectl.apply(secrets::MANIFEST).unwrap();
    }
    let began = Instant::now();
    let mut problems = place.bring(&seen);
    let mut looks = Looks::default();
    until_right(&mut looks, &place, &seen, SETTLING);
    problems.extend(recordings(&place, &seen));
    problems.extend(narrow::problems(&place));
    // Recording may have taken all the time there is, and a container may be up at the last look.
    let rest = LASTING.saturating_sub(began.elapsed()).max(SETTLING);
    let last = until_right(&mut looks, &place, &seen, rest);
    let judgements = looks.judgements();
    problems.extend(wrong(&judgements));
    problems.extend(strangers(&all, &last));
    write_page(&place, &all, &judgements);
    small::tell(&place, &seen);

    let right = judgements.iter().filter(|j| j.wrong.is_none()).count();
    println!("note: {right} of {} scenarios are right", seen.len());
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Looks once at least, and until everything is as it should be, or for so long; gives the last
/// look.
fn until_right(looks: &mut Looks, place: &Place, seen: &[Scenario], limit: Duration) -> Report {
    let started = Instant::now();
    loop {
        let report = place.scan_live();
        let judgements = seen.iter().map(|scenario| judge(scenario, &report));
        looks.take(judgements.collect());
        if wrong(&looks.judgements()).is_empty() || started.elapsed() > limit {
            return report;
        }
        std::thread::sleep(Duration::from_secs(5));
    }
}

/// One line for each scenario that is not as expected.
fn wrong(judgements: &[Judgement]) -> Vec<String> {
    let lines = judgements
        .iter()
        .filter_map(|judgement| Some(format!("{}: {}", judgement.name, judgement.wrong.as_ref()?)));
    lines.collect()
}

/// Records the cluster as a folder and as an archive, and compares both with what the cluster shows
/// before and after.
fn recordings(place: &Place, seen: &[Scenario]) -> Vec<String> {
    let (folder, archive) = (place.path("recording"), place.path("recording.tar.gz"));
    let pods = Pods::now(&place.kubectl);
    let before = place.scan_live();
    place.record(&folder);
    place.record(&archive);
    let after = place.scan_live();
    let moved = Pods::now(&place.kubectl).moved_since(&pods);
    let judgements = seen.iter().map(|scenario| judge(scenario, &after));
    let noisy: Vec<Judgement> = judgements.filter(|judgement| judgement.silent).collect();
    let mut problems = wrong(&noisy);

    let unpacked = place.path("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let tar = Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(&unpacked)
        .status();
    assert!(tar.unwrap().success());

    let mut values = secrets::of(&place.kubectl);
    if place.is_own() {
        values.extend(secrets::PLANTED.map(str::to_owned));
        assert!(values.contains("plantedS3cretInSecret"));
    }
    for (name, from, files) in [
        ("the folder", &folder, &folder),
        ("the archive", &archive, &unpacked),
    ] {
        let recorded = place.scan(&["--from", from.to_str().unwrap()]);
        let agreement = agree::compare(&before, &after, &recorded, &moved);
        println!(
            "note: {name}: {} findings are the same; left out because they changed meanwhile: {:?}",
            agreement.same, agreement.left_out
        );
        // A cluster where everything moves would prove nothing.
        if agreement.left_out.len().saturating_mul(4) > agreement.same {
            problems.push(format!("{name}: too much changed while it was recorded"));
        }
        let differences = agreement.differences.into_iter();
        problems.extend(differences.map(|line| format!("{name}: {line}")));
        let secret = secrets::found_in(files, &values).into_iter();
        problems.extend(secret.map(|line| format!("{name}: {line}")));
    }
    problems
}

/// Writes `docs/scenarios.md`, if that is asked for.
fn write_page(place: &Place, all: &[Scenario], judgements: &[Judgement]) {
    if std::env::var_os("KINTSUGI_WRITE_DOCS").is_none() {
        return;
    }
    let row = |scenario: &Scenario| match place.lacks(scenario) {
        Some(why) => Row::LeftOut(why),
        None => {
            let mut judgements = judgements.iter();
            let judgement = judgements.find(|j| j.name == scenario.name());
            Row::Judged(judgement.unwrap().clone())
        }
    };
    let rows: Vec<_> = all.iter().map(|s| (s, row(s))).collect();
    fs::write(page::path(), page::page(&place.version(), &rows)).unwrap();
}
