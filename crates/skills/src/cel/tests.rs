//! What holds for expressions.

use serde_json::{Value, json};

use super::{Bindings, Expression, Scope, Truth};

/// A subject with holes: what is `null` was not seen.
fn data() -> Value {
    json!({
        "pod": {"name": "web-1", "ready": true, "node": null},
        "container": {"restarts": 3, "waiting_reason": "ErrImagePull", "exit_code": 0},
        "result": {"status": "found", "value": {"items": [1, 2, 3], "names": ["a", "b"], "x": {"y": 1}, "half": 0.5}},
    })
}

fn value(source: &str) -> Result<Value, String> {
    let data = data();
    let mut bindings = Bindings::new();
    for (name, value) in data.as_object().unwrap() {
        bindings.bind(name, value);
    }
    Expression::compile(source, &Scope::default())?.value(&bindings)
}

#[test]
fn expressions_come_to_what_cel_says() {
    let table = [
        ("1 + 2 * 3", json!(7)),
        ("'a' + 'b'", json!("ab")),
        ("pod.name == 'web-1' && pod.ready", json!(true)),
        (
            "container.restarts >= 3 ? 'often' : 'seldom'",
            json!("often"),
        ),
        (
            "container.waiting_reason in ['ErrImagePull', 'ImagePullBackOff']",
            json!(true),
        ),
        (
            "result.value.items.filter(i, i > 1).map(i, i * 10)",
            json!([20, 30]),
        ),
        ("result.value.items.exists(i, i == 2)", json!(true)),
        ("result.value.items.all(i, i < 3)", json!(false)),
        ("result.value.items.exists_one(i, i == 2)", json!(true)),
        (
            "result.value.names.exists(n, result.value.items.exists(i, i == 3))",
            json!(true),
        ),
        ("result.value['x']['y']", json!(1)),
        ("result.value.items[2]", json!(3)),
        (
            "{'kind': 'Pod', 'name': pod.name}",
            json!({"kind": "Pod", "name": "web-1"}),
        ),
        ("size('金缮') + size(result.value.items)", json!(5)),
        ("'a,b'.split(',').join('-')", json!("a-b")),
        ("'Deployment'.lowerAscii().startsWith('dep')", json!(true)),
        ("'aXbX'.replace('X', '')", json!("ab")),
        ("result.value.half * 2.0 == 1", json!(true)),
        ("-container.restarts", json!(-3)),
        ("int('12') % 5", json!(2)),
        ("result.value.items.max()", json!(3)),
        ("[1, [2]] == [1, [2]]", json!(true)),
        ("{'a': 1} != {'a': 2}", json!(true)),
        ("string(true) + string(1)", json!("true1")),
        ("span_en(container.restarts * 60)", json!("3 minutes")),
        ("span_zh(90000)", json!("25 小时")),
    ];
    for (source, expected) in table {
        assert_eq!(value(source), Ok(expected), "{source}");
    }
}

#[test]
fn no_comparison_with_something_unknown_is_true() {
    let table = [
        "pod.node == 'n1'",
        "pod.node != 'n1'",
        "!(pod.node == 'n1')",
        "pod.node == pod.node",
        "pod.node < 'z'",
        "pod.node in ['n1']",
        "pod.node.startsWith('n')",
        "pod.node.size() == 0",
        "workload.ready > 0",
        "workload.ready <= 0",
        "result.value.missing.deeper == 1",
        "[pod.node] == ['n1']",
        "result.value.missing.all(i, i == 1)",
        "pod.node == 'n1' || pod.node != 'n1'",
        "pod.node == 'n1' ? true : true",
    ];
    for source in table {
        assert_eq!(value(source), Ok(Value::Null), "{source}");
    }
}

#[test]
fn a_known_side_decides_and_has_is_always_known() {
    let table = [
        ("pod.node == 'n1' && false", json!(false)),
        ("false && pod.node == 'n1'", json!(false)),
        ("pod.node == 'n1' || pod.ready", json!(true)),
        ("has(pod.node)", json!(false)),
        ("has(pod.name)", json!(true)),
        ("has(workload.ready)", json!(false)),
        ("has(result.value.missing.deeper)", json!(false)),
        ("!has(pod.node) && pod.ready", json!(true)),
        ("[1, 2].exists(i, pod.node == 'n1' || i == 2)", json!(true)),
    ];
    for (source, expected) in table {
        assert_eq!(value(source), Ok(expected), "{source}");
    }
}

#[test]
fn an_error_is_never_a_value() {
    let table = [
        ("pod.name > 1", "a text has no order with an int"),
        (
            "pod.name.contains(1)",
            "`contains` does not take a text and an int",
        ),
        ("result.value.items[7]", "index 7 is outside a list of 3"),
        ("1 / container.exit_code", "it divides by zero"),
        (
            "9223372036854775807 + container.restarts",
            "`+` gives a number that is too large",
        ),
        ("pod.name && true", "true or false is wanted, not a text"),
        (
            "pod.name.all(c, true)",
            "only lists and maps have elements, not a text",
        ),
        ("int('x')", "`x` is not a whole number"),
    ];
    for (source, expected) in table {
        assert_eq!(value(source), Err(expected.to_owned()), "{source}");
    }
}

#[test]
fn a_condition_is_true_or_false_or_unknown_and_nothing_else() {
    let nothing = Bindings::new();
    let truth = |source| {
        Expression::compile(source, &Scope::default())
            .unwrap()
            .truth(&nothing)
    };
    assert_eq!(truth("1 == 1"), Ok(Truth::True));
    assert_eq!(truth("1 == 2"), Ok(Truth::False));
    assert_eq!(truth("pod.ready"), Ok(Truth::Unknown));
    assert_eq!(
        truth("'yes'"),
        Err("a condition gives true or false, not a text".to_owned())
    );
}

#[test]
fn what_could_never_be_evaluated_is_refused_with_the_nearest_name() {
    let table = [
        ("pdo.name == 'a'", "there is no `pdo`; did you mean `pod`?"),
        (
            "pod.naem == 'a'",
            "`pod` has no field `naem`; did you mean `name`?",
        ),
        (
            "facts.imagepull.kind == 'a'",
            "`facts` has no field `imagepull`; did you mean `image_pull`?",
        ),
        (
            "pod.name.startswith('a')",
            "there is no function `startswith`; did you mean `startsWith`?",
        ),
        ("now()", "there is no function `now`"),
        (
            "result.value == null",
            "`null` is not a value here: what was not seen is unknown, and no comparison with it is true; ask with `has(…)`",
        ),
        ("", "the expression is empty"),
        ("Foo{a: 1}", "messages cannot be built here"),
    ];
    for (source, expected) in table {
        let refused = Expression::compile(source, &Scope::default()).err();
        assert_eq!(refused.as_deref(), Some(expected), "{source}");
    }
    let syntax = Expression::compile("pod.name ==", &Scope::default()).unwrap_err();
    assert!(syntax.starts_with("it is not CEL: "), "{syntax}");
}

#[test]
fn our_evaluation_agrees_with_the_crates_own_where_all_is_known() {
    let table = [
        "1 + 2 * 3 - 4 / 2 % 3",
        "'a' + 'b' == 'ab' && !('a' == 'b')",
        "[1, 2, 3].map(x, x * x).filter(x, x > 1)",
        "[1, 2, 3].map(x, x > 1, x + 1)",
        "[[1], [2, 3]].map(x, x.size())",
        "{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])",
        "{'a': 1}.exists(k, k == 'a')",
        "[1, 2, 2].exists_one(x, x == 2)",
        "1 < 2 && 'a' < 'b' && 1.5 <= 2.0",
        "1 == 1.0",
        "true ? 'x' : 'y'",
        "'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c')",
        "size('金缮')",
        "-(3)",
        "'a' in {'a': 1}",
        "[1, 2] + [3]",
        "{'a': [1, 2]}.a[1]",
        "[1, 2] == [1, 2] && [1] != [2]",
        "false && (1 / 0 == 1)",
        "string(12)",
        "int('12')",
    ];
    let environment = std::sync::Arc::new(cel::Env::stdlib());
    for source in table {
        let theirs = environment
            .compile(source)
            .unwrap()
            .execute(&cel::Context::with_env(std::sync::Arc::clone(&environment)))
            .unwrap()
            .json()
            .unwrap();
        assert_eq!(value(source), Ok(theirs), "{source}");
    }
}

#[test]
fn a_hostile_expression_ends_quickly_and_in_an_error() {
    let doubling = "['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']".to_owned()
        + &".map(a, a + a)".repeat(60)
        + ".size()";
    let listing = "[1]".to_owned() + &".map(a, [a, a, a])".repeat(40) + ".size()";
    let sharing = "[1]".to_owned() + &".map(a, [a, a, a])".repeat(40);
    let product = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'".to_owned()
        + &".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(20)
        + " == ''";
    let hostile = [
        doubling,
        sharing,
        product,
        "(".repeat(500) + "1" + &")".repeat(500),
        "[".repeat(500) + &"]".repeat(500),
        "!".repeat(500) + "true",
        "- ".repeat(500) + "1",
        "1".to_owned() + &"+1".repeat(900),
        "pod".to_owned() + &".name".repeat(390),
        "1 ? ".repeat(300) + "1",
        "true ? true : ".repeat(100) + "true",
        "x".repeat(5000),
        "[1].map(a, [1].map(b, [1].map(c, [1].map(d, a))))".to_owned(),
        "\"\\".to_owned(),
        "'".to_owned(),
        "\u{0}\u{1}".to_owned(),
        "a.b.c(((((".to_owned(),
        "}}}}".to_owned(),
        "1 in 2 in 3 in".to_owned(),
        "has(1)".to_owned(),
        "[1].all(1, true)".to_owned(),
        "[1].map(a)".to_owned(),
        "99999999999999999999999".to_owned(),
        "'\\u12'".to_owned(),
        "`a`".to_owned(),
    ];
    for source in hostile {
        let outcome = value(&source);
        assert!(outcome.is_err(), "{source:.60} gave {outcome:?}");
    }
    // Sharing makes a list of three to the power of forty elements small while it is only counted.
    assert_eq!(value(&listing), Ok(json!(1)));
}

#[test]
fn a_large_input_spends_the_budget_instead_of_the_day() {
    let items: Vec<_> = (0..3000).collect();
    let result = json!({"value": items});
    let mut bindings = Bindings::new();
    bindings.bind("result", &result);
    let source = "result.value.all(a, result.value.exists(b, a + b == 100000))";
    let outcome = Expression::compile(source, &Scope::default())
        .unwrap()
        .value(&bindings);
    // The inner search fails for the first element, so that the outer one ends at once.
    assert_eq!(outcome, Ok(json!(false)));
    let source = "result.value.exists(a, result.value.exists(b, a + b == 100000))";
    let outcome = Expression::compile(source, &Scope::default())
        .unwrap()
        .value(&bindings);
    assert_eq!(
        outcome,
        Err("it costs more than an expression may".to_owned())
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(source in "[a-z0-9 .,:?!&|=<>()\\[\\]{}'\"+*/%$\\\\-]{0,60}") {
        let _ = value(&source);
    }
}

#[test]
fn nothing_hides_from_the_bounds_in_what_looks_like_a_text() {
    let deep = format!("{}1{}", "(".repeat(900), ")".repeat(900));
    let long = vec!["1"; 900].join("+");
    for before in [
        r"r'\' + ",
        r#"R"\" + "#,
        "' + ",
        "'\n + ",
        r"'\q' + ",
        r"'\x1' + ",
        "'''' + ",
        "'''a'b''' + ",
        r"b'\\' + ",
        "// '\n",
    ] {
        for hidden in [&deep, &long] {
            let source = format!("{before}{hidden}");
            Expression::compile(&source, &Scope::default()).unwrap_err();
        }
    }
    let told = value(r#"'it\'s' + "\u0041\x42\103" + '' + "//""#);
    assert_eq!(told, Ok(json!("it'sABC//")));
}
