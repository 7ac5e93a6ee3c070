//! How long something took or has lasted, as people say it: in one unit, and no finer than tells.
//!
//! Times of day and dates are not told here.

use model::Text;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// So many seconds in words: the largest unit of which there are at least two.
#[must_use]
pub fn span(seconds: i64) -> Text {
    let (count, en, zh) = match seconds {
        ..=1 => return Text::new("a second", "1 秒"),
        2..=119 => (seconds, "seconds", "秒"),
        120..=7_199 => (seconds / MINUTE, "minutes", "分钟"),
        7_200..=172_799 => (seconds / HOUR, "hours", "小时"),
        172_800.. => (seconds / DAY, "days", "天"),
    };
    Text::new(format!("{count} {en}"), format!("{count} {zh}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_the_largest_unit_of_which_there_are_two() {
        for (seconds, en, zh) in [
            (-5, "a second", "1 秒"),
            (1, "a second", "1 秒"),
            (119, "119 seconds", "119 秒"),
            (120, "2 minutes", "2 分钟"),
            (7_199, "119 minutes", "119 分钟"),
            (7_200, "2 hours", "2 小时"),
            (172_799, "47 hours", "47 小时"),
            (172_800, "2 days", "2 天"),
            (i64::MAX, "106751991167300 days", "106751991167300 天"),
        ] {
            assert_eq!(span(seconds), Text::new(en, zh), "{seconds}");
        }
    }
}
