//! Every claim about a store of incidents, on SQLite, and what is peculiar to a file.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a test ends the test"
)]

extern crate kintsugi_ledger as ledger;

mod files;
mod full;
mod processes;
mod random;
#[path = "../suite/mod.rs"]
mod suite;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use ledger::{Ledger, LedgerError, SqliteLedger, SqliteOptions, Trust};
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

use crate::suite::Place;

struct InFile(TempDir);

impl InFile {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("ledger.db")
    }
}

#[async_trait]
impl Place for InFile {
    async fn open_with(&self, trust: Trust) -> Result<Arc<dyn Ledger>, LedgerError> {
        let options = SqliteOptions {
            trust,
            ..SqliteOptions::default()
        };
        let ledger = SqliteLedger::open(&self.path(), options).await?;
        Ok(Arc::new(ledger))
    }

    async fn alter(&self, sql: &str) {
        let connection = Connection::open(self.path()).unwrap();
        connection
            .pragma_update(None, "foreign_keys", false)
            .unwrap();
        connection.execute_batch(sql).unwrap();
    }

    fn id(&self, id: Uuid) -> String {
        format!("x'{}'", id.simple())
    }

    fn with(&self, from: &str, to: &str) -> String {
        format!("CAST(replace(CAST(envelope AS TEXT), '{from}', '{to}') AS BLOB)")
    }

    fn directory(&self) -> &Path {
        self.0.path()
    }
}

suite::every_claim!(Some(InFile::new()));
