//! Bodies of evidence.

use model::Digest;

use super::{Place, at, story};

pub(crate) async fn a_body_is_kept_once_and_read_back(place: &impl Place) {
    let ledger = place.open().await;
    let long = vec![7_u8; 300_000];
    for body in [&b"log\0line\xff"[..], &long, b""] {
        let digest = ledger.keep_body(body).await.unwrap();
        assert_eq!(digest, Digest::of("kintsugi.body.v1", &[body]));
        assert_eq!(ledger.keep_body(body).await.unwrap(), digest);
        assert_eq!(ledger.body(digest).await.unwrap().as_deref(), Some(body));
    }
    let unknown = Digest::of("x", &[]);
    assert_eq!(ledger.body(unknown).await.unwrap(), None);
    assert!(!ledger.erase_body(unknown, at(0)).await.unwrap());
}

pub(crate) async fn an_erased_body_stays_erased_and_breaks_no_chain(place: &impl Place) {
    let ledger = place.open().await;
    story(&*ledger, "api").await;
    let digest = ledger.keep_body(b"personal").await.unwrap();
    let other = ledger.keep_body(b"other").await.unwrap();
    let before = ledger.verify().await.unwrap();
    assert!(ledger.erase_body(digest, at(5)).await.unwrap());
    assert_eq!(ledger.body(digest).await.unwrap(), None);
    assert!(!ledger.erase_body(digest, at(6)).await.unwrap());
    assert_eq!(ledger.keep_body(b"personal").await.unwrap(), digest);
    assert_eq!(ledger.body(digest).await.unwrap(), None);
    assert!(ledger.body(other).await.unwrap().is_some());
    assert_eq!(ledger.verify().await.unwrap(), before);
    assert!(before.intact);
}

pub(crate) async fn a_changed_body_is_not_given_out(place: &impl Place) {
    let ledger = place.open().await;
    let digest = ledger.keep_body(b"what was seen").await.unwrap();
    let other = ledger.keep_body(b"what was not").await.unwrap();
    place
        .alter("UPDATE body SET body = (SELECT b.body FROM body AS b ORDER BY b.digest LIMIT 1)")
        .await;
    let read = [
        ledger.body(digest).await.is_err(),
        ledger.body(other).await.is_err(),
    ];
    assert_eq!(read.iter().filter(|refused| **refused).count(), 1);
    let report = ledger.verify().await.unwrap();
    let broken = report.first_broken.unwrap();
    assert_eq!((broken.incident_id, broken.seq), (None, 0));
}
