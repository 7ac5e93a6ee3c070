//! Container logs of the cluster in memory.

use facts::Object;

use super::pod_run::{ContainerRun, Part, State};
use super::store::Key;
use super::world::World;
use crate::LogQuery;

impl World {
    /// A container's log, or the API server's words when there is none.
    pub(super) fn log(&self, query: &LogQuery) -> Result<String, String> {
        let key = Key::new("Pod", &query.namespace, &query.pod);
        let pod = self
            .store
            .get(&key)
            .ok_or_else(|| format!("pods \"{}\" not found", query.pod))?;
        let name = &query.container;
        let run = self
            .pods
            .get(pod.uid())
            .and_then(|run| run.containers.iter().find(|run| run.name == *name))
            .ok_or_else(|| format!("container {name} is not valid for pod {}", query.pod))?;
        let log = if query.previous {
            previous(run).ok_or_else(|| {
                format!(
                    "previous terminated container \"{name}\" in pod \"{}\" not found",
                    query.pod
                )
            })?
        } else {
            current(run).ok_or_else(|| {
                format!(
                    "container \"{name}\" in pod \"{}\" is waiting to start: {}",
                    query.pod,
                    waits_for(run, pod)
                )
            })?
        };
        Ok(tail(&log, query.tail_lines))
    }
}

fn current(run: &ContainerRun) -> Option<String> {
    match run.state {
        State::Running => run.plays.as_ref().map(|life| life.log.clone()),
        State::Ended | State::CrashBackOff(_) | State::Done => {
            run.end.as_ref().map(|end| end.log.clone())
        }
        State::Creating | State::Blocked(..) | State::PullFailed(_) | State::PullBackOff(_) => None,
    }
}

fn previous(run: &ContainerRun) -> Option<String> {
    let end = match run.state {
        State::Ended | State::Done => run.earlier.as_ref(),
        State::Running
        | State::CrashBackOff(_)
        | State::Creating
        | State::Blocked(..)
        | State::PullFailed(_)
        | State::PullBackOff(_) => run.end.as_ref(),
    };
    end.map(|end| end.log.clone())
}

fn waits_for(run: &ContainerRun, pod: &Object) -> &'static str {
    match run.state {
        State::PullFailed(_) => "image can't be pulled",
        State::PullBackOff(_) => "trying and failing to pull image",
        State::Blocked(reason, _) => reason,
        State::Creating | State::Running | State::Ended | State::CrashBackOff(_) | State::Done => {
            if pod.text("/spec/nodeName").is_empty() {
                "PodScheduled"
            } else if run.part == Part::Main && pod.at("/status/initContainerStatuses").is_some() {
                "PodInitializing"
            } else {
                "ContainerCreating"
            }
        }
    }
}

fn tail(log: &str, lines: u32) -> String {
    let lines = usize::try_from(lines).unwrap_or(usize::MAX);
    let all: Vec<&str> = log.lines().collect();
    let mut kept = all
        .get(all.len().saturating_sub(lines)..)
        .unwrap_or_default()
        .join("\n");
    if !kept.is_empty() {
        kept.push('\n');
    }
    kept
}
