//! A cluster in memory, for the demo and for tests.
//!
//! It speaks the API server's own objects and behaves as the real controllers, scheduler and kubelets
//! do; what the programs in its containers do is told to it (`script`). Its state is a function of what it started from, the changes made to it
//! with their times, and the present time, which comes from outside. With a journal several
//! processes share one cluster, and a process that died finds it again as it would have become.

mod admission;
mod apply;
mod clock;
mod conditions;
mod cron_job;
mod daemon_set;
mod defaults;
mod deployment;
mod deployment_status;
mod endpoints;
mod event;
mod fault;
mod image;
mod job;
mod journal;
mod kubelet;
mod lives;
mod log;
mod needs;
mod pace;
mod pod_run;
mod pod_status;
mod pods;
mod probe;
mod replica_set;
mod replicas;
mod schedule;
mod scheduler;
mod script;
mod state;
mod stateful_set;
mod store;
mod validate;
mod world;
mod write;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use facts::Object;
use model::{ClusterId, EffectKey, ObjectRef, PatchOp, Text};

pub use clock::{Clock, HandClock};
pub use fault::{Call, Fault};
pub use image::ImageBehaviour;
pub use journal::JournalError;
pub use pace::Pace;
pub use script::{Ending, Life, Nature, Program};
pub use world::{Past, Seed, WorldChange};

use crate::{Cluster, ClusterError, LogQuery, Reading, Scope, WriteError, WriteMode, reading};
use fault::Faults;
use state::{State, Trouble};
use store::Key;

/// What a new cluster in memory starts from. A journal that exists already has its own.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The cluster's name.
    pub name: String,
    /// How fast things happen.
    pub pace: Pace,
    /// What is there.
    pub seed: Seed,
}

/// A cluster in memory.
#[derive(Debug)]
pub struct MemoryCluster {
    id: ClusterId,
    state: Mutex<State>,
    faults: Mutex<Faults>,
}

impl MemoryCluster {
    /// Opens the cluster of a journal; begins a new one if there is no journal or nothing in it.
    ///
    /// # Errors
    /// When the journal cannot be read or written or is damaged, or the seed cannot be played.
    pub fn open(journal: Option<&Path>, setup: Setup, clock: Clock) -> Result<Self, JournalError> {
        let state = State::open(journal, setup, clock)?;
        Ok(Self {
            id: ClusterId::memory(state.name()),
            state: Mutex::new(state),
            faults: Mutex::new(Faults::default()),
        })
    }

    /// How many accepted writes newly carried an effect's key: more than one means that the effect
    /// happened more than once.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn writes_with_key(&self, key: &EffectKey) -> Result<u64, ClusterError> {
        Ok(self.all_effect_keys()?.get(key).copied().unwrap_or(0))
    }

    /// Every effect key that a write ever carried, and how many writes newly carried it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn all_effect_keys(&self) -> Result<BTreeMap<EffectKey, u64>, ClusterError> {
        self.look(|world| {
            world
                .effects
                .iter()
                .filter_map(|(key, count)| Some((key.parse().ok()?, *count)))
                .collect()
        })
    }

    /// Changes what an image does from now on; without a behaviour it does not exist any more.
    /// Containers that run already are not touched.
    ///
    /// # Errors
    /// When the change cannot be written to the journal.
    pub fn set_image(
        &self,
        image: &str,
        behaviour: Option<ImageBehaviour>,
    ) -> Result<(), WriteError> {
        self.change(WorldChange::SetImage {
            image: image.to_owned(),
            behaviour,
        })
        .map(|_| ())
    }

    /// Applies manifests as somebody else would: what is not there is made, what is there is changed.
    ///
    /// # Errors
    /// When the API server would refuse one of them; then none is applied.
    pub fn apply(&self, objects: Vec<Object>) -> Result<(), WriteError> {
        self.change(WorldChange::Apply { objects }).map(|_| ())
    }

    /// Tells what a container does in the lives that begin from now on.
    ///
    /// # Errors
    /// When the change cannot be written to the journal.
    pub fn set_program(&self, program: Program) -> Result<(), WriteError> {
        self.change(WorldChange::SetProgram { program }).map(|_| ())
    }

    /// Patches an object as somebody else would: faults that wait for our own calls do not meet it.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn edit(&self, object: &ObjectRef, patch: &[PatchOp]) -> Result<Object, WriteError> {
        let missing = || WriteError::NotFound {
            object: object.clone(),
        };
        self.change(WorldChange::Patch {
            object: object.clone(),
            patch: patch.to_vec(),
        })?
        .ok_or_else(missing)
    }

    /// Deletes an object as somebody else would, and what it controls.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn delete(&self, object: &ObjectRef) -> Result<(), WriteError> {
        self.change(WorldChange::Delete {
            object: object.clone(),
        })
        .map(|_| ())
    }

    /// Every object there is, by kind, namespace and name.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn all_objects(&self) -> Result<Vec<Object>, ClusterError> {
        self.look(|world| world.store.all().cloned().collect())
    }

    /// Has a fault meet the next call of a sort. Several wait in a queue.
    pub fn inject(&self, call: Call, fault: Fault) {
        held(&self.faults).inject(call, fault);
    }

    /// Cuts the cluster off, or makes it reachable again. Time goes on in it meanwhile.
    pub fn set_down(&self, down: bool) {
        held(&self.faults).set_down(down);
    }

    fn look<T>(&self, look: impl FnOnce(&world::World) -> T) -> Result<T, ClusterError> {
        held(&self.state)
            .read(look)
            .map_err(|problem| ClusterError::Unusable {
                cluster: self.id.clone(),
                problem: broken(&problem),
            })
    }

    fn change(&self, change: WorldChange) -> Result<Option<Object>, WriteError> {
        held(&self.state)
            .change(change)
            .map_err(|trouble| match trouble {
                Trouble::Refused(refused) => *refused,
                Trouble::Unwritten(problem) => WriteError::Unreachable {
                    message: broken(&problem),
                },
                Trouble::PerhapsWritten(problem) => WriteError::Unknown {
                    message: broken(&problem),
                },
            })
    }

    /// Meets a read with the fault that waits for it.
    async fn gate(&self) -> Result<(), ClusterError> {
        let fault = held(&self.faults).next(Call::Read);
        match fault {
            None | Some(Fault::ConflictOnce) => Ok(()),
            Some(Fault::UnreachableOnce | Fault::LoseAnswerOnce) => {
                Err(ClusterError::Unreachable {
                    cluster: self.id.clone(),
                    problem: Text::same(REFUSED),
                })
            }
            Some(Fault::HangOnce) => std::future::pending().await,
        }
    }
}

/// What is wrong with the journal.
fn broken(problem: &impl std::fmt::Display) -> Text {
    Text::new(
        problem.to_string(),
        format!("内存中的集群出了问题：{problem}"),
    )
}

const REFUSED: &str = "dial tcp 10.0.0.1:6443: connect: connection refused";

#[async_trait]
impl Cluster for MemoryCluster {
    fn id(&self) -> &ClusterId {
        &self.id
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        self.gate().await?;
        let key = Key::from(object);
        self.look(|world| {
            world
                .store
                .get(&key)
                .filter(|found| object.uid.as_deref().is_none_or(|uid| uid == found.uid()))
                .cloned()
        })
    }

    async fn list(&self, kind: &str, namespace: Option<&str>) -> Result<Vec<Object>, ClusterError> {
        self.gate().await?;
        let found: Vec<Object> =
            self.look(|world| world.store.list(kind, namespace).cloned().collect())?;
        if found.is_empty() && !validate::is_served(kind) {
            return Err(ClusterError::NotFound {
                what: Text::new(format!("the kind {kind}"), format!("类型 {kind}")),
                problem: Text::same("the server could not find the requested resource"),
            });
        }
        Ok(found)
    }

    async fn read(&self, scope: &Scope) -> Result<Reading, ClusterError> {
        let mut reading = reading::by_lists(self, scope).await?;
        // Ages are told by the clock that the objects were stamped with.
        let now = self.look(|world| world.now)?;
        reading.snapshot = reading.snapshot.taken_at(now);
        Ok(reading)
    }

    async fn logs(&self, query: &LogQuery) -> Result<String, ClusterError> {
        self.gate().await?;
        self.look(|world| world.log(query))?
            .map_err(|problem| ClusterError::NotFound {
                what: query.what(),
                problem: Text::same(problem),
            })
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &[PatchOp],
        mode: WriteMode,
    ) -> Result<Object, WriteError> {
        let call = match mode {
            WriteMode::DryRun => Call::DryRun,
            WriteMode::Write => Call::Write,
        };
        let fault = held(&self.faults).next(call);
        match fault {
            None | Some(Fault::LoseAnswerOnce) => {}
            Some(Fault::UnreachableOnce) => {
                return Err(WriteError::Unreachable {
                    message: Text::same(REFUSED),
                });
            }
            Some(Fault::ConflictOnce) => {
                return Err(WriteError::Conflict {
                    object: object.clone(),
                    message: format!(
                        "Operation cannot be fulfilled on {} \"{}\": the object has been modified; \
                         please apply your changes to the latest version and try again",
                        validate::resource(&object.kind),
                        object.name
                    ),
                });
            }
            Some(Fault::HangOnce) => return std::future::pending().await,
        }
        let answer = match mode {
            WriteMode::Write => self.edit(object, patch),
            WriteMode::DryRun => self
                .look(|world| world.rehearse(object, patch))
                .map_err(|problem| WriteError::Unreachable {
                    message: broken(&problem),
                })?
                .map(|accepted| accepted.object),
        };
        if fault == Some(Fault::LoseAnswerOnce) {
            return Err(WriteError::Unknown {
                message: Text::same("http2: client connection lost"),
            });
        }
        answer
    }
}

/// Locks a mutex. Nothing in this room panics while it holds one.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
