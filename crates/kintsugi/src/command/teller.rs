//! Tells a story on the terminal while it happens, whoever makes it happen.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use healer::Observer;
use ledger::Ledger;
use model::{Event, IncidentId};

use crate::cli::Output;
use crate::output::{Narrator, Spinner, Voice};

/// Tells events as they are appended, by this process or by another one.
pub(crate) struct Teller {
    voice: Voice,
    story: Mutex<Told>,
    spinner: Spinner,
}

/// How far the story was told, and by whom.
struct Told {
    seq: u64,
    narrator: Narrator,
    /// What came before something that is not known yet: another process appended it.
    early: BTreeMap<u64, Event>,
}

impl Teller {
    /// A teller for one who knows the story up to here.
    pub(crate) fn new(voice: Voice, mut narrator: Narrator, known: &[Event]) -> Self {
        known.iter().for_each(|event| narrator.hear(event));
        let seq = known.last().map_or(0, |event| event.seq);
        Self {
            voice,
            story: Mutex::new(Told {
                seq,
                narrator,
                early: BTreeMap::new(),
            }),
            spinner: Spinner::new(&voice),
        }
    }

    /// What turns while nothing is told.
    pub(crate) const fn spinner(&self) -> &Spinner {
        &self.spinner
    }

    /// Tells what was not told yet, in order; what has a gap before it waits until that is filled.
    pub(crate) fn tell(&self, events: &[Event]) {
        let mut told = self.story.lock().unwrap_or_else(PoisonError::into_inner);
        let new = events.iter().filter(|event| event.seq > told.seq);
        let new: Vec<_> = new.map(|event| (event.seq, event.clone())).collect();
        told.early.extend(new);
        let mut next = told.seq + 1;
        while let Some(event) = told.early.remove(&next) {
            self.tell_one(&mut told.narrator, &event);
            told.seq = next;
            next += 1;
        }
    }

    fn tell_one(&self, narrator: &mut Narrator, event: &Event) {
        match self.voice.output {
            Output::Text => {
                self.lines(&narrator.tell(event));
                let wait = narrator.wait(event);
                let within = wait.within.map(model::Millis::duration);
                self.spinner.wait_for(&wait.word, within);
            }
            Output::Json => {
                let line = event.to_wire().ok().map(|wire| wire.to_string());
                self.lines(line.as_slice());
            }
        }
    }

    /// Tells what any process appends, for as long as it is polled.
    pub(crate) async fn follow(&self, ledger: &dyn Ledger, id: IncidentId) {
        let mut changes = ledger.changes();
        loop {
            // A ledger that does not answer now is asked again.
            if let Ok(events) = ledger.events(id, self.seq()).await {
                self.tell(&events);
            }
            tokio::select! {
                _ = changes.recv() => {}
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
        }
    }

    fn seq(&self) -> u64 {
        let told = self.story.lock().unwrap_or_else(PoisonError::into_inner);
        told.seq
    }

    /// Tells that a person is asked.
    pub(crate) fn ask(&self) {
        let mut told = self.story.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = told.narrator.ask();
        self.lines(&lines);
    }

    fn lines(&self, lines: &[String]) {
        for line in lines {
            self.spinner.clear();
            // A reader that went away does not stop what is being done.
            let _ = self.voice.line(line);
        }
    }
}

impl Observer for Teller {
    fn appended(&self, events: &[Event]) {
        self.tell(events);
    }
}
