//! Arithmetic, and the functions that expressions may call.

use cel::common::ast::operators;

use super::eval::Fuel;
use super::value::Val;

/// Every function there is, for the check at load and for the nearest name.
pub(super) const NAMES: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "lowerAscii",
    "string",
    "int",
    "join",
    "split",
    "replace",
    "min",
    "max",
    "lines",
    "span_en",
    "span_zh",
];

/// Every operator there is.
pub(super) const OPERATORS: &[&str] = &[
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::NOT_STRICTLY_FALSE,
    operators::IN,
];

/// Calls a function or an arithmetic operator with values that are all known.
pub(super) fn call<'a>(name: &str, values: &[Val<'a>], fuel: &Fuel) -> Result<Val<'a>, String> {
    let refused = || {
        let types: Vec<_> = values.iter().map(Val::type_name).collect();
        format!("`{}` does not take {}", spelt(name), types.join(" and "))
    };
    match values {
        [one] => unary(name, one, fuel)?.ok_or_else(refused),
        [left, right] => binary(name, left, right, fuel)?.ok_or_else(refused),
        [text, old, new] if name == "replace" => replace(text, old, new, fuel)?.ok_or_else(refused),
        _ => Err(refused()),
    }
}

/// An operator as it is written: `_+_` is `+`.
fn spelt(name: &str) -> &str {
    name.trim_matches(['_', '@'])
}

fn unary<'a>(name: &str, one: &Val<'a>, fuel: &Fuel) -> Result<Option<Val<'a>>, String> {
    if let Some(text) = one.as_text() {
        fuel.pay_bytes(text.len())?;
        return Ok(match name {
            "size" => Some(count(text.chars().count())),
            "lowerAscii" => Some(Val::text(text.to_ascii_lowercase())),
            "string" => Some(one.clone()),
            "int" => Some(Val::Int(
                text.parse()
                    .map_err(|_| format!("`{text}` is not a whole number"))?,
            )),
            "lines" => {
                let lines: Vec<_> = text.lines().map(Val::text).collect();
                fuel.pay_elements(lines.len())?;
                Some(Val::list(lines))
            }
            _ => None,
        });
    }
    if let Some(length) = one.elements() {
        return Ok(match name {
            "size" => Some(count(length)),
            "min" | "max" => extreme(name, one, fuel)?,
            "join" => Some(join(one, "", fuel)?),
            _ => None,
        });
    }
    Ok(match (name, one) {
        (operators::NEGATE, Val::Int(number)) => Some(Val::Int(
            number.checked_neg().ok_or("the number is too large")?,
        )),
        (operators::NEGATE, Val::Double(number)) => Some(Val::Double(-number)),
        ("string", Val::Bool(yes)) => Some(Val::text(yes.to_string())),
        ("string", Val::Int(number)) => Some(Val::text(number.to_string())),
        ("string", Val::Double(number)) => Some(Val::text(number.to_string())),
        ("int", Val::Int(number)) => Some(Val::Int(*number)),
        // So many seconds in words, in each language.
        ("span_en", Val::Int(seconds)) => Some(Val::text(facts::span(*seconds).en)),
        ("span_zh", Val::Int(seconds)) => Some(Val::text(facts::span(*seconds).zh)),
        _ => None,
    })
}

fn binary<'a>(
    name: &str,
    left: &Val<'a>,
    right: &Val<'a>,
    fuel: &Fuel,
) -> Result<Option<Val<'a>>, String> {
    if let (Some(left), Some(right)) = (left.as_text(), right.as_text()) {
        fuel.pay_bytes(left.len() + right.len())?;
        return Ok(match name {
            operators::ADD => Some(Val::text(format!("{left}{right}"))),
            "contains" => Some(Val::Bool(left.contains(right))),
            "startsWith" => Some(Val::Bool(left.starts_with(right))),
            "endsWith" => Some(Val::Bool(left.ends_with(right))),
            "split" => {
                let parts: Vec<_> = if right.is_empty() {
                    left.chars()
                        .map(|letter| Val::text(letter.to_string()))
                        .collect()
                } else {
                    left.split(right).map(Val::text).collect()
                };
                fuel.pay_elements(parts.len())?;
                Some(Val::list(parts))
            }
            _ => None,
        });
    }
    if let (operators::ADD, Some(mut items), Some(more), None) =
        (name, left.walk(), right.walk(), left.field(""))
    {
        fuel.pay_elements(items.len() + more.len())?;
        items.extend(more);
        return Ok(Some(Val::list(items)));
    }
    if let ("join", Some(_), Some(between)) = (name, left.elements(), right.as_text()) {
        return join(left, between, fuel).map(Some);
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "mixed arithmetic is done in doubles"
    )]
    match (left, right) {
        (Val::Int(left), Val::Int(right)) => whole(name, *left, *right),
        (Val::Double(left), Val::Double(right)) => Ok(broken(name, *left, *right)),
        (Val::Int(left), Val::Double(right)) => Ok(broken(name, *left as f64, *right)),
        (Val::Double(left), Val::Int(right)) => Ok(broken(name, *left, *right as f64)),
        _ => Ok(None),
    }
}

fn whole<'a>(name: &str, left: i64, right: i64) -> Result<Option<Val<'a>>, String> {
    let result = match name {
        operators::ADD => left.checked_add(right),
        operators::SUBSTRACT => left.checked_sub(right),
        operators::MULTIPLY => left.checked_mul(right),
        operators::DIVIDE if right == 0 => return Err("it divides by zero".to_owned()),
        operators::DIVIDE => left.checked_div(right),
        operators::MODULO if right == 0 => return Err("it divides by zero".to_owned()),
        operators::MODULO => left.checked_rem(right),
        _ => return Ok(None),
    };
    let result =
        result.ok_or_else(|| format!("`{}` gives a number that is too large", spelt(name)))?;
    Ok(Some(Val::Int(result)))
}

fn broken<'a>(name: &str, left: f64, right: f64) -> Option<Val<'a>> {
    Some(Val::Double(match name {
        operators::ADD => left + right,
        operators::SUBSTRACT => left - right,
        operators::MULTIPLY => left * right,
        operators::DIVIDE => left / right,
        _ => return None,
    }))
}

fn count<'a>(number: usize) -> Val<'a> {
    Val::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn extreme<'a>(name: &str, list: &Val<'a>, fuel: &Fuel) -> Result<Option<Val<'a>>, String> {
    let mut best: Option<i64> = None;
    for item in list.walk().unwrap_or_default() {
        fuel.pay(1)?;
        match item {
            Val::Int(number) => {
                best = Some(best.map_or(number, |best| {
                    if name == "min" {
                        best.min(number)
                    } else {
                        best.max(number)
                    }
                }));
            }
            Val::Unknown => return Ok(Some(Val::Unknown)),
            Val::Bool(_)
            | Val::Double(_)
            | Val::Text(_)
            | Val::Words(_)
            | Val::List(_)
            | Val::Items(_)
            | Val::Map(_)
            | Val::Fields(_) => return Ok(None),
        }
    }
    Ok(Some(best.map_or(Val::Unknown, Val::Int)))
}

fn join<'a>(list: &Val<'a>, between: &str, fuel: &Fuel) -> Result<Val<'a>, String> {
    let mut out = String::new();
    for (place, item) in list.walk().unwrap_or_default().iter().enumerate() {
        if item.is_unknown() {
            return Ok(Val::Unknown);
        }
        let text = item
            .as_text()
            .ok_or_else(|| format!("`join` joins texts, not {}", item.type_name()))?;
        fuel.pay_bytes(text.len() + between.len())?;
        if place > 0 {
            out.push_str(between);
        }
        out.push_str(text);
    }
    Ok(Val::text(out))
}

fn replace<'a>(
    text: &Val<'a>,
    old: &Val<'a>,
    new: &Val<'a>,
    fuel: &Fuel,
) -> Result<Option<Val<'a>>, String> {
    let (Some(text), Some(old), Some(new)) = (text.as_text(), old.as_text(), new.as_text()) else {
        return Ok(None);
    };
    if old.is_empty() {
        return Err("`replace` needs a text to look for".to_owned());
    }
    // Paid for before it is made: the result can be as long as both texts multiplied.
    let times = text.matches(old).count();
    fuel.pay_bytes(text.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(Some(Val::text(text.replace(old, new))))
}
