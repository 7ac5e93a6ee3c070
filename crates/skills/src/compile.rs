//! From a skill file as written to a skill that can run: names are resolved, expressions compiled,
//! and whatever is unknown is refused with its place in the file.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use model::{Cause, Confidence, RemedyKind, Severity};
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use crate::cel::{Expression, Scope};
use crate::error::SkillError;
use crate::format::{RawNext, RawNode, RawTarget, RawText, RawTree, RawWhen, Word};
use crate::schema;
use crate::template::Template;
use crate::tool_names;
use crate::tree::{Bilingual, Branch, Leaf, Named, Next, Node, NodeRef, Param};

/// The most nodes in one skill.
const MAX_NODES: usize = 300;
/// How sure a conclusion is that does not say.
const DEFAULT_CONFIDENCE: f64 = 0.5;

/// Where something stands: for the jumps, which are checked once all skills are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

impl From<Location> for Place {
    fn from(at: Location) -> Self {
        Self {
            line: at.line(),
            column: at.column(),
        }
    }
}

/// A jump by name, to be checked once all skills are read.
#[derive(Debug, Clone)]
pub(crate) struct Jump {
    pub(crate) to: NodeRef,
    pub(crate) place: Place,
}

/// The nodes of one file.
#[derive(Debug, Default)]
pub(crate) struct CompiledTree {
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) first: Option<NodeRef>,
    pub(crate) jumps: Vec<Jump>,
}

/// Compiles the pieces of one file, collecting what is wrong.
pub(crate) struct Compiler<'a> {
    pub(crate) file: &'a str,
    pub(crate) skill: &'a str,
    pub(crate) errors: Vec<SkillError>,
    trusted: bool,
    steps: BTreeSet<String>,
    lets: BTreeSet<String>,
    tree: CompiledTree,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(file: &'a str, skill: &'a str, trusted: bool) -> Self {
        Self {
            file,
            skill,
            trusted,
            errors: Vec::new(),
            steps: BTreeSet::new(),
            lets: BTreeSet::new(),
            tree: CompiledTree::default(),
        }
    }

    pub(crate) fn refuse(&mut self, at: impl Into<Place>, problem: impl Into<String>) {
        let Place { line, column } = at.into();
        self.errors.push(SkillError {
            file: self.file.to_owned(),
            line,
            column,
            problem: problem.into(),
        });
    }

    pub(crate) fn expression(&mut self, word: &Word) -> Option<Expression> {
        self.expression_at(&word.value, word.referenced)
    }

    fn expression_at(&mut self, text: &str, at: Location) -> Option<Expression> {
        let scope = Scope {
            lets: Some(&self.lets),
            trusted: self.trusted,
        };
        match Expression::compile(text, &scope) {
            Ok(expression) => Some(expression),
            Err(why) => {
                self.refuse(at, format!("`{}`: {why}", shortened(text)));
                None
            }
        }
    }

    /// Conditions of which all must hold.
    pub(crate) fn conditions(&mut self, raw: &Spanned<RawWhen>) -> Option<Vec<Expression>> {
        let words = match &raw.value {
            RawWhen::One(condition) => vec![(condition.as_str(), raw.referenced)],
            RawWhen::All(words) => words
                .iter()
                .map(|word| (word.value.as_str(), word.referenced))
                .collect(),
        };
        if words.is_empty() {
            self.refuse(raw.referenced, "`when` needs a condition");
            return None;
        }
        words
            .into_iter()
            .map(|(text, at)| self.expression_at(text, at))
            .collect()
    }

    fn template(&mut self, text: &str, at: Location) -> Option<Template> {
        let scope = Scope {
            lets: Some(&self.lets),
            trusted: self.trusted,
        };
        match Template::compile(text, &scope) {
            Ok(template) => Some(template),
            Err(why) => {
                self.refuse(at, why);
                None
            }
        }
    }

    /// A word of a closed vocabulary.
    pub(crate) fn word<T: FromStr>(
        &mut self,
        word: &Word,
        what: &str,
        known: &[&str],
    ) -> Option<T> {
        if let Ok(value) = word.value.parse() {
            return Some(value);
        }
        let hint = schema::nearest(&word.value, known.iter().copied());
        self.refuse(
            word.referenced,
            format!("`{}` is not a known {what}{hint}", word.value),
        );
        None
    }

    pub(crate) fn remedy(&mut self, word: &Word) -> Option<RemedyKind> {
        let known: Vec<_> = RemedyKind::ALL.iter().map(|kind| kind.as_str()).collect();
        self.word(word, "remedy", &known)
    }

    /// Compiles a whole tree.
    pub(crate) fn tree(mut self, raw: Option<&RawTree>) -> (CompiledTree, Vec<SkillError>) {
        let Some(raw) = raw else {
            return (self.tree, self.errors);
        };
        let roots: Vec<&RawNode> = match raw {
            RawTree::Steps(steps) => steps.iter().map(|step| &step.value).collect(),
            RawTree::Nested(node) => vec![node],
        };
        // Names first, so that a node can lead to one that is written further down.
        for root in &roots {
            self.gather(root);
        }
        for (place, root) in roots.iter().enumerate() {
            let at = root
                .step
                .as_ref()
                .map_or(Location::UNKNOWN, |step| step.referenced);
            if root.step.is_none() && matches!(raw, RawTree::Steps(_)) {
                self.refuse(at, "a step of a decision tree needs a name: `step`");
                continue;
            }
            let node = self.node(root, &format!("step {}", place + 1), at);
            if place == 0 {
                self.tree.first = node;
            }
        }
        (self.tree, self.errors)
    }

    fn gather(&mut self, node: &RawNode) {
        if let Some(step) = &node.step
            && !self.steps.insert(step.value.clone())
        {
            self.refuse(
                step.referenced,
                format!("the step `{}` is there twice", step.value),
            );
        }
        for (name, expression) in &node.lets.0 {
            let mut letters = name.chars();
            let starts = letters
                .next()
                .is_some_and(|first| first.is_ascii_alphabetic());
            if !starts || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
                self.refuse(
                    expression.referenced,
                    format!("`{name}` is not a name that `let` can give"),
                );
            } else if schema::roots().contains(&name.as_str()) {
                self.refuse(
                    expression.referenced,
                    format!("`let` cannot give `{name}` another meaning"),
                );
            } else {
                self.lets.insert(name.clone());
            }
        }
        let ways = node.branches.iter().map(|branch| &branch.value.then);
        let named = [&node.otherwise, &node.on_success, &node.on_failure];
        for way in ways.chain(named.into_iter().flatten().map(AsRef::as_ref)) {
            if let RawTarget::Node(inner) = &way.value {
                self.gather(inner);
            }
        }
    }

    fn node(&mut self, raw: &RawNode, fallback: &str, at: Location) -> Option<NodeRef> {
        let name = raw
            .step
            .as_ref()
            .map_or_else(|| fallback.to_owned(), |step| step.value.clone());
        if self.tree.nodes.len() >= MAX_NODES {
            self.refuse(at, format!("more than {MAX_NODES} nodes"));
            return None;
        }
        let leaf = self.leaf(raw, &name, at);
        if let Some(tool) = &raw.tool {
            self.tool(tool);
        } else if !raw.params.is_empty() {
            self.refuse(at, format!("the step `{name}` has params but no tool"));
        }
        let params = raw
            .params
            .iter()
            .filter_map(|(key, value)| {
                let param = self.param(&value.value, value.referenced)?;
                Some((key.clone(), param))
            })
            .collect();
        let lets = raw
            .lets
            .0
            .iter()
            .filter_map(|(name, word)| Some((name.clone(), self.expression(word)?)))
            .collect();
        let mut branches = Vec::new();
        for (place, branch) in raw.branches.iter().enumerate() {
            let when = self.expression(&branch.value.when);
            let then = self.way(&branch.value.then, &format!("{name} / {}", place + 1));
            if let (Some(when), Some(then)) = (when, then) {
                branches.push(Branch { when, then });
            }
        }
        let mut way = |raw: &Option<Box<Spanned<RawTarget>>>, word: &str| {
            raw.as_ref()
                .and_then(|way| self.way(way, &format!("{name} / {word}")))
        };
        let otherwise = way(&raw.otherwise, "else");
        let on_success = way(&raw.on_success, "on_success");
        let on_failure = way(&raw.on_failure, "on_failure");
        let node = Node {
            name: name.clone(),
            tool: raw.tool.as_ref().map(|tool| tool.value.clone()),
            params,
            lets,
            branches,
            otherwise,
            on_success,
            on_failure,
            leaf,
        };
        self.tree.nodes.insert(name.clone(), node);
        Some(NodeRef {
            skill: self.skill.to_owned(),
            node: name,
        })
    }

    fn way(&mut self, raw: &Spanned<RawTarget>, fallback: &str) -> Option<NodeRef> {
        match &raw.value {
            RawTarget::Node(node) => self.node(node, fallback, raw.referenced),
            RawTarget::Name(name) => {
                let own = || NodeRef {
                    skill: self.skill.to_owned(),
                    node: name.clone(),
                };
                let to = if self.steps.contains(name) {
                    own()
                } else {
                    name.split_once('.')
                        .map_or_else(own, |(skill, node)| NodeRef {
                            skill: skill.to_owned(),
                            node: node.to_owned(),
                        })
                };
                self.tree.jumps.push(Jump {
                    to: to.clone(),
                    place: raw.referenced.into(),
                });
                Some(to)
            }
        }
    }

    fn tool(&mut self, tool: &Word) {
        if tool_names::READ_ONLY.contains(&tool.value.as_str()) {
            return;
        }
        let problem = if tool_names::CHANGING.contains(&tool.value.as_str()) {
            format!(
                "a tree only looks: it may not call `{}`; name a remedy instead",
                tool.value
            )
        } else {
            let hint = schema::nearest(&tool.value, tool_names::READ_ONLY.iter().copied());
            format!("there is no tool `{}`{hint}", tool.value)
        };
        self.refuse(tool.referenced, problem);
    }

    fn param(&mut self, value: &Value, at: Location) -> Option<Param> {
        Some(match value {
            Value::String(text) => {
                let template = self.template(text, at)?;
                match template.fixed() {
                    Some(text) => Param::Fixed(Value::String(text.to_owned())),
                    None => Param::Text(template),
                }
            }
            Value::Array(items) => Param::List(
                items
                    .iter()
                    .filter_map(|item| self.param(item, at))
                    .collect(),
            ),
            Value::Object(fields) => Param::Map(
                fields
                    .iter()
                    .filter_map(|(name, field)| Some((name.clone(), self.param(field, at)?)))
                    .collect(),
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => Param::Fixed(value.clone()),
        })
    }

    fn leaf(&mut self, raw: &RawNode, name: &str, at: Location) -> Option<Leaf> {
        if raw.cause.is_none() && raw.conclusion.is_none() {
            let stray = [
                ("confidence", raw.confidence.is_some()),
                ("severity", raw.severity.is_some()),
                ("blames", raw.blames.is_some()),
                ("next", !raw.next.is_empty()),
                ("remedy", raw.remedy.is_some()),
                ("symptom", raw.symptom.is_some()),
            ];
            if let Some((key, _)) = stray.into_iter().find(|(_, there)| *there) {
                self.refuse(
                    at,
                    format!("`{name}` has `{key}` but concludes nothing: it needs a `cause`"),
                );
            }
            return None;
        }
        let causes: Vec<_> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
        let cause = match &raw.cause {
            Some(word) => self.word(word, "cause", &causes)?,
            None => Cause::Unknown,
        };
        let share = raw
            .confidence
            .as_ref()
            .map_or(DEFAULT_CONFIDENCE, |share| share.value);
        let Some(confidence) = Confidence::new(share) else {
            let at = raw.confidence.as_ref().map_or(at, |share| share.referenced);
            self.refuse(at, format!("a confidence is between 0 and 1, not {share}"));
            return None;
        };
        let conclusion = raw
            .conclusion
            .as_ref()
            .and_then(|text| self.bilingual(text));
        Some(Leaf {
            cause,
            conclusion,
            confidence,
            severity: raw.severity.as_ref().and_then(|word| self.severity(word)),
            blames: raw.blames.as_ref().and_then(|word| self.expression(word)),
            next: raw.next.iter().filter_map(|next| self.next(next)).collect(),
            remedy: raw
                .remedy
                .as_ref()
                .and_then(|word| self.chosen_remedy(word)),
            symptom: raw.symptom.unwrap_or(false),
        })
    }

    fn severity(&mut self, word: &Word) -> Option<Named<Severity>> {
        let template = self.template(&word.value, word.referenced)?;
        if template.fixed().is_none() {
            return Some(Named::Text(template));
        }
        let severity = Severity::parse(&word.value);
        if severity.is_none() {
            let hint = schema::nearest(&word.value, ["critical", "warning", "info"].into_iter());
            self.refuse(
                word.referenced,
                format!("`{}` is not a known severity{hint}", word.value),
            );
        }
        severity.map(Named::Fixed)
    }

    fn chosen_remedy(&mut self, word: &Word) -> Option<Named<RemedyKind>> {
        let template = self.template(&word.value, word.referenced)?;
        if template.fixed().is_none() {
            return Some(Named::Text(template));
        }
        self.remedy(word).map(Named::Fixed)
    }

    fn bilingual(&mut self, text: &Spanned<RawText>) -> Option<Bilingual> {
        let at = text.referenced;
        Some(match &text.value {
            RawText::Same(text) => {
                let template = self.template(text, at)?;
                Bilingual {
                    en: template.clone(),
                    zh: template,
                }
            }
            RawText::Both(both) => Bilingual {
                en: self.template(&both.en, at)?,
                zh: self.template(&both.zh, at)?,
            },
        })
    }

    fn next(&mut self, raw: &RawNext) -> Option<Next> {
        let text = self.bilingual(&raw.text)?;
        let command = match &raw.command {
            Some(command) => Some(self.template(&command.value, command.referenced)?),
            None => None,
        };
        Some(Next { text, command })
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
