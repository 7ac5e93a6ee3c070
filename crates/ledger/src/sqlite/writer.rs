//! The one thread that writes to an SQLite file. Requests that wait together are committed
//! together, each in a savepoint of its own, and answered when they are on the disk.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use model::IncidentId;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, oneshot};
use tokio::time::timeout;

use super::SqliteOptions;
use super::session::{SqliteSession, error};
use crate::contract::Changed;
use crate::error::LedgerError;
use crate::sql::internal;

/// Something to be written. It may be run more than once before it is finished: when the
/// transaction it shares with others fails, it is run again on its own.
trait Request: Send {
    /// Runs in a savepoint and says whether what it wrote is to stay.
    fn run(&mut self, session: &mut SqliteSession<'_>) -> bool;
    /// Answers: it is committed, or it failed.
    fn finish(self: Box<Self>, failed: Option<LedgerError>);
}

struct Asked<W, T, E> {
    work: W,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    /// Frees the place in the queue when the request is done.
    _place: OwnedSemaphorePermit,
}

impl<W, T, E> Request for Asked<W, T, E>
where
    W: FnMut(&mut SqliteSession<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<LedgerError> + Send,
{
    fn run(&mut self, session: &mut SqliteSession<'_>) -> bool {
        let outcome = (self.work)(session);
        let stays = outcome.is_ok();
        self.outcome = Some(outcome);
        stays
    }

    fn finish(self: Box<Self>, failed: Option<LedgerError>) {
        let answer = match (failed, self.outcome) {
            (Some(failed), _) => Err(failed.into()),
            (None, Some(outcome)) => outcome,
            (None, None) => Err(internal("", "a request was never run").into()),
        };
        // Whoever asked may have gone; what was written stays.
        let _ = self.reply.send(answer);
    }
}

enum Message {
    Request(Box<dyn Request>),
    /// Empties the write-ahead log, so that what was erased is not left in it.
    Checkpoint,
}

/// The way to the thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<Sender<Message>>,
    places: Arc<Semaphore>,
    limit: Duration,
    place: Arc<str>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        place: Arc<str>,
        feed: broadcast::Sender<Changed>,
        options: &SqliteOptions,
    ) -> Result<Self, LedgerError> {
        let (queue, requests) = channel();
        let mut worker = Worker {
            connection,
            place: Arc::clone(&place),
            feed,
            group: options.group.max(1),
            poll: options.poll,
            version: None,
        };
        worker.look_for_others();
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || worker.work(&requests))
            .map_err(|e| internal(&place, format!("failed to start its thread: {e}")))?;
        Ok(Self {
            queue: Some(queue),
            places: Arc::new(Semaphore::new(options.queue.max(1))),
            limit: options.limit,
            place,
            thread: Some(thread),
        })
    }

    /// Has something written, and answers when it is on the disk.
    pub(crate) async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: FnMut(&mut SqliteSession<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<LedgerError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let request = Box::new(Asked {
                work,
                outcome: None,
                reply,
                _place: place.map_err(|_| self.gone())?,
            });
            self.send(Message::Request(request))?;
            answer.await.map_err(|_| self.gone())
        };
        match timeout(self.limit, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(gone)) => Err(gone.into()),
            Err(_) => Err(LedgerError::Unavailable {
                place: self.place.to_string(),
                problem: format!("no answer within {:?}", self.limit),
            }
            .into()),
        }
    }

    /// Asks for the log to be emptied when the thread comes to it.
    pub(crate) fn checkpoint(&self) {
        // If the thread has ended there is no log to be emptied.
        let _ = self.send(Message::Checkpoint);
    }

    fn send(&self, message: Message) -> Result<(), LedgerError> {
        let queue = self.queue.as_ref().ok_or_else(|| self.gone())?;
        queue.send(message).map_err(|_| self.gone())
    }

    fn gone(&self) -> LedgerError {
        internal(&self.place, "the thread that writes has ended")
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(ledger = %self.place, "the thread that writes has panicked");
        }
    }
}

struct Worker {
    connection: Connection,
    place: Arc<str>,
    feed: broadcast::Sender<Changed>,
    group: usize,
    poll: Duration,
    /// Changes when another process has written.
    version: Option<i64>,
}

impl Worker {
    fn work(mut self, requests: &Receiver<Message>) {
        loop {
            let mut group = Vec::new();
            let mut checkpoint = false;
            match requests.recv_timeout(self.poll) {
                Ok(Message::Request(request)) => group.push(request),
                Ok(Message::Checkpoint) => checkpoint = true,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while group.len() < self.group && !checkpoint {
                match requests.try_recv() {
                    Ok(Message::Request(request)) => group.push(request),
                    Ok(Message::Checkpoint) => checkpoint = true,
                    Err(_) => break,
                }
            }
            if !group.is_empty() {
                self.commit(group);
            }
            if checkpoint {
                self.checkpoint();
            }
            self.look_for_others();
        }
    }

    fn commit(&self, mut group: Vec<Box<dyn Request>>) {
        match self.attempt(&mut group) {
            Ok(changed) => {
                for request in group {
                    request.finish(None);
                }
                self.tell(&changed);
            }
            // Nobody could have begun: all of them have waited.
            Err(Failed::Begin(e)) => {
                for request in group {
                    request.finish(Some(error(&self.place, &e)));
                }
            }
            // One that cannot be written must not take the others with it.
            Err(Failed::Later(_)) if group.len() > 1 => {
                for request in group {
                    self.commit(vec![request]);
                }
            }
            Err(Failed::Later(e)) => {
                for request in group {
                    // A request that made SQLite give up knows why itself.
                    request.finish(e.as_ref().map(|e| error(&self.place, e)));
                }
            }
        }
    }

    /// Runs all of them in one transaction and gives the incidents that changed.
    fn attempt(&self, group: &mut [Box<dyn Request>]) -> Result<Vec<IncidentId>, Failed> {
        let run = |sql| {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.raw_execute().map(drop)
        };
        run("BEGIN IMMEDIATE").map_err(Failed::Begin)?;
        let done = (|| {
            let mut session = SqliteSession::new(&self.connection, &self.place);
            for request in group {
                let told = session.changed.len();
                run("SAVEPOINT request").map_err(Some)?;
                if !request.run(&mut session) {
                    if self.connection.is_autocommit() {
                        // SQLite gave up the whole transaction, as it may when the disk is full.
                        return Err(None);
                    }
                    session.changed.truncate(told);
                    run("ROLLBACK TO request").map_err(Some)?;
                }
                run("RELEASE request").map_err(Some)?;
            }
            run("COMMIT").map_err(Some)?;
            Ok(session.changed)
        })();
        if done.is_err()
            && !self.connection.is_autocommit()
            && let Err(e) = run("ROLLBACK")
        {
            tracing::error!(ledger = %self.place, error = %e, "failed to roll back");
        }
        done.map_err(Failed::Later)
    }

    fn tell(&self, changed: &[IncidentId]) {
        for incident in changed {
            // Nobody may be listening.
            let _ = self.feed.send(Changed {
                incident: Some(*incident),
            });
        }
    }

    fn look_for_others(&mut self) {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0));
        match version {
            Ok(version) => {
                if self.version.is_some_and(|before| before != version) {
                    let _ = self.feed.send(Changed { incident: None });
                }
                self.version = Some(version);
            }
            Err(e) => {
                tracing::debug!(ledger = %self.place, error = %e, "failed to look for changes");
            }
        }
    }

    fn checkpoint(&self) {
        let done = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(e) = done {
            tracing::warn!(ledger = %self.place, error = %e, "failed to empty the log");
        }
    }
}

/// Where a transaction failed.
enum Failed {
    /// It did not begin.
    Begin(rusqlite::Error),
    /// It was given up: by a statement of ours, or by SQLite while a request ran.
    Later(Option<rusqlite::Error>),
}
