//! Tampering at random: whatever is done to the stored events, the first link it breaks is named.

use std::fs;
use std::sync::LazyLock;

use ledger::Trust;
use model::IncidentId;
use proptest::prelude::*;
use rusqlite::Connection;
use tokio::runtime::Runtime;

use crate::InFile;
use crate::suite::{Place, note, story};

const INCIDENTS: usize = 4;
const EVENTS: u64 = 9;

/// A ledger file that all cases begin with, and its incidents.
static WHOLE: LazyLock<(Vec<u8>, Vec<IncidentId>)> = LazyLock::new(|| {
    let place = InFile::new();
    let ids = runtime().block_on(async {
        let ledger = place.open().await;
        let mut ids = Vec::new();
        for n in 0..INCIDENTS {
            let id = story(&*ledger, &format!("w{n}")).await;
            let more = (5..EVENTS).map(|n| note(&n.to_string())).collect();
            ledger.append(id, 5, more).await.unwrap();
            ids.push(id);
        }
        let copy = place.directory().join("copy.db");
        ledger.backup(&copy).await.unwrap();
        fs::rename(copy, place.directory().join("whole.db")).unwrap();
        ids
    });
    let bytes = fs::read(place.directory().join("whole.db")).unwrap();
    (bytes, ids)
});

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[derive(Debug, Clone)]
enum Deed {
    /// One bit of an event's bytes.
    Flip { at: usize, bit: u8 },
    /// One bit of its hash.
    FlipHash { at: usize, bit: u8 },
    /// It is gone.
    Remove,
    /// It and another one change places.
    Swap { with: u64 },
    /// It is there once more, behind the last.
    Repeat,
    /// Its bytes are those of the same place in another incident.
    Transplant,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (any::<usize>(), 0..8_u8).prop_map(|(at, bit)| Deed::Flip { at, bit }),
        (0..32_usize, 0..8_u8).prop_map(|(at, bit)| Deed::FlipHash { at, bit }),
        Just(Deed::Remove),
        (1..=EVENTS).prop_map(|with| Deed::Swap { with }),
        Just(Deed::Repeat),
        Just(Deed::Transplant),
    ]
}

fn flip(connection: &Connection, column: &str, key: (&[u8], i64), at: usize, bit: u8) {
    let read = format!("SELECT {column} FROM event WHERE incident = ?1 AND seq = ?2");
    let mut bytes: Vec<u8> = connection.query_row(&read, key, |row| row.get(0)).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 1 << bit;
    let write = format!("UPDATE event SET {column} = ?3 WHERE incident = ?1 AND seq = ?2");
    connection.execute(&write, (key.0, key.1, bytes)).unwrap();
}

/// Does it, and gives the first link that does not hold then, if any.
fn tamper(connection: &Connection, which: usize, seq: u64, deed: &Deed) -> Option<(usize, u64)> {
    let (_, ids) = &*WHOLE;
    let id = ids[which].uuid();
    let key = (&id.as_bytes()[..], i64::try_from(seq).unwrap());
    match deed {
        Deed::Flip { at, bit } => flip(connection, "envelope", key, *at, *bit),
        Deed::FlipHash { at, bit } => flip(connection, "hash", key, *at, *bit),
        Deed::Remove => {
            let sql = "DELETE FROM event WHERE incident = ?1 AND seq = ?2";
            connection.execute(sql, key).unwrap();
        }
        Deed::Swap { with } => {
            if *with == seq {
                return None;
            }
            let with = i64::try_from(*with).unwrap();
            for (from, to) in [(key.1, 99), (with, key.1), (99, with)] {
                let sql = "UPDATE event SET seq = ?3 WHERE incident = ?1 AND seq = ?2";
                connection.execute(sql, (key.0, from, to)).unwrap();
            }
            return Some((which, seq.min(u64::try_from(with).unwrap())));
        }
        Deed::Repeat => {
            let sql = "INSERT INTO event SELECT incident, ?3, randomblob(16), at, kind, version, \
                       envelope, hash FROM event WHERE incident = ?1 AND seq = ?2";
            let next = i64::try_from(EVENTS + 1).unwrap();
            connection.execute(sql, (key.0, key.1, next)).unwrap();
            return Some((which, EVENTS + 1));
        }
        Deed::Transplant => {
            let other = ids[(which + 1) % INCIDENTS].uuid();
            let sql = "UPDATE event SET envelope = (SELECT envelope FROM event \
                       WHERE incident = ?3 AND seq = ?2) WHERE incident = ?1 AND seq = ?2";
            let params = (key.0, key.1, &other.as_bytes()[..]);
            connection.execute(sql, params).unwrap();
        }
    }
    Some((which, seq))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_done_to_an_event_the_first_broken_link_is_named(
        which in 0..INCIDENTS,
        seq in 1..=EVENTS,
        deed in deed(),
    ) {
        let (bytes, ids) = &*WHOLE;
        let place = InFile::new();
        fs::write(place.path(), bytes).unwrap();
        let connection = Connection::open(place.path()).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let expected = tamper(&connection, which, seq, &deed);
        drop(connection);
        let report = runtime().block_on(async {
            let ledger = place.open_with(Trust::AsItIs).await.unwrap();
            ledger.verify().await.unwrap()
        });
        let found = report.first_broken.map(|link| (link.incident_id, link.seq));
        prop_assert_eq!(found, expected.map(|(which, seq)| (Some(ids[which]), seq)));
        prop_assert_eq!(report.intact, expected.is_none());
    }
}
