//! The check of the whole ledger: both chains, their heads, and everything that stands beside them,
//! read in pages from one snapshot.
//!
//! What is found broken is reported, never an error: an error means that the ledger could not be
//! read at all.

use model::chain::{self, START, event_link, opening_link};
use model::{Digest, Event, IncidentId, Timestamp, codec};
use serde::Deserialize;

use crate::audit::{AuditReport, BrokenLink};
use crate::bodies;
use crate::error::LedgerError;
use crate::projection::{COLUMNS, Projection, SELECTED, WIDTH};
use crate::sql::{Row, Session, Statement, Value, row, rows};
use crate::startup::Stories;

/// How many openings are read at a time.
const PAGE: i64 = 200;
/// How many bodies: they may be long.
const BODIES: i64 = 8;

/// Checks everything. The session must see one snapshot.
pub(crate) async fn verify<S: Session>(session: &mut S) -> Result<AuditReport, LedgerError> {
    let sql = "SELECT place, hash FROM opening_head WHERE one = 1";
    let recorded = row(session, Statement::read(sql, vec![])).await?;
    let recorded = recorded.map(|row| (row.count(0).unwrap_or(0), row.digest(1).unwrap_or(START)));
    let mut check = Check {
        report: AuditReport {
            incidents: 0,
            events: 0,
            intact: true,
            root: recorded.map_or(START, |(_, hash)| hash),
            first_broken: None,
        },
        place: 0,
        opening: START,
    };
    let mut stories = Stories::default();
    let mut last = i64::MIN;
    loop {
        let page = openings(session, last).await?;
        for row in &page {
            last = row.int(0).map_err(|e| e.at(session.place()))?;
            let mut story = check.begin(row);
            while let Some(event) = stories.next_of(session, last).await? {
                story.take(&event, &mut check);
            }
            check.end(row, &story);
        }
        if (page.len() as u64) < PAGE.unsigned_abs() {
            break;
        }
    }
    check.end_of_openings(recorded);
    strays(session, &mut check).await?;
    check_bodies(session, &mut check).await?;
    check.report.intact = check.report.first_broken.is_none();
    Ok(check.report)
}

/// Openings above a place with the head and the row that belong to each.
async fn openings<S: Session>(session: &mut S, after: i64) -> Result<Vec<Row>, LedgerError> {
    let sql = format!(
        "SELECT o.place, o.incident, o.hash, h.seq, h.hash, h.at, i.place, {SELECTED} \
         FROM opening o LEFT JOIN head h ON h.incident = o.incident \
         LEFT JOIN incident i ON i.id = o.incident WHERE o.place > $1 ORDER BY o.place LIMIT $2"
    );
    rows(
        session,
        Statement::read(sql, vec![after.into(), PAGE.into()]),
    )
    .await
}

/// The columns of `openings` after which the head and the row begin.
const HEAD: usize = 3;
const LISTED: usize = 6;

struct Check {
    report: AuditReport,
    /// The last place seen in the chain of openings, and its hash.
    place: u64,
    opening: Digest,
}

impl Check {
    /// Notes a link that does not hold, if it is the first.
    fn broken(
        &mut self,
        incident_id: Option<IncidentId>,
        seq: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        self.report.first_broken.get_or_insert_with(|| BrokenLink {
            incident_id,
            seq,
            expected: expected.into(),
            found: found.into(),
        });
    }

    fn begin(&mut self, row: &Row) -> Story {
        self.report.incidents += 1;
        let expected = self.place + 1;
        let found = row.count(0).unwrap_or(0);
        if found != expected {
            self.broken(
                None,
                expected,
                format!("opening {expected}"),
                format!("opening {found}"),
            );
        }
        self.place = found;
        Story {
            incident: row.incident(1).ok(),
            seq: 0,
            hash: START,
            first: None,
            at: None,
            projection: None,
        }
    }

    fn end(&mut self, row: &Row, story: &Story) {
        let incident = story.incident;
        let head = (row.count(HEAD).ok(), row.digest(HEAD + 1).ok());
        match head {
            (Some(seq), Some(hash)) => {
                self.report.root = chain::root(self.report.root, [(seq, hash)]);
                if seq > story.seq {
                    let found = "nothing: the story ends before";
                    self.broken(
                        incident,
                        story.seq + 1,
                        format!("event {seq} at the end"),
                        found,
                    );
                } else if seq < story.seq {
                    let found = format!("event {}", story.seq);
                    self.broken(
                        incident,
                        seq + 1,
                        format!("nothing after event {seq}"),
                        found,
                    );
                } else if hash != story.hash {
                    self.broken(incident, seq, hash.to_string(), story.hash.to_string());
                }
            }
            _ => self.broken(incident, story.seq, "a record of its head", "none"),
        }
        self.opening_link(row, story);
        self.columns(row, story);
    }

    fn opening_link(&mut self, row: &Row, story: &Story) {
        let stored = row.digest(2).unwrap_or(START);
        if let (Some(incident), Some(first)) = (story.incident, story.first) {
            let link = opening_link(self.opening, incident, first);
            if link != stored {
                self.broken(None, self.place, stored.to_string(), link.to_string());
            }
        } else {
            let found = "no story that belongs to it";
            self.broken(story.incident, 1, "the first event of an incident", found);
        }
        self.opening = stored;
    }

    /// Compares what stands beside the events with what they fold to.
    fn columns(&mut self, row: &Row, story: &Story) {
        let (incident, seq) = (story.incident, story.seq);
        let Some(projection) = &story.projection else {
            return;
        };
        if let Some(at) = story.at
            && !row.get(HEAD + 2).same(&at.into())
        {
            let found = row.get(HEAD + 2).shown();
            self.broken(incident, seq, format!("head at = {}", at.micros()), found);
        }
        if !row.get(LISTED).same(row.get(0)) {
            let expected = format!("a row at place {} of the list", row.get(0).shown());
            self.broken(incident, seq, expected, row.get(LISTED).shown());
            return;
        }
        let values = projection.values();
        debug_assert_eq!(values.len() + 1, WIDTH);
        for (n, (column, value)) in COLUMNS.iter().zip(&values).enumerate() {
            let stored = row.get(LISTED + 2 + n);
            if !stored.same(value) {
                self.broken(
                    incident,
                    seq,
                    format!("{column} = {}", value.shown()),
                    format!("{column} = {}", stored.shown()),
                );
            }
        }
    }

    fn end_of_openings(&mut self, recorded: Option<(u64, Digest)>) {
        match recorded {
            None => self.broken(None, self.place, "a record of the last opening", "none"),
            Some((place, _)) if place > self.place => {
                let expected = format!("opening {place} at the end");
                self.broken(
                    None,
                    self.place + 1,
                    expected,
                    "nothing: the chain ends before",
                );
            }
            Some((place, hash)) if place < self.place || hash != self.opening => {
                let expected = format!("opening {place} at the end, {hash}");
                let found = format!("opening {}, {}", self.place, self.opening);
                self.broken(None, place + 1, expected, found);
            }
            Some(_) => {}
        }
    }
}

/// One incident's chain, as far as it was followed.
struct Story {
    incident: Option<IncidentId>,
    seq: u64,
    hash: Digest,
    first: Option<Digest>,
    at: Option<Timestamp>,
    projection: Option<Projection>,
}

/// The version is no part of an event once it was brought up to date.
#[derive(Deserialize)]
struct Versioned {
    version: u16,
}

impl Story {
    /// Follows the chain by one event.
    fn take(&mut self, row: &Row, check: &mut Check) {
        check.report.events += 1;
        let expected = self.seq + 1;
        let seq = row.count(2).unwrap_or(0);
        if seq != expected {
            check.broken(
                self.incident,
                expected,
                format!("event {expected}"),
                format!("event {seq}"),
            );
        }
        self.seq = seq;
        let envelope = row.bytes(3).unwrap_or_default();
        let stored = row.digest(4).unwrap_or(START);
        let link = event_link(self.hash, envelope);
        if link != stored {
            check.broken(self.incident, seq, stored.to_string(), link.to_string());
        }
        self.hash = stored;
        self.first.get_or_insert(stored);
        match codec::decode(envelope) {
            Ok(event) => self.read(row, &event, envelope, check),
            Err(e) => check.broken(
                self.incident,
                seq,
                "an event that can be read",
                e.to_string(),
            ),
        }
    }

    fn read(&mut self, row: &Row, event: &Event, envelope: &[u8], check: &mut Check) {
        let version = serde_json::from_slice::<Versioned>(envelope).map_or(0, |v| v.version);
        let beside: [(&str, usize, Value); 6] = [
            ("incident", 1, event.incident.into()),
            ("seq", 2, event.seq.into()),
            ("id", 5, event.id.into()),
            ("at", 6, event.at.into()),
            ("kind", 7, event.kind().as_str().into()),
            ("version", 8, i64::from(version).into()),
        ];
        for (name, column, value) in beside {
            let stored = row.get(column);
            if !stored.same(&value) {
                check.broken(
                    self.incident,
                    self.seq,
                    format!("{name} = {}", value.shown()),
                    format!("{name} = {}", stored.shown()),
                );
            }
        }
        if self.at.is_some_and(|before| before > event.at) {
            let expected = "a time that is not before the event before";
            check.broken(self.incident, self.seq, expected, event.at.to_string());
        }
        self.at = Some(event.at);
        match &mut self.projection {
            Some(projection) => projection.apply(event),
            None if self.seq == 1 => {
                self.projection = Projection::opened(event);
                if self.projection.is_none() {
                    check.broken(self.incident, 1, "signal_seen", event.kind().as_str());
                }
            }
            None => {}
        }
    }
}

/// Rows of incidents that were never opened.
async fn strays<S: Session>(session: &mut S, check: &mut Check) -> Result<(), LedgerError> {
    for (sql, what) in [
        (
            "SELECT t.incident FROM event t LEFT JOIN opening o ON o.incident = t.incident \
             WHERE o.incident IS NULL LIMIT 1",
            "events",
        ),
        (
            "SELECT t.incident FROM head t LEFT JOIN opening o ON o.incident = t.incident \
             WHERE o.incident IS NULL LIMIT 1",
            "a record of a head",
        ),
        (
            "SELECT t.id FROM incident t LEFT JOIN opening o ON o.incident = t.id \
             WHERE o.incident IS NULL LIMIT 1",
            "a row of the list",
        ),
    ] {
        if let Some(row) = row(session, Statement::read(sql, vec![])).await? {
            let found = format!("{what} of incident {}, never opened", row.get(0).shown());
            check.broken(row.incident(0).ok(), 1, "an opening", found);
        }
    }
    Ok(())
}

/// Bodies must be what their digests say.
async fn check_bodies<S: Session>(session: &mut S, check: &mut Check) -> Result<(), LedgerError> {
    let mut last = Value::Bytes(Vec::new());
    loop {
        let sql = "SELECT digest, body FROM body WHERE digest > $1 AND body IS NOT NULL \
                   ORDER BY digest LIMIT $2";
        let page = rows(session, Statement::read(sql, vec![last, BODIES.into()])).await?;
        for row in &page {
            let found: Value = bodies::digest(row.bytes(1).unwrap_or_default()).into();
            if !row.get(0).same(&found) {
                check.broken(
                    None,
                    0,
                    format!("body {}", row.get(0).shown()),
                    format!("body {}", found.shown()),
                );
            }
        }
        match page.last() {
            Some(row) if (page.len() as u64) == BODIES.unsigned_abs() => last = row.get(0).clone(),
            Some(_) | None => return Ok(()),
        }
    }
}
