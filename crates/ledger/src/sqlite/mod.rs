//! The ledger in one SQLite file: the default. Several processes of one host may share it; several
//! hosts may not (use PostgreSQL).

mod backup;
mod file;
mod readers;
mod session;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::{ClusterId, Digest, Draft, Event, IncidentId, Millis, Timestamp};
use tokio::sync::broadcast;

use self::readers::Readers;
use self::session::at_once;
use self::writer::Writer;
use crate::audit::AuditReport;
use crate::contract::{
    Appended, Bodies, Changed, Filter, Holder, Lease, Ledger, Listed, Opened, Opening,
};
use crate::error::{AppendError, LedgerError};
use crate::sql::{Statement, internal};
use crate::startup::Trust;
use crate::{bodies, driving, listing, story, verify};

pub(crate) use self::backup::Copy;

/// How an SQLite ledger is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// How far it is looked at first.
    pub trust: Trust,
    /// How many may read at the same time.
    pub readers: usize,
    /// How many requests may wait to be written; the next ones wait to wait.
    pub queue: usize,
    /// How many of them are committed together at most.
    pub group: usize,
    /// How long another process's writing is waited for.
    pub busy: Duration,
    /// How long a request may take altogether.
    pub limit: Duration,
    /// How often other processes' writing is looked for.
    pub poll: Duration,
    /// How many pages (of 4 KiB) the file may have; `None`: as many as the disk has.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            readers: 4,
            queue: 1024,
            group: 256,
            busy: Duration::from_secs(10),
            limit: Duration::from_secs(30),
            poll: Duration::from_millis(200),
            max_pages: None,
        }
    }
}

/// A ledger in an SQLite file.
pub struct SqliteLedger {
    path: PathBuf,
    place: Arc<str>,
    writer: Writer,
    readers: Arc<Readers>,
    feed: broadcast::Sender<Changed>,
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLedger")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SqliteLedger {
    /// Opens the ledger in this file, which is made if there is none.
    ///
    /// # Errors
    /// When the file is no ledger, is damaged, is of a newer kintsugi, or cannot be written to.
    pub async fn open(path: &Path, options: SqliteOptions) -> Result<Self, LedgerError> {
        let place: Arc<str> = path.display().to_string().into();
        let (path, name) = (path.to_owned(), Arc::clone(&place));
        let opened = tokio::task::spawn_blocking(move || Self::open_now(path, name, &options));
        match opened.await {
            Ok(opened) => opened,
            Err(e) => Err(internal(&place, format!("opening it broke off: {e}"))),
        }
    }

    fn open_now(
        path: PathBuf,
        place: Arc<str>,
        options: &SqliteOptions,
    ) -> Result<Self, LedgerError> {
        let connection = file::open_writer(&path, &place, options)?;
        let readers = (0..options.readers.max(1))
            .map(|_| file::open_reader(&path, &place, options))
            .collect::<Result<Vec<_>, _>>()?;
        let (feed, _) = broadcast::channel(1024);
        let writer = Writer::start(connection, Arc::clone(&place), feed.clone(), options)?;
        Ok(Self {
            path,
            readers: Arc::new(Readers::new(readers, Arc::clone(&place), options.limit)),
            place,
            writer,
            feed,
        })
    }
}

#[async_trait]
impl Bodies for SqliteLedger {
    async fn keep_body(&self, body: &[u8]) -> Result<Digest, LedgerError> {
        let body = body.to_vec();
        let place = Arc::clone(&self.place);
        self.writer
            .write(move |s| at_once(&place, bodies::keep(s, &body)))
            .await
    }

    async fn body(&self, digest: Digest) -> Result<Option<Vec<u8>>, LedgerError> {
        let place = Arc::clone(&self.place);
        self.readers
            .read(move |s| at_once(&place, bodies::read(s, digest)))
            .await
    }

    async fn erase_body(&self, digest: Digest, at: Timestamp) -> Result<bool, LedgerError> {
        let place = Arc::clone(&self.place);
        let erased = self
            .writer
            .write(move |s| at_once(&place, bodies::erase(s, digest, at)))
            .await?;
        if erased {
            self.writer.checkpoint();
        }
        Ok(erased)
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    fn place(&self) -> String {
        self.place.to_string()
    }

    async fn open(&self, opening: Opening) -> Result<Opened, LedgerError> {
        let place = Arc::clone(&self.place);
        self.writer
            .write(move |s| at_once(&place, story::open(s, &opening)))
            .await
    }

    async fn append(
        &self,
        incident: IncidentId,
        after: u64,
        drafts: Vec<Draft>,
    ) -> Result<Appended, AppendError> {
        let place = Arc::clone(&self.place);
        self.writer
            .write(move |s| at_once(&place, story::append(s, incident, after, &drafts)))
            .await
    }

    async fn events(&self, incident: IncidentId, after: u64) -> Result<Vec<Event>, LedgerError> {
        let place = Arc::clone(&self.place);
        self.readers
            .read(move |s| at_once(&place, listing::events(s, incident, after)))
            .await
    }

    async fn incident(&self, incident: IncidentId) -> Result<Option<Listed>, LedgerError> {
        let place = Arc::clone(&self.place);
        self.readers
            .read(move |s| at_once(&place, listing::incident(s, incident)))
            .await
    }

    async fn incidents(&self, filter: &Filter) -> Result<Vec<Listed>, LedgerError> {
        let place = Arc::clone(&self.place);
        let filter = filter.clone();
        self.readers
            .read(move |s| at_once(&place, listing::incidents(s, &filter)))
            .await
    }

    async fn find(&self, part: &str, limit: u32) -> Result<Vec<IncidentId>, LedgerError> {
        let place = Arc::clone(&self.place);
        let part = part.to_owned();
        self.readers
            .read(move |s| at_once(&place, listing::find(s, &part, limit)))
            .await
    }

    async fn lease(
        &self,
        incident: IncidentId,
        holder: &Holder,
        now: Timestamp,
        ttl: Millis,
    ) -> Result<Lease, LedgerError> {
        let place = Arc::clone(&self.place);
        let holder = holder.clone();
        self.writer
            .write(move |s| at_once(&place, driving::lease(s, incident, &holder, now, ttl)))
            .await
    }

    async fn release(
        &self,
        incident: IncidentId,
        holder: &Holder,
        seen: u64,
        due: Option<Timestamp>,
    ) -> Result<(), LedgerError> {
        let place = Arc::clone(&self.place);
        let holder = holder.clone();
        self.writer
            .write(move |s| at_once(&place, driving::release(s, incident, &holder, seen, due)))
            .await
    }

    async fn bury(&self, dead: &Holder) -> Result<u64, LedgerError> {
        let place = Arc::clone(&self.place);
        let dead = dead.clone();
        self.writer
            .write(move |s| at_once(&place, driving::bury(s, &dead)))
            .await
    }

    async fn holders(&self) -> Result<Vec<Holder>, LedgerError> {
        let place = Arc::clone(&self.place);
        self.readers
            .read(move |s| at_once(&place, driving::holders(s)))
            .await
    }

    async fn claim(
        &self,
        cluster: &ClusterId,
        holder: &Holder,
        now: Timestamp,
        ttl: Millis,
        limit: u32,
    ) -> Result<Vec<IncidentId>, LedgerError> {
        let place = Arc::clone(&self.place);
        let (cluster, holder) = (cluster.clone(), holder.clone());
        self.writer
            .write(move |s| {
                let claim = driving::claim(s, &cluster, &holder, now, ttl, limit);
                at_once(&place, claim)
            })
            .await
    }

    fn changes(&self) -> broadcast::Receiver<Changed> {
        self.feed.subscribe()
    }

    async fn verify(&self) -> Result<AuditReport, LedgerError> {
        let place = Arc::clone(&self.place);
        self.readers
            .read_long(move |s| at_once(&place, verify::verify(s)))
            .await
    }

    async fn backup(&self, to: &Path) -> Result<(), LedgerError> {
        let to = to.to_owned();
        let place = Arc::clone(&self.place);
        self.readers
            .with(move |connection| backup::online(connection, &place, &to))
            .await
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        let place = Arc::clone(&self.place);
        let select = Statement::read("SELECT one FROM opening_head", vec![]);
        self.readers
            .read(move |s| at_once(&place, crate::sql::row(s, select)))
            .await
            .map(drop)
    }
}
