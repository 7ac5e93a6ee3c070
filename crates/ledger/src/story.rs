//! Opening incidents and appending to their stories: the chains, the heads and the projections, all
//! in one transaction.

use model::chain::{START, event_link, opening_link};
use model::codec;
use model::kind::{Fact, Kind};
use model::summary::PROJECTION_VERSION;
use model::{Digest, Draft, Event, IncidentId, Status, Timestamp, Why};

use crate::contract::{Appended, Head, Opened, Opening, opening_fact};
use crate::error::{AppendError, LedgerError};
use crate::projection::{Projection, SELECTED};
use crate::sql::{
    Answer, BadColumn, Row, Session, Statement, Value, damaged, internal, row, write,
};

/// The longest envelope that is taken, so that no single event can fill a ledger or a reader's
/// memory. Bodies of evidence are kept beside the events.
pub(crate) const MAX_ENVELOPE: usize = 4 << 20;

/// How many ids of sightings are remembered so that one told twice is counted once.
const REMEMBERED: usize = 16;

const PROJECTION: &str = "SELECT value FROM meta WHERE key = 'projection_version'";
const EVENT_BY_ID: &str = "SELECT incident, seq, envelope FROM event WHERE id = $1";
const HEAD: &str = "SELECT seq, hash, at FROM head WHERE incident = $1";

/// Takes a signal; see `Ledger::open`.
pub(crate) async fn open<S: Session>(
    session: &mut S,
    opening: &Opening,
) -> Result<Opened, LedgerError> {
    // Most signals are of faults that are known: those need not wait for each other.
    if let Some(known) = known(session, opening).await? {
        return Ok(known);
    }
    // From here on openings stand in line: the chain of openings has one end.
    let locked = Statement::read(
        format!(
            "SELECT place, hash FROM opening_head WHERE one = 1{}",
            S::LOCK
        ),
        vec![],
    );
    let previous = Statement::read(
        "SELECT id FROM incident WHERE fingerprint = $1 AND closed_once = 1 \
         ORDER BY place DESC LIMIT 1",
        vec![fingerprint(opening)],
    );
    let mut ahead = session.run(vec![locked]).await?.into_iter();
    if let Some(known) = known(session, opening).await? {
        return Ok(known);
    }
    let place = session.place().to_owned();
    let head = first_row(ahead.next())
        .ok_or_else(|| damaged(&place, "the head of the openings is missing"))?;
    let previous = first_row(session.run(vec![previous]).await?.into_iter().next());
    let bad = |e: BadColumn| e.at(&place);
    let previous = previous
        .map(|row| row.incident(0))
        .transpose()
        .map_err(bad)?;
    let last = (head.count(0).map_err(bad)?, head.digest(1).map_err(bad)?);
    let first = Event {
        id: opening.event,
        incident: opening.incident,
        seq: 1,
        at: opening.at,
        actor: opening.actor.clone(),
        why: Why::Reported,
        fact: Fact::SignalSeen(opening_fact(opening, previous)),
    };
    begin(session, &first, last).await?;
    session.changed(first.incident);
    Ok(Opened::New(Box::new(first)))
}

fn fingerprint(opening: &Opening) -> Value {
    opening.signal.fingerprint(&opening.cluster).as_str().into()
}

fn first_row(answer: Option<Answer>) -> Option<Row> {
    answer.and_then(|answer| answer.rows.into_iter().next())
}

/// What the signal led to if there is nothing to open: it was taken before, or its fault has an
/// open incident, where it is counted.
async fn known<S: Session>(
    session: &mut S,
    opening: &Opening,
) -> Result<Option<Opened>, LedgerError> {
    let place = session.place().to_owned();
    let bad = |e: BadColumn| e.at(&place);
    let statements = vec![
        Statement::read(PROJECTION, vec![]),
        Statement::read(EVENT_BY_ID, vec![opening.event.into()]),
        Statement::read(
            "SELECT id FROM incident WHERE fingerprint = $1 AND closed_once = 0",
            vec![fingerprint(opening)],
        ),
    ];
    let mut answers = session.run(statements).await?.into_iter();
    check_projection(&place, first_row(answers.next()))?;
    if let Some(row) = first_row(answers.next()) {
        let incident = row.incident(0).map_err(bad)?;
        let event = read_event(&row, incident, 1, 2, &place)?;
        if event.seq != 1 {
            let problem = format!("event id {} stands elsewhere already", opening.event);
            return Err(internal(&place, problem));
        }
        return Ok(Some(Opened::New(Box::new(event))));
    }
    let Some(row) = first_row(answers.next()) else {
        return Ok(None);
    };
    let incident = row.incident(0).map_err(bad)?;
    let sightings = sight(session, incident, opening).await?;
    Ok(Some(Opened::Known {
        incident,
        sightings,
    }))
}

/// Counts a sighting, once, and gives how many there are.
async fn sight<S: Session>(
    session: &mut S,
    incident: IncidentId,
    opening: &Opening,
) -> Result<u64, LedgerError> {
    let place = session.place().to_owned();
    let bad = |e: BadColumn| e.at(&place);
    let found = row(
        session,
        Statement::read(
            format!(
                "SELECT count, last_at, recent FROM sighting WHERE incident = $1{}",
                S::LOCK
            ),
            vec![incident.into()],
        ),
    )
    .await?
    .ok_or_else(|| damaged(&place, format!("incident {incident} has no sightings")))?;
    let count = found.count(0).map_err(bad)?;
    let recent = found.bytes(2).map_err(bad)?;
    let id = opening.event.uuid();
    if recent.chunks(16).any(|seen| seen == id.as_bytes()) {
        return Ok(count);
    }
    let mut remembered = id.as_bytes().to_vec();
    remembered.extend(recent.iter().take((REMEMBERED - 1) * 16));
    let last_at = found.time(1).map_err(bad)?.max(opening.at);
    let statement = Statement::write(
        "UPDATE sighting SET count = $1, last_at = $2, recent = $3 WHERE incident = $4",
        vec![
            (count + 1).into(),
            last_at.into(),
            remembered.into(),
            incident.into(),
        ],
    );
    write(session, statement).await?;
    Ok(count + 1)
}

/// Stores the first event of a new incident, and links it into the chain of openings.
async fn begin<S: Session>(
    session: &mut S,
    first: &Event,
    last: (u64, Digest),
) -> Result<(), LedgerError> {
    let ledger = session.place().to_owned();
    let written = Link::after(&ledger, START, first)?;
    let place = last.0 + 1;
    let opening = opening_link(last.1, first.incident, written.hash);
    let incident = Value::from(first.incident);
    let projection = Projection::opened(first)
        .ok_or_else(|| internal(&ledger, "the first event does not open an incident"))?;
    let mut statements = vec![Statement::write(
        "INSERT INTO opening (place, incident, hash) VALUES ($1, $2, $3)",
        vec![place.into(), incident.clone(), opening.into()],
    )];
    statements.extend(written.statements(first));
    statements.extend([
        Statement::write(
            "UPDATE opening_head SET place = $1, hash = $2 WHERE one = 1",
            vec![place.into(), opening.into()],
        ),
        Statement::write(
            "INSERT INTO head (incident, seq, hash, at) VALUES ($1, 1, $2, $3)",
            vec![incident.clone(), written.hash.into(), first.at.into()],
        ),
        projection.insert(place),
        Statement::write(
            "INSERT INTO sighting (incident, count, last_at, recent) VALUES ($1, 1, $2, $3)",
            vec![
                incident.clone(),
                first.at.into(),
                first.id.uuid().as_bytes().to_vec().into(),
            ],
        ),
        Statement::write(
            "INSERT INTO lease (incident, due_at) VALUES ($1, 0)",
            vec![incident],
        ),
    ]);
    session.run(statements).await?;
    Ok(())
}

/// Appends to an incident's story; see `Ledger::append`.
pub(crate) async fn append<S: Session>(
    session: &mut S,
    incident: IncidentId,
    after: u64,
    drafts: &[Draft],
) -> Result<Appended, AppendError> {
    let place = session.place().to_owned();
    let bad = |e: BadColumn| e.at(&place);
    let mut statements = vec![
        Statement::read(format!("{HEAD}{}", S::LOCK), vec![incident.into()]),
        Statement::read(PROJECTION, vec![]),
        Statement::read(
            format!("SELECT {SELECTED} FROM incident i WHERE i.id = $1"),
            vec![incident.into()],
        ),
    ];
    let ids = drafts
        .iter()
        .map(|draft| Statement::read(EVENT_BY_ID, vec![draft.id.into()]));
    statements.extend(ids);
    let mut answers = session.run(statements).await?.into_iter();
    let Some(head) = first_row(answers.next()) else {
        return Err(AppendError::NoIncident(incident));
    };
    check_projection(&place, first_row(answers.next()))?;
    let row = first_row(answers.next()).ok_or_else(|| {
        damaged(
            &place,
            format!("incident {incident} has no row in the list"),
        )
    })?;
    let standing = answers.filter_map(|answer| first_row(Some(answer)));
    let standing = standing_events(&place, incident, drafts, standing)?;
    let seq = head.count(0).map_err(bad)?;
    let hash = head.digest(1).map_err(bad)?;
    if let Some(events) = standing {
        let head = Head { seq, hash };
        return Ok(Appended { events, head });
    }
    if seq != after {
        return Err(AppendError::Moved {
            incident,
            expected: after,
            found: seq,
        });
    }
    let before = Projection::read(&row, 0).map_err(bad)?;
    let at = head.time(2).map_err(bad)?;
    let appended = link(session, (Head { seq, hash }, at), &before, incident, drafts).await?;
    if !drafts.is_empty() {
        session.changed(incident);
    }
    Ok(appended)
}

/// Links drafts onto the head and stores all that follows from them.
async fn link<S: Session>(
    session: &mut S,
    (mut head, mut at): (Head, Timestamp),
    before: &Projection,
    incident: IncidentId,
    drafts: &[Draft],
) -> Result<Appended, AppendError> {
    let place = session.place().to_owned();
    let stood_at = head.seq;
    let mut now = before.clone();
    let mut events = Vec::with_capacity(drafts.len());
    let mut statements = Vec::with_capacity(2 * drafts.len() + 3);
    for draft in drafts {
        if now.summary.status == Status::Closed && draft.fact.kind() != Kind::UndoRequested {
            return Err(AppendError::Closed(incident));
        }
        at = at.max(draft.at);
        let event = Event {
            id: draft.id,
            incident,
            seq: head.seq + 1,
            at,
            actor: draft.actor.clone(),
            why: draft.why.clone(),
            fact: draft.fact.clone(),
        };
        let link = Link::after(&place, head.hash, &event)?;
        statements.extend(link.statements(&event));
        now.apply(&event);
        head = Head {
            seq: event.seq,
            hash: link.hash,
        };
        events.push(event);
    }
    if events.is_empty() {
        return Ok(Appended { events, head });
    }
    let moved = statements.len();
    // The condition on the old number holds already, since the head is locked; it is said again so
    // that a store that forgets to lock fails instead of forking a chain.
    statements.push(Statement::write(
        "UPDATE head SET seq = $1, hash = $2, at = $3 WHERE incident = $4 AND seq = $5",
        vec![
            head.seq.into(),
            head.hash.into(),
            at.into(),
            incident.into(),
            stood_at.into(),
        ],
    ));
    statements.extend(now.update(before));
    statements.push(due(incident, now.summary.status));
    let answers = session.run(statements).await?;
    if answers.get(moved).map(|answer| answer.changed) != Some(1) {
        let problem = format!("the head of incident {incident} moved although it was locked");
        return Err(internal(&place, problem).into());
    }
    Ok(Appended { events, head })
}

/// An append makes its incident due at once; a closed one wants nothing any more.
fn due(incident: IncidentId, status: Status) -> Statement {
    let due = if status == Status::Closed {
        Value::Null
    } else {
        Value::Int(0)
    };
    Statement::write(
        "UPDATE lease SET due_at = $1 WHERE incident = $2 AND due_at IS DISTINCT FROM $3",
        vec![due.clone(), incident.into(), due],
    )
}

/// The events of these drafts if all of them stand in the incident already.
fn standing_events(
    place: &str,
    incident: IncidentId,
    drafts: &[Draft],
    found: impl Iterator<Item = Row>,
) -> Result<Option<Vec<Event>>, AppendError> {
    let mut events = Vec::new();
    for row in found {
        let of = row.incident(0).map_err(|e| e.at(place))?;
        let event = read_event(&row, of, 1, 2, place)?;
        events.push(event);
    }
    if events.is_empty() {
        return Ok(None);
    }
    let complete = events.len() == drafts.len() && events.iter().all(|e| e.incident == incident);
    if complete {
        return Ok(Some(events));
    }
    let ids: Vec<_> = events.iter().map(|event| event.id.to_string()).collect();
    let problem = format!(
        "of {} events to append to incident {incident} some stand in the ledger already: {}",
        drafts.len(),
        ids.join(", ")
    );
    Err(internal(place, problem).into())
}

/// Reads an event from a row that holds its number and its envelope.
pub(crate) fn read_event(
    row: &Row,
    incident: IncidentId,
    seq: usize,
    envelope: usize,
    place: &str,
) -> Result<Event, LedgerError> {
    let seq = row.count(seq).map_err(|e| e.at(place))?;
    let bytes = row.bytes(envelope).map_err(|e| e.at(place))?;
    codec::decode(bytes).map_err(|source| LedgerError::Event {
        place: place.to_owned(),
        incident,
        seq,
        source,
    })
}

/// Refuses to write beside a process of another version that has projected anew: its rows and ours
/// would not mean the same.
fn check_projection(place: &str, row: Option<Row>) -> Result<(), LedgerError> {
    let row = row.ok_or_else(|| damaged(place, "it does not say which projection it has"))?;
    let found = row.text(0).map_err(|e| e.at(place))?;
    if found == PROJECTION_VERSION.to_string() {
        return Ok(());
    }
    Err(LedgerError::Newer {
        place: place.to_owned(),
        problem: format!(
            "its projection became version {found} while it was open, and this build has version \
             {PROJECTION_VERSION}"
        ),
    })
}

/// An event's bytes and hash.
struct Link {
    envelope: Vec<u8>,
    hash: Digest,
}

impl Link {
    fn after(place: &str, previous: Digest, event: &Event) -> Result<Self, LedgerError> {
        let envelope = codec::encode(event)
            .map_err(|e| internal(place, format!("failed to write event {}: {e}", event.id)))?;
        if envelope.len() > MAX_ENVELOPE {
            let problem = format!(
                "event {} has {} bytes, and at most {MAX_ENVELOPE} are taken",
                event.id,
                envelope.len()
            );
            return Err(internal(place, problem));
        }
        let hash = event_link(previous, &envelope);
        Ok(Self { envelope, hash })
    }

    fn statements(&self, event: &Event) -> [Statement; 2] {
        let kind: Value = event.kind().as_str().into();
        let version = Value::Int(event.kind().version().into());
        [
            Statement::write(
                "INSERT INTO event_kind (kind, version) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                vec![kind.clone(), version.clone()],
            ),
            Statement::write(
                "INSERT INTO event (incident, seq, id, at, kind, version, envelope, hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                vec![
                    event.incident.into(),
                    event.seq.into(),
                    event.id.into(),
                    event.at.into(),
                    kind,
                    version,
                    self.envelope.clone().into(),
                    self.hash.into(),
                ],
            ),
        ]
    }
}
