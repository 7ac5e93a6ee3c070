//! Kubernetes quantities: amounts of processors, memory and things, exact to a thousandth.

use crate::Json;

/// Reads a quantity (`500m`, `1.5`, `128Mi`, `2e3`, `1G`) into thousandths, rounded up as Kubernetes
/// does. None if it is no quantity or does not fit.
#[must_use]
pub fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, suffix) = rest.split_at_checked(end)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty()
        || fraction.contains('.')
        || whole.len() > 30
        || fraction.len() > 30
    {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    // Thousandths = digits × factor ÷ divisor.
    let (mut factor, mut divisor) = suffix_of(suffix)?;
    factor = factor.checked_mul(1000)?;
    for _ in 0..fraction.len() {
        if factor % 10 == 0 {
            factor /= 10;
        } else {
            divisor = divisor.checked_mul(10)?;
        }
    }
    let product = digits.checked_mul(factor)?;
    let up = product.checked_add(divisor.checked_sub(1)?)?;
    let amount = up.checked_div(divisor)?;
    Some(if negative {
        amount.checked_neg()?
    } else {
        amount
    })
}

/// Reads a quantity that stands in JSON as text or as a number.
#[must_use]
pub fn of(value: &Json) -> Option<i128> {
    match value {
        Json::Text(text) => parse(text),
        Json::Number(number) => parse(&number.to_string()),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Fields(_) => None,
    }
}

/// What a suffix multiplies by, and divides by.
fn suffix_of(suffix: &str) -> Option<(i128, i128)> {
    Some(match suffix {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1000),
        "k" => (1000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { (1, power) } else { (power, 1) }
        }
    })
}

/// An amount of bytes, given in thousandths, as people write it: `512Mi`, `1.5Gi`, `900`.
#[must_use]
pub fn bytes(amount: i128) -> String {
    let amount = amount / 1000;
    for (unit, size) in [
        ("Ei", 1_i128 << 60),
        ("Pi", 1 << 50),
        ("Ti", 1 << 40),
        ("Gi", 1 << 30),
        ("Mi", 1 << 20),
        ("Ki", 1 << 10),
    ] {
        if amount.unsigned_abs() >= size.unsigned_abs() {
            // A whole number of the unit below is written in that one: 1536Mi is 1.5Gi, and 100Mi
            // and a byte are about 100Mi.
            return format!("{}{unit}", hundredths(amount, size));
        }
    }
    amount.to_string()
}

/// An amount of anything else, given in thousandths: `250m`, `1.5`, `3`.
#[must_use]
pub fn plain(amount: i128) -> String {
    if amount % 1000 != 0 && amount.unsigned_abs() < 1000 {
        return format!("{amount}m");
    }
    thousandths(amount)
}

/// An amount of a resource as people write it: bytes for memory and storage, else plain.
#[must_use]
pub fn show(resource: &str, amount: i128) -> String {
    let resource = resource
        .trim_start_matches("requests.")
        .trim_start_matches("limits.");
    if resource == "memory" || resource.ends_with("storage") || resource.starts_with("hugepages-") {
        bytes(amount)
    } else {
        plain(amount)
    }
}

fn hundredths(amount: i128, size: i128) -> String {
    let rounded = amount
        .saturating_mul(100)
        .checked_div(size)
        .unwrap_or_default();
    decimals(rounded, 100)
}

fn thousandths(amount: i128) -> String {
    decimals(amount, 1000)
}

fn decimals(amount: i128, unit: i128) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    let unit = unit.unsigned_abs();
    let whole = amount.checked_div(unit).unwrap_or_default();
    let rest = amount.checked_rem(unit).unwrap_or_default();
    let width = if unit == 100 { 2 } else { 3 };
    let fraction = format!("{rest:0width$}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn quantities_are_read_exactly() {
        let table = [
            ("0", Some(0)),
            ("1", Some(1000)),
            ("500m", Some(500)),
            ("1.5", Some(1500)),
            (".5", Some(500)),
            ("0.0001", Some(1)),
            ("100n", Some(1)),
            ("1500u", Some(2)),
            ("128Mi", Some(128 * 1024 * 1024 * 1000)),
            ("1.5Gi", Some(1536 * 1024 * 1024 * 1000)),
            ("1G", Some(1_000_000_000_000)),
            ("2e3", Some(2_000_000)),
            ("2E3", Some(2_000_000)),
            ("1E", Some(1_000_000_000_000_000_000_000)),
            ("25e-1", Some(2500)),
            ("-1", Some(-1000)),
            ("1k", Some(1_000_000)),
            ("", None),
            (".", None),
            ("Mi", None),
            ("1.2.3", None),
            ("1 Mi", None),
            ("1mi", None),
            ("abc", None),
            ("99999999999999999999999999999999999999", None),
            ("1e99", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(of(&json!(2).into()), Some(2000));
        assert_eq!(of(&json!(0.5).into()), Some(500));
        assert_eq!(of(&Json::Null), None);
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (text, expected) in [
            ("512Mi", "512Mi"),
            ("1536Mi", "1.5Gi"),
            ("1Gi", "1Gi"),
            ("900", "900"),
            ("1000000000", "953.67Mi"),
            ("0", "0"),
        ] {
            assert_eq!(bytes(parse(text).unwrap()), expected);
        }
        for (text, expected) in [("250m", "250m"), ("1500m", "1.5"), ("3", "3"), ("0", "0")] {
            assert_eq!(plain(parse(text).unwrap()), expected);
        }
        assert_eq!(show("requests.memory", parse("1Gi").unwrap()), "1Gi");
        assert_eq!(show("cpu", parse("100m").unwrap()), "100m");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9.+eEKMGTPimnuk-]{0,60}|\\PC{0,20}") {
            if let Some(amount) = parse(&text) {
                let _ = bytes(amount);
                let _ = plain(amount);
            }
        }

        #[test]
        fn whole_numbers_come_back(number in -1_000_000_i64..1_000_000) {
            prop_assert_eq!(plain(parse(&number.to_string()).unwrap()), number.to_string());
        }
    }
}
