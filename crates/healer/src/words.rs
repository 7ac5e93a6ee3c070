//! What the outside says to the healer: signals, and the words of people.

use ledger::{AppendError, LedgerError, Opened, Opening};
use model::payload::{Approved, Rejected, SignalCleared, UndoRequested};
use model::{
    Actor, ClusterId, Draft, EventId, Fact, Incident, IncidentId, PlanHash, Signal, Status, Why,
};
use thiserror::Error;

use crate::context::{Healer, Point};
use crate::story::{HealError, Story};

/// Why a word was not taken.
#[derive(Debug, Error)]
pub enum WordError {
    /// The incident cannot be read.
    #[error(transparent)]
    Heal(#[from] HealError),
    /// The approval is for a plan that does not stand (any more).
    #[error("plan {given} is not the one that stands for incident {incident}: that is {standing}")]
    OtherPlan {
        /// Which incident.
        incident: IncidentId,
        /// The plan that was named.
        given: String,
        /// The plan that stands.
        standing: PlanHash,
    },
    /// No approval is asked for.
    #[error("incident {incident} does not wait for an approval: it is {status}")]
    NotAsked {
        /// Which incident.
        incident: IncidentId,
        /// How it stands.
        status: Status,
    },
    /// There is nothing to take back.
    #[error("incident {incident} has nothing to take back: {reason}")]
    NothingToUndo {
        /// Which incident.
        incident: IncidentId,
        /// Why.
        reason: &'static str,
    },
}

impl From<LedgerError> for WordError {
    fn from(error: LedgerError) -> Self {
        Self::Heal(error.into())
    }
}

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It was written down.
    Now,
    /// It had been said before, and stands.
    Before,
}

type Said = Result<Option<(Why, Fact)>, WordError>;

impl Healer {
    /// Takes a signal: opens an incident, or counts it in the open one of the same fault.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn report(
        &self,
        signal: Signal,
        actor: Actor,
        cluster: ClusterId,
    ) -> Result<Opened, LedgerError> {
        let opening = Opening {
            incident: IncidentId::from_uuid(self.ids.next()),
            event: EventId::from_uuid(self.ids.next()),
            at: self.clock.now(),
            actor,
            signal: signal.bounded(),
            cluster,
        };
        self.observer.reached(Point::BeforeAppend);
        let opened = self.ledger.open(opening).await?;
        self.observer.reached(Point::AfterAppend);
        if let Opened::New(event) = &opened {
            self.observer.appended(std::slice::from_ref(event.as_ref()));
        }
        Ok(opened)
    }

    /// Takes the news that a fault is gone.
    ///
    /// # Errors
    /// When the ledger fails or there is no such incident.
    pub async fn clear(
        &self,
        id: IncidentId,
        actor: Actor,
        seen: &str,
    ) -> Result<Heard, WordError> {
        self.say(id, actor, |incident| {
            let fact = SignalCleared {
                seen: seen.to_owned(),
            };
            let news = !incident.cleared && !incident.closed();
            Ok(news.then(|| (Why::Reported, fact.into())))
        })
        .await
    }

    /// A person agrees to exactly the plan that stands. `plan` names it by its hash or the
    /// beginning of it; a plan that changed since is not agreed to.
    ///
    /// # Errors
    /// When no approval is asked for, or another plan stands.
    pub async fn approve(
        &self,
        id: IncidentId,
        plan: Option<&str>,
        actor: Actor,
        comment: Option<String>,
    ) -> Result<Heard, WordError> {
        self.say(id, actor.clone(), |incident| {
            let status = incident.summary.status;
            let not_asked = WordError::NotAsked {
                incident: id,
                status,
            };
            let Some(standing) = &incident.standing else {
                return Err(not_asked);
            };
            named(incident, plan, standing.hash)?;
            // Said again after policy found it not to count, it is a new word: policy may have
            // changed since, and is asked anew.
            let heard = standing
                .approval
                .as_ref()
                .is_some_and(|word| word.actor == actor)
                && status != Status::WaitingApproval;
            if heard {
                return Ok(None);
            }
            if status != Status::WaitingApproval || standing.rejection.is_some() {
                return Err(not_asked);
            }
            let fact = Approved {
                plan: standing.hash,
                comment: comment.clone(),
            };
            Ok(Some((Why::PersonDecided, fact.into())))
        })
        .await
    }

    /// A person refuses the plan that stands; where a person was called and no plan waits, the
    /// incident itself is ended.
    ///
    /// # Errors
    /// When there is nothing to refuse.
    pub async fn reject(
        &self,
        id: IncidentId,
        plan: Option<&str>,
        actor: Actor,
        comment: Option<String>,
    ) -> Result<Heard, WordError> {
        self.say(id, actor, |incident| {
            let fact = match (incident.summary.status, &incident.standing) {
                (Status::WaitingApproval, Some(standing)) => {
                    named(incident, plan, standing.hash)?;
                    if standing.rejection.is_some() {
                        return Ok(None);
                    }
                    Rejected {
                        plan: Some(standing.hash),
                        comment: comment.clone(),
                    }
                }
                (Status::Escalated, _) if incident.dismissed => return Ok(None),
                (Status::Escalated, _) => Rejected {
                    plan: None,
                    comment: comment.clone(),
                },
                (status, _) => {
                    return Err(WordError::NotAsked {
                        incident: id,
                        status,
                    });
                }
            };
            Ok(Some((Why::PersonDecided, fact.into())))
        })
        .await
    }

    /// A person wants the plan of a closed incident taken back.
    ///
    /// # Errors
    /// When the incident is not closed, or nothing of its plan stands.
    pub async fn undo(
        &self,
        id: IncidentId,
        actor: Actor,
        comment: Option<String>,
    ) -> Result<Heard, WordError> {
        self.say(id, actor, |incident| {
            if incident.undo.is_some() {
                return Ok(None);
            }
            let nothing = |reason| WordError::NothingToUndo {
                incident: id,
                reason,
            };
            if !incident.closed() {
                return Err(nothing("it is not closed yet"));
            }
            let standing = incident
                .standing
                .as_ref()
                .filter(|standing| standing.next_to_undo().is_some())
                .ok_or_else(|| nothing("none of its changes stands"))?;
            let fact = UndoRequested {
                plan: standing.hash,
                comment: comment.clone(),
            };
            Ok(Some((Why::PersonDecided, fact.into())))
        })
        .await
    }

    /// Appends what `word` makes of the incident as it stands; when something else was appended in
    /// between, it is asked again.
    async fn say(
        &self,
        id: IncidentId,
        actor: Actor,
        word: impl Fn(&Incident) -> Said,
    ) -> Result<Heard, WordError> {
        loop {
            let story = Story::read(self, id).await?;
            let Some((why, fact)) = word(&story.incident)? else {
                return Ok(Heard::Before);
            };
            let draft: Draft = story.draft_by(actor.clone(), why, fact);
            self.observer.reached(Point::BeforeAppend);
            match self
                .ledger
                .append(id, story.incident.seq, vec![draft])
                .await
            {
                Ok(appended) => {
                    self.observer.reached(Point::AfterAppend);
                    self.observer.appended(&appended.events);
                    return Ok(Heard::Now);
                }
                Err(AppendError::Moved { .. } | AppendError::Closed(_)) => {}
                Err(AppendError::NoIncident(id)) => return Err(HealError::NoIncident(id).into()),
                Err(AppendError::Ledger(error)) => return Err(error.into()),
            }
        }
    }
}

/// Refuses a name that is not that of the plan that stands.
fn named(incident: &Incident, given: Option<&str>, standing: PlanHash) -> Result<(), WordError> {
    match given {
        Some(given) if given.len() < 6 || !standing.to_string().starts_with(given) => {
            Err(WordError::OtherPlan {
                incident: incident.id(),
                given: given.to_owned(),
                standing,
            })
        }
        Some(_) | None => Ok(()),
    }
}
