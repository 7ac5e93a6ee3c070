//! The names of kinds as people and files write them: `po`, `pods`, `Pod`, `deployments.apps`.

use facts::kinds::{self, Kind};

/// Every kind that is known by name; where two share a name, the one that people mean comes first.
pub(super) fn all() -> impl Iterator<Item = &'static Kind> {
    let secret = kinds::SECRETS.iter().take(1);
    kinds::RECORDED.iter().chain(kinds::ALL).chain(secret)
}

/// The kind of a name, whatever its case, its number, its group, or the dashes in it.
pub(super) fn find(name: &str) -> Option<&'static Kind> {
    if name.len() > 80 {
        return None;
    }
    let bare = name.split('.').next().unwrap_or_default();
    let plain: String = bare
        .chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect();
    all().find(|kind| {
        plain == kind.plural
            || plain == kind.kind.to_ascii_lowercase()
            || kind.short.contains(&plain.as_str())
    })
}

/// The kind by its own name.
pub(super) fn named(kind: &str) -> Option<&'static Kind> {
    all().find(|known| known.kind == kind)
}

/// Whether diagnoses usually ask for a kind, so that its absence from a recording is worth a word.
pub(super) fn usual(kind: &Kind) -> bool {
    let metrics = kind.group == "metrics.k8s.io";
    !metrics
        && !matches!(
            kind.kind,
            "ControllerRevision"
                | "Endpoints"
                | "ReplicationController"
                | "VolumeAttachment"
                | "CSIDriver"
                | "CSINode"
                | "CustomResourceDefinition"
        )
}

/// Whether objects of a kind live outside of namespaces; unknown kinds are taken to live in them.
pub(super) fn cluster_wide(kind: &str) -> bool {
    named(kind).is_some_and(|known| !known.namespaced)
}

/// What a file's name says: the kind in it, and what else it says, which may be a namespace.
pub(super) fn in_file_name(stem: &str) -> Option<(&'static Kind, String)> {
    if let Some(kind) = find_word(stem) {
        return Some((kind, String::new()));
    }
    let cuts: Vec<usize> = stem
        .char_indices()
        .filter(|(_, letter)| matches!(letter, '-' | '_' | '.' | ' '))
        .map(|(at, _)| at)
        .collect();
    // The longest part at the end or at the start that names a kind: `shop-persistent-volume-claims`.
    for cut in &cuts {
        let (rest, kind) = (stem.get(..*cut)?, stem.get(cut + 1..)?);
        if let Some(kind) = find_word(kind) {
            return Some((kind, rest.to_owned()));
        }
    }
    for cut in cuts.iter().rev() {
        let (kind, rest) = (stem.get(..*cut)?, stem.get(cut + 1..)?);
        if let Some(kind) = find_word(kind) {
            return Some((kind, rest.to_owned()));
        }
    }
    None
}

/// A whole word: a group behind a dot is no part of a file's name.
fn find_word(word: &str) -> Option<&'static Kind> {
    if word.contains('.') && !word.ends_with(".k8s.io") {
        return None;
    }
    find(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_however_they_are_written() {
        for (name, kind) in [
            ("po", "Pod"),
            ("PODS", "Pod"),
            ("deployment.apps", "Deployment"),
            ("deployments.v1.apps", "Deployment"),
            ("NetworkPolicy", "NetworkPolicy"),
            ("replication-controllers", "ReplicationController"),
            ("ep", "Endpoints"),
        ] {
            assert_eq!(find(name).map(|found| found.kind), Some(kind), "{name}");
        }
        assert_eq!(find("widgets"), None);
    }

    #[test]
    fn a_file_name_tells_a_kind_and_perhaps_a_namespace() {
        for (stem, kind, rest) in [
            ("pods", "Pod", ""),
            ("configmaps", "ConfigMap", ""),
            ("shop-configmaps", "ConfigMap", "shop"),
            ("pods-kube-system", "Pod", "kube-system"),
            (
                "shop_persistent-volume-claims",
                "PersistentVolumeClaim",
                "shop",
            ),
            ("get.svc", "Service", "get"),
        ] {
            let found = in_file_name(stem).unwrap();
            assert_eq!((found.0.kind, found.1.as_str()), (kind, rest), "{stem}");
        }
        assert!(in_file_name("everything").is_none());
    }
}
