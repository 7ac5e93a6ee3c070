//! The check of an expression at load: what could never be evaluated is refused.

use std::collections::BTreeSet;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue};

use super::functions::{NAMES, OPERATORS};
use super::{MAX_COMPREHENSIONS, MAX_DEPTH};
use crate::schema;

/// The names an expression may use.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    /// Names of `let`, beside those every expression has.
    pub lets: Option<&'a BTreeSet<String>>,
    /// Whether expressions come with Kintsugi, and need no check.
    pub trusted: bool,
}

struct Walk<'e, 's> {
    scope: &'s Scope<'s>,
    inner: Vec<&'e str>,
    comprehensions: usize,
}

pub(super) fn check(tree: &IdedExpr, scope: &Scope<'_>) -> Result<(), String> {
    Walk {
        scope,
        inner: Vec::new(),
        comprehensions: 0,
    }
    .node(tree, 0)
}

impl<'e> Walk<'e, '_> {
    fn node(&mut self, node: &'e IdedExpr, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("the expression nests deeper than {MAX_DEPTH}"));
        }
        let depth = depth + 1;
        match &node.expr {
            Expr::Unspecified | Expr::Struct(_) => Err("messages cannot be built here".to_owned()),
            Expr::Literal(LiteralValue::Null) => Err(
                "`null` is not a value here: what was not seen is unknown, and no comparison with it \
                 is true; ask with `has(…)`"
                    .to_owned(),
            ),
            Expr::Literal(LiteralValue::Bytes(_)) => Err("bytes are not values here".to_owned()),
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => {
                self.path(node)?;
                self.node(&select.operand, depth)
            }
            Expr::List(list) => list.elements.iter().try_for_each(|item| self.node(item, depth)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.node(&entry.key, depth)?;
                    self.node(&entry.value, depth)
                }
                EntryExpr::StructField(_) => Err("messages cannot be built here".to_owned()),
            }),
            Expr::Call(call) => {
                self.function(&call.func_name)?;
                if let Some(target) = &call.target {
                    self.node(target, depth)?;
                }
                call.args.iter().try_for_each(|argument| self.node(argument, depth))
            }
            Expr::Comprehension(it) => {
                self.node(&it.iter_range, depth)?;
                self.comprehensions += 1;
                if self.comprehensions > MAX_COMPREHENSIONS {
                    return Err(format!(
                        "`all`, `exists`, `map` and `filter` nest deeper than {MAX_COMPREHENSIONS}"
                    ));
                }
                let floor = self.inner.len();
                self.inner.extend([it.accu_var.as_str(), it.iter_var.as_str()]);
                for part in [&it.accu_init, &it.loop_cond, &it.loop_step, &it.result] {
                    self.node(part, depth)?;
                }
                self.inner.truncate(floor);
                self.comprehensions -= 1;
                Ok(())
            }
        }
    }

    fn name(&self, name: &str) -> Result<(), String> {
        let own = self.scope.lets.is_some_and(|lets| lets.contains(name));
        if own || self.inner.contains(&name) || schema::roots().contains(&name) {
            return Ok(());
        }
        let lets = self.scope.lets.into_iter().flatten().map(String::as_str);
        let hint = schema::nearest(name, schema::roots().iter().copied().chain(lets));
        Err(format!("there is no `{name}`{hint}"))
    }

    fn function(&self, name: &str) -> Result<(), String> {
        if NAMES.contains(&name) || OPERATORS.contains(&name) {
            return Ok(());
        }
        let hint = schema::nearest(name, NAMES.iter().copied());
        Err(format!("there is no function `{name}`{hint}"))
    }

    /// Checks `a.b.c` against the fields that subjects and facts have.
    fn path(&self, node: &IdedExpr) -> Result<(), String> {
        let mut segments = Vec::new();
        let mut at = node;
        loop {
            match &at.expr {
                Expr::Select(select) => {
                    segments.push(select.field.as_str());
                    at = &select.operand;
                }
                Expr::Ident(name) => {
                    if self.inner.contains(&name.as_str()) {
                        return Ok(());
                    }
                    segments.push(name);
                    break;
                }
                Expr::Unspecified
                | Expr::Call(_)
                | Expr::Comprehension(_)
                | Expr::List(_)
                | Expr::Literal(_)
                | Expr::Map(_)
                | Expr::Struct(_) => return Ok(()),
            }
        }
        segments.reverse();
        schema::check(&segments)
    }
}
