//! What is broken, hostile or forbidden is told in a line that names it, and the rest goes on.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::api_server::{ApiServer, Mood};
use crate::machine::{Machine, Ran, ran};

/// A recording in which Deployment `web` of namespace `shop` cannot pull its image.
fn sick() -> String {
    let case = "../../skills/cases/image_pull/tag_not_found/objects.json";
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(case)).unwrap()
}

fn objects() -> Vec<Value> {
    let list: Value = serde_json::from_str(&sick()).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// That the fault was found all the same.
fn found(ran: &Ran) {
    assert_eq!(ran.code(), 1, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["findings"][0]["cause"], "image_pull", "{ran:?}");
    assert_eq!(report["findings"][0]["object"]["name"], "web");
}

/// That a note names a file and what is wrong with it, in one line.
fn noted(ran: &Ran, file: &str, words: &str) {
    let told = |line: &&str| line.starts_with("note: ") && line.contains(file);
    let line = ran.err.lines().find(told);
    let line = line.unwrap_or_else(|| panic!("nothing is said of {file}: {}", ran.err));
    assert!(line.contains(words), "{line}");
    assert!(line.len() < 600, "{line}");
}

/// Runs it in so little memory, and so little time, that nothing large can be held.
fn cramped(machine: &Machine, args: &[&str]) -> Ran {
    let mut command = Command::new("timeout");
    let script = "ulimit -v 1500000; exec \"$@\"";
    command.args(["--kill-after=5", "600", "sh", "-c", script, "sh"]);
    command.arg(env!("CARGO_BIN_EXE_kintsugi")).args(args);
    machine.dress(&mut command);
    // One arena each for many threads would look like memory that is in use.
    command.env("MALLOC_ARENA_MAX", "2");
    ran(&mut command)
}

#[test]
fn whatever_else_is_in_a_recording_the_fault_in_it_is_found() {
    let machine = Machine::new();
    let dump = machine.work().join("dump");
    fs::create_dir_all(dump.join("sub")).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(dump.join(name), bytes).unwrap();
    put("objects.json", sick().as_bytes());

    put("bad.yaml", b"kind: Pod\n  metadata: {name: [\n");
    let cut = sick();
    put("cut.json", &cut.as_bytes()[..cut.len() / 3]);
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    put("deep.json", format!("{{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{{\"name\":\"d\"}},\"spec\":{deep}}}").as_bytes());
    put(
        "deep.yaml",
        format!(
            "kind: Pod\napiVersion: v1\nmetadata: {{name: d}}\nspec: {}{}\n",
            "[".repeat(9_000),
            "]".repeat(9_000)
        )
        .as_bytes(),
    );
    let mut bomb =
        "kind: Pod\napiVersion: v1\nmetadata: {name: b}\na0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for n in 1..14 {
        let alias = vec![format!("*a{}", n - 1); 9].join(",");
        writeln!(bomb, "a{n}: &a{n} [{alias}]").unwrap();
    }
    put("bomb.yaml", bomb.as_bytes());
    put(
        "types.json",
        br#"{"kind": 7, "apiVersion": [], "metadata": "x", "items": {"a": 1}}"#,
    );
    put("empty.json", b"");
    put("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0");

    symlink(&dump, dump.join("loop")).unwrap();
    symlink(dump.join("circle"), dump.join("circle")).unwrap();
    symlink("/dev/zero", dump.join("zero")).unwrap();
    symlink("/etc/passwd", dump.join("passwd.json")).unwrap();
    let made = Command::new("mkfifo").arg(dump.join("pipe")).status();
    assert!(made.unwrap().success());
    let _socket = UnixListener::bind(dump.join("socket")).unwrap();

    let ran = cramped(&machine, &["scan", "--from", "dump", "-o", "json"]);
    found(&ran);
    for (file, words) in [
        ("bad.yaml", "line 2"),
        ("cut.json", "ends in the middle"),
        ("deep.json", "nest"),
        ("deep.yaml", "nest"),
        ("bomb.yaml", "its aliases unfold"),
        ("types.json", "without a kind"),
        ("empty.json", "empty"),
        ("picture.png", ""),
        ("circle", "link"),
        ("zero", "a link out"),
        ("passwd.json", "a link out"),
        ("pipe", "pipe"),
        ("socket", "pipe"),
    ] {
        noted(&ran, file, words);
    }
}

#[test]
fn a_log_of_200_megabytes_with_binary_in_it_is_read_from_its_end() {
    let machine = Machine::new();
    let dump = machine.work().join("dump");
    fs::create_dir_all(dump.join("logs/shop/api-1")).unwrap();
    let pod = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"api-1","namespace":"shop","uid":"u1","creationTimestamp":"2026-01-01T10:00:00Z"},
        "spec":{"containers":[{"name":"api","image":"shop/api:1"}]},
        "status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}],"containerStatuses":[{"name":"api","ready":false,"restartCount":7,
        "state":{"waiting":{"reason":"CrashLoopBackOff"}},
        "lastState":{"terminated":{"exitCode":1,"reason":"Error","startedAt":"2026-01-01T10:20:00Z","finishedAt":"2026-01-01T10:20:01Z"}}}]}}"#;
    fs::write(dump.join("pods.json"), pod).unwrap();
    let log = dump.join("logs/shop/api-1/api.previous.log");
    let mut file = File::create(&log).unwrap();
    let mut block =
        b"2026-01-01T10:00:00Z INFO all is well \x00\x01\xff\xfe\x80 here\n".repeat(20_000);
    block.extend(vec![0_u8; 1 << 20]);
    while file.metadata().unwrap().len() < 200_000_000 {
        file.write_all(&block).unwrap();
    }
    file.write_all(b"\xc3\x28\x00 noise\nKeyError: 'SMTP_HOST'\n")
        .unwrap();
    drop(file);
    let ran = cramped(&machine, &["scan", "--from", "dump", "-o", "json"]);
    assert_eq!(ran.code(), 1, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let told = report["findings"][0]["root_cause"].as_str().unwrap();
    assert!(told.contains("SMTP_HOST"), "{told}");
}

#[test]
fn a_cluster_in_trouble_is_scanned_as_far_as_it_answers() {
    let machine = Machine::new();
    for mood in [
        Mood::Refuses(401),
        Mood::Refuses(403),
        Mood::Refuses(410),
        Mood::Refuses(429),
        Mood::Refuses(500),
        Mood::Half,
        Mood::Nothing,
        Mood::Nonsense,
    ] {
        let troubled = |path: &str| path.ends_with("/events") || path.ends_with("/nodes");
        let server = ApiServer::start(objects(), move |path| match troubled(path) {
            true => mood,
            false => Mood::Sound,
        });
        let kubeconfig = server.kubeconfig(&machine);
        let ran = machine.run(&["scan", "-A", "--kubeconfig", &kubeconfig, "-o", "json"]);
        found(&ran);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let spots = report["blind_spots"].as_array().unwrap();
        for what in ["events", "nodes"] {
            let spot = spots.iter().find(|spot| spot["what"] == what);
            let why = spot.unwrap_or_else(|| panic!("{mood:?}: {spots:?}"))["why"].as_str();
            assert!(why.is_some_and(|why| why.len() > 5), "{mood:?}: {why:?}");
        }
    }
}

#[test]
fn a_cluster_that_gives_nothing_at_all_is_no_healthy_cluster() {
    let machine = Machine::new();
    for mood in [
        Mood::Refuses(401),
        Mood::Refuses(403),
        Mood::Refuses(500),
        Mood::Nothing,
        Mood::Nonsense,
    ] {
        let server = ApiServer::start(objects(), move |path| match path.contains("kube-system") {
            true => Mood::Refuses(403),
            false => mood,
        });
        let kubeconfig = server.kubeconfig(&machine);
        // What is refused is soon said; what may come right is asked for again and again.
        let refused: &[&[&str]] = &[&["-A"], &[], &["-n", "shop"]];
        let ways = if mood == Mood::Refuses(403) { 3 } else { 1 };
        for more in &refused[..ways] {
            let words = [&["scan", "--kubeconfig", &kubeconfig][..], more].concat();
            let told = machine.run(&words).error();
            assert!(told.contains("kubectl"), "{mood:?}: {told}");
        }
    }
}

#[test]
fn who_may_read_one_namespace_only_is_shown_that_one_and_told_of_the_rest() {
    let machine = Machine::new();
    let server = ApiServer::start(objects(), |path| match path.contains("/namespaces/") {
        true => Mood::Sound,
        false => Mood::Refuses(403),
    });
    let kubeconfig = server.kubeconfig(&machine);
    for more in [&["-A"][..], &[]] {
        let words = ["scan", "--kubeconfig", &kubeconfig, "-o", "json"];
        let ran = machine.run(&[&words[..], more].concat());
        found(&ran);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let spots = report["blind_spots"].as_array().unwrap();
        let is_told = |what: &str| spots.iter().any(|spot| spot["what"] == what);
        assert!(is_told("pods outside of namespace shop"), "{spots:?}");
        assert!(is_told("nodes"), "{spots:?}");
        assert!(ran.err.contains("name others with -n"), "{}", ran.err);
    }
    let elsewhere = machine.run(&["scan", "--kubeconfig", &kubeconfig, "-n", "other"]);
    assert_eq!(elsewhere.code(), 0, "{elsewhere:?}");
}

#[test]
fn lists_that_are_refused_for_one_reason_are_one_line_for_people_and_one_each_for_machines() {
    let machine = Machine::new();
    let server = ApiServer::start(objects(), |path| match path.contains("/namespaces/") {
        true => Mood::Sound,
        false => Mood::Refuses(403),
    });
    let kubeconfig = server.kubeconfig(&machine);
    let scan = |lang: &str, form: &str| {
        let words = ["scan", "-A", "--kubeconfig", &kubeconfig];
        let out = machine
            .run(&[&words[..], &["--lang", lang, "-o", form]].concat())
            .out;
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = "forbidden: User \"looker\" cannot list … at the cluster scope";
    let told = scan("en", "text");
    // One for what there is in the namespace all the same, and one for what is in none.
    assert_eq!(told.matches("cannot list").count(), 2, "{told}");
    assert!(
        told.contains(&format!(" more outside of namespace shop: {said}")),
        "{told}"
    );
    let zh = scan("zh", "text");
    assert!(zh.contains("项（命名空间 shop 之外）："), "{zh}");
    assert!(!zh.contains(" more"), "{zh}");
    for lang in ["en", "zh"] {
        let report: Value = serde_json::from_str(&scan(lang, "json")).unwrap();
        let spots = report["blind_spots"].as_array().unwrap();
        assert!(spots.len() > 30, "{spots:?}");
        for spot in spots {
            let fields = spot.as_object().unwrap();
            assert!(
                fields.len() == 2 && spot["what"].is_string() && spot["why"].is_string(),
                "{spot}"
            );
        }
    }
}
