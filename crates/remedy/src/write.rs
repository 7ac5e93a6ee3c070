//! One write, told before it is done and settled after, whatever interrupts it.
//!
//! A write carries its key as an annotation in the same request. Afterwards the key is looked for:
//! there, and the write happened; absent with the old values in place, and it did not; anything else
//! is for a person to look at. A resourceVersion guards the moment between the last read and the
//! write; the fields that the plan rests on guard everything before.

use std::sync::Arc;
use std::time::Duration;

use cluster::{Cluster, ClusterError, WriteError, WriteMode};
use facts::{Json, Object};
use model::{
    Change, Direction, EffectKey, Failure, Field, IncidentId, Intent, Millis, PatchOp, PlanHash,
    Settlement, Text, Timestamp,
};
use serde_json::json;

/// How long a write may take, and how often it may meet a newer resourceVersion.
#[derive(Debug, Clone, Copy)]
pub struct WriteLimits {
    /// How long to wait for the answer; later the write counts as lost and is looked up.
    pub within: Millis,
    /// How often to read and write again because the object's status moved in between.
    pub conflicts: u32,
}

impl Default for WriteLimits {
    fn default() -> Self {
        Self {
            within: Millis::secs(5),
            conflicts: 5,
        }
    }
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Performed {
    /// It happened.
    Done(Settlement),
    /// It did not happen.
    Failed(Failure),
    /// It is not known yet: look it up again.
    Unknown(String),
}

/// The intent of one change, to be written down before it is performed.
#[must_use]
pub fn intend(
    incident: IncidentId,
    plan: PlanHash,
    change: (u32, &Change),
    direction: Direction,
    attempt: u32,
    deadline: Timestamp,
) -> Intent {
    let (number, change) = change;
    let patch = match direction {
        Direction::Apply => &change.patch,
        Direction::Undo => &change.undo,
    };
    let prior = match direction {
        Direction::Apply => change.fields.clone(),
        Direction::Undo => after_apply(change),
    };
    Intent {
        key: EffectKey::of(incident, plan, direction, number, attempt),
        plan,
        direction,
        change: number,
        attempt,
        target: change.object.clone(),
        fields: change.fields_digest(),
        patch: patch.clone(),
        prior,
        deadline,
    }
}

/// The fields of a change as they are once it is made: what undoing it rests on.
pub(crate) fn after_apply(change: &Change) -> Vec<Field> {
    change
        .undo
        .iter()
        .filter_map(|op| match op {
            PatchOp::Test { path, value } => Some(Field::kept(path.as_str(), Some(value))),
            // What was taken away is put back only where nothing else stands by now.
            PatchOp::Add { path, .. } => Some(Field::kept(path.as_str(), None)),
            PatchOp::Replace { .. } | PatchOp::Remove { .. } => None,
        })
        .collect()
}

/// What time it is, from whoever calls.
pub type Now<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

/// Performs a write whose intent has been written down. Nothing is written after its deadline: a
/// driver that was held up until then may have been given up for dead, and another one may have
/// settled the write and even taken it back.
pub async fn perform(
    cluster: &Arc<dyn Cluster>,
    intent: &Intent,
    limits: WriteLimits,
    now: Now<'_>,
) -> Performed {
    write_until(cluster, intent, limits, intent.deadline, now).await
}

async fn write_until(
    cluster: &Arc<dyn Cluster>,
    intent: &Intent,
    limits: WriteLimits,
    deadline: Timestamp,
    now: Now<'_>,
) -> Performed {
    for _ in 0..=limits.conflicts {
        let object = match standing_object(cluster.as_ref(), intent, limits.within).await {
            Ok(object) => object,
            Err(performed) => return performed,
        };
        if carries(&object, intent.key) {
            return Performed::Done(settlement(&object, true));
        }
        let changed = differing(&object, &intent.prior);
        if !changed.is_empty() {
            return Performed::Failed(Failure::Changed { now: changed });
        }
        if now() >= deadline {
            let message = "its deadline passed before it was written".to_owned();
            return Performed::Unknown(message);
        }
        match write(cluster, intent, &object, limits.within).await {
            Ok(object) => return Performed::Done(settlement(&object, false)),
            Err(WriteError::Conflict { .. }) => {}
            // A test that fails although the fields were just seen to be right means that they
            // changed in between: the next round says which.
            Err(WriteError::TestFailed { message, .. }) => {
                tracing::debug!(key = %intent.key, message, "patch did not fit; reading again");
            }
            Err(WriteError::NotFound { .. }) => return Performed::Failed(Failure::Gone),
            Err(WriteError::Refused { message, .. }) => {
                return Performed::Failed(Failure::Refused {
                    message: message.en,
                });
            }
            Err(WriteError::Unreachable { message }) => {
                return Performed::Failed(Failure::Unreachable {
                    message: message.en,
                });
            }
            Err(WriteError::Unknown { message }) => return Performed::Unknown(message.en),
        }
    }
    let message = "the object changed each time between reading and writing it".to_owned();
    Performed::Failed(Failure::Unreachable { message })
}

/// Finds out what became of a write after an interruption. If it did not happen, it is performed
/// now, under the same conditions and with as much time as the first attempt had, if it is still
/// allowed.
pub async fn settle(
    cluster: &Arc<dyn Cluster>,
    intent: &Intent,
    limits: WriteLimits,
    still_allowed: bool,
    now: Now<'_>,
) -> Performed {
    let deadline = now().plus(limits.within);
    let object = match standing_object(cluster.as_ref(), intent, limits.within).await {
        Ok(object) => object,
        // Nothing is known while the cluster cannot be asked: the write may have happened.
        Err(Performed::Failed(Failure::Unreachable { message })) => {
            return Performed::Unknown(message);
        }
        Err(performed) => return performed,
    };
    if carries(&object, intent.key) {
        return Performed::Done(settlement(&object, true));
    }
    let changed = differing(&object, &intent.prior);
    if changed.is_empty() {
        return if still_allowed {
            write_until(cluster, intent, limits, deadline, now).await
        } else {
            Performed::Failed(Failure::Withdrawn)
        };
    }
    if written(&object, &intent.patch) {
        let message = format!(
            "{} already has the values that were to be written, but not our mark",
            intent.target
        );
        return Performed::Failed(Failure::Undecidable { message });
    }
    Performed::Failed(Failure::Changed { now: changed })
}

/// Reads the very object that the intent is about.
async fn standing_object(
    cluster: &dyn Cluster,
    intent: &Intent,
    within: Millis,
) -> Result<Object, Performed> {
    let unreachable = |message| Performed::Failed(Failure::Unreachable { message });
    let read = tokio::time::timeout(within.duration(), cluster.get(&intent.target)).await;
    match read {
        Ok(Ok(Some(object))) => Ok(object),
        Ok(Ok(None)) => Err(Performed::Failed(Failure::Gone)),
        Ok(Err(
            error @ (ClusterError::Forbidden { .. }
            | ClusterError::NotFound { .. }
            | ClusterError::NotRecorded { .. }),
        )) => Err(Performed::Failed(Failure::Refused {
            message: error.to_string(),
        })),
        Ok(Err(error @ (ClusterError::Unreachable { .. } | ClusterError::Unusable { .. }))) => {
            Err(unreachable(error.to_string()))
        }
        Err(_) => Err(unreachable(format!("no answer within {within}"))),
    }
}

/// Writes, and waits for the answer for a while. The write itself is never dropped in mid-flight:
/// it goes on by itself, and is looked up when its answer comes too late.
async fn write(
    cluster: &Arc<dyn Cluster>,
    intent: &Intent,
    object: &Object,
    within: Millis,
) -> Result<Object, WriteError> {
    let patch = marked(intent, object);
    let cluster = Arc::clone(cluster);
    let target = intent.target.clone();
    let writing =
        tokio::spawn(async move { cluster.patch(&target, &patch, WriteMode::Write).await });
    let within: Duration = within.duration();
    match tokio::time::timeout(within, writing).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(panicked)) => Err(WriteError::Unknown {
            message: Text::same(panicked.to_string()),
        }),
        Err(_) => Err(WriteError::Unknown {
            message: Text::new(
                format!("no answer within {within:?}"),
                format!("{within:?} 内没有应答"),
            ),
        }),
    }
}

/// The patch of an intent with its mark, guarded by the resourceVersion that was just read.
fn marked(intent: &Intent, object: &Object) -> Vec<PatchOp> {
    let mut patch = vec![PatchOp::Replace {
        path: "/metadata/resourceVersion".to_owned(),
        value: json!(object.resource_version()),
    }];
    patch.extend(intent.patch.iter().cloned());
    if object.at("/metadata/annotations").is_none_or(Json::is_null) {
        patch.push(PatchOp::Add {
            path: "/metadata/annotations".to_owned(),
            value: json!({}),
        });
    }
    let name = EffectKey::ANNOTATION.replace('~', "~0").replace('/', "~1");
    patch.push(PatchOp::Add {
        path: format!("/metadata/annotations/{name}"),
        value: json!(intent.key.to_string()),
    });
    patch
}

fn carries(object: &Object, key: EffectKey) -> bool {
    object.annotation(EffectKey::ANNOTATION) == Some(key.to_string().as_str())
}

fn settlement(object: &Object, found_standing: bool) -> Settlement {
    Settlement {
        generation: object.generation(),
        resource_version: object.resource_version().to_owned(),
        found_standing,
    }
}

/// The fields that are not as they were, as they are now.
pub(crate) fn differing(object: &Object, prior: &[Field]) -> Vec<Field> {
    prior
        .iter()
        .map(|field| {
            let value = object.at(&field.path).map(Json::to_value);
            (field, field.now(value.as_ref()))
        })
        .filter(|(prior, now)| *prior != now)
        .map(|(_, now)| now)
        .collect()
}

/// Whether everything that a patch puts somewhere is there.
fn written(object: &Object, patch: &[PatchOp]) -> bool {
    patch.iter().all(|op| match op {
        PatchOp::Test { .. } => true,
        PatchOp::Add { path, value } | PatchOp::Replace { path, value } => {
            object.at(path).is_some_and(|found| found == value)
        }
        PatchOp::Remove { path } => object.at(path).is_none(),
    })
}
