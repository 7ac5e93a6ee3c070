//! What is to be diagnosed: an object, an incident's object, or what an alert is about.

use std::path::Path;

use facts::{Snapshot, container, kinds};
use model::ObjectRef;
use serde_json::Value;

use crate::cli::Diagnose;
use crate::command::Context;
use crate::failure::Failure;
use crate::wire;

/// The longest file that is read as an alert, in bytes.
const MAX_ALERT: u64 = 1024 * 1024;

/// What was asked about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Where it is; nobody said if there is none.
    pub(crate) namespace: Option<String>,
    /// The incident it was named by.
    pub(crate) incident: Option<String>,
}

/// Reads what the flags mean.
pub(crate) async fn read(context: &Context, flags: &Diagnose) -> Result<Asked, Failure> {
    let namespace = flags.cluster.namespace.first().cloned();
    if let Some(name) = &flags.name {
        return named(&flags.what, name, namespace);
    }
    if Path::new(&flags.what).is_file() {
        return alert(Path::new(&flags.what), namespace);
    }
    if let Some((kind, name)) = flags.what.split_once('/') {
        return named(kind, name, namespace);
    }
    let ledger = wire::existing_ledger(&context.effective.config).await;
    let unclear = || {
        Failure::new(format!(
            "`{}` is no object, no incident and no file",
            flags.what
        ))
        .next("write it as KIND/NAME, for example deployment/web")
    };
    let ledger = ledger.map_err(|_| unclear())?;
    let id = wire::incident(ledger.as_ref(), &flags.what)
        .await
        .map_err(|_| unclear())?;
    let listed = ledger.incident(id).await?;
    let object = listed
        .and_then(|listed| listed.summary.object)
        .ok_or_else(|| Failure::new(format!("incident {id} is about no object")))?;
    Ok(Asked {
        kind: object.kind,
        name: object.name,
        namespace: Some(object.namespace).filter(|namespace| !namespace.is_empty()),
        incident: Some(id.to_string()),
    })
}

fn named(kind: &str, name: &str, namespace: Option<String>) -> Result<Asked, Failure> {
    let Some(known) = kinds::find(kind) else {
        let names: Vec<&str> = kinds::ALL.iter().map(|kind| kind.plural).collect();
        let near = facts::nearest(kind, names.iter().copied());
        return Err(
            Failure::new(format!("`{kind}` is no kind that is read")).next(near.map_or_else(
                || "try deployment, statefulset, pod, service or node".to_owned(),
                |near| format!("did you mean `{near}`?"),
            )),
        );
    };
    Ok(Asked {
        kind: known.kind.to_owned(),
        name: name.to_owned(),
        namespace: namespace.filter(|_| known.namespaced),
        incident: None,
    })
}

/// The object that an alert is about: one of Alertmanager's, alone or as a webhook sends it, or any
/// document with labels.
fn alert(file: &Path, namespace: Option<String>) -> Result<Asked, Failure> {
    let told = |why: String| {
        Failure::new(format!(
            "failed to read the alert {}: {why}",
            file.display()
        ))
        .next("it holds labels such as namespace, pod or deployment")
    };
    let size = std::fs::metadata(file)
        .map_err(|why| told(why.to_string()))?
        .len();
    if size > MAX_ALERT {
        return Err(told(format!(
            "it is {size} bytes long, and {MAX_ALERT} is the limit"
        )));
    }
    let text = std::fs::read_to_string(file).map_err(|why| told(why.to_string()))?;
    let document: Value = serde_saphyr::from_str(&text).map_err(|why| told(why.to_string()))?;
    let labels = [
        "/alerts/0/labels",
        "/commonLabels",
        "/labels",
        "/spec/alert/labels",
    ]
    .into_iter()
    .find_map(|place| document.pointer(place).filter(|labels| labels.is_object()))
    .unwrap_or(&document);
    let label = |name: &str| {
        labels
            .get(name)
            .and_then(Value::as_str)
            .filter(|value| !value.is_empty())
    };
    let kind = [
        ("pod", "Pod"),
        ("deployment", "Deployment"),
        ("statefulset", "StatefulSet"),
        ("daemonset", "DaemonSet"),
        ("job_name", "Job"),
        ("cronjob", "CronJob"),
        ("horizontalpodautoscaler", "HorizontalPodAutoscaler"),
        ("persistentvolumeclaim", "PersistentVolumeClaim"),
        ("service", "Service"),
        ("node", "Node"),
    ]
    .into_iter()
    .find_map(|(name, kind)| Some((kind, label(name)?)));
    let Some((kind, name)) = kind else {
        return Err(told("its labels name no object".to_owned()));
    };
    let namespace = namespace.or_else(|| label("namespace").map(str::to_owned));
    named(kind, name, namespace)
}

/// The object in what was read.
pub(crate) fn find(snapshot: &Snapshot, asked: &Asked) -> Result<ObjectRef, Failure> {
    let found: Vec<ObjectRef> = snapshot
        .of_kind(&asked.kind, asked.namespace.as_deref())
        .filter(|object| object.name() == asked.name)
        .map(|object| ObjectRef::new(object.kind(), object.namespace(), object.name()))
        .collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let names: Vec<&str> = snapshot
                .of_kind(&asked.kind, asked.namespace.as_deref())
                .map(facts::Object::name)
                .collect();
            let space = asked
                .namespace
                .as_ref()
                .map_or_else(String::new, |name| format!(" in namespace {name}"));
            let near = facts::nearest(&asked.name, names.iter().copied());
            Err(
                Failure::new(format!("there is no {} {}{space}", asked.kind, asked.name)).next(
                    match (
                        near.or_else(|| begun(&asked.name, &names)),
                        &asked.namespace,
                    ) {
                        (Some(near), _) => format!("did you mean `{near}`?"),
                        (None, None) => "name its namespace with -n".to_owned(),
                        (None, Some(_)) if names.is_empty() => {
                            format!("no {} is read there", asked.kind)
                        }
                        (None, Some(_)) => {
                            let shown: Vec<&str> = names.iter().copied().take(5).collect();
                            format!("there are: {}", shown.join(", "))
                        }
                    },
                ),
            )
        }
        [one, two, ..] => Err(Failure::new(format!(
            "{} {} is in more than one namespace: {}, {}, …",
            asked.kind, asked.name, one.namespace, two.namespace
        ))
        .next("name one with -n")),
    }
}

/// The only name that begins as somebody began to write it.
fn begun<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let mut all = names.iter().copied().filter(|name| name.starts_with(word));
    match (all.next(), all.next()) {
        (Some(one), None) if !word.is_empty() => Some(one),
        _ => None,
    }
}

/// Whether an object's own status says that it is well, and its state in a line.
pub(crate) fn state(snapshot: &Snapshot, object: &ObjectRef) -> (bool, String) {
    let Some(found) = snapshot.find(object).present() else {
        return (false, String::new());
    };
    match object.kind.as_str() {
        "Pod" => {
            let well = container::pod_ready(found) || found.text("/status/phase") == "Succeeded";
            (
                well,
                container::pod_trouble(found)
                    .unwrap_or_else(|| found.text("/status/phase").to_owned()),
            )
        }
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => {
            let pods = facts::pods_of(snapshot, found);
            let ready = pods.iter().filter(|pod| container::pod_ready(pod)).count();
            let unseen = pods.iter().any(|pod| container::readiness(pod).is_none());
            let wanted = match object.kind.as_str() {
                "DaemonSet" => found.int("/status/desiredNumberScheduled").unwrap_or(0),
                _ => found.int("/spec/replicas").unwrap_or(1),
            };
            let well = i64::try_from(ready).is_ok_and(|ready| ready >= wanted);
            if unseen && !well {
                return (false, "its pods not seen in full".to_owned());
            }
            (well, format!("{ready}/{wanted} pods ready"))
        }
        "Node" => {
            let ready = container::condition(found, "Ready")
                .and_then(|ready| ready.get("status")?.as_str());
            (
                ready == Some("True"),
                format!("Ready={}", ready.unwrap_or("Unknown")),
            )
        }
        "PersistentVolumeClaim" => {
            let phase = found.text("/status/phase");
            (phase == "Bound", phase.to_owned())
        }
        // Of other kinds the status does not tell; what was not found is not there.
        _ => (true, String::new()),
    }
}
