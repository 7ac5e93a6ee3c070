//! A whole reading of a live cluster: a few lists at once, and of each either everything or why not.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use facts::kinds::{self, Kind, OptIn, Read};
use facts::{Object, Snapshot, slim};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use model::ClusterId;
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

/// Reads a cluster, except for some kinds.
pub(super) async fn read(
    wire: &Wire,
    id: &ClusterId,
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
            "secrets",
            "not read: Kintsugi reads no Secrets unless it is told to",
        ));
    }
    read_metrics(wire, scope, until, &tally, &mut found).await;
    found.blind_spots.sort();
    found.blind_spots.dedup();
    Ok(Reading {
        snapshot: found.snapshot.taken_at(reading::now()),
        blind_spots: found.blind_spots,
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
        Read::OptIn(OptIn::Certificate) => scope.certificates,
        Read::Whole | Read::Metadata | Read::OnDemand => false,
    }
}

#[derive(Default)]
struct Found {
    snapshot: Snapshot,
    blind_spots: Vec<BlindSpot>,
    answered: bool,
    unreachable: Option<String>,
}

impl Found {
    fn take(&mut self, answer: Answer<'_>) {
        let Asked {
            kind, namespace, ..
        } = answer.asked;
        match answer.answer {
            Ok(objects) => {
                self.answered = true;
                self.snapshot.extend(objects);
                // Of Secrets only a part is asked for: the others may well exist.
                if !matches!(kind.read, Read::OptIn(_)) {
                    let namespace = namespace.filter(|_| kind.namespaced);
                    self.snapshot.mark_complete(kind.kind, namespace);
                }
            }
            Err(failure) => {
                let words = failure.words();
                let mut spot = BlindSpot::of(kind, namespace, &words);
                match kind.read {
                    Read::OptIn(OptIn::HelmRelease) => spot.what.push_str(" (Helm releases)"),
                    Read::OptIn(OptIn::Certificate) => spot.what.push_str(" (certificates)"),
                    Read::Whole | Read::Metadata | Read::OnDemand => {}
                }
                self.blind_spots.push(spot);
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
        Err(Failure::NotSent("the cluster does not answer".to_owned()))
    } else {
        timeout_at(until, whole(wire, asked, tally, trim_of(asked.kind)))
            .await
            .unwrap_or_else(|_| {
                let limit = wire.limits.reading;
                let said = format!("not read within the {limit:?} that a reading may take");
                Err(Failure::Broken(said))
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
        let spot = BlindSpot::new("metrics.k8s.io", &spot.why);
        found.blind_spots.push(spot);
    }
}
