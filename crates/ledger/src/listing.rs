//! Reading stories and lists.

use model::{Event, IncidentId, Status};

use crate::contract::{Filter, Head, Listed};
use crate::error::LedgerError;
use crate::projection::{Projection, SELECTED, WIDTH, severity_rank};
use crate::sql::{BadColumn, Row, Session, Statement, Value, row, rows};
use crate::story::read_event;

/// The most incidents one page holds.
const MAX_PAGE: u32 = 1000;

/// How many events are read at a time, so that a long story does not hold a session for long.
const EVENTS_AT_ONCE: i64 = 500;

/// The events above a number, in order.
pub(crate) async fn events<S: Session>(
    session: &mut S,
    incident: IncidentId,
    after: u64,
) -> Result<Vec<Event>, LedgerError> {
    let place = session.place().to_owned();
    let mut events: Vec<Event> = Vec::new();
    let mut last = after;
    loop {
        let found = rows(
            session,
            Statement::read(
                "SELECT seq, envelope FROM event WHERE incident = $1 AND seq > $2 \
                 ORDER BY seq LIMIT $3",
                vec![incident.into(), last.into(), EVENTS_AT_ONCE.into()],
            ),
        )
        .await?;
        for row in &found {
            events.push(read_event(row, incident, 0, 1, &place)?);
            last = row.count(0).map_err(|e| e.at(&place))?;
        }
        if (found.len() as u64) < EVENTS_AT_ONCE.unsigned_abs() {
            return Ok(events);
        }
    }
}

fn listed_from() -> String {
    format!(
        "SELECT {SELECTED}, h.seq, h.hash, COALESCE(s.count, 1) FROM incident i \
         JOIN head h ON h.incident = i.id LEFT JOIN sighting s ON s.incident = i.id"
    )
}

fn listed(row: &Row) -> Result<Listed, BadColumn> {
    Ok(Listed {
        summary: Projection::read(row, 0)?.summary,
        head: Head {
            seq: row.count(WIDTH)?,
            hash: row.digest(WIDTH + 1)?,
        },
        sightings: row.count(WIDTH + 2)?,
    })
}

/// One incident as a list shows it.
pub(crate) async fn incident<S: Session>(
    session: &mut S,
    incident: IncidentId,
) -> Result<Option<Listed>, LedgerError> {
    let sql = format!("{} WHERE i.id = $1", listed_from());
    let found = row(session, Statement::read(sql, vec![incident.into()])).await?;
    found
        .map(|row| listed(&row))
        .transpose()
        .map_err(|e| e.at(session.place()))
}

/// Incidents, newest first: in the reverse order of their opening.
pub(crate) async fn incidents<S: Session>(
    session: &mut S,
    filter: &Filter,
) -> Result<Vec<Listed>, LedgerError> {
    let found = rows(session, select(filter)).await?;
    found
        .iter()
        .map(listed)
        .collect::<Result<_, _>>()
        .map_err(|e| e.at(session.place()))
}

fn select(filter: &Filter) -> Statement {
    let mut conditions: Vec<String> = Vec::new();
    let mut params: Vec<Value> = Vec::new();
    let mut given = |before: &str, value: Value, after: &str| {
        params.push(value);
        conditions.push(format!("{before}${}{after}", params.len()));
    };
    if let Some(severity) = filter.at_least {
        given("i.severity >= ", severity_rank(severity).into(), "");
    }
    if let Some(namespace) = &filter.namespace {
        given("i.object_namespace = ", namespace.as_str().into(), "");
    }
    if let Some(kind) = &filter.kind {
        given("i.object_kind = ", kind.as_str().into(), "");
    }
    if let Some(name) = &filter.name {
        given("i.object_name = ", name.as_str().into(), "");
    }
    if let Some(fingerprint) = &filter.fingerprint {
        given("i.fingerprint = ", fingerprint.as_str().into(), "");
    }
    if let Some(cluster) = &filter.cluster {
        given("i.cluster = ", cluster.as_str().into(), "");
    }
    if let Some(since) = filter.since {
        given("i.opened_at >= ", since.into(), "");
    }
    if let Some(before) = filter.before {
        let older = "i.place < (SELECT place FROM incident WHERE id = ";
        given(older, before.into(), ")");
    }
    if !filter.statuses.is_empty() {
        // The words are our own; naming them lets the index over what is not at rest be used.
        let words: Vec<_> = filter.statuses.iter().map(|s| format!("'{s}'")).collect();
        conditions.push(format!("i.status IN ({})", words.join(", ")));
        if !filter.statuses.contains(&Status::Closed) {
            conditions.push("i.status <> 'closed'".to_owned());
        }
    }
    let limit = match filter.limit {
        0 => 50,
        limit => limit.min(MAX_PAGE),
    };
    params.push(i64::from(limit).into());
    let narrowed = if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    };
    let sql = format!(
        "{}{narrowed} ORDER BY i.place DESC LIMIT ${}",
        listed_from(),
        params.len()
    );
    Statement::read(sql, params).once()
}

/// The incidents whose id begins or ends with these hexadecimal digits, newest first.
pub(crate) async fn find<S: Session>(
    session: &mut S,
    part: &str,
    limit: u32,
) -> Result<Vec<IncidentId>, LedgerError> {
    let digits: String = part.chars().filter(|c| *c != '-').collect();
    let hexadecimal = digits.chars().all(|c| c.is_ascii_hexdigit());
    if digits.is_empty() || digits.len() > 32 || !hexadecimal {
        return Ok(Vec::new());
    }
    let digits = digits.to_lowercase();
    let sql = format!(
        "SELECT id FROM incident WHERE {id} LIKE $1 OR {id} LIKE $2 ORDER BY place DESC LIMIT $3",
        id = S::HEX_ID
    );
    let params = vec![
        format!("{digits}%").into(),
        format!("%{digits}").into(),
        i64::from(limit.min(MAX_PAGE)).into(),
    ];
    let found = rows(session, Statement::read(sql, params)).await?;
    found
        .iter()
        .map(|row| row.incident(0))
        .collect::<Result<_, _>>()
        .map_err(|e| e.at(session.place()))
}
