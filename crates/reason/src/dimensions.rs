//! The six dimensions of evidence about a workload: the status of its pods, events about it, its
//! current and previous logs, its Helm release, and the events around it. Each says what it gave: a
//! dimension with nothing is said to have nothing, and one that could not be seen is no dimension
//! with nothing.

use facts::container::{containers, pod_ready};
use facts::{Json, LogKey, Object, Snapshot};
use model::payload::ToolResult;
use model::{Clue, ObjectRef, Text, Why};
use serde_json::{Value, json};

use crate::{Port, Seen, Stopped};

/// The most containers whose logs are looked at, the sick ones first.
const LOGS: usize = 3;
/// Where Helm notes on an object which release it is of.
const RELEASE: &str = "meta.helm.sh/release-name";

/// The kinds of which there is evidence of this sort: pods and what makes them.
pub(crate) const KINDS: [&str; 7] = [
    "Pod",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
];

/// Which dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DimensionName {
    /// How the pods are.
    PodStatus,
    /// Events about the workload and what belongs to it.
    PodEvents,
    /// What the containers say now.
    CurrentLogs,
    /// What they said before they were restarted.
    PreviousLogs,
    /// How the last change by Helm went.
    HelmRelease,
    /// What happened around it.
    ClusterEvents,
}

impl DimensionName {
    /// Its name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PodStatus => "pod_status",
            Self::PodEvents => "pod_events",
            Self::CurrentLogs => "current_logs",
            Self::PreviousLogs => "previous_logs",
            Self::HelmRelease => "helm_release",
            Self::ClusterEvents => "cluster_events",
        }
    }
}

/// What looking gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// There is something.
    Found,
    /// It was looked at, and there is nothing.
    Nothing,
    /// It could not be seen, or nobody asked for it to be read.
    NotSeen,
}

impl Standing {
    /// Its name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Nothing => "nothing",
            Self::NotSeen => "not_seen",
        }
    }
}

/// One dimension, looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// Which.
    pub name: DimensionName,
    /// What looking gave.
    pub standing: Standing,
    /// How many things: pods, events, lines of logs, revisions.
    pub count: usize,
    /// What it gave, in a few words.
    pub text: Text,
    /// Each look, with the part of it that matters.
    pub evidence: Vec<Clue>,
}

/// The containers whose logs are looked at, the sick ones first; nothing of what has no pods.
#[must_use]
pub(crate) fn voices(snapshot: &Snapshot, about: &ObjectRef) -> Vec<(ObjectRef, String, bool)> {
    let mut found: Vec<(bool, ObjectRef, String, bool)> = pods(snapshot, about)
        .iter()
        .flat_map(|pod| containers(pod).map(move |container| (pod, container)))
        .filter_map(|(pod, container)| {
            let sick = container.trouble().is_some() || container.restarts() > 0;
            let again = container.restarts() > 0;
            // What was done before the others began has nothing to say if it ended well.
            (sick || !container.init).then(|| {
                let name = container.name().to_owned();
                (!sick, pod.reference(), name, again)
            })
        })
        .collect();
    found.sort();
    let found = found.into_iter().take(LOGS);
    found
        .map(|(_, pod, name, again)| (pod, name, again))
        .collect()
}

/// The pods of what is asked about: itself, if it is one.
pub(crate) fn pods<'a>(snapshot: &'a Snapshot, about: &ObjectRef) -> Vec<&'a Object> {
    match snapshot.find(about).present() {
        Some(pod) if pod.kind() == "Pod" => vec![pod],
        Some(workload) => facts::pods_of(snapshot, workload),
        None => Vec::new(),
    }
}

/// Looks at all six; nothing of what is no workload and no pod.
///
/// # Errors
/// If looking makes no sense now.
pub async fn six(
    port: &mut dyn Port,
    snapshot: &Snapshot,
    about: &ObjectRef,
) -> Result<Vec<Dimension>, Stopped> {
    if !KINDS.contains(&about.kind.as_str()) {
        return Ok(Vec::new());
    }
    let mut look = Looker {
        port,
        about,
        looks: 0,
        own_events: 0,
    };
    Ok(vec![
        look.status(snapshot).await?,
        look.events(true).await?,
        look.logs(snapshot, false).await?,
        look.logs(snapshot, true).await?,
        look.helm(snapshot).await?,
        look.events(false).await?,
    ])
}

struct Looker<'p> {
    port: &'p mut dyn Port,
    about: &'p ObjectRef,
    looks: usize,
    /// How many events are about it.
    own_events: usize,
}

impl Looker<'_> {
    async fn look(
        &mut self,
        tool: &str,
        object: &ObjectRef,
        params: Value,
    ) -> Result<(Seen, Clue), Stopped> {
        let seen = self.port.call(tool, params, Why::Reported).await?;
        self.looks += 1;
        let clue = Clue {
            id: format!("D{}", self.looks),
            tool: tool.to_owned(),
            object: object.clone(),
            excerpt: seen.output.excerpt.clone(),
            at: None,
        };
        Ok((seen, clue))
    }

    async fn status(&mut self, snapshot: &Snapshot) -> Result<Dimension, Stopped> {
        let about = self.about;
        let pods = pods(snapshot, about);
        let ready = pods.iter().filter(|pod| pod_ready(pod)).count();
        let mut evidence = Vec::new();
        let mut standing = Standing::Nothing;
        let namespace = &about.namespace;
        // Between a CronJob and its pods there are Jobs: those are asked for one by one.
        if matches!(about.kind.as_str(), "Pod" | "CronJob") {
            for pod in pods.iter().take(LOGS) {
                let params = json!({"namespace": namespace, "pod_name": pod.name()});
                let (seen, clue) = self
                    .look("get_pod_status", &pod.reference(), params)
                    .await?;
                standing = best(standing, standing_of(&seen));
                evidence.push(clue);
            }
        } else {
            let params = json!({"namespace": namespace, "kind": about.kind, "name": about.name});
            let (seen, clue) = self.look("get_pod_status", about, params).await?;
            standing = standing_of(&seen);
            evidence.push(clue);
        }
        let text = match standing {
            Standing::Found => Text::new(
                format!("{ready} of {} pods ready", pods.len()),
                format!("{} 个 Pod 中 {ready} 个就绪", pods.len()),
            ),
            Standing::Nothing => Text::new("no pods", "没有 Pod"),
            Standing::NotSeen => Text::new("pods not seen", "未能看到 Pod"),
        };
        Ok(Dimension {
            name: DimensionName::PodStatus,
            standing,
            count: pods.len(),
            text,
            evidence,
        })
    }

    /// The events about it, or those of its whole namespace.
    async fn events(&mut self, own: bool) -> Result<Dimension, Stopped> {
        let about = self.about;
        let mut params = json!({"namespace": about.namespace});
        if own {
            params = json!({"namespace": about.namespace, "kind": about.kind, "name": about.name});
        }
        let (seen, clue) = self.look("get_events", about, params).await?;
        let all = seen.output.objects.len();
        let warnings = seen.output.objects.iter();
        let warnings = warnings
            .filter(|event| event.text("/type") == "Warning")
            .count();
        let standing = standing_of(&seen);
        if own {
            self.own_events = all;
        }
        let text = match (standing, own) {
            // They were told of already.
            (Standing::Found, false) if all == self.own_events => Text::new(
                "no events in its namespace but those",
                "命名空间内没有其他事件",
            ),
            (Standing::Found, true) => Text::new(
                format!(
                    "{} about it ({})",
                    some(all, "event"),
                    some(warnings, "warning")
                ),
                format!("与其相关的事件 {all} 个（警告 {warnings}）"),
            ),
            (Standing::Found, false) => Text::new(
                format!(
                    "{} in its namespace ({})",
                    some(all, "event"),
                    some(warnings, "warning")
                ),
                format!("命名空间事件 {all} 个（警告 {warnings}）"),
            ),
            (Standing::Nothing, true) => Text::new("no events about it", "没有与其相关的事件"),
            (Standing::Nothing, false) => {
                Text::new("no events in its namespace", "命名空间内没有事件")
            }
            (Standing::NotSeen, true) => Text::new("its events not seen", "未能看到其事件"),
            (Standing::NotSeen, false) => {
                Text::new("events of its namespace not seen", "未能看到命名空间事件")
            }
        };
        Ok(Dimension {
            name: match own {
                true => DimensionName::PodEvents,
                false => DimensionName::ClusterEvents,
            },
            standing,
            count: all,
            text,
            evidence: vec![clue],
        })
    }

    async fn logs(&mut self, snapshot: &Snapshot, previous: bool) -> Result<Dimension, Stopped> {
        let about = self.about;
        let mut evidence = Vec::new();
        let (mut standing, mut lines, mut read) = (Standing::Nothing, 0, 0);
        for (pod, container, again) in voices(snapshot, about) {
            if previous && !again {
                continue;
            }
            let params = json!({
                "namespace": about.namespace,
                "pod_name": pod.name,
                "container": container,
                "previous": previous,
            });
            let (seen, clue) = self.look("get_pod_logs", &pod, params).await?;
            let key = LogKey {
                previous,
                ..LogKey::current(&pod.namespace, &pod.name, &container)
            };
            // That a container has no log is known, though the snapshot has nothing to show for it.
            let mut one = standing_of(&seen);
            if one == Standing::NotSeen && snapshot.log(&key).is_absent() {
                one = Standing::Nothing;
            }
            if one == Standing::Found {
                let said = seen.output.value.get("log").and_then(Value::as_str);
                lines += said.map_or(0, |log| log.lines().count());
                read += 1;
            }
            standing = best(standing, one);
            evidence.push(clue);
        }
        let name = match previous {
            true => DimensionName::PreviousLogs,
            false => DimensionName::CurrentLogs,
        };
        let text = match (standing, previous) {
            (Standing::Found, false) => Text::new(
                format!(
                    "logs of {} ({})",
                    some(read, "container"),
                    some(lines, "line")
                ),
                format!("{read} 个容器的日志（{lines} 行）"),
            ),
            (Standing::Found, true) => Text::new(
                format!(
                    "previous logs of {} ({})",
                    some(read, "container"),
                    some(lines, "line")
                ),
                format!("{read} 个容器上一次运行的日志（{lines} 行）"),
            ),
            (Standing::Nothing, false) => Text::new("no logs", "没有日志"),
            (Standing::Nothing, true) => Text::new("no previous logs", "没有上一次运行的日志"),
            (Standing::NotSeen, false) => Text::new("logs not seen", "未能看到日志"),
            (Standing::NotSeen, true) => {
                Text::new("previous logs not seen", "未能看到上一次运行的日志")
            }
        };
        Ok(Dimension {
            name,
            standing,
            count: lines,
            text,
            evidence,
        })
    }

    async fn helm(&mut self, snapshot: &Snapshot) -> Result<Dimension, Stopped> {
        let about = self.about;
        let object = snapshot.find(about).present();
        let top = object
            .and_then(|object| facts::owner_of(snapshot, object))
            .or(object);
        let release = top
            .and_then(|top| top.annotation(RELEASE))
            .unwrap_or_default();
        let name = DimensionName::HelmRelease;
        if release.is_empty() && top.is_some_and(shown_in_part) {
            return Ok(Dimension {
                name,
                standing: Standing::NotSeen,
                count: 0,
                text: Text::new(
                    "whether Helm installed it not seen",
                    "未能看到它是否由 Helm 安装",
                ),
                evidence: Vec::new(),
            });
        }
        if release.is_empty() {
            return Ok(Dimension {
                name,
                standing: Standing::Nothing,
                count: 0,
                text: Text::new("not installed by Helm", "并非由 Helm 安装"),
                evidence: Vec::new(),
            });
        }
        let params = json!({"namespace": about.namespace, "name": release});
        let (seen, clue) = self.look("get_helm_release", about, params).await?;
        let standing = standing_of(&seen);
        let first = |words: &str| words.lines().next().unwrap_or_default().to_owned();
        let said = clue.excerpt.map(first);
        let text = match standing {
            Standing::Found => {
                let Text { en, zh } = said;
                Text::new(format!("Helm release {en}"), format!("Helm 发布 {zh}"))
            }
            Standing::Nothing => Text::new(
                format!("no Helm release `{release}`"),
                format!("没有 Helm 发布 `{release}`"),
            ),
            Standing::NotSeen => Text::new(
                format!("Helm release `{release}` not seen (--with helm reads it)"),
                format!("未读取 Helm 发布 `{release}`（可用 --with helm 读取）"),
            ),
        };
        Ok(Dimension {
            name,
            standing,
            count: usize::from(standing == Standing::Found),
            text,
            evidence: vec![clue],
        })
    }
}

const fn standing_of(seen: &Seen) -> Standing {
    match seen.output.result {
        ToolResult::Found => Standing::Found,
        ToolResult::Empty => Standing::Nothing,
        ToolResult::Failed | ToolResult::NotConfigured => Standing::NotSeen,
    }
}

/// Of several looks the one that gave most counts, and one that failed more than one that gave
/// nothing: it may have hidden something.
const fn best(one: Standing, other: Standing) -> Standing {
    match (one, other) {
        (Standing::Found, _) | (_, Standing::Found) => Standing::Found,
        (Standing::NotSeen, _) | (_, Standing::NotSeen) => Standing::NotSeen,
        (Standing::Nothing, Standing::Nothing) => Standing::Nothing,
    }
}

/// Whether only a row of a table, or another's word, tells of an object: its uid is made up, and
/// neither labels nor annotations were shown.
pub(crate) fn shown_in_part(object: &Object) -> bool {
    let annotations = object.at("/metadata/annotations").and_then(Json::as_object);
    object.is_guessed()
        && object.at("/metadata/labels").is_none()
        && annotations.is_none_or(|all| all.keys().all(|key| key.starts_with("kintsugi.dev/")))
}

fn some(count: usize, of: &str) -> String {
    match count {
        1 => format!("1 {of}"),
        count => format!("{count} {of}s"),
    }
}
