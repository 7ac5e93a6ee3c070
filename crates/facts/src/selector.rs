//! Label selectors.

use crate::Json;

/// Whether a label selector selects an object with these labels.
///
/// It reads both forms: `{matchLabels, matchExpressions}` as in workloads, and the plain map of
/// Services. An empty selector selects nothing here: that is what a Service or a workload without
/// one does. An operator that is not known selects nothing either.
#[must_use]
pub fn selects(selector: &Json, labels: &Json) -> bool {
    let Some(map) = selector.as_object() else {
        return false;
    };
    if map.is_empty() {
        return false;
    }
    let structured = map.contains_key("matchLabels") || map.contains_key("matchExpressions");
    if !structured {
        return map
            .iter()
            .all(|(key, wanted)| labels.get(key) == Some(wanted));
    }
    let equal = selector
        .get("matchLabels")
        .and_then(Json::as_object)
        .is_none_or(|wanted| {
            wanted
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
        });
    let expressions = selector
        .get("matchExpressions")
        .and_then(Json::as_array)
        .unwrap_or_default();
    equal
        && expressions
            .iter()
            .all(|expression| holds(expression, labels))
}

fn holds(expression: &Json, labels: &Json) -> bool {
    let text = |key| {
        expression
            .get(key)
            .and_then(Json::as_str)
            .unwrap_or_default()
    };
    let value = labels.get(text("key"));
    let listed = || {
        expression
            .get("values")
            .and_then(Json::as_array)
            .is_some_and(|values| value.is_some_and(|value| values.contains(value)))
    };
    match text("operator") {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_selector_selects_by_labels_and_by_expressions() {
        let labels = Json::from(json!({"app": "web", "tier": "front"}));
        let table = [
            (json!({}), false),
            (json!({"app": "web"}), true),
            (json!({"app": "api"}), false),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "x": "y"}}), false),
            (
                json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "b"]}]}),
                true,
            ),
            (
                json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}),
                false,
            ),
            (
                json!({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}),
                true,
            ),
            (
                json!({"matchExpressions": [{"key": "no", "operator": "DoesNotExist"}]}),
                true,
            ),
            (
                json!({"matchExpressions": [{"key": "app", "operator": "Like"}]}),
                false,
            ),
        ];
        for (selector, expected) in table {
            assert_eq!(
                selects(&selector.clone().into(), &labels),
                expected,
                "{selector}"
            );
        }
    }
}
