//! Whatever is written as a condition, it is refused or comes to an end.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use skills::{Bindings, Expression, Scope};

fuzz_target!(|source: &str| {
    let names: BTreeSet<String> = ["few", "word", "thing"].map(str::to_owned).into();
    let scope = Scope {
        lets: Some(&names),
        ..Scope::default()
    };
    let Ok(expression) = Expression::compile(source, &scope) else {
        return;
    };
    let few = json!((0..500).collect::<Vec<u32>>());
    let word = json!("the port 8080 is in use, ".repeat(200));
    let thing = json!({"a": [{"b": "c"}, null, 1.5, -1], "d": {"e": true}});
    let nothing = Bindings::new();
    let mut bindings = Bindings::new();
    for (name, value) in [("few", &few), ("word", &word), ("thing", &thing)] {
        bindings.bind(name, value);
    }
    for bindings in [&nothing, &bindings] {
        let _ = expression.value(bindings);
        let _ = expression.truth(bindings);
    }
});
