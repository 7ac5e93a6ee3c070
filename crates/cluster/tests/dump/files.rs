//! Every form of file is read for what it holds.

use facts::LogKey;
use model::Timestamp;

use super::{list, pod, read, said, stream};

#[test]
fn objects_are_read_from_every_form_of_json() {
    let (a, b) = (pod("shop", "a"), pod("shop", "b"));
    let bare = a.replace(r#""apiVersion":"v1","kind":"Pod","#, "");
    let forms = [
        ("single.json", a.clone(), 1),
        ("pods.json", list(&[a.clone(), b.clone()]), 2),
        ("lines.jsonl", format!("{a}\n{b}\n"), 2),
        ("array.json", format!("[{a},{b}]"), 2),
        (
            "typed.json",
            format!(
                r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"7"}},"items":[{bare}]}}"#
            ),
            1,
        ),
        (
            "late.json",
            format!(r#"{{"items":[{bare}],"kind":"PodList","apiVersion":"v1"}}"#),
            1,
        ),
        ("pods.json", format!(r#"{{"items":[{bare}]}}"#), 1),
        ("mark.json", format!("\u{feff}{a}"), 1),
        ("crlf.json", a.replace(',', ",\r\n"), 1),
        ("noname", a.clone(), 1),
    ];
    for (name, text, count) in forms {
        let dump = read(&[(name, &text)]);
        assert_eq!(
            dump.snapshot.objects().len(),
            count,
            "{name}: {text}\n{:?}",
            dump.notes
        );
        let pod = dump.snapshot.get("Pod", "shop", "a").present().unwrap();
        assert_eq!(pod.text("/apiVersion"), "v1", "{name}");
    }
}

#[test]
fn objects_are_read_from_every_form_of_yaml() {
    let a = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: shop\nspec:\n  containers:\n  - name: app\n";
    let item = "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n    namespace: shop\n";
    let forms = [
        (a.to_owned(), 1),
        (
            format!("---\n# a comment\n{a}---\n{}", a.replace(": a", ": b")),
            2,
        ),
        (
            format!(
                "apiVersion: v1\nitems:\n{item}kind: List\nmetadata:\n  resourceVersion: \"\"\n"
            ),
            1,
        ),
        (
            format!(
                "apiVersion: v1\nitems:\n{item}{}kind: List\nmetadata:\n  resourceVersion: \"\"\n",
                item.replace(": a", ": b")
            ),
            2,
        ),
        (a.replace('\n', "\r\n"), 1),
        (
            format!(
                "metadata:\n  name: a\n  namespace: shop\nkind: Pod\napiVersion: v1\n--- \n{}",
                a.replace(": a", ": c")
            ),
            2,
        ),
    ];
    for (text, count) in forms {
        let dump = read(&[("some.yaml", &text)]);
        assert_eq!(
            dump.snapshot.objects().len(),
            count,
            "{text}\n{:?}",
            dump.notes
        );
        assert!(dump.snapshot.get("Pod", "shop", "a").is_present());
    }
}

#[test]
fn a_broken_item_of_a_yaml_list_leaves_the_others() {
    let text = "apiVersion: v1\nitems:\n- kind: Pod\n  metadata:\n    name: a\n- kind: Pod\n  metadata: {name: [\n- kind: Pod\n  metadata:\n    name: c\nkind: List\n";
    let dump = read(&[("pods.yaml", text)]);
    assert_eq!(dump.snapshot.objects().len(), 2);
    assert!(said(&dump, "pods.yaml:"), "{:?}", dump.notes);
    assert!(dump.snapshot.get("Pod", "", "b").is_unknown());
}

#[test]
fn text_in_utf16_is_converted_and_that_is_said() {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(pod("shop", "a").encode_utf16().flat_map(u16::to_le_bytes));
    let root = super::folder(&[]);
    super::write(root.path(), "pod.json", &bytes);
    let dump = cluster::dump::read(root.path(), &cluster::dump::Limits::default()).unwrap();
    assert!(dump.snapshot.get("Pod", "shop", "a").is_present());
    assert!(said(&dump, "UTF-16"));
}

#[test]
fn of_two_looks_the_newest_resource_version_wins() {
    let with = |version: &str, phase: &str| {
        format!(
            r#"{{"kind":"Pod","metadata":{{"name":"a","namespace":"shop","resourceVersion":"{version}"}},"status":{{"phase":"{phase}"}}}}"#
        )
    };
    let dump = read(&[
        ("1.json", &with("10", "Running")),
        ("2.json", &with("9", "Pending")),
    ]);
    let pod = dump.snapshot.get("Pod", "shop", "a").present().unwrap();
    assert_eq!(pod.text("/status/phase"), "Running");
}

#[test]
fn the_time_of_a_recording_is_its_newest_time() {
    let text = r#"{"kind":"Pod","metadata":{"name":"a","namespace":"s","creationTimestamp":"2026-02-01T00:00:00Z","deletionTimestamp":"2027-01-01T00:00:00Z"},"status":{"conditions":[{"lastTransitionTime":"2026-02-03T04:05:06Z"}]}}"#;
    let dump = stream(text);
    assert_eq!(
        dump.snapshot.taken(),
        Timestamp::parse("2026-02-03T04:05:06Z")
    );
}

#[test]
fn logs_are_found_by_their_place_and_strays_by_the_names_in_it() {
    let key = |container: &str, previous| LogKey {
        namespace: "shop".into(),
        pod: "api-1".into(),
        container: container.into(),
        previous,
    };
    let two = r#"{"kind":"Pod","metadata":{"name":"api-1","namespace":"shop"},"spec":{"containers":[{"name":"api"},{"name":"proxy"}]}}"#;
    let dump = read(&[
        ("pods.json", two),
        (
            "logs/shop/api-1/api.log",
            "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"forged\"}}\n",
        ),
        ("logs/shop/api-1/api.previous.log", "boom\r\n"),
        ("more/api-1-proxy.log", "hello\n"),
        ("more/api-1_proxy_previous.txt", "before\n"),
        ("more/unrelated.txt", "just words\n"),
    ]);
    assert!(
        dump.snapshot
            .log(&key("api", false))
            .present()
            .unwrap()
            .contains("forged")
    );
    assert!(dump.snapshot.get("Pod", "", "forged").is_unknown());
    assert_eq!(
        dump.snapshot.log(&key("api", true)).present(),
        Some("boom\n")
    );
    assert_eq!(
        dump.snapshot.log(&key("proxy", false)).present(),
        Some("hello\n")
    );
    assert_eq!(
        dump.snapshot.log(&key("proxy", true)).present(),
        Some("before\n")
    );
    assert!(said(&dump, "more/unrelated.txt"));
}

#[test]
fn a_cluster_info_dump_is_read_from_its_folder_and_from_standard_output() {
    let pods = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"12"},"items":[{"metadata":{"name":"api-1","namespace":"shop"},"spec":{"containers":[{"name":"api"}]}}]}"#;
    let services = r#"{"kind":"ServiceList","apiVersion":"v1","metadata":{"resourceVersion":"12"},"items":[]}"#;
    let empty = r#"{"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{"resourceVersion":"12"},"items":null}"#;
    let nodes = r#"{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"12"},"items":[{"metadata":{"name":"n1"}}]}"#;
    let logs = "==== START logs for container api of pod shop/api-1 ====\nboom\n==== END logs for container api of pod shop/api-1 ====\n";
    let dump = read(&[
        ("nodes.json", nodes),
        ("shop/pods.json", pods),
        ("shop/services.json", services),
        ("shop/deployments.json", empty),
        ("quiet/pods.json", &pods.replace(r#"{"metadata":{"name":"api-1","namespace":"shop"},"spec":{"containers":[{"name":"api"}]}}"#, "")),
        ("shop/api-1/logs.txt", logs),
    ]);
    let snapshot = &dump.snapshot;
    assert!(snapshot.get("Pod", "shop", "api-1").is_present());
    assert!(snapshot.get("Pod", "shop", "api-2").is_absent());
    assert!(snapshot.get("Service", "shop", "api").is_absent());
    assert!(snapshot.get("Deployment", "shop", "api").is_absent());
    assert!(snapshot.get("Pod", "quiet", "api").is_absent());
    assert!(snapshot.get("Service", "quiet", "api").is_unknown());
    assert!(snapshot.get("Node", "", "n2").is_absent());
    assert!(snapshot.get("ConfigMap", "shop", "c").is_unknown());
    let key = LogKey::current("shop", "api-1", "api");
    assert_eq!(snapshot.log(&key).present(), Some("boom\n"));

    let all = stream(&format!("{nodes}\n{pods}\n{services}\n{logs}{nodes}"));
    assert!(all.snapshot.get("Pod", "shop", "api-1").is_present());
    assert_eq!(all.snapshot.log(&key).present(), Some("boom\n"));
    assert!(
        all.notes
            .iter()
            .all(|note| !note.problem.en.contains("JSON")),
        "{:?}",
        all.notes
    );
}

#[test]
fn values_of_config_maps_and_secrets_never_get_in() {
    let json = r#"{"kind":"List","items":[{"kind":"Secret","metadata":{"name":"s","namespace":"n"},"data":{"K":"aHVudGVyMg=="}},{"kind":"ConfigMap","metadata":{"name":"c","namespace":"n"},"data":{"K":"hunter2"}}]}"#;
    let yaml = "kind: SecretList\nitems:\n- metadata:\n    name: t\n    namespace: n\n  data:\n    K: aHVudGVyMg==\n";
    let dump = read(&[("a.json", json), ("b.yaml", yaml)]);
    assert_eq!(dump.snapshot.objects().len(), 3);
    for object in dump.snapshot.objects() {
        let text = object.json().to_string();
        assert!(
            !text.contains("aHVudGVyMg") && !text.contains("hunter2"),
            "{text}"
        );
        assert!(object.at("/data/K").is_some());
    }
}
