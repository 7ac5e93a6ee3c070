//! Transcripts of a real Kubernetes say what its faults were, and records of ours what they know.

use cluster::dump::{self, Limits};
use cluster::{BlindSpot, Reading, Scope, record};
use facts::{LogKey, LogSeen, Object, Snapshot, container};
use model::{ClusterId, Text, Timestamp};
use serde_json::json;

use super::stream;

fn only<'a>(dump: &'a cluster::dump::Dump, kind: &str, start: &str) -> &'a Object {
    let mut found = dump
        .snapshot
        .of_kind(kind, None)
        .filter(|object| object.name().starts_with(start));
    found.next().unwrap()
}

#[test]
fn a_missing_variable_shows_in_its_log_and_its_config_map_in_its_keys() {
    let dump = stream(include_str!("real/env-missing.txt"));
    let pod = only(&dump, "Pod", "api-");
    let api = container::containers(pod).next().unwrap();
    assert_eq!((api.name(), api.exit_code()), ("api", 1));
    assert!(api.crashed() && api.restarts() >= 6);
    let from = pod.text("/spec/containers/0/envFrom/0/configMapRef/name");
    let map = dump
        .snapshot
        .get("ConfigMap", "env-missing", from)
        .present()
        .unwrap();
    assert!(map.at("/data/MAIL_HOST").is_some());
    let (key, _) = dump.snapshot.logs().next().unwrap();
    assert!(key.previous && key.container == "api");
    assert!(
        dump.snapshot
            .log(key)
            .present()
            .unwrap()
            .contains("KeyError: 'SMTP_HOST'")
    );
    assert!(
        dump.snapshot
            .get("ConfigMap", "env-missing", "absent")
            .is_absent()
    );
    assert!(
        dump.snapshot
            .get("PersistentVolumeClaim", "env-missing", "absent")
            .is_absent()
    );
    let owner = dump.snapshot.by_uid(pod.controller().unwrap()).unwrap();
    assert_eq!(owner.kind(), "ReplicaSet");
    let owner = dump.snapshot.by_uid(owner.controller().unwrap()).unwrap();
    assert_eq!((owner.kind(), owner.name()), ("Deployment", "api"));
}

#[test]
fn a_chain_of_causes_keeps_its_links() {
    let dump = stream(include_str!("real/chain-of-causes.txt"));
    let db = only(&dump, "Pod", "db-");
    assert!(container::containers(db).any(|container| container.image_pull_failing()));
    let web = only(&dump, "Pod", "web-");
    assert_eq!(web.list("/spec/initContainers").len(), 1);
    let service = dump
        .snapshot
        .get("Service", "chain-of-causes", "db")
        .present()
        .unwrap();
    assert!(service.at("/spec/selector").is_some());
    assert!(
        dump.snapshot
            .of_kind("EndpointSlice", None)
            .any(|slice| slice.list("/endpoints").is_empty())
    );
    assert!(
        dump.snapshot
            .events_about(db.uid())
            .any(|event| event.text("/reason") == "Failed")
    );
}

#[test]
fn a_failed_job_says_so_and_its_pods_belong_to_it() {
    let dump = stream(include_str!("real/job-fails.txt"));
    let job = only(&dump, "Job", "migrate");
    assert!(container::condition(job, "Failed").is_some());
    let pods = dump
        .snapshot
        .controlled_by(job.uid())
        .filter(|object| object.kind() == "Pod");
    assert_eq!(pods.count(), 2);
}

#[test]
fn nodes_and_a_pod_that_fits_none_are_told() {
    let dump = stream(include_str!("real/unschedulable.txt"));
    let pod = only(&dump, "Pod", "cache-");
    let trouble = container::pod_trouble(pod).unwrap();
    assert!(
        trouble.contains("didn't match pod affinity rules"),
        "{trouble}"
    );
    let nodes: Vec<&Object> = dump.snapshot.of_kind("Node", None).collect();
    assert!(nodes.len() > 2);
    assert!(
        nodes
            .iter()
            .all(|node| node.at("/status/allocatable/cpu").is_some())
    );
    assert!(
        nodes
            .iter()
            .any(|node| !node.list("/spec/taints").is_empty())
    );
}

#[test]
fn a_record_of_ours_is_read_with_exactly_what_it_knows() {
    let mut snapshot =
        Snapshot::default().taken_at(Timestamp::parse("2026-03-01T09:00:00Z").unwrap());
    let object = |kind: &str, name: &str| {
        let value = json!({"apiVersion": "v1", "kind": kind,
            "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "5"}});
        Object::new(value)
    };
    snapshot.extend([
        object("Pod", "web-1"),
        object("Pod", "a"),
        object("ConfigMap", "c"),
    ]);
    snapshot.mark_complete("Pod", Some("shop"));
    snapshot.put_log(
        LogKey::current("shop", "web-1", "web"),
        LogSeen::Text("boom\n".into()),
    );
    snapshot.put_log(
        LogKey::previous("shop", "web-1", "web"),
        LogSeen::Absent(model::Text::same("not found")),
    );
    let reading = Reading {
        snapshot,
        blind_spots: vec![
            BlindSpot::new(
                Text::new("events in shop", "events（命名空间 shop）"),
                &Text::same("events is forbidden"),
            ),
            BlindSpot::new(
                Text::same("nodes"),
                &Text::new("no answer within 30s", "30s 内没有回答"),
            ),
        ],
        only_in: None,
        requests: 3,
        bytes: 100,
    };
    let id = ClusterId::live("c1");
    let scope = Scope::default();
    let about = || record::About {
        cluster: &id,
        server_version: None,
        scope: &scope,
    };
    let folder = tempfile::tempdir().unwrap();
    for name in ["record", "record.tar.gz"] {
        let path = folder.path().join(name);
        record::write(&reading, about(), &path).unwrap();
        let dump = dump::read(&path, &Limits::default()).unwrap();
        assert_eq!(dump.snapshot.objects().len(), 3, "{name}");
        assert_eq!(dump.snapshot.complete(), reading.snapshot.complete());
        assert_eq!(dump.snapshot.taken(), reading.snapshot.taken());
        assert_eq!(dump.blind_spots, reading.blind_spots);
        assert!(dump.snapshot.logs().eq(reading.snapshot.logs()));
        assert!(dump.snapshot.get("ConfigMap", "shop", "x").is_unknown());
        assert!(dump.notes.is_empty(), "{:?}", dump.notes);
    }
    // A record that lost a file does not know any more what was in it.
    let path = folder.path().join("record");
    let lost = std::fs::read_to_string(path.join(record::FILE)).unwrap();
    let manifest = record::Manifest::parse(lost.as_bytes()).unwrap();
    let pods = manifest
        .files
        .iter()
        .find(|file| file.kind == "Pod")
        .unwrap();
    std::fs::remove_file(path.join(&pods.path)).unwrap();
    let dump = dump::read(&path, &Limits::default()).unwrap();
    assert!(dump.snapshot.get("Pod", "shop", "x").is_unknown());
    assert!(
        super::said(&dump, "the record should have 2 objects here"),
        "{:?}",
        dump.notes
    );
}
