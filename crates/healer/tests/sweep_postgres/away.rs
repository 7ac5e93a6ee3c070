//! A ledger that goes away while incidents are being driven, and comes back.

use std::sync::Arc;
use std::time::Duration;

use cluster::memory::Pace;
use cluster::{Cluster as _, MemoryCluster, scenes};
use healer::{Worker, WorkerOptions};
use ledger::{Filter, Ledger};
use model::status::Status;
use model::{Actor, Incident, IncidentId, Severity, Signal, Source, Verdict};
use testbed::{Postgres, PostgresVersion};
use tokio_util::sync::CancellationToken;

use crate::wiring;

async fn incident(ledger: &dyn Ledger, id: IncidentId) -> Option<Incident> {
    let events = ledger.events(id, 0).await.ok()?;
    Incident::fold(&events).ok()
}

async fn until(ledger: &dyn Ledger, id: IncidentId, status: Status) -> Incident {
    for _ in 0..6_000 {
        if let Some(incident) = incident(ledger, id).await
            && incident.summary.status == status
        {
            return incident;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {status}: {:#?}", incident(ledger, id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_goes_away_in_the_middle_delays_and_loses_nothing() {
    if std::env::var_os("KINTSUGI_QUICK").is_some() {
        println!("left out: KINTSUGI_QUICK is set");
        return;
    }
    let mut server = Postgres::start(PostgresVersion::default(), &[]).unwrap();
    let ledger = ledger::open(&server.url()).await.unwrap();
    let setup = scenes::shop(Pace::quick());
    let cluster = Arc::new(MemoryCluster::open(None, setup, wiring::clock()).unwrap());
    let healer = wiring::healer(Arc::clone(&ledger), &cluster, Arc::new(healer::Quiet));
    scenes::bad_tag(&cluster).unwrap();
    let signal = Signal {
        source: Source::Cluster,
        name: "KubePodImagePullBackOff".to_owned(),
        object: Some(scenes::web()),
        severity: Severity::Warning,
        title: "a pod of web cannot start".to_owned(),
        labels: [].into(),
    };
    let actor = Actor::source("test", "cluster");
    healer
        .report(signal, actor, cluster.id().clone())
        .await
        .unwrap();
    let id = ledger.incidents(&Filter::default()).await.unwrap()[0]
        .summary
        .id;
    let stop = CancellationToken::new();
    let worker = Worker::new(
        healer.clone(),
        WorkerOptions {
            poll: Duration::from_millis(10),
            ..WorkerOptions::default()
        },
    );
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    until(ledger.as_ref(), id, Status::WaitingApproval).await;

    server.kill().unwrap();
    let refused = healer
        .approve(id, None, Actor::local_person("ada"), None)
        .await;
    assert!(
        refused.is_err(),
        "an approval was taken by a ledger that is not there"
    );
    server.restart().unwrap();
    until(ledger.as_ref(), id, Status::WaitingApproval).await;
    healer
        .approve(id, None, Actor::local_person("ada"), None)
        .await
        .unwrap();

    // And once more while it mends.
    server.kill().unwrap();
    server.restart().unwrap();
    let closed = until(ledger.as_ref(), id, Status::Closed).await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!(closed.summary.verdict, Some(Verdict::Healed));
    let written: Vec<_> = cluster.all_effect_keys().unwrap().into_values().collect();
    assert_eq!(written, [1]);
    assert!(ledger.verify().await.unwrap().intact);
}
