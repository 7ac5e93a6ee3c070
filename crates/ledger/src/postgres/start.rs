//! Making a database ready: one process at a time creates the tables or brings them up to date.

use super::address::SCHEMA;
use super::session::PgSession;
use crate::error::LedgerError;
use crate::schema::{self, Types};
use crate::sql::{Session, Statement, damaged, row};
use crate::startup::{self, Trust};

/// The number of the lock that is held meanwhile: "kintsugi" in ASCII.
const LOCK: i64 = 0x6b69_6e74_7375_6769;

const TYPES: Types = Types {
    id: "UUID",
    bytes: "BYTEA",
    int: "BIGINT",
    tail: "",
};

const RANDOM: &str = "replace(gen_random_uuid()::text, '-', '')";

/// Checks and creates whatever has to be there before the ledger is used.
pub(crate) async fn ready(session: &mut PgSession, trust: Trust) -> Result<(), LedgerError> {
    session
        .script(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
        .await?;
    let format = format_of(session).await?;
    startup::check_format(session.place(), format)?;
    if format != Some(schema::FORMAT) {
        if format.is_none() {
            session
                .script(&format!("CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                .await?;
        }
        let steps = schema::steps(format.unwrap_or(0), &TYPES);
        session.script(&steps).await?;
        let noted = Statement::write(
            "INSERT INTO meta (key, value) VALUES ('format', $1) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            vec![schema::FORMAT.to_string().into()],
        );
        session.run(vec![noted.once()]).await?;
        if format.is_none() {
            startup::seed(session, RANDOM).await?;
        }
    }
    startup::ready(session, trust).await
}

/// The format of the ledger that is there; `None` if there is none.
async fn format_of(session: &mut PgSession) -> Result<Option<i64>, LedgerError> {
    let is_there = Statement::read(
        "SELECT to_regclass($1)::text",
        vec![format!("{SCHEMA}.meta").into()],
    );
    let found = row(session, is_there.once()).await?;
    if found.is_none_or(|row| row.text(0).is_err()) {
        return Ok(None);
    }
    let format = Statement::read("SELECT value FROM meta WHERE key = 'format'", vec![]);
    let found = row(session, format.once()).await?;
    let format = found.as_ref().and_then(|row| row.text(0).ok());
    match format.and_then(|text| text.parse().ok()) {
        Some(format) => Ok(Some(format)),
        None => {
            let problem = format!("the schema `{SCHEMA}` in it is not that of a ledger");
            Err(damaged(session.place(), problem))
        }
    }
}
