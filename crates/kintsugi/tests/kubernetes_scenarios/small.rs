//! How long a scan of a small, sick cluster takes. It is told, not judged: the figure of a release
//! build stands in `docs/benchmarks.md`.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::scenario::Scenario;

use crate::place::Place;

/// How many pods a small cluster has.
const PODS: usize = 60;
/// How long pods may take to go.
const LIMIT: Duration = Duration::from_secs(60);

/// Takes scenarios away until few pods are left, and scans what is there.
pub(crate) fn tell(place: &Place, scenarios: &[Scenario]) {
    if place.is_own() {
        shrink(place, scenarios);
    }
    let mut times: Vec<(Duration, u64)> = Vec::new();
    let mut pods = 0;
    for _ in 0..5 {
        let started = Instant::now();
        let report = place.scan_live();
        times.push((started.elapsed(), report.elapsed_ms));
        pods = report.scanned.get("Pod").copied().unwrap_or_default();
    }
    times.sort();
    let (whole, inside) = times[times.len() / 2];
    println!(
        "note: a live scan of {pods} pods, most of them sick, takes {} ms, {inside} ms of it after \
         the start (the median of {}, with a program that is built for tests)",
        whole.as_millis(),
        times.len()
    );
}

/// An object that is to go, as a manifest names it.
struct Doomed {
    namespace: String,
    is_pod: bool,
    manifest: Value,
}

/// Deletes the pods of one namespace after the other and what makes them, the healthy ones first,
/// until few pods are left.
fn shrink(place: &Place, scenarios: &[Scenario]) {
    let all = workloads(place);
    let pods = all.iter().filter(|object| object.is_pod).count();
    let mut excess = pods.saturating_sub(PODS);
    let mut items: Vec<&Value> = Vec::new();
    for scenario in scenarios.iter().rev() {
        if excess == 0 {
            break;
        }
        let its = all
            .iter()
            .filter(|object| object.namespace == scenario.name());
        for object in its {
            excess = excess.saturating_sub(usize::from(object.is_pod));
            items.push(&object.manifest);
        }
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let path = place.path("doomed.json");
    fs::write(&path, list).unwrap();
    let path = path.to_str().unwrap();
    let words = [
        "delete",
        "-f",
        path,
        "--ignore-not-found",
        "--wait=false",
        "--grace-period=1",
    ];
    place.kubectl.run(&words).unwrap();
    let started = Instant::now();
    while count(place) > PODS && started.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn count(place: &Place) -> usize {
    let names = place.kubectl.run(&["get", "pods", "-A", "-o", "name"]);
    names.unwrap().lines().count()
}

/// What makes pods, and the pods.
fn workloads(place: &Place) -> Vec<Doomed> {
    let kinds = "cronjobs,jobs,deployments,daemonsets,statefulsets,replicasets,pods";
    let template = "go-template={{range .items}}{{.apiVersion}} {{.kind}} {{.metadata.namespace}} \
                    {{.metadata.name}}{{\"\\n\"}}{{end}}";
    let lines = place
        .kubectl
        .run(&["get", kinds, "-A", "-o", template])
        .unwrap();
    let doomed = |line: &str| {
        let [version, kind, namespace, name] = line.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        let metadata = json!({"namespace": namespace, "name": name});
        Some(Doomed {
            namespace: namespace.to_owned(),
            is_pod: kind == "Pod",
            manifest: json!({"apiVersion": version, "kind": kind, "metadata": metadata}),
        })
    };
    lines.lines().filter_map(doomed).collect()
}
