//! Lays two looks at one object together.

use serde_json::Value;

use super::looks::{Fullness, Look};

/// Lays a later look over an earlier one: the fuller look leads, of equal ones the later, and
/// what only the other one shows is filled in. A whole object is not filled: what is not in it, is
/// not there.
pub(super) fn over(earlier: Look, later: Look) -> Look {
    let row = later.row.clone().or_else(|| earlier.row.clone());
    let (mut leads, fills) = if later.fullness >= earlier.fullness {
        (later, earlier)
    } else {
        (earlier, later)
    };
    if leads.fullness < Fullness::Whole {
        fill(&mut leads.object, fills.object, 0);
    }
    leads.space = leads.space.or(fills.space);
    leads.row = row;
    leads
}

/// Fills what is missing in a value from another one.
pub(super) fn fill(into: &mut Value, from: Value, depth: usize) {
    if depth > 32 {
        return;
    }
    let Value::Object(from) = from else { return };
    let Some(into) = into.as_object_mut() else {
        return;
    };
    for (key, value) in from {
        match into.get_mut(&key) {
            None | Some(Value::Null) => {
                into.insert(key, value);
            }
            Some(Value::Array(known)) if key == "conditions" => fill_conditions(known, value),
            Some(known) if known.is_object() => fill(known, value, depth + 1),
            Some(_) => {}
        }
    }
}

fn fill_conditions(known: &mut Vec<Value>, from: Value) {
    let Value::Array(from) = from else { return };
    for condition in from {
        match known
            .iter_mut()
            .find(|known| known.get("type") == condition.get("type"))
        {
            Some(known) if known.get("status") == condition.get("status") => {
                fill(known, condition, 0);
            }
            Some(_) => {}
            None => known.push(condition),
        }
    }
}
