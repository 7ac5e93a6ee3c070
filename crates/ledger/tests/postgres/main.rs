//! Every claim about a store of incidents, on PostgreSQL, and what is peculiar to a server. Left
//! out when `KINTSUGI_QUICK` is set.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what fails in a test ends the test"
)]

extern crate kintsugi_ledger as ledger;

mod away;
mod proxy;
#[path = "../suite/mod.rs"]
mod suite;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use ledger::{Ledger, LedgerError, PostgresLedger, PostgresOptions, Trust};
use tempfile::TempDir;
use testbed::Postgres;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::suite::Place;

struct InDatabase {
    url: String,
    directory: TempDir,
}

/// Whether this run is to be quick and needs no server.
fn left_out() -> bool {
    let quick = std::env::var_os("KINTSUGI_QUICK").is_some();
    if quick {
        println!("left out: KINTSUGI_QUICK is set");
    }
    quick
}

impl InDatabase {
    fn new() -> Option<Self> {
        if left_out() {
            return None;
        }
        let server = Postgres::shared().unwrap();
        Some(Self {
            url: server.database().unwrap(),
            directory: tempfile::tempdir().unwrap(),
        })
    }
}

#[async_trait]
impl Place for InDatabase {
    async fn open_with(&self, trust: Trust) -> Result<Arc<dyn Ledger>, LedgerError> {
        let options = PostgresOptions {
            trust,
            connections: 4,
            ..PostgresOptions::default()
        };
        let ledger = PostgresLedger::open(&self.url, options).await?;
        Ok(Arc::new(ledger))
    }

    async fn alter(&self, sql: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client
            .batch_execute("SET search_path = kintsugi; SET session_replication_role = replica")
            .await
            .unwrap();
        client.batch_execute(sql).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

    fn id(&self, id: Uuid) -> String {
        format!("'{id}'::uuid")
    }

    fn with(&self, from: &str, to: &str) -> String {
        format!("convert_to(replace(convert_from(envelope, 'UTF8'), '{from}', '{to}'), 'UTF8')")
    }

    fn directory(&self) -> &Path {
        self.directory.path()
    }
}

suite::every_claim!(InDatabase::new());
