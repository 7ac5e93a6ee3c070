//! Whatever is wrong with a recording is said in a line, and the rest goes on.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use cluster::dump::{self, Limits};
use facts::LogKey;
use proptest::prelude::*;

use super::{folder, list, pod, read, said, write};

#[test]
fn pipes_sockets_loops_and_links_out_are_never_followed() {
    let outside = folder(&[("secret.json", &pod("x", "outside"))]);
    let root = folder(&[("sub/pod.json", &pod("x", "inside"))]);
    let at = |name: &str| root.path().join(name);
    symlink(root.path(), at("loop")).unwrap();
    symlink(root.path(), at("sub/loop")).unwrap();
    symlink(at("circle"), at("circle")).unwrap();
    symlink(outside.path().join("secret.json"), at("out.json")).unwrap();
    symlink(outside.path(), at("outside")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(at("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let _socket = UnixListener::bind(at("socket")).unwrap();
    let dump = dump::read(root.path(), &Limits::default()).unwrap();
    assert_eq!(dump.snapshot.objects().len(), 1);
    assert!(dump.snapshot.get("Pod", "x", "inside").is_present());
    for words in [
        "pipe: it is a pipe",
        "socket: it is a pipe",
        "out.json: a link out",
        "circle: a link",
    ] {
        assert!(said(&dump, words), "{words}: {:?}", dump.notes);
    }
}

#[test]
fn a_huge_log_keeps_its_end() {
    let mut log: Vec<u8> = b"line of the log\n".repeat(200_000);
    log.extend(b"\x00\xff last words\n");
    let root = folder(&[("pods.json", &pod("shop", "a"))]);
    write(root.path(), "logs/shop/a/app.log", &log);
    let dump = dump::read(root.path(), &Limits::default()).unwrap();
    let key = LogKey::current("shop", "a", "app");
    let text = dump.snapshot.log(&key).present().unwrap().to_owned();
    assert!(text.len() <= (256 << 10) + 16 && text.ends_with(" last words\n"));
    assert!(text.starts_with("line of the log\n"));
    assert!(dump.bytes >= log.len() as u64);
}

#[test]
fn deep_nesting_and_alias_bombs_are_refused_and_the_rest_is_read() {
    let deep = format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"deep"}},"spec":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let yaml_deep = format!(
        "kind: Pod\napiVersion: v1\nmetadata:\n  name: deep\nspec: {}{}\n",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let mut bomb = "kind: Pod\napiVersion: v1\nmetadata:\n  name: bomb\nspec:\n  a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for n in 1..12 {
        let alias = format!("*a{},", n - 1).repeat(10);
        bomb.push_str(&format!(
            "  a{n}: &a{n} [{}]\n",
            alias.trim_end_matches(',')
        ));
    }
    let dump = read(&[
        ("bomb.yaml", &bomb),
        ("deep.json", &deep),
        ("deep.yaml", &yaml_deep),
        ("fine.json", &pod("x", "fine")),
    ]);
    assert_eq!(dump.snapshot.objects().len(), 1);
    for words in ["bomb.yaml", "deep.json", "deep.yaml"] {
        assert!(said(&dump, words), "{words}: {:?}", dump.notes);
    }
}

#[test]
fn odd_files_are_noted_and_an_empty_recording_is_an_error() {
    let dump = read(&[
        ("empty.json", ""),
        ("binary.bin", "\0\0\0\0"),
        ("words.txt", "some words\n"),
        (
            "status.json",
            r#"{"kind":"Status","apiVersion":"v1","metadata":{},"message":"pods is forbidden"}"#,
        ),
        ("fine.json", &pod("x", "fine")),
    ]);
    for words in [
        "empty.json: the file is empty",
        "binary.bin",
        "words.txt",
        "pods is forbidden",
    ] {
        assert!(said(&dump, words), "{words}: {:?}", dump.notes);
    }
    let nothing = folder(&[("words.txt", "some words\n")]);
    let why = dump::read(nothing.path(), &Limits::default()).unwrap_err();
    assert!(why.to_string().contains("words.txt"), "{why}");
    let zh = why.told().zh;
    assert!(zh.contains("中没有对象、日志或命令记录（words.txt"), "{zh}");
    let why = dump::read(&nothing.path().join("absent"), &Limits::default()).unwrap_err();
    assert!(why.to_string().contains("absent"), "{why}");
}

#[test]
fn more_files_than_allowed_are_counted() {
    let names: Vec<String> = (0..30).map(|n| format!("{n:02}.json")).collect();
    let one = pod("x", "a");
    let files: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), one.as_str()))
        .collect();
    let root = folder(&files);
    let limits = Limits {
        files: 10,
        notes: 1,
        ..Limits::default()
    };
    let dump = dump::read(root.path(), &limits).unwrap();
    assert_eq!(dump.files, 10);
    assert!(said(&dump, "20 more are left out"), "{:?}", dump.notes);
}

#[test]
fn of_more_objects_than_are_kept_none_is_taken_for_absent() {
    let text = list(&[pod("shop", "a"), pod("shop", "b"), pod("shop", "c")]);
    let root = folder(&[("pods.json", &text)]);
    let whole = dump::read(root.path(), &Limits::default()).unwrap();
    assert!(whole.snapshot.get("Pod", "shop", "d").is_absent());
    let limits = Limits {
        objects: 2,
        ..Limits::default()
    };
    let part = dump::read(root.path(), &limits).unwrap();
    assert_eq!(part.snapshot.objects().len(), 2);
    assert!(part.snapshot.get("Pod", "shop", "c").is_unknown());
    assert!(
        said(&part, "only the first 2 of 3 objects are kept"),
        "{:?}",
        part.notes
    );
}

#[test]
fn every_prefix_of_a_good_file_gives_the_objects_before_its_end() {
    let text = list(&[pod("shop", "a"), pod("shop", "b"), pod("shop", "c")]);
    let limits = Limits::default();
    for end in 0..text.len() {
        let Ok(dump) = dump::read_stream(&text.as_bytes()[..end], &limits) else {
            continue;
        };
        assert!(dump.snapshot.get("Pod", "shop", "d").is_unknown(), "{end}");
    }
    let cut = dump::read_stream(&text.as_bytes()[..text.len() - 40], &limits).unwrap();
    assert_eq!(cut.snapshot.objects().len(), 2);
    assert!(
        said(&cut, "ends in the middle; 2 items before are read"),
        "{:?}",
        cut.notes
    );
}

#[test]
fn what_never_ends_is_read_as_far_as_its_bound_and_no_further() {
    let limits = Limits {
        total_bytes: 4 << 20,
        file_bytes: 2 << 20,
        text_bytes: 1 << 20,
        ..Limits::default()
    };
    for byte in [b'\0', b'x', b'\n', b'[', b'{', b'"', b' ', b'\x1f'] {
        let why = dump::read_stream(std::io::repeat(byte), &limits);
        let why = why.map(|dump| dump.notes).unwrap_err().to_string();
        assert!(why.contains("standard input"), "{byte}: {why}");
    }
}

#[test]
fn a_file_that_should_hold_objects_and_does_not_is_told_with_the_line() {
    let dump = read(&[
        ("bad.yaml", "kind: Pod\n  metadata: {name: [\n"),
        ("values.yaml", "replicas: 3\n"),
        (
            "types.json",
            r#"{"kind": 7, "apiVersion": [], "metadata": "x"}"#,
        ),
        ("fine.json", &pod("x", "fine")),
    ]);
    assert_eq!(dump.snapshot.objects().len(), 1);
    for words in [
        "bad.yaml:",
        "values.yaml: it holds no Kubernetes objects",
        "types.json",
    ] {
        assert!(said(&dump, words), "{words}: {:?}", dump.notes);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = dump::read_stream(bytes.as_slice(), &Limits::default());
    }

    #[test]
    fn no_damage_to_a_good_file_makes_it_panic(at in 0_usize..400, byte in any::<u8>()) {
        let mut text = list(&[pod("shop", "a"), pod("shop", "b")]).into_bytes();
        let at = at % text.len();
        text[at] = byte;
        let _ = dump::read_stream(text.as_slice(), &Limits::default());
    }

    #[test]
    fn wrong_types_in_any_field_break_nothing(path in 0_usize..12, kind in 0_usize..6) {
        let paths = ["/spec", "/status", "/metadata/labels", "/metadata/annotations", "/metadata/ownerReferences",
            "/metadata/namespace", "/metadata/managedFields", "/spec/containers", "/status/conditions",
            "/metadata/creationTimestamp", "/data", "/metadata/resourceVersion"];
        let values = ["null", "5", "\"x\"", "[]", "{}", "[[{\"a\":1}]]"];
        let mut value: serde_json::Value = serde_json::from_str(
            r#"{"kind":"Pod","apiVersion":"v1","data":{},"metadata":{"name":"a","namespace":"s","labels":{},"annotations":{},"ownerReferences":[],"managedFields":[],"creationTimestamp":"","resourceVersion":""},"spec":{"containers":[]},"status":{"conditions":[]}}"#).unwrap();
        *value.pointer_mut(paths[path]).unwrap() = serde_json::from_str(values[kind]).unwrap();
        let dump = dump::read_stream(value.to_string().as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(dump.snapshot.objects().len(), 1);
    }
}
