//! Texts with expressions in them: `image ${container.image} does not exist`.
//!
//! `$${` stands for `${` itself.

use serde_json::Value;

use crate::cel::{Bindings, Expression, Scope};

/// The longest text with expressions in it, in bytes.
const MAX_LENGTH: usize = 8_000;
/// The most expressions in one text.
const MAX_EXPRESSIONS: usize = 40;
/// What stands in a text for something that was not seen.
const UNSEEN: &str = "?";

#[derive(Debug, Clone)]
enum Part {
    Words(String),
    Expression(Expression),
}

/// A compiled text.
#[derive(Debug, Clone)]
pub struct Template(Vec<Part>);

/// What failed while a text was rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The expression.
    pub expression: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Template {
    /// Compiles a text.
    ///
    /// # Errors
    /// What is wrong with it or with an expression in it.
    pub fn compile(text: &str, scope: &Scope<'_>) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!(
                "the text is {} bytes long, and {MAX_LENGTH} is the limit",
                text.len()
            ));
        }
        let (mut parts, mut words, mut expressions) = (Vec::new(), String::new(), 0);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            words.push_str(before);
            if words.ends_with('$') {
                words.push('{');
                rest = after;
                continue;
            }
            let end = closing(after).ok_or("a `${` has no `}`")?;
            let (inside, beyond) = after.split_at(end);
            let expression = Expression::compile(inside, scope)
                .map_err(|why| format!("`${{{inside}}}`: {why}"))?;
            expressions += 1;
            if expressions > MAX_EXPRESSIONS {
                return Err(format!(
                    "more than {MAX_EXPRESSIONS} expressions in one text"
                ));
            }
            parts.push(Part::Words(std::mem::take(&mut words)));
            parts.push(Part::Expression(expression));
            rest = beyond.strip_prefix('}').unwrap_or(beyond);
        }
        words.push_str(rest);
        parts.push(Part::Words(words));
        parts.retain(|part| !matches!(part, Part::Words(words) if words.is_empty()));
        Ok(Self(parts))
    }

    /// The text, if there is no expression in it.
    #[must_use]
    pub fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Words(words)] => Some(words),
            _ => None,
        }
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Words(words) => words.clone(),
                Part::Expression(expression) => format!("${{{}}}", expression.source()),
            })
            .collect()
    }

    /// The text with the values in it; what was not seen is a question mark.
    ///
    /// # Errors
    /// The expression that failed.
    pub fn render(&self, bindings: &Bindings<'_>) -> Result<String, Failed> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Words(words) => out.push_str(words),
                Part::Expression(expression) => {
                    out.push_str(&spoken(&evaluate(expression, bindings)?))
                }
            }
        }
        Ok(out)
    }

    /// The value: of the one expression with its type, or else the text. `None` if part of it was
    /// not seen.
    ///
    /// # Errors
    /// The expression that failed.
    pub fn value(&self, bindings: &Bindings<'_>) -> Result<Option<Value>, Failed> {
        if let [Part::Expression(expression)] = self.0.as_slice() {
            return Ok(Some(evaluate(expression, bindings)?).filter(|value| !value.is_null()));
        }
        for part in &self.0 {
            if let Part::Expression(expression) = part
                && evaluate(expression, bindings)?.is_null()
            {
                return Ok(None);
            }
        }
        self.render(bindings).map(|text| Some(Value::String(text)))
    }
}

fn evaluate(expression: &Expression, bindings: &Bindings<'_>) -> Result<Value, Failed> {
    expression.value(bindings).map_err(|problem| Failed {
        expression: expression.source().to_owned(),
        problem,
    })
}

/// A value as it is read within a sentence.
fn spoken(value: &Value) -> String {
    match value {
        Value::Null => UNSEEN.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(spoken).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// Where the brace that closes an expression is, outside texts and inner braces.
fn closing(text: &str) -> Option<usize> {
    let (mut open, mut quote, mut escaped) = (0_usize, None, false);
    for (place, letter) in text.char_indices() {
        if let Some(end) = quote {
            if escaped {
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
            } else if letter == end {
                quote = None;
            }
            continue;
        }
        match letter {
            '\'' | '"' => quote = Some(letter),
            '{' => open += 1,
            '}' if open == 0 => return Some(place),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(text: &str) -> Result<String, String> {
        let pod = json!({"name": "web-1", "node": null, "ready": true});
        let mut bindings = Bindings::new();
        bindings.bind("pod", &pod);
        Template::compile(text, &Scope::default())?
            .render(&bindings)
            .map_err(|failed| failed.problem)
    }

    #[test]
    fn a_text_holds_the_values_of_its_expressions() {
        let table = [
            ("", Ok("")),
            ("plain", Ok("plain")),
            ("pod ${pod.name}!", Ok("pod web-1!")),
            ("${pod.name}${pod.name}", Ok("web-1web-1")),
            ("on ${pod.node}", Ok("on ?")),
            ("${pod.ready ? '}' : '{'}", Ok("}")),
            ("${['a', 'b']}", Ok("a, b")),
            ("$${pod.name}", Ok("${pod.name}")),
            ("open ${pod.name", Err("a `${` has no `}`")),
        ];
        for (text, expected) in table {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(rendered(text), expected, "{text}");
        }
    }

    #[test]
    fn a_lone_expression_keeps_its_type_and_an_unseen_one_gives_no_value() {
        let pod = json!({"name": "web-1", "node": null, "ready": true});
        let mut bindings = Bindings::new();
        bindings.bind("pod", &pod);
        let value = |text| {
            Template::compile(text, &Scope::default())
                .unwrap()
                .value(&bindings)
                .unwrap()
        };
        assert_eq!(value("${pod.ready}"), Some(json!(true)));
        assert_eq!(value("${pod.node}"), None);
        assert_eq!(value("at ${pod.node}"), None);
        assert_eq!(value("at ${pod.name}"), Some(json!("at web-1")));
    }
}
