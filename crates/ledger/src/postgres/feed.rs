//! The feed of changes between processes: a connection of its own that listens and tells.
//!
//! Telling is not part of an append's transaction: PostgreSQL lets transactions that notify commit
//! one after the other, disk and all, and then appenders would wait for each other. What is lost
//! between a commit and its being told is found by whoever looks again.

use std::collections::hash_map::RandomState;
use std::future::poll_fn;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use model::IncidentId;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls};

use crate::contract::Changed;

const CHANNEL: &str = "kintsugi_ledger";
/// How many changes may wait to be told.
const WAITING: usize = 1024;
/// How many are told at once.
const AT_ONCE: usize = 128;
/// How long is rested between telling and telling, so that a busy ledger tells many at once.
const REST: Duration = Duration::from_millis(10);

/// The connection's task; it ends with this.
#[derive(Debug)]
pub(crate) struct Feed {
    here: broadcast::Sender<Changed>,
    elsewhere: mpsc::Sender<IncidentId>,
    task: JoinHandle<()>,
}

impl Feed {
    pub(crate) fn start(config: Config, place: String, limit: Duration, poll: Duration) -> Self {
        let (here, _) = broadcast::channel(1024);
        let (elsewhere, to_tell) = mpsc::channel(WAITING);
        let herald = Herald {
            config,
            place,
            limit,
            poll,
            // Tells our own notes from others'.
            origin: format!("{:016x}", RandomState::new().build_hasher().finish()),
            here: here.clone(),
            to_tell,
        };
        Self {
            here,
            elsewhere,
            task: tokio::spawn(herald.run()),
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Changed> {
        self.here.subscribe()
    }

    /// Tells that an incident changed: here at once, elsewhere soon.
    pub(crate) fn tell(&self, incident: IncidentId) {
        let incident = Some(incident);
        // Nobody may be listening.
        let _ = self.here.send(Changed { incident });
        // When too much waits, the server is away: all is to be looked at when it is back.
        if let Some(incident) = incident {
            let _ = self.elsewhere.try_send(incident);
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Herald {
    config: Config,
    place: String,
    limit: Duration,
    poll: Duration,
    origin: String,
    here: broadcast::Sender<Changed>,
    to_tell: mpsc::Receiver<IncidentId>,
}

impl Herald {
    async fn run(mut self) {
        loop {
            if let Err(problem) = self.connected().await {
                tracing::warn!(ledger = %self.place, problem, "changes elsewhere may be missed");
            }
            let _ = self.here.send(Changed { incident: None });
            sleep(self.poll).await;
        }
    }

    /// Listens and tells until the connection ends.
    async fn connected(&mut self) -> Result<(), String> {
        let connecting = timeout(self.limit, self.config.connect(NoTls)).await;
        let (client, connection) = connecting
            .map_err(|e| e.to_string())?
            .map_err(|e| e.to_string())?;
        let (heard, mut notes) = mpsc::channel(WAITING);
        let driver = Driver(tokio::spawn(drive(connection, heard)));
        let listen = format!("SET synchronous_commit = off; LISTEN {CHANNEL}");
        self.send(client.batch_execute(&listen)).await?;
        // What happened while nobody listened or told.
        let _ = self.here.send(Changed { incident: None });
        self.tell(&client, vec!["*".to_owned()]).await?;
        loop {
            tokio::select! {
                note = notes.recv() => match note {
                    Some(note) => self.hear(&note),
                    None => return Err("the connection ended".to_owned()),
                },
                told = self.to_tell.recv() => {
                    let mut told: Vec<_> = told.iter().map(ToString::to_string).collect();
                    while told.len() < AT_ONCE && let Ok(next) = self.to_tell.try_recv() {
                        told.push(next.to_string());
                    }
                    if told.is_empty() {
                        drop(driver);
                        return Ok(());
                    }
                    self.tell(&client, told).await?;
                    sleep(REST).await;
                }
                () = sleep(self.poll) => self.send(client.batch_execute("")).await?,
            }
        }
    }

    fn hear(&self, note: &str) {
        let Some((origin, what)) = note.split_once(' ') else {
            return;
        };
        if origin != self.origin {
            let incident = what.parse().ok();
            let _ = self.here.send(Changed { incident });
        }
    }

    async fn tell(&self, client: &Client, what: Vec<String>) -> Result<(), String> {
        let notes: Vec<_> = what
            .into_iter()
            .map(|what| format!("{} {what}", self.origin))
            .collect();
        let sql = "SELECT count(pg_notify($1, note)) FROM unnest($2::text[]) AS note";
        self.send(client.execute(sql, &[&CHANNEL, &notes]))
            .await
            .map(drop)
    }

    async fn send<T>(
        &self,
        sent: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, String> {
        match timeout(self.limit, sent).await {
            Ok(done) => done.map_err(|e| e.to_string()),
            Err(e) => Err(e.to_string()),
        }
    }
}

/// Ends the task that drives a connection when nobody uses it any more.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn drive<S, T>(mut connection: Connection<S, T>, heard: mpsc::Sender<String>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(note) = message {
            // One that is too slow to hear misses something, which a feed may do.
            let _ = heard.try_send(note.payload().to_owned());
        }
    }
}
