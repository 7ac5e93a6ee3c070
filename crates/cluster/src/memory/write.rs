//! Patching an object as the API server does.

use facts::{Json, Object};
use model::{EffectKey, ObjectRef, PatchOp, Text};
use serde_json::{Value, json};

use super::store::{Key, set, unset};
use super::world::World;
use super::{defaults, validate};
use crate::WriteError;

/// A patch that the API server takes: the object after it.
pub(super) struct Accepted {
    /// The object as it would be.
    pub(super) object: Object,
    /// Whether it differs from the object there.
    pub(super) changed: bool,
}

impl World {
    /// Patches an object. A patch that changes nothing writes nothing.
    pub(super) fn patch(
        &mut self,
        target: &ObjectRef,
        patch: &[PatchOp],
    ) -> Result<Accepted, WriteError> {
        let accepted = self.rehearse(target, patch)?;
        if !accepted.changed {
            return Ok(accepted);
        }
        let key = Key::from(target);
        let before = self.store.get(&key).and_then(effect).map(str::to_owned);
        let object = self.store.put(accepted.object);
        if let Some(carried) = effect(&object)
            && before.as_deref() != Some(carried)
        {
            let count = self.effects.entry(carried.to_owned()).or_default();
            *count += 1;
        }
        self.changed_from_outside(&key);
        Ok(Accepted {
            object,
            changed: true,
        })
    }

    /// Does everything but the write.
    pub(super) fn rehearse(
        &self,
        target: &ObjectRef,
        patch: &[PatchOp],
    ) -> Result<Accepted, WriteError> {
        let missing = || WriteError::NotFound {
            object: target.clone(),
        };
        let old = self.store.get(&Key::from(target)).ok_or_else(missing)?;
        if target.uid.as_deref().is_some_and(|uid| uid != old.uid()) {
            return Err(missing());
        }
        let new = patched(target, old, patch)?;
        accept(target, old, new)
    }
}

/// Takes another state of an object, or says why it is not taken.
pub(super) fn accept(
    target: &ObjectRef,
    old: &Object,
    mut new: Value,
) -> Result<Accepted, WriteError> {
    let given = Json::from(&new);
    let version = given.pointer("/metadata/resourceVersion");
    let named = version
        .and_then(Json::as_str)
        .is_some_and(|version| !version.is_empty());
    if named && version != old.at("/metadata/resourceVersion") {
        return Err(WriteError::Conflict {
            object: target.clone(),
            message: format!(
                "Operation cannot be fulfilled on {} \"{}\": the object has been modified; \
                 please apply your changes to the latest version and try again",
                validate::resource(old.kind()),
                old.name()
            ),
        });
    }
    let refused = |message: String| WriteError::Refused {
        object: target.clone(),
        message: Text::same(message).into(),
    };
    validate::identity(old, &given).map_err(refused)?;
    // What only the server writes stays as it is, whatever the patch says.
    for path in [
        &["metadata", "resourceVersion"][..],
        &["metadata", "generation"],
        &["metadata", "deletionTimestamp"],
        &["metadata", "managedFields"],
        &["status"],
    ] {
        match old.at(&format!("/{}", path.join("/"))) {
            Some(value) => set(&mut new, path, value.clone()),
            None => unset(&mut new, path),
        }
    }
    defaults::fill(&mut new);
    let new = Json::from(new);
    validate::object(old, &new).map_err(refused)?;
    let changed = new != *old.json();
    let mut object = Object::new(new);
    if changed && starts_a_generation(old, object.json()) {
        object.set(&["metadata", "generation"], json!(old.generation() + 1));
    }
    Ok(Accepted { object, changed })
}

fn patched(target: &ObjectRef, old: &Object, patch: &[PatchOp]) -> Result<Value, WriteError> {
    let misfit = |message: String| WriteError::TestFailed {
        object: target.clone(),
        message,
    };
    let patch: json_patch::Patch = serde_json::to_value(patch)
        .and_then(serde_json::from_value)
        .map_err(|problem| misfit(problem.to_string()))?;
    let mut new = old.to_value();
    json_patch::patch(&mut new, &patch).map_err(|problem| misfit(problem.to_string()))?;
    Ok(new)
}

/// Deployments count a generation for another spec or other annotations, other kinds that count
/// them for another spec.
fn starts_a_generation(old: &Object, new: &Json) -> bool {
    let differs = |pointer: &str| new.pointer(pointer) != old.at(pointer);
    match old.kind() {
        "Deployment" => differs("/spec") || differs("/metadata/annotations"),
        kind => defaults::has_generation(kind) && differs("/spec"),
    }
}

fn effect(object: &Object) -> Option<&str> {
    object.annotation(EffectKey::ANNOTATION)
}
