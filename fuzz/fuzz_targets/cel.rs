//! Whatever is written as a condition, it is refused or comes to an end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skills::{Bindings, Expression, Scope};

fuzz_target!(|source: &str| {
    if let Ok(expression) = Expression::compile(source, &Scope::default()) {
        let bindings = Bindings::new();
        let _ = expression.value(&bindings);
        let _ = expression.truth(&bindings);
    }
});
