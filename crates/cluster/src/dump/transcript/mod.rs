//! Transcripts: commands and what they printed, as somebody pasted them, read back into objects.
//!
//! What comes out are ordinary objects as the API server would show them, as far as the output goes:
//! a field that was not shown is left out. Nothing is concluded here, but names of owners are
//! guessed from the shape of a pod's name and marked as guessed ([`owners`]).
//!
//! Ages in outputs count from the time of the transcript. That time is told by its absolute times,
//! and where it has none it is [`settle::REFERENCE`], so that ages still compare with each other.

mod age;
mod blocks;
mod command;
mod container_names;
mod containers;
mod describe;
mod describe_bounds;
mod describe_cluster;
mod describe_config;
mod describe_container;
mod describe_network;
mod describe_pod;
mod describe_storage;
mod describe_workload;
mod events;
mod helm;
mod labels;
mod lineage;
mod looks;
mod merge;
mod owners;
mod refusals;
mod row_bounds;
mod row_cluster;
mod row_network;
mod row_pod;
mod row_storage;
mod row_usage;
mod row_workload;
mod rows;
mod settle;
mod table;
mod ties;

pub(super) use looks::Transcript;
pub(super) use settle::settle;

use super::limits::Limits;

/// Whether a text has a line with a command at a prompt.
pub(super) fn has_commands(text: &str) -> bool {
    blocks::has_commands(text)
}

/// Whether a text looks like the output of a command whose line was not pasted.
pub(super) fn has_output(text: &str) -> bool {
    let text = blocks::plain(
        text.get(..text.floor_char_boundary(64 << 10))
            .unwrap_or_default(),
    );
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(60);
    let Some(first) = lines.next() else {
        return false;
    };
    if table::is_header(first) || refusals::is_refusal(first) || lineage::is_tree_line(first) {
        return true;
    }
    let mut keys = std::iter::once(first).chain(lines);
    first.starts_with("Name:") && keys.any(|line| line.starts_with("Namespace:"))
        || first.starts_with("Name:") && text.contains("\nLabels:")
        || text.lines().take(20).any(table::is_header)
}

/// Reads a transcript into looks at objects.
pub(super) fn read(text: &str, path: &str, limits: &Limits) -> Transcript {
    let text = blocks::plain(text);
    let mut transcript = Transcript::of(path);
    for block in blocks::split(&text) {
        transcript.block(&block, limits);
    }
    transcript
}
