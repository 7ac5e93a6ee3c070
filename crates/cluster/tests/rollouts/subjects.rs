//! What skills are told of the shop: the keys of the schema, and what is wrong with a bad tag.

use std::collections::BTreeSet;

use cluster::memory::Pace;
use cluster::scenes::{self, BAD_IMAGE, GOOD_IMAGE, web};
use facts::subjects;
use model::Millis;
use serde_json::{Value, json};

use crate::shop::{Shop, set_web};

#[test]
fn every_subject_has_every_key_of_the_schema_and_no_other() {
    let crashing = Shop::new();
    scenes::good_image_crashes_now(&crashing.cluster, Millis(1)).unwrap();
    let again = set_web(json!({"again": "1"}), "/spec/template/metadata/annotations");
    crashing.cluster.edit(&web(), &again).unwrap();
    let bad = Shop::new();
    scenes::bad_tag(&bad.cluster).unwrap();
    let three = Shop::open(scenes::shop_with_three_revisions(Pace::quick()));
    for shop in [&crashing, &bad, &three, &Shop::new()] {
        for _ in 0..60 {
            for subject in subjects(&shop.snapshot(), &shop.web()) {
                for (path, kind) in facts::subject::schema() {
                    let pointer = format!("/{}", path.replace('.', "/"));
                    let value = subject.data.pointer(&pointer);
                    assert!(
                        value.is_some_and(|value| is_of(*kind, value)),
                        "{path} is {value:?}"
                    );
                }
                let mut found = BTreeSet::new();
                // The object's own namespace stands beside the sections.
                let known = facts::subject::schema().iter().map(|(path, _)| *path);
                let known = known.chain(["namespace"]);
                leaves("", &subject.data, &known.collect(), &mut found);
                assert_eq!(found, BTreeSet::new(), "the schema does not tell of these");
            }
            shop.wait(2);
        }
    }
}

/// Whether a value is of a type; null is what nobody knows.
fn is_of(kind: facts::subject::Type, value: &Value) -> bool {
    use facts::subject::Type;
    match (kind, value) {
        (_, Value::Null) => true,
        (Type::Bool, value) => value.is_boolean(),
        (Type::Int, value) => value.is_i64() || value.is_u64(),
        (Type::Text, value) => value.is_string(),
        (Type::Ref, value) => value.is_object(),
        (Type::Texts, Value::Array(list)) => list.iter().all(Value::is_string),
        (Type::Maps, Value::Array(list)) => list.iter().all(Value::is_object),
        (Type::Changes, Value::Array(list)) => list.iter().all(|change| {
            ["path", "old", "new"]
                .iter()
                .all(|key| change[key].is_string())
        }),
        (Type::Texts | Type::Maps | Type::Changes, _) => false,
    }
}

/// The paths below a value that are not among those known.
fn leaves(path: &str, value: &Value, known: &BTreeSet<&str>, found: &mut BTreeSet<String>) {
    if known.contains(path) {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                leaves(&path, inner, known, found);
            }
        }
        // A section that the subject has nothing for.
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn the_subject_of_a_bad_tag_tells_what_is_wrong_and_what_was_good() {
    let shop = Shop::new();
    scenes::bad_tag(&shop.cluster).unwrap();
    shop.wait(100);
    let all = subjects(&shop.snapshot(), &shop.web());
    assert_eq!(all[0].resource, facts::Resource::Workload);
    let sick: Vec<_> = all
        .iter()
        .filter(|subject| subject.data["facts"]["image_pull"]["kind"] == "not_found")
        .collect();
    assert_eq!(sick.len(), 1);
    let facts = &sick[0].data["facts"];
    assert_eq!(
        facts["image_pull"],
        json!({
            "kind": "not_found", "image": BAD_IMAGE, "registry": "registry.example",
            "repository": "shop/web", "tag": "1.4.3-rc", "digest": "",
            "said": format!("{BAD_IMAGE}: not found"),
        })
    );
    assert_eq!(
        facts["rollout"],
        json!({
            "newest_revision": 2, "newest_pods": 1, "newest_ready": 0, "of_newest": true, "good_revision": 1,
            "good_ready": 3, "good_image": GOOD_IMAGE, "image_changed": true,
            "changed": [{
                "path": "/spec/containers/0/image", "old": GOOD_IMAGE, "new": BAD_IMAGE,
            }],
        })
    );
}
