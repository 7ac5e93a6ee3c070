//! Transcripts of a real Kubernetes say what its faults were.

use facts::{Object, container};

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
