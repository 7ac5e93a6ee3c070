//! A few connections that only read, each used by one request at a time on a thread that may block.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::session::{SqliteSession, error};
use crate::error::LedgerError;
use crate::sql::internal;

#[derive(Debug)]
pub(crate) struct Readers {
    free: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
    place: Arc<str>,
    limit: Duration,
}

impl Readers {
    pub(crate) fn new(connections: Vec<Connection>, place: Arc<str>, limit: Duration) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(connections.len())),
            free: Mutex::new(connections),
            place,
            limit,
        }
    }

    /// Reads from one snapshot, within the limit of time.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut SqliteSession<'_>) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        match timeout(self.limit, self.read_long(work)).await {
            Ok(done) => done,
            Err(_) => Err(LedgerError::Unavailable {
                place: self.place.to_string(),
                problem: format!("no answer within {:?}", self.limit),
            }),
        }
    }

    /// Reads from one snapshot for as long as it takes.
    pub(crate) async fn read_long<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut SqliteSession<'_>) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let place = Arc::clone(&self.place);
        self.with(move |connection| {
            let fail = |e| error(&place, &e);
            let snapshot = connection.unchecked_transaction().map_err(fail)?;
            let done = work(&mut SqliteSession::new(&snapshot, &place))?;
            snapshot.finish().map_err(fail)?;
            Ok(done)
        })
        .await
    }

    /// Lends a connection to work that blocks.
    pub(crate) async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|e| internal(&self.place, e.to_string()))?;
        let readers = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let connection = readers.take()?;
            let done = work(&connection);
            readers.give_back(connection);
            drop(turn);
            done
        });
        match done.await {
            Ok(done) => done,
            Err(e) => Err(internal(&self.place, format!("reading broke off: {e}"))),
        }
    }

    fn take(&self) -> Result<Connection, LedgerError> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop()
            .ok_or_else(|| internal(&self.place, "there are fewer connections than turns"))
    }

    fn give_back(&self, connection: Connection) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(connection);
    }
}
