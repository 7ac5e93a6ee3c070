//! The sweep: a story once undisturbed, and then once for every point, stopped there.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::ending::Ending;
use crate::player::{FOLDER, LEDGER, STOP_AT, STORY};
use crate::stories::Story;

/// A fresh ledger and a fresh folder for a cluster.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) ledger: String,
}

/// A folder in memory where there is one: the processes die, the machine does not.
pub(crate) fn folder() -> TempDir {
    let shm = std::path::Path::new("/dev/shm");
    let made = tempfile::Builder::new()
        .prefix("kintsugi-sweep-")
        .tempdir_in(shm);
    made.or_else(|_| tempfile::tempdir()).unwrap()
}

impl Stage {
    fn play(&self, story: Story, stop_at: Option<u64>) -> Output {
        let mut player = Command::new(std::env::current_exe().unwrap());
        player
            .args(["--exact", "player", "--nocapture", "--test-threads=1"])
            .env(STORY, story.name())
            .env(LEDGER, &self.ledger)
            .env(FOLDER, self.folder.path())
            .env("RUST_BACKTRACE", "0");
        match stop_at {
            Some(point) => player.env(STOP_AT, point.to_string()),
            None => player.env_remove(STOP_AT),
        };
        player.output().unwrap()
    }

    /// Plays to the end.
    fn finish(&self, story: Story) -> Ending {
        let output = self.play(story, None);
        assert!(
            output.status.success(),
            "{story:?} does not end:\n{}",
            told(&output)
        );
        let ending = std::fs::read(self.folder.path().join("ending.json")).unwrap();
        serde_json::from_slice(&ending).unwrap()
    }

    /// Plays until the process stops dead at a point. Says whether it did.
    fn stop_at(&self, story: Story, point: u64) -> bool {
        let output = self.play(story, Some(point));
        // SIGABRT
        let stopped = output.status.signal() == Some(6);
        assert!(
            stopped || output.status.success(),
            "{story:?} at {point}:\n{}",
            told(&output)
        );
        stopped
    }
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

/// Plays a story undisturbed, and checks what must hold of every ending.
fn undisturbed(story: Story, stage: &dyn Fn() -> Stage) -> Ending {
    let ending = stage().finish(story);
    assert!(ending.intact, "{story:?}");
    assert!(
        ending.writes.iter().all(|times| *times == 1),
        "{story:?}: {:?}",
        ending.writes
    );
    assert!(
        ending.passed > 10,
        "{story:?} passed {} points only",
        ending.passed
    );
    ending
}

/// Stops a story at each of its points and lets it go on: the end must be the same.
pub(crate) fn sweep(story: Story, stage: &dyn Fn() -> Stage) {
    let ending = undisturbed(story, stage);
    let passed = ending.passed;
    let expected = ending.essence();
    let mut stopped = 0;
    for point in 1..=passed {
        let stage = stage();
        // A story in which fewer looks were needed passes fewer points.
        stopped += u64::from(stage.stop_at(story, point));
        assert_eq!(
            stage.finish(story).essence(),
            expected,
            "{story:?} stopped at {point}"
        );
    }
    assert!(
        stopped * 10 >= passed * 8,
        "{story:?} stopped at {stopped} of {passed} only"
    );
    println!("{story:?}: stopped at {stopped} points of {passed}; the same end each time");
}

/// As `sweep`, and stopped once more a few points after it was started again.
pub(crate) fn sweep_twice(story: Story, stage: &dyn Fn() -> Stage) {
    let ending = undisturbed(story, stage);
    let passed = ending.passed;
    let expected = ending.essence();
    for point in 1..=passed {
        let stage = stage();
        stage.stop_at(story, point);
        stage.stop_at(story, point % 4 + 1);
        assert_eq!(
            stage.finish(story).essence(),
            expected,
            "{story:?} stopped at {point}"
        );
    }
    println!("{story:?}: stopped twice, from {passed} points; the same end each time");
}
