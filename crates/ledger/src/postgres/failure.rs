//! What a failure of PostgreSQL means for the ledger.

use std::error::Error as _;
use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::error::LedgerError;

/// Whether the connection, not the statement, is to blame, or others were in the way: then it is
/// worth trying again from the start.
pub(crate) fn is_lost(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else {
        return error.is_closed() || is_io(error);
    };
    is_going(code)
        || *code == SqlState::T_R_SERIALIZATION_FAILURE
        || *code == SqlState::T_R_DEADLOCK_DETECTED
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    error
        .source()
        .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// The server is on its way down or up.
fn is_going(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::CONNECTION_FAILURE,
        SqlState::CONNECTION_EXCEPTION,
        SqlState::CONNECTION_DOES_NOT_EXIST,
    ]
    .contains(code)
}

/// The error of the ledger at a place.
pub(crate) fn of(place: &str, error: &tokio_postgres::Error) -> LedgerError {
    let place = place.to_owned();
    let problem = words(error);
    let Some(code) = error.code() else {
        return if is_lost(error) {
            LedgerError::Unavailable { place, problem }
        } else {
            LedgerError::Internal { place, problem }
        };
    };
    let passing = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::OUT_OF_MEMORY,
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ];
    if is_going(code) || passing.contains(code) {
        return LedgerError::Unavailable { place, problem };
    }
    if [SqlState::DISK_FULL, SqlState::INSUFFICIENT_RESOURCES].contains(code) {
        return LedgerError::Full { place, problem };
    }
    let damage = [
        SqlState::DATA_CORRUPTED,
        SqlState::INDEX_CORRUPTED,
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
    ];
    if damage.contains(code) {
        return LedgerError::Damaged { place, problem };
    }
    let refusals = [
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INVALID_CATALOG_NAME,
    ];
    if refusals.contains(code) {
        return LedgerError::Open { place, problem };
    }
    LedgerError::Internal { place, problem }
}

/// Why no connection was to be had.
pub(crate) fn of_pool(place: &str, error: &PoolError) -> LedgerError {
    let problem = match error {
        // Whoever refuses says why; whoever cannot be reached may be reached later.
        PoolError::Backend(backend) if backend.code().is_some() => return of(place, backend),
        PoolError::Backend(backend) => words(backend),
        PoolError::Timeout(_)
        | PoolError::Closed
        | PoolError::NoRuntimeSpecified
        | PoolError::PostCreateHook(_) => error.to_string(),
    };
    LedgerError::Unavailable {
        place: place.to_owned(),
        problem,
    }
}

/// Nothing was heard within the limit.
pub(crate) fn silent(place: &str, limit: Duration) -> LedgerError {
    LedgerError::Unavailable {
        place: place.to_owned(),
        problem: format!("no answer within {limit:?}"),
    }
}

/// All that is known: the driver keeps the server's words in what an error stems from.
fn words(error: &tokio_postgres::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(deeper) = source {
        let said = deeper.to_string();
        if !words.contains(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        source = deeper.source();
    }
    words
}
