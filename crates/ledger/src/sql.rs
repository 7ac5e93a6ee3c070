//! The narrow waist between what a ledger does and the two stores it does it in: values, rows,
//! statements, and a session in which statements run inside one transaction.
//!
//! Everything above (appending, driving, listing, auditing, starting up) is written once over
//! `Session`; a store only says how statements reach it. No SQL of the ledger's own is here.

use std::borrow::Cow;
use std::future::Future;

use model::{Digest, EventId, IncidentId, Timestamp};
use uuid::Uuid;

use crate::error::LedgerError;

/// A value of a column or a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
}

impl Value {
    /// Whether both mean the same; SQLite gives ids back as bytes.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Id(id), Self::Bytes(bytes)) | (Self::Bytes(bytes), Self::Id(id)) => {
                id.as_bytes() == bytes.as_slice()
            }
            _ => self == other,
        }
    }

    /// The value for people who look for what was changed.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Int(n) => n.to_string(),
            Self::Text(text) => format!("`{text}`"),
            Self::Bytes(bytes) => match Uuid::from_slice(bytes) {
                Ok(id) => id.to_string(),
                Err(_) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            },
            Self::Id(id) => id.to_string(),
        }
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Digest> for Value {
    fn from(digest: Digest) -> Self {
        Self::Bytes(digest.as_bytes().to_vec())
    }
}

impl From<IncidentId> for Value {
    fn from(id: IncidentId) -> Self {
        Self::Id(id.uuid())
    }
}

impl From<EventId> for Value {
    fn from(id: EventId) -> Self {
        Self::Id(id.uuid())
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.micros())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Numbers of events and places, which SQL knows as signed.
impl From<u64> for Value {
    fn from(n: u64) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

/// A stored value that is not what its column ought to hold.
#[derive(Debug)]
pub(crate) struct BadColumn(pub(crate) String);

impl BadColumn {
    /// The error of the ledger in which it was found.
    pub(crate) fn at(self, place: &str) -> LedgerError {
        LedgerError::Damaged {
            place: place.to_owned(),
            problem: self.0,
        }
    }
}

/// A row that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Row {
    pub(crate) fn get(&self, column: usize) -> &Value {
        self.0.get(column).unwrap_or(&Value::Null)
    }

    fn bad<T>(&self, column: usize, wanted: &str) -> Result<T, BadColumn> {
        let found = self.get(column).shown();
        Err(BadColumn(format!(
            "column {column} of a row holds {found} instead of {wanted}"
        )))
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, BadColumn> {
        match self.get(column) {
            Value::Int(n) => Ok(*n),
            Value::Null | Value::Text(_) | Value::Bytes(_) | Value::Id(_) => {
                self.bad(column, "a number")
            }
        }
    }

    pub(crate) fn count(&self, column: usize) -> Result<u64, BadColumn> {
        match u64::try_from(self.int(column)?) {
            Ok(n) => Ok(n),
            Err(_) => self.bad(column, "a number from 0"),
        }
    }

    pub(crate) fn time(&self, column: usize) -> Result<Timestamp, BadColumn> {
        self.int(column).map(Timestamp::from_micros)
    }

    pub(crate) fn opt_time(&self, column: usize) -> Result<Option<Timestamp>, BadColumn> {
        self.opt(column, Self::time)
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str, BadColumn> {
        match self.get(column) {
            Value::Text(text) => Ok(text),
            Value::Null | Value::Int(_) | Value::Bytes(_) | Value::Id(_) => {
                self.bad(column, "a text")
            }
        }
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<&str>, BadColumn> {
        match self.get(column) {
            Value::Null => Ok(None),
            Value::Text(_) | Value::Int(_) | Value::Bytes(_) | Value::Id(_) => {
                self.text(column).map(Some)
            }
        }
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], BadColumn> {
        match self.get(column) {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Null | Value::Int(_) | Value::Text(_) | Value::Id(_) => {
                self.bad(column, "bytes")
            }
        }
    }

    pub(crate) fn digest(&self, column: usize) -> Result<Digest, BadColumn> {
        match <[u8; 32]>::try_from(self.bytes(column)?) {
            Ok(bytes) => Ok(Digest::from_bytes(bytes)),
            Err(_) => self.bad(column, "a digest"),
        }
    }

    pub(crate) fn uuid(&self, column: usize) -> Result<Uuid, BadColumn> {
        let id = match self.get(column) {
            Value::Id(id) => Some(*id),
            Value::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
            Value::Null | Value::Int(_) | Value::Text(_) => None,
        };
        id.map_or_else(|| self.bad(column, "an id"), Ok)
    }

    pub(crate) fn incident(&self, column: usize) -> Result<IncidentId, BadColumn> {
        self.uuid(column).map(IncidentId::from_uuid)
    }

    pub(crate) fn opt_incident(&self, column: usize) -> Result<Option<IncidentId>, BadColumn> {
        self.opt(column, Self::incident)
    }

    fn opt<T>(
        &self,
        column: usize,
        read: impl Fn(&Self, usize) -> Result<T, BadColumn>,
    ) -> Result<Option<T>, BadColumn> {
        match self.get(column) {
            Value::Null => Ok(None),
            Value::Int(_) | Value::Text(_) | Value::Bytes(_) | Value::Id(_) => {
                read(self, column).map(Some)
            }
        }
    }
}

/// One statement with its parameters, written `$1`, `$2`, … and first used in that order, which
/// both stores understand.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) params: Vec<Value>,
    /// Whether it gives rows; otherwise it gives how many it changed.
    pub(crate) reads: bool,
    /// Whether it is one of few texts and worth keeping prepared.
    pub(crate) kept: bool,
}

impl Statement {
    /// A statement that gives rows.
    pub(crate) fn read(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            params,
            reads: true,
            kept: true,
        }
    }

    /// A statement that changes rows.
    pub(crate) fn write(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            params,
            reads: false,
            kept: true,
        }
    }

    /// Says that the text is put together from many parts and not worth keeping.
    pub(crate) fn once(mut self) -> Self {
        self.kept = false;
        self
    }
}

/// What a statement gave.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    pub(crate) changed: u64,
}

/// A connection to a store, inside a transaction where something is written.
pub(crate) trait Session {
    /// What follows a SELECT whose rows nobody else may change until the transaction ends.
    const LOCK: &'static str;
    /// The same for the table `lease`, passing over what others have locked.
    const LOCK_FREE_LEASES: &'static str;
    /// The id of an incident as 32 hexadecimal digits, to be compared with `LIKE`.
    const HEX_ID: &'static str;

    /// Where the ledger is, for messages.
    fn place(&self) -> &str;

    /// Runs statements in order, in one trip where there is a way to go.
    fn run(
        &mut self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Answer>, LedgerError>> + Send;

    /// Notes that an incident changed, to be told to others once it is committed.
    fn changed(&mut self, incident: IncidentId);
}

/// Runs one statement that reads.
pub(crate) async fn rows<S: Session>(
    session: &mut S,
    statement: Statement,
) -> Result<Vec<Row>, LedgerError> {
    let answers = session.run(vec![statement]).await?;
    Ok(answers.into_iter().flat_map(|a| a.rows).collect())
}

/// Runs one statement that reads at most one row.
pub(crate) async fn row<S: Session>(
    session: &mut S,
    statement: Statement,
) -> Result<Option<Row>, LedgerError> {
    Ok(rows(session, statement).await?.into_iter().next())
}

/// Runs one statement that writes, and gives how many rows it changed.
pub(crate) async fn write<S: Session>(
    session: &mut S,
    statement: Statement,
) -> Result<u64, LedgerError> {
    let answers = session.run(vec![statement]).await?;
    Ok(answers.iter().map(|a| a.changed).sum())
}

/// An error for what cannot be while this code is right.
pub(crate) fn internal(place: &str, problem: impl Into<String>) -> LedgerError {
    LedgerError::Internal {
        place: place.to_owned(),
        problem: problem.into(),
    }
}

/// An error for what cannot be while the store is whole.
pub(crate) fn damaged(place: &str, problem: impl Into<String>) -> LedgerError {
    LedgerError::Damaged {
        place: place.to_owned(),
        problem: problem.into(),
    }
}
