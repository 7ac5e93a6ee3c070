//! Events as the controllers and the kubelet emit them: counted when repeated, forgotten after an
//! hour.

use std::collections::BTreeMap;

use facts::Object;
use model::{Millis, Timestamp};
use serde_json::{Value, json};

use super::store::{Key, set};
use super::world::{Due, World};

/// How long the API server keeps an event that is not repeated.
const KEPT: Millis = Millis::secs(3600);

/// What is known of events beside their objects, which only tell seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct EventLog {
    same: BTreeMap<(String, String, String), Key>,
    last: BTreeMap<Key, (Timestamp, (String, String, String))>,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happening<'a> {
    /// Whether it is only for information.
    pub(super) normal: bool,
    /// One word.
    pub(super) reason: &'a str,
    /// A sentence.
    pub(super) message: &'a str,
    /// Which controller says so.
    pub(super) component: &'a str,
    /// On which node; empty for controllers.
    pub(super) host: &'a str,
    /// Which part of the object; empty for all of it.
    pub(super) field: &'a str,
}

impl World {
    /// Emits an event about an object.
    pub(super) fn emit(&mut self, about: &Object, what: Happening<'_>) {
        let same = (
            about.uid().to_owned(),
            what.reason.to_owned(),
            format!("{} {}", what.field, what.message),
        );
        let stamp = self.stamp();
        let key = match self.events.same.get(&same).cloned() {
            Some(key) => {
                self.update(&key, |event| {
                    let count = event.get("count").and_then(Value::as_u64).unwrap_or(0);
                    set(event, &["count"], json!(count + 1));
                    set(event, &["lastTimestamp"], json!(stamp));
                });
                key
            }
            None => {
                let event = self.event(about, what, &stamp);
                let key = Key::of(&self.create(event));
                self.events.same.insert(same.clone(), key.clone());
                self.at(self.now.plus(KEPT), Due::Forget(key.clone()));
                key
            }
        };
        self.events.last.insert(key, (self.now, same));
    }

    /// Forgets an event, unless it was repeated within the time it is kept.
    pub(super) fn forget_event(&mut self, key: &Key) {
        let Some((last, same)) = self.events.last.get(key).cloned() else {
            return;
        };
        let until = last.plus(KEPT);
        if until > self.now {
            self.at(until, Due::Forget(key.clone()));
            return;
        }
        self.events.last.remove(key);
        self.events.same.remove(&same);
        self.store.remove(key);
    }

    fn event(&mut self, about: &Object, what: Happening<'_>, stamp: &str) -> Object {
        let number = self.store.mint();
        let nanos = self.now.micros().unsigned_abs().saturating_mul(1000);
        let mut source = json!({"component": what.component});
        if !what.host.is_empty() {
            set(&mut source, &["host"], json!(what.host));
        }
        let mut involved = json!({
            "kind": about.kind(),
            "namespace": about.namespace(),
            "name": about.name(),
            "uid": about.uid(),
            "apiVersion": about.text("/apiVersion"),
            "resourceVersion": about.resource_version(),
        });
        if !what.field.is_empty() {
            set(&mut involved, &["fieldPath"], json!(what.field));
        }
        Object::new(json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": format!("{}.{:016x}", about.name(), nanos.wrapping_add(number)),
                "namespace": about.namespace(),
            },
            "involvedObject": involved,
            "reason": what.reason,
            "message": what.message,
            "source": source,
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "type": if what.normal { "Normal" } else { "Warning" },
            "eventTime": null,
            "reportingComponent": what.component,
            "reportingInstance": what.host,
        }))
    }
}
