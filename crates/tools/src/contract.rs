//! What a tool is.

use std::fmt::Display;

use async_trait::async_trait;
use facts::Object;
use model::payload::ToolResult;
use model::{Text, Tier};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// What is known of a tool before it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolSpec {
    /// Its name.
    pub name: &'static str,
    /// What it tells, in one sentence.
    pub description: &'static str,
    /// How much harm it could do.
    pub tier: Tier,
}

/// What a tool gave. As JSON it is the body of the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolOutput {
    /// How it went.
    pub result: ToolResult,
    /// Kubernetes objects it has read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<Object>,
    /// Kinds it has read in full for the namespace, so that absence is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complete: Vec<String>,
    /// Anything else it has to say: what `result` is in a tree's conditions.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
    /// The part of it that matters, in one line or a few. What was kept when there was one language
    /// is read as well.
    #[serde(with = "model::said")]
    pub excerpt: Text,
}

/// Why a tool gave nothing.
#[derive(Debug, Error)]
pub enum ToolError {
    /// The caller asked wrongly, or the outside said no: whoever reasons is told, and goes on.
    #[error("{}", .0.en)]
    TellModel(Text),
    /// The outside cannot be asked at all now: the step is tried again later.
    #[error("{}", .0.en)]
    Fatal(Text),
}

impl ToolError {
    /// That a tool was asked wrongly, and in what.
    pub(crate) fn wrong(tool: &str, en: impl Display, zh: impl Display) -> Self {
        Self::TellModel(Text::new(format!("{tool}: {en}"), format!("{tool}：{zh}")))
    }
}

/// A way to look at the outside.
#[async_trait]
pub trait Tool: Send + Sync {
    /// What is known of it.
    fn spec(&self) -> &ToolSpec;

    /// Calls it.
    async fn call(&self, params: &Value) -> Result<ToolOutput, ToolError>;
}
