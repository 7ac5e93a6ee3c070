//! The ledger in a PostgreSQL database: for several hosts. Its tables stand in the schema
//! `kintsugi`.
//!
//! Connections are not encrypted here: where the network is not trusted, a tunnel or a proxy beside
//! the process has to do that. What is erased is gone from the tables at once, and from the
//! server's files when it has vacuumed them and recycled its log.

mod address;
mod backup;
mod failure;
mod feed;
mod session;
mod start;

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use model::{ClusterId, Digest, Draft, Event, IncidentId, Millis, Timestamp};
use tokio::sync::broadcast;
use tokio::time::{sleep, timeout};
use tokio_postgres::NoTls;

use self::feed::Feed;
use self::session::{Mode, PgSession};
use crate::audit::AuditReport;
use crate::contract::{
    Appended, Bodies, Changed, Filter, Holder, Lease, Ledger, Listed, Opened, Opening,
};
use crate::error::{AppendError, LedgerError};
use crate::sql::{Statement, internal};
use crate::startup::Trust;
use crate::{bodies, driving, listing, story, verify};

/// How often a call is tried whose connection was lost. All calls may be: events, sightings and
/// bodies are known by their ids, and a lease that was given without our knowing ends.
const TRIES: u32 = 3;

/// How long is waited before the next try, times its number.
const PAUSE: Duration = Duration::from_millis(100);

/// How a PostgreSQL ledger is opened.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// How far it is looked at first.
    pub trust: Trust,
    /// How many connections are used at most, beside one for the feed of changes.
    pub connections: usize,
    /// How long one trip to the server may take, and how long a free connection is waited for.
    pub limit: Duration,
    /// How long it may take until the ledger is ready: another process may be changing its tables
    /// or projecting it anew.
    pub start_limit: Duration,
    /// How often it is looked whether the feed of changes still stands.
    pub poll: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            connections: 16,
            limit: Duration::from_secs(10),
            start_limit: Duration::from_secs(600),
            poll: Duration::from_secs(2),
        }
    }
}

/// A ledger in a PostgreSQL database.
pub struct PostgresLedger {
    pool: Pool,
    place: Arc<str>,
    limit: Duration,
    feed: Feed,
}

impl fmt::Debug for PostgresLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLedger")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl PostgresLedger {
    /// Opens the ledger in the database at this address; its tables are made if there are none.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses, or what is there is no ledger, is damaged, or
    /// is of a newer kintsugi.
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self, LedgerError> {
        let (config, place) = address::read(url, options.limit)?;
        let manager = Manager::from_config(
            config.clone(),
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let limit = Some(options.limit);
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .wait_timeout(limit)
            .create_timeout(limit)
            .recycle_timeout(limit)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| internal(&place, e.to_string()))?;
        Self::make_ready(&config, &place, &options).await?;
        Ok(Self {
            pool,
            feed: Feed::start(config, place.clone(), options.limit, options.poll),
            place: place.into(),
            limit: options.limit,
        })
    }

    /// Uses a connection of its own, which may wait longer than others.
    async fn make_ready(
        config: &tokio_postgres::Config,
        place: &str,
        options: &PostgresOptions,
    ) -> Result<(), LedgerError> {
        let manager = Manager::new(config.clone(), NoTls);
        let pool = Pool::builder(manager)
            .max_size(1)
            .create_timeout(Some(options.limit))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| internal(place, e.to_string()))?;
        let client = pool.get().await;
        let client = client.map_err(|e| failure::of_pool(place, &e))?;
        let mut session = PgSession::new(client, place.into(), options.start_limit, Mode::Write);
        let patience = "SET LOCAL statement_timeout = 0; \
                        SET LOCAL idle_in_transaction_session_timeout = 0";
        let done = match session.script(patience).await {
            Ok(()) => start::ready(&mut session, options.trust).await,
            Err(e) => Err(e),
        };
        let ended = session.end(done.is_ok()).await;
        done.and(ended.map_err(|end| end.error))
    }

    async fn session(&self, mode: Mode) -> Result<PgSession, LedgerError> {
        let client = timeout(self.limit, self.pool.get()).await;
        let client = client
            .map_err(|_| failure::silent(&self.place, self.limit))?
            .map_err(|e| failure::of_pool(&self.place, &e))?;
        let place = Arc::clone(&self.place);
        Ok(PgSession::new(client, place, self.limit, mode))
    }

    /// Ends one try and says what came of it, or that it is worth another one.
    async fn end<T, E: From<LedgerError>>(
        &self,
        mut session: PgSession,
        done: Result<T, E>,
        tried: u32,
    ) -> ControlFlow<Result<T, E>> {
        let mut lost = session.lost;
        let changed = std::mem::take(&mut session.changed);
        let ended = session.end(done.is_ok()).await;
        let outcome = match (done, ended) {
            (Ok(done), Ok(())) => {
                for incident in changed {
                    self.feed.tell(incident);
                }
                return ControlFlow::Break(Ok(done));
            }
            (Ok(_), Err(end)) => {
                lost |= end.lost;
                end.error.into()
            }
            (Err(e), _) => e,
        };
        if !lost || tried >= TRIES {
            return ControlFlow::Break(Err(outcome));
        }
        sleep(PAUSE * tried).await;
        ControlFlow::Continue(())
    }
}

/// Runs work on a connection, again on another one if that was lost. A macro, since a function
/// could not say that the work's future may move between threads.
macro_rules! attempt {
    ($self:ident, $mode:expr, $session:ident => $work:expr) => {{
        let mut tried = 1;
        loop {
            let mut session = $self.session($mode).await?;
            let $session = &mut session;
            let done = $work.await;
            match $self.end(session, done, tried).await {
                ControlFlow::Break(outcome) => break outcome,
                ControlFlow::Continue(()) => tried += 1,
            }
        }
    }};
}

#[async_trait]
impl Bodies for PostgresLedger {
    async fn keep_body(&self, body: &[u8]) -> Result<Digest, LedgerError> {
        attempt!(self, Mode::Single, s => bodies::keep(s, body))
    }

    async fn body(&self, digest: Digest) -> Result<Option<Vec<u8>>, LedgerError> {
        attempt!(self, Mode::Single, s => bodies::read(s, digest))
    }

    async fn erase_body(&self, digest: Digest, at: Timestamp) -> Result<bool, LedgerError> {
        attempt!(self, Mode::Write, s => bodies::erase(s, digest, at))
    }
}

#[async_trait]
impl Ledger for PostgresLedger {
    fn place(&self) -> String {
        self.place.to_string()
    }

    async fn open(&self, opening: Opening) -> Result<Opened, LedgerError> {
        attempt!(self, Mode::Write, s => story::open(s, &opening))
    }

    async fn append(
        &self,
        incident: IncidentId,
        after: u64,
        drafts: Vec<Draft>,
    ) -> Result<Appended, AppendError> {
        attempt!(self, Mode::Write, s => story::append(s, incident, after, &drafts))
    }

    async fn events(&self, incident: IncidentId, after: u64) -> Result<Vec<Event>, LedgerError> {
        attempt!(self, Mode::Single, s => listing::events(s, incident, after))
    }

    async fn incident(&self, incident: IncidentId) -> Result<Option<Listed>, LedgerError> {
        attempt!(self, Mode::Single, s => listing::incident(s, incident))
    }

    async fn incidents(&self, filter: &Filter) -> Result<Vec<Listed>, LedgerError> {
        attempt!(self, Mode::Single, s => listing::incidents(s, filter))
    }

    async fn find(&self, part: &str, limit: u32) -> Result<Vec<IncidentId>, LedgerError> {
        attempt!(self, Mode::Single, s => listing::find(s, part, limit))
    }

    async fn lease(
        &self,
        incident: IncidentId,
        holder: &Holder,
        now: Timestamp,
        ttl: Millis,
    ) -> Result<Lease, LedgerError> {
        attempt!(self, Mode::Write, s => driving::lease(s, incident, holder, now, ttl))
    }

    async fn release(
        &self,
        incident: IncidentId,
        holder: &Holder,
        seen: u64,
        due: Option<Timestamp>,
    ) -> Result<(), LedgerError> {
        attempt!(self, Mode::Write, s => driving::release(s, incident, holder, seen, due))
    }

    async fn bury(&self, dead: &Holder) -> Result<u64, LedgerError> {
        attempt!(self, Mode::Single, s => driving::bury(s, dead))
    }

    async fn holders(&self) -> Result<Vec<Holder>, LedgerError> {
        attempt!(self, Mode::Single, s => driving::holders(s))
    }

    async fn claim(
        &self,
        cluster: &ClusterId,
        holder: &Holder,
        now: Timestamp,
        ttl: Millis,
        limit: u32,
    ) -> Result<Vec<IncidentId>, LedgerError> {
        attempt!(self, Mode::Write, s => driving::claim(s, cluster, holder, now, ttl, limit))
    }

    fn changes(&self) -> broadcast::Receiver<Changed> {
        self.feed.subscribe()
    }

    async fn verify(&self) -> Result<AuditReport, LedgerError> {
        attempt!(self, Mode::Snapshot, s => verify::verify(s))
    }

    async fn backup(&self, to: &Path) -> Result<(), LedgerError> {
        attempt!(self, Mode::Snapshot, s => backup::copy(s, to.to_owned()))
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        let select = Statement::read("SELECT one FROM opening_head", vec![]);
        attempt!(self, Mode::Single, s => crate::sql::row(s, select.clone())).map(drop)
    }
}
