//! The logs of sick containers, read before skills are asked: a few at once, and no others.

use std::cmp::Reverse;
use std::sync::Arc;

use cluster::{Cluster, ClusterError, LogQuery};
use facts::{Candidate, LogKey, LogSeen, Snapshot, container, triage};
use tokio::task::JoinSet;

use super::{ScanLimits, Scanned};

/// How long one log may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// The longest log that is kept: its end, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Reads the logs of the candidates that have one, of this life and of the one before: through much
/// of a back-off only one of the two can be had, and it may be either.
pub(super) async fn read(
    snapshot: &mut Snapshot,
    all: &[Candidate],
    source: &Arc<dyn Cluster>,
    limits: ScanLimits,
    scanned: &mut Scanned,
) {
    let mut wanted: Vec<&Candidate> = all.iter().filter(|candidate| candidate.logs).collect();
    wanted.sort_by_key(|candidate| Reverse(candidate.affected.len()));
    if wanted.len() > limits.logs {
        let left = wanted.len() - limits.logs;
        let what = format!("logs of {left} more sick containers");
        scanned
            .blind_spots
            .push((what, format!("only {} are read", limits.logs)));
        wanted.truncate(limits.logs);
    }
    let mut waiting: Vec<LogKey> = wanted
        .iter()
        .filter_map(|candidate| Some((candidate, candidate.part.as_deref()?)))
        .flat_map(|(candidate, container)| {
            let pod = &candidate.object;
            let current = LogKey::current(&pod.namespace, &pod.name, container);
            let previous = LogKey::previous(&pod.namespace, &pod.name, container);
            let before = ended_before(snapshot, candidate, container);
            std::iter::once(current).chain(before.then_some(previous))
        })
        .chain(triage::listeners(snapshot).into_iter().take(limits.logs))
        .filter(|key| snapshot.log(key).is_unknown())
        .collect();
    waiting.reverse();
    let mut reading = JoinSet::new();
    let mut refused: Option<String> = None;
    loop {
        while reading.len() < limits.at_once {
            let Some(key) = waiting.pop() else { break };
            let source = Arc::clone(source);
            let lines = limits.lines;
            scanned.logs_read += 1;
            reading.spawn(async move {
                let query = LogQuery {
                    namespace: key.namespace.clone(),
                    pod: key.pod.clone(),
                    container: key.container.clone(),
                    previous: key.previous,
                    tail_lines: lines,
                };
                let answer = tokio::time::timeout(PATIENCE, source.logs(&query)).await;
                (key, answer)
            });
        }
        let Some(done) = reading.join_next().await else {
            break;
        };
        let Ok((key, answer)) = done else { continue };
        match answer {
            Ok(Ok(text)) => {
                let end = end_of(&text, MAX_BYTES);
                snapshot.put_log(key, LogSeen::Text(facts::redact_text(end)));
            }
            Ok(Err(ClusterError::NotFound { problem, .. })) => {
                snapshot.put_log(key, LogSeen::Absent(problem));
            }
            Ok(Err(why)) => refused = Some(why.to_string()),
            Err(_) => refused = Some(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }
    if let Some(why) = refused {
        scanned.blind_spots.push(("some logs".to_owned(), why));
    }
}

/// Whether a container had a life before its present one.
fn ended_before(snapshot: &Snapshot, candidate: &Candidate, name: &str) -> bool {
    snapshot
        .find(&candidate.object)
        .present()
        .is_some_and(|pod| {
            container::containers(pod)
                .find(|container| container.name() == name)
                .is_some_and(|container| container.restarts() > 0)
        })
}

/// The end of a text, cut where a line begins.
fn end_of(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let end = text.get(start..).unwrap_or_default();
    if start == 0 {
        return end;
    }
    end.split_once('\n').map_or(end, |(_, rest)| rest)
}
