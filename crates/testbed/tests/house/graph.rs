//! Who uses what, as cargo resolves it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;

use crate::root;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dep>,
}

#[derive(Deserialize)]
struct Dep {
    pkg: String,
    dep_kinds: Vec<DepKind>,
}

#[derive(Deserialize)]
struct DepKind {
    kind: Option<String>,
}

/// Every crate and what it uses. Our own crates use the same on every system.
pub(crate) struct Graph {
    packages: BTreeMap<String, Package>,
    members: BTreeSet<String>,
    /// What a package is made of: neither what its tests use nor what its build runs.
    uses: BTreeMap<String, Vec<String>>,
}

impl Graph {
    pub(crate) fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .current_dir(root())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata: {told}");
        let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
        let part_of_it = |dep: &Dep| dep.dep_kinds.iter().any(|kind| kind.kind.is_none());
        Self {
            packages: metadata
                .packages
                .into_iter()
                .map(|package| (package.id.clone(), package))
                .collect(),
            members: metadata.workspace_members,
            uses: metadata
                .resolve
                .nodes
                .into_iter()
                .map(|node| {
                    let uses = node.deps.iter().filter(|dep| part_of_it(dep));
                    (node.id, uses.map(|dep| dep.pkg.clone()).collect())
                })
                .collect(),
        }
    }

    pub(crate) fn is_ours(&self, package: &Package) -> bool {
        self.members.contains(&package.id)
    }

    /// The names by which rooms are called, with their packages.
    pub(crate) fn rooms(&self) -> BTreeMap<String, &Package> {
        let ours = self
            .packages
            .values()
            .filter(|package| self.is_ours(package));
        ours.map(|package| (room(&package.name), package)).collect()
    }

    pub(crate) fn uses(&self, package: &Package) -> impl Iterator<Item = &Package> {
        self.uses[&package.id].iter().map(|id| &self.packages[id])
    }

    /// Everything that a package is made of, however far down.
    pub(crate) fn made_of(&self, package: &Package) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut next = vec![package];
        while let Some(package) = next.pop() {
            for used in self.uses(package) {
                names.insert(used.name.clone());
                if seen.insert(&used.id) {
                    next.push(used);
                }
            }
        }
        names
    }
}

/// The room of a crate: `kintsugi-model` is the room `model`.
pub(crate) fn room(package: &str) -> String {
    let room = package.strip_prefix("kintsugi-").unwrap_or(package);
    room.to_owned()
}
