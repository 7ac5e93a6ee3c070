//! What conditions see of an Ingress.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::text;
use crate::{Json, Object, Presence};

pub(super) const SCHEMA: Section = &[
    ("ingress.name", Type::Text),
    ("ingress.namespace", Type::Text),
    ("ingress.age", Type::Int),
    // The class it names, in its spec or the old annotation, and whether that is there.
    ("ingress.class", Type::Text),
    ("ingress.class_presence", Type::Text),
    ("ingress.classes", Type::Texts),
    ("ingress.default_class", Type::Text),
    ("ingress.hosts", Type::Texts),
    // The address that its controller gave it.
    ("ingress.address", Type::Text),
    // How many backends lead nowhere, and the first of them: its Service and port, whether each is
    // there, and what there is instead.
    ("ingress.broken", Type::Int),
    ("ingress.broken_service", Type::Text),
    ("ingress.broken_presence", Type::Text),
    ("ingress.broken_port", Type::Text),
    ("ingress.broken_port_presence", Type::Text),
    ("ingress.broken_route", Type::Text),
    ("ingress.nearest_service", Type::Text),
    ("ingress.service_ports", Type::Texts),
    // The first backend whose Service is there but has no ready endpoint, though its workload was
    // not scaled to zero; since when, in seconds, and how many pods it selects.
    ("ingress.idle_service", Type::Ref),
    ("ingress.idle_for", Type::Int),
    ("ingress.idle_pods", Type::Int),
    ("ingress.idle_route", Type::Text),
    // A TLS Secret it names that is known not to be there.
    ("ingress.missing_secret", Type::Text),
    ("ingress.secrets", Type::Texts),
];

/// Where a route of an Ingress leads.
pub(crate) struct Backend {
    pub(crate) service: String,
    pub(crate) port: String,
    /// The host and path by which it is reached.
    pub(crate) route: String,
}

/// Where the routes of an Ingress lead, its default first.
pub(crate) fn backends(ingress: &Object) -> Vec<Backend> {
    let read = |backend: &Json, route: String| {
        let service = backend.get("service")?;
        let port = match service.pointer("/port/number") {
            Some(number) => number.to_string(),
            None => text(service, "/port/name").to_owned(),
        };
        Some(Backend {
            service: text(service, "/name").to_owned(),
            port,
            route,
        })
    };
    let default = ingress
        .at("/spec/defaultBackend")
        .and_then(|backend| read(backend, "*".to_owned()));
    let routed = ingress.list("/spec/rules").iter().flat_map(|rule| {
        let host = match text(rule, "/host") {
            "" => "*",
            host => host,
        };
        rule.pointer("/http/paths")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(move |path| {
                read(
                    path.get("backend")?,
                    format!("{host}{}", text(path, "/path")),
                )
            })
    });
    default.into_iter().chain(routed).collect()
}

pub(super) fn data(scene: Scene<'_>, ingress: &Object) -> Vec<(&'static str, Value)> {
    let snapshot = scene.snapshot;
    let namespace = ingress.namespace();
    let classes: Vec<&Object> = snapshot.of_kind("IngressClass", None).collect();
    let default = classes.iter().find(|class| {
        class.annotation("ingressclass.kubernetes.io/is-default-class") == Some("true")
    });
    let named = match ingress.text("/spec/ingressClassName") {
        "" => ingress
            .annotation("kubernetes.io/ingress.class")
            .unwrap_or_default(),
        class => class,
    };
    // The old annotation names a controller's own word, which need not be a class.
    let presence = match ingress.text("/spec/ingressClassName") {
        "" => "",
        class => snapshot.get("IngressClass", "", class).as_str(),
    };
    let routes = backends(ingress);
    let found = |backend: &Backend| snapshot.get("Service", namespace, &backend.service);
    let broken: Vec<&Backend> = routes
        .iter()
        .filter(|backend| {
            found(backend).is_absent()
                || super::service::has_port(found(backend), &backend.port).is_absent()
        })
        .collect();
    let first = broken.first();
    let idle = routes.iter().find(|backend| {
        found(backend).present().is_some_and(|service| {
            service.text("/spec/type") != "ExternalName"
                && super::service::endpoints(scene, service) == Some(0)
                && !super::service::sleeps(scene, service)
        })
    });
    let resting = idle
        .and_then(|backend| found(backend).present())
        .map(|service| super::service::idle(scene, service));
    let services: Vec<&str> = snapshot
        .of_kind("Service", Some(namespace))
        .map(Object::name)
        .collect();
    let ports = first
        .and_then(|backend| found(backend).present())
        .map_or_else(Vec::new, |service| {
            service
                .list("/spec/ports")
                .iter()
                .map(|port| {
                    let number = port.get("port").map(Json::to_string).unwrap_or_default();
                    match text(port, "/name") {
                        "" => number,
                        name => format!("{name}={number}"),
                    }
                })
                .collect()
        });
    let secrets: Vec<&str> = ingress
        .list("/spec/tls")
        .iter()
        .map(|tls| text(tls, "/secretName"))
        .filter(|name| !name.is_empty())
        .collect();
    let missing = secrets
        .iter()
        .find(|name| snapshot.get("Secret", namespace, name).is_absent());
    let address =
        ingress
            .list("/status/loadBalancer/ingress")
            .first()
            .map_or("", |first| match text(first, "/ip") {
                "" => text(first, "/hostname"),
                ip => ip,
            });
    let section = json!({
        "name": ingress.name(),
        "namespace": namespace,
        "age": scene.age(ingress),
        "class": named,
        "class_presence": presence,
        "classes": classes.iter().map(|class| class.name()).collect::<Vec<_>>(),
        "default_class": default.map_or("", |class| class.name()),
        "hosts": ingress.list("/spec/rules").iter().map(|rule| text(rule, "/host")).filter(|host| !host.is_empty()).collect::<Vec<_>>(),
        "address": address,
        "broken": broken.len(),
        "broken_service": first.map_or("", |backend| backend.service.as_str()),
        "broken_presence": first.map_or("", |backend| found(backend).as_str()),
        "broken_port": first.map_or("", |backend| backend.port.as_str()),
        "broken_port_presence": first.map_or("", |backend| super::service::has_port(found(backend), &backend.port).as_str()),
        "broken_route": first.map_or("", |backend| backend.route.as_str()),
        "nearest_service": first.and_then(|backend| match found(backend) {
            Presence::Absent => crate::nearest(&backend.service, services.iter().copied()),
            Presence::Present(_) | Presence::Unknown => None,
        }).unwrap_or(""),
        "service_ports": ports,
        "idle_service": idle.map_or_else(|| json!({}), |backend| json!({"kind": "Service", "namespace": namespace, "name": backend.service})),
        "idle_for": resting.map_or(0, |(seconds, _)| seconds),
        "idle_pods": resting.map_or(0, |(_, pods)| pods),
        "idle_route": idle.map_or("", |backend| backend.route.as_str()),
        "missing_secret": missing.copied().unwrap_or(""),
        "secrets": secrets,
    });
    vec![("ingress", section)]
}
