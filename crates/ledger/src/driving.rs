//! Who drives which incident: leases that end, and the time at which an incident wants to be driven
//! again. None of it is part of the story.

use model::{ClusterId, IncidentId, Millis, Timestamp};

use crate::contract::{Holder, Lease};
use crate::error::LedgerError;
use crate::sql::{BadColumn, Session, Statement, Value, internal, row, rows, write};

/// The most incidents that are claimed at once.
const MAX_CLAIM: u32 = 1000;

const HOLD: &str = "UPDATE lease SET holder = $1, expires = $2 WHERE incident = $3";

fn hold(incident: IncidentId, holder: &Holder, until: Timestamp) -> Statement {
    let holder = holder.0.as_str().into();
    Statement::write(HOLD, vec![holder, until.into(), incident.into()])
}

/// See `Ledger::lease`.
pub(crate) async fn lease<S: Session>(
    session: &mut S,
    incident: IncidentId,
    holder: &Holder,
    now: Timestamp,
    ttl: Millis,
) -> Result<Lease, LedgerError> {
    let place = session.place().to_owned();
    let bad = |e: BadColumn| e.at(&place);
    let sql = format!(
        "SELECT holder, expires FROM lease WHERE incident = $1{}",
        S::LOCK
    );
    let found = row(session, Statement::read(sql, vec![incident.into()]))
        .await?
        .ok_or_else(|| internal(&place, format!("there is no incident {incident} to drive")))?;
    let by = found.opt_text(0).map_err(bad)?;
    let until = found.opt_time(1).map_err(bad)?;
    if let (Some(by), Some(until)) = (by, until)
        && by != holder.0
        && until > now
    {
        return Ok(Lease::Taken {
            by: Holder(by.to_owned()),
            until,
        });
    }
    let until = now.plus(ttl);
    write(session, hold(incident, holder, until)).await?;
    Ok(Lease::Held { until })
}

/// See `Ledger::release`.
pub(crate) async fn release<S: Session>(
    session: &mut S,
    incident: IncidentId,
    holder: &Holder,
    seen: u64,
    due: Option<Timestamp>,
) -> Result<(), LedgerError> {
    // The head is locked first, as an append locks it: else an append that is under way could make
    // the incident due, and this would sleep over it.
    let sql = format!("SELECT seq FROM head WHERE incident = $1{}", S::LOCK);
    let head = row(session, Statement::read(sql, vec![incident.into()])).await?;
    let stands = head.map_or(Ok(0), |row| row.count(0));
    let due: Value = if stands.map_err(|e| e.at(session.place()))? > seen {
        Value::Int(0)
    } else {
        due.into()
    };
    let statement = Statement::write(
        "UPDATE lease SET holder = NULL, expires = NULL, due_at = $1 \
         WHERE incident = $2 AND holder = $3",
        vec![due, incident.into(), holder.0.as_str().into()],
    );
    write(session, statement).await?;
    Ok(())
}

/// See `Ledger::bury`.
pub(crate) async fn bury<S: Session>(session: &mut S, dead: &Holder) -> Result<u64, LedgerError> {
    let statement = Statement::write(
        "UPDATE lease SET holder = NULL, expires = NULL WHERE holder = $1",
        vec![dead.0.as_str().into()],
    );
    write(session, statement).await
}

/// See `Ledger::holders`.
pub(crate) async fn holders<S: Session>(session: &mut S) -> Result<Vec<Holder>, LedgerError> {
    let statement = Statement::read(
        "SELECT DISTINCT holder FROM lease WHERE holder IS NOT NULL ORDER BY holder",
        vec![],
    );
    let found = rows(session, statement).await?;
    found
        .iter()
        .map(|row| row.text(0).map(|holder| Holder(holder.to_owned())))
        .collect::<Result<_, _>>()
        .map_err(|e| e.at(session.place()))
}

/// See `Ledger::claim`.
pub(crate) async fn claim<S: Session>(
    session: &mut S,
    cluster: &ClusterId,
    holder: &Holder,
    now: Timestamp,
    ttl: Millis,
    limit: u32,
) -> Result<Vec<IncidentId>, LedgerError> {
    let place = session.place().to_owned();
    let sql = format!(
        "SELECT l.incident FROM lease l JOIN incident i ON i.id = l.incident \
         WHERE l.due_at <= $1 AND (l.holder IS NULL OR l.expires <= $2) AND i.cluster = $3 \
         AND i.status <> 'closed' ORDER BY l.due_at, i.place LIMIT $4{}",
        S::LOCK_FREE_LEASES
    );
    let params = vec![
        now.into(),
        now.into(),
        cluster.as_str().into(),
        i64::from(limit.min(MAX_CLAIM)).into(),
    ];
    let found = rows(session, Statement::read(sql, params)).await?;
    let claimed: Vec<IncidentId> = found
        .iter()
        .map(|row| row.incident(0))
        .collect::<Result<_, _>>()
        .map_err(|e| e.at(&place))?;
    if !claimed.is_empty() {
        let until = now.plus(ttl);
        let holds = claimed.iter().map(|id| hold(*id, holder, until)).collect();
        session.run(holds).await?;
    }
    Ok(claimed)
}
