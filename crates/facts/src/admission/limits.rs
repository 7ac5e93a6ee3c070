//! LimitRanges: what they fill in, and what they refuse.

use serde_json::{Map, Value, json};

use super::{ALL, containers};
use crate::Json;
use crate::container::text;
use crate::placement::{limits, requests};
use crate::quantity;
use crate::subject::Scene;

/// The rules of a namespace for one sort of thing.
fn rules<'a>(
    scene: Scene<'a>,
    namespace: &'a str,
    sort: &'a str,
) -> impl Iterator<Item = &'a Json> {
    scene
        .snapshot
        .of_kind("LimitRange", Some(namespace))
        .flat_map(|range| range.list("/spec/limits"))
        .filter(move |rule| text(rule, "/type") == sort)
}

/// A pod's spec with the requests and limits that it gets on its way in.
pub(super) fn filled(scene: Scene<'_>, namespace: &str, spec: &Json) -> Json {
    let mut spec = spec.to_value();
    for field in ALL {
        let Some(list) = spec.get_mut(field).and_then(Value::as_array_mut) else {
            continue;
        };
        for container in list.iter_mut().filter_map(Value::as_object_mut) {
            let resources = container
                .entry("resources")
                .or_insert_with(|| json!({}))
                .as_object_mut();
            let Some(resources) = resources else {
                continue;
            };
            // A limit without a request is a request, too.
            let own = resources.get("limits").map_or(Json::Null, Json::from);
            fill(resources, "requests", &own);
            for rule in rules(scene, namespace, "Container") {
                fill(
                    resources,
                    "limits",
                    rule.get("default").unwrap_or(&Json::Null),
                );
                fill(
                    resources,
                    "requests",
                    rule.get("defaultRequest").unwrap_or(&Json::Null),
                );
            }
        }
    }
    spec.into()
}

fn fill(resources: &mut Map<String, Value>, part: &str, with: &Json) {
    let Some(with) = with.as_object().filter(|with| !with.is_empty()) else {
        return;
    };
    let stated = resources.entry(part).or_insert_with(|| json!({}));
    if let Some(stated) = stated.as_object_mut() {
        for (resource, amount) in with {
            stated.entry(resource).or_insert_with(|| amount.to_value());
        }
    }
}

/// A request above the limit that was filled in.
pub(super) fn invalid(spec: &Json) -> Option<String> {
    for field in ALL {
        for (place, container) in containers(spec, &[field]).enumerate() {
            let stated = |part: &str| {
                container
                    .pointer(&format!("/resources/{part}"))
                    .and_then(Json::as_object)
            };
            for (resource, limit) in stated("limits").into_iter().flatten() {
                let request = stated("requests").and_then(|requests| requests.get(resource));
                if let Some(request) = request
                    && quantity::of(request)? > quantity::of(limit)?
                {
                    return Some(format!(
                        "spec.{field}[{place}].resources.requests: Invalid value: \"{}\": must be less than or equal to {resource} limit of {}",
                        written(request),
                        written(limit)
                    ));
                }
            }
        }
    }
    None
}

/// What a LimitRange refuses of a pod.
pub(super) fn refusal(scene: Scene<'_>, namespace: &str, spec: &Json) -> Option<String> {
    let mut said = Vec::new();
    for rule in rules(scene, namespace, "Container") {
        for container in containers(spec, ALL) {
            let amount = |part: &str, resource: &str| {
                let stated = container.pointer(&format!("/resources/{part}"))?;
                quantity::of(stated.get(resource)?)
            };
            check(
                rule,
                "Container",
                &|resource| amount("requests", resource),
                &|resource| amount("limits", resource),
                &mut said,
            );
        }
    }
    let (all_requests, all_limits) = (requests(spec), limits(spec));
    for rule in rules(scene, namespace, "Pod") {
        check(
            rule,
            "Pod",
            &|resource| all_requests.get(resource).copied(),
            &|resource| all_limits.get(resource).copied(),
            &mut said,
        );
    }
    match said.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("[{}]", several.join(", "))),
    }
}

type Amount<'a> = &'a dyn Fn(&str) -> Option<i128>;

fn check(rule: &Json, sort: &str, request: Amount<'_>, limit: Amount<'_>, said: &mut Vec<String>) {
    let bounds = |part: &str| {
        rule.get(part)
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(resource, value)| {
                Some((resource.to_owned(), written(value), quantity::of(value)?))
            })
            .collect::<Vec<_>>()
    };
    let mut tell = |what: String| {
        if !said.contains(&what) {
            said.push(what);
        }
    };
    for (resource, bound, most) in bounds("max") {
        let start = format!("maximum {resource} usage per {sort} is {bound}, but");
        let show = |amount| quantity::show(&resource, amount);
        match (limit(&resource), request(&resource)) {
            (None, _) => tell(format!("{start} no limit is specified")),
            (Some(limit), _) if limit > most => tell(format!("{start} limit is {}", show(limit))),
            (_, Some(request)) if request > most => {
                tell(format!("{start} request is {}", show(request)));
            }
            (Some(_), _) => {}
        }
    }
    for (resource, bound, least) in bounds("min") {
        let start = format!("minimum {resource} usage per {sort} is {bound}, but");
        let show = |amount| quantity::show(&resource, amount);
        match (request(&resource), limit(&resource)) {
            (None, _) => tell(format!("{start} no request is specified")),
            (Some(request), _) if request < least => {
                tell(format!("{start} request is {}", show(request)));
            }
            (_, Some(limit)) if limit < least => tell(format!("{start} limit is {}", show(limit))),
            (Some(_), _) => {}
        }
    }
    for (resource, bound, most) in bounds("maxLimitRequestRatio") {
        let start = format!("{resource} max limit to request ratio per {sort} is {bound}, but");
        match (
            request(&resource).filter(|some| *some > 0),
            limit(&resource),
        ) {
            (None, _) => tell(format!("{start} no request is specified or request is 0")),
            (_, None) => tell(format!("{start} no limit is specified or limit is 0")),
            (Some(request), Some(limit)) => {
                let ratio = limit.saturating_mul(1000).checked_div(request).unwrap_or(0);
                if ratio > most {
                    tell(format!(
                        "{start} provided ratio is {}",
                        quantity::plain(ratio)
                    ));
                }
            }
        }
    }
}

/// A quantity as it is written.
fn written(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
