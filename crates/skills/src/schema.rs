//! The names that expressions may use, so that a misspelt one is refused at load.
//!
//! It says which fields there can be, not which are seen: a field that is not seen is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use strsim::damerau_levenshtein;

/// The names an expression can start with, besides the sections of subjects.
const OTHERS: &[&str] = &[
    "result",
    "signal",
    // Short names, as alerts and older skills spell them.
    "pod_name",
    "namespace",
    "container_name",
    "node_name",
    "workload_name",
    "workload_kind",
];

/// The names an expression can start with.
pub(crate) fn roots() -> &'static [&'static str] {
    static ROOTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let sections = facts::subject::schema()
            .iter()
            .filter_map(|(path, _)| path.split('.').next());
        let mut all: Vec<&str> = sections.chain(OTHERS.iter().copied()).collect();
        let mut seen = BTreeSet::new();
        all.retain(|root| seen.insert(*root));
        all
    });
    &ROOTS
}

/// The fields of what is not a subject; below one that ends in `.*` anything goes.
const FIELDS: &[&str] = &[
    "result.status",
    "result.text",
    "result.value.*",
    "signal.source",
    "signal.name",
    "signal.severity",
    "signal.title",
    "signal.labels.*",
    "signal.object.kind",
    "signal.object.namespace",
    "signal.object.name",
];

/// Every path that has something below it, with the names there; none where anything goes.
fn fields() -> &'static BTreeMap<&'static str, Option<BTreeSet<&'static str>>> {
    static BELOW: LazyLock<BTreeMap<&str, Option<BTreeSet<&str>>>> = LazyLock::new(|| {
        let mut below: BTreeMap<&str, Option<BTreeSet<&str>>> = BTreeMap::new();
        // Those of subjects are told by whoever makes them.
        let subjects = facts::subject::schema().iter().map(|(path, _)| *path);
        for field in subjects.chain(FIELDS.iter().copied()) {
            for (dot, _) in field.match_indices('.') {
                let (at, rest) = (field.get(..dot), field.get(dot + 1..));
                let (Some(at), Some(rest)) = (at, rest) else {
                    continue;
                };
                let names = below.entry(at).or_insert_with(|| Some(BTreeSet::new()));
                if rest == "*" {
                    *names = None;
                } else if let (Some(names), Some(name)) = (names, rest.split('.').next()) {
                    names.insert(name);
                }
            }
        }
        below
    });
    &BELOW
}

/// Whether a path of names can exist. Its first name is checked elsewhere.
///
/// # Errors
/// Which field does not exist, and which is nearest to it.
pub(crate) fn check(path: &[&str]) -> Result<(), String> {
    let Some((root, rest)) = path.split_first() else {
        return Ok(());
    };
    let mut at = (*root).to_owned();
    for name in rest {
        // A plain value has no fields; what it is shows when it is evaluated.
        let Some(Some(known)) = fields().get(at.as_str()) else {
            return Ok(());
        };
        if !known.contains(name) {
            let hint = nearest(name, known.iter().copied());
            return Err(format!("`{at}` has no field `{name}`{hint}"));
        }
        at = format!("{at}.{name}");
    }
    Ok(())
}

/// A hint at the nearest of some names, if one is near; with its leading separator.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.filter(|candidate| !candidate.starts_with('@')) {
        let far = damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase());
        if best.is_none_or(|(least, _)| far < least) {
            best = Some((far, candidate));
        }
    }
    let near_enough = name.chars().count().div_ceil(3).max(2);
    best.filter(|(far, _)| *far <= near_enough)
        .map_or_else(String::new, |(_, candidate)| {
            format!("; did you mean `{candidate}`?")
        })
}
