//! What the API server refuses, in its words.

use std::collections::BTreeSet;

use facts::kinds::{self, Read};
use facts::{Json, Object};

/// A kind's resource with its group, as the API server names it in messages.
pub(super) fn resource(kind: &str) -> String {
    match kinds::ALL.iter().find(|known| known.kind == kind) {
        Some(known) => known.resource(),
        None => format!("{}s", kind.to_lowercase()),
    }
}

fn subject(kind: &str) -> String {
    match kinds::ALL.iter().find(|known| known.kind == kind) {
        Some(known) if !known.group.is_empty() => format!("{kind}.{}", known.group),
        Some(_) | None => kind.to_owned(),
    }
}

/// Checks that a write leaves alone what makes the object this object.
pub(super) fn identity(old: &Object, new: &Json) -> Result<(), String> {
    if !new.is_object() {
        return Err("the object provided is unrecognized: it is no JSON object".to_owned());
    }
    for path in ["/kind", "/apiVersion"] {
        if new.pointer(path) != old.at(path) {
            return Err(format!(
                "the object in the data ({}) does not match the expected {}",
                new.pointer(path).unwrap_or(&Json::Null),
                old.at(path).unwrap_or(&Json::Null)
            ));
        }
    }
    for field in ["name", "namespace", "uid", "creationTimestamp"] {
        let path = format!("/metadata/{field}");
        let given = new.pointer(&path);
        if given != old.at(&path) {
            return Err(invalid(
                old,
                &format!(
                    "metadata.{field}: Invalid value: {}: field is immutable",
                    given.unwrap_or(&Json::Null)
                ),
            ));
        }
    }
    Ok(())
}

/// Checks the object after a write.
pub(super) fn object(old: &Object, new: &Json) -> Result<(), String> {
    for map in ["labels", "annotations"] {
        texts(new, &format!("/metadata/{map}"), &format!("metadata.{map}"))?;
    }
    match old.kind() {
        "Deployment" => deployment(old, new),
        "ReplicaSet" | "StatefulSet" => replicas(old, new),
        "Pod" if new.get("spec") != old.at("/spec") => Err(invalid(
            old,
            "spec: Forbidden: pod updates may not change fields other than \
             `spec.containers[*].image`, `spec.initContainers[*].image`, \
             `spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing \
             tolerations), `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
             previously negative)",
        )),
        _ => Ok(()),
    }
}

fn deployment(old: &Object, new: &Json) -> Result<(), String> {
    replicas(old, new)?;
    for path in [
        "/spec/template/metadata/labels",
        "/spec/template/metadata/annotations",
    ] {
        texts(new, path, &path.trim_start_matches('/').replace('/', "."))?;
    }
    for field in [
        "minReadySeconds",
        "revisionHistoryLimit",
        "progressDeadlineSeconds",
    ] {
        whole(old, new, field)?;
    }
    if new.pointer("/spec/selector") != old.at("/spec/selector") {
        return Err(invalid(
            old,
            &format!(
                "spec.selector: Invalid value: {}: field is immutable",
                new.pointer("/spec/selector").unwrap_or(&Json::Null)
            ),
        ));
    }
    let labels = new
        .pointer("/spec/template/metadata/labels")
        .unwrap_or(&Json::Null);
    if !facts::selects(new.pointer("/spec/selector").unwrap_or(&Json::Null), labels) {
        return Err(invalid(
            old,
            &format!(
                "spec.template.metadata.labels: Invalid value: {labels}: `selector` does not match \
                 template `labels`"
            ),
        ));
    }
    containers(old, new)
}

fn replicas(old: &Object, new: &Json) -> Result<(), String> {
    whole(old, new, "replicas")
}

fn whole(old: &Object, new: &Json, field: &str) -> Result<(), String> {
    let Some(value) = new.get("spec").and_then(|spec| spec.get(field)) else {
        return Ok(());
    };
    match value.as_i64() {
        Some(0..=2_147_483_647) => Ok(()),
        Some(number) => Err(invalid(
            old,
            &format!("spec.{field}: Invalid value: {number}: must be greater than or equal to 0"),
        )),
        None => Err(unreadable(&format!("spec.{field}"), value)),
    }
}

fn containers(old: &Object, new: &Json) -> Result<(), String> {
    let list = new.pointer("/spec/template/spec/containers");
    let list = match list {
        Some(Json::List(list)) if !list.is_empty() => list,
        Some(Json::List(_) | Json::Null) | None => {
            return Err(invalid(
                old,
                "spec.template.spec.containers: Required value",
            ));
        }
        Some(other @ (Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Fields(_))) => {
            return Err(unreadable("spec.template.spec.containers", other));
        }
    };
    let mut names = BTreeSet::new();
    for (index, container) in list.iter().enumerate() {
        let at = format!("spec.template.spec.containers[{index}]");
        let field = |name: &str| match container.get(name) {
            None | Some(Json::Null) => Ok(""),
            Some(value) => value
                .as_str()
                .ok_or_else(|| unreadable(&format!("{at}.{name}"), value)),
        };
        let name = field("name")?;
        if name.is_empty() {
            return Err(invalid(old, &format!("{at}.name: Required value")));
        }
        if !names.insert(name) {
            return Err(invalid(
                old,
                &format!("{at}.name: Duplicate value: \"{name}\""),
            ));
        }
        let image = field("image")?;
        if image.is_empty() {
            return Err(invalid(old, &format!("{at}.image: Required value")));
        }
        if image.trim() != image {
            return Err(invalid(
                old,
                &format!(
                    "{at}.image: Invalid value: \"{image}\": must not have leading or trailing \
                     whitespace"
                ),
            ));
        }
    }
    Ok(())
}

fn texts(new: &Json, pointer: &str, path: &str) -> Result<(), String> {
    match new.pointer(pointer) {
        None | Some(Json::Null) => Ok(()),
        Some(Json::Fields(map)) => match map.iter().find(|(_, value)| !value.is_string()) {
            None => Ok(()),
            Some((key, value)) => Err(unreadable(&format!("{path}.{key}"), value)),
        },
        Some(other @ (Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_))) => {
            Err(unreadable(path, other))
        }
    }
}

fn invalid(object: &Object, problem: &str) -> String {
    format!(
        "{} \"{}\" is invalid: {problem}",
        subject(object.kind()),
        object.name()
    )
}

fn unreadable(path: &str, value: &Json) -> String {
    format!("json: cannot unmarshal {value} into the field {path}")
}

/// Whether the API server serves a kind, even where there is no object of it. Nobody serves metrics
/// here.
pub(super) fn is_served(kind: &str) -> bool {
    kind == "Endpoints"
        || kinds::ALL
            .iter()
            .chain(kinds::SECRETS)
            .any(|known| known.kind == kind && known.read != Read::OnDemand)
}
