//! Files that are no ledgers, ledgers of another time, and damaged ones.

use std::fs;
use std::path::Path;

use ledger::{LedgerError, Trust};
use rusqlite::Connection;

use crate::InFile;
use crate::suite::{Place, note, story};

async fn refusal(path: &Path) -> LedgerError {
    ledger::open(path.to_str().unwrap()).await.err().unwrap()
}

#[tokio::test]
async fn a_file_of_random_bytes_is_refused_and_left_alone() {
    let place = InFile::new();
    let bytes: Vec<u8> = (0..10_000_u32).map(|n| (n * 31 % 253) as u8).collect();
    for length in [1, 15, 16, 10_000] {
        fs::write(place.path(), &bytes[..length]).unwrap();
        let refused = refusal(&place.path()).await;
        assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
        assert!(refused.to_string().contains("not a ledger"), "{refused}");
        assert_eq!(fs::read(place.path()).unwrap(), &bytes[..length]);
    }
}

#[tokio::test]
async fn an_sqlite_file_of_something_else_is_refused_and_left_alone() {
    let place = InFile::new();
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("CREATE TABLE t (n)").unwrap();
    drop(other);
    let before = fs::read(place.path()).unwrap();
    let refused = refusal(&place.path()).await;
    assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("something else"), "{refused}");
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

#[tokio::test]
async fn a_ledger_of_a_newer_format_is_refused_with_both_versions() {
    let place = InFile::new();
    drop(place.open().await);
    place.alter("PRAGMA user_version = 7").await;
    let refused = refusal(&place.path()).await;
    assert!(matches!(refused, LedgerError::Newer { .. }), "{refused}");
    let text = refused.to_string();
    assert!(
        text.contains("format 7") && text.contains("up to 1"),
        "{text}"
    );
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let place = InFile::new();
    let path = place.directory().join("not/there/ledger.db");
    let refused = refusal(&path).await;
    assert!(matches!(refused, LedgerError::Open { .. }), "{refused}");
    assert!(refused.to_string().contains("not/there:"), "{refused}");
}

#[tokio::test]
async fn an_empty_file_becomes_a_ledger() {
    let place = InFile::new();
    fs::write(place.path(), "").unwrap();
    let ledger = place.open().await;
    story(&*ledger, "api").await;
    assert!(ledger.verify().await.unwrap().intact);
}

#[tokio::test]
async fn a_damaged_page_is_found_or_leaves_every_story_as_it_was() {
    let place = InFile::new();
    let ledger = place.open().await;
    let mut stories = Vec::new();
    for n in 0..40 {
        let id = story(&*ledger, &format!("w{n}")).await;
        stories.push((id, ledger.events(id, 0).await.unwrap()));
    }
    drop(ledger);
    let whole = fs::read(place.path()).unwrap();
    assert!(whole.len() > 20 * 4096);
    let mut found = 0;
    for page in 1..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(place.path(), damaged).unwrap();
        let checked = match place.open_with(Trust::AsItIs).await {
            Err(e) => Err(e),
            Ok(ledger) => ledger.verify().await.map(|report| (ledger, report)),
        };
        match checked {
            Err(e) => {
                assert!(matches!(e, LedgerError::Damaged { .. }), "page {page}: {e}");
                found += 1;
            }
            Ok((_, report)) if !report.intact => found += 1,
            // It was a page of what no chain covers: an index, or who drives what.
            Ok((ledger, _)) => {
                for (id, events) in &stories {
                    assert_eq!(&ledger.events(*id, 0).await.unwrap(), events);
                }
            }
        }
    }
    assert!(found > 10, "{found}");
    fs::write(place.path(), &whole[..whole.len() / 2]).unwrap();
    let cut = match place.open_with(Trust::AsItIs).await {
        Err(e) => Err(e),
        Ok(ledger) => ledger.verify().await,
    };
    assert!(cut.is_err() || !cut.unwrap().intact);
}

#[tokio::test]
async fn an_erased_body_is_no_longer_in_the_files() {
    let place = InFile::new();
    let ledger = place.open().await;
    let secret = "a name and an address ".repeat(500);
    let digest = ledger.keep_body(secret.as_bytes()).await.unwrap();
    let id = story(&*ledger, "api").await;
    ledger
        .erase_body(digest, crate::suite::at(0))
        .await
        .unwrap();
    // The log is emptied before the next request is looked at.
    ledger.append(id, 5, vec![note("after")]).await.unwrap();
    drop(ledger);
    for entry in fs::read_dir(place.directory()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let found = bytes
            .windows(18)
            .any(|window| window == &b"a name and an addr"[..]);
        assert!(!found);
    }
}
