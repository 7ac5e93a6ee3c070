//! What somebody may do by the roles and bindings that were read.
//!
//! It confirms what the API server has refused and tells which binding is missing; it grants
//! nothing. Authorizers other than RBAC are not seen here.

use crate::container::text;
use crate::{Json, Object, Presence, Snapshot};

/// How many roles and bindings are named.
const MOST: usize = 20;

/// Something that somebody wants to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Who: `system:serviceaccount:NAMESPACE:NAME` or the name of a user.
    pub user: String,
    /// The verb: `get`, `list`, …
    pub verb: String,
    /// The resource's API group; empty for the core group.
    pub group: String,
    /// The resource, in the plural; `pods/log` for a subresource.
    pub resource: String,
    /// The namespace; empty for the whole cluster.
    pub namespace: String,
    /// The object's name; empty for all.
    pub name: String,
}

/// Whether it is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// A binding allows it.
    Allowed,
    /// All bindings were read, and none allows it.
    Denied,
    /// Not all bindings and roles were read.
    Unknown,
}

impl Access {
    /// The word used in facts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }
}

/// What the roles and bindings say. Objects are named as `KIND NAMESPACE/NAME` or `KIND NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is allowed.
    pub access: Access,
    /// The binding that allows it.
    pub by: String,
    /// The bindings of this user that reach the namespace.
    pub bindings: Vec<String>,
    /// Those of them whose role does not exist.
    pub dangling: Vec<String>,
    /// Those bindings of this user that would allow it, but hold in another namespace.
    pub elsewhere: Vec<String>,
    /// Roles that would allow it if they were bound.
    pub granting: Vec<String>,
    /// Whether the ServiceAccount is there; unknown for other users.
    pub account: Presence<()>,
}

/// The namespace and name of a ServiceAccount in a user's name.
#[must_use]
pub fn service_account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// Whether somebody may do something, by the roles and bindings that were read.
#[must_use]
pub fn can(snapshot: &Snapshot, request: &Request) -> Answer {
    let namespace = request.namespace.as_str();
    let mut answer = Answer {
        access: Access::Denied,
        by: String::new(),
        bindings: Vec::new(),
        dangling: Vec::new(),
        elsewhere: Vec::new(),
        granting: Vec::new(),
        account: service_account(&request.user).map_or(Presence::Unknown, |(namespace, name)| {
            snapshot.get("ServiceAccount", namespace, name).map(|_| ())
        }),
    };
    let mut sure = snapshot.is_complete("ClusterRoleBinding", "")
        && (namespace.is_empty() || snapshot.is_complete("RoleBinding", namespace));
    let wide = snapshot.of_kind("ClusterRoleBinding", None);
    // Those of other namespaces are no help, but tell what was meant.
    let narrow = snapshot.of_kind("RoleBinding", None);
    for binding in wide.chain(narrow) {
        if !names(binding, &request.user) {
            continue;
        }
        let reaches = binding.kind() == "ClusterRoleBinding" || binding.namespace() == namespace;
        let role = role_of(snapshot, binding);
        let grants = role.present().is_some_and(|role| allows(role, request));
        if !reaches {
            if grants && answer.elsewhere.len() < MOST {
                answer.elsewhere.push(shown(binding));
            }
            continue;
        }
        // What everybody is bound to by Kubernetes itself says nothing of this user.
        if answer.bindings.len() < MOST && !built_in(binding) {
            answer.bindings.push(shown(binding));
        }
        match role {
            Presence::Absent => answer.dangling.push(shown(binding)),
            Presence::Unknown => sure = false,
            Presence::Present(_) if grants && answer.by.is_empty() => answer.by = shown(binding),
            Presence::Present(_) => {}
        }
    }
    answer.access = match (answer.by.is_empty(), sure) {
        (false, _) => Access::Allowed,
        (true, true) => Access::Denied,
        (true, false) => Access::Unknown,
    };
    if answer.access != Access::Allowed {
        let roles = snapshot
            .of_kind("Role", Some(namespace))
            .chain(snapshot.of_kind("ClusterRole", None));
        // Kubernetes' own roles allow much, and are no hint to what was meant.
        answer.granting = roles
            .filter(|role| !built_in(role) && allows(role, request))
            .map(shown)
            .take(MOST)
            .collect();
    }
    answer
}

fn built_in(role: &Object) -> bool {
    role.name().starts_with("system:")
        || role
            .at("/metadata/labels")
            .and_then(|labels| labels.get("kubernetes.io/bootstrapping"))
            .is_some()
}

fn shown(object: &Object) -> String {
    match object.namespace() {
        "" => format!("{} {}", object.kind(), object.name()),
        namespace => format!("{} {namespace}/{}", object.kind(), object.name()),
    }
}

/// Whether a binding is for a user, by name, as a ServiceAccount, or by a group that it is in.
fn names(binding: &Object, user: &str) -> bool {
    let account = service_account(user);
    binding.list("/subjects").iter().any(|subject| {
        let name = text(subject, "/name");
        match (text(subject, "/kind"), account) {
            ("ServiceAccount", Some((namespace, account))) => {
                let own = match text(subject, "/namespace") {
                    "" => binding.namespace(),
                    own => own,
                };
                own == namespace && name == account
            }
            ("User", _) => name == user,
            ("Group", Some((namespace, _))) => {
                name == "system:serviceaccounts"
                    || name == "system:authenticated"
                    || name.strip_prefix("system:serviceaccounts:") == Some(namespace)
            }
            ("Group", None) => name == "system:authenticated",
            _ => false,
        }
    })
}

fn role_of<'a>(snapshot: &'a Snapshot, binding: &Object) -> Presence<&'a Object> {
    let name = binding.text("/roleRef/name");
    match binding.text("/roleRef/kind") {
        "Role" => snapshot.get("Role", binding.namespace(), name),
        _ => snapshot.get("ClusterRole", "", name),
    }
}

/// Whether one of a role's rules allows a request.
fn allows(role: &Object, request: &Request) -> bool {
    role.list("/rules").iter().any(|rule| {
        has(rule, "verbs", |verb| verb == "*" || verb == request.verb)
            && has(rule, "apiGroups", |group| {
                group == "*" || group == request.group
            })
            && has(rule, "resources", |resource| {
                covers(resource, &request.resource)
            })
            && named(rule, &request.name)
    })
}

fn has(rule: &Json, field: &str, fits: impl Fn(&str) -> bool) -> bool {
    rule.get(field)
        .and_then(Json::as_array)
        .is_some_and(|values| values.iter().filter_map(Json::as_str).any(fits))
}

/// `*` is every resource with its subresources, `*/scale` that subresource of every one.
fn covers(allowed: &str, wanted: &str) -> bool {
    if allowed == "*" || allowed == wanted {
        return true;
    }
    match (allowed.split_once('/'), wanted.split_once('/')) {
        (Some(("*", allowed)), Some((_, wanted))) => allowed == wanted,
        _ => false,
    }
}

/// A rule for named objects says nothing of all of them.
fn named(rule: &Json, name: &str) -> bool {
    rule.get("resourceNames")
        .and_then(Json::as_array)
        .is_none_or(|names| {
            names.is_empty()
                || names
                    .iter()
                    .any(|known| !name.is_empty() && known.as_str() == Some(name))
        })
}
