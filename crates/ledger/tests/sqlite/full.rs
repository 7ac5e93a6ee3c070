//! A full disk, which a limit of pages stands for.

use ledger::{AppendError, Bodies, Ledger, LedgerError, SqliteLedger, SqliteOptions};

use crate::InFile;
use crate::suite::appending::scribbled;
use crate::suite::{Place, begin, note};

async fn narrow(place: &InFile) -> SqliteLedger {
    let options = SqliteOptions {
        max_pages: Some(100),
        ..SqliteOptions::default()
    };
    SqliteLedger::open(&place.path(), options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_and_is_got_over_when_there_is_room() {
    let place = InFile::new();
    let ledger = narrow(&place).await;
    let id = begin(&ledger, "api").await.incident;
    let mut acknowledged = std::collections::HashSet::new();
    let mut seq = 1;
    let refused = loop {
        let text = format!("{seq}-{}", "x".repeat(3000));
        match ledger.append(id, seq, vec![note(&text)]).await {
            Ok(appended) => seq = appended.head.seq,
            Err(e) => break e,
        }
        acknowledged.insert(text);
        assert!(seq < 1000, "it never got full");
    };
    assert!(
        matches!(refused, AppendError::Ledger(LedgerError::Full { .. })),
        "{refused}"
    );
    assert!(seq > 10);
    assert_eq!(scribbled(&ledger, &[id]).await, acknowledged);
    assert!(ledger.verify().await.unwrap().intact);
    drop(ledger);
    let roomy = place.open().await;
    assert_eq!(scribbled(&*roomy, &[id]).await, acknowledged);
    roomy.append(id, seq, vec![note("more")]).await.unwrap();
    assert!(roomy.verify().await.unwrap().intact);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_does_not_take_what_waits_beside_it_with_it() {
    let place = InFile::new();
    let ledger = std::sync::Arc::new(narrow(&place).await);
    let id = begin(&*ledger, "api").await.incident;
    let mut large = tokio::task::JoinSet::new();
    for n in 0..8_u8 {
        let ledger = std::sync::Arc::clone(&ledger);
        large.spawn(async move { ledger.keep_body(&vec![n; 1 << 20]).await });
    }
    for seq in 1..20 {
        ledger.append(id, seq, vec![note("small")]).await.unwrap();
    }
    while let Some(kept) = large.join_next().await {
        let refused = kept.unwrap().unwrap_err();
        assert!(matches!(refused, LedgerError::Full { .. }), "{refused}");
    }
    assert_eq!(ledger.events(id, 0).await.unwrap().len(), 20);
    assert!(ledger.verify().await.unwrap().intact);
}
