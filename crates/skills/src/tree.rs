//! Decision trees, compiled: nodes that look, decide and lead on, and leaves that conclude.

use std::collections::BTreeMap;

use model::{Cause, Confidence, RemedyKind, Severity};
use serde_json::Value;

use crate::cel::Expression;
use crate::template::{Failed, Template};

/// A node of a skill's tree, by the names of both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeRef {
    /// The skill in whose file it stands.
    pub skill: String,
    /// Its name there.
    pub node: String,
}

/// A node: it may call a tool, then it leads on or concludes.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name, which is unique in its skill.
    pub name: String,
    /// The tool it calls.
    pub tool: Option<String>,
    /// The tool's parameters.
    pub params: Vec<(String, Param)>,
    /// Sub-expressions by name, in the order in which they are evaluated.
    pub lets: Vec<(String, Expression)>,
    /// Ways on, the first of which holds is taken.
    pub branches: Vec<Branch>,
    /// The way on if no branch holds.
    pub otherwise: Option<NodeRef>,
    /// The way on if the tool found something.
    pub on_success: Option<NodeRef>,
    /// The way on if it found nothing or failed.
    pub on_failure: Option<NodeRef>,
    /// What it concludes if there is no way on.
    pub leaf: Option<Leaf>,
}

/// A way on, under a condition.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The condition.
    pub when: Expression,
    /// Where it leads.
    pub then: NodeRef,
}

/// A parameter of a tool: JSON with expressions in its texts.
#[derive(Debug, Clone)]
pub enum Param {
    /// A value without expressions.
    Fixed(Value),
    /// A text with expressions.
    Text(Template),
    /// A list.
    List(Vec<Param>),
    /// A map.
    Map(BTreeMap<String, Param>),
}

/// The same text in both languages.
#[derive(Debug, Clone)]
pub struct Bilingual {
    /// In English.
    pub en: Template,
    /// In Chinese.
    pub zh: Template,
}

/// A word of a closed vocabulary, or an expression that gives one when it is evaluated.
#[derive(Debug, Clone)]
pub enum Named<T> {
    /// The word.
    Fixed(T),
    /// A text that comes to the word.
    Text(Template),
}

/// What a person can do next.
#[derive(Debug, Clone)]
pub struct Next {
    /// In words.
    pub text: Bilingual,
    /// As a command.
    pub command: Option<Template>,
}

/// A conclusion.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// What is wrong.
    pub cause: Cause,
    /// The whole sentence.
    pub conclusion: Option<Bilingual>,
    /// How sure.
    pub confidence: Confidence,
    /// How bad, if the skill says.
    pub severity: Option<Named<Severity>>,
    /// The object at the root, if it is not the subject.
    pub blames: Option<Expression>,
    /// What a person can do next.
    pub next: Vec<Next>,
    /// The remedy that fits this conclusion; a text that comes to nothing is none.
    pub remedy: Option<Named<RemedyKind>>,
    /// Whether it tells of a symptom: where another conclusion about the same object tells the
    /// reason, this one is listed under it.
    pub symptom: bool,
}

impl Node {
    /// Every node it can lead to.
    pub fn ways(&self) -> impl Iterator<Item = &NodeRef> {
        let named = [&self.otherwise, &self.on_success, &self.on_failure];
        self.branches
            .iter()
            .map(|branch| &branch.then)
            .chain(named.into_iter().flatten())
    }

    /// Whether it does nothing but conclude.
    #[must_use]
    pub const fn only_concludes(&self) -> bool {
        self.leaf.is_some() && self.tool.is_none()
    }
}

impl Param {
    /// The parameter's value; `None` if part of it was not seen.
    ///
    /// # Errors
    /// The expression that failed.
    pub fn value(&self, bindings: &crate::Bindings<'_>) -> Result<Option<Value>, Failed> {
        Ok(match self {
            Self::Fixed(value) => Some(value.clone()),
            Self::Text(template) => template.value(bindings)?,
            Self::List(items) => {
                let items: Result<Option<Vec<_>>, _> =
                    items.iter().map(|item| item.value(bindings)).collect();
                items?.map(Value::Array)
            }
            Self::Map(fields) => {
                let fields: Result<Option<serde_json::Map<_, _>>, _> = fields
                    .iter()
                    .map(|(name, field)| {
                        Ok(field.value(bindings)?.map(|value| (name.clone(), value)))
                    })
                    .collect();
                fields?.map(Value::Object)
            }
        })
    }
}
