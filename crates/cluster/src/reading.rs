//! One reading of a whole cluster: what is asked for, what came, and what could not be seen.
//!
//! How a live cluster is read fast is told in `live`; here is what every cluster can do.

use std::collections::{BTreeMap, BTreeSet};

use facts::Snapshot;
use facts::kinds::{self, Kind, Read};
use model::{Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Cluster, ClusterError};

/// The longest reason that is kept, in letters: it is somebody else's text.
const MAX_WHY: usize = 400;

/// Which namespaces are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Namespaces {
    /// All of them.
    #[default]
    All,
    /// Only these.
    Named(BTreeSet<String>),
}

impl Namespaces {
    /// What to ask for, one list after another: `None` is a list over all namespaces.
    #[must_use]
    pub fn each(&self) -> Vec<Option<&str>> {
        match self {
            Self::All => vec![None],
            Self::Named(names) => names.iter().map(|name| Some(name.as_str())).collect(),
        }
    }
}

/// What a reading covers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The namespaces; cluster-wide kinds are read in any case.
    pub namespaces: Namespaces,
    /// Whether certificates are read: `tls.crt` of Secrets of the type `kubernetes.io/tls`, and the
    /// names of all others, so that a missing one is known to be missing.
    #[serde(default)]
    pub certificates: bool,
    /// Whether Helm releases are read: their status, from Secrets of the type
    /// `helm.sh/release.v1`.
    #[serde(default)]
    pub helm: bool,
}

/// Something that could not be seen, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlindSpot {
    /// What: `secrets`, `events in shop`, `metrics.k8s.io`.
    pub what: Text,
    /// Why, in the words of whoever was asked, and not too many of them.
    pub why: Text,
}

impl BlindSpot {
    /// A blind spot.
    #[must_use]
    pub fn new(what: Text, why: &Text) -> Self {
        Self {
            what,
            why: why.map(|words| bounded(words, MAX_WHY)),
        }
    }

    /// A kind that could not be read, in one namespace or at all.
    #[must_use]
    pub fn of(kind: &Kind, namespace: Option<&str>, why: &Text) -> Self {
        let resource = kind.resource();
        let what = match namespace.filter(|_| kind.namespaced) {
            Some(namespace) => Text::new(
                format!("{resource} in {namespace}"),
                format!("{resource}（命名空间 {namespace}）"),
            ),
            None => Text::same(resource),
        };
        Self::new(what, why)
    }
}

/// Others' words on one line, cut where they get long.
pub(crate) fn bounded(words: &str, most: usize) -> String {
    let mut out = String::new();
    let words = words.split(|letter: char| letter.is_whitespace() || letter.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > most {
            let end = out
                .char_indices()
                .map(|(place, _)| place)
                .take_while(|place| *place <= most)
                .last()
                .unwrap_or(0);
            out.truncate(end);
            out.push('…');
            break;
        }
    }
    out
}

/// What one reading gave.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The objects, and of which kinds they are all there is.
    pub snapshot: Snapshot,
    /// What could not be seen.
    pub blind_spots: Vec<BlindSpot>,
    /// The namespace whose pods were read, where those of all namespaces may not be read.
    pub only_in: Option<String>,
    /// How many requests it took.
    pub requests: usize,
    /// How many bytes of answers were read.
    pub bytes: u64,
}

impl Reading {
    /// How many objects of each kind there are.
    #[must_use]
    pub fn scanned(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for object in self.snapshot.objects() {
            // A lookup first: most objects are of a kind that is already counted.
            match counts.get_mut(object.kind()) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(object.kind().to_owned(), 1_usize);
                }
            }
        }
        counts
    }
}

/// Reads a cluster list by list.
pub(crate) async fn by_lists<C: Cluster + ?Sized>(
    cluster: &C,
    scope: &Scope,
) -> Result<Reading, ClusterError> {
    let mut reading = Reading::default();
    let mut unreachable = None;
    let mut answered = false;
    for kind in kinds::ALL {
        match kind.read {
            Read::Whole | Read::Metadata => {}
            Read::OptIn(_) | Read::OnDemand => continue,
        }
        let spaces = if kind.namespaced {
            scope.namespaces.each()
        } else {
            vec![None]
        };
        for namespace in spaces {
            reading.requests += 1;
            match cluster.list(kind.kind, namespace).await {
                Ok(objects) => {
                    answered = true;
                    reading.snapshot.extend(objects);
                    reading.snapshot.mark_complete(kind.kind, namespace);
                }
                Err(error) => {
                    let why = error.words();
                    let spot = BlindSpot::of(kind, namespace, &why);
                    reading.blind_spots.push(spot);
                    match error {
                        ClusterError::Unreachable { .. } => unreachable = Some(error),
                        ClusterError::Forbidden { .. }
                        | ClusterError::NotFound { .. }
                        | ClusterError::Unusable { .. }
                        | ClusterError::NotRecorded { .. } => answered = true,
                    }
                }
            }
        }
    }
    match unreachable {
        Some(error) if !answered => Err(error),
        Some(_) | None => {
            reading.snapshot = reading.snapshot.taken_at(now());
            Ok(reading)
        }
    }
}

/// The time now: a reading says when it was taken.
#[expect(
    clippy::disallowed_methods,
    reason = "a reading says when it was taken, as a file does; nothing is decided by it here"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file of roles allows: the group, the resource and the verb of each rule.
    fn allowed(roles: &str) -> BTreeSet<(String, String, String)> {
        let mut allowed = BTreeSet::new();
        for document in roles.split("\n---\n") {
            let role: serde_json::Value = serde_saphyr::from_str(document).unwrap();
            let texts = |rule: &serde_json::Value, field: &str| -> Vec<String> {
                serde_json::from_value(rule[field].clone()).unwrap()
            };
            for rule in role["rules"].as_array().into_iter().flatten() {
                for group in texts(rule, "apiGroups") {
                    for resource in texts(rule, "resources") {
                        for verb in texts(rule, "verbs") {
                            allowed.insert((group.clone(), resource.clone(), verb));
                        }
                    }
                }
            }
        }
        allowed
    }

    fn triple(group: &str, resource: &str, verb: &str) -> (String, String, String) {
        (group.to_owned(), resource.to_owned(), verb.to_owned())
    }

    #[test]
    fn the_base_role_allows_exactly_what_is_read_and_no_secrets() {
        let role = include_str!("../../../deploy/rbac/read.yaml");
        let mut needed: BTreeSet<_> = kinds::ALL
            .iter()
            .flat_map(|kind| {
                ["get", "list", "watch"].map(|verb| triple(kind.group, kind.plural, verb))
            })
            .collect();
        needed.insert(triple("", "pods/log", "get"));
        assert_eq!(allowed(role), needed);
    }

    #[test]
    fn the_roles_of_the_opt_ins_allow_to_list_secrets_and_nothing_else() {
        let roles = include_str!("../../../deploy/rbac/secrets-opt-in.yaml");
        let needed = BTreeSet::from([triple("", "secrets", "list")]);
        assert_eq!(allowed(roles), needed);
    }

    #[test]
    fn others_words_are_one_short_line() {
        assert_eq!(bounded(" a\n b\tc ", 10), "a b c");
        assert_eq!(bounded("one two three", 7), "one two…");
        let long = "é".repeat(10_000);
        let cut = bounded(&long, MAX_WHY);
        assert!(cut.len() < MAX_WHY + 8 && cut.ends_with('…'));
    }

    #[test]
    fn a_blind_spot_names_the_namespace_only_where_the_kind_has_one() {
        let why = Text::same("no");
        let spot = |name: &str| BlindSpot::of(kinds::find(name).unwrap(), Some("shop"), &why).what;
        let events = Text::new("events in shop", "events（命名空间 shop）");
        assert_eq!(spot("events"), events);
        assert_eq!(spot("deploy").en, "deployments.apps in shop");
        assert_eq!(spot("no"), Text::same("nodes"));
    }
}
