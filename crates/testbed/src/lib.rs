//! What tests need that is real: servers to talk to, started for a test and gone after it.

pub mod postgres;

pub use postgres::{Postgres, PostgresError, PostgresVersion};
