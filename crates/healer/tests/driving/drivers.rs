//! Who drives: one at a time, and whoever comes next goes on.

use std::sync::Arc;
use std::time::Duration;

use healer::{Healer, Rested, Worker, WorkerOptions, holder};
use ledger::Holder;
use model::status::Status;
use model::{ClusterId, Millis};
use tokio_util::sync::CancellationToken;

use crate::shop::Shop;

#[tokio::test]
async fn two_drivers_never_write_twice() {
    for _ in 0..5 {
        let shop = Shop::asking().await;
        shop.approve().await;
        let stop = CancellationToken::new();
        let (one, two) = (holder("one"), holder("two"));
        let (first, second) = tokio::join!(
            shop.healer.drive_to_rest(shop.id, &one, &stop),
            shop.healer.drive_to_rest(shop.id, &two, &stop),
        );
        assert_eq!(first.unwrap(), Rested::Closed);
        assert_eq!(second.unwrap(), Rested::Closed);
        shop.assert_healed_once().await;
        assert_eq!(shop.count("intended").await, 1);
    }
}

#[tokio::test]
async fn what_a_dead_process_held_is_taken_over_at_once() {
    let shop = Shop::asking().await;
    shop.approve().await;
    let now = shop.healer.clock.now();
    // This host, a process that cannot be there.
    let text = holder("worker").0;
    let parts: Vec<_> = text.split('/').collect();
    let dead = Holder(format!("{}/4194304/1/worker", parts.first().unwrap()));
    shop.healer
        .ledger
        .lease(shop.id, &dead, now, Millis::secs(3600))
        .await
        .unwrap();
    assert_eq!(shop.rest().await, Rested::Closed);
    shop.assert_healed_once().await;
}

#[tokio::test]
async fn what_another_host_holds_is_left_to_it() {
    let shop = Shop::asking().await;
    shop.approve().await;
    let now = shop.healer.clock.now();
    let other = Holder("another-host/1/1/worker".to_owned());
    shop.healer
        .ledger
        .lease(shop.id, &other, now, Millis::secs(3600))
        .await
        .unwrap();
    let stop = CancellationToken::new();
    let driven = shop
        .healer
        .drive(shop.id, &holder("test"), false, &stop)
        .await
        .unwrap();
    assert!(matches!(driven, Rested::DrivenBy { holder, .. } if holder == other));
    assert_eq!(shop.count("intended").await, 0);
}

fn worker(healer: &Healer) -> Worker {
    let options = WorkerOptions {
        poll: Duration::from_millis(5),
        ..WorkerOptions::default()
    };
    Worker::new(healer.clone(), options)
}

async fn until(shop: &Shop, status: Status) {
    for _ in 0..10_000 {
        if shop.incident().await.summary.status == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("never {status}: {:#?}", shop.incident().await);
}

#[tokio::test]
async fn a_worker_drives_what_is_due_and_ends_when_asked() {
    let shop = Shop::broken().await;
    let stop = CancellationToken::new();
    let worker = worker(&shop.healer);
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    until(&shop, Status::WaitingApproval).await;
    shop.approve().await;
    until(&shop, Status::Closed).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), running)
        .await
        .unwrap()
        .unwrap();
    shop.assert_healed_once().await;
    assert!(
        shop.healer.ledger.holders().await.unwrap().is_empty(),
        "a lease was left behind"
    );
}

#[tokio::test]
async fn a_worker_stopped_anywhere_leaves_work_that_another_one_finishes() {
    for stops in 0..12_u64 {
        let shop = Shop::asking().await;
        shop.approve().await;
        let stop = CancellationToken::new();
        let first = worker(&shop.healer);
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { first.run(stop).await }
        });
        // Stopped after so many events of what follows the approval, wherever that is.
        for _ in 0..2_000 {
            if shop.incident().await.seq >= 9 + stops {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
        running.await.unwrap();
        shop.rest().await;
        shop.assert_healed_once().await;
    }
}

#[tokio::test]
async fn an_incident_that_cannot_be_read_is_not_tried_in_a_tight_loop() {
    let shop = Shop::asking().await;
    shop.damage("UPDATE event SET envelope = x'7b7d' WHERE seq = 2");
    let (us, stop) = (holder("test"), CancellationToken::new());
    let driven = shop.healer.drive(shop.id, &us, false, &stop).await;
    driven.unwrap_err();
    let (cluster, now) = (shop.healer.cluster.id(), shop.healer.clock.now());
    let ledger = &shop.healer.ledger;
    let due = ledger.claim(cluster, &us, now, Millis::secs(5), 10).await;
    assert_eq!(due.unwrap(), [], "it is due again at once");
}

#[tokio::test]
async fn incidents_of_other_clusters_are_left_alone() {
    let shop = Shop::broken().await;
    let other = ClusterId::live("elsewhere");
    let signal = crate::shop::signal();
    let actor = model::Actor::source("test", "cluster");
    let opened = shop.healer.report(signal, actor, other).await.unwrap();
    let ledger::Opened::New(event) = opened else {
        panic!("{opened:?}")
    };
    let stop = CancellationToken::new();
    let driven = shop
        .healer
        .drive(event.incident, &holder("test"), false, &stop)
        .await;
    assert!(driven.unwrap_err().to_string().contains("kube:elsewhere"));
    let claimed = shop
        .healer
        .ledger
        .claim(
            &Arc::clone(&shop.healer.cluster).id().clone(),
            &holder("test"),
            shop.healer.clock.now(),
            Millis::secs(5),
            10,
        )
        .await
        .unwrap();
    assert_eq!(claimed, [shop.id]);
}
