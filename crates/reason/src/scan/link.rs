//! From conclusions to findings: each hangs on the owner, what is the same is one, and what another
//! explains is listed under it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use facts::{Snapshot, home_of};
use model::{Cause, ClusterId, Digest, Explained, Finding, Fingerprint, ObjectRef, Severity};

use super::{Concluded, source};

/// One finding in the making: a node of the graph.
struct Link {
    /// The workload or object in which it shows.
    here: ObjectRef,
    /// The object at its root.
    root: ObjectRef,
    container: Option<String>,
    symptom: bool,
    affected: BTreeSet<ObjectRef>,
    concluded: Concluded,
}

impl Link {
    /// Advice is no fault: it explains nothing, and nothing explains it.
    fn is_advice(&self) -> bool {
        !self.symptom && self.concluded.severity == Severity::Info
    }
}

/// Links conclusions and gives the findings, the worst first.
pub(super) fn findings(
    snapshot: &Snapshot,
    cluster: &ClusterId,
    concluded: Vec<Concluded>,
) -> Vec<Finding> {
    let links = same(
        concluded
            .into_iter()
            .map(|one| link(snapshot, one))
            .collect(),
    );
    let above = parents(&links);
    let tops: Vec<usize> = (0..links.len()).map(|place| top(place, &above)).collect();
    let mut findings: Vec<Finding> = Vec::new();
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, link) in links.iter().enumerate() {
        // A slight symptom that nothing explains is most likely something that is just starting.
        let slight = link.symptom && link.concluded.severity == Severity::Info;
        if tops.get(place) == Some(&place) && !(slight && is_alone(place, &tops)) {
            places.insert(place, findings.len());
            findings.push(finding(cluster, link));
        }
    }
    for (place, link) in links.iter().enumerate() {
        let Some(top) = tops.get(place).filter(|top| **top != place) else {
            continue;
        };
        let Some(finding) = places.get(top).and_then(|at| findings.get_mut(*at)) else {
            continue;
        };
        finding.severity = finding.severity.max(link.concluded.severity);
        let reason = links.get(*top).is_some_and(|top| !top.symptom);
        if reason && link.symptom && link.here == finding.object {
            // That the object itself is not well says nothing beside the reason.
            continue;
        }
        finding.explains.push(Explained {
            object: link.here.clone(),
            cause: link.concluded.diagnosis.cause,
            text: link.concluded.diagnosis.root_cause.clone(),
        });
    }
    findings.sort_by(|a, b| rank(a).cmp(&rank(b)));
    for (place, finding) in findings.iter_mut().enumerate() {
        finding.id = format!("F{}", place + 1);
        source::tell(snapshot, finding);
    }
    findings
}

fn rank(finding: &Finding) -> (impl Ord, usize, usize, u8, &ObjectRef, Cause) {
    (
        Reverse(finding.severity),
        usize::MAX - finding.explains.len(),
        usize::MAX - finding.affected.len(),
        100 - finding.confidence.percent(),
        &finding.object,
        finding.cause,
    )
}

fn link(snapshot: &Snapshot, concluded: Concluded) -> Link {
    let candidate = &concluded.candidate;
    let here = unbound(&candidate.home);
    let blamed = &concluded.diagnosis.object;
    let root = if blamed.same_name(&candidate.object) {
        here.clone()
    } else {
        match snapshot.find(blamed).present() {
            Some(object) => unbound(&home_of(snapshot, object)),
            None => unbound(blamed),
        }
    };
    Link {
        container: candidate
            .part
            .clone()
            .filter(|_| candidate.resource == facts::Resource::Container),
        symptom: concluded.symptom,
        // A finding that stands elsewhere still has to do with the workload in which it shows.
        affected: candidate
            .affected
            .iter()
            .map(unbound)
            .chain((root != here).then(|| here.clone()))
            .collect(),
        here,
        root,
        concluded,
    }
}

fn unbound(object: &ObjectRef) -> ObjectRef {
    ObjectRef::new(&object.kind, &object.namespace, &object.name)
}

/// Makes one of those that are the same: of one container, or of one object, whatever the revision
/// or the moment in the back-off; the one that is surest tells it.
fn same(links: Vec<Link>) -> Vec<Link> {
    let mut kept: Vec<Link> = Vec::new();
    for link in links {
        let twin = kept.iter_mut().find(|known| {
            known.here == link.here
                && known.root == link.root
                && known.concluded.diagnosis.cause == link.concluded.diagnosis.cause
                && (known.container == link.container
                    || known.symptom == link.symptom
                        && known.concluded.diagnosis.root_cause
                            == link.concluded.diagnosis.root_cause)
        });
        match twin {
            Some(known) => {
                known.affected.extend(link.affected.iter().cloned());
                known.symptom &= link.symptom;
                let surer =
                    link.concluded.diagnosis.confidence > known.concluded.diagnosis.confidence;
                if surer {
                    known.concluded = link.concluded;
                }
            }
            None => kept.push(link),
        }
    }
    kept
}

/// Whether nothing is listed under a conclusion.
fn is_alone(place: usize, tops: &[usize]) -> bool {
    tops.iter().filter(|top| **top == place).count() == 1
}

/// What each is explained by.
fn parents(links: &[Link]) -> Vec<Option<usize>> {
    links
        .iter()
        .enumerate()
        .map(|(place, link)| {
            if link.is_advice() {
                return None;
            }
            let others = || {
                links
                    .iter()
                    .enumerate()
                    .filter(move |(other, known)| *other != place && !known.is_advice())
            };
            // Somebody else knows what is wrong with the object that this one blames.
            let blamed =
                (link.root != link.here)
                    .then(|| {
                        best(others().filter(|(_, other)| {
                            other.here == link.root && other.root != link.here
                        }))
                    })
                    .flatten();
            // A symptom gives way to whatever tells its reason, and of two stories about one
            // container the surer is told.
            let reason = || {
                best(others().filter(|(other, known)| {
                    let together = known.here == link.here
                        || known.root == link.root && known.root != known.here;
                    together && outdoes((*other, known), (place, link))
                }))
            };
            blamed.or_else(reason)
        })
        .collect()
}

fn best<'l>(candidates: impl Iterator<Item = (usize, &'l Link)>) -> Option<usize> {
    candidates
        .max_by_key(|(place, link)| {
            (
                !link.symptom,
                link.concluded.diagnosis.confidence,
                Reverse(*place),
            )
        })
        .map(|(place, _)| place)
}

/// Whether one conclusion about an object takes the place of another.
fn outdoes((place, link): (usize, &Link), (other_place, other): (usize, &Link)) -> bool {
    if link.symptom != other.symptom {
        return other.symptom;
    }
    let about_same = if link.symptom {
        link.here == other.here
    } else if link.here != other.here {
        // What one thing of the whole cluster does to several is told once.
        let (one, two) = (&link.concluded.diagnosis, &other.concluded.diagnosis);
        let alike = one.cause == two.cause && one.skill == two.skill && one.node == two.node;
        link.root.namespace.is_empty() && link.root == other.root && alike
    } else {
        link.container.is_some() && link.container == other.container && link.here == other.here
    };
    let sure = |link: &Link| link.concluded.diagnosis.confidence;
    about_same && (sure(link), Reverse(place)) > (sure(other), Reverse(other_place))
}

/// The end of the chain of explanations; a circle is broken where it was entered.
fn top(place: usize, above: &[Option<usize>]) -> usize {
    let mut seen = BTreeSet::from([place]);
    let mut at = place;
    while let Some(next) = above.get(at).copied().flatten() {
        if !seen.insert(next) {
            // All of a circle are listed under the first of it.
            return circle(next, above);
        }
        at = next;
    }
    at
}

fn circle(start: usize, above: &[Option<usize>]) -> usize {
    let mut least = start;
    let mut at = start;
    while let Some(next) = above.get(at).copied().flatten() {
        if next == start {
            break;
        }
        least = least.min(next);
        at = next;
    }
    least
}

fn finding(cluster: &ClusterId, link: &Link) -> Finding {
    let diagnosis = &link.concluded.diagnosis;
    let object = link.root.clone();
    let parts = [
        cluster.as_str(),
        &object.kind,
        &object.namespace,
        &object.name,
        link.container.as_deref().unwrap_or_default(),
        diagnosis.cause.as_str(),
    ];
    let digest = Digest::of("kintsugi.finding.v1", &parts.map(str::as_bytes));
    let fingerprint: String = digest.to_string().chars().take(32).collect();
    Finding {
        id: String::new(),
        fingerprint: Fingerprint::from(fingerprint),
        skill: diagnosis.skill.clone(),
        node: diagnosis.node.clone(),
        cause: diagnosis.cause,
        severity: link.concluded.severity,
        object,
        container: link.container.clone(),
        affected: link.affected.iter().cloned().collect(),
        root_cause: diagnosis.root_cause.clone(),
        confidence: diagnosis.confidence,
        evidence: link.concluded.clues.clone(),
        next_steps: diagnosis.next_steps.clone(),
        remedies: diagnosis.remedies.clone(),
        explains: Vec::new(),
    }
}
