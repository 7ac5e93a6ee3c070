//! What NetworkPolicies and roles let through, deny, and leave unknown.
#![expect(
    clippy::unwrap_used,
    reason = "the functions that tests share fail as tests do"
)]

use kintsugi_facts as facts;

use facts::netpol::{self, Direction, Peer, Traffic};
use facts::rbac::{self, Access, Request};
use facts::{Complete, Object, Snapshot};
use serde_json::{Value, json};

fn pod(namespace: &str, name: &str, labels: Value) -> Object {
    Object::new(
        json!({"kind": "Pod", "metadata": {"name": name, "namespace": namespace, "uid": name, "labels": labels},
        "spec": {"containers": [{"name": "c", "ports": [{"name": "pg", "containerPort": 5432}]}]},
        "status": {"podIP": "10.1.0.9"}}),
    )
}

fn policy(name: &str, spec: Value) -> Object {
    Object::new(
        json!({"kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}),
    )
}

fn world(policies: Vec<Object>) -> Snapshot {
    let mut objects = vec![
        pod("shop", "api", json!({"app": "api"})),
        pod("data", "db", json!({"app": "db"})),
        Object::new(
            json!({"kind": "Namespace", "metadata": {"name": "data", "labels": {"team": "data"}}}),
        ),
    ];
    objects.extend(policies);
    let mut snapshot = Snapshot::new(objects, Complete::new());
    for kind in ["NetworkPolicy", "Namespace", "Pod"] {
        snapshot.mark_complete(kind, None);
    }
    snapshot
}

fn out(snapshot: &Snapshot, port: u16) -> Traffic {
    let api = snapshot.get("Pod", "shop", "api").present().unwrap();
    let db = snapshot.get("Pod", "data", "db").present().unwrap();
    netpol::traffic(snapshot, api, Direction::Egress, Peer::pod(db), port, "TCP")
}

#[test]
fn traffic_is_denied_by_the_policies_that_select_the_pod_and_do_not_let_it_through() {
    let denied =
        |names: &[&str]| Traffic::DeniedBy(names.iter().map(|name| (*name).to_owned()).collect());
    let nothing = json!({"podSelector": {}, "policyTypes": ["Egress"]});
    let rule = |to: Value, ports: Value| {
        json!({"podSelector": {"matchLabels": {"app": "api"}},
        "policyTypes": ["Egress"], "egress": [{"to": to, "ports": ports}]})
    };
    let data = json!([{"namespaceSelector": {"matchLabels": {"team": "data"}}, "podSelector": {"matchLabels": {"app": "db"}}}]);
    #[rustfmt::skip]
    let table = [
        ("no policy", vec![], Traffic::Allowed),
        ("all denied", vec![policy("none", nothing.clone())], denied(&["none"])),
        ("another direction", vec![policy("in", json!({"podSelector": {}}))], Traffic::Allowed),
        ("another pod", vec![policy("web", json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]}))], Traffic::Allowed),
        ("allowed by a second one", vec![policy("none", nothing.clone()), policy("db", rule(data.clone(), json!([{"port": 5432}])))], Traffic::Allowed),
        ("allowed by the port's name", vec![policy("db", rule(data.clone(), json!([{"port": "pg"}])))], Traffic::Allowed),
        ("allowed in a range", vec![policy("db", rule(data.clone(), json!([{"port": 5000, "endPort": 6000}])))], Traffic::Allowed),
        ("another port", vec![policy("db", rule(data.clone(), json!([{"port": 80}])))], denied(&["db"])),
        ("another protocol", vec![policy("db", rule(data, json!([{"port": 5432, "protocol": "UDP"}])))], denied(&["db"])),
        ("same namespace only", vec![policy("own", rule(json!([{"podSelector": {}}]), json!([])))], denied(&["own"])),
        ("by name of the namespace", vec![policy("ns", rule(json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}}}]), json!([])))], Traffic::Allowed),
        ("by address", vec![policy("ip", rule(json!([{"ipBlock": {"cidr": "10.0.0.0/8"}}]), json!([])))], Traffic::Allowed),
        ("but for some", vec![policy("ip", rule(json!([{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]), json!([])))], denied(&["ip"])),
    ];
    for (what, policies, expected) in table {
        assert_eq!(out(&world(policies), 5432), expected, "{what}");
    }
}

#[test]
fn policies_that_were_not_read_leave_it_unknown() {
    let mut snapshot = Snapshot::new(
        vec![pod("shop", "api", json!({})), pod("data", "db", json!({}))],
        Complete::new(),
    );
    assert_eq!(out(&snapshot, 5432), Traffic::Unknown);
    snapshot.mark_complete("NetworkPolicy", Some("shop"));
    assert_eq!(out(&snapshot, 5432), Traffic::Allowed);
}

#[test]
fn egress_without_dns_is_told() {
    let web = policy(
        "web-only",
        json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 443}]}]}),
    );
    let dns = policy(
        "dns",
        json!({"podSelector": {}, "policyTypes": ["Egress"],
        "egress": [{"to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
                    "ports": [{"port": 53, "protocol": "UDP"}]}]}),
    );
    let denied = world(vec![web.clone()]);
    let allowed = world(vec![web, dns]);
    let ask = |snapshot: &Snapshot| {
        let api = snapshot.get("Pod", "shop", "api").present().unwrap();
        netpol::dns(snapshot, api)
    };
    assert_eq!(ask(&denied).policies(), ["web-only"]);
    assert_eq!(ask(&allowed), Traffic::Allowed);
}

fn role(kind: &str, namespace: &str, name: &str, rules: Value) -> Object {
    Object::new(
        json!({"kind": kind, "metadata": {"name": name, "namespace": namespace}, "rules": rules}),
    )
}

fn binding(kind: &str, namespace: &str, name: &str, role: (&str, &str), account: &str) -> Object {
    Object::new(
        json!({"kind": kind, "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"kind": role.0, "name": role.1},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "shop"}]}),
    )
}

fn ask(objects: Vec<Object>, complete: bool, request: Request) -> rbac::Answer {
    let mut snapshot = Snapshot::new(objects, Complete::new());
    if complete {
        for kind in [
            "Role",
            "RoleBinding",
            "ClusterRole",
            "ClusterRoleBinding",
            "ServiceAccount",
        ] {
            snapshot.mark_complete(kind, None);
        }
    }
    rbac::can(&snapshot, &request)
}

fn list_pods() -> Request {
    Request {
        user: "system:serviceaccount:shop:api".to_owned(),
        verb: "list".to_owned(),
        resource: "pods".to_owned(),
        namespace: "shop".to_owned(),
        ..Request::default()
    }
}

#[test]
fn a_denial_tells_which_role_would_allow_it_and_what_the_bindings_lack() {
    let reader =
        json!([{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]}]);
    let secrets = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]);
    // Nothing bound, a role would do.
    let answer = ask(
        vec![role("Role", "shop", "reader", reader.clone())],
        true,
        list_pods(),
    );
    assert_eq!(answer.access, Access::Denied);
    assert_eq!(answer.granting, ["Role shop/reader"]);
    assert!(answer.account.is_absent());
    // Bound, and it holds.
    let bound = vec![
        role("Role", "shop", "reader", reader.clone()),
        binding("RoleBinding", "shop", "api", ("Role", "reader"), "api"),
    ];
    let answer = ask(bound.clone(), true, list_pods());
    assert_eq!(
        (answer.access, answer.by.as_str()),
        (Access::Allowed, "RoleBinding shop/api")
    );
    // In one namespace only, while the whole cluster is asked for.
    let answer = ask(
        bound,
        true,
        Request {
            namespace: String::new(),
            ..list_pods()
        },
    );
    assert_eq!(answer.access, Access::Denied);
    assert_eq!(answer.elsewhere, ["RoleBinding shop/api"]);
    // Bound to a role without that rule, and to one that does not exist.
    let answer = ask(
        vec![
            role("Role", "shop", "secrets", secrets),
            binding("RoleBinding", "shop", "a", ("Role", "secrets"), "api"),
            binding("RoleBinding", "shop", "b", ("Role", "raeder"), "api"),
        ],
        true,
        list_pods(),
    );
    assert_eq!(answer.access, Access::Denied);
    assert_eq!(
        answer.bindings,
        ["RoleBinding shop/a", "RoleBinding shop/b"]
    );
    assert_eq!(answer.dangling, ["RoleBinding shop/b"]);
    // A ClusterRole by a ClusterRoleBinding, with stars.
    let all = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    let answer = ask(
        vec![
            role("ClusterRole", "", "all", all),
            binding(
                "ClusterRoleBinding",
                "",
                "all",
                ("ClusterRole", "all"),
                "api",
            ),
        ],
        true,
        list_pods(),
    );
    assert_eq!(answer.by, "ClusterRoleBinding all");
}

#[test]
fn what_was_not_read_makes_it_unknown() {
    assert_eq!(ask(vec![], false, list_pods()).access, Access::Unknown);
    assert_eq!(ask(vec![], true, list_pods()).access, Access::Denied);
}

#[test]
fn a_rule_for_named_objects_does_not_allow_all_of_them() {
    let one = json!([{"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"], "verbs": ["get", "list"]}]);
    let objects = vec![
        role("Role", "shop", "one", one),
        binding("RoleBinding", "shop", "one", ("Role", "one"), "api"),
    ];
    assert_eq!(
        ask(objects.clone(), true, list_pods()).access,
        Access::Denied
    );
    let get = Request {
        verb: "get".to_owned(),
        name: "a".to_owned(),
        ..list_pods()
    };
    assert_eq!(ask(objects, true, get).access, Access::Allowed);
}
