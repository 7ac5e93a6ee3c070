//! Who stands behind a Service: its EndpointSlice, written from the pods that it selects.

use facts::container::pod_ready;
use facts::{Json, Object};
use serde_json::{Value, json};

use super::replica_set::owner_reference;
use super::store::{Key, set};
use super::world::World;

impl World {
    /// Has the Services look that select a pod.
    pub(super) fn wake_services_of(&mut self, pod: &Object) {
        if self.nature.is_simple() {
            return;
        }
        let labels = pod.at("/metadata/labels").unwrap_or(&Json::Null);
        let keys: Vec<Key> = self
            .store
            .list("Service", Some(pod.namespace()))
            .filter(|service| selects(service, labels))
            .map(Key::of)
            .collect();
        for key in keys {
            self.wake(&key);
        }
    }

    /// Looks at one Service, and writes its EndpointSlice.
    pub(super) fn sync_service(&mut self, key: &Key) {
        let Some(service) = self.store.get(key).cloned() else {
            return;
        };
        if !has_selector(&service) || service.text("/spec/type") == "ExternalName" {
            return;
        }
        let pods: Vec<Object> = self
            .store
            .list("Pod", Some(&key.namespace))
            .filter(|pod| selects(&service, pod.at("/metadata/labels").unwrap_or(&Json::Null)))
            .filter(|pod| !pod.text("/status/podIP").is_empty())
            .filter(|pod| !matches!(pod.text("/status/phase"), "Succeeded" | "Failed"))
            .cloned()
            .collect();
        let endpoints: Vec<Value> = pods.iter().map(|pod| endpoint(&service, pod)).collect();
        let ports: Vec<Value> = service
            .list("/spec/ports")
            .iter()
            .filter_map(|port| slice_port(port, &pods))
            .collect();
        let slice = self
            .store
            .owned(service.uid(), "EndpointSlice")
            .next()
            .map(Key::of);
        let slice = match slice {
            Some(slice) => slice,
            None => self.make_slice(&service),
        };
        self.update(&slice, |object| {
            set(object, &["endpoints"], Value::Array(endpoints));
            set(object, &["ports"], Value::Array(ports));
        });
    }

    fn make_slice(&mut self, service: &Object) -> Key {
        let suffix = self.store.mint_suffix();
        let mut labels = json!({
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "kubernetes.io/service-name": service.name(),
        });
        if service.text("/spec/clusterIP") == "None" {
            set(&mut labels, &["service.kubernetes.io/headless"], json!(""));
        }
        let slice = self.create(Object::new(json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{}-{suffix}", service.name()),
                "generateName": format!("{}-", service.name()),
                "namespace": service.namespace(),
                "labels": labels,
                "ownerReferences": [owner_reference("v1", service)],
            },
            "addressType": "IPv4",
            "endpoints": [],
            "ports": [],
        })));
        Key::of(&slice)
    }
}

fn has_selector(service: &Object) -> bool {
    service
        .at("/spec/selector")
        .and_then(Json::as_object)
        .is_some_and(|selector| !selector.is_empty())
}

fn selects(service: &Object, labels: &Json) -> bool {
    has_selector(service)
        && service.at("/spec/selector").is_some_and(|selector| {
            facts::selects(&Json::Null.with(&["matchLabels"], selector.clone()), labels)
        })
}

fn endpoint(service: &Object, pod: &Object) -> Value {
    let terminating = pod.at("/metadata/deletionTimestamp").is_some();
    let serving = pod_ready(pod);
    let unasked = service.at("/spec/publishNotReadyAddresses") == Some(&Json::Bool(true));
    let mut endpoint = json!({
        "addresses": [pod.text("/status/podIP")],
        "conditions": {
            "ready": unasked || (serving && !terminating),
            "serving": serving,
            "terminating": terminating,
        },
        "nodeName": pod.text("/spec/nodeName"),
        "targetRef": {
            "kind": "Pod",
            "name": pod.name(),
            "namespace": pod.namespace(),
            "uid": pod.uid(),
        },
    });
    if let Some(name) = pod.at("/spec/hostname") {
        set(&mut endpoint, &["hostname"], name.clone());
    }
    endpoint
}

/// A port of a slice; a port that goes by a name has the number that the pods give it.
fn slice_port(port: &Json, pods: &[Object]) -> Option<Value> {
    let number = match port.get("targetPort") {
        Some(Json::Number(number)) => number.as_u64(),
        Some(Json::Text(name)) => pods.iter().find_map(|pod| named(pod, name)),
        _ => port.get("port").and_then(Json::as_u64),
    }?;
    Some(json!({
        "name": port.get("name").and_then(Json::as_str).unwrap_or_default(),
        "port": number,
        "protocol": port.get("protocol").and_then(Json::as_str).unwrap_or("TCP"),
    }))
}

fn named(pod: &Object, name: &str) -> Option<u64> {
    pod.list("/spec/containers")
        .iter()
        .filter_map(|container| container.get("ports")?.as_array())
        .flatten()
        .find(|port| port.get("name").and_then(Json::as_str) == Some(name))?
        .get("containerPort")?
        .as_u64()
}
