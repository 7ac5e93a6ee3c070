//! The tables, written once for both stores, and the steps from each format to the next.
//!
//! `event` and `opening` hold the two chains and are only ever added to; `head` and `opening_head`
//! stand beside them so that an amputated tail is found. `incident` is what lists show and can be
//! made anew from the events. `sighting`, `lease` and `body` are not part of any chain.

/// The format this build writes. An older one is brought up to it when opened.
pub(crate) const FORMAT: i64 = 1;

/// How a store names the types of columns.
pub(crate) struct Types {
    pub(crate) id: &'static str,
    pub(crate) bytes: &'static str,
    pub(crate) int: &'static str,
    /// What follows a table's last parenthesis.
    pub(crate) tail: &'static str,
}

/// The step from format N to N + 1 stands at place N.
const STEPS: &[&str] = &[r"
CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL){tail};
CREATE TABLE opening (
    place {int} PRIMARY KEY NOT NULL,
    incident {id} NOT NULL UNIQUE,
    hash {bytes} NOT NULL
){tail};
CREATE TABLE opening_head (
    one {int} PRIMARY KEY NOT NULL CHECK (one = 1),
    place {int} NOT NULL,
    hash {bytes} NOT NULL
){tail};
CREATE TABLE event (
    incident {id} NOT NULL,
    seq {int} NOT NULL,
    id {id} NOT NULL UNIQUE,
    at {int} NOT NULL,
    kind TEXT NOT NULL,
    version {int} NOT NULL,
    envelope {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (incident, seq)
){tail};
CREATE TABLE event_kind (
    kind TEXT NOT NULL,
    version {int} NOT NULL,
    PRIMARY KEY (kind, version)
){tail};
CREATE TABLE head (
    incident {id} PRIMARY KEY NOT NULL REFERENCES opening (incident),
    seq {int} NOT NULL,
    hash {bytes} NOT NULL,
    at {int} NOT NULL
){tail};
CREATE TABLE incident (
    place {int} PRIMARY KEY NOT NULL REFERENCES opening (place),
    id {id} NOT NULL UNIQUE REFERENCES opening (incident),
    status TEXT NOT NULL,
    severity {int} NOT NULL,
    title TEXT NOT NULL,
    cause TEXT,
    fingerprint TEXT NOT NULL,
    object_kind TEXT,
    object_namespace TEXT,
    object_name TEXT,
    object_uid TEXT,
    cluster TEXT NOT NULL,
    opened_at {int} NOT NULL,
    closed_at {int},
    verdict TEXT,
    outcome TEXT,
    previous {id},
    closed_once {int} NOT NULL
){tail};
CREATE UNIQUE INDEX incident_one_open ON incident (fingerprint) WHERE closed_once = 0;
CREATE INDEX incident_unrest ON incident (place) WHERE status <> 'closed';
CREATE INDEX incident_fingerprint ON incident (fingerprint, place);
CREATE INDEX incident_namespace ON incident (object_namespace, place);
CREATE INDEX incident_name ON incident (object_name, object_kind, place);
CREATE INDEX incident_kind ON incident (object_kind, place);
CREATE TABLE sighting (
    incident {id} PRIMARY KEY NOT NULL REFERENCES opening (incident),
    count {int} NOT NULL,
    last_at {int} NOT NULL,
    recent {bytes} NOT NULL
){tail};
CREATE TABLE lease (
    incident {id} PRIMARY KEY NOT NULL REFERENCES opening (incident),
    holder TEXT,
    expires {int},
    due_at {int}
){tail};
CREATE INDEX lease_due ON lease (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lease_holder ON lease (holder) WHERE holder IS NOT NULL;
CREATE TABLE body (
    digest {bytes} PRIMARY KEY NOT NULL,
    body {bytes},
    erased_at {int}
){tail};
"];

/// The statements that lead from `format` to the present one.
pub(crate) fn steps(format: i64, types: &Types) -> String {
    let done = usize::try_from(format).unwrap_or(0);
    STEPS
        .iter()
        .skip(done)
        .map(|step| {
            step.replace("{id}", types.id)
                .replace("{bytes}", types.bytes)
                .replace("{int}", types.int)
                .replace("{tail}", types.tail)
        })
        .collect()
}

/// A table for copying: its name, its columns, and how many of the first ones are its key.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) key: usize,
}

/// Every table, parents first.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "meta",
        columns: &["key", "value"],
        key: 1,
    },
    Table {
        name: "opening",
        columns: &["place", "incident", "hash"],
        key: 1,
    },
    Table {
        name: "opening_head",
        columns: &["one", "place", "hash"],
        key: 1,
    },
    Table {
        name: "event",
        columns: &[
            "incident", "seq", "id", "at", "kind", "version", "envelope", "hash",
        ],
        key: 2,
    },
    Table {
        name: "event_kind",
        columns: &["kind", "version"],
        key: 2,
    },
    Table {
        name: "head",
        columns: &["incident", "seq", "hash", "at"],
        key: 1,
    },
    Table {
        name: "incident",
        columns: &[
            "place",
            "id",
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
        ],
        key: 1,
    },
    Table {
        name: "sighting",
        columns: &["incident", "count", "last_at", "recent"],
        key: 1,
    },
    Table {
        name: "lease",
        columns: &["incident", "holder", "expires", "due_at"],
        key: 1,
    },
    Table {
        name: "body",
        columns: &["digest", "body", "erased_at"],
        key: 1,
    },
];
