//! The way a reasoner sees the outside.

use async_trait::async_trait;
use model::payload::ToolResult;
use model::{EvidenceId, Why};
use serde_json::Value;
use thiserror::Error;
use tools::ToolOutput;

/// What a tool call showed, as evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The evidence.
    pub evidence: EvidenceId,
    /// What it holds.
    pub output: ToolOutput,
}

impl Seen {
    /// Whether the call of a tool showed nothing: it failed, or there was no log. That an object is
    /// not there shows something.
    #[must_use]
    pub fn in_vain(&self, tool: &str) -> bool {
        match self.output.result {
            ToolResult::Found => false,
            ToolResult::Empty => tool == "get_pod_logs",
            ToolResult::Failed | ToolResult::NotConfigured => true,
        }
    }
}

/// The reasoning cannot go on now; what was seen is kept, and it resumes from there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Stopped(pub String);

/// Calls tools on behalf of a reasoner. The same call with the same parameters is made once per
/// incident: asked again, even after a crash, it gives the evidence that is there.
#[async_trait]
pub trait Port: Send {
    /// Calls a tool. A tool that fails gives evidence too (`result: failed`); `Stopped` is for what
    /// makes going on senseless.
    async fn call(&mut self, tool: &str, params: Value, why: Why) -> Result<Seen, Stopped>;
}
