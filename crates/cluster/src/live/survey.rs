//! A whole reading of a live cluster: a few lists at once, and of each either everything or why not.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use facts::kinds::{self, Kind, OptIn, Read};
use facts::{Object, Snapshot, slim};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use model::{ClusterId, Text};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::list::{Asked, Only, only_read, whole};
use super::wire::{Failure, Tally, Wire};
use crate::{BlindSpot, ClusterError, Namespaces, Reading, Scope, reading};

/// The API service of the metrics server.
const METRICS: &str = "v1beta1.metrics.k8s.io";

/// What one list gave.
struct Answer<'a> {
    asked: Asked<'a>,
    answer: Result<Vec<Object>, Failure>,
}

/// Reads a cluster, except for some kinds. What may not be read in all namespaces is read in the one
/// that is meant where none is named.
pub(super) async fn read(
    wire: &Wire,
    id: &ClusterId,
    own: &str,
    scope: &Scope,
    except: &[&str],
) -> Result<Reading, ClusterError> {
    let tally = Tally::default();
    let until = Instant::now() + wire.limits.reading;
    let mut found = Found::default();
    let wanted = kinds::ALL
        .iter()
        .filter(|kind| matches!(kind.read, Read::Whole | Read::Metadata))
        .filter(|kind| !except.contains(&kind.kind))
        .chain(kinds::SECRETS.iter().filter(|kind| opted(kind, scope)));
    lists(wire, wanted, scope, until, &tally, &mut found).await;
    narrowed(wire, own, scope, until, &tally, &mut found).await;
    found.add_names();
    if let Some(problem) = found.unreachable.clone()
        && !found.answered
    {
        return Err(ClusterError::Unreachable {
            cluster: id.clone(),
            problem,
        });
    }
    if !scope.helm && !scope.certificates {
        found.blind_spots.push(BlindSpot::new(
            Text::same("secrets"),
            &Text::new(
                "not read: Kintsugi reads no Secrets unless it is told to",
                "未读取：除非另有要求，Kintsugi 不读取 Secret",
            ),
        ));
    }
    read_metrics(wire, scope, until, &tally, &mut found).await;
    found.blind_spots.sort();
    found.blind_spots.dedup();
    Ok(Reading {
        snapshot: found.snapshot.taken_at(reading::now()),
        blind_spots: found.blind_spots,
        only_in: found.only_in,
        requests: tally.requests.load(Ordering::Relaxed),
        bytes: tally.bytes.load(Ordering::Relaxed),
    })
}

/// Asks for all lists that a reading asks for, and keeps nothing of them.
pub(super) async fn only_list(wire: &Wire, scope: &Scope) -> Result<(usize, u64), Failure> {
    let tally = Tally::default();
    let spaces = scope.namespaces.each();
    let wanted = kinds::ALL
        .iter()
        .filter(|kind| matches!(kind.read, Read::Whole | Read::Metadata))
        .flat_map(|kind| {
            let spaces = if kind.namespaced {
                &spaces[..]
            } else {
                &[None]
            };
            spaces.iter().map(move |namespace| Asked {
                kind,
                namespace: *namespace,
                only: Only::All,
            })
        });
    let mut answers = futures_util::stream::iter(wanted)
        .map(|asked| only_read(wire, asked, &tally))
        .buffer_unordered(wire.limits.at_once.max(1));
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok((
        tally.requests.load(Ordering::Relaxed),
        tally.bytes.load(Ordering::Relaxed),
    ))
}

fn opted(kind: &Kind, scope: &Scope) -> bool {
    match kind.read {
        Read::OptIn(OptIn::HelmRelease) => scope.helm,
        Read::OptIn(OptIn::Certificate | OptIn::Name) => scope.certificates,
        Read::Whole | Read::Metadata | Read::OnDemand => false,
    }
}

#[derive(Default)]
struct Found {
    snapshot: Snapshot,
    blind_spots: Vec<BlindSpot>,
    /// Secrets of which nothing but their name was asked for.
    names: Vec<Object>,
    /// What may not be listed over all namespaces, and why not.
    refused: Vec<(&'static Kind, Text)>,
    only_in: Option<String>,
    answered: bool,
    unreachable: Option<Text>,
}

impl Found {
    /// Adds those Secrets that are known by their name alone.
    fn add_names(&mut self) {
        for secret in std::mem::take(&mut self.names) {
            let (namespace, name) = (secret.namespace(), secret.name());
            if !self.snapshot.get("Secret", namespace, name).is_present() {
                self.snapshot.add(secret);
            }
        }
    }

    fn take(&mut self, answer: Answer<'_>) {
        let Asked {
            kind, namespace, ..
        } = answer.asked;
        match answer.answer {
            Ok(objects) => {
                self.answered = true;
                let complete = match kind.read {
                    // The others may well exist.
                    Read::OptIn(OptIn::HelmRelease | OptIn::Certificate) => false,
                    Read::OptIn(OptIn::Name) | Read::Whole | Read::Metadata | Read::OnDemand => {
                        true
                    }
                };
                if complete {
                    let namespace = namespace.filter(|_| kind.namespaced);
                    self.snapshot.mark_complete(kind.kind, namespace);
                }
                if kind.read == Read::OptIn(OptIn::Name) {
                    self.names.extend(objects.iter().map(only_name));
                } else {
                    self.snapshot.extend(objects);
                }
            }
            Err(failure) => {
                let words = failure.words();
                let forbidden = matches!(&failure, Failure::Refused(why) if why.code == 403);
                if forbidden && kind.namespaced && namespace.is_none() {
                    self.refused.push((kind, words.clone()));
                } else {
                    self.blind_spots.push(spot(kind, namespace, &words));
                }
                match failure {
                    Failure::NotSent(_) | Failure::Lost(_) => self.unreachable = Some(words),
                    Failure::Refused(_) | Failure::TooLarge(_) | Failure::Broken(_) => {
                        self.answered = true;
                    }
                }
            }
        }
    }
}

/// What could not be read, by a name that tells apart what is read of Secrets.
fn spot(kind: &Kind, namespace: Option<&str>, why: &Text) -> BlindSpot {
    let mut spot = BlindSpot::of(kind, namespace, why);
    let (en, zh) = match kind.read {
        Read::OptIn(OptIn::HelmRelease) => (" (Helm releases)", "（Helm 发布）"),
        Read::OptIn(OptIn::Certificate) => (" (certificates)", "（证书）"),
        Read::OptIn(OptIn::Name) => (" (names)", "（名称）"),
        Read::Whole | Read::Metadata | Read::OnDemand => return spot,
    };
    spot.what.en.push_str(en);
    spot.what.zh.push_str(zh);
    spot
}

/// Reads in one namespace what may not be read in all of them: many may see only what is theirs.
async fn narrowed(
    wire: &Wire,
    own: &str,
    scope: &Scope,
    until: Instant,
    tally: &Tally,
    found: &mut Found,
) {
    let refused = std::mem::take(&mut found.refused);
    let others = std::mem::take(&mut found.blind_spots);
    let one = Scope {
        namespaces: Namespaces::Named([own.to_owned()].into()),
        ..scope.clone()
    };
    let kinds = refused.iter().map(|(kind, _)| *kind);
    lists(wire, kinds, &one, until, tally, found).await;
    let unread = std::mem::replace(&mut found.blind_spots, others);
    for (kind, why) in refused {
        let mut unseen = spot(kind, None, &why);
        let there = spot(kind, Some(own), &why).what;
        if !unread.iter().any(|spot| spot.what == there) {
            let Text { en, zh } = &unseen.what;
            unseen.what = Text::new(
                format!("{en} outside of namespace {own}"),
                format!("{zh}（命名空间 {own} 之外）"),
            );
            if kind.kind == "Pod" {
                found.only_in = Some(own.to_owned());
            }
        }
        found.blind_spots.push(unseen);
    }
}

/// A Secret without anything that somebody may have written into it: annotations may hold a copy of
/// its values.
fn only_name(secret: &Object) -> Object {
    Object::new(json!({
        "kind": secret.kind(), "apiVersion": "v1",
        "metadata": {
            "name": secret.name(), "namespace": secret.namespace(), "uid": secret.uid(),
            "resourceVersion": secret.resource_version(),
            "creationTimestamp": secret.text("/metadata/creationTimestamp"),
        },
    }))
}

/// Reads lists, a few at once.
async fn lists(
    wire: &Wire,
    kinds: impl Iterator<Item = &'static Kind>,
    scope: &Scope,
    until: Instant,
    tally: &Tally,
    found: &mut Found,
) {
    let spaces = scope.namespaces.each();
    let mut waiting = VecDeque::new();
    for kind in kinds {
        let spaces = if kind.namespaced {
            &spaces[..]
        } else {
            &[None]
        };
        for namespace in spaces.iter().copied() {
            waiting.push_back(Asked {
                kind,
                namespace,
                only: Only::All,
            });
        }
    }
    let mut running = FuturesUnordered::new();
    loop {
        // When nobody answers, the others need not wait for that one after another.
        let hopeless = !found.answered && found.unreachable.is_some();
        while running.len() < wire.limits.at_once.max(1)
            && let Some(asked) = waiting.pop_front()
        {
            running.push(list(wire, asked, until, tally, hopeless));
        }
        match running.next().await {
            Some(answer) => found.take(answer),
            None => return,
        }
    }
}

/// What is left out of a list while it is gathered, since there may be very much of it.
fn trim_of(kind: &Kind) -> fn(&mut Vec<Object>) {
    match kind.kind {
        "Pod" => |pods| slim::forget_well_pods(pods),
        "ReplicaSet" => |sets| slim::forget_old_templates(sets),
        "Event" => slim::forget_routine_events,
        _ => |_| {},
    }
}

/// Reads one list, unless that is hopeless.
async fn list<'a>(
    wire: &Wire,
    asked: Asked<'a>,
    until: Instant,
    tally: &Tally,
    hopeless: bool,
) -> Answer<'a> {
    let answer = if hopeless {
        Err(Failure::NotSent(Text::new(
            "the cluster does not answer",
            "集群没有回答",
        )))
    } else {
        timeout_at(until, whole(wire, asked, tally, trim_of(asked.kind)))
            .await
            .unwrap_or_else(|_| {
                let limit = wire.limits.reading;
                Err(Failure::Broken(Text::new(
                    format!(
                        "not read within the {} s that a reading may take",
                        limit.as_secs()
                    ),
                    format!("未能在一次读取所限的 {} 秒之内读完", limit.as_secs()),
                )))
            })
    };
    Answer { asked, answer }
}

/// Reads metrics where there is somebody who serves them. Where nobody does, that is no blind spot:
/// many clusters have no metrics.
async fn read_metrics(
    wire: &Wire,
    scope: &Scope,
    until: Instant,
    tally: &Tally,
    found: &mut Found,
) {
    let service = found.snapshot.get("APIService", "", METRICS);
    if service.is_absent() {
        return;
    }
    let registered = service.is_present();
    let wanted = kinds::ALL
        .iter()
        .filter(|kind| kind.group == "metrics.k8s.io")
        // A namespaced scope looks at its pods; how nodes fare is still of use.
        .filter(|kind| kind.namespaced || scope.namespaces == Namespaces::All || registered);
    let others = std::mem::take(&mut found.blind_spots);
    lists(wire, wanted, scope, until, tally, found).await;
    let spots = std::mem::replace(&mut found.blind_spots, others);
    if registered && let Some(spot) = spots.into_iter().next() {
        let spot = BlindSpot::new(Text::same("metrics.k8s.io"), &spot.why);
        found.blind_spots.push(spot);
    }
}
