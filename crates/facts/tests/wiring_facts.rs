//! Where Services and Ingresses lead, and what a host name means.

use kintsugi_facts as facts;

use facts::wiring::{HostKind, resolve_host, routes, wiring};
use facts::{Complete, Object, Presence, Snapshot};
use serde_json::{Value, json};

fn service(namespace: &str, name: &str, spec: Value) -> Object {
    Object::new(
        json!({"kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}),
    )
}

fn deployment(name: &str, replicas: i64, labels: Value) -> Object {
    Object::new(
        json!({"kind": "Deployment", "metadata": {"name": name, "namespace": "shop", "uid": name},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": labels}}}}),
    )
}

fn pod(name: &str, labels: Value, ready: bool) -> Object {
    Object::new(
        json!({"kind": "Pod", "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": labels,
        "ownerReferences": [{"uid": "rs", "controller": true}]},
        "spec": {"containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 8080}]}]},
        "status": {"podIP": "10.1.0.9", "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}}),
    )
}

fn snapshot(objects: Vec<Object>) -> Snapshot {
    let mut snapshot = Snapshot::new(objects, Complete::new());
    for kind in [
        "Pod",
        "Service",
        "Namespace",
        "EndpointSlice",
        "IngressClass",
    ] {
        snapshot.mark_complete(kind, None);
    }
    snapshot
}

#[test]
fn a_service_tells_what_it_selects_and_what_is_ready() {
    let slice = Object::new(
        json!({"kind": "EndpointSlice", "metadata": {"name": "web-1", "namespace": "shop",
        "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [{"addresses": ["10.1.0.9"], "conditions": {"ready": true}},
                      {"addresses": ["10.1.0.8"], "conditions": {"ready": false}}],
        "ports": [{"port": 8080}]}),
    );
    let snapshot = snapshot(vec![
        service(
            "shop",
            "web",
            json!({"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}),
        ),
        deployment("web", 2, json!({"app": "web"})),
        pod("web-1", json!({"app": "web"}), true),
        pod("web-2", json!({"app": "web"}), false),
        pod("other", json!({"app": "api"}), true),
        slice,
    ]);
    let service = snapshot.get("Service", "shop", "web").present().unwrap();
    let found = wiring(&snapshot, service, |_| vec![9090]);
    assert_eq!((found.pods, found.pods_ready), (2, 1));
    assert_eq!((found.endpoints, found.endpoints_ready), (2, 1));
    assert_eq!(found.endpoint_ports, [8080]);
    assert_eq!(found.workloads[0].name, "web");
    assert_eq!(found.nearest, None);
    assert_eq!(found.targets[0].number, 8080);
    assert_eq!(found.targets[0].listened, Presence::Absent);
}

#[test]
fn a_selector_that_selects_nothing_names_the_workload_that_was_meant_and_how_it_differs() {
    let snapshot = snapshot(vec![
        service(
            "shop",
            "web",
            json!({"selector": {"app": "web", "tier": "front"}}),
        ),
        deployment("website", 1, json!({"app": "website", "tier": "front"})),
        deployment("api", 1, json!({"app": "api"})),
    ]);
    let service = snapshot.get("Service", "shop", "web").present().unwrap();
    let found = wiring(&snapshot, service, |_| Vec::new());
    let near = found.nearest.unwrap();
    assert_eq!(near.name, "website");
    assert_eq!(near.differs.len(), 1);
    assert_eq!(
        (
            near.differs[0].key.as_str(),
            near.differs[0].wanted.as_str(),
            near.differs[0].has.as_str()
        ),
        ("app", "web", "website")
    );
}

#[test]
fn a_workload_scaled_to_zero_is_selected_all_the_same() {
    let snapshot = snapshot(vec![
        service("shop", "web", json!({"selector": {"app": "web"}})),
        deployment("web", 0, json!({"app": "web"})),
    ]);
    let service = snapshot.get("Service", "shop", "web").present().unwrap();
    let found = wiring(&snapshot, service, |_| Vec::new());
    assert_eq!(found.pods, 0);
    assert_eq!(found.workloads[0].replicas, Some(0));
    assert_eq!(found.nearest, None);
}

#[test]
fn a_host_is_a_service_by_every_name_that_dns_knows_it_by() {
    let namespace =
        |name: &str| Object::new(json!({"kind": "Namespace", "metadata": {"name": name}}));
    let snapshot = snapshot(vec![
        namespace("shop"),
        namespace("data"),
        service("shop", "api", json!({"clusterIP": "10.96.0.7"})),
        service("data", "postgres", json!({"clusterIP": "10.96.0.8"})),
        pod("web-1", json!({}), true),
    ]);
    #[rustfmt::skip]
    let table = [
        ("api", HostKind::Service, "shop", "api", "present", ""),
        ("api.shop", HostKind::Service, "shop", "api", "present", ""),
        ("api.shop.svc", HostKind::Service, "shop", "api", "present", ""),
        ("api.shop.svc.cluster.local.", HostKind::Service, "shop", "api", "present", ""),
        ("api-0.api.shop.svc", HostKind::Service, "shop", "api", "present", ""),
        ("10.96.0.8", HostKind::Service, "data", "postgres", "present", ""),
        ("10.1.0.9", HostKind::Pod, "shop", "web-1", "present", ""),
        ("10.9.9.9", HostKind::Unknown, "", "10.9.9.9", "unknown", ""),
        ("apii", HostKind::Service, "shop", "apii", "absent", "shop/api"),
        ("postgres", HostKind::Service, "shop", "postgres", "absent", "data/postgres"),
        ("postgres.dat", HostKind::Service, "dat", "postgres", "absent", "data/postgres"),
        ("example.com", HostKind::Outside, "", "example.com", "unknown", ""),
        ("db.eu.example.com", HostKind::Outside, "", "db.eu.example.com", "unknown", ""),
        ("localhost", HostKind::Own, "shop", "", "present", ""),
        ("127.0.0.1", HostKind::Own, "shop", "", "present", ""),
        ("", HostKind::Unknown, "", "", "unknown", ""),
    ];
    for (host, kind, namespace, name, found, near) in table {
        let host_found = resolve_host(&snapshot, "shop", host);
        let nearest = match host_found.nearest.as_str() {
            "" => String::new(),
            name => format!("{}/{name}", host_found.nearest_namespace),
        };
        assert_eq!(
            (
                host_found.kind,
                host_found.namespace.as_str(),
                host_found.name.as_str(),
                host_found.found.as_str(),
                nearest.as_str()
            ),
            (kind, namespace, name, found, near),
            "{host}"
        );
    }
}

#[test]
fn an_ingress_tells_which_of_its_services_ports_classes_and_secrets_are_not_there() {
    let backend = |service: &str, port: Value| json!({"service": {"name": service, "port": port}});
    let ingress = Object::new(
        json!({"kind": "Ingress", "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {"ingressClassName": "ngnix", "tls": [{"hosts": ["a.example"], "secretName": "shop-tls"}],
            "defaultBackend": backend("web", json!({"number": 80})),
            "rules": [{"host": "a.example", "http": {"paths": [
                {"path": "/", "backend": backend("web", json!({"name": "htpp"}))},
                {"path": "/api", "backend": backend("apii", json!({"number": 80}))}]}}]}}),
    );
    let snapshot = snapshot(vec![
        service(
            "shop",
            "web",
            json!({"ports": [{"name": "http", "port": 80}]}),
        ),
        service("shop", "api", json!({"ports": [{"port": 8080}]})),
        Object::new(json!({"kind": "IngressClass", "metadata": {"name": "nginx"}})),
        ingress,
    ]);
    let ingress = snapshot.of_kind("Ingress", None).next().unwrap();
    let found = routes(&snapshot, ingress);
    assert!(found.class_found.is_absent());
    assert_eq!(found.nearest_class, "nginx");
    assert!(!found.addressed);
    assert_eq!(found.tls[0].found, Presence::Unknown);
    let row = |n: usize| {
        let backend = &found.backends[n];
        (
            backend.service_found.as_str(),
            backend.port_found.as_str(),
            backend.nearest.as_str(),
        )
    };
    assert_eq!(row(0), ("present", "present", ""));
    assert_eq!(row(1), ("present", "absent", ""));
    assert_eq!(row(2), ("absent", "unknown", "api"));
    assert_eq!(found.backends[1].ports, ["http (80)"]);
}
