//! Copies of a ledger as a new SQLite file.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, params_from_iter};

use super::file;
use super::session::error;
use crate::error::LedgerError;
use crate::schema::Table;
use crate::sql::Row;

/// Copies the file page by page, from one snapshot, while others go on writing.
pub(crate) fn online(from: &Connection, place: &str, to: &Path) -> Result<(), LedgerError> {
    let target = claim(to)?;
    let copied = (|| {
        let mut copy = Connection::open(to).map_err(|e| error(&target, &e))?;
        let backup = Backup::new(from, &mut copy).map_err(|e| error(place, &e))?;
        // All at once: in between, another process's writing would start it over.
        let step = backup.step(-1).map_err(|e| error(&target, &e))?;
        if step == StepResult::Done {
            return Ok(());
        }
        let problem = format!("somebody else is using it: {step:?}");
        Err(unavailable(place, problem))
    })();
    keep_if_whole(to, copied)
}

fn unavailable(place: &str, problem: String) -> LedgerError {
    LedgerError::Unavailable {
        place: place.to_owned(),
        problem,
    }
}

/// Makes the file, and refuses if there is one.
fn claim(to: &Path) -> Result<String, LedgerError> {
    let place = to.display().to_string();
    let made = OpenOptions::new().write(true).create_new(true).open(to);
    made.map_err(|e| LedgerError::Open {
        place: place.clone(),
        problem: if e.kind() == ErrorKind::AlreadyExists {
            "there is a file already, and a backup overwrites nothing".to_owned()
        } else {
            e.to_string()
        },
    })?;
    Ok(place)
}

fn keep_if_whole(to: &Path, copied: Result<(), LedgerError>) -> Result<(), LedgerError> {
    if copied.is_err() {
        discard(to);
    }
    copied
}

/// A copy that is not whole must not lie about.
fn discard(to: &Path) {
    if let Err(e) = std::fs::remove_file(to) {
        tracing::warn!(path = %to.display(), error = %e, "failed to remove a copy that is not whole");
    }
}

/// A new SQLite ledger that is filled row by row, from a ledger elsewhere.
pub(crate) struct Copy {
    path: PathBuf,
    place: String,
    connection: Connection,
}

impl Copy {
    pub(crate) fn begin(to: &Path) -> Result<Self, LedgerError> {
        let place = claim(to)?;
        let begun = file::create_empty(to, &place).and_then(|connection| {
            let begin = connection.execute_batch("BEGIN IMMEDIATE");
            begin.map_err(|e| error(&place, &e))?;
            Ok(connection)
        });
        match begun {
            Ok(connection) => Ok(Self {
                path: to.to_owned(),
                place,
                connection,
            }),
            Err(e) => {
                discard(to);
                Err(e)
            }
        }
    }

    /// Adds rows of a table, as they are.
    pub(crate) fn add(&self, table: &Table, rows: &[Row]) -> Result<(), LedgerError> {
        let marks: Vec<_> = (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            table.name,
            table.columns.join(", "),
            marks.join(", ")
        );
        let added = (|| {
            let mut insert = self.connection.prepare_cached(&sql)?;
            rows.iter()
                .try_for_each(|row| insert.execute(params_from_iter(&row.0)).map(drop))
        })();
        added.map_err(|e: rusqlite::Error| error(&self.place, &e))
    }

    /// Ends the copy: it is kept if everything went well.
    pub(crate) fn end(self, copied: Result<(), LedgerError>) -> Result<(), LedgerError> {
        let ended = copied.and_then(|()| {
            let commit = self.connection.execute_batch("COMMIT");
            commit.map_err(|e| error(&self.place, &e))
        });
        drop(self.connection);
        keep_if_whole(&self.path, ended)
    }
}
