//! What commands look at: a recording, a live cluster, or the cluster in memory.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use cluster::{Cluster, Namespaces, Reading, Recorded, Scope, dump};
use model::{ClusterId, Digest, Finding};

use crate::cli::ClusterFlags;
use crate::command::Context;
use crate::failure::Failure;
use crate::output::report::Source;

/// What was read, and what logs are read from.
pub(crate) struct Sight {
    pub(crate) reading: Reading,
    pub(crate) cluster: Arc<dyn Cluster>,
    pub(crate) source: Source,
    /// What the reader should know of how it was read.
    pub(crate) notes: Vec<String>,
    /// The namespaces that were asked about.
    pub(crate) covered: Covered,
}

/// Some namespaces; none means all.
pub(crate) struct Covered(BTreeSet<String>);

impl Covered {
    /// Whether a finding is about a namespace that was asked about.
    pub(crate) fn holds(&self, finding: &Finding) -> bool {
        self.0.is_empty()
            || finding.object.namespace.is_empty()
            || std::iter::once(&finding.object)
                .chain(&finding.affected)
                .any(|object| self.0.contains(&object.namespace))
    }
}

/// Looks at what the flags mean.
pub(crate) async fn look(context: &Context, flags: &ClusterFlags) -> Result<Sight, Failure> {
    let namespaces: BTreeSet<String> = flags.namespace.iter().cloned().collect();
    if let Some(from) = &flags.from {
        return recorded(from, namespaces);
    }
    let Some(memory) = super::cluster(&context.effective.config)? else {
        return Err(Failure::new("there is no cluster to look at")
            .next("name a recording with --from, or a kubeconfig with --kubeconfig"));
    };
    let scope = Scope {
        namespaces: match namespaces.is_empty() {
            true => Namespaces::All,
            false => Namespaces::Named(namespaces.clone()),
        },
        ..Scope::default()
    };
    let reading = memory.read(&scope).await.map_err(|error| {
        Failure::new(error).next("see whether the cluster answers: kintsugi doctor")
    })?;
    Ok(Sight {
        reading,
        source: Source {
            kind: "memory",
            context: Some(memory.id().to_string()),
            path: None,
        },
        cluster: memory,
        notes: Vec::new(),
        covered: Covered(namespaces),
    })
}

fn recorded(from: &Path, namespaces: BTreeSet<String>) -> Result<Sight, Failure> {
    let limits = dump::Limits::default();
    let read = if from == Path::new("-") {
        dump::read_stream(std::io::stdin().lock(), &limits)
    } else {
        dump::read(from, &limits)
    };
    let dump = read.map_err(|error| {
        Failure::new(error).next("name a folder, a file or an archive of what was recorded")
    })?;
    let path = from.display().to_string();
    let digest = Digest::of("kintsugi.record.v1", &[path.as_bytes()]);
    let id = ClusterId::from(format!("record-{}", digest.short()));
    Ok(Sight {
        cluster: Arc::new(Recorded::new(id, Arc::new(dump.snapshot.clone()))),
        reading: Reading {
            snapshot: dump.snapshot,
            blind_spots: dump
                .blind_spots
                .into_iter()
                .map(|spot| cluster::BlindSpot::new(spot.what, &spot.why))
                .collect(),
            requests: 0,
            bytes: dump.bytes,
        },
        source: Source {
            kind: "dump",
            context: None,
            path: Some(path),
        },
        notes: dump
            .notes
            .iter()
            .map(|note| format!("note: {note}"))
            .collect(),
        covered: Covered(namespaces),
    })
}
