//! Writing: intent, effect, outcome; and finding out what became of a write.

use model::effect::{Direction, Failure, Intent};
use model::payload::{Applied, EffectFailed, Intended, RolledBack};
use model::standing::EffectState;
use model::{Fact, Why};
use remedy::Performed;
use tracing::Instrument as _;

use super::{PerformError, Progress};
use crate::context::Point;
use crate::story::{Kept, Story};
use crate::telemetry::EffectSettled;

impl Story<'_> {
    /// Writes down the intent, writes, and writes down the outcome.
    pub(super) async fn effect(
        &mut self,
        direction: Direction,
        number: u32,
        attempt: u32,
    ) -> Result<Progress, PerformError> {
        let Some(standing) = &self.incident.standing else {
            return Ok(Progress::Grown);
        };
        let Some(change) = standing.plan.changes.get(number as usize) else {
            return Ok(Progress::Grown);
        };
        let healer = self.healer;
        let deadline = healer.clock.now().plus(healer.write_limits.within);
        let intent = remedy::intend(
            self.incident.id(),
            standing.hash,
            (number, change),
            direction,
            attempt,
            deadline,
        );
        let draft = self.draft(
            Why::Plan {
                plan: standing.hash,
            },
            Intended {
                intent: intent.clone(),
            },
        );
        // An intent that was overtaken is dropped: a person may have said no in between.
        if self.decide_on(vec![draft]).await? == Kept::Overtaken {
            return Ok(Progress::Grown);
        }
        healer.observer.reached(Point::BeforeWrite);
        let performed = remedy::perform(&healer.cluster, &intent, healer.write_limits)
            .instrument(effect_span(&intent))
            .await;
        healer.observer.reached(Point::AfterWrite);
        self.outcome(&intent, performed, Why::ClusterAnswered).await
    }

    /// Finds out what became of a write whose outcome does not stand in the story.
    pub(super) async fn settle(&mut self) -> Result<Progress, PerformError> {
        let Some(intent) = self.incident.pending().map(|effect| effect.intent.clone()) else {
            return Ok(Progress::Grown);
        };
        let healer = self.healer;
        healer.observer.reached(Point::BeforeWrite);
        let performed = remedy::settle(&healer.cluster, &intent, healer.write_limits)
            .instrument(effect_span(&intent))
            .await;
        healer.observer.reached(Point::AfterWrite);
        self.outcome(&intent, performed, Why::Interrupted).await
    }

    async fn outcome(
        &mut self,
        intent: &Intent,
        performed: Performed,
        why: Why,
    ) -> Result<Progress, PerformError> {
        let key = intent.key;
        let direction = intent.direction;
        let settled = |failure: Option<&Failure>| {
            EffectSettled { direction, failure }.emit(&self.healer.metrics);
        };
        let fact: Fact = match performed {
            Performed::Done(settlement) => {
                settled(None);
                match direction {
                    Direction::Apply => Applied { key, settlement }.into(),
                    Direction::Undo => RolledBack { key, settlement }.into(),
                }
            }
            Performed::Failed(failure) => {
                settled(Some(&failure));
                EffectFailed { key, failure }.into()
            }
            // The intent stays pending, and is settled by looking it up.
            Performed::Unknown(message) => return Err(PerformError::Outside(message)),
        };
        let draft = self.draft(why, fact);
        self.record(vec![draft]).await?;
        Ok(Progress::Grown)
    }

    /// Why the last effect of the standing plan did not happen.
    pub(super) fn last_failure(&self) -> Failure {
        let last = self
            .incident
            .standing
            .as_ref()
            .and_then(|standing| standing.effects.last());
        match last.map(|effect| &effect.state) {
            Some(EffectState::Failed(failure)) => failure.clone(),
            Some(EffectState::Pending | EffectState::Done(_)) | None => Failure::Gone,
        }
    }
}

fn effect_span(intent: &Intent) -> tracing::Span {
    tracing::info_span!(
        "effect",
        key = %intent.key.short(),
        direction = intent.direction.as_str(),
        target = %intent.target,
        attempt = intent.attempt,
    )
}
