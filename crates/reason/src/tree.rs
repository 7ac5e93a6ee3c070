//! The second rung of the ladder: the decision tree of a skill, walked on live evidence.
//!
//! A failure to look is not an answer: it may lead to another look, never to a conclusion.

use model::payload::ToolResult;
use model::{
    Diagnosis, EvidenceId, NextStep, ObjectRef, RemedyKind, Rung, Severity, Signal, Text, Why,
};
use serde_json::{Map, Value, json};
use skills::{
    Bilingual, Bindings, EvalError, Failed, Leaf, Node, NodeRef, Skill, SkillSet, Template, Truth,
    bind_subject, signal_data, subject_data,
};
use thiserror::Error;

use crate::{Chosen, Port, Stopped, Survey};

/// How many nodes are walked before giving up.
const MAX_NODES: usize = 50;

/// Why a tree gave no answer at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReasonError {
    /// An expression of the skill failed.
    #[error(transparent)]
    Expression(#[from] EvalError),
    /// The reasoning cannot go on now.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The skill does not hold what it needs.
    #[error("skill `{skill}`: {problem}")]
    Skill {
        /// Which.
        skill: String,
        /// What is wrong.
        problem: String,
    },
}

/// What a tree came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It concluded.
    Diagnosed(Box<Diagnosis>),
    /// It came to no conclusion.
    Unsure {
        /// Why not.
        why: Text,
    },
}

/// Walks the tree of the chosen skill.
///
/// # Errors
/// If an expression of the skill fails, the skill is not there, or looking makes no sense now.
pub async fn conclude(
    skills: &SkillSet,
    chosen: &Chosen,
    survey: &Survey,
    signal: Option<&Signal>,
    port: &mut dyn Port,
) -> Result<Answer, ReasonError> {
    let skill = skills
        .get(&chosen.skill)
        .ok_or_else(|| ReasonError::Skill {
            skill: chosen.skill.clone(),
            problem: "it is not among the skills that are loaded".to_owned(),
        })?;
    let Some(start) = skill.start.clone() else {
        return Ok(Answer::Unsure {
            why: Text::new(
                format!("skill `{}` has no decision tree", skill.name),
                format!("技能 `{}` 没有决策树", skill.name),
            ),
        });
    };
    let mut survey = survey.clone();
    let mut used: Vec<EvidenceId> = Vec::new();
    let mut in_vain: Vec<EvidenceId> = Vec::new();
    rest_on_survey(&survey, chosen, &mut used);
    let mut walk = Walk {
        chosen,
        heard: signal.map_or(Value::Null, signal_data),
        seen: Value::Null,
        news: None,
        result: Value::Null,
        lets: Map::new(),
    };
    walk.look_again(&survey)?;
    let mut at = start;
    for _ in 0..MAX_NODES {
        let node = skills.node(&at).ok_or_else(|| ReasonError::Skill {
            skill: at.skill.clone(),
            problem: format!("it has no node `{}`", at.node),
        })?;
        let mut looked = None;
        if let Some(tool) = &node.tool {
            let params = walk.params(&at, node, tool)?;
            let why = Why::NodeAsked {
                skill: at.skill.clone(),
                node: at.node.clone(),
            };
            let seen = port.call(tool, params, why).await?;
            if !used.contains(&seen.evidence) && !in_vain.contains(&seen.evidence) {
                // What was seen is told before what was not.
                if seen.in_vain(tool) {
                    in_vain.push(seen.evidence);
                } else {
                    used.push(seen.evidence);
                }
            }
            survey.take_in(&seen, &chosen.subject.namespace);
            walk.look_again(&survey)?;
            walk.result = json!({
                "status": seen.output.result,
                // Conditions look for words of the first language.
                "text": seen.output.excerpt.en,
                "value": seen.output.value,
            });
            looked = Some((tool.as_str(), seen.output.result, seen.output.excerpt));
        }
        walk.name_values(&at, node)?;
        match walk.way_on(&at, node, looked.as_ref().map(|(_, result, _)| *result))? {
            Some(next) => {
                if let Some((tool, ToolResult::Failed | ToolResult::NotConfigured, said)) = &looked
                    && node.on_failure.as_ref() == Some(&next)
                    && skills.node(&next).is_some_and(Node::only_concludes)
                {
                    return Ok(unsure(
                        &at,
                        &format!(
                            "`{tool}` could not look ({}), which is no evidence",
                            said.en
                        ),
                        &format!("`{tool}` 未能查看（{}），这不算证据", said.zh),
                    ));
                }
                at = next;
            }
            None => {
                return match &node.leaf {
                    Some(leaf) => {
                        used.append(&mut in_vain);
                        walk.conclude(skill, &at, leaf, used)
                    }
                    None => Ok(unsure(
                        &at,
                        "the tree has no way on from there",
                        "决策树到此没有出路",
                    )),
                };
            }
        }
    }
    Ok(unsure(
        &at,
        &format!("more than {MAX_NODES} nodes were walked"),
        &format!("走过的节点超过 {MAX_NODES} 个"),
    ))
}

fn unsure(at: &NodeRef, en: &str, zh: &str) -> Answer {
    let (skill, node) = (&at.skill, &at.node);
    Answer::Unsure {
        why: Text::new(
            format!("skill `{skill}`, node `{node}`: {en}"),
            format!("技能 `{skill}`，节点 `{node}`：{zh}"),
        ),
    }
}

/// The evidence that shows the subject's state: its own, the workload's with its revisions, and
/// the events about it.
fn rest_on_survey(survey: &Survey, chosen: &Chosen, used: &mut Vec<EvidenceId>) {
    let mut objects = vec![chosen.subject.clone()];
    if let Some(workload) = survey.workload() {
        objects.push(workload.reference());
        objects.extend(
            facts::replica_sets_of(survey.snapshot(), workload)
                .iter()
                .map(|set| set.reference()),
        );
    }
    let subject = survey.snapshot().find(&chosen.subject).present();
    if let Some(subject) = subject.filter(|subject| !subject.uid().is_empty()) {
        objects.extend(
            survey
                .snapshot()
                .events_about(subject.uid())
                .map(facts::Object::reference),
        );
    }
    for evidence in objects.iter().filter_map(|object| survey.source(object)) {
        if !used.contains(&evidence) {
            used.push(evidence);
        }
    }
}

/// What is known on the way through the tree.
struct Walk<'c> {
    chosen: &'c Chosen,
    heard: Value,
    seen: Value,
    /// How much was known when the facts were told last.
    news: Option<u64>,
    result: Value,
    lets: Map<String, Value>,
}

impl Walk<'_> {
    /// Tells the facts anew from everything seen so far.
    fn look_again(&mut self, survey: &Survey) -> Result<(), ReasonError> {
        // What showed nothing new changes no facts.
        if self.news == Some(survey.news()) {
            return Ok(());
        }
        self.news = Some(survey.news());
        if let Some(subject) = survey.fresh(self.chosen) {
            self.seen = subject_data(&subject.data);
            return Ok(());
        }
        let part = self.chosen.container.as_deref();
        let (resource, object) = (self.chosen.resource, &self.chosen.subject);
        let subject = facts::subject(survey.snapshot(), resource, object, part);
        match subject {
            Some(subject) => self.seen = subject_data(&subject.data),
            // It was replaced while we looked; what was seen of it stays what was seen.
            None if !self.seen.is_null() => {}
            None => {
                return Err(ReasonError::Skill {
                    skill: self.chosen.skill.clone(),
                    problem: format!("its subject {} is not in the survey", self.chosen.subject),
                });
            }
        }
        Ok(())
    }

    fn bindings(&self) -> Bindings<'_> {
        let mut bindings = Bindings::new();
        bind_subject(&mut bindings, &self.seen);
        bindings.bind("signal", &self.heard);
        bindings.bind("result", &self.result);
        for (name, value) in &self.lets {
            bindings.bind(name, value);
        }
        bindings
    }

    fn params(&self, at: &NodeRef, node: &Node, tool: &str) -> Result<Value, ReasonError> {
        let bindings = self.bindings();
        let mut params = Map::new();
        for (name, param) in &node.params {
            let value = param.value(&bindings).map_err(|failed| blame(at, failed))?;
            if let Some(value) = value {
                params.insert(name.clone(), value);
            }
        }
        for name in tools::takes(tool) {
            // A node that says which workload or pod it means is not told another one.
            let field = match *name {
                "namespace" => "/namespace",
                "pod_name" if params.contains_key("kind") => continue,
                "pod_name" => "/pod/name",
                "container" => "/container/name",
                "kind" => "/workload/kind",
                "name" => "/workload/name",
                _ => continue,
            };
            let value = self
                .seen
                .pointer(field)
                .filter(|value| *value != "" && !value.is_null());
            if let Some(value) = value
                && !params.contains_key(*name)
            {
                params.insert((*name).to_owned(), value.clone());
            }
        }
        Ok(Value::Object(params))
    }

    fn name_values(&mut self, at: &NodeRef, node: &Node) -> Result<(), ReasonError> {
        for (name, expression) in &node.lets {
            let value = expression
                .value(&self.bindings())
                .map_err(|problem| blamed(at, expression.source(), problem))?;
            self.lets.insert(name.clone(), value);
        }
        Ok(())
    }

    fn way_on(
        &self,
        at: &NodeRef,
        node: &Node,
        result: Option<ToolResult>,
    ) -> Result<Option<NodeRef>, ReasonError> {
        let bindings = self.bindings();
        for branch in &node.branches {
            let truth = branch
                .when
                .truth(&bindings)
                .map_err(|problem| blamed(at, branch.when.source(), problem))?;
            if truth == Truth::True {
                return Ok(Some(branch.then.clone()));
            }
        }
        if let Some(otherwise) = &node.otherwise {
            return Ok(Some(otherwise.clone()));
        }
        Ok(match result {
            None | Some(ToolResult::Found) => node.on_success.clone(),
            Some(ToolResult::Empty | ToolResult::Failed | ToolResult::NotConfigured) => {
                node.on_failure.clone()
            }
        })
    }

    fn conclude(
        &self,
        skill: &Skill,
        at: &NodeRef,
        leaf: &Leaf,
        evidence: Vec<EvidenceId>,
    ) -> Result<Answer, ReasonError> {
        let bindings = self.bindings();
        let root_cause = match &leaf.conclusion {
            Some(text) => both(text, &bindings, at)?,
            None => Text::new(
                leaf.cause.title(model::Lang::En),
                leaf.cause.title(model::Lang::Zh),
            ),
        };
        let mut next_steps = Vec::new();
        for step in &leaf.next {
            let text = both(&step.text, &bindings, at)?;
            // A step whose words come to nothing does not apply here.
            if text.en.is_empty() {
                continue;
            }
            let command = match &step.command {
                Some(command) => {
                    Some(render(command, &bindings, at)?).filter(|command| !command.is_empty())
                }
                None => None,
            };
            next_steps.push(NextStep { text, command });
        }
        let mut remedies: Vec<RemedyKind> = Vec::new();
        let own = match &leaf.remedy {
            None => None,
            Some(skills::Named::Fixed(remedy)) => Some(*remedy),
            Some(skills::Named::Text(text)) => word(text, &bindings, at, |word| word.parse().ok())?,
        };
        for remedy in own.into_iter().chain(skill.remedies.iter().copied()) {
            if !remedies.contains(&remedy) {
                remedies.push(remedy);
            }
        }
        let severity = match &leaf.severity {
            None => None,
            Some(skills::Named::Fixed(severity)) => Some(*severity),
            Some(skills::Named::Text(text)) => word(text, &bindings, at, Severity::parse)?,
        };
        let diagnosis = Diagnosis {
            cause: leaf.cause,
            object: self.blamed_object(leaf, at, &bindings)?,
            root_cause,
            confidence: leaf.confidence,
            evidence,
            rung: Rung::Tree,
            skill: at.skill.clone(),
            node: at.node.clone(),
            severity,
            next_steps,
            remedies,
        };
        Ok(Answer::Diagnosed(Box::new(diagnosis)))
    }

    /// The object at the root: the one the leaf blames, or the subject.
    fn blamed_object(
        &self,
        leaf: &Leaf,
        at: &NodeRef,
        bindings: &Bindings<'_>,
    ) -> Result<ObjectRef, ReasonError> {
        let Some(blames) = &leaf.blames else {
            return Ok(self.chosen.subject.clone());
        };
        let value = blames
            .value(bindings)
            .map_err(|problem| blamed(at, blames.source(), problem))?;
        if value.is_null() {
            return Ok(self.chosen.subject.clone());
        }
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        if text("kind").is_empty() || text("name").is_empty() {
            let problem = "`blames` gives a map with `kind`, `namespace` and `name`".to_owned();
            return Err(blamed(at, blames.source(), problem));
        }
        Ok(ObjectRef::new(
            text("kind"),
            text("namespace"),
            text("name"),
        ))
    }
}

fn both(text: &Bilingual, bindings: &Bindings<'_>, at: &NodeRef) -> Result<Text, ReasonError> {
    Ok(Text::new(
        render(&text.en, bindings, at)?,
        render(&text.zh, bindings, at)?,
    ))
}

fn render(
    template: &Template,
    bindings: &Bindings<'_>,
    at: &NodeRef,
) -> Result<String, ReasonError> {
    template
        .render(bindings)
        .map_err(|failed| blame(at, failed))
}

/// A word of a closed vocabulary that an expression comes to; nothing if it comes to nothing.
fn word<T>(
    template: &Template,
    bindings: &Bindings<'_>,
    at: &NodeRef,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ReasonError> {
    let text = match template
        .value(bindings)
        .map_err(|failed| blame(at, failed))?
    {
        None => return Ok(None),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    match read(&text) {
        Some(word) => Ok(Some(word)),
        None => Err(blamed(
            at,
            &text,
            "it comes to a word that is not known".to_owned(),
        )),
    }
}

fn blame(at: &NodeRef, failed: Failed) -> ReasonError {
    blamed(at, &failed.expression, failed.problem)
}

fn blamed(at: &NodeRef, expression: &str, problem: String) -> ReasonError {
    ReasonError::Expression(EvalError {
        skill: at.skill.clone(),
        node: format!("node `{}`", at.node),
        expression: expression.to_owned(),
        problem,
    })
}
