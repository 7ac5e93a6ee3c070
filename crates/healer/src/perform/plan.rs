//! From a diagnosis to a plan that may be carried out: propose, rehearse, ask policy.

use model::payload::{Escalation, GateDecided, Rehearsed, RemedyProposed};
use model::standing::Standing;
use model::{Direction, Lang, PlanHash, Text, Why};
use policy::{Judgement, Request};
use remedy::ProposeError;

use super::{PerformError, Progress};
use crate::story::Story;
use crate::telemetry::GateAsked;

impl Story<'_> {
    pub(super) async fn propose(&mut self) -> Result<Progress, PerformError> {
        let Some(diagnosis) = self.incident.diagnosis.clone() else {
            return Ok(Progress::Grown);
        };
        let healer = self.healer;
        let mut why_not = Vec::new();
        for kind in &diagnosis.remedies {
            let proposed = remedy::propose(
                healer.cluster.as_ref(),
                *kind,
                &diagnosis.object,
                &self.incident.given_up,
                &healer.defaults,
            )
            .await;
            match proposed {
                Ok(plan) => {
                    let hash = plan.hash();
                    return self
                        .say(Why::Diagnosis, RemedyProposed { hash, plan })
                        .await;
                }
                Err(ProposeError::Unreachable(problem)) => {
                    return Err(PerformError::Outside(problem));
                }
                Err(ProposeError::NotPossible(reason)) => why_not.push(reason),
            }
        }
        let reason = if self.incident.given_up.is_empty() {
            Escalation::NoRemedy
        } else {
            Escalation::RemedyDidNotHelp
        };
        let joined = |lang| {
            let told: Vec<_> = why_not.iter().map(|text: &Text| text.get(lang)).collect();
            told.join("; ")
        };
        let detail = Text::new(joined(Lang::En), joined(Lang::Zh));
        self.escalate(reason, detail).await
    }

    pub(super) async fn rehearse(&mut self, hash: PlanHash) -> Result<Progress, PerformError> {
        let Some(standing) = &self.incident.standing else {
            return Ok(Progress::Grown);
        };
        let within = self.healer.write_limits.within;
        let refused = remedy::rehearse(self.healer.cluster.as_ref(), &standing.plan, within)
            .await
            .map_err(|error| PerformError::Outside(error.to_string()))?;
        self.say(
            Why::ClusterAnswered,
            Rehearsed {
                plan: hash,
                refused,
            },
        )
        .await
    }

    pub(super) async fn ask_policy(
        &mut self,
        hash: PlanHash,
        direction: Direction,
    ) -> Result<Progress, PerformError> {
        let Some(standing) = &self.incident.standing else {
            return Ok(Progress::Grown);
        };
        let judged = self.judged(standing, direction);
        self.ruled(hash, direction, judged).await
    }

    /// What policy says of the standing plan at this moment.
    pub(super) fn judged(&self, standing: &Standing, direction: Direction) -> Judgement {
        let word = match direction {
            Direction::Apply => standing.approval.as_ref().map(|word| &word.actor),
            Direction::Undo => self.incident.undo.as_ref().map(|undo| &undo.actor),
        };
        let request = Request {
            plan: &standing.plan,
            direction,
            cluster: &self.incident.summary.cluster,
            word,
        };
        self.healer.policy.judge(request, self.healer.clock.now())
    }

    /// Writes down what policy said.
    pub(super) async fn ruled(
        &mut self,
        hash: PlanHash,
        direction: Direction,
        judged: Judgement,
    ) -> Result<Progress, PerformError> {
        let Some(standing) = &self.incident.standing else {
            return Ok(Progress::Grown);
        };
        GateAsked {
            ruling: judged.ruling,
            tier: standing.plan.tier,
        }
        .emit(&self.healer.metrics);
        let fact = GateDecided {
            plan: hash,
            direction,
            tier: standing.plan.tier,
            ruling: judged.ruling,
            rules: judged.rules,
            policy: judged.policy,
        };
        self.say(Why::Policy, fact).await
    }
}
