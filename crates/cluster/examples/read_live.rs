//! Reads a live cluster once and says what that took; with a second argument, records it there.
//!
//! `cargo run --release -p kintsugi-cluster --example read_live KUBECONFIG [RECORD]`
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "this is a measurement"
)]

extern crate kintsugi_cluster as cluster;

use std::path::PathBuf;
use std::time::Instant;

use cluster::record::{self, About};
use cluster::{Cluster, Connection, LiveCluster, Scope};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let connection = Connection {
        kubeconfig: arguments.next(),
        ..Connection::default()
    };
    let start = Instant::now();
    let live = LiveCluster::connect(&connection).await.unwrap();
    println!(
        "{} {:?} after {:?}",
        live.id(),
        live.server_version(),
        start.elapsed()
    );
    let scope = Scope::default();
    let start = Instant::now();
    let reading = live.read(&scope).await.unwrap();
    println!(
        "{} requests, {} kB in {:?}",
        reading.requests,
        reading.bytes >> 10,
        start.elapsed()
    );
    for (kind, count) in reading.scanned() {
        println!("  {kind}: {count}");
    }
    for spot in &reading.blind_spots {
        println!("  blind: {}: {}", spot.what.en, spot.why.en);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    println!("{peak}");
    if let Some(to) = arguments.next() {
        let about = About {
            cluster: live.id(),
            server_version: live.server_version(),
            scope: &scope,
        };
        record::write(&reading, about, &to).unwrap();
        let record = record::read(&to).unwrap();
        assert_eq!(record.snapshot.complete(), reading.snapshot.complete());
        let same = reading.snapshot.objects().iter().filter(|object| {
            let found = record
                .snapshot
                .get(object.kind(), object.namespace(), object.name());
            found.present() == Some(object)
        });
        println!(
            "{} of {} objects are the same in the record",
            same.count(),
            reading.snapshot.objects().len()
        );
    }
}
