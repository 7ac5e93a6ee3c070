//! The registry: every tool by its name, with a time limit, bounds and redaction around each call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cluster::Cluster;
use model::payload::ToolResult;
use model::{Text, Tier};
use serde_json::Value;

use crate::bound::bound;
use crate::events::GetEvents;
use crate::helm::GetHelmRelease;
use crate::logs::GetPodLogs;
use crate::memory::GetMemory;
use crate::names;
use crate::pods::{GetPodSpec, GetPodStatus};
use crate::related::{self, GetObject};
use crate::rollout::GetRolloutHistory;
use crate::view::View;
use crate::workload::GetWorkload;
use crate::{Tool, ToolError, ToolOutput, ToolSpec};

/// The longest parameters that are looked at, in bytes.
const MAX_PARAMS: usize = 64 * 1024;

/// What a call may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take.
    pub time: Duration,
    /// How many bytes of JSON it may give.
    pub body: usize,
    /// How many characters of excerpt.
    pub excerpt: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            body: 1024 * 1024,
            excerpt: 600,
        }
    }
}

/// Every tool there is, by name.
pub struct Registry {
    tools: BTreeMap<&'static str, Arc<dyn Tool>>,
    limits: Limits,
}

impl Registry {
    /// The built-in tools over a cluster.
    #[must_use]
    pub fn new(cluster: Arc<dyn Cluster>) -> Self {
        let view = View::new(cluster);
        let related = related::all(&view)
            .into_iter()
            .map(|tool| Arc::new(tool) as Arc<dyn Tool>);
        let tools: [Arc<dyn Tool>; 9] = [
            Arc::new(GetHelmRelease(view.clone())),
            Arc::new(GetMemory(view.clone())),
            Arc::new(GetObject(view.clone())),
            Arc::new(GetWorkload(view.clone())),
            Arc::new(GetPodStatus(view.clone())),
            Arc::new(GetPodSpec(view.clone())),
            Arc::new(GetEvents(view.clone())),
            Arc::new(GetRolloutHistory(view.clone())),
            Arc::new(GetPodLogs(view)),
        ];
        Self {
            tools: tools
                .into_iter()
                .chain(related)
                .map(|tool| (tool.spec().name, tool))
                .collect(),
            limits: Limits::default(),
        }
    }

    /// The same tools with other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The names of the tools that are there, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.tools.keys().copied()
    }

    /// What is known of a tool that is there.
    #[must_use]
    pub fn spec(&self, name: &str) -> Option<&ToolSpec> {
        self.tools.get(name).map(|tool| tool.spec())
    }

    /// Calls a tool. A tool that has a name but is not there answers "not configured".
    ///
    /// # Errors
    /// `TellModel` if it was asked wrongly or the cluster said no; `Fatal` if the cluster does not
    /// answer.
    pub async fn call(&self, name: &str, params: &Value) -> Result<ToolOutput, ToolError> {
        let Some(tool) = self.tools.get(name) else {
            return missing(name);
        };
        if tool.spec().tier != Tier::ReadOnly {
            return Err(only_proposed(name));
        }
        if params.to_string().len() > MAX_PARAMS {
            return Err(ToolError::wrong(
                name,
                "the parameters are too long",
                "参数过长",
            ));
        }
        match tokio::time::timeout(self.limits.time, tool.call(params)).await {
            Ok(output) => output.map(|output| bound(redact(output), &self.limits)),
            Err(_) => {
                let within = self.limits.time.as_millis();
                Err(ToolError::Fatal(Text::new(
                    format!("{name}: no answer within {within} ms"),
                    format!("{name}：{within} 毫秒内没有应答"),
                )))
            }
        }
    }
}

/// Takes the secrets out of everything an output holds.
fn redact(mut output: ToolOutput) -> ToolOutput {
    for object in &mut output.objects {
        *object = object.redacted();
    }
    facts::redact_value(&mut output.value);
    output.excerpt = output.excerpt.map(facts::redact_text);
    output
}

fn missing(name: &str) -> Result<ToolOutput, ToolError> {
    match names::tier(name) {
        Some(Tier::ReadOnly) => Ok(ToolOutput {
            result: ToolResult::NotConfigured,
            objects: Vec::new(),
            complete: Vec::new(),
            value: Value::Null,
            excerpt: Text::new(
                format!("`{name}` is not configured"),
                format!("`{name}` 未配置"),
            ),
        }),
        Some(Tier::LowRisk | Tier::HighRisk | Tier::Forbidden) => Err(only_proposed(name)),
        None => {
            let shown: String = name.chars().take(60).collect();
            Err(ToolError::TellModel(Text::new(
                format!("there is no tool `{shown}`"),
                format!("没有工具 `{shown}`"),
            )))
        }
    }
}

fn only_proposed(name: &str) -> ToolError {
    ToolError::TellModel(Text::new(
        format!("`{name}` changes things: it can only be proposed"),
        format!("`{name}` 会改动集群：只能作为提议"),
    ))
}
