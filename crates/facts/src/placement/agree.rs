//! Whether what was worked out for the nodes is what the scheduler said too. What either of them means is
//! not looked at here.

use super::{Reason, ReasonKind};

/// Whether the reasons that were found are those that the scheduler told: each of its words stands
/// for at least as many nodes here (it stops at a node's first reason), and it tells of the decisive
/// one too.
pub(super) fn agree(reasons: &[Reason], told: &[Reason]) -> bool {
    let counted = |words: &Reason| {
        let found = reasons.iter().filter(|reason| same(words, reason));
        found.fold(0_usize, |sum, reason| sum.saturating_add(reason.nodes)) >= words.nodes
    };
    told.iter().all(counted) && tells_the_first(reasons, told)
}

/// Whether the scheduler tells of the decisive reason too.
pub(super) fn tells_the_first(reasons: &[Reason], told: &[Reason]) -> bool {
    let tells = |first: &Reason| told.iter().any(|words| same(words, first));
    reasons.first().is_some_and(tells)
}

/// Whether the scheduler's words may stand for a reason.
fn same(words: &Reason, reason: &Reason) -> bool {
    told_alike(words.kind) == told_alike(reason.kind)
        && (words.resource.is_empty() || words.resource == reason.resource)
}

/// The kind that stands for all those which the scheduler may tell by the same words.
fn told_alike(kind: ReasonKind) -> ReasonKind {
    match kind {
        ReasonKind::NodeSelector | ReasonKind::NodeAffinity => ReasonKind::NodeAffinity,
        ReasonKind::Taint | ReasonKind::Unschedulable | ReasonKind::NodeNotReady => {
            ReasonKind::Taint
        }
        ReasonKind::SchedulingGated
        | ReasonKind::NodeMissing
        | ReasonKind::VolumeMissing
        | ReasonKind::VolumeUnbound
        | ReasonKind::VolumeNodeAffinity
        | ReasonKind::TooManyVolumes
        | ReasonKind::TooManyPods
        | ReasonKind::InsufficientResource
        | ReasonKind::HostPort
        | ReasonKind::PodAffinity
        | ReasonKind::PodAntiAffinity
        | ReasonKind::ExistingAntiAffinity
        | ReasonKind::TopologySpread
        | ReasonKind::Other => kind,
    }
}
