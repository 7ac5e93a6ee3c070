//! Applying manifests, as `kubectl apply` does: what is not there is made, what is there is changed.

use facts::{Json, Object, kinds};
use model::{ObjectRef, Text};
use serde_json::{Value, json};

use super::script::Nature;
use super::store::{Key, set};
use super::world::World;
use super::write::accept;
use crate::WriteError;

/// The most objects that are applied at once.
const MOST: usize = 10_000;

impl World {
    /// Whether manifests may be applied.
    pub(super) fn check_manifests(&self, objects: &[Object]) -> Result<(), WriteError> {
        let refused = |object: &Object, message: String| WriteError::Refused {
            object: object.reference(),
            message: Text::same(message).into(),
        };
        for (count, object) in objects.iter().enumerate() {
            if count >= MOST {
                let message = format!("more than {MOST} objects at once");
                return Err(refused(object, message));
            }
            if object.kind().is_empty() || object.text("/apiVersion").is_empty() {
                let message = "Object 'Kind' or 'apiVersion' is missing".to_owned();
                return Err(refused(object, message));
            }
            if object.name().is_empty() {
                let message = "resource name may not be empty".to_owned();
                return Err(refused(object, message));
            }
            let object = homed(object.clone());
            if let Some(there) = self.store.get(&Key::of(&object)) {
                accept(&there.reference(), there, merged(there, &object))?;
            }
        }
        Ok(())
    }

    /// Applies manifests that were checked.
    pub(super) fn apply_manifests(&mut self, objects: &[Object]) -> Result<(), WriteError> {
        self.check_manifests(objects)?;
        for object in objects {
            let object = homed(object.clone());
            let key = Key::of(&object);
            match self.store.get(&key).cloned() {
                None => self.make(object),
                Some(there) => {
                    let target: ObjectRef = there.reference();
                    let accepted = accept(&target, &there, merged(&there, &object))?;
                    if accepted.changed {
                        self.store.put(accepted.object);
                        self.changed_from_outside(&key);
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes an object that somebody applies, and what the control plane adds to it.
    pub(super) fn make(&mut self, object: Object) {
        let object = self.create(object);
        let key = Key::of(&object);
        match object.kind() {
            "Job" => self.label_job(&key),
            "Pod" => {
                self.update(&key, |pod| {
                    if pod.pointer("/status/phase").is_none() {
                        let status = json!({"phase": "Pending", "qosClass": "BestEffort"});
                        set(pod, &["status"], status);
                    }
                });
                self.begin_pod(&object);
            }
            "Namespace" if self.nature == Nature::Whole => self.furnish(object.name()),
            "Service" if self.nature == Nature::Whole => self.give_address(&object),
            _ => {}
        }
        self.changed_from_outside(&key);
    }

    /// Puts into a new namespace what every namespace has.
    fn furnish(&mut self, namespace: &str) {
        self.update(&Key::new("Namespace", "", namespace), |object| {
            set(object, &["status", "phase"], json!("Active"));
            let label = ["metadata", "labels", "kubernetes.io/metadata.name"];
            set(object, &label, json!(namespace));
        });
        let has = |world: &Self, kind: &str, name: &str| {
            world.store.get(&Key::new(kind, namespace, name)).is_some()
        };
        if !has(self, "ServiceAccount", "default") {
            self.create(Object::new(json!({
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": "default", "namespace": namespace},
            })));
        }
        if !has(self, "ConfigMap", "kube-root-ca.crt") {
            self.create(Object::new(json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "kube-root-ca.crt", "namespace": namespace},
                "data": {"ca.crt": ""},
            })));
        }
    }

    /// Gives a Service an address of its own, unless it says that it has none.
    fn give_address(&mut self, service: &Object) {
        let given = !service.text("/spec/clusterIP").is_empty();
        if given || service.text("/spec/type") == "ExternalName" {
            return;
        }
        let number = self.store.mint();
        let address = format!("10.96.{}.{}", number / 250 % 250, number % 250 + 2);
        self.update(&Key::of(service), |object| {
            set(object, &["spec", "clusterIP"], json!(address));
            set(object, &["spec", "clusterIPs"], json!([address]));
        });
    }

    /// Has those look whom a change from outside concerns.
    pub(super) fn changed_from_outside(&mut self, key: &Key) {
        self.wake(key);
        match key.kind.as_str() {
            "Node" => {
                let daemons: Vec<Key> = self.store.list("DaemonSet", None).map(Key::of).collect();
                for daemon in daemons {
                    self.wake(&daemon);
                }
                self.room_has_changed();
            }
            "PersistentVolumeClaim" | "PersistentVolume" | "StorageClass" => {
                self.room_has_changed();
            }
            "ResourceQuota" if self.nature == Nature::Whole => self.count_quotas(&key.namespace),
            "Pod" => {
                if let Some(pod) = self.store.get(key).cloned() {
                    self.wake_services_of(&pod);
                }
            }
            _ => {}
        }
    }
}

/// The object in the namespace `default`, if its kind has namespaces and it names none.
fn homed(mut object: Object) -> Object {
    let kind = kinds::of_object(object.kind(), object.text("/apiVersion"));
    if object.namespace().is_empty() && kind.is_some_and(|kind| kind.namespaced) {
        object.set(&["metadata", "namespace"], "default");
    }
    object
}

/// An object with what a manifest says of it: maps are merged, anything else is replaced.
fn merged(there: &Object, manifest: &Object) -> Value {
    let mut value = there.to_value();
    merge(&mut value, manifest.json());
    value
}

fn merge(into: &mut Value, from: &Json) {
    match (into, from) {
        (Value::Object(into), Json::Fields(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.to_value(),
    }
}
