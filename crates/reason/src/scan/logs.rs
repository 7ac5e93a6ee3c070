//! The logs of sick containers, read before skills are asked: a few at once, and no others.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::{BlindSpot, Cluster, ClusterError, LogQuery};
use facts::{Candidate, LogKey, LogSeen, Snapshot, container, triage};
use model::{ObjectRef, Text};
use tokio::task::JoinSet;

use super::{ScanLimits, Scanned, no_answer};

/// How long one log may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// The longest log that is kept: its end, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// How many of the logs that were refused are named.
const NAMED: usize = 3;

/// What was not read of the logs.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Those that were asked for in vain, and why.
    refused: BTreeMap<LogKey, Text>,
    /// How many containers were not asked for at all.
    left: usize,
}

impl Unread {
    /// Leaves only what concerns one object: its pods' logs, or, of what has no pods, those of its
    /// namespace.
    pub(super) fn only_of(&mut self, about: &ObjectRef, pods: &[ObjectRef]) {
        self.left = 0;
        self.refused.retain(|key, _| {
            if pods.is_empty() {
                return about.namespace.is_empty() || key.namespace == about.namespace;
            }
            pods.iter()
                .any(|pod| pod.namespace == key.namespace && pod.name == key.pod)
        });
    }

    /// Leaves only what concerns some namespaces; none are all.
    pub(super) fn only_in(&mut self, namespaces: &BTreeSet<String>) {
        if !namespaces.is_empty() {
            self.refused
                .retain(|key, _| namespaces.contains(&key.namespace));
        }
    }

    /// Says it: one blind spot for each reason, in the same order whoever answered first.
    pub(super) fn tell(self, limits: ScanLimits, scanned: &mut Scanned) {
        if self.left > 0 {
            let (left, most) = (self.left, limits.logs);
            let what = Text::new(
                format!("logs of {left} more sick containers"),
                format!("另外 {left} 个异常容器的日志"),
            );
            let why = Text::new(format!("only {most} are read"), format!("只读取 {most} 份"));
            scanned.blind_spots.push(BlindSpot::new(what, &why));
        }
        let mut reasons: BTreeMap<String, (Text, Vec<Text>)> = BTreeMap::new();
        let current: BTreeSet<LogKey> = self.refused.keys().cloned().collect();
        for (key, why) in self.refused {
            let both = LogKey {
                previous: false,
                ..key.clone()
            };
            // The life before is told of only where the present one was read.
            if key.previous && current.contains(&both) {
                continue;
            }
            // An API server names the pod in its refusal: the reason is the same without it.
            let reason = why.en.replace(&format!("\"{}\"", key.pod), "…");
            let (_, names) = reasons.entry(reason).or_insert((why, Vec::new()));
            let mut name = format!("{}/{}", key.namespace, key.pod);
            if container::is_name(&key.container) {
                name.push('/');
                name.push_str(&key.container);
            }
            names.push(match key.previous {
                true => Text::new(format!("{name} (previous)"), format!("{name}（上一次）")),
                false => Text::same(name),
            });
        }
        for (why, names) in reasons.into_values() {
            let what = match names.len() {
                1 => Text::new("the log of 1 container", "1 个容器的日志"),
                count => Text::new(
                    format!("logs of {count} containers"),
                    format!("{count} 个容器的日志"),
                ),
            };
            let more = match names.len().saturating_sub(NAMED) {
                0 => Text::default(),
                more => Text::new(
                    format!(" and {more} more"),
                    format!(" 等（另有 {more} 个）"),
                ),
            };
            let named = names.into_iter().take(NAMED);
            let (en, zh): (Vec<String>, Vec<String>) = named.map(|name| (name.en, name.zh)).unzip();
            let why = Text::new(
                format!("{}{}: {}", en.join(", "), more.en, why.en),
                format!("{}{}：{}", zh.join("、"), more.zh, why.zh),
            );
            scanned.blind_spots.push(BlindSpot::new(what, &why));
        }
    }
}

/// Reads the logs of the candidates that have one, of this life and of the one before: through much
/// of a back-off only one of the two can be had, and it may be either. Gives how many were asked for.
pub(super) async fn read(
    snapshot: &mut Snapshot,
    all: &[Candidate],
    source: &Arc<dyn Cluster>,
    limits: ScanLimits,
    unread: &mut Unread,
) -> usize {
    let mut asked = 0;
    let mut wanted: Vec<&Candidate> = all.iter().filter(|candidate| candidate.logs).collect();
    wanted.sort_by_key(|candidate| Reverse(candidate.affected.len()));
    if wanted.len() > limits.logs {
        unread.left += wanted.len() - limits.logs;
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
    loop {
        while reading.len() < limits.at_once {
            let Some(key) = waiting.pop() else { break };
            let source = Arc::clone(source);
            let lines = limits.lines;
            asked += 1;
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
            return asked;
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
            Ok(Err(why)) => {
                unread.refused.insert(key, why.words());
            }
            Err(_) => {
                unread.refused.insert(key, no_answer(PATIENCE));
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(refused: &[(&str, &str)]) -> Unread {
        let refused = refused.iter().map(|(pod, why)| {
            let key = LogKey::current("shop", pod, "app");
            (key, Text::same(*why))
        });
        Unread {
            refused: refused.collect(),
            left: 4,
        }
    }

    fn told(unread: Unread) -> Vec<BlindSpot> {
        let mut scanned = Scanned::default();
        unread.tell(ScanLimits::default(), &mut scanned);
        scanned.blind_spots
    }

    #[test]
    fn every_reason_is_told_once_with_the_logs_that_were_refused_for_it() {
        let all = told(unread(&[
            ("d", "pods \"d\" is forbidden"),
            ("slow", "no answer within 10 s"),
            ("a", "pods \"a\" is forbidden"),
            ("c", "pods \"c\" is forbidden"),
            ("b", "pods \"b\" is forbidden"),
        ]));
        let words: Vec<String> = all
            .iter()
            .map(|spot| format!("{}: {}", spot.what.en, spot.why.en))
            .collect();
        assert_eq!(
            words,
            [
                "logs of 4 more sick containers: only 200 are read",
                "the log of 1 container: shop/slow/app: no answer within 10 s",
                "logs of 4 containers: shop/a/app, shop/b/app, shop/c/app and 1 more: \
                 pods \"a\" is forbidden",
            ]
        );
        let last = all.last().unwrap();
        assert_eq!(last.what.zh, "4 个容器的日志");
        assert_eq!(
            last.why.zh,
            "shop/a/app、shop/b/app、shop/c/app 等（另有 1 个）：pods \"a\" is forbidden"
        );
    }

    #[test]
    fn the_log_of_the_life_before_is_told_apart_from_that_of_this_one() {
        let why = || Text::same("not in this record");
        let refused = [
            (LogKey::previous("shop", "a", "app"), why()),
            (LogKey::current("shop", "b", "app"), why()),
            (LogKey::previous("shop", "b", "app"), why()),
        ];
        let [spot] = &told(Unread {
            refused: refused.into(),
            left: 0,
        })[..] else {
            panic!("one blind spot");
        };
        assert_eq!(spot.what.en, "logs of 2 containers");
        assert_eq!(
            spot.why.en,
            "shop/a/app (previous), shop/b/app: not in this record"
        );
        assert_eq!(
            spot.why.zh,
            "shop/a/app（上一次）、shop/b/app：not in this record"
        );
    }

    #[test]
    fn who_asks_about_one_object_is_told_of_its_own_logs_only() {
        let refused = [("api-1", "forbidden"), ("queue-0", "forbidden")];
        let api = ObjectRef::new("Deployment", "shop", "api");
        let mut of_api = unread(&refused);
        of_api.only_of(&api, &[ObjectRef::new("Pod", "shop", "api-1")]);
        let [spot] = &told(of_api)[..] else {
            panic!("one blind spot");
        };
        assert_eq!(spot.what.en, "the log of 1 container");
        assert_eq!(spot.why.en, "shop/api-1/app: forbidden");
        let mut of_another = unread(&refused);
        of_another.only_of(&ObjectRef::new("Service", "mail", "smtp"), &[]);
        assert!(told(of_another).is_empty());
    }
}
