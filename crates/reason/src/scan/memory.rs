//! What is measured of the memory of containers that were ended for want of it, asked for before
//! skills are: of these containers only, a few at once, and not for long.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::{BlindSpot, Cluster, CourseQuery};
use facts::{Candidate, CourseKey, Object, Snapshot, course};
use model::Text;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::lists::Lists;
use super::{Scanned, no_answer};

/// The most containers that are asked about.
const MOST: usize = 40;
/// How many are asked about at once.
const AT_ONCE: usize = 4;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// What a metrics server tells.
const METRICS: Lists = Lists {
    kind: "PodMetrics",
    resource: "metrics.k8s.io",
    may_be_unserved: false,
    patience: Duration::from_secs(5),
};

/// Reads into a snapshot what is measured, as far as it is not in it already.
pub(super) async fn read(
    snapshot: &mut Snapshot,
    all: &[Candidate],
    source: &Arc<dyn Cluster>,
    scanned: &mut Scanned,
) {
    let mut wanted = course::wanted(snapshot, all);
    wanted.truncate(MOST);
    if wanted.is_empty() {
        return;
    }
    now(snapshot, &wanted, source, scanned).await;
    wanted.retain(|key| snapshot.course(key).is_unknown());
    let deadline = Instant::now() + PATIENCE;
    wanted.reverse();
    let mut asking = JoinSet::new();
    loop {
        while asking.len() < AT_ONCE {
            let Some(key) = wanted.pop() else { break };
            let source = Arc::clone(source);
            asking.spawn(async move {
                let answer = source.course(&CourseQuery::of(key.clone())).await;
                (key, answer)
            });
        }
        let why = match timeout_at(deadline, asking.join_next()).await {
            Ok(None) => break,
            Ok(Some(Ok((key, Ok(Some(seen)))))) => {
                snapshot.put_course(key, seen);
                continue;
            }
            // Nobody measures, and nobody said that somebody would.
            Ok(Some(Ok((_, Ok(None))) | Err(_))) => continue,
            Ok(Some(Ok((_, Err(why))))) => why.words(),
            Err(_) => no_answer(PATIENCE),
        };
        // Who failed once is not asked forty times.
        let spot = BlindSpot::new(Text::same("prometheus"), &why);
        scanned.blind_spots.push(spot);
        break;
    }
}

/// What the containers use now, in the words of a metrics server. Many clusters have none.
async fn now(
    snapshot: &mut Snapshot,
    wanted: &[CourseKey],
    source: &Arc<dyn Cluster>,
    scanned: &mut Scanned,
) {
    // A reading that knows whether there is a metrics server has asked it already.
    const REGISTERED: &str = "v1beta1.metrics.k8s.io";
    if !snapshot.get("APIService", "", REGISTERED).is_unknown() {
        return;
    }
    let unknown = |key: &&CourseKey| {
        snapshot
            .get(METRICS.kind, &key.namespace, &key.pod)
            .is_unknown()
    };
    let pods: BTreeSet<(&str, &str)> = wanted
        .iter()
        .filter(unknown)
        .map(|key| (key.namespace.as_str(), key.pod.as_str()))
        .collect();
    let spaces = pods.iter().map(|(space, _)| (*space).to_owned()).collect();
    let ours = |metrics: &Object| pods.contains(&(metrics.namespace(), metrics.name()));
    METRICS.read(spaces, ours, snapshot, source, scanned).await;
}
