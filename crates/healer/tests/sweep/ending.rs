//! How a story ended: everything that must be the same however often it was interrupted. Ids, times
//! and the number of attempts are left out.

use cluster::MemoryCluster;
use ledger::{Filter, Ledger};
use model::payload::Ruling;
use model::{Event, Fact, Incident, ObjectRef};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a story ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ending {
    /// Points passed by the process that came to the end.
    pub(crate) passed: u64,
    /// The incidents, oldest first.
    pub(crate) incidents: Vec<End>,
    /// How often each effect was written to the cluster, in order of their keys' counts.
    pub(crate) writes: Vec<u64>,
    /// The Deployment's template, and whether all is well.
    pub(crate) template: Value,
    pub(crate) healthy: bool,
    /// Whether both chains verify.
    pub(crate) intact: bool,
}

/// How one incident ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct End {
    status: String,
    outcome: Option<String>,
    verdict: Option<String>,
    cause: Option<String>,
    root_cause: Option<String>,
    linked: bool,
    escalation: Option<String>,
    given_up: usize,
    /// What was said by people, asked of them, written and judged, in order.
    milestones: Vec<String>,
    /// Tool calls whose results were kept, once each.
    evidence: Vec<String>,
}

impl Ending {
    pub(crate) async fn of(ledger: &dyn Ledger, cluster: &MemoryCluster, passed: u64) -> Self {
        let mut incidents = Vec::new();
        for listed in ledger
            .incidents(&Filter::default())
            .await
            .unwrap()
            .iter()
            .rev()
        {
            let events = ledger.events(listed.summary.id, 0).await.unwrap();
            incidents.push(End::of(&events));
        }
        let mut writes: Vec<u64> = cluster.all_effect_keys().unwrap().into_values().collect();
        writes.sort_unstable();
        let web: ObjectRef = cluster::scenes::web();
        let objects = cluster.all_objects().unwrap();
        let deployment = objects
            .iter()
            .find(|object| object.reference().same_name(&web))
            .unwrap();
        let sight = remedy::sight(cluster, &web, model::Look::Before)
            .await
            .unwrap();
        Self {
            passed,
            incidents,
            writes,
            template: deployment.at("/spec/template").unwrap().to_value(),
            healthy: matches!(sight, remedy::Sight::Seen(seen) if seen.healthy()),
            intact: ledger.verify().await.unwrap().intact,
        }
    }

    /// The ending without what may differ.
    pub(crate) fn essence(mut self) -> Self {
        self.passed = 0;
        self
    }
}

impl End {
    fn of(events: &[Event]) -> Self {
        let incident = Incident::fold(events).unwrap();
        let summary = &incident.summary;
        let mut evidence: Vec<_> = incident
            .calls
            .iter()
            .filter(|call| call.returned.is_some())
            .map(|call| format!("{} {}", call.tool, call.params))
            .collect();
        evidence.sort();
        Self {
            status: summary.status.to_string(),
            outcome: summary.outcome.map(|outcome| outcome.to_string()),
            verdict: summary.verdict.map(|verdict| verdict.as_str().to_owned()),
            cause: summary.cause.map(|cause| cause.to_string()),
            root_cause: incident.diagnosis.as_ref().map(|d| d.root_cause.en.clone()),
            linked: summary.previous.is_some(),
            escalation: incident.escalation.map(|reason| reason.to_string()),
            given_up: incident.given_up.len(),
            milestones: events.iter().filter_map(milestone).collect(),
            evidence,
        }
    }
}

/// What must happen the same number of times and in the same order.
fn milestone(event: &Event) -> Option<String> {
    let kind = event.kind().as_str();
    Some(match &event.fact {
        Fact::ToolCalled(_) | Fact::ToolReturned(_) | Fact::Observed(_) => return None,
        Fact::GateDecided(gate) if gate.ruling == Ruling::Ask => format!("{kind} ask"),
        Fact::Verified(verified) => format!("{kind} {}", verified.verdict.as_str()),
        Fact::Approved(_) | Fact::Rejected(_) | Fact::UndoRequested(_) => {
            format!("{kind} by {}", event.actor.name)
        }
        _ => kind.to_owned(),
    })
}
