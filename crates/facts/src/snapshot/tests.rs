//! Claims about snapshots: what is known, what is newest, what the indexes follow.

use super::*;
use serde_json::json;

fn pod(name: &str, uid: &str, version: &str, controller: &str) -> Object {
    Object::new(json!({
        "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "shop", "uid": uid, "resourceVersion": version,
            "labels": {"app": "web"},
            "ownerReferences": [{"uid": controller, "controller": true}],
        },
    }))
}

#[test]
fn what_was_not_read_is_unknown_and_what_was_read_completely_is_absent() {
    let mut complete = Complete::new();
    complete.insert(("Pod".to_owned(), Some("shop".to_owned())));
    complete.insert(("Node".to_owned(), None));
    let snapshot = Snapshot::new(vec![pod("a", "1", "5", "rs")], complete);
    assert!(snapshot.get("Pod", "shop", "a").is_present());
    assert!(snapshot.get("Pod", "shop", "b").is_absent());
    assert!(snapshot.get("Pod", "other", "b").is_unknown());
    assert!(snapshot.get("ConfigMap", "shop", "b").is_unknown());
    assert!(snapshot.get("Node", "", "n1").is_absent());
}

#[test]
fn another_object_of_the_same_name_is_as_good_as_none() {
    let snapshot = Snapshot::new(vec![pod("a", "1", "5", "rs")], Complete::new());
    let same = ObjectRef::new("Pod", "shop", "a");
    assert!(snapshot.find(&same).is_present());
    assert!(snapshot.find(&same.clone().with_uid("1")).is_present());
    assert!(snapshot.find(&same.with_uid("2")).is_absent());
}

#[test]
fn the_newest_resource_version_wins_and_indexes_follow() {
    let mut snapshot = Snapshot::new(vec![pod("a", "1", "9", "old")], Complete::new());
    snapshot.add(pod("a", "1", "10", "new"));
    snapshot.add(pod("a", "1", "8", "older"));
    assert_eq!(snapshot.objects().len(), 1);
    assert_eq!(snapshot.controlled_by("new").count(), 1);
    assert_eq!(snapshot.controlled_by("old").count(), 0);
    assert_eq!(snapshot.controlled_by("older").count(), 0);
    snapshot.add(pod("a", "2", "11", "new"));
    assert!(snapshot.by_uid("1").is_none());
    assert_eq!(snapshot.by_uid("2").unwrap().resource_version(), "11");
    assert_eq!(snapshot.controlled_by("new").count(), 1);
}

#[test]
fn an_object_that_is_taken_out_leaves_no_trace_and_the_others_stay() {
    let mut snapshot = Snapshot::new(
        vec![
            pod("a", "1", "1", "rs"),
            pod("b", "2", "2", "rs"),
            pod("c", "3", "3", "rs"),
        ],
        Complete::new(),
    );
    snapshot.mark_complete("Pod", None);
    let selector = Json::from(json!({"app": "web"}));
    for (gone, left) in [("a", 2), ("c", 1), ("b", 0)] {
        assert_eq!(snapshot.remove("Pod", "shop", gone).unwrap().name(), gone);
        assert!(snapshot.get("Pod", "shop", gone).is_absent());
        assert_eq!(snapshot.remove("Pod", "shop", gone), None);
        assert_eq!(snapshot.objects().len(), left);
        assert_eq!(snapshot.controlled_by("rs").count(), left);
        assert_eq!(
            snapshot.selected("Pod", "shop", &selector).count(),
            left,
            "{gone}"
        );
        for object in snapshot.of_kind("Pod", None) {
            let found = snapshot.get("Pod", "shop", object.name());
            assert_eq!(found.present(), Some(object));
            assert_eq!(snapshot.by_uid(object.uid()), Some(object));
        }
    }
}

#[test]
fn objects_of_a_kind_come_by_namespace_and_name() {
    let snapshot = Snapshot::new(
        vec![pod("b", "1", "1", "rs"), pod("a", "2", "2", "rs")],
        Complete::new(),
    );
    let names: Vec<_> = snapshot
        .of_kind("Pod", Some("shop"))
        .map(Object::name)
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(snapshot.of_kind("Pod", Some("x")).count(), 0);
    assert_eq!(
        snapshot
            .selected("Pod", "shop", &json!({"app": "web"}).into())
            .count(),
        2
    );
}
