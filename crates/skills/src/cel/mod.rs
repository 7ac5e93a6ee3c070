//! The expressions of skills: CEL, compiled once and evaluated within a budget.
//!
//! The `cel` crate reads the language and expands its macros; the evaluation is ours, for two
//! reasons. A skill may come from anybody, and an evaluation must end: ours pays for every node,
//! every element and every byte it makes from a fixed budget. And what was not seen must not look
//! like an answer: here JSON's `null` and a field that is not there are *unknown*.
//!
//! Unknown follows three-valued logic. A comparison, a function or a selection with something
//! unknown is unknown; `&&`, `||` and `?:` are known only where the known side decides; a condition
//! that ends unknown is not true. `has(x.y)` is always known: it tells whether `x.y` was seen.
//! The word `null` itself is refused, because a comparison with it would never be true.
//!
//! An error (a wrong type, an index outside a list, a budget spent) is never a value: it ends the
//! evaluation, and is reported.

mod check;
mod eval;
mod functions;
mod value;

use std::sync::{Arc, OnceLock};

use cel::common::ast::IdedExpr;
use cel::parser::PrattParser;
use serde_json::Value;

pub use check::Scope;
pub use eval::Bindings;

/// The longest expression, in bytes.
const MAX_LENGTH: usize = 2_000;
/// How deep brackets and prefix operators may nest before the parser sees them.
const MAX_NESTING: usize = 24;
/// How many operators and dots there may be: each in a row is a level for the parser.
const MAX_CHAIN: usize = 150;
/// How deep the tree of an expression may be.
const MAX_DEPTH: usize = 64;
/// How deep comprehensions (`all`, `exists`, `map`, `filter` …) may nest.
const MAX_COMPREHENSIONS: usize = 2;
/// What one evaluation may cost: a node, an element and 64 bytes of new text cost one each.
const BUDGET: u64 = 200_000;

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    tree: Arc<OnceLock<Result<IdedExpr, String>>>,
}

/// What an expression came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// What it asks about was not seen.
    Unknown,
}

impl Expression {
    /// Compiles an expression, and refuses what could not be evaluated: names and functions that
    /// do not exist, fields that no subject has, and what is too long or too deep.
    ///
    /// # Errors
    /// What is wrong, in one line.
    pub fn compile(source: &str, scope: &Scope<'_>) -> Result<Self, String> {
        let expression = Self {
            source: Arc::from(source),
            tree: Arc::default(),
        };
        // The parser is slow, and of the expressions that come with Kintsugi, which its tests have
        // checked, a run needs few: those are read when they are first asked.
        if !scope.trusted {
            check::check(expression.tree()?, scope)?;
        }
        Ok(expression)
    }

    fn tree(&self) -> Result<&IdedExpr, String> {
        let read = self.tree.get_or_init(|| Self::parse(&self.source));
        read.as_ref().map_err(Clone::clone)
    }

    fn parse(source: &str) -> Result<IdedExpr, String> {
        bounded(source)?;
        PrattParser::default().parse(source).map_err(|errors| {
            let first = errors.errors.first();
            first.map_or_else(
                || "it is not CEL".to_owned(),
                |error| {
                    let said = error.msg.lines().next().unwrap_or_default();
                    format!("it is not CEL: {said} (at character {})", error.pos.1)
                },
            )
        })
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its value; JSON's `null` is unknown.
    ///
    /// # Errors
    /// What went wrong, in one line.
    pub fn value(&self, bindings: &Bindings<'_>) -> Result<Value, String> {
        eval::evaluate(self.tree()?, bindings, BUDGET)
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// What went wrong, or that it gives something else than a yes or a no.
    pub fn truth(&self, bindings: &Bindings<'_>) -> Result<Truth, String> {
        match self.value(bindings)? {
            Value::Bool(true) => Ok(Truth::True),
            Value::Bool(false) => Ok(Truth::False),
            Value::Null => Ok(Truth::Unknown),
            other @ (Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                Err(format!(
                    "a condition gives true or false, not {}",
                    value::type_name(&other)
                ))
            }
        }
    }
}

/// Refuses what the parser should not even see: it works recursively.
fn bounded(source: &str) -> Result<(), String> {
    if source.trim().is_empty() {
        return Err("the expression is empty".to_owned());
    }
    if source.len() > MAX_LENGTH {
        return Err(format!(
            "the expression is {} bytes long, and {MAX_LENGTH} is the limit",
            source.len()
        ));
    }
    let too_deep = || format!("the expression nests deeper than {MAX_NESTING}");
    let (mut open, mut prefixes, mut questions, mut chain) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut letters = source.char_indices();
    let mut before = ' ';
    while let Some((at, letter)) = letters.next() {
        if matches!(letter, '\'' | '"') {
            // A prefix makes a text raw, or bytes; two in a row are the beginning of three quotes.
            if before.is_alphanumeric() || matches!(before, '_' | '\'' | '"') {
                return Err(format!("a text may not begin here (at character {at})"));
            }
            text(letter, &mut letters)?;
            before = letter;
            prefixes = 0;
            continue;
        }
        if letter == '/' && before == '/' {
            return Err("an expression has no comments".to_owned());
        }
        before = letter;
        match letter {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '?' => questions += 1,
            '.' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' => chain += 1,
            _ => {}
        }
        match letter {
            '!' | '-' => prefixes += 1,
            letter if letter.is_whitespace() => {}
            _ => prefixes = 0,
        }
        if chain > MAX_CHAIN {
            return Err(format!(
                "the expression has more than {MAX_CHAIN} operators and fields"
            ));
        }
        if open > MAX_NESTING || prefixes > MAX_NESTING || questions > MAX_NESTING {
            return Err(too_deep());
        }
    }
    Ok(())
}

/// Goes to the end of a text. What the parser would not take for one is refused: it would go on
/// behind the quote, and read as an expression what nobody has counted.
fn text(quote: char, letters: &mut impl Iterator<Item = (usize, char)>) -> Result<(), String> {
    let endless = || "a text in the expression has no end on its line".to_owned();
    loop {
        let (_, letter) = letters.next().ok_or_else(endless)?;
        match letter {
            '\n' | '\r' => return Err(endless()),
            '\\' => {
                let (_, kind) = letters.next().ok_or_else(endless)?;
                let (more, base) = match kind {
                    'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' => (0, 8),
                    '"' | '\'' | '\\' | '?' | '`' => (0, 8),
                    'x' | 'X' => (2, 16),
                    'u' => (4, 16),
                    'U' => (8, 16),
                    '0'..='3' => (2, 8),
                    _ => return Err(format!("`\\{kind}` is nothing that can be in a text")),
                };
                for _ in 0..more {
                    let digit = letters.next().filter(|(_, digit)| digit.is_digit(base));
                    digit.ok_or_else(|| format!("`\\{kind}` in a text is not complete"))?;
                }
            }
            end if end == quote => return Ok(()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
