//! A connection to an SQLite file as a `Session`: nothing here ever waits for another task, so what
//! is written as async above is run to its end on the thread it is called on.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use model::IncidentId;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

use crate::error::LedgerError;
use crate::sql::{Answer, Row, Session, Statement, Value, internal};

/// One transaction on a connection.
pub(crate) struct SqliteSession<'a> {
    connection: &'a Connection,
    place: &'a str,
    /// The incidents that changed, in order.
    pub(crate) changed: Vec<IncidentId>,
}

impl<'a> SqliteSession<'a> {
    pub(crate) const fn new(connection: &'a Connection, place: &'a str) -> Self {
        Self {
            connection,
            place,
            changed: Vec::new(),
        }
    }

    fn one(&self, statement: &Statement) -> rusqlite::Result<Answer> {
        if statement.kept {
            let mut prepared = self.connection.prepare_cached(&statement.sql)?;
            answer(&mut prepared, statement)
        } else {
            answer(&mut self.connection.prepare(&statement.sql)?, statement)
        }
    }
}

fn answer(
    prepared: &mut rusqlite::Statement<'_>,
    statement: &Statement,
) -> rusqlite::Result<Answer> {
    let params = params_from_iter(&statement.params);
    if !statement.reads {
        let changed = prepared.execute(params)? as u64;
        let rows = Vec::new();
        return Ok(Answer { rows, changed });
    }
    let width = prepared.column_count();
    let mut found = prepared.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values: rusqlite::Result<Vec<Value>> =
            (0..width).map(|n| row.get_ref(n).map(read)).collect();
        rows.push(Row(values?));
    }
    Ok(Answer { rows, changed: 0 })
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        // No column of ours is of that type; somebody's doing shows as what it is.
        ValueRef::Real(x) => Value::Text(x.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

impl Session for SqliteSession<'_> {
    // The one who writes has the whole file to himself.
    const LOCK: &'static str = "";
    const LOCK_FREE_LEASES: &'static str = "";
    // Which is compared without regard to case.
    const HEX_ID: &'static str = "hex(id)";

    fn place(&self) -> &str {
        self.place
    }

    fn run(
        &mut self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Answer>, LedgerError>> + Send {
        let answers: rusqlite::Result<Vec<Answer>> = statements
            .iter()
            .map(|statement| self.one(statement))
            .collect();
        std::future::ready(answers.map_err(|e| error(self.place, &e)))
    }

    fn changed(&mut self, incident: IncidentId) {
        self.changed.push(incident);
    }
}

/// Runs what never waits.
pub(crate) fn at_once<T, E: From<LedgerError>>(
    place: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Err(internal(place, "a step waited for something").into()),
    }
}

/// What an error of SQLite means for the ledger at a place.
pub(crate) fn error(place: &str, error: &rusqlite::Error) -> LedgerError {
    let place = place.to_owned();
    let problem = error.to_string();
    let code = error.sqlite_error_code();
    let is = |codes: &[ErrorCode]| code.is_some_and(|code| codes.contains(&code));
    if is(&[ErrorCode::DiskFull]) {
        return LedgerError::Full { place, problem };
    }
    if is(&[ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked]) {
        let problem = format!("another process has been writing to it all the time: {problem}");
        return LedgerError::Unavailable { place, problem };
    }
    if is(&[ErrorCode::SystemIoFailure, ErrorCode::OutOfMemory]) {
        return LedgerError::Unavailable { place, problem };
    }
    if is(&[ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase]) {
        return LedgerError::Damaged { place, problem };
    }
    if is(&[
        ErrorCode::CannotOpen,
        ErrorCode::PermissionDenied,
        ErrorCode::ReadOnly,
    ]) {
        return LedgerError::Open { place, problem };
    }
    LedgerError::Internal { place, problem }
}
