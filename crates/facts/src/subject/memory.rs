//! What conditions see of the memory of a container: how much it uses, and how that went.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{Container, text};
use crate::course::{self, CourseKey, Judged, Lives};
use crate::quantity;

pub(super) const SCHEMA: Section = &[
    // What its memory did, as somebody has measured it: `leak`, `spike` or `low` (a limit that is
    // too low); empty where nobody did, or the points do not tell.
    ("container.memory_course", Type::Text),
    // What it uses now, at most, and for most of a life: `310Mi`; empty if nobody measured it.
    ("container.memory_now", Type::Text),
    ("container.memory_peak", Type::Text),
    ("container.memory_usual", Type::Text),
    // How much of its limit it uses now, in hundredths; unknown if nobody measured it.
    ("container.memory_used", Type::Int),
    // Of a leak: by how much it grows in an hour, and the seconds until it reaches the limit.
    ("container.memory_hourly", Type::Text),
    ("container.memory_full_in", Type::Int),
];

/// Puts what is known of a container's memory beside what is known of the container.
pub(super) fn put(
    scene: Scene<'_>,
    pod: &Object,
    container: &Container<'_>,
    data: &mut Map<String, Value>,
) {
    let known = lives(scene, container);
    let key = CourseKey::new(pod.namespace(), pod.name(), container.name());
    let judged = match scene.snapshot.course(&key).present() {
        Some(course) => course::judge(course, &known),
        None => Judged::default(),
    };
    let now = reported(scene, pod, container, &known).or(judged.now);
    let used = now
        .zip(known.limit)
        .and_then(|(now, limit)| u128::from(now).checked_mul(100)?.checked_div(limit.into()));
    let amount = |bytes: Option<u64>| bytes.map_or_else(String::new, shown);
    let shape = judged.shape.map_or("", course::Shape::as_str);
    for (name, value) in [
        ("memory_course", json!(shape)),
        ("memory_now", json!(amount(now))),
        ("memory_peak", json!(amount(judged.peak))),
        ("memory_usual", json!(amount(judged.usual))),
        (
            "memory_used",
            used.and_then(|used| u64::try_from(used).ok()).into(),
        ),
        ("memory_hourly", json!(amount(judged.hourly))),
        ("memory_full_in", judged.full_in.into()),
    ] {
        data.insert(name.to_owned(), value);
    }
}

/// What the status of a container says of its lives.
pub(crate) fn lives(scene: Scene<'_>, container: &Container<'_>) -> Lives {
    let at = |stamp: &str| seconds(Timestamp::parse(stamp)?);
    let end = container.last_end().unwrap_or(&Json::Null);
    let limit = container.spec.pointer("/resources/limits/memory");
    Lives {
        limit: limit
            .and_then(quantity::of)
            .and_then(|amount| u64::try_from(amount / 1000).ok()),
        restarts: container.restarts(),
        running_since: at(text(container.status, "/state/running/startedAt")),
        began: at(text(end, "/startedAt")),
        ended: at(text(end, "/finishedAt")),
        now: scene.now.and_then(seconds),
    }
}

/// What `metrics.k8s.io` reports of a container, if that is of its present life.
fn reported(
    scene: Scene<'_>,
    pod: &Object,
    container: &Container<'_>,
    known: &Lives,
) -> Option<u64> {
    let found = scene
        .snapshot
        .get("PodMetrics", pod.namespace(), pod.name());
    let metrics = found.present()?;
    let measured = Timestamp::parse(metrics.text("/timestamp")).and_then(seconds);
    let since = known.running_since?;
    if measured.is_some_and(|measured| measured < since) {
        return None;
    }
    let own = |one: &&Json| one.get("name").and_then(Json::as_str) == Some(container.name());
    let usage = metrics.list("/containers").iter().find(own)?;
    let amount = quantity::of(usage.pointer("/usage/memory")?)?;
    u64::try_from(amount / 1000).ok()
}

fn seconds(at: Timestamp) -> Option<i64> {
    // What never was bears the beginning of time.
    Some(at.micros() / 1_000_000).filter(|seconds| *seconds > 0)
}

/// Bytes as people write them; of more than ten megabytes the rest below one is not worth a word.
fn shown(bytes: u64) -> String {
    const MI: u64 = 1 << 20;
    const GI: u64 = 1 << 30;
    let whole = if (10 * MI..GI).contains(&bytes) {
        bytes / MI * MI
    } else {
        bytes
    };
    quantity::bytes(i128::from(whole) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{Course, CourseSeen, Point};
    use crate::{Resource, Snapshot};

    fn pod() -> Object {
        Object::new(json!({
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {"namespace": "shop", "name": "api-1", "uid": "u1"},
            "spec": {"containers": [{"name": "api",
                "resources": {"limits": {"memory": "512Mi"}}}]},
            "status": {"phase": "Running", "containerStatuses": [{
                "name": "api", "restartCount": 2, "ready": true,
                "state": {"running": {"startedAt": "2026-11-21T10:00:00Z"}},
                "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137,
                    "startedAt": "2026-11-21T08:00:00Z", "finishedAt": "2026-11-21T09:59:50Z"}}}]},
        }))
    }

    fn metrics(stamp: &str) -> Object {
        Object::new(json!({
            "kind": "PodMetrics", "apiVersion": "metrics.k8s.io/v1beta1", "timestamp": stamp,
            "metadata": {"namespace": "shop", "name": "api-1"},
            "containers": [{"name": "api", "usage": {"memory": "466944Ki", "cpu": "3m"}}]}))
    }

    fn seen(snapshot: &Snapshot) -> Value {
        let found = crate::subject(
            snapshot,
            Resource::Container,
            &pod().reference(),
            Some("api"),
        );
        found.unwrap().data["container"].clone()
    }

    fn snapshot(more: Vec<Object>) -> Snapshot {
        let objects = std::iter::once(pod()).chain(more).collect();
        let at = Timestamp::parse("2026-11-21T10:31:00Z").unwrap();
        Snapshot::new(objects, [].into()).taken_at(at)
    }

    #[test]
    fn without_a_measurement_nothing_is_said() {
        let data = seen(&snapshot(Vec::new()));
        assert_eq!(data["memory_course"], "");
        assert_eq!(data["memory_now"], "");
        assert_eq!(data["memory_used"], Value::Null);
    }

    #[test]
    fn what_the_metrics_server_reports_counts_if_it_is_of_the_present_life() {
        let data = seen(&snapshot(vec![metrics("2026-11-21T10:30:30Z")]));
        assert_eq!(data["memory_now"], "456Mi");
        assert_eq!(data["memory_used"], 89);
        let data = seen(&snapshot(vec![metrics("2026-11-21T09:58:30Z")]));
        assert_eq!(data["memory_now"], "");
    }

    #[test]
    fn a_course_is_told_with_its_amounts() {
        let mut snapshot = snapshot(Vec::new());
        let grows = |from: &str, minutes: i64| -> Vec<Point> {
            let from = seconds(Timestamp::parse(from).unwrap()).unwrap();
            (0..minutes)
                .map(|minute| Point {
                    at: from + minute * 60,
                    bytes: (100 + 400 * u64::try_from(minute).unwrap() / 120) << 20,
                })
                .collect()
        };
        let course = Course::new(vec![
            grows("2026-11-21T08:00:10Z", 120),
            grows("2026-11-21T10:00:10Z", 30),
        ]);
        let key = CourseKey::new("shop", "api-1", "api");
        snapshot.put_course(key, CourseSeen::Points(course));
        let data = seen(&snapshot);
        assert_eq!(data["memory_course"], "leak");
        assert_eq!(data["memory_now"], "196Mi");
        assert_eq!(data["memory_peak"], "496Mi");
        let hourly = data["memory_hourly"].as_str().unwrap();
        assert!(["199Mi", "200Mi", "201Mi"].contains(&hourly), "{hourly}");
        let left = data["memory_full_in"].as_i64().unwrap() / 60;
        assert!((90..100).contains(&left), "{left}");
    }
}
