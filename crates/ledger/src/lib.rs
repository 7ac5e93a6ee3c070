//! The ledger: the store that cannot forget.
//!
//! Incidents are append-only, hash-chained stories of events (`model`). This room keeps them, keeps
//! what lists show of them up to date in the same transaction, lets one worker at a time drive an
//! incident, and can tell whether anything was changed, removed, inserted or reordered. Two stores
//! speak one trait: SQLite (one file, the default) and PostgreSQL. What an event means is not known
//! here.

mod audit;
mod contract;
mod error;

pub use audit::{AuditReport, BrokenLink};
pub use contract::{
    Appended, Bodies, Changed, Filter, Head, Holder, Lease, Ledger, Listed, Opened, Opening,
};
pub use error::{AppendError, LedgerError};
