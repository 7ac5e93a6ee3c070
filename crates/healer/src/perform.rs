//! Performing a step: the only place with effects. What is done is appended as it goes.

mod plan;
mod see;
mod watch;
mod write;

use model::payload::{Closed, Escalated, Escalation, PlanChanged, Repaired, StepFailed};
use model::standing::EffectState;
use model::{Millis, Text, Timestamp, Verdict, Why, render};
use thiserror::Error;
use tracing::Instrument as _;

use crate::step::Step;
use crate::story::{HealError, Story};
use crate::telemetry::{StepStumbled, StepTaken};

/// Why a step could not be performed.
#[derive(Debug, Error)]
pub enum PerformError {
    /// For a reason outside that may pass: it is written down and tried again.
    #[error("{0}")]
    Outside(String),
    /// The story cannot go on here.
    #[error(transparent)]
    Heal(#[from] HealError),
}

/// What performing a step led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The story has grown: decide anew.
    Grown,
    /// Nothing new was seen; look again then.
    NothingNew {
        /// When.
        again_at: Timestamp,
    },
}

impl Story<'_> {
    /// Performs one step. A failure outside becomes an event, and the step is tried again later.
    pub(crate) async fn perform(&mut self, step: &Step) -> Result<Progress, HealError> {
        let span = tracing::info_span!(
            "step",
            step = step.name(),
            incident = %self.incident.id(),
            seq = self.incident.seq,
        );
        let started = std::time::Instant::now();
        let result = self.dispatch(step).instrument(span.clone()).await;
        let _entered = span.enter();
        let took = Millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        match result {
            Ok(progress) => {
                StepTaken {
                    step: step.name(),
                    took,
                }
                .emit(&self.healer.metrics);
                Ok(progress)
            }
            Err(PerformError::Heal(error)) => Err(error),
            Err(PerformError::Outside(problem)) => {
                StepStumbled {
                    step: step.name(),
                    problem: &problem,
                }
                .emit(&self.healer.metrics);
                drop(_entered);
                self.stumble(step, problem).await?;
                Ok(Progress::Grown)
            }
        }
    }

    async fn dispatch(&mut self, step: &Step) -> Result<Progress, PerformError> {
        match step {
            Step::Match => self.choose_skill().await,
            Step::Investigate => self.investigate().await,
            Step::Propose { .. } => self.propose().await,
            Step::Rehearse { plan } => self.rehearse(*plan).await,
            Step::Observe { plan, look } => self.observe(*plan, *look).await,
            Step::Gate { plan, direction } => self.ask_policy(*plan, *direction).await,
            Step::Effect {
                direction,
                change,
                attempt,
                ..
            } => self.effect(*direction, *change, *attempt).await,
            Step::Settle { .. } => self.settle().await,
            Step::DropPlan { plan } => {
                let fact = PlanChanged {
                    plan: *plan,
                    failure: self.last_failure(),
                };
                self.say(Why::ClusterAnswered, fact).await
            }
            Step::Judge { verdict, .. } => self.judge(*verdict).await,
            Step::KeepLesson { plan } => self.keep_lesson(*plan).await,
            Step::Repair { plan, attempt } => {
                let verdict = self.verdict().unwrap_or(Verdict::NoBetter);
                let fact = Repaired {
                    plan: *plan,
                    attempt: *attempt,
                };
                self.say(Why::Verdict { verdict }, fact).await
            }
            Step::Escalate { reason } => self.escalate(*reason, self.escalation_detail()).await,
            Step::Close { outcome } => {
                let fact = Closed { outcome: *outcome };
                self.say(Why::NextStep, fact).await
            }
            Step::Rest { until, .. } => Ok(Progress::NothingNew {
                again_at: until.unwrap_or_else(|| self.healer.clock.now()),
            }),
        }
    }

    /// Appends one thing that was decided on the state as it is.
    async fn say(
        &mut self,
        why: Why,
        fact: impl Into<model::Fact>,
    ) -> Result<Progress, PerformError> {
        let draft = self.draft(why, fact);
        self.decide_on(vec![draft]).await?;
        Ok(Progress::Grown)
    }

    async fn escalate(
        &mut self,
        reason: Escalation,
        detail: Text,
    ) -> Result<Progress, PerformError> {
        let why = match reason {
            Escalation::LimitReached => Why::Limit,
            Escalation::PolicyRefuses | Escalation::OwnedElsewhere => Why::Policy,
            Escalation::NoSkill
            | Escalation::NoDiagnosis
            | Escalation::NoRemedy
            | Escalation::RemedyDidNotHelp
            | Escalation::UndoFailed
            | Escalation::Undecidable
            | Escalation::WriteRefused => Why::NextStep,
        };
        self.say(why, Escalated { reason, detail }).await
    }

    /// What a person should know beside the reason, from the story.
    fn escalation_detail(&self) -> Text {
        if let Some(trouble) = &self.incident.trouble {
            return Text::same(&trouble.problem);
        }
        let Some(standing) = &self.incident.standing else {
            return Text::default();
        };
        if let Some(owner) = &standing.plan.owner {
            return Text::same(owner);
        }
        if let Some(refused) = standing.rehearsal.as_ref().and_then(|r| r.refused.as_ref()) {
            return Text::same(refused);
        }
        match standing.effects.last().map(|effect| &effect.state) {
            Some(EffectState::Failed(failure)) => render::failure(failure),
            Some(EffectState::Pending | EffectState::Done(_)) | None => Text::default(),
        }
    }

    /// Writes down that a step failed for a reason outside, and when it is tried again.
    async fn stumble(&mut self, step: &Step, problem: String) -> Result<(), HealError> {
        let attempt = self
            .incident
            .trouble
            .as_ref()
            .map_or(0, |trouble| trouble.attempt)
            + 1;
        let now = self.healer.clock.now();
        let fact = StepFailed {
            step: step.name().to_owned(),
            problem,
            attempt,
            retry_at: now.plus(self.healer.limits.back_off_after(attempt)),
        };
        let draft = self.draft(Why::ClusterAnswered, fact);
        self.decide_on(vec![draft]).await.map(|_| ())
    }
}
