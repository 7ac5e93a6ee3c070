//! A line on the terminal that shows that something is being waited for, and for what.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Voice;
use crate::cli::Output;

const FACES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// What is being waited for.
struct Waiting {
    word: String,
    since: Instant,
    until: Option<Instant>,
    silent: bool,
}

/// A line that turns where there is a person to see it.
pub(crate) struct Spinner {
    waiting: Arc<Mutex<Waiting>>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Spinner {
    /// Starts to turn.
    pub(crate) fn new(voice: &Voice) -> Self {
        let seen = voice.colour
            && voice.colour_notes
            && voice.output == Output::Text
            && !voice.quiet
            && std::io::stderr().is_terminal();
        let waiting = Arc::new(Mutex::new(Waiting {
            word: voice.say("working", "进行中").to_owned(),
            since: Instant::now(),
            until: None,
            silent: false,
        }));
        let task = seen.then(|| tokio::spawn(turn(Arc::clone(&waiting))));
        Self { waiting, task }
    }

    /// Says what is being waited for from now on, and for how long if that is known.
    pub(crate) fn wait_for(&self, word: &str, within: Option<Duration>) {
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        word.clone_into(&mut waiting.word);
        waiting.since = now;
        waiting.until = within.map(|within| now + within);
        waiting.silent = false;
    }

    /// Keeps still, while a person types, until there is something else to wait for.
    pub(crate) fn keep_still(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.silent = true;
        drop(waiting);
        self.clear();
    }

    /// Takes the line away until the next turn.
    pub(crate) fn clear(&self) {
        if self.task.is_some() {
            // A line that cannot be taken away is no reason to stop.
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
            self.clear();
        }
    }
}

async fn turn(waiting: Arc<Mutex<Waiting>>) {
    for face in FACES.iter().cycle() {
        tokio::time::sleep(Duration::from_millis(120)).await;
        // The lock is held while the line is written, so that nobody is typing over it.
        let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.silent {
            continue;
        }
        let left = waiting
            .until
            .map(|until| until.saturating_duration_since(Instant::now()));
        let seconds = match left {
            Some(left) => left.as_secs_f64().ceil(),
            None => waiting.since.elapsed().as_secs_f64().floor(),
        };
        let word = &waiting.word;
        let _ = write!(
            std::io::stderr(),
            "\r\u{1b}[2K\u{1b}[2m{face} {word} {seconds:.0} s\u{1b}[0m"
        );
    }
}
