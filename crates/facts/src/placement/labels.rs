//! Conditions on the labels of nodes: node selectors, node affinity, taints and tolerations.

use super::requests::list;
use crate::Json;
use crate::Object;
use crate::container::text;

/// Whether a node fits the terms of a required node affinity: one of them has to hold whole.
pub(super) fn fits_terms(required: &Json, node: &Object) -> bool {
    list(required, "nodeSelectorTerms")
        .iter()
        .any(|term| fits_term(term, node))
}

fn fits_term(term: &Json, node: &Object) -> bool {
    let expressions = list(term, "matchExpressions");
    let fields = list(term, "matchFields");
    // A term without conditions fits nothing.
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    expressions.iter().all(|expression| {
        let value = label(node, text(expression, "/key"));
        holds(expression, value)
    }) && fields.iter().all(|expression| {
        let value = (text(expression, "/key") == "metadata.name").then(|| node.name());
        holds(expression, value)
    })
}

/// Whether one expression holds for a label's value; none if the label is not there.
pub(super) fn holds(expression: &Json, value: Option<&str>) -> bool {
    let values = list(expression, "values");
    let listed = || {
        values
            .iter()
            .any(|wanted| wanted.as_str().is_some_and(|wanted| Some(wanted) == value))
    };
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let first = number(values.first().and_then(Json::as_str));
    match text(expression, "/operator") {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => number(value)
            .zip(first)
            .is_some_and(|(own, wanted)| own > wanted),
        "Lt" => number(value)
            .zip(first)
            .is_some_and(|(own, wanted)| own < wanted),
        _ => false,
    }
}

/// A label of an object.
pub(super) fn label<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.at("/metadata/labels")?.get(key)?.as_str()
}

/// An expression in the words of a selector: `zone in (a, b)`, `gpu exists`.
pub(super) fn shown(expression: &Json) -> String {
    let key = text(expression, "/key");
    let values: Vec<&str> = list(expression, "values")
        .iter()
        .filter_map(Json::as_str)
        .collect();
    match (text(expression, "/operator"), values.as_slice()) {
        ("In", [one]) => format!("{key}={one}"),
        ("In", _) => format!("{key} in ({})", values.join(", ")),
        ("NotIn", _) => format!("{key} not in ({})", values.join(", ")),
        ("Exists", _) => key.to_owned(),
        ("DoesNotExist", _) => format!("!{key}"),
        ("Gt", _) => format!("{key} > {}", values.join(", ")),
        ("Lt", _) => format!("{key} < {}", values.join(", ")),
        (other, _) => format!("{key} {other} ({})", values.join(", ")),
    }
}

/// All expressions of a required node affinity, in words.
pub(super) fn shown_terms(required: &Json) -> String {
    list(required, "nodeSelectorTerms")
        .iter()
        .map(|term| {
            list(term, "matchExpressions")
                .iter()
                .chain(list(term, "matchFields"))
                .map(shown)
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect::<Vec<_>>()
        .join(" or ")
}

/// The taints of a node that keep a pod away.
pub(super) fn untolerated<'a>(node: &'a Object, spec: &'a Json) -> impl Iterator<Item = &'a Json> {
    node.list("/spec/taints").iter().filter(move |taint| {
        let effect = text(taint, "/effect");
        matches!(effect, "NoSchedule" | "NoExecute")
            && !list(spec, "tolerations")
                .iter()
                .any(|toleration| tolerates(toleration, taint))
            && !usual(taint)
    })
}

/// Every pod tolerates these for some minutes: admission adds it, and a recording may leave it out.
fn usual(taint: &Json) -> bool {
    text(taint, "/effect") == "NoExecute"
        && matches!(
            text(taint, "/key"),
            "node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable"
        )
}

/// Whether a toleration covers a taint.
#[must_use]
pub(super) fn tolerates(toleration: &Json, taint: &Json) -> bool {
    let same = |field: &str| text(toleration, field) == text(taint, field);
    let effect = text(toleration, "/effect").is_empty() || same("/effect");
    let key = text(toleration, "/key").is_empty() || same("/key");
    let exists = text(toleration, "/operator") == "Exists";
    // Without a key only `Exists` means anything: every taint.
    let valid = !text(toleration, "/key").is_empty() || exists;
    effect && key && valid && (exists || same("/value"))
}

/// A taint as kubectl writes it: `key=value:effect`.
pub(super) fn taint(taint: &Json) -> String {
    let (key, value, effect) = (
        text(taint, "/key"),
        text(taint, "/value"),
        text(taint, "/effect"),
    );
    if value.is_empty() {
        format!("{key}:{effect}")
    } else {
        format!("{key}={value}:{effect}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_operator_compares_as_the_scheduler_does() {
        let table = [
            ("In", json!(["a", "b"]), Some("a"), true),
            ("In", json!(["a"]), None, false),
            ("NotIn", json!(["a"]), None, true),
            ("NotIn", json!(["a"]), Some("a"), false),
            ("Exists", json!([]), Some(""), true),
            ("DoesNotExist", json!([]), Some("a"), false),
            ("Gt", json!(["4"]), Some("8"), true),
            ("Gt", json!(["4"]), Some("x"), false),
            ("Lt", json!(["4"]), Some("3"), true),
            ("Like", json!(["4"]), Some("3"), false),
        ];
        for (operator, values, value, expected) in table {
            let expression =
                Json::from(json!({"key": "k", "operator": operator, "values": values}));
            assert_eq!(
                holds(&expression, value),
                expected,
                "{expression} {value:?}"
            );
        }
    }

    #[test]
    fn tolerations_cover_taints_by_key_value_and_effect() {
        let taint = Json::from(json!({"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}));
        let table = [
            (json!({"operator": "Exists"}), true),
            (json!({"key": "dedicated", "operator": "Exists"}), true),
            (json!({"key": "dedicated", "value": "gpu"}), true),
            (json!({"key": "dedicated", "value": "cpu"}), false),
            (
                json!({"key": "dedicated", "value": "gpu", "effect": "NoExecute"}),
                false,
            ),
            (json!({"key": "other", "operator": "Exists"}), false),
            (json!({}), false),
        ];
        for (toleration, expected) in table {
            assert_eq!(
                tolerates(&toleration.clone().into(), &taint),
                expected,
                "{toleration}"
            );
        }
    }
}
