//! Events: what happened to an incident, who did it, when and why.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::actor::Actor;
use crate::ids::{EventId, EvidenceId, IncidentId, PlanHash};
use crate::kind::{Fact, Kind};
use crate::observation::Verdict;
use crate::time::Timestamp;

/// Why something happened, as structured as the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case", deny_unknown_fields)]
pub enum Why {
    /// The outside reported it.
    Reported,
    /// A trigger of a skill fitted.
    TriggerFitted {
        /// The skill.
        skill: String,
    },
    /// A node of a skill's tree asked for it.
    NodeAsked {
        /// The skill.
        skill: String,
        /// The node.
        node: String,
    },
    /// The evidence says so.
    Evidence {
        /// Which.
        evidence: Vec<EvidenceId>,
    },
    /// The diagnosis calls for it.
    Diagnosis,
    /// The plan says so.
    Plan {
        /// Which.
        plan: PlanHash,
    },
    /// Policy says so.
    Policy,
    /// A person decided it.
    PersonDecided,
    /// The cluster answered so.
    ClusterAnswered,
    /// The work was interrupted, and the truth was looked up.
    Interrupted,
    /// The verdict calls for it.
    Verdict {
        /// Which.
        verdict: Verdict,
    },
    /// A limit was reached.
    Limit,
    /// It is the next step in the life of an incident.
    NextStep,
}

/// An event that is not in the ledger yet: the ledger gives it its place and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its id: appending the same id twice appends once.
    pub id: EventId,
    /// The earliest time it may bear.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// Why.
    pub why: Why,
    /// What happened.
    pub fact: Fact,
}

/// An event of an incident's story.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The incident.
    pub incident: IncidentId,
    /// Its place in the incident's story, from 1.
    pub seq: u64,
    /// When: never before the event that precedes it.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// Why.
    pub why: Why,
    /// What happened.
    pub fact: Fact,
}

impl Event {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.fact.kind()
    }

    /// The event as it goes over the wire: the envelope's fields first, then what it carries.
    ///
    /// # Errors
    /// Never for our own types; `serde_json` cannot promise that.
    pub fn to_wire(&self) -> Result<Value, serde_json::Error> {
        let mut wire = Map::new();
        wire.insert("id".to_owned(), serde_json::to_value(self.id)?);
        wire.insert(
            "incident_id".to_owned(),
            serde_json::to_value(self.incident)?,
        );
        wire.insert("seq".to_owned(), self.seq.into());
        wire.insert("at".to_owned(), serde_json::to_value(self.at)?);
        wire.insert("kind".to_owned(), self.kind().as_str().into());
        wire.insert("actor".to_owned(), serde_json::to_value(&self.actor)?);
        wire.insert("why".to_owned(), serde_json::to_value(&self.why)?);
        if let Value::Object(fields) = self.fact.to_value()? {
            wire.extend(fields);
        }
        Ok(Value::Object(wire))
    }
}
