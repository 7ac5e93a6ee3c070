//! Faults that tests put between a caller and the cluster in memory.

use std::collections::VecDeque;

/// What goes wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The cluster cannot be reached; nothing happens.
    UnreachableOnce,
    /// The call is carried out and its answer is lost. A read is as good as unreachable then.
    LoseAnswerOnce,
    /// The call is not carried out and never comes back.
    HangOnce,
    /// Somebody else was faster: the write conflicts. A read is not troubled.
    ConflictOnce,
}

/// Which calls a fault waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Reads of objects and logs.
    Read,
    /// Dry runs.
    DryRun,
    /// Writes in earnest.
    Write,
}

/// The faults that wait, in the order in which they were put there.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: VecDeque<(Call, Fault)>,
    down: bool,
}

impl Faults {
    pub(super) fn inject(&mut self, call: Call, fault: Fault) {
        self.waiting.push_back((call, fault));
    }

    pub(super) const fn set_down(&mut self, down: bool) {
        self.down = down;
    }

    /// The fault that meets this call.
    pub(super) fn next(&mut self, call: Call) -> Option<Fault> {
        if self.down {
            return Some(Fault::UnreachableOnce);
        }
        let at = self.waiting.iter().position(|(waits, _)| *waits == call)?;
        self.waiting.remove(at).map(|(_, fault)| fault)
    }
}
