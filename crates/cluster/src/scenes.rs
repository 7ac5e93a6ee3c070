//! Ready-made clusters in memory, and what goes wrong in them: for the demo and for tests.

use std::collections::BTreeMap;

use facts::Object;
use model::{Millis, ObjectRef, PatchOp};
use serde_json::{Value, json};

use crate::memory::{ImageBehaviour, MemoryCluster, Nature, Pace, Past, Seed, Setup, WorldChange};
use crate::{WriteError, memory};

/// The namespace of the shop.
pub const NAMESPACE: &str = "shop";
/// The image that `web` runs before anything goes wrong.
pub const GOOD_IMAGE: &str = "registry.example/shop/web:1.4.2";
/// The image that ran before that.
pub const OLDER_IMAGE: &str = "registry.example/shop/web:1.4.1";
/// The image that somebody sets by mistake: there is no such tag.
pub const BAD_IMAGE: &str = "registry.example/shop/web:1.4.3-rc";
/// The image that `cart` runs.
pub const CART_IMAGE: &str = "registry.example/shop/cart:2.0.1";

/// The Deployment `web` of the shop.
#[must_use]
pub fn web() -> ObjectRef {
    ObjectRef::new("Deployment", NAMESPACE, "web")
}

/// A healthy shop: Deployments `web` (3 replicas) and `cart` (2), each with its Service.
#[must_use]
pub fn shop(pace: Pace) -> Setup {
    Setup {
        name: "shop".to_owned(),
        pace,
        seed: Seed {
            age: Millis::secs(26 * 3600),
            objects: vec![
                namespace(NAMESPACE),
                node("worker-1", "10.0.0.11"),
                node("worker-2", "10.0.0.12"),
                deployment("web", 3, GOOD_IMAGE),
                service("web"),
                deployment("cart", 2, CART_IMAGE),
                service("cart"),
            ],
            images: images(&[GOOD_IMAGE, OLDER_IMAGE, CART_IMAGE]),
            ..Seed::default()
        },
    }
}

/// A cluster of one node that is as large as a small machine, and nothing on it: everything on it is
/// played as on a real one. The images of the repository's scenarios exist.
#[must_use]
pub fn single_node() -> Setup {
    let mut machine = node("node-1", "10.0.0.11");
    let labels = json!({
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": "node-1",
        "kubernetes.io/os": "linux",
    });
    machine.set(&["metadata", "labels"], labels);
    Setup {
        name: "single-node".to_owned(),
        pace: Pace::real(),
        seed: Seed {
            age: Millis::secs(3600),
            objects: vec![namespace("default"), namespace("kube-system"), machine],
            images: images(&["busybox:1.36", "python:3.11-slim", "nginx:1.22"]),
            nature: Nature::Whole,
            ..Seed::default()
        },
    }
}

/// Somebody sets `web`'s image to a tag that does not exist: the rollout cannot go on, and the pods
/// of the good revision keep serving.
///
/// # Errors
/// When the cluster refuses it.
pub fn bad_tag(cluster: &MemoryCluster) -> Result<Object, WriteError> {
    cluster.edit(&web(), &set_image(BAD_IMAGE))
}

/// From now on the good image crashes when it is started anew: putting it back does not help, and
/// the pods that run it already go on.
///
/// # Errors
/// When the change cannot be written to the journal.
pub fn good_image_crashes_now(cluster: &MemoryCluster, after: Millis) -> Result<(), WriteError> {
    cluster.set_image(
        GOOD_IMAGE,
        Some(ImageBehaviour::CrashesAfter {
            after,
            exit_code: 1,
            log: "level=info msg=\"starting\"\nlevel=error msg=\"cannot read session keys\" \
                  error=\"unsupported key format\"\n"
                .to_owned(),
        }),
    )
}

/// The missing tag appears in the registry: the trouble resolves by itself at the next pull.
///
/// # Errors
/// When the change cannot be written to the journal.
pub fn bad_tag_appears(cluster: &MemoryCluster) -> Result<(), WriteError> {
    cluster.set_image(BAD_IMAGE, Some(ImageBehaviour::Runs))
}

/// A shop where `web` went from 1.4.1 to 1.4.2 and, before that rollout was through, to the tag that
/// does not exist: pods of two good revisions are ready, most of them of the older one. The fault is
/// in it already.
#[must_use]
pub fn shop_with_three_revisions(pace: Pace) -> Setup {
    let mut setup = shop(pace);
    for object in &mut setup.seed.objects {
        if object.kind() == "Deployment" && object.name() == "web" {
            *object = deployment("web", 3, OLDER_IMAGE);
        }
    }
    // The first new pod is ready after the controllers, the scheduler and the kubelet have had their
    // turns; its successor takes as long again, and in between comes the next change.
    let one_pod = 3 * pace.react.0 + pace.pull.0 + pace.start.0;
    let first = Millis(setup.seed.age.0.saturating_sub(20 * one_pod));
    let second = Millis(first.0 + one_pod + one_pod / 2);
    setup.seed.history = vec![
        past(first, set_image(GOOD_IMAGE)),
        past(second, set_image(BAD_IMAGE)),
    ];
    setup
}

/// The patch by which somebody sets the image of a Deployment's first container.
#[must_use]
pub fn set_image(image: &str) -> Vec<PatchOp> {
    vec![PatchOp::Replace {
        path: "/spec/template/spec/containers/0/image".to_owned(),
        value: json!(image),
    }]
}

fn past(after: Millis, patch: Vec<PatchOp>) -> Past {
    Past {
        after,
        change: WorldChange::Patch {
            object: web(),
            patch,
        },
    }
}

fn images(names: &[&str]) -> BTreeMap<String, ImageBehaviour> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), memory::ImageBehaviour::Runs))
        .collect()
}

/// A Deployment with one container of its own name.
#[must_use]
pub fn deployment(name: &str, replicas: u32, image: &str) -> Object {
    Object::new(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels(name)},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": labels(name)},
                "spec": {"containers": [{
                    "name": name,
                    "image": image,
                    "ports": [{"name": "http", "containerPort": 8080}],
                }]},
            },
        },
    }))
}

fn labels(name: &str) -> Value {
    json!({"app": name})
}

fn service(name: &str) -> Object {
    Object::new(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels(name)},
        "spec": {
            "selector": {"app": name},
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }))
}

fn namespace(name: &str) -> Object {
    Object::new(json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }))
}

fn node(name: &str, address: &str) -> Object {
    Object::new(json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": {},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": address},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
            }],
            "capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
        },
    }))
}
