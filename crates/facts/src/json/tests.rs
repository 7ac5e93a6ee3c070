use super::*;
use serde_json::json;

fn sample() -> Value {
    let many: serde_json::Map<_, _> = (0..40).map(|n| (format!("k{n}"), json!(n))).collect();
    json!({
        "a": {"b": [1, {"c": "x"}]}, "": {"": 2}, "d/e": 3, "m~n": 4, "many": many, "null": null,
        "big": u64::MAX, "low": i64::MIN, "part": 0.25, "yes": true, "~1": 5,
    })
}

#[test]
fn a_pointer_leads_where_it_does_everywhere() {
    let value = sample();
    let json = Json::from(value.clone());
    for pointer in [
        "",
        "/",
        "//",
        "/a",
        "/a/b",
        "/a/b/0",
        "/a/b/1/c",
        "/a/b/2",
        "/a/b/01",
        "/a/b/+1",
        "/a/b/x",
        "/a/b/-",
        "/a/b/1/c/d",
        "/d~1e",
        "/m~0n",
        "/~01",
        "/many/k39",
        "/many/k40",
        "/null",
        "/null/x",
        "a",
        "a/b",
    ] {
        let there = json.pointer(pointer).map(Json::to_value);
        assert_eq!(there.as_ref(), value.pointer(pointer), "{pointer}");
    }
}

#[test]
fn it_is_the_same_json_before_and_after() {
    let value = sample();
    let json = Json::from(&value);
    assert_eq!(json.to_value(), value);
    assert_eq!(json, value);
    assert_eq!(
        serde_json::from_str::<Value>(&json.to_string()).unwrap(),
        value
    );
    let few = json!({"b": 1, "a": {"d": 2, "c": 3}});
    assert_eq!(Json::from(&few).to_string(), few.to_string());
    assert_eq!(
        serde_json::from_str::<Json>(&value.to_string()).unwrap(),
        json
    );
    assert_eq!(serde_json::to_value(&json).unwrap(), value);
    assert_eq!(json["big"].as_u64(), Some(u64::MAX));
    assert_eq!(json["low"].as_i64(), Some(i64::MIN));
    assert_eq!(json["part"].as_f64(), Some(0.25));
    assert!(json["not there"]["at all"][3].is_null());
}

#[test]
fn the_order_of_fields_makes_no_difference_and_their_values_do() {
    let one = Json::from(json!({"a": 1, "b": [1, 2]}));
    assert_eq!(one, Json::from(json!({"b": [1, 2], "a": 1})));
    assert_ne!(one, Json::from(json!({"b": [2, 1], "a": 1})));
    assert_ne!(one, Json::from(json!({"b": [1, 2]})));
    assert_ne!(one, json!({"b": [1, 2], "c": 1}));
    assert_ne!(Json::from("1"), Json::from(json!(1)));
}

#[test]
fn of_a_field_that_is_written_twice_the_last_is_believed() {
    let json: Json = serde_json::from_str(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap();
    assert_eq!(json, json!({"b": 2, "a": 3}));
}

#[test]
fn among_very_many_fields_each_is_found_and_the_last_of_two_is_believed() {
    let name = |n: u32| -> Arc<str> { format!("k{n}").into() };
    let of = |order: &mut dyn Iterator<Item = u32>| -> Fields {
        order.map(|n| (name(n), Json::Number(n.into()))).collect()
    };
    let (up, down) = (of(&mut (0..100_000)), of(&mut (0..100_000).rev()));
    assert_eq!(up, down);
    for n in 0..100_000 {
        assert_eq!(up.get(&name(n)).and_then(Json::as_u64), Some(u64::from(n)));
    }
    assert!(!up.contains_key("k100000"));
    let twice = of(&mut (0..100).chain([7])).with("k7", "x".into());
    assert_eq!(twice.len(), 100);
    assert_eq!(twice.with("new", Json::Null).len(), 101);
    assert_eq!(Json::from(twice)["k7"], "x");
}

#[test]
fn a_field_is_added_changed_and_left_out() {
    let Json::Fields(fields) = Json::from(json!({"a": 1, "b": 2})) else {
        unreachable!("it has fields");
    };
    assert_eq!(
        Json::from(fields.with("c", "x".into())),
        json!({"a": 1, "b": 2, "c": "x"})
    );
    assert_eq!(
        Json::from(fields.with("a", Json::Null)),
        json!({"a": null, "b": 2})
    );
    assert_eq!(Json::from(fields.without("a")), json!({"b": 2}));
    assert_eq!(Json::from(fields.without("c")), json!({"a": 1, "b": 2}));
}

#[test]
fn a_value_is_put_at_a_path_that_is_made_where_it_is_missing() {
    let json = Json::from(json!({"a": {"b": 1, "c": 2}, "d": [3]}));
    assert_eq!(
        json.with(&["a", "b"], "x".into()),
        json!({"a": {"b": "x", "c": 2}, "d": [3]})
    );
    assert_eq!(
        json.with(&["d", "e"], "x".into()),
        json!({"a": {"b": 1, "c": 2}, "d": {"e": "x"}})
    );
    assert_eq!(
        Json::Null.with(&["a", "b"], "x".into()),
        json!({"a": {"b": "x"}})
    );
    assert_eq!(json.with(&[], Json::Null), json!(null));
}

#[test]
fn what_comes_again_is_held_once() {
    let pool = Pool::default();
    let make = |last: u64| {
        let name = pool.text("a");
        let mut items = pool.room_for_items();
        items.extend([Json::Text(pool.text("x")), Json::Number(last.into())]);
        let list = pool.list(items);
        let mut fields = pool.room_for_fields();
        fields.extend([(name, list), (pool.text("b"), Json::Null)]);
        pool.fields(fields)
    };
    let (one, other, third) = (make(1), make(1), make(2));
    assert!(one.is(&other));
    assert!(!one.is(&third));
    assert_eq!(one, json!({"a": ["x", 1], "b": null}));
    assert_eq!(third, json!({"a": ["x", 2], "b": null}));
}

#[test]
fn a_full_pool_still_says_what_it_was_given() {
    let pool = Pool::default();
    let texts: Vec<Arc<str>> = (0..50_000)
        .map(|n| pool.text(&format!("text {n}")))
        .collect();
    for (n, text) in texts.iter().enumerate() {
        assert_eq!(text.as_ref(), format!("text {n}"));
    }
    let long = "x".repeat(LONG);
    assert_eq!(pool.text(&long).as_ref(), long);
    for n in 0..20_000_u64 {
        let list = pool.list(vec![Json::Number(n.into())]);
        assert_eq!(list, json!([n]));
    }
    let many: Vec<Json> = (0..1_000_u64).map(|n| Json::Number(n.into())).collect();
    assert_eq!(pool.list(many.clone()), Json::from(many));
}

/// Longer than what is remembered.
const LONG: usize = 100_000;
