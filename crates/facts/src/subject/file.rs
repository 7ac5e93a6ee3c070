//! Where a file lies that a program could not use: in the image, or in what a volume mounts.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{Container, text};
use crate::log::Failure;
use crate::references;

pub(super) const SCHEMA: Section = &[
    // The path that the failing line names; empty if it names none.
    ("facts.file.path", Type::Text),
    // The volume mounted at or above it, where, and what is behind it: `ConfigMap`, `Secret`,
    // `PersistentVolumeClaim`, `EmptyDir`, `HostPath` …; empty if it lies in the image.
    ("facts.file.volume", Type::Text),
    ("facts.file.mount", Type::Text),
    ("facts.file.source_kind", Type::Text),
    ("facts.file.source", Type::Text),
    // The names of the files that the source gives there, if they are known.
    ("facts.file.known", Type::Bool),
    ("facts.file.keys", Type::Texts),
    ("facts.file.nearest", Type::Text),
    ("facts.file.read_only", Type::Bool),
];

pub(super) fn data(
    scene: Scene<'_>,
    pod: &Object,
    container: &Container<'_>,
    failure: &Failure,
) -> Value {
    let path = failure.path.as_str();
    let mount = mount_of(container, path).unwrap_or(&Json::Null);
    let name = text(mount, "/name");
    let volume = pod
        .list("/spec/volumes")
        .iter()
        .find(|volume| text(volume, "/name") == name && !name.is_empty())
        .unwrap_or(&Json::Null);
    let source = Source::of(volume);
    let files = files(scene, pod, volume, &source);
    let wanted = path.rsplit('/').next().unwrap_or_default();
    let near = files.as_ref().and_then(|files| {
        crate::nearest(
            wanted,
            files
                .iter()
                .map(String::as_str)
                .filter(|file| *file != wanted),
        )
    });
    let read_only = mount
        .get("readOnly")
        .and_then(Json::as_bool)
        .unwrap_or(false)
        || matches!(source.kind, "ConfigMap" | "Secret" | "Projected");
    json!({
        "path": path,
        "volume": name,
        "mount": text(mount, "/mountPath"),
        "source_kind": source.kind,
        "source": source.name,
        "known": files.is_some(),
        "nearest": near.unwrap_or(""),
        "keys": files.clone().unwrap_or_default(),
        "read_only": read_only && !name.is_empty(),
    })
}

/// The deepest mount at or above a path.
fn mount_of<'a>(container: &Container<'a>, path: &str) -> Option<&'a Json> {
    let mounts = container.spec.get("volumeMounts")?.as_array()?;
    mounts
        .iter()
        .filter(|mount| {
            let at = text(mount, "/mountPath").trim_end_matches('/');
            path == at
                || path
                    .strip_prefix(at)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
        .max_by_key(|mount| text(mount, "/mountPath").len())
}

struct Source<'a> {
    kind: &'static str,
    name: &'a str,
}

impl<'a> Source<'a> {
    fn of(volume: &'a Json) -> Self {
        let kinds = [
            ("configMap", "ConfigMap", "/configMap/name"),
            ("secret", "Secret", "/secret/secretName"),
            (
                "persistentVolumeClaim",
                "PersistentVolumeClaim",
                "/persistentVolumeClaim/claimName",
            ),
            ("emptyDir", "EmptyDir", ""),
            ("hostPath", "HostPath", "/hostPath/path"),
            ("projected", "Projected", ""),
            ("nfs", "NFS", "/nfs/server"),
            ("csi", "CSI", "/csi/driver"),
        ];
        kinds
            .into_iter()
            .find(|(field, _, _)| volume.get(field).is_some())
            .map_or(Self { kind: "", name: "" }, |(_, kind, name)| Self {
                kind,
                name: if name.is_empty() {
                    ""
                } else {
                    text(volume, name)
                },
            })
    }
}

/// The files that a volume gives: its keys, under the names that `items` gives them.
fn files(
    scene: Scene<'_>,
    pod: &Object,
    volume: &Json,
    source: &Source<'_>,
) -> Option<Vec<String>> {
    if !matches!(source.kind, "ConfigMap" | "Secret") {
        return None;
    }
    let items = ["/configMap/items", "/secret/items"]
        .into_iter()
        .find_map(|place| volume.pointer(place)?.as_array());
    if let Some(items) = items {
        return Some(
            items
                .iter()
                .map(|item| text(item, "/path").to_owned())
                .collect(),
        );
    }
    let found = scene
        .snapshot
        .get(source.kind, pod.namespace(), source.name);
    found.present().and_then(references::keys_of)
}
