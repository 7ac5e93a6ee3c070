//! What a real Prometheus has kept of the memory of containers, in what a scan says of them, live
//! and from a record. Left out when `KINTSUGI_QUICK` is set.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "this is a test"
)]

extern crate kintsugi_reason as reason;

use std::fmt::Write as _;
use std::sync::Arc;

use cluster::record::About;
use cluster::{Cluster, Measured, PrometheusAddress, Reading, Recorded, Scope, dump, record};
use facts::{Object, Snapshot};
use model::{ClusterId, Finding, Timestamp};
use reason::scan::{ScanLimits, read_logs, scan};
use serde_json::json;
use skills::SkillSet;
use testbed::Prometheus;

const HOUR: i64 = 3600;
const MI: f64 = 1_048_576.0;

#[expect(
    clippy::disallowed_methods,
    reason = "what a server keeps is asked for up to now"
)]
fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

fn stamp(seconds: i64) -> String {
    Timestamp::from_micros(seconds * 1_000_000).to_string()
}

fn left_out(why: &str) {
    println!("left out: {why}");
}

/// A pod on its own whose container was OOM-killed after two hours, and has lived for one since.
fn pod(name: &str, now: i64) -> Object {
    let life = |from: i64, to: i64| json!({"startedAt": stamp(from), "finishedAt": stamp(to)});
    let mut end = life(now - 3 * HOUR, now - HOUR - 20);
    end["reason"] = json!("OOMKilled");
    end["exitCode"] = json!(137);
    Object::new(json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"namespace": "shop", "name": name, "uid": name,
                     "creationTimestamp": stamp(now - 5 * HOUR)},
        "spec": {"nodeName": "n", "containers": [{"name": "api", "image": "api:1",
            "resources": {"limits": {"memory": "512Mi"}, "requests": {"memory": "512Mi"}}}]},
        "status": {"phase": "Running", "startTime": stamp(now - 5 * HOUR),
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "api", "image": "api:1", "ready": true,
                "restartCount": 4, "state": {"running": {"startedAt": stamp(now - HOUR)}},
                "lastState": {"terminated": end}}]}}))
}

/// Two lives of a container as a kubelet's own series, a point a minute.
fn series(text: &mut String, pod: &str, now: i64, bytes: impl Fn(f64) -> f64) {
    for (life, from, to) in [(1, now - 3 * HOUR, now - HOUR - 20), (2, now - HOUR, now)] {
        let mut at = from + 30;
        while at < to {
            let part = (at - from) as f64 / (2 * HOUR) as f64;
            writeln!(
                text,
                "container_memory_working_set_bytes{{namespace=\"shop\",pod=\"{pod}\",\
                 container=\"api\",id=\"/kubepods/{life}\"}} {} {at}",
                (bytes(part) * MI).round()
            )
            .unwrap();
            at += 60;
        }
    }
}

fn history(now: i64) -> String {
    let mut text = String::from("# TYPE container_memory_working_set_bytes gauge\n");
    // A series must come in one piece, and these do: one after the other.
    series(&mut text, "leaks", now, |part| 60.0 + 440.0 * part);
    series(&mut text, "jumps", now, |_| 90.0);
    series(&mut text, "short", now, |part| {
        495.0 + 4.0 * (part * 40.0).sin()
    });
    text.push_str("# EOF\n");
    text
}

async fn scanned(snapshot: Snapshot, source: &Arc<dyn Cluster>) -> (Vec<Finding>, Vec<String>) {
    let skills = SkillSet::builtin().unwrap();
    let scanned = scan(&skills, snapshot, source, ScanLimits::default())
        .await
        .unwrap();
    let spots = scanned
        .blind_spots
        .into_iter()
        .map(|spot| format!("{}: {}", spot.what.en, spot.why.en));
    (scanned.findings, spots.collect())
}

fn words<'f>(findings: &'f [Finding], pod: &str) -> &'f str {
    let found = findings.iter().find(|finding| finding.object.name == pod);
    &found
        .unwrap_or_else(|| panic!("nothing about {pod}"))
        .root_cause
        .en
}

async fn measured(cluster: Recorded, url: &str) -> Arc<dyn Cluster> {
    let address = PrometheusAddress {
        url: url.to_owned(),
        ..PrometheusAddress::default()
    };
    let prometheus = cluster::Prometheus::at(&address).await.unwrap();
    Arc::new(Measured::by(Arc::new(cluster), prometheus))
}

#[tokio::test]
async fn a_leak_a_spike_and_a_limit_too_low_are_told_apart_live_and_from_the_record() {
    if std::env::var_os("KINTSUGI_QUICK").is_some() {
        return left_out("KINTSUGI_QUICK is set");
    }
    let now = now();
    let prometheus = match Prometheus::with(&history(now)) {
        Ok(prometheus) => prometheus,
        Err(why) if std::env::var_os("CI").is_some() => panic!("{why}"),
        Err(why) => return left_out(&why.to_string()),
    };
    let pods = ["leaks", "jumps", "short", "unknown"].map(|name| pod(name, now));
    let snapshot = Snapshot::new(pods.into(), [("Pod".to_owned(), None)].into())
        .taken_at(Timestamp::from_micros(now * 1_000_000));
    let id = ClusterId::from("shop".to_owned());
    // A metrics server knows what one of them uses now.
    let mut served = snapshot.clone();
    served.add(Object::new(json!({
        "kind": "PodMetrics", "apiVersion": "metrics.k8s.io/v1beta1", "timestamp": stamp(now - 15),
        "metadata": {"namespace": "shop", "name": "unknown"},
        "containers": [{"name": "api", "usage": {"memory": "466944Ki"}}]})));
    let recorded = Recorded::new(id.clone(), Arc::new(served));
    let source = measured(recorded, &prometheus.url()).await;

    let (findings, spots) = scanned(snapshot.clone(), &source).await;
    assert!(
        !spots.iter().any(|spot| spot.contains("prometheus")),
        "{spots:?}"
    );
    let leak = words(&findings, "leaks");
    assert!(
        leak.contains("grows steadily, by about 2") && leak.contains("it is at 2"),
        "{leak}"
    );
    let spike = words(&findings, "jumps");
    assert!(spike.contains("stays near 90Mi and then jumps"), "{spike}");
    let low = words(&findings, "short");
    assert!(
        low.contains("the limit is too low for what it does"),
        "{low}"
    );
    // Of what nobody measured it is said what can be said without.
    let unknown = words(&findings, "unknown");
    assert!(unknown.contains("points to a leak or a cache"), "{unknown}");
    assert!(unknown.contains("it is at 456Mi now"), "{unknown}");

    // What was asked and answered is in the record, and says the same.
    let mut reading = Reading {
        snapshot,
        ..Reading::default()
    };
    read_logs(&mut reading.snapshot, &source, ScanLimits::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("record");
    let about = About {
        cluster: &id,
        server_version: None,
        scope: &Scope::default(),
    };
    let manifest = record::write(&reading, about, &to).unwrap();
    assert_eq!(manifest.courses.len(), 4);
    let dump = dump::read(&to, &dump::Limits::default()).unwrap();
    assert_eq!(dump.snapshot.courses().count(), 4);
    assert!(dump.snapshot.courses().eq(reading.snapshot.courses()));
    let strict = record::read(&to).unwrap();
    assert!(strict.snapshot.courses().eq(reading.snapshot.courses()));
    let nothing: Arc<dyn Cluster> = Arc::new(Recorded::new(id, Arc::default()));
    let (again, _) = scanned(dump.snapshot, &nothing).await;
    for pod in ["leaks", "jumps", "short", "unknown"] {
        assert_eq!(words(&again, pod), words(&findings, pod));
    }
}

#[tokio::test]
async fn one_that_does_not_answer_is_a_blind_spot_and_the_scan_goes_on() {
    let now = now();
    let pods = vec![pod("leaks", now)];
    let snapshot = Snapshot::new(pods, [("Pod".to_owned(), None)].into())
        .taken_at(Timestamp::from_micros(now * 1_000_000));
    let id = ClusterId::from("shop".to_owned());
    let recorded = Recorded::new(id, Arc::new(snapshot.clone()));
    // Nobody listens there any more.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let source = measured(recorded, &format!("http://127.0.0.1:{port}")).await;
    let (findings, spots) = scanned(snapshot, &source).await;
    assert!(words(&findings, "leaks").contains("points to a leak or a cache"));
    let spot = spots.iter().find(|spot| spot.starts_with("prometheus: "));
    assert!(
        spot.is_some_and(|spot| spot.contains("does not answer")),
        "{spots:?}"
    );
}
