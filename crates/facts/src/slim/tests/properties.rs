//! That objects are read as others read them, whatever was read before.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Pool;
use crate::slim::{Hint, Reader};

#[test]
fn what_stood_there_before_is_known_again_only_where_it_is_the_same() {
    let pool = Pool::default();
    let mut reader = Reader::of_many(&pool);
    let object = |kind: &str, labels: &str, env: &str| {
        format!(
            r#"{{"kind": "{kind}", "metadata": {{"name": "web", "labels": {labels}}},
                "spec": {{"containers": [{{"name": "web", "resources": {{}}, "env": {env}}}]}}}}"#
        )
    };
    let env = r#"[{"name": "A", "value": "1"}]"#;
    let texts = [
        object("Pod", r#"{"app": "web", "tier": "front"}"#, env),
        object(
            "Pod",
            r#"{"app": "web", "tier": "front"}"#,
            r#"[{"name": "A", "value": "2"}]"#,
        ),
        object(
            "Pod",
            r#"{"app": "web", "tier": "front", "more": "1"}"#,
            env,
        ),
        object("Pod", r#"{"app": "web", "tier": "front"}"#, env),
        // The same text where other rules hold.
        object("Other", r#"{"app": "web", "tier": "front"}"#, env),
    ];
    for text in &texts {
        let alone = Reader::of_one(&pool).object(text, Hint::default()).unwrap();
        let after_others = reader.object(text, Hint::default()).unwrap();
        assert_eq!(after_others, alone);
        assert_eq!(after_others.to_value(), alone.to_value());
    }
}

#[test]
fn what_is_known_again_does_not_nest_deeper_than_is_read() {
    // Each is the one before, with some more around it.
    let pool = Pool::default();
    let mut reader = Reader::of_many(&pool);
    let mut inner = "[\"sixteen letters, at least\"]".to_owned();
    let texts: Vec<String> = (0..4)
        .map(|_| {
            inner = format!("{}{inner}{}", "[".repeat(60), "]".repeat(60));
            format!(r#"{{"kind": "Odd", "spec": {inner}}}"#)
        })
        .collect();
    let read: Vec<bool> = texts
        .iter()
        .map(|text| reader.object(text, Hint::default()).is_ok())
        .collect();
    assert_eq!(read, [true, true, false, false]);
}

/// Any JSON, of which much is the same again and again.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c\"\\\\\n\u{1}é中😀]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-c\"é]{0,3}", inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// An object that holds a text where everything is kept to the letter.
fn holding(text: &str) -> String {
    format!(r#"{{"kind": "ControllerRevision", "data": {text}}}"#)
}

/// What is kept of it.
fn kept(whole: &str) -> Option<Value> {
    let object = Reader::of_one(&Pool::default()).object(whole, Hint::default());
    Some(object.ok()?.to_value()["data"].clone())
}

proptest! {
    #[test]
    fn whatever_is_json_is_read_as_it_is_meant(value in anything()) {
        let compact = serde_json::to_string(&value).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        for text in [compact, pretty] {
            let meant: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(kept(&holding(&text)), Some(meant));
        }
    }

    #[test]
    fn what_is_no_json_for_others_is_none_here(text in "[\\[\\]{}:,\"\\\\ \n0-9.eE+\\-a-ctrufalsn]{0,16}") {
        let whole = holding(&text);
        let theirs = serde_json::from_str::<Value>(&whole).ok();
        prop_assert_eq!(kept(&whole), theirs.map(|theirs| theirs["data"].clone()));
    }

    #[test]
    fn what_was_read_before_changes_nothing(values in prop::collection::vec(anything(), 1..8), kinds in prop::collection::vec(0..3_usize, 8)) {
        let pool = Pool::default();
        let texts: Vec<String> = std::iter::zip(&values, kinds)
            .map(|(value, kind)| {
                let kind = ["Pod", "Deployment", "ControllerRevision"][kind];
                json!({"kind": kind, "metadata": {"labels": value}, "spec": value,
                       "status": {"conditions": value}, "data": value})
                .to_string()
            })
            .collect();
        let mut reader = Reader::of_many(&pool);
        for text in texts.iter().chain(&texts) {
            let alone = Reader::of_one(&Pool::default()).object(text, Hint::default()).unwrap();
            let after = reader.object(text, Hint::default()).unwrap();
            prop_assert_eq!(after.to_value(), alone.to_value());
        }
    }
}
