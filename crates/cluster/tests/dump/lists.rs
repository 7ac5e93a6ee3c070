//! What a recording says about absence: only what evidently is all there is.

use super::{list, pod, read, said, stream};

fn map(namespace: &str, name: &str) -> String {
    pod(namespace, name).replace("Pod", "ConfigMap")
}

#[test]
fn a_list_named_after_its_kind_is_whole_in_its_namespace() {
    let dump = read(&[("pods.json", &list(&[pod("shop", "b"), pod("shop", "a")]))]);
    assert!(dump.snapshot.get("Pod", "shop", "c").is_absent());
    assert!(dump.snapshot.get("Pod", "other", "c").is_unknown());
    assert!(said(&dump, "taken for all there is"));
}

#[test]
fn a_list_of_two_namespaces_is_one_of_all() {
    let dump = read(&[("pods.json", &list(&[pod("a", "x"), pod("b", "x")]))]);
    assert!(dump.snapshot.get("Pod", "c", "x").is_absent());
}

#[test]
fn a_single_object_says_nothing_of_others() {
    let dump = stream(&pod("shop", "a"));
    assert!(dump.snapshot.get("Pod", "shop", "b").is_unknown());
}

#[test]
fn a_list_of_one_is_whole_since_one_by_name_comes_without_a_list() {
    let dump = stream(&list(&[pod("shop", "a")]));
    assert!(dump.snapshot.get("Pod", "shop", "b").is_absent());
}

#[test]
fn objects_out_of_order_may_have_been_picked() {
    let dump = read(&[("some.json", &list(&[pod("shop", "b"), pod("shop", "a")]))]);
    assert!(dump.snapshot.get("Pod", "shop", "c").is_unknown());
    assert!(said(&dump, "may have been picked"));
    let dump = stream(&list(&[pod("shop", "a"), map("shop", "c")]));
    assert!(dump.snapshot.get("Pod", "shop", "c").is_unknown());
}

#[test]
fn a_list_of_several_kinds_in_order_is_whole_for_each_of_them() {
    let dump = stream(&list(&[
        pod("shop", "a"),
        pod("shop", "b"),
        map("shop", "c"),
    ]));
    assert!(dump.snapshot.get("Pod", "shop", "c").is_absent());
    assert!(dump.snapshot.get("ConfigMap", "shop", "d").is_absent());
    assert!(dump.snapshot.get("Secret", "shop", "d").is_unknown());
}

#[test]
fn an_empty_list_is_told_by_its_file_and_its_place() {
    let empty = list(&[]);
    let some = list(&[pod("shop", "a")]);
    let table = [
        (
            vec![
                ("shop/pods.json", some.as_str()),
                ("shop/configmaps.json", &empty),
            ],
            "shop",
            true,
        ),
        (
            vec![("pods.json", some.as_str()), ("configmaps.json", &empty)],
            "shop",
            true,
        ),
        (
            vec![
                ("pods.json", some.as_str()),
                ("configmaps-shop.json", &empty),
            ],
            "shop",
            true,
        ),
        (
            vec![
                ("pods.json", some.as_str()),
                ("shop_cm.yaml", "apiVersion: v1\nitems: []\nkind: List\n"),
            ],
            "shop",
            true,
        ),
        (
            vec![("pods.json", some.as_str()), ("configmaps.json", &empty)],
            "other",
            false,
        ),
        (
            vec![("pods.json", some.as_str()), ("nothing.json", &empty)],
            "shop",
            false,
        ),
    ];
    for (files, namespace, absent) in table {
        let dump = read(&files);
        let found = dump.snapshot.get("ConfigMap", namespace, "x");
        assert_eq!(found.is_absent(), absent, "{files:?} {:?}", dump.notes);
        assert!(absent || found.is_unknown());
    }
    let nodes = read(&[("pods.json", &some), ("nodes.json", &empty)]);
    assert!(nodes.snapshot.get("Node", "", "x").is_absent());
    let both = list(&[pod("a", "x"), pod("b", "x")]);
    let all = read(&[("pods.json", &both), ("pvc.json", &empty)]);
    assert!(
        all.snapshot
            .get("PersistentVolumeClaim", "c", "x")
            .is_absent()
    );
}

#[test]
fn a_list_that_goes_on_or_is_broken_is_not_whole() {
    let on = list(&[pod("shop", "a")]).replace(
        r#""resourceVersion":"""#,
        r#""continue":"abc","resourceVersion":"5""#,
    );
    let broken = list(&[pod("shop", "a"), "{\"kind\":5}".into()]);
    for text in [on, broken] {
        let dump = read(&[("pods.json", &text)]);
        assert!(dump.snapshot.get("Pod", "shop", "b").is_unknown(), "{text}");
        assert!(dump.snapshot.get("Pod", "shop", "a").is_present());
    }
}

#[test]
fn kinds_that_are_not_in_it_are_blind_spots() {
    let dump = read(&[("pods.json", &list(&[pod("shop", "a")]))]);
    let spot = dump
        .blind_spots
        .iter()
        .find(|spot| spot.what.en == "configmaps")
        .unwrap();
    assert_eq!(spot.why.en, "not in this recording");
    assert!(dump.blind_spots.iter().any(|spot| spot.what.en == "logs"));
    assert!(dump.blind_spots.iter().all(|spot| spot.what.en != "pods"));
}
