//! The scenarios of this repository are what they are said to be, as far as their files tell.
#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

extern crate kintsugi_testbed as testbed;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use testbed::Scenario;

fn all() -> Vec<Scenario> {
    Scenario::all().unwrap_or_else(|e| panic!("{e}"))
}

/// The objects of a manifest.
fn objects(scenario: &Scenario) -> Vec<Value> {
    let text = fs::read_to_string(scenario.manifest()).unwrap();
    text.split("\n---\n")
        .map(|one| {
            serde_saphyr::from_str(one).unwrap_or_else(|e| panic!("{}: {e}", scenario.name()))
        })
        .collect()
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or("")
}

#[test]
fn there_are_thirty_faults_and_eight_healthy_ones_at_least() {
    let (healthy, faults): (Vec<_>, Vec<_>) =
        all().into_iter().partition(|s| s.script.expect.silent);
    assert!(faults.len() >= 30, "{}", faults.len());
    assert!(healthy.len() >= 8, "{}", healthy.len());
}

#[test]
fn a_scenario_has_the_name_of_its_directory_and_says_what_it_is() {
    for scenario in all() {
        let name = scenario.name();
        assert_eq!(scenario.directory.file_name().unwrap(), name);
        assert!(scenario.script.what.ends_with('.'), "{name}");
        let part = scenario.directory.parent().unwrap().file_name().unwrap();
        let silent = scenario.script.expect.silent;
        assert_eq!(part, if silent { "healthy" } else { "faults" });
    }
}

#[test]
fn conditions_can_hold() {
    for scenario in all() {
        let script = &scenario.script;
        assert!(!script.mature.is_empty(), "{}", scenario.name());
        let steps = script.then.iter().flat_map(|then| &then.when);
        for condition in script.mature.iter().chain(steps) {
            condition
                .check()
                .unwrap_or_else(|e| panic!("{}: {e}", scenario.name()));
        }
    }
}

#[test]
fn every_object_is_in_the_scenarios_own_namespace_or_in_none() {
    let cluster_wide = [
        "APIService",
        "IngressClass",
        "Node",
        "PersistentVolume",
        "RuntimeClass",
        "StorageClass",
        "ValidatingWebhookConfiguration",
    ];
    for scenario in all() {
        let name = scenario.name();
        let objects = objects(&scenario);
        assert_eq!(text(&objects[0], "/kind"), "Namespace", "{name}");
        assert_eq!(text(&objects[0], "/metadata/name"), name);
        for object in objects.iter().skip(1) {
            let kind = text(object, "/kind");
            let namespace = text(object, "/metadata/namespace");
            assert!(!text(object, "/apiVersion").is_empty(), "{name}: {kind}");
            if cluster_wide.contains(&kind) {
                assert_eq!(namespace, "", "{name}: {kind}");
            } else {
                assert_eq!(namespace, name, "{name}: {kind}");
            }
        }
    }
}

#[test]
fn cluster_wide_objects_of_two_scenarios_do_not_meet() {
    let mut seen = BTreeSet::new();
    for scenario in all() {
        for object in objects(&scenario) {
            if text(&object, "/metadata/namespace").is_empty() {
                let key = (
                    text(&object, "/kind").to_owned(),
                    text(&object, "/metadata/name").to_owned(),
                );
                assert!(seen.insert(key.clone()), "{key:?}");
            }
        }
    }
}

#[test]
fn what_is_expected_is_a_cause_at_an_object_of_the_manifest() {
    for scenario in all() {
        let name = scenario.name();
        let expect = &scenario.script.expect;
        if expect.silent {
            assert!(expect.cause.is_none() && expect.object.is_none(), "{name}");
            continue;
        }
        assert!(expect.cause.is_some() && expect.object.is_some(), "{name}");
        assert!(!expect.words.is_empty(), "{name}");
        let objects = objects(&scenario);
        for wanted in expect.affects.iter().chain(&expect.object) {
            let found = objects.iter().any(|object| {
                text(object, "/kind") == wanted.kind
                    && text(object, "/metadata/name") == wanted.name
                    && text(object, "/metadata/namespace") == wanted.namespace
            });
            assert!(found, "{name}: {wanted:?}");
        }
    }
}

#[test]
fn the_page_of_what_was_found_has_every_scenario_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/scenarios.md")).unwrap();
    let rows: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ["))
        .filter_map(|line| line.split_once(']'))
        .map(|(name, _)| name)
        .collect();
    let all = all();
    let names: BTreeSet<&str> = all.iter().map(Scenario::name).collect();
    // `KINTSUGI_WRITE_DOCS=1 cargo test -p kintsugi --test kubernetes_scenarios` writes it anew.
    assert_eq!(rows, names);
}
