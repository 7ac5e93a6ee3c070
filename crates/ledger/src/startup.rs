//! What happens before a ledger is ready: is it one that this build knows, do the heads of what is
//! not at rest hold, and are the projections of this build's version.
//!
//! The cost depends on how many incidents are open, never on how many there were. Whether the whole
//! past holds is for `verify` to say.

use model::chain::{START, event_link};
use model::kind::Kind;
use model::summary::PROJECTION_VERSION;

use crate::error::LedgerError;
use crate::projection::Projection;
use crate::schema;
use crate::sql::{BadColumn, Row, Session, Statement, damaged, internal, row, rows, write};
use crate::story::read_event;

/// How many rows are looked at in one go.
const PAGE: i64 = 500;

/// How far a ledger is looked at when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// The heads of open incidents must hold: no worker goes on with a story that was tampered with.
    #[default]
    HeadsHold,
    /// It is opened as it is, in order to find out what is wrong with it.
    AsItIs,
}

/// Says what a format is worth to this build. `None`: to be created.
pub(crate) fn check_format(place: &str, format: Option<i64>) -> Result<(), LedgerError> {
    let known = schema::FORMAT;
    match format {
        Some(found) if found > known => Err(newer(
            place,
            format!("it has format {found}, and this build knows formats up to {known}"),
        )),
        Some(found) if found < 1 => Err(damaged(place, format!("it has no format {found}"))),
        Some(_) | None => Ok(()),
    }
}

fn newer(place: &str, problem: String) -> LedgerError {
    LedgerError::Newer {
        place: place.to_owned(),
        problem,
    }
}

/// What an empty ledger holds. `random` is an expression that gives 32 random hexadecimal digits.
pub(crate) async fn seed<S: Session>(session: &mut S, random: &str) -> Result<(), LedgerError> {
    let statements = vec![
        Statement::write(
            format!("INSERT INTO meta (key, value) VALUES ('ledger_id', {random})"),
            vec![],
        )
        .once(),
        Statement::write(
            "INSERT INTO meta (key, value) VALUES ('projection_version', $1)",
            vec![PROJECTION_VERSION.to_string().into()],
        )
        .once(),
        Statement::write(
            "INSERT INTO opening_head (one, place, hash) VALUES (1, 0, $1)",
            vec![START.into()],
        )
        .once(),
    ];
    session.run(statements).await?;
    Ok(())
}

/// Checks what has to hold before the ledger is used, and makes projections of another version
/// anew. The session must hold everybody else off.
pub(crate) async fn ready<S: Session>(session: &mut S, trust: Trust) -> Result<(), LedgerError> {
    check_kinds(session).await?;
    let version = projection_version(session).await?;
    if version > PROJECTION_VERSION {
        let problem = format!(
            "its projection has version {version}, and this build knows versions up to \
             {PROJECTION_VERSION}"
        );
        return Err(newer(session.place(), problem));
    }
    if version < PROJECTION_VERSION {
        rebuild(session).await?;
    }
    match trust {
        Trust::HeadsHold => check_heads(session).await,
        Trust::AsItIs => Ok(()),
    }
}

async fn projection_version<S: Session>(session: &mut S) -> Result<u32, LedgerError> {
    let sql = "SELECT value FROM meta WHERE key = 'projection_version'";
    let found = row(session, Statement::read(sql, vec![])).await?;
    let text = found.as_ref().and_then(|row| row.text(0).ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(|| {
        damaged(
            session.place(),
            "it does not say which version its projection has",
        )
    })
}

/// Whether projections are to be made anew, for which nobody else may write.
pub(crate) async fn is_stale<S: Session>(session: &mut S) -> Result<bool, LedgerError> {
    Ok(projection_version(session).await? < PROJECTION_VERSION)
}

/// Every kind and version that was ever appended must be known.
async fn check_kinds<S: Session>(session: &mut S) -> Result<(), LedgerError> {
    let sql = "SELECT kind, version FROM event_kind ORDER BY kind, version";
    let found = rows(session, Statement::read(sql, vec![])).await?;
    let place = session.place();
    for row in &found {
        let word = row.text(0).map_err(|e| e.at(place))?;
        let version = row.int(1).map_err(|e| e.at(place))?;
        let Some(kind) = Kind::parse(word) else {
            let problem =
                format!("it holds events of kind `{word}`, which this build does not know");
            return Err(newer(place, problem));
        };
        if version > i64::from(kind.version()) {
            let problem = format!(
                "it holds events `{kind}` of version {version}, and this build knows versions up \
                 to {}",
                kind.version()
            );
            return Err(newer(place, problem));
        }
    }
    Ok(())
}

/// Projects every story anew.
async fn rebuild<S: Session>(session: &mut S) -> Result<(), LedgerError> {
    let place = session.place().to_owned();
    tracing::info!(ledger = %place, version = PROJECTION_VERSION, "projecting the ledger anew");
    let clear = Statement::write("DELETE FROM incident", vec![]);
    write(session, clear).await?;
    let mut stories = Stories::default();
    let mut open: Option<(u64, Projection)> = None;
    while let Some(row) = stories.next(session).await? {
        let opening = row.count(0).map_err(|e| e.at(&place))?;
        let incident = row.incident(1).map_err(|e| e.at(&place))?;
        let event = read_event(&row, incident, 2, 3, &place)?;
        match &mut open {
            Some((standing, projection)) if *standing == opening => projection.apply(&event),
            _ => {
                let first = Projection::opened(&event).ok_or_else(|| {
                    let problem = format!("the story of incident {incident} has no beginning");
                    damaged(&place, problem)
                })?;
                if let Some((place, done)) = open.replace((opening, first)) {
                    write(session, done.insert(place)).await?;
                }
            }
        }
    }
    if let Some((place, done)) = open {
        write(session, done.insert(place)).await?;
    }
    let sql = "UPDATE meta SET value = $1 WHERE key = 'projection_version'";
    let version = PROJECTION_VERSION.to_string().into();
    match write(session, Statement::write(sql, vec![version])).await? {
        1 => Ok(()),
        _ => Err(internal(&place, "failed to note the projection's version")),
    }
}

/// All events of all incidents, in the order of their opening, a page at a time.
#[derive(Default)]
pub(crate) struct Stories {
    page: std::collections::VecDeque<Row>,
    /// The opening and the number of the event read last.
    last: (i64, i64),
    ended: bool,
}

impl Stories {
    /// The next event: opening's place, incident, seq, envelope, hash, id, at, kind, version.
    pub(crate) async fn next<S: Session>(
        &mut self,
        session: &mut S,
    ) -> Result<Option<Row>, LedgerError> {
        if self.page.is_empty() && !self.ended {
            self.read(session).await?;
        }
        Ok(self.page.pop_front())
    }

    /// The next event if it belongs to that opening.
    pub(crate) async fn next_of<S: Session>(
        &mut self,
        session: &mut S,
        place: i64,
    ) -> Result<Option<Row>, LedgerError> {
        if self.page.is_empty() && !self.ended {
            self.read(session).await?;
        }
        let ours = |row: &Row| row.int(0).is_ok_and(|found| found <= place);
        Ok(if self.page.front().is_some_and(ours) {
            self.page.pop_front()
        } else {
            None
        })
    }

    async fn read<S: Session>(&mut self, session: &mut S) -> Result<(), LedgerError> {
        // CROSS JOIN keeps the order of the loops, so that no store sorts the whole ledger.
        let sql = "SELECT o.place, o.incident, e.seq, e.envelope, e.hash, e.id, e.at, e.kind, \
                   e.version FROM opening o CROSS JOIN event e \
                   WHERE e.incident = o.incident AND o.place >= $1 \
                   AND (o.place > $2 OR e.seq > $3) ORDER BY o.place, e.seq LIMIT $4";
        let (place, seq) = self.last;
        let params = vec![place.into(), place.into(), seq.into(), PAGE.into()];
        let found = rows(session, Statement::read(sql, params)).await?;
        self.ended = (found.len() as u64) < PAGE.unsigned_abs();
        if let Some(last) = found.last() {
            let bad = |e: BadColumn| e.at(session.place());
            self.last = (last.int(0).map_err(bad)?, last.int(2).map_err(bad)?);
        }
        self.page.extend(found);
        Ok(())
    }
}

/// The heads of open incidents and the head of the openings must be what the chains end in.
async fn check_heads<S: Session>(session: &mut S) -> Result<(), LedgerError> {
    check_opening_head(session).await?;
    let mut last = 0_i64;
    loop {
        let sql = "SELECT i.place, h.incident, h.seq, h.hash, e.envelope, e.hash, p.hash \
                   FROM incident i JOIN head h ON h.incident = i.id \
                   LEFT JOIN event e ON e.incident = h.incident AND e.seq = h.seq \
                   LEFT JOIN event p ON p.incident = h.incident AND p.seq = h.seq - 1 \
                   WHERE i.status <> 'closed' AND i.place > $1 ORDER BY i.place LIMIT $2";
        let params = vec![last.into(), PAGE.into()];
        let found = rows(session, Statement::read(sql, params)).await?;
        for row in &found {
            let holds = head_holds(row).map_err(|e| e.at(session.place()))?;
            last = row.int(0).map_err(|e| e.at(session.place()))?;
            if !holds {
                let incident = row.incident(1).map_err(|e| e.at(session.place()))?;
                let problem = format!("the story of incident {incident} does not end as recorded");
                return Err(damaged(session.place(), problem));
            }
        }
        if (found.len() as u64) < PAGE.unsigned_abs() {
            return Ok(());
        }
    }
}

fn head_holds(row: &Row) -> Result<bool, BadColumn> {
    let head = row.digest(3)?;
    let (Ok(envelope), Ok(hash)) = (row.bytes(4), row.digest(5)) else {
        return Ok(false);
    };
    let previous = if row.int(2)? == 1 {
        START
    } else {
        match row.digest(6) {
            Ok(previous) => previous,
            Err(_) => return Ok(false),
        }
    };
    Ok(hash == head && event_link(previous, envelope) == head)
}

async fn check_opening_head<S: Session>(session: &mut S) -> Result<(), LedgerError> {
    let sql = "SELECT h.place, h.hash, o.hash, (SELECT max(place) FROM opening) \
               FROM opening_head h LEFT JOIN opening o ON o.place = h.place WHERE h.one = 1";
    let found = row(session, Statement::read(sql, vec![])).await?;
    let holds = found.is_some_and(|row| match row.int(0) {
        Ok(0) => row.digest(1).is_ok_and(|hash| hash == START) && row.int(3).is_err(),
        Ok(place) => row.get(1) == row.get(2) && row.int(3).is_ok_and(|last| last == place),
        Err(_) => false,
    });
    if holds {
        return Ok(());
    }
    let problem = "the chain of openings does not end as recorded";
    Err(damaged(session.place(), problem))
}
