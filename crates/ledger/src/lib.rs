//! The ledger: the store that cannot forget.
//!
//! Incidents are append-only, hash-chained stories of events (`model`). This room keeps them, keeps
//! what lists show of them up to date in the same transaction, lets one worker at a time drive an
//! incident, and can tell whether anything was changed, removed, inserted or reordered. Two stores
//! speak one trait: SQLite (one file, the default) and PostgreSQL. What an event means is not known
//! here.
//!
//! What a ledger does is written once (`story`, `driving`, `listing`, `bodies`, `verify`,
//! `startup`) over a narrow waist (`sql`); `sqlite` and `postgres` only say how statements reach
//! their store and how its failures are to be taken.

mod audit;
mod bodies;
mod contract;
mod driving;
mod error;
mod listing;
mod postgres;
mod projection;
mod schema;
mod sql;
mod sqlite;
mod startup;
mod story;
mod verify;

use std::path::Path;
use std::sync::Arc;

pub use audit::{AuditReport, BrokenLink};
pub use contract::{
    Appended, Bodies, Changed, Filter, Head, Holder, Lease, Ledger, Listed, Opened, Opening,
};
pub use error::{AppendError, LedgerError};
pub use postgres::{PostgresLedger, PostgresOptions};
pub use sqlite::{SqliteLedger, SqliteOptions};
pub use startup::Trust;

/// Opens the ledger at a place: the address of a PostgreSQL database (`postgres://…`), or else the
/// path of an SQLite file, which is made if there is none.
///
/// # Errors
/// When there is no ledger to be had there; the error says what to do.
pub async fn open(place: &str) -> Result<Arc<dyn Ledger>, LedgerError> {
    open_with(place, Trust::default()).await
}

/// Opens the ledger at a place and looks at it first as far as asked.
///
/// # Errors
/// When there is no ledger to be had there; the error says what to do.
pub async fn open_with(place: &str, trust: Trust) -> Result<Arc<dyn Ledger>, LedgerError> {
    if place.starts_with("postgres://") || place.starts_with("postgresql://") {
        let options = PostgresOptions {
            trust,
            ..PostgresOptions::default()
        };
        let ledger = PostgresLedger::open(place, options).await?;
        return Ok(Arc::new(ledger));
    }
    let options = SqliteOptions {
        trust,
        ..SqliteOptions::default()
    };
    let ledger = SqliteLedger::open(Path::new(place), options).await?;
    Ok(Arc::new(ledger))
}
