//! The scan: every skill asked about everything in a snapshot that may be sick, and the causes
//! linked, so that what is wrong at a root comes once, with all that it breaks listed under it.
//!
//! It is the same mechanism by which one incident is diagnosed: triggers choose the skills and
//! their trees are walked; only the tools read the snapshot instead of the cluster.

mod history;
mod link;
mod lists;
mod logs;
mod memory;
mod port;
mod signal;
mod source;
mod steady;

use std::collections::BTreeSet;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cluster::{BlindSpot, Cluster, Recorded};
use facts::{Candidate, Resource, Snapshot, candidates};
use model::{ClusterId, Diagnosis, Finding, ObjectRef, Severity, Text};
use skills::{EvalError, NodeRef, SkillSet};

use crate::beside::Beside;
use crate::dimensions::{self, Dimension};
use crate::{Answer, Chosen, ReasonError, Survey, tree};
use port::SnapshotPort;
pub use signal::signal_of;
pub use steady::{Steady, Told, Turn};

/// What limits a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanLimits {
    /// The most sick containers whose logs are read.
    pub logs: usize,
    /// How many logs are read at once.
    pub at_once: usize,
    /// How many last lines of each.
    pub lines: u32,
}

impl Default for ScanLimits {
    fn default() -> Self {
        Self {
            logs: 200,
            at_once: 8,
            lines: 200,
        }
    }
}

/// What a scan came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scanned {
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be looked at on the way.
    pub blind_spots: Vec<BlindSpot>,
    /// Expressions of skills that failed. They decided nothing, and whoever wrote them should know.
    pub broken: Vec<EvalError>,
    /// How many logs were asked for.
    pub logs_read: usize,
    /// The leaves of trees that concluded, those that another finding explains among them.
    pub reached: BTreeSet<NodeRef>,
}

/// What a scan about one object came to.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// What is wrong, not with it alone.
    pub scanned: Scanned,
    /// What the six dimensions of it gave; none of what is no workload.
    pub dimensions: Vec<Dimension>,
    /// What stands beside it.
    pub beside: Vec<Beside>,
}

/// One conclusion about one candidate, before causes are linked.
pub(crate) struct Concluded {
    pub(crate) candidate: Candidate,
    pub(crate) diagnosis: Diagnosis,
    pub(crate) symptom: bool,
    pub(crate) severity: Severity,
    pub(crate) clues: Vec<model::Clue>,
}

/// Scans a snapshot. Logs of sick containers that it does not hold are read from `source`.
///
/// # Errors
/// If a skill does not hold what it needs.
pub async fn scan(
    skills: &SkillSet,
    snapshot: Snapshot,
    source: &Arc<dyn Cluster>,
    limits: ScanLimits,
) -> Result<Scanned, ReasonError> {
    scan_within(skills, snapshot, source, limits, &BTreeSet::new()).await
}

/// The same for who asks about some namespaces: what could not be read of others is not told. None
/// are all.
///
/// # Errors
/// As [`scan`].
pub async fn scan_within(
    skills: &SkillSet,
    snapshot: Snapshot,
    source: &Arc<dyn Cluster>,
    limits: ScanLimits,
    namespaces: &BTreeSet<String>,
) -> Result<Scanned, ReasonError> {
    let mut snapshot = snapshot;
    let all = candidates(&snapshot);
    let about = Asked::Namespaces(namespaces);
    let scanned = read_more(&mut snapshot, &all, source, limits, about).await;
    judge(skills, Arc::new(snapshot), source.id(), &all, scanned)
}

/// The same scan, with the six dimensions of one workload or pod and what stands beside it.
///
/// # Errors
/// As [`scan`].
pub async fn scan_about(
    skills: &SkillSet,
    snapshot: Snapshot,
    source: &Arc<dyn Cluster>,
    limits: ScanLimits,
    about: &ObjectRef,
) -> Result<About, ReasonError> {
    let mut snapshot = snapshot;
    let every = candidates(&snapshot);
    let mut spaces = BTreeSet::from([about.namespace.clone(), String::new()]);
    let (snapshot, scanned) = loop {
        // What is wrong with it comes from beside it, from the cluster itself, or from where it is
        // led to; what else is wrong on a big cluster is not asked.
        let near = every
            .iter()
            .filter(|candidate| spaces.contains(&candidate.object.namespace));
        let near: Vec<Candidate> = near.cloned().collect();
        let scanned = read_more(&mut snapshot, &near, source, limits, Asked::One(about)).await;
        let shared = Arc::new(snapshot);
        let scanned = judge(skills, Arc::clone(&shared), source.id(), &near, scanned)?;
        let led_to: Vec<&String> = scanned
            .findings
            .iter()
            .filter(|finding| concerns(finding, about))
            .map(|finding| &finding.object.namespace)
            .filter(|space| !spaces.contains(*space))
            .collect();
        if led_to.is_empty() {
            break (shared, scanned);
        }
        spaces.extend(led_to.into_iter().cloned());
        snapshot = Arc::unwrap_or_clone(shared);
    };
    let recorded = Recorded::new(source.id().clone(), Arc::clone(&snapshot));
    let mut port = SnapshotPort::about(Arc::new(recorded), about.clone());
    Ok(About {
        dimensions: dimensions::six(&mut port, &snapshot, about).await?,
        beside: crate::beside::beside(&snapshot, about),
        scanned,
    })
}

/// The containers of one workload or pod, as candidates for a reading of logs.
fn own_voices(snapshot: &Snapshot, about: &ObjectRef) -> Vec<Candidate> {
    dimensions::voices(snapshot, about)
        .into_iter()
        .map(|(pod, container, _)| Candidate {
            resource: Resource::Container,
            part: Some(container),
            home: about.clone(),
            affected: vec![pod.clone()],
            object: pod,
            logs: true,
        })
        .collect()
}

/// Reads the logs of what may be sick into a snapshot, and what is measured of it, and gives what
/// could not be read.
pub async fn read_logs(
    snapshot: &mut Snapshot,
    source: &Arc<dyn Cluster>,
    limits: ScanLimits,
) -> Vec<BlindSpot> {
    let all = candidates(snapshot);
    read_more(
        snapshot,
        &all,
        source,
        limits,
        Asked::Namespaces(&BTreeSet::new()),
    )
    .await
    .blind_spots
}

/// What somebody asks about.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// Everything in some namespaces; none are all.
    Namespaces(&'a BTreeSet<String>),
    /// One workload or pod.
    One(&'a ObjectRef),
}

/// Reads what a reading of everything leaves out: logs, measurements and revisions of what may be
/// sick. Who asks about one object wants its logs, well or not, and is told only of those that were
/// refused of it.
async fn read_more(
    snapshot: &mut Snapshot,
    some: &[Candidate],
    source: &Arc<dyn Cluster>,
    limits: ScanLimits,
    about: Asked<'_>,
) -> Scanned {
    let mut scanned = Scanned::default();
    let mut unread = logs::Unread::default();
    let own = match about {
        Asked::One(about) => own_voices(snapshot, about),
        Asked::Namespaces(_) => Vec::new(),
    };
    for some in [some, &own] {
        let read = logs::read(snapshot, some, source, limits, &mut unread).await;
        scanned.logs_read += read;
    }
    match about {
        Asked::One(about) => {
            let pods = dimensions::pods(snapshot, about).into_iter();
            let pods: Vec<ObjectRef> = pods.map(facts::Object::reference).collect();
            unread.only_of(about, &pods);
        }
        Asked::Namespaces(namespaces) => unread.only_in(namespaces),
    }
    unread.tell(limits, &mut scanned);
    memory::read(snapshot, some, source, &mut scanned).await;
    for some in [some, &own] {
        history::read(snapshot, some, source, &mut scanned).await;
    }
    scanned.blind_spots.dedup();
    scanned
}

/// That an answer did not come in time.
fn no_answer(limit: Duration) -> Text {
    let seconds = limit.as_secs();
    Text::new(
        format!("no answer within {seconds} s"),
        format!("{seconds} 秒内没有回答"),
    )
}

fn judge(
    skills: &SkillSet,
    snapshot: Arc<Snapshot>,
    cluster: &ClusterId,
    all: &[Candidate],
    mut scanned: Scanned,
) -> Result<Scanned, ReasonError> {
    let recorded: Arc<dyn Cluster> =
        Arc::new(Recorded::new(cluster.clone(), Arc::clone(&snapshot)));
    let judge = Judge {
        skills,
        snapshot,
        recorded,
    };
    let mut concluded = Vec::new();
    let mut broken = BTreeSet::new();
    for one in judge.all(all) {
        let one = one?;
        concluded.extend(one.concluded);
        broken.extend(one.broken);
        scanned.reached.extend(one.reached);
    }
    scanned.broken = broken.into_iter().map(|Failure(error)| error).collect();
    scanned.findings = link::findings(&judge.snapshot, cluster, concluded);
    // Giving back the memory of a big cluster takes a while, and nobody has to wait for it.
    let Judge {
        snapshot, recorded, ..
    } = judge;
    std::thread::spawn(move || drop((recorded, snapshot)));
    Ok(scanned)
}

/// What the skills say of one candidate.
#[derive(Default)]
struct Verdict {
    concluded: Vec<Concluded>,
    broken: Vec<Failure>,
    reached: Vec<NodeRef>,
}

type Judged = Result<Verdict, ReasonError>;

/// Asks the skills about candidates. Nothing is read from outside any more.
struct Judge<'a> {
    skills: &'a SkillSet,
    snapshot: Arc<Snapshot>,
    recorded: Arc<dyn Cluster>,
}

impl Judge<'_> {
    /// Judges all candidates, on all processors, and answers in their order.
    fn all(&self, all: &[Candidate]) -> Vec<Judged> {
        let runtime = tokio::runtime::Handle::current();
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut judged = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(candidate) = all.get(place) else {
                    return judged;
                };
                judged.push((place, runtime.block_on(self.one(candidate))));
            }
        };
        let mut judged: Vec<(usize, Judged)> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads.min(all.len()))
                .map(|_| scope.spawn(work))
                .collect();
            let ended = running.into_iter().map(|thread| thread.join());
            ended
                .flat_map(|judged| judged.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        judged.sort_by_key(|(place, _)| *place);
        judged.into_iter().map(|(_, judged)| judged).collect()
    }

    async fn one(&self, candidate: &Candidate) -> Judged {
        let mut verdict = Verdict::default();
        let skills = self.skills;
        let survey = Survey::of(Arc::clone(&self.snapshot), candidate);
        let Some(subject) = survey.subjects().first() else {
            return Ok(verdict);
        };
        let severity = default_severity(&subject.data);
        let matches = skills.triggered(subject);
        let broken = matches.broken.into_iter().map(Failure);
        verdict.broken.extend(broken);
        for found in matches.found {
            let Some(chosen) = Chosen::of(skills, found) else {
                continue;
            };
            let mut port = SnapshotPort::over(Arc::clone(&self.recorded), candidate);
            port.first_look(candidate).await?;
            match tree::conclude(skills, &chosen, &survey, None, &mut port).await {
                Ok(Answer::Diagnosed(diagnosis)) => {
                    let reached = NodeRef {
                        skill: diagnosis.skill.clone(),
                        node: diagnosis.node.clone(),
                    };
                    let symptom = skills
                        .node(&reached)
                        .and_then(|node| node.leaf.as_ref())
                        .is_some_and(|leaf| leaf.symptom);
                    verdict.reached.push(reached);
                    if diagnosis.cause == model::Cause::Healthy {
                        continue;
                    }
                    verdict.concluded.push(Concluded {
                        candidate: candidate.clone(),
                        severity: diagnosis.severity.unwrap_or(severity),
                        clues: port.clues(),
                        diagnosis: *diagnosis,
                        symptom,
                    });
                }
                Ok(Answer::Unsure { why }) => {
                    tracing::debug!(object = %candidate.object, why = %why.en, "no conclusion");
                }
                Err(ReasonError::Expression(error)) => verdict.broken.push(Failure(error)),
                Err(other @ (ReasonError::Stopped(_) | ReasonError::Skill { .. })) => {
                    return Err(other);
                }
            }
        }
        Ok(verdict)
    }
}

/// A workload of which nothing serves is critical; anything else that is wrong is a warning.
fn default_severity(data: &serde_json::Value) -> Severity {
    let number = |path: &str| {
        data.pointer(path)
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(0)
    };
    let kind = data
        .pointer("/workload/kind")
        .and_then(serde_json::Value::as_str);
    let serves = matches!(
        kind,
        Some("Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
    );
    if serves && number("/workload/desired") > 0 && number("/workload/ready") == 0 {
        Severity::Critical
    } else {
        Severity::Warning
    }
}

/// A failed expression, in an order of its own so that each is told once.
#[derive(PartialEq, Eq)]
struct Failure(EvalError);

impl Failure {
    fn key(&self) -> (&str, &str, &str) {
        (&self.0.skill, &self.0.node, &self.0.expression)
    }
}

impl PartialOrd for Failure {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Failure {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Whether a finding has to do with an object: it hangs on it, shows in it, or explains it.
#[must_use]
pub fn concerns(finding: &Finding, object: &ObjectRef) -> bool {
    finding.object.same_name(object)
        || finding.affected.iter().any(|one| one.same_name(object))
        || finding
            .explains
            .iter()
            .any(|one| one.object.same_name(object))
}
