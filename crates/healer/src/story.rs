//! An incident's story while it is being driven: its state, and the one way to append to it.

use ledger::{AppendError, LedgerError};
use model::incident::FoldError;
use model::{Actor, Draft, Fact, Incident, IncidentId, Why};
use thiserror::Error;

use crate::context::{Healer, Point};

/// Why an incident cannot be driven on.
#[derive(Debug, Error)]
pub enum HealError {
    /// The ledger could not do it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is no such incident.
    #[error("there is no incident {0}")]
    NoIncident(IncidentId),
    /// Its events are no story.
    #[error("incident {incident} cannot be read: {source}")]
    Unreadable {
        /// Which.
        incident: IncidentId,
        /// Why.
        source: FoldError,
    },
    /// It belongs to a cluster that this process is not wired to.
    #[error("incident {incident} is about cluster {cluster}, which is not wired here")]
    OtherCluster {
        /// Which.
        incident: IncidentId,
        /// The cluster it is about.
        cluster: model::ClusterId,
    },
    /// The right to drive it was lost to somebody else.
    #[error("incident {0} is driven by somebody else now")]
    LeaseLost(IncidentId),
}

/// What became of an append that rests on the state as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It stands in the ledger.
    Yes,
    /// Something else was appended in between: the state is new, and is to be decided on anew.
    Overtaken,
}

/// An incident while it is being driven.
pub(crate) struct Story<'a> {
    pub(crate) healer: &'a Healer,
    pub(crate) incident: Incident,
}

impl<'a> Story<'a> {
    /// Reads an incident.
    pub(crate) async fn read(healer: &'a Healer, id: IncidentId) -> Result<Self, HealError> {
        let events = healer.ledger.events(id, 0).await?;
        if events.is_empty() {
            return Err(HealError::NoIncident(id));
        }
        let incident = Incident::fold(&events).map_err(|source| HealError::Unreadable {
            incident: id,
            source,
        })?;
        Ok(Self { healer, incident })
    }

    /// A draft by Kintsugi itself.
    pub(crate) fn draft(&self, why: Why, fact: impl Into<Fact>) -> Draft {
        self.draft_by(Actor::kintsugi(), why, fact)
    }

    /// A draft by somebody.
    pub(crate) fn draft_by(&self, actor: Actor, why: Why, fact: impl Into<Fact>) -> Draft {
        Draft {
            id: model::EventId::from_uuid(self.healer.ids.next()),
            at: self.healer.clock.now(),
            actor,
            why,
            fact: fact.into(),
        }
    }

    /// Appends what was decided on this very state. If somebody else appended in between, it is
    /// dropped: the decision rests on a state that is no more.
    pub(crate) async fn decide_on(&mut self, drafts: Vec<Draft>) -> Result<Kept, HealError> {
        match self.try_append(&drafts).await {
            Ok(()) => Ok(Kept::Yes),
            Err(AppendError::Moved { .. } | AppendError::Closed(_)) => {
                self.catch_up().await?;
                Ok(Kept::Overtaken)
            }
            Err(AppendError::NoIncident(id)) => Err(HealError::NoIncident(id)),
            Err(AppendError::Ledger(error)) => Err(error.into()),
        }
    }

    /// Appends what has happened already, whatever else was appended in between.
    pub(crate) async fn record(&mut self, drafts: Vec<Draft>) -> Result<(), HealError> {
        loop {
            match self.try_append(&drafts).await {
                Ok(()) => return Ok(()),
                Err(AppendError::Moved { .. }) => self.catch_up().await?,
                Err(AppendError::NoIncident(id) | AppendError::Closed(id)) => {
                    return Err(HealError::NoIncident(id));
                }
                Err(AppendError::Ledger(error)) => return Err(error.into()),
            }
        }
    }

    async fn try_append(&mut self, drafts: &[Draft]) -> Result<(), AppendError> {
        let observer = &self.healer.observer;
        observer.reached(Point::BeforeAppend);
        let appended = self
            .healer
            .ledger
            .append(self.incident.id(), self.incident.seq, drafts.to_vec())
            .await?;
        observer.reached(Point::AfterAppend);
        observer.appended(&appended.events);
        for event in &appended.events {
            // The ledger gave these events their places right after ours: they follow.
            if let Err(error) = self.incident.apply(event) {
                tracing::error!(incident = %self.incident.id(), %error, "appended out of place");
            }
        }
        Ok(())
    }

    /// Takes in what others appended.
    pub(crate) async fn catch_up(&mut self) -> Result<(), HealError> {
        let id = self.incident.id();
        for event in self.healer.ledger.events(id, self.incident.seq).await? {
            self.incident
                .apply(&event)
                .map_err(|source| HealError::Unreadable {
                    incident: id,
                    source,
                })?;
        }
        Ok(())
    }
}
