//! Why no node takes a pod: what it wants, what there is instead, and which reason decides.

use kintsugi_facts as facts;

use facts::placement::{Placement, ReasonKind, explain};
use facts::{Complete, Object, Snapshot};
use serde_json::{Value, json};

fn node(name: &str, labels: Value, cpu: &str, rest: Value) -> Object {
    let mut spec = json!({});
    if let (Value::Object(spec), Value::Object(rest)) = (&mut spec, rest) {
        spec.extend(rest);
    }
    Object::new(json!({
        "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": spec,
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "10"}},
    }))
}

fn pod(name: &str, node: &str, spec: Value) -> Object {
    let mut whole = json!({
        "containers": [{"name": "c", "resources": {"requests": {"cpu": "500m"}}}]
    });
    if let (Value::Object(whole), Value::Object(spec)) = (&mut whole, spec) {
        whole.extend(spec);
        if !node.is_empty() {
            whole.insert("nodeName".to_owned(), json!(node));
        }
    }
    Object::new(json!({
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"app": "web"}},
        "spec": whole,
        "status": {"phase": if node.is_empty() { "Pending" } else { "Running" }},
    }))
}

fn asked(objects: Vec<Object>, spec: Value) -> Placement {
    let mut snapshot = Snapshot::new(objects, Complete::new());
    for kind in [
        "Node",
        "Pod",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "StorageClass",
        "Namespace",
    ] {
        snapshot.mark_complete(kind, None);
    }
    explain(&snapshot, &pod("new", "", spec))
}

fn two() -> Vec<Object> {
    vec![
        node(
            "w1",
            json!({"kubernetes.io/hostname": "w1", "zone": "a", "disktype": "hdd"}),
            "2",
            json!({}),
        ),
        node(
            "w2",
            json!({"kubernetes.io/hostname": "w2", "zone": "b"}),
            "4",
            json!({}),
        ),
    ]
}

fn cpu(amount: &str) -> Value {
    json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": amount}}}]})
}

fn decisive(placement: &Placement) -> (ReasonKind, usize, &str, &str) {
    let Some(reason) = placement.decisive() else {
        return (ReasonKind::Other, 0, "", "");
    };
    (reason.kind, reason.nodes, &reason.what, &reason.instead)
}

#[test]
fn an_amount_that_no_node_has_left_names_the_largest_that_is() {
    let mut objects = two();
    objects.push(pod("a", "w2", cpu("3")));
    let placement = asked(objects, cpu("2500m"));
    assert!(placement.computed);
    assert_eq!(
        decisive(&placement),
        (
            ReasonKind::InsufficientResource,
            2,
            "2.5 cpu",
            "w1 has most left: 2 of 4"
        )
    );
    assert!(!placement.decisive().unwrap().never);
    let placement = asked(two(), cpu("16"));
    assert!(placement.decisive().unwrap().never);
}

#[test]
fn a_resource_that_no_node_knows_is_said_so() {
    let spec =
        json!({"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": 1}}}]});
    let placement = asked(two(), spec);
    assert_eq!(
        decisive(&placement),
        (
            ReasonKind::InsufficientResource,
            2,
            "1 nvidia.com/gpu",
            "no node has nvidia.com/gpu"
        )
    );
}

#[test]
fn a_label_that_is_wanted_is_set_beside_those_that_there_are() {
    let placement = asked(two(), json!({"nodeSelector": {"disktype": "ssd"}}));
    assert_eq!(
        decisive(&placement),
        (
            ReasonKind::NodeSelector,
            2,
            "disktype=ssd",
            "disktype=hdd (1)"
        )
    );
    let placement = asked(two(), json!({"nodeSelector": {"disk-type": "ssd"}}));
    assert_eq!(placement.decisive().unwrap().nearest, "disktype");
    let affinity = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["c", "d"]}]}]}}}});
    let placement = asked(two(), affinity);
    assert_eq!(
        decisive(&placement),
        (
            ReasonKind::NodeAffinity,
            2,
            "zone in (c, d)",
            "zone=a (1), zone=b (1)"
        )
    );
}

#[test]
fn a_taint_and_a_cordon_are_told_apart_and_the_reason_that_frees_most_decides() {
    let mut objects = two();
    objects.push(node(
        "cp",
        json!({}),
        "4",
        json!({"taints": [
        {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]}),
    ));
    objects.push(node(
        "old",
        json!({}),
        "4",
        json!({"unschedulable": true, "taints": [
        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]}),
    ));
    let placement = asked(
        objects,
        json!({
        "nodeSelector": {"zone": "c"}}),
    );
    let kinds: Vec<_> = placement
        .reasons
        .iter()
        .map(|reason| (reason.kind, reason.nodes, reason.only))
        .collect();
    assert_eq!(
        kinds,
        [
            (ReasonKind::NodeSelector, 4, 2),
            (ReasonKind::Unschedulable, 1, 0),
            (ReasonKind::Taint, 1, 0),
        ]
    );
    assert_eq!(
        placement.reasons[2].what,
        "node-role.kubernetes.io/control-plane:NoSchedule"
    );
}

#[test]
fn a_port_of_the_node_that_is_taken_names_who_has_it() {
    let ports =
        json!({"containers": [{"name": "c", "ports": [{"containerPort": 80, "hostPort": 8080}]}]});
    let objects = vec![two().remove(0), pod("a", "w1", ports.clone())];
    let placement = asked(objects, ports);
    assert_eq!(
        decisive(&placement),
        (ReasonKind::HostPort, 1, "TCP 8080, which shop/a has", "")
    );
}

#[test]
fn affinity_to_pods_that_are_nowhere_or_everywhere_is_told() {
    let term = |labels: Value| json!([{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": labels}}]);
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let apart = json!({"affinity": {"podAntiAffinity": {required: term(json!({"app": "web"}))}}});
    let mut objects = two();
    objects.push(pod("a", "w1", json!({})));
    objects.push(pod("b", "w2", json!({})));
    let placement = asked(objects.clone(), apart.clone());
    assert_eq!(
        decisive(&placement),
        (
            ReasonKind::PodAntiAffinity,
            2,
            "app=web per kubernetes.io/hostname",
            ""
        )
    );
    let together = json!({"affinity": {"podAffinity": {required: term(json!({"app": "cache"}))}}});
    assert_eq!(
        decisive(&asked(objects, together)).0,
        ReasonKind::PodAffinity
    );
    // The first of a group that wants to be together may be anywhere.
    let own = json!({"affinity": {"podAffinity": {required: term(json!({"app": "web"}))}}});
    assert_eq!(asked(two(), own).fits, 2);
    // Those that are there may want to be away from the new one.
    let mut objects = two();
    objects.push(pod("a", "w1", apart.clone()));
    objects.push(pod("b", "w2", apart));
    assert_eq!(
        decisive(&asked(objects, json!({}))),
        (ReasonKind::ExistingAntiAffinity, 1, "shop/a", "")
    );
}

#[test]
fn an_uneven_spread_tells_how_the_pods_are_spread_now() {
    let constraint = json!({"topologySpreadConstraints": [{
        "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}}}]});
    let mut objects = two();
    objects.push(pod("a", "w1", json!({})));
    objects.push(node("w3", json!({}), "4", json!({})));
    let placement = asked(objects.clone(), constraint.clone());
    // w2 is empty and takes it.
    assert_eq!(placement.fits, 1);
    objects.remove(1);
    objects.push(node(
        "w2",
        json!({"zone": "b"}),
        "4",
        json!({"unschedulable": true}),
    ));
    let placement = asked(objects, constraint);
    let words: Vec<&str> = placement
        .reasons
        .iter()
        .filter(|reason| reason.kind == ReasonKind::TopologySpread)
        .map(|reason| reason.what.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "at most 1 more per zone than elsewhere (a: 1, b: 0)",
            "no label zone"
        ]
    );
}

#[test]
fn a_volume_that_is_missing_unbound_or_elsewhere_is_named() {
    let spec = json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]});
    let claim = |name: &str, class: &str, volume: &str| {
        Object::new(json!({
        "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"storageClassName": class, "volumeName": volume, "accessModes": ["ReadWriteOnce"],
                 "resources": {"requests": {"storage": "1Gi"}}}, "status": {"phase": "Pending"}}))
    };
    let mut objects = two();
    objects.push(claim("date", "fast", ""));
    let placement = asked(objects, spec.clone());
    assert_eq!(
        decisive(&placement),
        (ReasonKind::VolumeMissing, 2, "data", "")
    );
    assert_eq!(placement.decisive().unwrap().nearest, "date");

    let mut objects = two();
    objects.push(claim("data", "fsat", ""));
    objects.push(Object::new(
        json!({"kind": "StorageClass", "metadata": {"name": "fast"}}),
    ));
    assert_eq!(
        decisive(&asked(objects, spec.clone())),
        (
            ReasonKind::VolumeUnbound,
            2,
            "data",
            "StorageClass fsat does not exist; there are: fast"
        )
    );

    let mut objects = two();
    objects.push(claim("data", "local", "pv1"));
    objects.push(Object::new(
        json!({"kind": "PersistentVolume", "metadata": {"name": "pv1"},
        "spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "zone", "operator": "In", "values": ["c"]}]}]}}}}),
    ));
    assert_eq!(
        decisive(&asked(objects, spec)),
        (
            ReasonKind::VolumeNodeAffinity,
            2,
            "data",
            "pv1 is on zone=c"
        )
    );
}

#[test]
fn gates_and_a_node_that_is_not_there_come_before_all_nodes() {
    let placement = asked(
        two(),
        json!({"schedulingGates": [{"name": "wait.example/quota"}]}),
    );
    assert_eq!(decisive(&placement).0, ReasonKind::SchedulingGated);
    let placement = asked(two(), json!({"nodeName": "w9"}));
    assert_eq!(decisive(&placement).0, ReasonKind::NodeMissing);
}

#[test]
fn without_all_nodes_the_schedulers_words_are_all_there_is() {
    let mut waiting = pod("new", "", json!({})).to_value();
    waiting["status"]["conditions"] = json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {dedicated: gpu}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."}]);
    let snapshot = Snapshot::new(two(), Complete::new());
    let placement = explain(&snapshot, &Object::new(waiting));
    assert!(!placement.computed);
    assert_eq!(placement.nodes, 3);
    assert_eq!(
        decisive(&placement),
        (ReasonKind::Taint, 2, "dedicated=gpu", "")
    );
}

#[test]
fn too_many_pods_on_a_node_is_no_lack_of_a_resource() {
    let mut objects = vec![node("w1", json!({}), "64", json!({}))];
    objects.extend((0..10).map(|n| pod(&format!("p{n}"), "w1", json!({}))));
    assert_eq!(
        decisive(&asked(objects, json!({}))),
        (ReasonKind::TooManyPods, 1, "pods", "at most 10 pods a node")
    );
}

/// Two nodes that were all read, and pods of some namespaces only.
fn with_some_pods(said: &str) -> Placement {
    let mut objects = two();
    objects.push(node("w3", json!({}), "2", json!({"unschedulable": true})));
    objects.push(pod("old", "w1", json!({})));
    let mut snapshot = Snapshot::new(objects, Complete::new());
    snapshot.mark_complete("Node", None);
    let wanted = pod(
        "new",
        "",
        json!({"nodeSelector": {"kubernetes.io/hostname": "w3"}}),
    );
    let mut whole = wanted.to_value();
    if let Some(status) = whole.get_mut("status") {
        status["conditions"] =
            json!([{"type": "PodScheduled", "status": "False", "message": said}]);
    }
    explain(&snapshot, &Object::new(whole))
}

#[test]
fn without_all_pods_it_is_computed_where_the_schedulers_words_agree() {
    let placement = with_some_pods(
        "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. preemption: none",
    );
    assert!(placement.computed);
    assert_eq!(placement.nodes, 3);
}

#[test]
fn without_all_pods_the_schedulers_words_stand_where_they_disagree() {
    for said in [
        "0/3 nodes are available: 3 Insufficient cpu. preemption: none",
        "",
    ] {
        let placement = with_some_pods(said);
        assert!(!placement.computed, "{said}");
        assert_eq!(placement.fits, 0, "{said}");
    }
}

#[test]
fn labels_and_cordons_are_told_from_the_nodes_even_if_one_has_gone_since() {
    let placement = with_some_pods(
        "0/4 nodes are available: 2 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector.",
    );
    assert!(placement.computed);
    assert_eq!(placement.nodes, 3);
    assert_eq!(decisive(&placement).0, ReasonKind::NodeSelector);
}

/// Two nodes of two processors that were all read, a pod that asks for so much, and no other pods.
fn asks_for(cpu: &str, said: &str) -> Placement {
    let mut snapshot = Snapshot::new(two(), Complete::new());
    snapshot.mark_complete("Node", None);
    let resources = json!({"requests": {"cpu": cpu}});
    let spec = json!({"containers": [{"name": "c", "resources": resources}]});
    let mut waiting = pod("new", "", spec).to_value();
    if let Some(status) = waiting.get_mut("status") {
        status["conditions"] =
            json!([{"type": "PodScheduled", "status": "False", "message": said}]);
    }
    explain(&snapshot, &Object::new(waiting))
}

#[test]
fn more_than_any_node_allocates_is_told_without_knowing_the_pods() {
    let placement = asks_for("64", "0/3 nodes are available: 3 Insufficient cpu.");
    assert!(placement.computed);
    let first = placement.decisive().unwrap();
    assert_eq!(first.kind, ReasonKind::InsufficientResource);
    assert!(first.never);
    assert_eq!(first.wanted, "64");
    assert_eq!((first.free.as_str(), first.free_node.as_str()), ("", ""));
}

#[test]
fn what_is_free_is_left_to_the_scheduler_while_not_all_pods_were_read() {
    let placement = asks_for("1500m", "0/3 nodes are available: 3 Insufficient cpu.");
    assert!(!placement.computed);
    assert_eq!(placement.fits, 0);
}
