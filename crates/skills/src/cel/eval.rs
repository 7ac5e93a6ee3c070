//! The evaluation: a walk over the expression's tree that pays for every step it takes.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators,
};
use serde_json::Value;

use super::functions;
use super::value::Val;

/// The names an expression can use, with their data.
#[derive(Debug, Clone, Default)]
pub struct Bindings<'a>(BTreeMap<&'a str, &'a Value>);

impl<'a> Bindings<'a> {
    /// No names.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The same names and one more.
    pub fn bind(&mut self, name: &'a str, value: &'a Value) {
        self.0.insert(name, value);
    }
}

/// What is left of the budget.
pub(super) struct Fuel(Cell<u64>);

impl Fuel {
    pub(super) fn pay(&self, cost: u64) -> Result<(), String> {
        match self.0.get().checked_sub(cost) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err("it costs more than an expression may".to_owned()),
        }
    }

    pub(super) fn pay_bytes(&self, bytes: usize) -> Result<(), String> {
        self.pay(
            u64::try_from(bytes / 64)
                .unwrap_or(u64::MAX)
                .saturating_add(1),
        )
    }

    pub(super) fn pay_elements(&self, elements: usize) -> Result<(), String> {
        self.pay(u64::try_from(elements).unwrap_or(u64::MAX))
    }
}

/// Names of comprehensions, innermost last, on top of the bindings.
struct Names<'e, 'a> {
    bindings: &'e Bindings<'a>,
    inner: Vec<(&'e str, Val<'a>)>,
}

impl<'a> Names<'_, 'a> {
    fn get(&self, name: &str) -> Val<'a> {
        let inner = self.inner.iter().rev().find(|(inner, _)| *inner == name);
        match inner {
            Some((_, value)) => value.clone(),
            None => self
                .bindings
                .0
                .get(name)
                .map_or(Val::Unknown, |value| Val::of(value)),
        }
    }
}

pub(super) fn evaluate(
    tree: &IdedExpr,
    bindings: &Bindings<'_>,
    budget: u64,
) -> Result<Value, String> {
    let fuel = Fuel(Cell::new(budget));
    let mut names = Names {
        bindings,
        inner: Vec::new(),
    };
    eval(tree, &mut names, &fuel)?.to_json(&fuel)
}

fn eval<'e, 'a>(
    node: &'e IdedExpr,
    names: &mut Names<'e, 'a>,
    fuel: &Fuel,
) -> Result<Val<'a>, String> {
    fuel.pay(1)?;
    match &node.expr {
        Expr::Literal(literal) => Ok(match literal {
            LiteralValue::Boolean(yes) => Val::Bool(*yes.inner()),
            LiteralValue::Int(number) => Val::Int(*number.inner()),
            LiteralValue::UInt(number) => {
                Val::Int(i64::try_from(*number.inner()).unwrap_or(i64::MAX))
            }
            LiteralValue::Double(number) => Val::Double(*number.inner()),
            LiteralValue::String(text) => Val::text(text.inner()),
            LiteralValue::Null | LiteralValue::Bytes(_) => Val::Unknown,
        }),
        Expr::Ident(name) => Ok(names.get(name)),
        Expr::Select(select) => {
            let operand = eval(&select.operand, names, fuel)?;
            if operand.is_unknown() {
                return Ok(if select.test {
                    Val::Bool(false)
                } else {
                    Val::Unknown
                });
            }
            let field = operand.field(&select.field).ok_or_else(|| {
                format!(
                    "`.{}` is asked of {}, which has no fields",
                    select.field,
                    operand.type_name()
                )
            })?;
            Ok(if select.test {
                Val::Bool(!field.is_unknown())
            } else {
                field
            })
        }
        Expr::List(list) => {
            let items: Result<_, _> = list
                .elements
                .iter()
                .map(|item| eval(item, names, fuel))
                .collect();
            Ok(Val::list(items?))
        }
        Expr::Map(map) => {
            let mut fields = Vec::new();
            for entry in &map.entries {
                let EntryExpr::MapEntry(entry) = &entry.expr else {
                    return Err("a message cannot be built here".to_owned());
                };
                let key = eval(&entry.key, names, fuel)?;
                let key = key
                    .as_text()
                    .ok_or_else(|| format!("a key is a text, not {}", key.type_name()))?
                    .to_owned();
                fields.push((key, eval(&entry.value, names, fuel)?));
            }
            Ok(Val::Map(fields.into()))
        }
        Expr::Comprehension(comprehension) => comprehend(comprehension, names, fuel),
        Expr::Call(call) => operate(call, names, fuel),
        Expr::Struct(_) | Expr::Unspecified => Err("a message cannot be built here".to_owned()),
    }
}

fn comprehend<'e, 'a>(
    it: &'e ComprehensionExpr,
    names: &mut Names<'e, 'a>,
    fuel: &Fuel,
) -> Result<Val<'a>, String> {
    let range = eval(&it.iter_range, names, fuel)?;
    if range.is_unknown() {
        return Ok(Val::Unknown);
    }
    let items = range.walk().ok_or_else(|| {
        format!(
            "only lists and maps have elements, not {}",
            range.type_name()
        )
    })?;
    fuel.pay_elements(items.len())?;
    let start = eval(&it.accu_init, names, fuel)?;
    let floor = names.inner.len();
    names.inner.push((&it.accu_var, start));
    for item in items {
        names.inner.truncate(floor + 1);
        names.inner.push((&it.iter_var, item));
        if matches!(eval(&it.loop_cond, names, fuel)?, Val::Bool(false)) {
            break;
        }
        let next = eval(&it.loop_step, names, fuel)?;
        names.inner.truncate(floor);
        names.inner.push((&it.accu_var, next));
    }
    names.inner.truncate(floor + 1);
    let result = eval(&it.result, names, fuel);
    names.inner.truncate(floor);
    result
}

fn operate<'e, 'a>(
    call: &'e CallExpr,
    names: &mut Names<'e, 'a>,
    fuel: &Fuel,
) -> Result<Val<'a>, String> {
    let name = call.func_name.as_str();
    match (name, call.args.as_slice()) {
        (operators::LOGICAL_AND, [left, right]) => decide(left, right, false, names, fuel),
        (operators::LOGICAL_OR, [left, right]) => decide(left, right, true, names, fuel),
        (operators::CONDITIONAL, [condition, yes, no]) => {
            match truth(eval(condition, names, fuel)?)? {
                Some(true) => eval(yes, names, fuel),
                Some(false) => eval(no, names, fuel),
                None => Ok(Val::Unknown),
            }
        }
        // A loop goes on while its condition is not known to fail.
        (operators::NOT_STRICTLY_FALSE, [condition]) => {
            let failed = matches!(eval(condition, names, fuel)?, Val::Bool(false));
            Ok(Val::Bool(!failed))
        }
        _ => {
            let mut values = Vec::with_capacity(call.args.len() + 1);
            if let Some(target) = &call.target {
                values.push(eval(target, names, fuel)?);
            }
            for argument in &call.args {
                values.push(eval(argument, names, fuel)?);
            }
            apply(name, &values, fuel)
        }
    }
}

/// `&&` (decided by false) and `||` (decided by true): either side may decide alone.
fn decide<'e, 'a>(
    left: &'e IdedExpr,
    right: &'e IdedExpr,
    deciding: bool,
    names: &mut Names<'e, 'a>,
    fuel: &Fuel,
) -> Result<Val<'a>, String> {
    let left = truth(eval(left, names, fuel)?)?;
    if left == Some(deciding) {
        return Ok(Val::Bool(deciding));
    }
    let right = truth(eval(right, names, fuel)?)?;
    Ok(match (left, right) {
        (_, Some(right)) if right == deciding => Val::Bool(deciding),
        (None, _) | (_, None) => Val::Unknown,
        _ => Val::Bool(!deciding),
    })
}

fn truth(value: Val<'_>) -> Result<Option<bool>, String> {
    match value {
        Val::Bool(yes) => Ok(Some(yes)),
        Val::Unknown => Ok(None),
        other @ (Val::Int(_)
        | Val::Double(_)
        | Val::Text(_)
        | Val::Words(_)
        | Val::List(_)
        | Val::Items(_)
        | Val::Map(_)
        | Val::Fields(_)) => Err(format!(
            "true or false is wanted, not {}",
            other.type_name()
        )),
    }
}

fn apply<'a>(name: &str, values: &[Val<'a>], fuel: &Fuel) -> Result<Val<'a>, String> {
    let known = |answer: Option<bool>| answer.map_or(Val::Unknown, Val::Bool);
    match (name, values) {
        (operators::EQUALS, [left, right]) => Ok(known(left.same(right, fuel)?)),
        (operators::NOT_EQUALS, [left, right]) => {
            Ok(known(left.same(right, fuel)?.map(|same| !same)))
        }
        _ if values.iter().any(Val::is_unknown) => Ok(Val::Unknown),
        (operators::IN, [item, list]) => contains(item, list, fuel).map(known),
        (operators::INDEX, [of, at]) => index(of, at),
        (operators::LOGICAL_NOT, [Val::Bool(yes)]) => Ok(Val::Bool(!yes)),
        (operators::LESS, [left, right]) => {
            compare(left, right).map(|o| Val::Bool(o == Some(Ordering::Less)))
        }
        (operators::LESS_EQUALS, [left, right]) => compare(left, right)
            .map(|o| Val::Bool(matches!(o, Some(Ordering::Less | Ordering::Equal)))),
        (operators::GREATER, [left, right]) => {
            compare(left, right).map(|o| Val::Bool(o == Some(Ordering::Greater)))
        }
        (operators::GREATER_EQUALS, [left, right]) => compare(left, right)
            .map(|o| Val::Bool(matches!(o, Some(Ordering::Greater | Ordering::Equal)))),
        _ => functions::call(name, values, fuel),
    }
}

fn compare(left: &Val<'_>, right: &Val<'_>) -> Result<Option<Ordering>, String> {
    if let (Some(left), Some(right)) = (left.as_text(), right.as_text()) {
        return Ok(Some(left.cmp(right)));
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "CEL orders numbers of different types by value"
    )]
    match (left, right) {
        (Val::Int(left), Val::Int(right)) => Ok(Some(left.cmp(right))),
        (Val::Bool(left), Val::Bool(right)) => Ok(Some(left.cmp(right))),
        (Val::Double(left), Val::Double(right)) => Ok(left.partial_cmp(right)),
        (Val::Int(left), Val::Double(right)) => Ok((*left as f64).partial_cmp(right)),
        (Val::Double(left), Val::Int(right)) => Ok(left.partial_cmp(&(*right as f64))),
        _ => Err(format!(
            "{} has no order with {}",
            left.type_name(),
            right.type_name()
        )),
    }
}

fn contains(item: &Val<'_>, list: &Val<'_>, fuel: &Fuel) -> Result<Option<bool>, String> {
    let elements = list
        .walk()
        .ok_or_else(|| format!("`in` looks in lists and maps, not in {}", list.type_name()))?;
    let mut open = false;
    for element in elements {
        match element.same(item, fuel)? {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => open = true,
        }
    }
    Ok((!open).then_some(false))
}

fn index<'a>(of: &Val<'a>, at: &Val<'a>) -> Result<Val<'a>, String> {
    match (at, of.elements()) {
        (Val::Int(place), Some(length)) if of.field("").is_none() => usize::try_from(*place)
            .ok()
            .and_then(|place| of.nth(place))
            .ok_or_else(|| format!("index {place} is outside a list of {length}")),
        _ => at
            .as_text()
            .and_then(|name| of.field(name))
            .ok_or_else(|| format!("{} is not indexed by {}", of.type_name(), at.type_name())),
    }
}
