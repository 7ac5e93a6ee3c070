//! Policy: who may have what done, and when. A pure function from a plan and the words of people to
//! allowed, asked or refused, with the rules that decided.
//!
//! It fails closed: what no rule allows is refused or asked about. What a plan is, and how it is
//! carried out, is not known here.

use model::payload::Ruling;
use model::{Actor, ClusterId, Digest, Direction, Plan, Tier, Timestamp, json};
use serde::{Deserialize, Serialize};

/// A span of time in which nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why, for those who meet it.
    pub reason: String,
}

/// What is allowed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Whether a `low_risk` plan runs without asking.
    pub low_risk_runs: bool,
    /// Whether the word of a person at the local command line counts, who is the operating
    /// system's user and has not been authenticated otherwise.
    pub local_people_approve: bool,
    /// The people who may approve; empty means every person whose word counts.
    pub approvers: Vec<String>,
    /// Spans of time in which nothing is changed.
    pub freezes: Vec<Freeze>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            low_risk_runs: false,
            local_people_approve: true,
            approvers: Vec::new(),
            freezes: Vec::new(),
        }
    }
}

/// What policy is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Whether it is made or taken back.
    pub direction: Direction,
    /// Where.
    pub cluster: &'a ClusterId,
    /// Whoever agreed to exactly this plan (or asked to have exactly this plan taken back).
    pub word: Option<&'a Actor>,
}

/// What policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Allowed, asked or refused.
    pub ruling: Ruling,
    /// The rules that decided, by name.
    pub rules: Vec<String>,
    /// The digest of the policy that decided.
    pub policy: Digest,
    /// When to ask again, if it says to wait.
    pub until: Option<Timestamp>,
}

impl Policy {
    /// The digest of this policy.
    #[must_use]
    pub fn digest(&self) -> Digest {
        json::digest("kintsugi.policy.v1", self)
    }

    /// Judges a request at a moment.
    #[must_use]
    pub fn judge(&self, request: Request<'_>, now: Timestamp) -> Judgement {
        let (ruling, rules) = self.rule(request, now);
        let frozen_until = || self.frozen(now).map(|freeze| freeze.until).max();
        Judgement {
            until: (ruling == Ruling::Wait).then(frozen_until).flatten(),
            ruling,
            rules: rules.into_iter().map(str::to_owned).collect(),
            policy: self.digest(),
        }
    }

    fn rule(&self, request: Request<'_>, now: Timestamp) -> (Ruling, Vec<&'static str>) {
        match (request.plan.tier, request.direction) {
            (Tier::Forbidden, _) => (Ruling::Refuse, vec!["forbidden"]),
            // Taking back what we did ourselves is never held up by a freeze or by an owner: the
            // state it goes back to is the one they agreed to.
            (_, Direction::Undo) => self.word_or_ask(request, "undo_needs_a_person"),
            _ if request.plan.owner.is_some() => (Ruling::Refuse, vec!["owned_elsewhere"]),
            _ if self.frozen(now).next().is_some() => (Ruling::Wait, vec!["frozen"]),
            (Tier::ReadOnly, Direction::Apply) => (Ruling::Allow, vec!["read_only"]),
            (Tier::LowRisk, Direction::Apply)
                if self.low_risk_runs && request.plan.unrehearsed.is_empty() =>
            {
                (Ruling::Allow, vec!["low_risk_runs"])
            }
            (Tier::LowRisk, Direction::Apply) => {
                self.word_or_ask(request, "low_risk_needs_a_person")
            }
            (Tier::HighRisk, Direction::Apply) => {
                self.word_or_ask(request, "high_risk_needs_a_person")
            }
        }
    }

    /// The freezes that hold at a moment.
    fn frozen(&self, now: Timestamp) -> impl Iterator<Item = &Freeze> {
        self.freezes
            .iter()
            .filter(move |freeze| freeze.from <= now && now < freeze.until)
    }

    fn word_or_ask(
        &self,
        request: Request<'_>,
        needs: &'static str,
    ) -> (Ruling, Vec<&'static str>) {
        let Some(person) = request.word else {
            return (Ruling::Ask, vec![needs]);
        };
        match self.objection(person, request.cluster) {
            None => (Ruling::Allow, vec!["approved_by_person"]),
            Some(objection) => (Ruling::Ask, vec![needs, objection]),
        }
    }

    /// Why a word does not count, if it does not.
    fn objection(&self, actor: &Actor, cluster: &ClusterId) -> Option<&'static str> {
        if !actor.is_person() {
            return Some("approver_is_no_person");
        }
        match actor.via.as_deref() {
            Some(Actor::VIA_DEMO) if !cluster.is_memory() => {
                return Some("demo_approves_in_memory_only");
            }
            // The demo's script is not one of the people of this place, and changes nothing real.
            Some(Actor::VIA_DEMO) => return None,
            Some(Actor::VIA_LOCAL) if !self.local_people_approve => {
                return Some("local_people_do_not_approve");
            }
            Some(_) => {}
            None => return Some("approver_unknown"),
        }
        let named = self.approvers.is_empty() || self.approvers.contains(&actor.name);
        (!named).then_some("approver_not_named")
    }
}

#[cfg(test)]
mod tests;
