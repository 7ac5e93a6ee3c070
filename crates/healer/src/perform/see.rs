//! Seeing: the skill that fits, and the root cause, with every look kept as evidence.

use async_trait::async_trait;
use model::payload::{Diagnosed, Escalation, ToolCalled, ToolResult, ToolReturned};
use model::{CallId, EvidenceId, Text, Why};
use reason::{Answer, Chosen, Port, ReasonError, Seen, Stopped};
use serde_json::Value;
use tools::{ToolError, ToolOutput};

use super::{PerformError, Progress};
use crate::story::{HealError, Story};
use crate::telemetry::ToolUsed;

/// Tool calls of one incident at most.
const CALLS_AT_MOST: usize = 200;

impl Story<'_> {
    pub(super) async fn choose_skill(&mut self) -> Result<Progress, PerformError> {
        let signal = self.incident.signal.clone();
        let mut port = LedgerPort {
            story: self,
            broken: None,
        };
        let survey = reason::survey(&signal, &mut port).await;
        let broken = port.broken.take();
        let survey = survey.map_err(|stopped| stop(broken, &stopped))?;
        let choice = reason::choose(&self.healer.skills.now(), &signal, &survey);
        for broken in &choice.broken {
            tracing::warn!(%broken, "a trigger cannot be asked");
        }
        match choice.chosen {
            None => {
                let mut detail = vec![signal.name.clone()];
                detail.extend(choice.broken.iter().map(ToString::to_string));
                let detail = Text::same(detail.join("; "));
                self.escalate(Escalation::NoSkill, detail).await
            }
            Some(chosen) => {
                let why = Why::TriggerFitted {
                    skill: chosen.skill.clone(),
                };
                self.say(why, chosen.matched()).await
            }
        }
    }

    pub(super) async fn investigate(&mut self) -> Result<Progress, PerformError> {
        let Some(matched) = self.incident.skill.clone() else {
            return Ok(Progress::Grown);
        };
        let skills = self.healer.skills.now();
        let signal = self.incident.signal.clone();
        let mut port = LedgerPort {
            story: self,
            broken: None,
        };
        let answer = async {
            let survey = reason::survey(&signal, &mut port).await?;
            let chosen = Chosen::from_matched(&matched);
            reason::tree::conclude(&skills, &chosen, &survey, Some(&signal), &mut port).await
        }
        .await;
        let broken = port.broken.take();
        match answer {
            Ok(Answer::Diagnosed(diagnosis)) => {
                let why = Why::Evidence {
                    evidence: diagnosis.evidence.clone(),
                };
                self.say(
                    why,
                    Diagnosed {
                        diagnosis: *diagnosis,
                    },
                )
                .await
            }
            Ok(Answer::Unsure { why }) => self.escalate(Escalation::NoDiagnosis, why).await,
            Err(ReasonError::Stopped(stopped)) => Err(stop(broken, &stopped)),
            // A skill that is wrong is no answer, and trying it again makes it no better.
            Err(error @ (ReasonError::Expression(_) | ReasonError::Skill { .. })) => {
                self.escalate(Escalation::NoDiagnosis, Text::same(error.to_string()))
                    .await
            }
        }
    }
}

fn stop(broken: Option<HealError>, stopped: &Stopped) -> PerformError {
    match broken {
        Some(error) => PerformError::Heal(error),
        None => PerformError::Outside(stopped.to_string()),
    }
}

/// Calls tools and keeps what they show. A call that was made before is not made again.
struct LedgerPort<'s, 'h> {
    story: &'s mut Story<'h>,
    /// What stopped it, when that was not the outside.
    broken: Option<HealError>,
}

#[async_trait]
impl Port for LedgerPort<'_, '_> {
    async fn call(&mut self, tool: &str, params: Value, why: Why) -> Result<Seen, Stopped> {
        match self.look(tool, params, why).await {
            Ok(seen) => Ok(seen),
            Err(PerformError::Outside(problem)) => Err(Stopped(problem)),
            Err(PerformError::Heal(error)) => {
                let stopped = Stopped(error.to_string());
                self.broken = Some(error);
                Err(stopped)
            }
        }
    }
}

impl LedgerPort<'_, '_> {
    async fn look(&mut self, tool: &str, params: Value, why: Why) -> Result<Seen, PerformError> {
        let made = self
            .story
            .incident
            .calls
            .iter()
            .rev()
            .find(|call| call.tool == tool && call.params == params)
            .cloned();
        let call = match made {
            Some(call) => match call.returned {
                Some(returned) => match self.recorded(&returned).await? {
                    Some(seen) => return Ok(seen),
                    // The body was erased: the call is made again, as a new one.
                    None => self.begin(tool, &params, why).await?,
                },
                None => call.call,
            },
            None => self.begin(tool, &params, why).await?,
        };
        self.finish(call, tool, &params).await
    }

    async fn recorded(&self, returned: &ToolReturned) -> Result<Option<Seen>, PerformError> {
        let ledger = &self.story.healer.ledger;
        let body = ledger.body(returned.body).await.map_err(HealError::from)?;
        let output = body.and_then(|body| serde_json::from_slice::<ToolOutput>(&body).ok());
        Ok(output.map(|output| Seen {
            evidence: returned.evidence,
            output,
        }))
    }

    async fn begin(
        &mut self,
        tool: &str,
        params: &Value,
        why: Why,
    ) -> Result<CallId, PerformError> {
        if self.story.incident.calls.len() >= CALLS_AT_MOST {
            let problem = format!("{CALLS_AT_MOST} tool calls were made already");
            return Err(PerformError::Outside(problem));
        }
        let call = CallId::from_uuid(self.story.healer.ids.next());
        let fact = ToolCalled {
            call,
            tool: tool.to_owned(),
            params: params.clone(),
        };
        let draft = self.story.draft(why, fact);
        self.story.record(vec![draft]).await?;
        Ok(call)
    }

    async fn finish(
        &mut self,
        call: CallId,
        tool: &str,
        params: &Value,
    ) -> Result<Seen, PerformError> {
        let healer = self.story.healer;
        let output = match healer.tools.call(tool, params).await {
            Ok(output) => output,
            Err(ToolError::TellModel(problem)) => ToolOutput {
                result: ToolResult::Failed,
                objects: Vec::new(),
                complete: Vec::new(),
                value: Value::Null,
                excerpt: problem,
            },
            Err(ToolError::Fatal(problem)) => {
                return Err(PerformError::Outside(format!("{tool}: {}", problem.en)));
            }
        };
        ToolUsed {
            tool,
            result: output.result,
        }
        .emit(&healer.metrics);
        let body = serde_json::to_vec(&output).map_err(|error| {
            PerformError::Outside(format!("{tool}: its result cannot be written: {error}"))
        })?;
        let digest = healer
            .ledger
            .keep_body(&body)
            .await
            .map_err(HealError::from)?;
        let evidence = EvidenceId::from_uuid(healer.ids.next());
        let fact = ToolReturned {
            call,
            evidence,
            result: output.result,
            body: digest,
            bytes: body.len() as u64,
            // An event holds one text; the body has it in both languages.
            excerpt: output.excerpt.en.clone(),
        };
        let draft = self.story.draft(Why::ClusterAnswered, fact);
        self.story.record(vec![draft]).await?;
        Ok(Seen { evidence, output })
    }
}
