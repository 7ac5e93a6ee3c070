//! `get_pod_logs`: the last words of a container.

use async_trait::async_trait;
use cluster::{ClusterError, LogQuery};
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::{Value, json};

use crate::params::{self, OfLogs};
use crate::view::{Found, View, absent, tell};
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

const SPEC: ToolSpec = ToolSpec {
    name: "get_pod_logs",
    description: "The last lines of a container's log, of this life or of the one before.",
    tier: Tier::ReadOnly,
};

/// The kubelet's words in the place of a log that it could not read.
const NO_LOG: &str = "unable to retrieve container logs";
/// The longest log that is kept: its end, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// How many last lines stand in the excerpt.
const TOLD: usize = 5;

/// Reads logs.
pub(crate) struct GetPodLogs(pub(crate) View);

#[async_trait]
impl Tool for GetPodLogs {
    fn spec(&self) -> &ToolSpec {
        &SPEC
    }

    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError> {
        let asked: OfLogs = params::read(SPEC.name, params)?;
        let namespace = params::name(SPEC.name, "namespace", &asked.namespace)?;
        let pod_name = params::name(SPEC.name, "pod_name", &asked.pod_name)?;
        let tail_lines = params::tail_lines(SPEC.name, asked.tail_lines)?;
        let Found::There(pod) = self.0.get("Pod", namespace, pod_name).await? else {
            return Ok(absent("Pod", namespace, pod_name));
        };
        let containers: Vec<&str> = ["/spec/containers", "/spec/initContainers"]
            .into_iter()
            .flat_map(|list| pod.list(list))
            .filter_map(|container| container.get("name")?.as_str())
            .collect();
        let container = match &asked.container {
            Some(name) if containers.contains(&name.as_str()) => name.as_str(),
            Some(name) => {
                let shown: String = name.chars().take(60).collect();
                return Err(ToolError::wrong(
                    SPEC.name,
                    format!(
                        "pod `{pod_name}` has no container `{shown}`; it has {}",
                        containers.join(", ")
                    ),
                    format!(
                        "Pod `{pod_name}` 没有容器 `{shown}`；现有 {}",
                        containers.join("、")
                    ),
                ));
            }
            None => containers.first().copied().unwrap_or_default(),
        };
        let query = LogQuery {
            namespace: namespace.to_owned(),
            pod: pod_name.to_owned(),
            container: container.to_owned(),
            previous: asked.previous,
            tail_lines,
        };
        let log = match self.0.cluster().logs(&query).await {
            Ok(log) => log,
            // A container that never ran has no log: looked for, and nothing there.
            Err(ClusterError::NotFound { problem, .. }) => {
                return Ok(empty(&asked, container, &problem));
            }
            Err(why) => return Err(tell(why)),
        };
        let lines: Vec<&str> = log.lines().collect();
        if lines
            .iter()
            .all(|line| line.trim().is_empty() || line.contains(NO_LOG))
        {
            return Ok(empty(
                &asked,
                container,
                &Text::new(
                    "the log is empty or could not be retrieved",
                    "日志为空，或无法取得",
                ),
            ));
        }
        let kept = end_of(&log, MAX_BYTES);
        let told: Vec<&str> = lines.iter().rev().take(TOLD).rev().copied().collect();
        Ok(ToolOutput {
            result: ToolResult::Found,
            objects: Vec::new(),
            complete: Vec::new(),
            value: json!({
                "namespace": namespace,
                "pod": pod_name,
                "container": container,
                "previous": asked.previous,
                "lines": lines.len(),
                "shortened": kept.len() < log.len(),
                "log": kept,
            }),
            excerpt: match asked.previous {
                true => {
                    let told = told.join("\n");
                    Text::new(
                        format!("previous log of container `{container}`:\n{told}"),
                        format!("容器 `{container}` 上一次的日志：\n{told}"),
                    )
                }
                false => Text::same(told.join("\n")),
            },
        })
    }
}

fn empty(asked: &OfLogs, container: &str, why: &Text) -> ToolOutput {
    let (which, which_zh) = match asked.previous {
        true => ("previous ", "上一次的"),
        false => ("", ""),
    };
    ToolOutput {
        result: ToolResult::Empty,
        objects: Vec::new(),
        complete: Vec::new(),
        value: Value::Null,
        excerpt: Text::new(
            format!("container `{container}` has no {which}log: {}", why.en),
            format!("容器 `{container}` 没有{which_zh}日志：{}", why.zh),
        ),
    }
}

/// The end of a text, cut where a line begins.
fn end_of(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let end = text.get(start..).unwrap_or_default();
    if start == 0 {
        return end;
    }
    end.split_once('\n').map_or(end, |(_, rest)| rest)
}
