//! The survey: the first look at what a signal is about, the same for every kind of fault.

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::workload::WORKLOADS;
use facts::{
    Candidate, Json, LogKey, LogSeen, Object, Snapshot, Subject, candidates, owner_of, subject,
    subjects,
};
use model::{EvidenceId, ObjectRef, Signal, Why};
use serde_json::json;

use crate::{Chosen, Port, Seen, Stopped};

/// The most sick containers of one workload whose logs are read at once.
const LOGS: usize = 3;

/// What was seen so far: objects, and the evidence each of them came from.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    snapshot: Arc<Snapshot>,
    workload: Option<ObjectRef>,
    subjects: Vec<Subject>,
    /// How often something new was seen; and how often by the time the subjects were told.
    news: u64,
    told: u64,
    sources: BTreeMap<String, EvidenceId>,
    evidence: Vec<EvidenceId>,
}

impl Survey {
    /// A survey of what is already seen: of one subject in a snapshot of the whole cluster.
    #[must_use]
    pub fn of(snapshot: Arc<Snapshot>, candidate: &Candidate) -> Self {
        let part = candidate.part.as_deref();
        let subject = subject(&snapshot, candidate.resource, &candidate.object, part);
        Self {
            workload: Some(candidate.home.clone()),
            subjects: subject.into_iter().collect(),
            snapshot,
            ..Self::default()
        }
    }

    /// The objects seen.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The workload that the signal is about, if it was found.
    #[must_use]
    pub fn workload(&self) -> Option<&Object> {
        self.snapshot.find(self.workload.as_ref()?).present()
    }

    /// What skills judge.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// How often something new was seen.
    pub(crate) const fn news(&self) -> u64 {
        self.news
    }

    /// One of the subjects, if nothing new was seen since they were told.
    pub(crate) fn fresh(&self, chosen: &Chosen) -> Option<&Subject> {
        self.subjects
            .iter()
            .filter(|_| self.news == self.told)
            .find(|subject| {
                subject.resource == chosen.resource
                    && subject.object == chosen.subject
                    && subject.part == chosen.container
            })
    }

    /// Everything that was seen, in order.
    #[must_use]
    pub fn evidence(&self) -> &[EvidenceId] {
        &self.evidence
    }

    /// The evidence that an object came from.
    #[must_use]
    pub fn source(&self, object: &ObjectRef) -> Option<EvidenceId> {
        self.sources.get(&key(object)).copied()
    }

    /// Takes in what a tool showed; facts are told anew from then on.
    pub fn take_in(&mut self, seen: &Seen, namespace: &str) {
        self.note(seen, namespace);
    }

    fn note(&mut self, seen: &Seen, namespace: &str) {
        if !self.evidence.contains(&seen.evidence) {
            self.evidence.push(seen.evidence);
        }
        for object in &seen.output.objects {
            self.sources.insert(key(&object.reference()), seen.evidence);
            // Where everything was read at once a tool shows what is known already.
            if !self.knows(object) {
                self.news += 1;
                Arc::make_mut(&mut self.snapshot).add(object.clone());
            }
        }
        for kind in &seen.output.complete {
            if !self.snapshot.is_complete(kind, namespace) {
                self.news += 1;
                Arc::make_mut(&mut self.snapshot).mark_complete(kind, Some(namespace));
            }
        }
        if let Some((key, log)) = log_of(seen)
            && !self.snapshot.log(&key).is_present()
        {
            self.news += 1;
            Arc::make_mut(&mut self.snapshot).put_log(key, log);
        }
        if let Some((key, course)) = tools::course_of(&seen.output)
            && self.snapshot.course(&key).is_unknown()
        {
            self.news += 1;
            Arc::make_mut(&mut self.snapshot).put_course(key, course);
        }
    }

    fn knows(&self, object: &Object) -> bool {
        self.snapshot
            .get(object.kind(), object.namespace(), object.name())
            .present()
            .is_some_and(|known| {
                // What bears no version is compared as a whole.
                known.uid() == object.uid()
                    && known.resource_version() == object.resource_version()
                    && (!known.resource_version().is_empty() || known == object)
            })
    }

    fn recompute(&mut self) {
        let subjects = self
            .workload()
            .map(|workload| subjects(&self.snapshot, workload));
        self.subjects = subjects.unwrap_or_default();
        self.told = self.news;
    }
}

/// The log that a tool showed.
fn log_of(seen: &Seen) -> Option<(LogKey, LogSeen)> {
    let value = &seen.output.value;
    let text = |field: &str| value.get(field)?.as_str();
    let key = LogKey {
        namespace: text("namespace")?.to_owned(),
        pod: text("pod")?.to_owned(),
        container: text("container")?.to_owned(),
        previous: value.get("previous")?.as_bool()?,
    };
    Some((key, LogSeen::Text(text("log")?.to_owned())))
}

/// UIDs differ between sights of one name only when the object was replaced; the newest counts.
fn key(object: &ObjectRef) -> String {
    format!("{}/{}/{}", object.kind, object.namespace, object.name)
}

/// Looks at what a signal is about: its workload, the workload's pods, and their events. A pod or a
/// ReplicaSet leads to its owner.
///
/// # Errors
/// If looking makes no sense now.
pub async fn survey(signal: &Signal, port: &mut dyn Port) -> Result<Survey, Stopped> {
    let mut survey = Survey::default();
    let Some(object) = &signal.object else {
        return Ok(survey);
    };
    let namespace = object.namespace.as_str();
    let mut looker = Looker {
        port,
        survey: &mut survey,
        namespace,
    };
    let named = if object.kind == "Pod" {
        looker
            .look(
                "get_pod_status",
                json!({"namespace": namespace, "pod_name": object.name}),
            )
            .await?;
        looker.above(object)
    } else {
        Some((object.kind.clone(), object.name.clone()))
    };
    let Some((kind, name)) = named.filter(|(kind, _)| WORKLOADS.contains(&kind.as_str())) else {
        // A pod of its own, or a kind that has no pods: it stands for itself.
        let (kind, name) = (object.kind.as_str(), object.name.as_str());
        looker
            .look(
                "get_events",
                json!({"namespace": namespace, "kind": kind, "name": name}),
            )
            .await?;
        survey.workload = Some(ObjectRef::new(kind, namespace, name));
        survey.recompute();
        return Ok(survey);
    };
    let asked = json!({"namespace": namespace, "kind": kind, "name": name});
    looker.look("get_workload", asked).await?;
    let first = ObjectRef::new(&kind, namespace, &name);
    // A ReplicaSet is a revision of the Deployment above it.
    let top = match looker.above(&first) {
        Some((above, above_name)) if WORKLOADS.contains(&above.as_str()) => {
            let asked = json!({"namespace": namespace, "kind": above, "name": above_name});
            looker.look("get_workload", asked).await?;
            ObjectRef::new(&above, namespace, &above_name)
        }
        _ => first,
    };
    let asked = json!({"namespace": namespace, "kind": top.kind, "name": top.name});
    looker.look("get_pod_status", asked.clone()).await?;
    looker.look("get_events", asked).await?;
    for candidate in candidates(&looker.survey.snapshot)
        .iter()
        .filter(|candidate| candidate.logs && candidate.home.same_name(&top))
        .take(LOGS)
    {
        for previous in [false, true] {
            let asked = json!({
                "namespace": namespace,
                "pod_name": candidate.object.name,
                "container": candidate.part,
                "previous": previous,
            });
            looker.look("get_pod_logs", asked).await?;
        }
    }
    survey.workload = Some(top);
    survey.recompute();
    Ok(survey)
}

struct Looker<'p> {
    port: &'p mut dyn Port,
    survey: &'p mut Survey,
    namespace: &'p str,
}

impl Looker<'_> {
    async fn look(&mut self, tool: &str, params: serde_json::Value) -> Result<(), Stopped> {
        let seen = self.port.call(tool, params, Why::Reported).await?;
        self.survey.note(&seen, self.namespace);
        Ok(())
    }

    /// The controller of an object: as seen, or as the object itself names it.
    fn above(&self, object: &ObjectRef) -> Option<(String, String)> {
        let object = self.survey.snapshot.find(object).present()?;
        if let Some(owner) = owner_of(&self.survey.snapshot, object) {
            return Some((owner.kind().to_owned(), owner.name().to_owned()));
        }
        let uid = object.controller()?;
        let owner = object
            .list("/metadata/ownerReferences")
            .iter()
            .find(|owner| owner.get("uid").and_then(Json::as_str) == Some(uid))?;
        let text = |field| owner.get(field).and_then(Json::as_str).map(str::to_owned);
        Some((text("kind")?, text("name")?))
    }
}
