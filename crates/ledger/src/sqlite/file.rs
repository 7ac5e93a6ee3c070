//! Opening the file of an SQLite ledger: is it one, may we write to it, is it of a format that this
//! build knows.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::SqliteOptions;
use super::session::{SqliteSession, at_once, error};
use crate::error::LedgerError;
use crate::schema::{self, Types};
use crate::sql::damaged;
use crate::startup::{self, Trust};

/// Stands in the file's header: "KNTS".
const APPLICATION_ID: i64 = 0x4b4e_5453;

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

const TYPES: Types = Types {
    id: "BLOB",
    bytes: "BLOB",
    int: "INTEGER",
    tail: " STRICT",
};

const RANDOM: &str = "lower(hex(randomblob(16)))";

/// Opens the connection that writes, once everything is known to be well.
pub(crate) fn open_writer(
    path: &Path,
    place: &str,
    options: &SqliteOptions,
) -> Result<Connection, LedgerError> {
    look_before(path, place)?;
    let ready = connect(path, options)
        .and_then(|connection| {
            let found = header(&connection)?;
            Ok((connection, found))
        })
        .map_err(|e| explain(path, place, &e))?;
    let (connection, found) = ready;
    let format = format_of(place, found)?;
    let prepared = prepare(&connection, options);
    prepared.map_err(|e| explain(path, place, &e))?;
    if format != Some(schema::FORMAT) {
        bring_up_to_date(&connection, path, place)?;
    }
    start(&connection, place, options.trust)?;
    Ok(connection)
}

/// Opens a connection that only reads. The file is known to be a ledger.
pub(crate) fn open_reader(
    path: &Path,
    place: &str,
    options: &SqliteOptions,
) -> Result<Connection, LedgerError> {
    let reader = connect(path, options).and_then(|connection| {
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    });
    reader.map_err(|e| explain(path, place, &e))
}

/// Makes a new, empty ledger file without any of a ledger's threads, to copy into.
pub(crate) fn create_empty(path: &Path, place: &str) -> Result<Connection, LedgerError> {
    let connection =
        connect(path, &SqliteOptions::default()).map_err(|e| explain(path, place, &e))?;
    let made = connection
        .execute_batch(&schema::steps(0, &TYPES))
        .and_then(|()| stamp(&connection));
    made.map_err(|e| error(place, &e))?;
    Ok(connection)
}

fn connect(path: &Path, options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Says what is wrong before SQLite is asked: it would call a missing directory and an unwritable
/// one the same.
fn look_before(path: &Path, place: &str) -> Result<(), LedgerError> {
    let directory = directory_of(path);
    if !directory.is_dir() {
        return Err(LedgerError::Open {
            place: place.to_owned(),
            problem: format!(
                "there is no directory {}: create it, or choose another place",
                directory.display()
            ),
        });
    }
    let mut begin = [0_u8; 16];
    let read = match File::open(path) {
        Ok(mut file) => file.read(&mut begin),
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => Err(e),
    };
    match read {
        Ok(0) => Ok(()),
        Ok(_) if &begin == MAGIC => Ok(()),
        Ok(_) => Err(damaged(
            place,
            "it is not a ledger: the file does not begin as an SQLite file does",
        )),
        Err(e) => Err(LedgerError::Open {
            place: place.to_owned(),
            problem: e.to_string(),
        }),
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    }
}

/// An error of opening, with what can be done about it.
fn explain(path: &Path, place: &str, problem: &rusqlite::Error) -> LedgerError {
    let refused = matches!(
        problem.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly)
    );
    if refused {
        return LedgerError::Open {
            place: place.to_owned(),
            problem: format!(
                "it, and the directory {} for the files beside it, must be writable for this user: \
                 change their owner or mode, or choose another place ({problem})",
                directory_of(path).display()
            ),
        };
    }
    let error = error(place, problem);
    if matches!(error, LedgerError::Internal { .. }) {
        return LedgerError::Open {
            place: place.to_owned(),
            problem: problem.to_string(),
        };
    }
    error
}

/// The header's marks, and whether there is any table.
struct Header {
    application: i64,
    format: i64,
    empty: bool,
}

fn header(connection: &Connection) -> rusqlite::Result<Header> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(Header {
        application: pragma("application_id")?,
        format: pragma("user_version")?,
        empty: tables == 0,
    })
}

/// The format of a ledger; `None` when there is nothing in the file yet.
fn format_of(place: &str, header: Header) -> Result<Option<i64>, LedgerError> {
    if header.application == 0 && header.format == 0 && header.empty {
        return Ok(None);
    }
    if header.application != APPLICATION_ID {
        return Err(damaged(
            place,
            format!(
                "it is not a ledger: the SQLite file belongs to something else (application id \
                 {:#x} instead of {APPLICATION_ID:#x})",
                header.application
            ),
        ));
    }
    startup::check_format(place, Some(header.format))?;
    Ok(Some(header.format))
}

fn stamp(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", schema::FORMAT)
}

/// What the connection that writes needs.
fn prepare(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    journal_ahead(connection, options.busy)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is erased is overwritten, not only forgotten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    if let Some(pages) = options.max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(())
}

/// Turns on the write-ahead log. Where another process is doing the same at this moment SQLite
/// refuses at once instead of waiting, so the waiting is done here.
fn journal_ahead(connection: &Connection, limit: Duration) -> rusqlite::Result<()> {
    let started = Instant::now();
    loop {
        let mode: rusqlite::Result<String> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode {
            Err(e)
                if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && started.elapsed() < limit =>
            {
                sleep(Duration::from_millis(5));
            }
            other => return other.map(drop),
        }
    }
}

/// Creates the tables, or changes those of an older format, unless another process was faster.
fn bring_up_to_date(connection: &Connection, path: &Path, place: &str) -> Result<(), LedgerError> {
    let fail = |e| explain(path, place, &e);
    connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
    let done = (|| {
        let format = format_of(place, header(connection).map_err(fail)?)?;
        if format == Some(schema::FORMAT) {
            return Ok(());
        }
        let steps = schema::steps(format.unwrap_or(0), &TYPES);
        connection.execute_batch(&steps).map_err(fail)?;
        stamp(connection).map_err(fail)?;
        if format.is_none() {
            let mut session = SqliteSession::new(connection, place);
            at_once(place, startup::seed(&mut session, RANDOM))?;
        }
        Ok(())
    })();
    end(connection, place, done)
}

/// Checks what must hold before the ledger is used. Others are held off only where something is to
/// be written.
fn start(connection: &Connection, place: &str, trust: Trust) -> Result<(), LedgerError> {
    let fail = |e| error(place, &e);
    let mut session = SqliteSession::new(connection, place);
    let stale = at_once(place, startup::is_stale(&mut session))?;
    let begin = if stale { "BEGIN IMMEDIATE" } else { "BEGIN" };
    connection.execute_batch(begin).map_err(fail)?;
    let done = at_once(place, startup::ready(&mut session, trust));
    end(connection, place, done)
}

fn end(
    connection: &Connection,
    place: &str,
    done: Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.execute_batch(end);
    done.and_then(|()| ended.map_err(|e| error(place, &e)))
}
