//! Big clusters, made up: as many pods as are asked for, with everything around them and a known
//! number of faults, as a folder that `kubectl` might have written or inside a real control plane.
//!
//! The objects have the size and the shape of ordinary microservices, so that what is measured on
//! them is worth something. Whether a fault is told well is not asked here: the scenarios do that.

mod fields;
mod fill;
mod objects;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::Serialize as _;
use serde_json::{Value, json};

pub use fill::{FillError, fill};

/// Pods of one Deployment.
pub(crate) const REPLICAS: usize = 5;
/// ReplicaSets of one Deployment: the newest has the pods.
pub(crate) const REVISIONS: usize = 3;
/// Deployments of one namespace.
const DEPLOYMENTS: usize = 20;
/// Pods of one node.
const PODS_OF_NODE: usize = 100;

/// What is wrong with a Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Its image is not in the registry.
    Image,
    /// Its process ends with an error as soon as it has started.
    Crash,
    /// A key of a ConfigMap that it wants is not there.
    Key,
    /// Its pods ask for more than any node has.
    Room,
    /// Its process takes more memory than it may.
    Memory,
}

const FAULTS: [Fault; 5] = [
    Fault::Image,
    Fault::Crash,
    Fault::Key,
    Fault::Room,
    Fault::Memory,
];

/// A big cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// How many pods.
    pub pods: usize,
    /// How many of the Deployments are sick.
    pub faults: usize,
}

/// All objects of one kind.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The kind's path without namespaces: `/apis/apps/v1/deployments`.
    pub path: &'static str,
    /// The plural.
    pub plural: &'static str,
    /// The objects.
    pub items: Vec<Value>,
}

impl Crowd {
    pub(crate) const fn deployments(self) -> usize {
        self.pods.div_ceil(REPLICAS)
    }

    pub(crate) const fn namespaces(self) -> usize {
        self.deployments().div_ceil(DEPLOYMENTS)
    }

    pub(crate) const fn nodes(self) -> usize {
        self.pods.div_ceil(PODS_OF_NODE)
    }

    /// The namespace of a Deployment.
    pub(crate) fn namespace(number: usize) -> String {
        format!("team-{:03}", number / DEPLOYMENTS)
    }

    /// What is wrong with a Deployment: the sick ones lie evenly among the others.
    pub(crate) fn fault(self, number: usize) -> Option<Fault> {
        let all = self.deployments().max(1);
        let before = number.saturating_mul(self.faults) / all;
        let after = number.saturating_add(1).saturating_mul(self.faults) / all;
        (after > before).then(|| FAULTS.get(before % FAULTS.len()).copied())?
    }

    /// Everything there is, owners before what they own.
    #[must_use]
    pub fn lists(self) -> Vec<Listed> {
        objects::lists(self)
    }

    /// Writes it as `kubectl get KIND -A -o json > KIND.json` does, one file for each kind, and gives
    /// the number of bytes. With `managers`, as with `--show-managed-fields`.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(self, folder: &Path, managers: bool) -> io::Result<u64> {
        fs::create_dir_all(folder)?;
        let mut bytes = 0;
        for Listed { plural, items, .. } in self.lists() {
            let items: Vec<Value> = if managers {
                items.into_iter().map(fields::with_managers).collect()
            } else {
                items
            };
            let list = json!({
                "apiVersion": "v1", "items": items, "kind": "List",
                "metadata": {"resourceVersion": ""},
            });
            let path = folder.join(plural).with_extension("json");
            let mut file = BufWriter::new(File::create(&path)?);
            let indented = serde_json::ser::PrettyFormatter::with_indent(b"    ");
            let mut writer = serde_json::Serializer::with_formatter(&mut file, indented);
            list.serialize(&mut writer)?;
            file.write_all(b"\n")?;
            file.flush()?;
            bytes += fs::metadata(&path)?.len();
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_has_as_many_pods_and_sick_deployments_as_were_asked_for() {
        let crowd = Crowd {
            pods: 200,
            faults: 7,
        };
        let lists = crowd.lists();
        let pods = lists.iter().find(|list| list.plural == "pods").unwrap();
        assert_eq!(pods.items.len(), 200);
        let sick = (0..crowd.deployments()).filter(|number| crowd.fault(*number).is_some());
        assert_eq!(sick.count(), 7);
        let names: std::collections::BTreeSet<_> = lists
            .iter()
            .flat_map(|list| &list.items)
            .map(|item| item.pointer("/metadata/uid").unwrap().to_string())
            .collect();
        let all: usize = lists.iter().map(|list| list.items.len()).sum();
        assert_eq!(names.len(), all, "every object has a uid of its own");
    }
}
