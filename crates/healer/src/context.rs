//! What the healer works with: its stores and its clocks, handed down and never global.

use std::sync::Arc;

use cluster::Cluster;
use ledger::Ledger;
use model::{Event, Millis, Timestamp};
use policy::Policy;
use remedy::{Defaults, WriteLimits};
use skills::Shelf;
use tools::Registry;
use uuid::Uuid;

use crate::step::Limits;
use crate::telemetry::Metrics;

/// Tells the time. The only clock there is.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that everybody else asks"
)]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

/// Makes ids.
pub trait Ids: Send + Sync {
    /// A new UUIDv7.
    fn next(&self) -> Uuid;
}

/// Ids from the time and the machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the source that everybody else asks"
)]
impl Ids for SystemIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A point that the healer passes: between any two of them it may be interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Events are about to be appended.
    BeforeAppend,
    /// Events have been appended.
    AfterAppend,
    /// A write is about to happen; its intent stands in the ledger.
    BeforeWrite,
    /// A write has happened or failed; its outcome does not stand in the ledger yet.
    AfterWrite,
}

/// Sees what the healer does while it does it.
pub trait Observer: Send + Sync {
    /// A point was reached.
    fn reached(&self, _point: Point) {}

    /// Events were appended by this process.
    fn appended(&self, _events: &[Event]) {}
}

/// An observer that looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Observer for Quiet {}

/// Everything that driving an incident needs.
#[derive(Clone)]
pub struct Healer {
    /// Where stories are kept.
    pub ledger: Arc<dyn Ledger>,
    /// The cluster that this healer is wired to; incidents of others are left alone.
    pub cluster: Arc<dyn Cluster>,
    /// The skills in force. Each step takes those of its time.
    pub skills: Shelf,
    /// The tools.
    pub tools: Arc<Registry>,
    /// The policy.
    pub policy: Arc<Policy>,
    /// The limits of an incident's life.
    pub limits: Limits,
    /// What plans are made with.
    pub defaults: Defaults,
    /// The limits of a write.
    pub write_limits: WriteLimits,
    /// How long the right to drive an incident lasts without being renewed.
    pub lease: Millis,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: Arc<dyn Ids>,
    /// Whoever watches.
    pub observer: Arc<dyn Observer>,
    /// Figures of what is done.
    pub metrics: Arc<Metrics>,
}
