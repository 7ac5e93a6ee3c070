//! Writing: intent, effect, outcome; and finding out what became of a write.

use model::effect::{Direction, Failure, Intent};
use model::payload::Ruling;
use model::payload::{Applied, EffectFailed, Intended, RolledBack};
use model::standing::{EffectState, Standing};
use model::{EffectKey, Fact, Why};
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
        // What policy allowed it may have forbidden since: a freeze has begun, a process with another
        // policy has taken over.
        let judged = self.judged(standing, direction);
        let own_way_back = direction == Direction::Undo && self.incident.undo.is_none();
        if judged.ruling != Ruling::Allow && !own_way_back {
            return self.ruled(standing.hash, direction, judged).await;
        }
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
        let now = || healer.clock.now();
        let performed = remedy::perform(&healer.cluster, &intent, healer.write_limits, &now)
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
        let still_allowed = intent.direction == Direction::Undo
            || self.incident.standing.as_ref().is_some_and(|standing| {
                standing.rejection.is_none()
                    && self.judged(standing, Direction::Apply).ruling == Ruling::Allow
            });
        healer.observer.reached(Point::BeforeWrite);
        let now = || healer.clock.now();
        let limits = healer.write_limits;
        let performed = remedy::settle(&healer.cluster, &intent, limits, still_allowed, &now)
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
                let failure = redacted(failure);
                settled(Some(&failure));
                EffectFailed { key, failure }.into()
            }
            // The intent stays pending, and is settled by looking it up.
            Performed::Unknown(message) => return Err(PerformError::Outside(message)),
        };
        let draft = self.draft(why, fact);
        while !self.settled(key) && self.decide_on(vec![draft.clone()]).await? == Kept::Overtaken {}
        Ok(Progress::Grown)
    }

    /// Whether somebody else has told already that an effect happened, and went on from there.
    fn settled(&self, key: EffectKey) -> bool {
        let done = |standing: &Standing| {
            standing.effects.iter().any(|effect| {
                effect.intent.key == key && matches!(effect.state, EffectState::Done(_))
            })
        };
        self.incident.closed() || self.incident.standing.as_ref().is_some_and(done)
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

/// A failure whose words, which are the cluster's own, give no secret away.
fn redacted(failure: Failure) -> Failure {
    let words = |message: String| facts::redact::redact_text(&message);
    match failure {
        Failure::Refused { message } => Failure::Refused {
            message: words(message),
        },
        Failure::Unreachable { message } => Failure::Unreachable {
            message: words(message),
        },
        Failure::Undecidable { message } => Failure::Undecidable {
            message: words(message),
        },
        Failure::Gone | Failure::Changed { .. } | Failure::Withdrawn => failure,
    }
}
