//! Where an Ingress sends, and what of it is not there.

use super::{has_port, port_words, service};
use crate::container::text;
use crate::{Json, Object, Presence, Snapshot, nearest};

/// One place to which an Ingress sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The host that is asked for; empty for any.
    pub host: String,
    /// The path that is asked for; empty for the default.
    pub path: String,
    /// The Service; empty if it is another resource.
    pub service: String,
    /// Its port, by number or by name.
    pub port: String,
    /// Whether the Service is there.
    pub service_found: Presence<()>,
    /// Whether it has that port.
    pub port_found: Presence<()>,
    /// The Service that was most likely meant, if this one is not there.
    pub nearest: String,
    /// The ports that the Service has.
    pub ports: Vec<String>,
}

/// A certificate of an Ingress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The Secret's name; empty for the controller's own certificate.
    pub secret: String,
    /// The hosts that it is for.
    pub hosts: Vec<String>,
    /// Whether the Secret is there.
    pub found: Presence<()>,
}

/// The Ingresses that show the certificate of a Secret.
pub fn showing<'a>(
    snapshot: &'a Snapshot,
    secret: &'a Object,
) -> impl Iterator<Item = &'a Object> + use<'a> {
    snapshot
        .of_kind("Ingress", Some(secret.namespace()))
        .filter(|ingress| {
            let mut shown = ingress.list("/spec/tls").iter();
            shown.any(|tls| text(tls, "/secretName") == secret.name())
        })
}

/// Everything that an Ingress refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes {
    /// The class it names; empty if it names none.
    pub class: String,
    /// Whether that class is there; of one that names none, whether there is a default.
    pub class_found: Presence<()>,
    /// The class that was most likely meant, if this one is not there.
    pub nearest_class: String,
    /// The classes that there are.
    pub classes: Vec<String>,
    /// Whether the Ingress has an address: somebody serves it.
    pub addressed: bool,
    /// Where it sends.
    pub backends: Vec<Backend>,
    /// Its certificates.
    pub tls: Vec<Tls>,
}

/// Where an Ingress sends, and what of it is not there.
#[must_use]
pub fn routes(snapshot: &Snapshot, ingress: &Object) -> Routes {
    let mut backends = Vec::new();
    if let Some(backend) = ingress.at("/spec/defaultBackend") {
        backends.push(read(snapshot, ingress, "", "", backend));
    }
    for rule in ingress.list("/spec/rules") {
        let paths = rule.pointer("/http/paths").and_then(Json::as_array);
        for path in paths.into_iter().flatten() {
            let backend = path.get("backend").unwrap_or(&Json::Null);
            let (host, path) = (text(rule, "/host"), text(path, "/path"));
            backends.push(read(snapshot, ingress, host, path, backend));
        }
    }
    let class = match ingress.text("/spec/ingressClassName") {
        "" => ingress
            .annotation("kubernetes.io/ingress.class")
            .unwrap_or_default(),
        class => class,
    };
    let classes: Vec<&Object> = snapshot.of_kind("IngressClass", None).collect();
    let class_found = if class.is_empty() {
        let default = classes.iter().any(|class| {
            class.annotation("ingressclass.kubernetes.io/is-default-class") == Some("true")
        });
        match (default, snapshot.is_complete("IngressClass", "")) {
            (true, _) => Presence::Present(()),
            (false, true) => Presence::Absent,
            (false, false) => Presence::Unknown,
        }
    } else {
        snapshot.get("IngressClass", "", class).map(|_| ())
    };
    let names = || classes.iter().map(|class| class.name());
    Routes {
        nearest_class: if class_found.is_absent() {
            nearest(class, names()).unwrap_or_default().to_owned()
        } else {
            String::new()
        },
        class: class.to_owned(),
        class_found,
        classes: names().take(20).map(str::to_owned).collect(),
        addressed: !ingress.list("/status/loadBalancer/ingress").is_empty(),
        backends,
        tls: ingress
            .list("/spec/tls")
            .iter()
            .map(|tls| {
                let secret = text(tls, "/secretName");
                Tls {
                    secret: secret.to_owned(),
                    hosts: tls
                        .get("hosts")
                        .and_then(Json::as_array)
                        .into_iter()
                        .flatten()
                        .filter_map(Json::as_str)
                        .map(str::to_owned)
                        .collect(),
                    found: match secret {
                        "" => Presence::Unknown,
                        name => snapshot
                            .get("Secret", ingress.namespace(), name)
                            .map(|_| ()),
                    },
                }
            })
            .collect(),
    }
}

fn read(snapshot: &Snapshot, ingress: &Object, host: &str, path: &str, backend: &Json) -> Backend {
    let name = text(backend, "/service/name");
    let wanted = backend
        .pointer("/service/port/number")
        .or_else(|| backend.pointer("/service/port/name"));
    let found = match name {
        "" => Presence::Unknown,
        name => service(snapshot, ingress.namespace(), name),
    };
    let names = snapshot
        .of_kind("Service", Some(ingress.namespace()))
        .map(Object::name);
    Backend {
        host: host.to_owned(),
        path: path.to_owned(),
        service: name.to_owned(),
        port: match wanted {
            Some(Json::Text(name)) => name.to_string(),
            Some(number) => number.to_string(),
            None => String::new(),
        },
        port_found: match (&found, wanted) {
            (Presence::Present(service), Some(wanted)) if has_port(service, wanted) => {
                Presence::Present(())
            }
            (Presence::Present(_), Some(_)) => Presence::Absent,
            (Presence::Present(_) | Presence::Absent | Presence::Unknown, _) => Presence::Unknown,
        },
        nearest: if found.is_absent() {
            nearest(name, names).unwrap_or_default().to_owned()
        } else {
            String::new()
        },
        ports: found.present().map(port_words).unwrap_or_default(),
        service_found: found.map(|_| ()),
    }
}
