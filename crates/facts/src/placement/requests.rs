//! What a pod asks of a node, as the scheduler adds it up.

use std::collections::BTreeMap;

use crate::container::text;
use crate::{Json, Object, quantity};

/// Amounts by resource, in thousandths.
pub(crate) type Amounts = BTreeMap<String, i128>;

/// What a pod's spec asks for: its containers together, or one of its init containers with the
/// sidecars before it if that is more, and the overhead of its runtime. What is asked for the pod
/// as a whole counts instead.
#[must_use]
pub(crate) fn requests(spec: &Json) -> Amounts {
    together(spec, of_resources)
}

/// The limits of a pod's spec, added up in the same way.
#[must_use]
pub(crate) fn limits(spec: &Json) -> Amounts {
    together(spec, |resources| {
        resources.get("limits").map_or_else(Amounts::new, amounts)
    })
}

fn together(spec: &Json, of_resources: fn(&Json) -> Amounts) -> Amounts {
    let of_container = |container: &Json| {
        container
            .get("resources")
            .map_or_else(Amounts::new, of_resources)
    };
    let mut running = Amounts::new();
    for container in list(spec, "containers") {
        add(&mut running, &of_container(container));
    }
    let mut sidecars = Amounts::new();
    let mut starting = Amounts::new();
    for container in list(spec, "initContainers") {
        let own = of_container(container);
        if text(container, "/restartPolicy") == "Always" {
            add(&mut sidecars, &own);
            most(&mut starting, &sidecars);
        } else {
            let mut together = sidecars.clone();
            add(&mut together, &own);
            most(&mut starting, &together);
        }
    }
    add(&mut running, &sidecars);
    most(&mut running, &starting);
    if let Some(whole) = spec.get("resources") {
        for (resource, amount) in of_resources(whole) {
            running.insert(resource, amount);
        }
    }
    if let Some(overhead) = spec.get("overhead") {
        add(&mut running, &amounts(overhead));
    }
    running.retain(|_, amount| *amount > 0);
    running
}

pub(super) fn list<'a>(value: &'a Json, field: &str) -> &'a [Json] {
    value
        .get(field)
        .and_then(Json::as_array)
        .unwrap_or_default()
}

/// A limit without a request is a request too.
fn of_resources(resources: &Json) -> Amounts {
    let mut found = resources.get("limits").map_or_else(Amounts::new, amounts);
    if let Some(requests) = resources.get("requests") {
        found.extend(amounts(requests));
    }
    found
}

fn amounts(value: &Json) -> Amounts {
    value
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(resource, amount)| Some((resource.to_owned(), quantity::of(amount)?)))
        .collect()
}

fn add(to: &mut Amounts, more: &Amounts) {
    for (resource, amount) in more {
        let sum = to.entry(resource.clone()).or_default();
        *sum = sum.saturating_add(*amount);
    }
}

fn most(to: &mut Amounts, other: &Amounts) {
    for (resource, amount) in other {
        let known = to.entry(resource.clone()).or_default();
        *known = (*known).max(*amount);
    }
}

/// What a node can give to pods.
#[must_use]
pub(super) fn allocatable(node: &Object) -> Amounts {
    node.at("/status/allocatable")
        .or_else(|| node.at("/status/capacity"))
        .map_or_else(Amounts::new, amounts)
}

/// Adds a pod's requests to what is taken of its node.
pub(super) fn take(taken: &mut Amounts, spec: &Json) {
    add(taken, &requests(spec));
    let pods = taken.entry("pods".to_owned()).or_default();
    *pods = pods.saturating_add(1000);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn init_containers_count_by_the_largest_and_sidecars_with_all() {
        let cpu = |amount: &str| json!({"requests": {"cpu": amount}});
        let spec = json!({
            "overhead": {"cpu": "50m"},
            "initContainers": [
                {"resources": cpu("900m")},
                {"restartPolicy": "Always", "resources": cpu("100m")},
                {"resources": cpu("1")}
            ],
            "containers": [
                {"resources": cpu("300m")},
                {"resources": {"limits": {"cpu": "200m", "memory": "1Gi"}}}
            ]
        });
        let found = requests(&spec.into());
        // Init: 100m + 1 = 1100m; running: 300m + 200m + 100m = 600m.
        assert_eq!(found.get("cpu"), Some(&1150));
        assert_eq!(found.get("memory"), quantity::parse("1Gi").as_ref());
    }
}
