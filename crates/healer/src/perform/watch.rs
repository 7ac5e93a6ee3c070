//! Watching: short looks at the workload, the verdict, and what is learned from it.

use model::payload::{Escalation, LessonKept, Observed, SignalCleared, Verified};
use model::standing::Standing;
use model::{Actor, Failure, Lesson, Look, Observation, PlanHash, Verdict, Why, render};
use remedy::Sight;

use super::{PerformError, Progress};
use crate::story::Story;
use crate::telemetry::VerdictGiven;

impl Story<'_> {
    /// Takes a short look for a plan, and writes it down if it differs from the last one.
    pub(super) async fn observe(
        &mut self,
        hash: PlanHash,
        look: Look,
    ) -> Result<Progress, PerformError> {
        let Some(standing) = &self.incident.standing else {
            return Ok(Progress::Grown);
        };
        let sight = self.sight(&standing.plan.target, look).await?;
        let observation = match sight {
            Sight::Seen(observation) => observation,
            Sight::Gone => gone(look),
        };
        if look != Look::Before
            && let Some(changed) = remedy::overtaken(self.healer.cluster.as_ref(), &standing.plan)
                .await
                .map_err(PerformError::Outside)?
        {
            // Whatever comes of it is not ours to claim, and not ours to take back.
            let detail = render::failure(&Failure::Changed { now: changed });
            return self.escalate(Escalation::Overtaken, detail).await;
        }
        let again_at = self.healer.clock.now().plus(self.healer.limits.watch_every);
        let last = match look {
            Look::Before => None,
            Look::Rollout => standing.rollout.as_ref(),
            Look::Last | Look::Second => None,
        };
        if last.is_some_and(|last| last.same_sight(&observation)) {
            return Ok(Progress::NothingNew { again_at });
        }
        if look == Look::Before && observation.healthy() {
            return self.clear(&observation).await;
        }
        self.say(
            Why::Plan { plan: hash },
            Observed {
                plan: hash,
                observation,
            },
        )
        .await
    }

    async fn sight(&self, target: &model::ObjectRef, look: Look) -> Result<Sight, PerformError> {
        remedy::sight(self.healer.cluster.as_ref(), target, look)
            .await
            .map_err(PerformError::Outside)
    }

    /// Looks whether an incident that awaits a person has resolved by itself.
    pub(crate) async fn look_again(&mut self) -> Result<Progress, PerformError> {
        let target = match (&self.incident.standing, &self.incident.diagnosis) {
            (Some(standing), _) => standing.plan.target.clone(),
            (None, Some(diagnosis)) => diagnosis.object.clone(),
            (None, None) => match &self.incident.signal.object {
                Some(object) => object.clone(),
                None => return Ok(Progress::Grown),
            },
        };
        let again_at = self
            .healer
            .clock
            .now()
            .plus(self.healer.limits.look_again_every);
        match self.sight(&target, Look::Before).await? {
            Sight::Seen(observation) if observation.healthy() => self.clear(&observation).await,
            Sight::Seen(_) | Sight::Gone => Ok(Progress::NothingNew { again_at }),
        }
    }

    /// Writes down that the fault is gone without us.
    async fn clear(&mut self, observation: &Observation) -> Result<Progress, PerformError> {
        let seen = format!("{}/{} ready", observation.ready, observation.desired);
        let actor = Actor::source(self.healer.cluster.id().as_str(), "cluster");
        let draft = self.draft_by(actor, Why::ClusterAnswered, SignalCleared { seen });
        self.decide_on(vec![draft]).await?;
        Ok(Progress::Grown)
    }

    pub(super) async fn judge(&mut self, verdict: Verdict) -> Result<Progress, PerformError> {
        let Some(standing) = &self.incident.standing else {
            return Ok(Progress::Grown);
        };
        let now = standing.second.as_ref().or(standing.rollout.as_ref());
        let fact = Verified {
            plan: standing.hash,
            verdict,
            ready_before: standing.before.as_ref().map_or(0, |seen| seen.ready),
            ready_now: now.map_or(0, |seen| seen.ready),
            desired: now
                .or(standing.before.as_ref())
                .map_or(0, |seen| seen.desired),
        };
        VerdictGiven { verdict }.emit(&self.healer.metrics);
        self.say(Why::ClusterAnswered, fact).await
    }

    pub(super) async fn keep_lesson(&mut self, hash: PlanHash) -> Result<Progress, PerformError> {
        let (Some(standing), Some(diagnosis)) = (&self.incident.standing, &self.incident.diagnosis)
        else {
            return Ok(Progress::Grown);
        };
        let verdict = standing.verdict.unwrap_or(Verdict::NoBetter);
        let lesson = Lesson {
            fingerprint: self.incident.summary.fingerprint.clone(),
            cause: diagnosis.cause,
            object: diagnosis.object.clone(),
            root_cause: diagnosis.root_cause.clone(),
            remedy: standing.plan.kind,
            plan: hash,
            verdict,
        };
        self.say(Why::Verdict { verdict }, LessonKept { lesson })
            .await
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.incident
            .standing
            .as_ref()
            .and_then(|standing: &Standing| standing.verdict)
    }
}

/// What is seen of a workload that is not there any more.
fn gone(look: Look) -> Observation {
    Observation {
        look,
        generation: 0,
        revision: None,
        progress: model::Progress::Stalled,
        desired: 1,
        updated: 0,
        ready: 0,
        pods: Vec::new(),
    }
}
