//! A copy of the ledger as an SQLite file: every row of every table as it is, from one snapshot.

use std::path::PathBuf;

use tokio::sync::mpsc;

use super::session::PgSession;
use crate::error::LedgerError;
use crate::schema::{TABLES, Table};
use crate::sql::{Row, Session, Statement, internal, rows};
use crate::sqlite::Copy;

/// What is sent to the thread that fills the file.
enum Piece {
    Rows(&'static Table, Vec<Row>),
    End,
}

/// Copies everything. The session must see one snapshot.
pub(crate) async fn copy(session: &mut PgSession, to: PathBuf) -> Result<(), LedgerError> {
    let place = session.place().to_owned();
    let (pieces, received) = mpsc::channel(2);
    let from = place.clone();
    let filling = tokio::task::spawn_blocking(move || fill(&to, &from, received));
    let sent = send(session, pieces).await;
    let filled = match filling.await {
        Ok(filled) => filled,
        Err(e) => Err(internal(&place, format!("the copy broke off: {e}"))),
    };
    // If reading failed, filling did too, for want of an end: the former says why.
    sent.and(filled)
}

fn fill(
    to: &std::path::Path,
    from: &str,
    mut pieces: mpsc::Receiver<Piece>,
) -> Result<(), LedgerError> {
    let copy = Copy::begin(to)?;
    let filled = loop {
        match pieces.blocking_recv() {
            Some(Piece::Rows(table, rows)) => {
                if let Err(e) = copy.add(table, &rows) {
                    break Err(e);
                }
            }
            Some(Piece::End) => break Ok(()),
            None => break Err(internal(from, "the copy broke off")),
        }
    };
    copy.end(filled)
}

async fn send(session: &mut PgSession, pieces: mpsc::Sender<Piece>) -> Result<(), LedgerError> {
    for table in TABLES {
        let mut last: Option<Row> = None;
        loop {
            let page = rows(session, select(table, last.as_ref())).await?;
            let Some(end) = page.last() else {
                break;
            };
            last = Some(end.clone());
            // Whoever fills the file has given up, and says why.
            if pieces.send(Piece::Rows(table, page)).await.is_err() {
                return Ok(());
            }
        }
    }
    let _ = pieces.send(Piece::End).await;
    Ok(())
}

/// The rows after one, in the order of their keys.
fn select(table: &Table, last: Option<&Row>) -> Statement {
    let columns = table.columns.join(", ");
    let key: Vec<_> = table.columns.iter().copied().take(table.key).collect();
    let key = key.join(", ");
    let (after, params) = match last {
        None => (String::new(), Vec::new()),
        Some(last) => {
            let marks: Vec<_> = (1..=table.key).map(|n| format!("${n}")).collect();
            (
                format!("WHERE ({key}) > ({})", marks.join(", ")),
                last.0.iter().take(table.key).cloned().collect(),
            )
        }
    };
    // Bodies may be long.
    let limit = if table.name == "body" { 4 } else { 500 };
    let sql = format!(
        "SELECT {columns} FROM {} {after} ORDER BY {key} LIMIT {limit}",
        table.name
    );
    Statement::read(sql, params)
}
