//! The world of one cluster in memory together with its journal.

use std::path::Path;

use facts::Object;
use model::Timestamp;

use super::journal::{Entry, Header, Journal, JournalError};
use super::world::{World, WorldChange};
use super::{Clock, Setup};
use crate::WriteError;

/// Why a change did not go through.
pub(super) enum Trouble {
    /// The API server says no.
    Refused(Box<WriteError>),
    /// The journal could not be read: nothing was written.
    Unwritten(Box<JournalError>),
    /// The journal could not be written: the line may or may not stand.
    PerhapsWritten(Box<JournalError>),
}

/// The world as far as this process has seen it.
#[derive(Debug)]
pub(super) struct State {
    header: Header,
    world: World,
    journal: Option<Journal>,
    clock: Clock,
    /// Whether the world may differ from its journal and is to be built anew.
    spoilt: bool,
}

impl State {
    pub(super) fn open(
        path: Option<&Path>,
        setup: Setup,
        clock: Clock,
    ) -> Result<Self, JournalError> {
        let Some(path) = path else {
            let header = Header::new(&setup.name, setup.pace, setup.seed, clock.now());
            let world = header.world()?;
            return Ok(Self {
                header,
                world,
                journal: None,
                clock,
                spoilt: false,
            });
        };
        let mut journal = Journal::open(path)?;
        journal.lock(true)?;
        let opened = Self::open_locked(&mut journal, setup, &clock);
        let unlocked = journal.unlock();
        let (header, world) = opened?;
        unlocked?;
        let mut state = Self {
            header,
            world,
            journal: Some(journal),
            clock,
            spoilt: false,
        };
        // Damage is told when the journal is opened, not at the first read.
        state.read(|_| ())?;
        Ok(state)
    }

    fn open_locked(
        journal: &mut Journal,
        setup: Setup,
        clock: &Clock,
    ) -> Result<(Header, World), JournalError> {
        if let Some(header) = journal.header()? {
            let world = header.world()?;
            return Ok((header, world));
        }
        let header = Header::new(&setup.name, setup.pace, setup.seed, clock.now());
        let world = header.world()?;
        journal.append(&header)?;
        Ok((header, world))
    }

    pub(super) fn name(&self) -> &str {
        &self.header.cluster
    }

    /// Looks at the world as it is now.
    pub(super) fn read<T>(&mut self, look: impl FnOnce(&World) -> T) -> Result<T, JournalError> {
        self.lock(false)?;
        let caught_up = self.catch_up();
        self.unlock()?;
        caught_up?;
        Ok(look(&self.world))
    }

    /// Changes the world now. Gives the object that was patched.
    pub(super) fn change(&mut self, change: WorldChange) -> Result<Option<Object>, Trouble> {
        self.lock(true).map_err(unwritten)?;
        let changed = self.change_locked(change);
        self.unlock()
            .map_err(|problem| Trouble::PerhapsWritten(Box::new(problem)))?;
        changed
    }

    fn change_locked(&mut self, change: WorldChange) -> Result<Option<Object>, Trouble> {
        let now = self.catch_up().map_err(unwritten)?;
        let object = match &change {
            WorldChange::Patch { object, patch } => {
                let accepted = self.world.patch(object, patch).map_err(refused)?;
                if !accepted.changed {
                    return Ok(Some(accepted.object));
                }
                Some(accepted.object)
            }
            WorldChange::SetImage { .. }
            | WorldChange::Delete { .. }
            | WorldChange::Apply { .. }
            | WorldChange::SetProgram { .. } => {
                self.world.apply(now, &change).map_err(refused)?;
                None
            }
        };
        if let Some(journal) = &mut self.journal {
            let entry = Entry::new(journal.next_line(), now, change);
            if let Err(problem) = journal.append(&entry) {
                self.spoilt = true;
                return Err(Trouble::PerhapsWritten(Box::new(problem)));
            }
        }
        Ok(object)
    }

    /// Applies what others appended, and lets time go on to now. A change of another process from
    /// before the time that this one has seen already (their clocks differ) makes it look again
    /// from the start.
    fn catch_up(&mut self) -> Result<Timestamp, JournalError> {
        if self.journal.is_some() {
            if self.spoilt {
                self.rebuild()?;
            }
            if let Err(problem) = self.replay() {
                self.spoilt = true;
                return Err(problem);
            }
        }
        let now = self.clock.now().max(self.world.now);
        self.world.advance(now);
        Ok(now)
    }

    fn replay(&mut self) -> Result<(), JournalError> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        if !journal.behind()? {
            return Ok(());
        }
        let first = journal.next_line();
        let entries = journal.entries()?;
        if entries.iter().any(|entry| entry.at < self.world.now) && first > 2 {
            self.rebuild()?;
            return self.replay();
        }
        for (line, entry) in (first..).zip(entries) {
            if let Err(refused) = self.world.apply(entry.at, &entry.change) {
                let problem = format!("it cannot be played: {refused}");
                return Err(journal.damaged(line, problem));
            }
        }
        Ok(())
    }

    fn rebuild(&mut self) -> Result<(), JournalError> {
        if let Some(journal) = &mut self.journal
            && let Some(header) = journal.header()?
        {
            self.world = header.world()?;
            self.header = header;
        }
        self.spoilt = false;
        Ok(())
    }

    fn lock(&self, exclusive: bool) -> Result<(), JournalError> {
        self.journal
            .as_ref()
            .map_or(Ok(()), |journal| journal.lock(exclusive))
    }

    fn unlock(&self) -> Result<(), JournalError> {
        self.journal.as_ref().map_or(Ok(()), Journal::unlock)
    }
}

fn refused(refused: WriteError) -> Trouble {
    Trouble::Refused(Box::new(refused))
}

fn unwritten(problem: JournalError) -> Trouble {
    Trouble::Unwritten(Box::new(problem))
}
