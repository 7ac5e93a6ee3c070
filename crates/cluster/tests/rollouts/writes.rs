//! Writes: what is refused as an API server refuses it, and what a dry run shows.

use cluster::scenes::{self, NAMESPACE, OLDER_IMAGE, web};
use cluster::{Cluster, WriteError, WriteMode};
use model::{ObjectRef, PatchOp};
use serde_json::{Value, json};

use crate::shop::{Shop, block};

#[test]
fn what_the_api_server_refuses_is_refused_here() {
    let shop = Shop::new();
    let replace = |path: &str, value: Value| {
        vec![PatchOp::Replace {
            path: path.to_owned(),
            value,
        }]
    };
    let image = "/spec/template/spec/containers/0/image";
    let table = [
        (
            replace(image, json!("")),
            "Refused",
            "image: Required value",
        ),
        (
            replace("/spec/replicas", json!(-1)),
            "Refused",
            "greater than or equal to 0",
        ),
        (
            replace("/spec/replicas", json!("3")),
            "Refused",
            "cannot unmarshal",
        ),
        (
            replace("/spec/selector/matchLabels/app", json!("x")),
            "Refused",
            "field is immutable",
        ),
        (
            replace("/spec/template/metadata/labels/app", json!("x")),
            "Refused",
            "does not match template",
        ),
        (
            replace("/metadata/uid", json!("x")),
            "Refused",
            "metadata.uid",
        ),
        (
            replace("/metadata/creationTimestamp", json!("2020-01-01T00:00:00Z")),
            "Refused",
            "metadata.creationTimestamp",
        ),
        (
            replace("/metadata/name", json!("x")),
            "Refused",
            "metadata.name",
        ),
        (
            replace("/metadata/resourceVersion", json!("1")),
            "Conflict",
            "has been modified",
        ),
        (replace("/spec/nowhere/deep", json!(1)), "TestFailed", ""),
        (
            vec![PatchOp::Test {
                path: image.to_owned(),
                value: json!("other"),
            }],
            "TestFailed",
            "",
        ),
        (
            vec![PatchOp::Remove {
                path: "/metadata/annotations/none".to_owned(),
            }],
            "TestFailed",
            "",
        ),
    ];
    let before = shop.web();
    for (patch, kind, words) in table {
        for mode in [WriteMode::DryRun, WriteMode::Write] {
            let refused = block(shop.cluster.patch(&web(), &patch, mode)).unwrap_err();
            let found = match &refused {
                WriteError::NotFound { .. } => "NotFound",
                WriteError::Conflict { .. } => "Conflict",
                WriteError::TestFailed { .. } => "TestFailed",
                WriteError::Refused { .. } => "Refused",
                WriteError::Unreachable { .. } => "Unreachable",
                WriteError::Unknown { .. } => "Unknown",
            };
            assert_eq!(found, kind, "{patch:?}: {refused}");
            assert!(refused.to_string().contains(words), "{refused}");
        }
    }
    assert_eq!(shop.web(), before);
    for target in [
        ObjectRef::new("Deployment", NAMESPACE, "none"),
        web().with_uid("another"),
    ] {
        let patch = scenes::set_image(OLDER_IMAGE);
        let refused = block(shop.cluster.patch(&target, &patch, WriteMode::Write));
        assert!(matches!(refused, Err(WriteError::NotFound { .. })));
    }
}

#[test]
fn a_dry_run_shows_the_result_and_changes_nothing() {
    let shop = Shop::new();
    let before = shop.web();
    let patch = scenes::set_image(OLDER_IMAGE);
    let shown = block(shop.cluster.patch(&web(), &patch, WriteMode::DryRun)).unwrap();
    assert_eq!(shown.generation(), before.generation() + 1);
    assert_eq!(
        shown.text("/spec/template/spec/containers/0/image"),
        OLDER_IMAGE
    );
    shop.wait(100);
    assert_eq!(shop.web(), before);
}

#[test]
fn status_and_generation_are_not_ours_to_write() {
    let shop = Shop::new();
    let patch = vec![
        PatchOp::Replace {
            path: "/status/readyReplicas".to_owned(),
            value: json!(99),
        },
        PatchOp::Replace {
            path: "/metadata/generation".to_owned(),
            value: json!(99),
        },
    ];
    let before = shop.web();
    let after = block(shop.cluster.patch(&web(), &patch, WriteMode::Write)).unwrap();
    assert_eq!(after, before, "not even the resourceVersion moves");
}
