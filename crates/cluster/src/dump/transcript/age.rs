//! Times as kubectl prints them: ages, dates, and counts with ages.

use serde_json::Value;

/// Marks a text as an age in seconds until the time of the transcript is known.
const MARK: &str = "\u{1}age:";

/// An age as a value that is replaced by a time later.
pub(super) fn ago(seconds: u64) -> Value {
    Value::String(format!("{MARK}{seconds}"))
}

/// The seconds of a value that [`ago`] made.
pub(super) fn marked(text: &str) -> Option<u64> {
    text.strip_prefix(MARK)?.parse().ok()
}

/// An age: `3m30s`, `2d4h`, `45s`, `<unknown>`, `5y12d`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.is_empty() || text.len() > 24 {
        return None;
    }
    let mut total = 0_u64;
    let mut number = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_digit() || letter == '.' {
            number.push(letter);
            continue;
        }
        let millis = letter == 'm' && letters.peek() == Some(&'s');
        if millis {
            letters.next();
        }
        let unit: u64 = match letter {
            _ if millis => 0,
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            'y' => 31_536_000,
            _ => return None,
        };
        let whole: u64 = number.split('.').next()?.parse().ok()?;
        total = total.saturating_add(whole.saturating_mul(unit));
        number.clear();
    }
    number.is_empty().then_some(total)
}

/// How often and when something was seen: `3m30s (x256 over 58m)`, `27 (43s ago)`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// How long ago it was seen last.
    pub(super) last: Option<u64>,
    /// How long ago it was seen first.
    pub(super) first: Option<u64>,
    /// How often.
    pub(super) count: u64,
}

/// Reads `3m30s (x256 over 58m)`.
pub(super) fn seen(text: &str) -> Seen {
    let (last, rest) = text.split_once('(').unwrap_or((text, ""));
    let last = seconds(last);
    let words = rest.trim_end().trim_end_matches(')');
    let (count, first) = words.split_once(" over ").unwrap_or((words, ""));
    Seen {
        last,
        first: seconds(first).or(last),
        count: count
            .trim()
            .strip_prefix('x')
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
    }
}

/// Reads `27 (43s ago)`: how many restarts, and how long ago the last one was.
pub(super) fn restarts(text: &str) -> Option<(u64, Option<u64>)> {
    let (count, rest) = text.split_once('(').unwrap_or((text, ""));
    let ago = rest
        .trim_end()
        .trim_end_matches(')')
        .trim_end_matches(" ago");
    Some((count.trim().parse().ok()?, seconds(ago)))
}

/// A date as `describe` prints it, `Mon, 02 Jan 2006 15:04:05 -0700`, or in RFC 3339: in RFC 3339.
pub(super) fn date(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() < 16 || text.len() > 64 {
        return None;
    }
    let at: Option<jiff::Timestamp> = text.parse().ok();
    let at = at.or_else(|| {
        let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(zoned.timestamp())
    });
    at.or_else(|| loose(text)).map(|at| at.to_string())
}

/// `2026-01-02 15:04:05.123 +0000 UTC` of helm, `Mon Jan  2 15:04:05 2026` and
/// `Mon Jan  2 15:04:05 UTC 2026` of helm and `date`.
fn loose(text: &str) -> Option<jiff::Timestamp> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [date, time, offset, ..] = words.as_slice()
        && date.len() == 10
        && offset.len() == 5
    {
        let (hours, minutes) = offset.split_at_checked(3)?;
        return format!("{date}T{time}{hours}:{minutes}").parse().ok();
    }
    let (month, day, time, year) = match words.as_slice() {
        [_, month, day, time, year] => (month, day, time, year),
        [_, month, day, time, zone, year] if matches!(*zone, "UTC" | "GMT") => {
            (month, day, time, year)
        }
        _ => return None,
    };
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months.iter().position(|name| name == month)? + 1;
    let day: u8 = day.parse().ok()?;
    format!("{year}-{month:02}-{day:02}T{time}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_as_they_are_printed() {
        for (text, expected) in [
            ("45s", Some(45)),
            ("3m30s", Some(210)),
            ("2d4h", Some(187_200)),
            ("1y2d", Some(31_708_800)),
            ("0s", Some(0)),
            ("<unknown>", None),
            ("5", None),
            ("", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn counts_with_ages_are_taken_apart() {
        assert_eq!(
            seen("3m30s (x256 over 58m)"),
            Seen {
                last: Some(210),
                first: Some(3480),
                count: 256
            }
        );
        assert_eq!(
            seen("5m"),
            Seen {
                last: Some(300),
                first: Some(300),
                count: 1
            }
        );
        assert_eq!(restarts("27 (43s ago)"), Some((27, Some(43))));
        assert_eq!(restarts("0"), Some((0, None)));
        assert_eq!(restarts("<none>"), None);
    }

    #[test]
    fn dates_of_every_tool_are_read() {
        for text in [
            "Fri, 02 Jan 2026 15:04:05 +0000",
            "Fri, 02 Jan 2026 16:04:05 +0100",
            "2026-01-02T15:04:05Z",
            "2026-01-02 15:04:05.000000 +0000 UTC",
            "Fri Jan  2 15:04:05 2026",
            "Fri Jan  2 15:04:05 UTC 2026",
        ] {
            assert_eq!(
                date(text).as_deref(),
                Some("2026-01-02T15:04:05Z"),
                "{text}"
            );
        }
        assert_eq!(date("not a date at all, no"), None);
    }
}
