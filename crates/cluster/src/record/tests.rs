use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use facts::{CourseKey, CourseSeen, LogKey, LogSeen, Snapshot, slim::slim};
use model::{ClusterId, Text, Timestamp};
use serde_json::{Value, json};

use super::{About, FILE, Manifest, ReadRecordError, WriteRecordError, read, write};
use crate::{BlindSpot, Namespaces, Reading, Scope};

fn object(kind: &str, namespace: &str, name: &str) -> Value {
    json!({"kind": kind, "apiVersion": "v1",
           "metadata": {"name": name, "namespace": namespace, "resourceVersion": "5"}})
}

fn reading() -> Reading {
    let mut snapshot = Snapshot::default().taken_at(Timestamp::from_micros(1_760_000_000_000_000));
    let mut node = object("Node", "", "n1");
    node["metadata"]
        .as_object_mut()
        .unwrap()
        .shift_remove("namespace");
    let mut pod = object("Pod", "shop", "web-1");
    pod["spec"] = json!({"containers": [{"name": "web", "env": [
        {"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "PORT", "value": "80"}]}]});
    let mut map = object("ConfigMap", "shop", "web");
    map["data"] = json!({"MAIL": "mail.shop"});
    let mut secret = object("Secret", "shop", "tls");
    secret["type"] = json!("kubernetes.io/tls");
    secret["data"] = json!({"tls.crt": "Q0VSVA==", "tls.key": "S0VZ"});
    for value in [
        node,
        pod,
        map,
        secret,
        object("Pod", "../..", "x"),
        object("Widget", "shop", "w"),
    ] {
        snapshot.add(slim(&value).unwrap());
    }
    snapshot.mark_complete("Pod", None);
    snapshot.mark_complete("Node", None);
    snapshot.mark_complete("ConfigMap", Some("shop"));
    let text = "starting\ntoken=abcdef failed\n".to_owned();
    snapshot.put_log(LogKey::current("shop", "web-1", "web"), LogSeen::Text(text));
    snapshot.put_log(
        LogKey::previous("shop", "web-1", "web"),
        LogSeen::Absent(Text::same("previous terminated container not found")),
    );
    snapshot.put_course(
        CourseKey::new("shop", "web-1", "web"),
        CourseSeen::Absent(Text::new("nothing was measured", "没有测量值")),
    );
    Reading {
        snapshot,
        blind_spots: vec![BlindSpot::new(
            Text::same("events"),
            &Text::same("events is forbidden"),
        )],
        only_in: None,
        requests: 3,
        bytes: 100,
    }
}

fn write_to(path: &Path) -> Manifest {
    let cluster = ClusterId::live("c1");
    let names = BTreeSet::from(["shop".to_owned()]);
    let scope = Scope {
        namespaces: Namespaces::Named(names),
        ..Scope::default()
    };
    let about = About {
        cluster: &cluster,
        server_version: Some("v1.36.3"),
        scope: &scope,
    };
    write(&reading(), about, path).unwrap()
}

#[test]
fn what_is_read_back_is_what_was_written_but_for_secrets() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["record", "record.tar.gz"] {
        let path = folder.path().join(name);
        let manifest = write_to(&path);
        let record = read(&path).unwrap();
        assert_eq!(record.manifest, manifest);
        let (was, is) = (reading().snapshot, record.snapshot);
        assert_eq!(is.complete(), was.complete());
        assert_eq!(is.taken(), was.taken());
        assert_eq!(is.objects().len(), was.objects().len());
        for object in was.objects() {
            let found = is.get(object.kind(), object.namespace(), object.name());
            let mut expected = object.clone();
            if object.kind() == "Pod" && object.name() == "web-1" {
                expected.edit(|pod| {
                    pod["spec"]["containers"][0]["env"][0]["value"] = "[redacted]".into();
                });
            }
            assert_eq!(found.present(), Some(&expected));
        }
        let log = is.log(&LogKey::current("shop", "web-1", "web"));
        assert_eq!(log.present(), Some("starting\ntoken=[redacted] failed\n"));
        assert!(
            is.log(&LogKey::previous("shop", "web-1", "web"))
                .is_absent()
        );
        assert!(
            is.log(&LogKey::current("shop", "web-2", "web"))
                .is_unknown()
        );
        let course = CourseKey::new("shop", "web-1", "web");
        assert!(is.course(&course).is_absent());
        let mut absent = is.courses().map(|(_, seen)| seen);
        let unmeasured = CourseSeen::Absent(Text::new("nothing was measured", "没有测量值"));
        assert_eq!(absent.next(), Some(&unmeasured));
        assert!(is.get("ConfigMap", "shop", "x").is_absent());
        assert!(is.get("ConfigMap", "other", "x").is_unknown());
        assert_eq!(record.manifest.blind_spots[0].what.en, "events");
    }
}

#[test]
fn no_secret_is_in_any_file_and_no_file_is_outside() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("record");
    let manifest = write_to(&root);
    let paths: Vec<_> = manifest
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "configmaps/shop.json",
            "nodes/_cluster.json",
            "pods/_.._...json",
            "pods/shop.json",
            "secrets/shop.json",
            "widget/shop.json"
        ]
    );
    for path in paths.iter().chain(&[FILE, "logs/shop/web-1/web.log"]) {
        let text = fs::read_to_string(root.join(path)).unwrap();
        for secret in ["hunter2", "S0VZ", "abcdef", "mail.shop"] {
            assert!(!text.contains(secret), "{path}: {secret}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_same_reading_gives_the_same_archive() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = ["a.tar.gz", "b.tgz"].map(|name| {
        let path = folder.path().join(name);
        write_to(&path);
        fs::read(path).unwrap()
    });
    assert_eq!(bytes[0], bytes[1]);
}

#[test]
fn nothing_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = ClusterId::live("c1");
    let scope = Scope::default();
    let about = About {
        cluster: &cluster,
        server_version: None,
        scope: &scope,
    };
    for name in ["record", "record.tar.gz"] {
        let path = folder.path().join(name);
        write_to(&path);
        let error = write(&reading(), about, &path).unwrap_err();
        assert!(matches!(error, WriteRecordError::Exists(_)), "{error}");
    }
}

#[test]
fn a_damaged_record_is_never_read_as_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    type Damage = (&'static str, fn(&Path));
    let damage: [Damage; 6] = [
        ("missing", |root| {
            fs::remove_file(root.join("pods/shop.json")).unwrap()
        }),
        ("half", |root| {
            let path = root.join("pods/shop.json");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, &text[..text.len() / 2]).unwrap();
        }),
        ("fewer", |root| {
            fs::write(root.join("pods/shop.json"), "{\"items\": []}").unwrap()
        }),
        ("outside", |root| {
            let path = root.join(FILE);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replace("pods/shop.json", "../shop.json")).unwrap();
        }),
        #[cfg(unix)]
        ("link", |root| {
            let path = root.join("pods/shop.json");
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink("/dev/zero", path).unwrap();
        }),
        ("without", |root| {
            fs::remove_file(root.join("logs/shop/web-1/web.log")).unwrap()
        }),
    ];
    for (name, damage) in damage {
        let root = folder.path().join(name);
        write_to(&root);
        damage(&root);
        let error = read(&root).unwrap_err();
        assert!(
            matches!(error, ReadRecordError::Damaged { .. }),
            "{name}: {error}"
        );
    }
    let path = folder.path().join("record.tar.gz");
    write_to(&path);
    let bytes = fs::read(&path).unwrap();
    for end in (0..bytes.len()).step_by(37) {
        fs::write(&path, &bytes[..end]).unwrap();
        assert!(read(&path).is_err(), "{end} of {} bytes", bytes.len());
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        read(empty.path()),
        Err(ReadRecordError::NoRecord(_))
    ));
}
