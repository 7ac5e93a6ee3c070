//! Noteworthy things: each is a struct that emits its log line and its figure together.

use std::sync::atomic::AtomicU64;

use model::payload::{Ruling, ToolResult};
use model::{Direction, Failure, Millis, Tier, Verdict};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// The labels of a figure: one word each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Step {
    step: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tool {
    tool: String,
    result: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Gate {
    ruling: String,
    tier: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Effect {
    direction: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Verdicts {
    verdict: String,
}

/// The figures of one process.
pub struct Metrics {
    registry: Registry,
    steps: Family<Step, Histogram>,
    stumbles: Family<Step, Counter>,
    tools: Family<Tool, Counter>,
    gates: Family<Gate, Counter>,
    effects: Family<Effect, Counter>,
    verdicts: Family<Verdicts, Counter>,
    open_incidents: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("kintsugi");
        let steps = Family::<Step, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.001, 4.0, 9))
        });
        registry.register_with_unit(
            "step_duration",
            "How long steps take",
            Unit::Seconds,
            steps.clone(),
        );
        let stumbles = Family::default();
        registry.register(
            "step_failures",
            "Steps that failed for a reason outside",
            stumbles.clone(),
        );
        let tools = Family::default();
        registry.register("tool_calls", "Tool calls by how they went", tools.clone());
        let gates = Family::default();
        registry.register("gate_decisions", "What policy said of plans", gates.clone());
        let effects = Family::default();
        registry.register(
            "effects",
            "Writes by how they were settled",
            effects.clone(),
        );
        let verdicts = Family::default();
        registry.register("verdicts", "Whether remedies helped", verdicts.clone());
        let open_incidents = Gauge::default();
        registry.register(
            "open_incidents",
            "Incidents that are not closed",
            open_incidents.clone(),
        );
        Self {
            registry,
            steps,
            stumbles,
            tools,
            gates,
            effects,
            verdicts,
            open_incidents,
        }
    }
}

impl Metrics {
    /// The figures in the OpenMetrics text format.
    ///
    /// # Errors
    /// Never in practice: writing to a string does not fail.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }

    /// Says how many incidents are not closed.
    pub fn open_incidents(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.open_incidents.set(f64::from(count));
    }
}

/// A step was taken.
pub(crate) struct StepTaken {
    pub(crate) step: &'static str,
    pub(crate) took: Millis,
}

impl StepTaken {
    pub(crate) fn emit(&self, metrics: &Metrics) {
        let label = Step {
            step: self.step.to_owned(),
        };
        metrics
            .steps
            .get_or_create(&label)
            .observe(self.took.duration().as_secs_f64());
        tracing::debug!(step = self.step, took = %self.took, "step taken");
    }
}

/// A step failed for a reason outside.
pub(crate) struct StepStumbled<'a> {
    pub(crate) step: &'static str,
    pub(crate) problem: &'a str,
}

impl StepStumbled<'_> {
    pub(crate) fn emit(&self, metrics: &Metrics) {
        metrics
            .stumbles
            .get_or_create(&Step {
                step: self.step.to_owned(),
            })
            .inc();
        tracing::warn!(
            step = self.step,
            problem = self.problem,
            "failed to take a step"
        );
    }
}

/// A tool was used.
pub(crate) struct ToolUsed<'a> {
    pub(crate) tool: &'a str,
    pub(crate) result: ToolResult,
}

impl ToolUsed<'_> {
    pub(crate) fn emit(&self, metrics: &Metrics) {
        let result = match self.result {
            ToolResult::Found => "found",
            ToolResult::Empty => "empty",
            ToolResult::Failed => "failed",
            ToolResult::NotConfigured => "not_configured",
        };
        let label = Tool {
            tool: self.tool.to_owned(),
            result: result.to_owned(),
        };
        metrics.tools.get_or_create(&label).inc();
        tracing::debug!(gen_ai.tool.name = self.tool, result, "tool used");
    }
}

/// Policy was asked.
pub(crate) struct GateAsked {
    pub(crate) ruling: Ruling,
    pub(crate) tier: Tier,
}

impl GateAsked {
    pub(crate) fn emit(&self, metrics: &Metrics) {
        let label = Gate {
            ruling: self.ruling.as_str().to_owned(),
            tier: self.tier.as_str().to_owned(),
        };
        metrics.gates.get_or_create(&label).inc();
        tracing::info!(ruling = self.ruling.as_str(), tier = %self.tier, "policy was asked");
    }
}

/// A write was settled.
pub(crate) struct EffectSettled<'a> {
    pub(crate) direction: Direction,
    pub(crate) failure: Option<&'a Failure>,
}

impl EffectSettled<'_> {
    pub(crate) fn emit(&self, metrics: &Metrics) {
        let outcome = self.failure.map_or("done", Failure::as_str);
        let direction = self.direction.as_str();
        let label = Effect {
            direction: direction.to_owned(),
            outcome: outcome.to_owned(),
        };
        metrics.effects.get_or_create(&label).inc();
        tracing::info!(direction, outcome, "write settled");
    }
}

/// A verdict was given.
pub(crate) struct VerdictGiven {
    pub(crate) verdict: Verdict,
}

impl VerdictGiven {
    pub(crate) fn emit(&self, metrics: &Metrics) {
        let verdict = self.verdict.as_str();
        metrics
            .verdicts
            .get_or_create(&Verdicts {
                verdict: verdict.to_owned(),
            })
            .inc();
        tracing::info!(verdict, "verdict given");
    }
}
