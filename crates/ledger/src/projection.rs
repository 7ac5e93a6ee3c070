//! The row that a list shows, kept by folding one event at a time: between `model::Summary` and the
//! columns of the table `incident`.
//!
//! What an event means is `Summary`'s to say. Only `closed_once` is kept here: whether the incident
//! was ever closed. An incident that an undo has stirred again is not a second open one of its
//! fault.

use model::kind::Fact;
use model::{
    Cause, Event, Fingerprint, ObjectRef, Outcome, Severity, Status, Summary, observation::Verdict,
};

use crate::sql::{BadColumn, Row, Statement, Value};

/// The columns that come from events, in the order of `Projection::values`.
pub(crate) const COLUMNS: [&str; 16] = [
    "status",
    "severity",
    "title",
    "cause",
    "fingerprint",
    "object_kind",
    "object_namespace",
    "object_name",
    "object_uid",
    "cluster",
    "opened_at",
    "closed_at",
    "verdict",
    "outcome",
    "previous",
    "closed_once",
];

/// The columns as a list after `SELECT`, with the id before them. The table is called `i`.
pub(crate) const SELECTED: &str = "i.id, i.status, i.severity, i.title, i.cause, i.fingerprint, \
    i.object_kind, i.object_namespace, i.object_name, i.object_uid, i.cluster, i.opened_at, \
    i.closed_at, i.verdict, i.outcome, i.previous, i.closed_once";

/// How many columns `SELECTED` has.
pub(crate) const WIDTH: usize = COLUMNS.len() + 1;

/// What the table `incident` says of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Projection {
    pub(crate) summary: Summary,
    pub(crate) closed_once: bool,
}

impl Projection {
    /// That of a story's first event; `None` if that event opens nothing.
    pub(crate) fn opened(first: &Event) -> Option<Self> {
        let Fact::SignalSeen(opening) = &first.fact else {
            return None;
        };
        Some(Self {
            summary: Summary::opened(first.incident, first.at, opening),
            closed_once: false,
        })
    }

    /// Takes one more event into account.
    pub(crate) fn apply(&mut self, event: &Event) {
        self.summary.apply(event);
        self.closed_once |= matches!(event.fact, Fact::Closed(_));
    }

    /// The values of `COLUMNS`.
    pub(crate) fn values(&self) -> [Value; COLUMNS.len()] {
        let of = &self.summary;
        let object = of.object.as_ref();
        [
            of.status.as_str().into(),
            severity_rank(of.severity).into(),
            of.title.as_str().into(),
            of.cause.map(Cause::as_str).into(),
            of.fingerprint.as_str().into(),
            object.map(|o| o.kind.as_str()).into(),
            object.map(|o| o.namespace.as_str()).into(),
            object.map(|o| o.name.as_str()).into(),
            object.and_then(|o| o.uid.as_deref()).into(),
            of.cluster.as_str().into(),
            of.opened_at.into(),
            of.closed_at.into(),
            of.verdict.map(Verdict::as_str).into(),
            of.outcome.map(Outcome::as_str).into(),
            of.previous.into(),
            i64::from(self.closed_once).into(),
        ]
    }

    /// Reads `SELECTED`, which begins at a column of the row.
    pub(crate) fn read(row: &Row, first: usize) -> Result<Self, BadColumn> {
        let at = |n: usize| first + n;
        let object = match row.opt_text(at(6))? {
            None => None,
            Some(kind) => Some(ObjectRef {
                kind: kind.to_owned(),
                namespace: row.text(at(7))?.to_owned(),
                name: row.text(at(8))?.to_owned(),
                uid: row.opt_text(at(9))?.map(str::to_owned),
            }),
        };
        Ok(Self {
            summary: Summary {
                id: row.incident(first)?,
                status: word("status", row.text(at(1))?, Status::parse)?,
                severity: severity(row.int(at(2))?)?,
                title: row.text(at(3))?.to_owned(),
                cause: opt_word("cause", row.opt_text(at(4))?, |text| text.parse().ok())?,
                fingerprint: Fingerprint::from(row.text(at(5))?.to_owned()),
                object,
                cluster: row.text(at(10))?.to_owned().into(),
                opened_at: row.time(at(11))?,
                closed_at: row.opt_time(at(12))?,
                verdict: opt_word("verdict", row.opt_text(at(13))?, Verdict::parse)?,
                outcome: opt_word("outcome", row.opt_text(at(14))?, Outcome::parse)?,
                previous: row.opt_incident(at(15))?,
            },
            closed_once: row.int(at(16))? != 0,
        })
    }

    /// The statement that stores it for the first time.
    pub(crate) fn insert(&self, place: u64) -> Statement {
        let mut params = vec![place.into(), self.summary.id.into()];
        params.extend(self.values());
        Statement::write(
            "INSERT INTO incident (place, id, status, severity, title, cause, fingerprint, \
             object_kind, object_namespace, object_name, object_uid, cluster, opened_at, \
             closed_at, verdict, outcome, previous, closed_once) VALUES ($1, $2, $3, $4, $5, $6, \
             $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
            params,
        )
    }

    /// The statement that stores what differs from how it stood before, if anything does: an index
    /// over a column that did not change is not touched.
    pub(crate) fn update(&self, before: &Self) -> Option<Statement> {
        let mut sql = "UPDATE incident SET ".to_owned();
        let mut params = Vec::new();
        let columns = COLUMNS.iter().zip(self.values()).zip(before.values());
        for ((column, now), before) in columns {
            if now != before {
                params.push(now);
                if params.len() > 1 {
                    sql.push_str(", ");
                }
                sql.push_str(&format!("{column} = ${}", params.len()));
            }
        }
        if params.is_empty() {
            return None;
        }
        params.push(self.summary.id.into());
        sql.push_str(&format!(" WHERE id = ${}", params.len()));
        Some(Statement::write(sql, params))
    }
}

/// Severities as numbers, the worst the greatest, so that "at least" can be asked.
pub(crate) const fn severity_rank(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 0,
        Severity::Warning => 1,
        Severity::Critical => 2,
    }
}

fn severity(rank: i64) -> Result<Severity, BadColumn> {
    [Severity::Info, Severity::Warning, Severity::Critical]
        .into_iter()
        .find(|severity| severity_rank(*severity) == rank)
        .ok_or_else(|| BadColumn(format!("{rank} is no severity")))
}

fn word<T>(what: &str, text: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, BadColumn> {
    read(text).ok_or_else(|| BadColumn(format!("`{text}` is no {what}")))
}

fn opt_word<T>(
    what: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, BadColumn> {
    text.map(|text| word(what, text, read)).transpose()
}
