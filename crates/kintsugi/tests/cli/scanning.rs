//! Scans, diagnoses and records as a person or a script meets them, on recordings of real clusters.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::machine::Machine;

/// A case of the shipped skills, as a recording to look at.
fn case(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../skills/cases")
        .join(path)
        .canonicalize()
        .unwrap()
}

fn sick() -> String {
    case("image_pull/tag_not_found")
        .to_string_lossy()
        .into_owned()
}

fn well() -> String {
    case("image_pull/healthy_look_alike")
        .to_string_lossy()
        .into_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_scan_ends_with_bad_news_when_something_is_wrong_and_with_none_when_nothing_is() {
    let machine = Machine::new();
    let bad = machine.run(&["scan", "--from", &sick(), "-o", "json"]);
    assert_eq!(bad.code(), 1, "{}", bad.err);
    let report = json(&bad.out);
    assert_eq!(report["source"]["kind"], "dump");
    assert_eq!(report["findings"][0]["cause"], "image_pull");
    assert_eq!(report["findings"][0]["object"]["kind"], "Deployment");
    for key in [
        "version",
        "started_at",
        "elapsed_ms",
        "scanned",
        "blind_spots",
        "summary",
    ] {
        assert!(report.get(key).is_some(), "{key}");
    }
    for key in [
        "id",
        "fingerprint",
        "skill",
        "severity",
        "affected",
        "title",
        "root_cause",
        "confidence",
        "evidence",
        "next_steps",
        "remedies",
    ] {
        assert!(report["findings"][0].get(key).is_some(), "{key}");
    }
    let good = machine.run(&["scan", "--from", &well(), "-o", "json"]);
    assert_eq!(good.code(), 0, "{}", good.out);
    assert_eq!(json(&good.out)["findings"], Value::Array(Vec::new()));
    let never = machine.run(&["scan", "--from", &sick(), "--fail-on", "never"]);
    assert_eq!(never.code(), 0);
}

#[test]
fn a_scan_speaks_every_form_that_it_promises() {
    let machine = Machine::new();
    let run = |form: &str| machine.run(&["scan", "--from", &sick(), "-o", form]).out;
    let sarif = json(&run("sarif"));
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "image_pull");
    assert!(run("junit").contains("<failure type="));
    assert!(run("markdown").starts_with("# Kintsugi scan"));
    assert!(run("yaml").contains("cause: image_pull"));
    let zh = machine
        .run(&["scan", "--from", &sick(), "--lang", "zh"])
        .out;
    assert!(zh.contains("镜像仓库中不存在镜像"), "{zh}");
    for line in machine.run(&["scan", "--from", &sick()]).out.lines() {
        let command = line.trim_start().starts_with("kubectl");
        assert!(command || line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn a_diagnosis_names_the_cause_with_its_evidence_and_a_healthy_thing_is_said_to_be_well() {
    let machine = Machine::new();
    let told = machine.run(&["diagnose", "deploy/web", "--from", &sick(), "-o", "json"]);
    assert_eq!(told.code(), 1, "{}", told.err);
    let told = json(&told.out);
    assert_eq!(told["diagnosis"]["cause"], "image_pull");
    assert_eq!(told["rung"], "tree");
    assert_eq!(told["tokens"]["in"], 0);
    let dimensions = told["dimensions"].as_array().unwrap();
    assert_eq!(dimensions.len(), 6);
    assert_eq!(dimensions[0]["name"], "pod_status");
    assert_eq!(dimensions[0]["result"], "found");
    assert!(!told["diagnosis"]["evidence"].as_array().unwrap().is_empty());
    let well = machine.run(&[
        "diagnose",
        "deployment",
        "web",
        "--from",
        &well(),
        "-o",
        "json",
    ]);
    assert_eq!(well.code(), 0, "{}", well.out);
    assert_eq!(json(&well.out)["diagnosis"]["cause"], "healthy");
    let missing = machine.run(&["diagnose", "deploy/wbe", "--from", &sick()]);
    assert_eq!(missing.code(), 2);
    assert!(
        missing.err.contains("did you mean `web`?"),
        "{}",
        missing.err
    );
}

#[test]
fn what_stands_beside_a_workload_is_told_always_in_json_and_else_as_far_as_it_has_to_be_known() {
    let machine = Machine::new();
    let from = case("silence/whole_cluster").to_string_lossy().into_owned();
    let about = |space: &str, more: &[&str]| {
        let mut words = vec!["diagnose", "deploy/web", "-n", space, "--from", &from];
        words.extend(more);
        machine.run(&words).out
    };
    let told = |space: &str| {
        let told = json(&about(space, &["-o", "json"]));
        let beside = told["beside"].as_array().unwrap().clone();
        assert_eq!(beside.len(), 11);
        move |name: &str| {
            let one = beside.iter().find(|one| one["name"] == name).unwrap();
            let text = one["text"].as_str().unwrap().to_owned();
            (one["state"].as_str().unwrap().to_owned(), text)
        }
    };
    let limits = told("quota-with-room")("limits");
    assert_eq!(limits.0, "found");
    assert!(
        limits
            .1
            .starts_with("quota fair: limits.memory 64Mi/1Gi, pods 1/10; ")
    );
    let network = told("network-policies");
    assert!(network("network").1.contains("2 NetworkPolicies select it"));
    assert_eq!(network("limits").0, "not_seen");
    assert_eq!(
        network("storage"),
        ("nothing".to_owned(), "uses no claims".to_owned())
    );
    let rollout = told("updated-and-done")("rollout").1;
    assert!(
        rollout.ends_with("it changed containers[web].env[VERSION].value: 1 → 2"),
        "{rollout}"
    );
    // For people it is told in full to who asks for more, and of what is well not at all.
    let full = about("network-policies", &["-v"]);
    assert!(
        full.contains("  network    2 NetworkPolicies select it"),
        "{full}"
    );
    assert!(!about("network-policies", &[]).contains("Beside it"));
    let full = case("quota/exceeded").to_string_lossy().into_owned();
    let quota = machine
        .run(&["diagnose", "deploy/web", "--from", &full])
        .out;
    assert!(
        quota.contains("  limits  quota small is full: pods 1/1"),
        "{quota}"
    );
    assert!(!quota.contains("  rollout "), "{quota}");
    let zh = machine
        .run(&["diagnose", "deploy/web", "--from", &full, "--lang", "zh"])
        .out;
    assert!(zh.contains("  限额  配额 small 已满：pods 1/1"), "{zh}");
}

#[test]
fn a_record_scans_as_what_it_was_made_from_and_nothing_is_written_over() {
    let machine = Machine::new();
    let before = json(&machine.run(&["scan", "--from", &sick(), "-o", "json"]).out);
    for name in ["folder", "archive.tar.gz"] {
        machine.run(&["record", name, "--from", &sick()]).done();
        let after = json(&machine.run(&["scan", "--from", name, "-o", "json"]).out);
        for key in [
            "fingerprint",
            "cause",
            "object",
            "severity",
            "root_cause",
            "affected",
        ] {
            assert_eq!(
                before["findings"][0][key], after["findings"][0][key],
                "{name}: {key}"
            );
        }
        let again = machine.run(&["record", name, "--from", &sick()]);
        assert_eq!(again.code(), 2, "{name}");
    }
    let part = machine.run(&["record", "part", "--from", &sick(), "-n", "shop"]);
    assert!(part.error().contains("leave -n out"));
}

#[test]
fn what_cannot_be_read_is_named_with_the_next_step() {
    let machine = Machine::new();
    let told = machine.run(&["scan", "--from", "nowhere"]).error();
    assert!(told.contains("nowhere"), "{told}");
    let told = machine
        .run(&["scan", "--from", &sick(), "--skill", "imagepull"])
        .error();
    assert!(
        told.contains("imagepull") && told.contains("did you mean `image_pull`?"),
        "{told}"
    );
    let told = machine.run(&["incidents", "-o", "sarif"]).error();
    assert!(told.contains("sarif"), "{told}");
}

#[test]
fn skills_are_linted_with_the_place_of_what_is_wrong() {
    let machine = Machine::new();
    std::fs::create_dir(machine.work().join("mine")).unwrap();
    machine.write(
        "mine/odd.yaml",
        "format: 1\nname: odd\ntriggers:\n  - {resource: pod, when: \"pod.nmae == 'a'\"}\n",
    );
    let told = machine.run(&["skills", "lint", "--dir", "mine"]);
    assert_eq!(told.code(), 1);
    assert!(
        told.out.contains("odd.yaml:4:") && told.out.contains("did you mean `name`?"),
        "{}",
        told.out
    );
    machine.run(&["skills", "list", "-o", "json"]).done();
    machine.run(&["skills", "show", "image_pull"]).done();
}

#[test]
fn the_page_of_skills_is_the_one_that_the_skills_make() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let machine = Machine::new();
    let skills = root.join("skills").canonicalize().unwrap();
    let dir = skills.to_string_lossy().into_owned();
    let made = machine
        .run(&["skills", "list", "--skills", &dir, "-o", "markdown"])
        .out;
    let page = root.join("docs/skills.md");
    if std::env::var_os("KINTSUGI_WRITE_DOCS").is_some() {
        std::fs::write(&page, &made).unwrap();
    }
    let there = std::fs::read_to_string(&page).unwrap();
    assert!(
        there == made,
        "docs/skills.md is old: kintsugi skills list -o markdown > docs/skills.md"
    );
}

#[test]
fn a_namespace_that_was_asked_for_hears_nothing_of_what_breaks_others() {
    let machine = Machine::new();
    let namespace = |name: &str, ending: Value| {
        serde_json::json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-11-20T10:00:00Z",
                         "deletionTimestamp": ending},
            "status": {"phase": if ending.is_null() { "Active" } else { "Terminating" }}})
    };
    let whole = serde_json::json!({"apiVersion": "v1", "kind": "NamespaceList", "items": [
        namespace("shop", Value::Null),
        namespace("going", Value::from("2026-11-20T11:00:00Z")),
        // What is newest tells what time it was.
        namespace("late", Value::Null),
    ]});
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("namespaces.json"), whole.to_string()).unwrap();
    let from = folder.path().to_string_lossy().into_owned();
    let found = |name: &str| {
        let told = machine.run(&["scan", "--from", &from, "-n", name, "-o", "json"]);
        json(&told.out)["findings"].as_array().unwrap().len()
    };
    assert_eq!(found("shop"), 0);
    let all = machine.run(&["scan", "--from", &from, "-o", "json"]);
    assert_eq!(
        found("going"),
        json(&all.out)["findings"].as_array().unwrap().len()
    );
    let unknown = machine.run(&["scan", "--from", &from, "-n", "shpo"]);
    assert_eq!(unknown.code(), 2);
    assert!(
        unknown.err.contains("there is no namespace `shpo`"),
        "{}",
        unknown.err
    );
    assert!(
        unknown.err.contains("did you mean `shop`"),
        "{}",
        unknown.err
    );
}

#[test]
fn a_saved_answer_of_a_prometheus_beside_a_recording_is_read_with_it() {
    let machine = Machine::new();
    let leak = case("oom/course_leak").to_string_lossy().into_owned();
    let told = machine.run(&["scan", "--from", &leak]).out;
    assert!(told.contains("its memory grows steadily"), "{told}");
    let both = [
        "scan",
        "--from",
        &leak,
        "--prometheus",
        "http://127.0.0.1:9090",
    ];
    assert_eq!(machine.run(&both).code(), 2);
}

const PASTED: &str = "$ kubectl get pods -n shop
NAME                   READY   STATUS             RESTARTS   AGE
api-7d4b9c6f5d-x2x9k   0/1     ImagePullBackOff   0          5m
";

#[test]
fn what_was_not_seen_for_one_reason_is_told_once_in_the_readers_language() {
    let machine = Machine::new();
    machine.write("pasted.txt", PASTED);
    let scan = ["scan", "--from", "pasted.txt"];
    let told = machine.run(&scan).out;
    assert_eq!(told.matches("ot in this transcript").count(), 1, "{told}");
    assert!(told.contains("  Not in this transcript: "), "{told}");
    assert!(
        told.lines().all(|line| line.chars().count() <= 100),
        "{told}"
    );
    let zh = machine.run(&[&scan[..], &["--lang", "zh"]].concat()).out;
    assert!(zh.contains("不在这份命令记录中："), "{zh}");
    assert!(!zh.contains("in this"), "{zh}");
    let markdown = machine.run(&[&scan[..], &["-o", "markdown"]].concat()).out;
    assert!(
        markdown.contains("\n- Not in this transcript: "),
        "{markdown}"
    );
    let listed = json(&machine.run(&[&scan[..], &["-o", "json"]].concat()).out);
    assert!(listed["blind_spots"].as_array().unwrap().len() > 3);
    let zh = [&scan[..], &["-o", "json", "--lang", "zh"]].concat();
    let listed = json(&machine.run(&zh).out);
    for spot in listed["blind_spots"].as_array().unwrap() {
        assert_eq!(spot["why"], "不在这份命令记录中", "{spot}");
    }
}

#[test]
fn no_container_is_told_by_a_name_that_nobody_has_shown() {
    let machine = Machine::new();
    for (pasted, en, zh) in [
        (
            "crash/table_names_no_container",
            "a container of pod `lonely` ends again and again",
            "Pod `lonely` 的某个容器反复退出",
        ),
        (
            "crash/table_of_init_errors",
            "kubectl logs web-6b89fc455d-fdsll -n shop --all-containers --ignore-errors",
            "Deployment `web` 的某个初始化容器反复退出",
        ),
        (
            "crash/transcript_all_pods",
            "an init container of Deployment `orders`",
            "StatefulSet `queue` 的 Pod `queue-0` 中的容器",
        ),
    ] {
        let pasted = case(pasted).to_string_lossy().into_owned();
        for (lang, words) in [("en", en), ("zh", zh)] {
            let told = machine
                .run(&["scan", "--from", &pasted, "--lang", lang])
                .out;
            let line = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(line.contains(words), "{told}");
            assert!(!told.contains("`?") && !told.contains("-c ?"), "{told}");
            assert!(!told.contains("/?"), "{told}");
        }
    }
}

#[test]
fn a_record_that_was_written_in_english_tells_in_chinese_what_was_not_seen() {
    let machine = Machine::new();
    machine.write("pasted.txt", PASTED);
    let record = ["record", "kept", "--from", "pasted.txt", "--lang", "en"];
    machine.run(&record).done();
    let scan = |lang: &str| machine.run(&["scan", "--from", "kept", "--lang", lang]).out;
    let (en, zh) = (scan("en"), scan("zh"));
    assert!(en.contains("  Not in this transcript: "), "{en}");
    assert!(zh.contains("不在这份命令记录中："), "{zh}");
}

#[test]
fn a_record_of_the_first_format_is_read_and_tells_what_it_holds_as_it_stands() {
    let machine = Machine::new();
    let manifest = r#"{
        "format": 1, "written_by": "kintsugi 0.1.0", "cluster": "c1",
        "taken_at": "2026-03-01T09:00:00Z", "scope": {"namespaces": "all"},
        "complete": [{"kind": "Pod", "objects": 0}], "files": [], "logs": [],
        "blind_spots": [{"what": "logs", "why": "not in this transcript"},
                        {"what": "nodes", "why": "nodes is forbidden"}]
    }"#;
    std::fs::create_dir(machine.work().join("old")).unwrap();
    machine.write("old/kintsugi-record.json", manifest);
    for lang in ["en", "zh"] {
        let told = machine
            .run(&["scan", "--from", "old", "--lang", lang])
            .done();
        assert!(told.out.contains("nodes is forbidden"), "{told:?}");
        assert!(told.out.contains("not in this transcript"), "{told:?}");
    }
}

#[test]
fn what_every_folder_of_lists_brings_is_noted_only_for_who_wants_to_know_more() {
    let machine = Machine::new();
    let pods = "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: \"\"}\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop}}\n";
    machine.write("pods.yaml", pods);
    let scan = ["scan", "--from", "pods.yaml"];
    let told = machine.run(&scan).err;
    assert!(!told.contains("lists are taken"), "{told}");
    let told = machine.run(&[&scan[..], &["-v"]].concat()).err;
    assert!(told.contains("note: lists are taken"), "{told}");
    let told = machine
        .run(&[&scan[..], &["-v", "--lang", "zh"]].concat())
        .err;
    assert!(told.contains("提示：以下列表被视为"), "{told}");
}

#[test]
fn a_name_that_is_begun_or_wrong_is_answered_with_those_there_are() {
    let machine = Machine::new();
    let there = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: shop}\nspec: {replicas: 1}\n";
    machine.write("there.yaml", there);
    let ask = |name: &str| {
        let args = ["diagnose", name, "-n", "shop", "--from", "there.yaml"];
        let told = machine.run(&args);
        assert_eq!(told.code(), 2, "{told:?}");
        told.err
    };
    let told = ask("deployment/ap");
    assert!(told.contains("did you mean `api`?"), "{told}");
    let told = ask("deployment/something-else");
    assert!(told.contains("there are: api"), "{told}");
    assert!(!told.contains("name its namespace"), "{told}");
    let skills = case("../../skills").to_string_lossy().into_owned();
    for args in [
        &["skills", "show", "image_pul"][..],
        &["skills", "test", "image_pul", "--skills", &skills],
        &["scan", "--skill", "image_pul", "--from", "there.yaml"],
    ] {
        let told = machine.run(args).error();
        assert!(told.contains("did you mean `image_pull`?"), "{told}");
    }
}

#[test]
fn a_folder_with_nothing_readable_says_how_much_was_tried() {
    let machine = Machine::new();
    std::fs::create_dir(machine.work().join("bad")).unwrap();
    for name in ["a.json", "b.json", "c.json"] {
        machine.write(&format!("bad/{name}"), "{\"kind\": ");
    }
    let told = machine.run(&["scan", "--from", "bad"]).error();
    assert!(
        told.contains("a.json") && told.contains("and 2 more"),
        "{told}"
    );
}

#[test]
fn a_pipe_that_nobody_writes_to_is_said_to_be_waited_for() {
    let machine = Machine::new();
    let pipe = machine.work().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let scan = machine.start(&["scan", "--from", "pipe"]);
    scan.line("waiting for what is written to pipe");
    std::fs::write(&pipe, PASTED).unwrap();
    assert_eq!(scan.end().code(), 1);
}
