//! When a `CronJob` runs: five fields with lists, ranges, steps and names, in UTC.

use model::Timestamp;

/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;

/// How many minutes are looked through for the next time: the longest way from one 29 February to
/// the next.
const FARTHEST: i64 = 8 * 366 * 24 * 60;

/// A schedule: for each field the numbers that it allows, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether days of the month and of the week are both told: then either is enough.
    either_day: bool,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    /// Reads a schedule; none if it is no schedule.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            text => text,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return None;
        };
        let open = |field: &str| field.starts_with('*') || field.starts_with('?');
        let all_weekdays = read(weekdays, 0, 7, &WEEKDAYS, 0)?;
        Some(Self {
            minutes: read(minutes, 0, 59, &[], 0)?,
            hours: read(hours, 0, 23, &[], 0)?,
            days: read(days, 1, 31, &[], 0)?,
            months: read(months, 1, 12, &MONTHS, 1)?,
            // Seven is Sunday too.
            weekdays: all_weekdays | u64::from(all_weekdays & (1 << 7) != 0),
            either_day: !open(days) && !open(weekdays),
        })
    }

    /// The first time after another at which it runs.
    pub(super) fn after(&self, time: Timestamp) -> Option<Timestamp> {
        let first = time.micros().div_euclid(MINUTE).saturating_add(1);
        let mut minute = first;
        while minute.saturating_sub(first) < FARTHEST {
            let day = minute.div_euclid(24 * 60);
            if !self.on_day(day) {
                minute = day.saturating_add(1).saturating_mul(24 * 60);
                continue;
            }
            let of_day = minute.rem_euclid(24 * 60);
            if has(self.hours, of_day / 60) && has(self.minutes, of_day % 60) {
                return Some(Timestamp::from_micros(minute.saturating_mul(MINUTE)));
            }
            minute = minute.saturating_add(1);
        }
        None
    }

    /// Whether it runs on a day, counted from 1 January 1970.
    fn on_day(&self, day: i64) -> bool {
        let (month, of_month) = civil(day);
        if !has(self.months, month) {
            return false;
        }
        let in_month = has(self.days, of_month);
        // 1 January 1970 was a Thursday.
        let in_week = has(self.weekdays, (day.saturating_add(4)).rem_euclid(7));
        if self.either_day {
            in_month || in_week
        } else {
            in_month && in_week
        }
    }
}

fn has(bits: u64, number: i64) -> bool {
    u32::try_from(number)
        .ok()
        .and_then(|number| 1_u64.checked_shl(number))
        .is_some_and(|bit| bits & bit != 0)
}

/// Month and day of the month of a day counted from 1 January 1970.
fn civil(day: i64) -> (i64, i64) {
    let shifted = day.saturating_add(719_468);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

fn read(field: &str, least: u32, most: u32, names: &[&str], first: u32) -> Option<u64> {
    let number = |text: &str| -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == lower);
        match named {
            Some(place) => u32::try_from(place).ok()?.checked_add(first),
            None => text.parse().ok(),
        }
    };
    let mut bits = 0_u64;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u32>().ok().filter(|s| *s > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if range == "*" || range == "?" => (least, most),
            None => {
                let from = number(range)?;
                (from, if step.is_some() { most } else { from })
            }
        };
        if from < least || to > most || from > to {
            return None;
        }
        let mut at = from;
        while at <= to {
            bits |= 1_u64.checked_shl(at)?;
            at = at.checked_add(step.unwrap_or(1))?;
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_is_the_first_that_every_field_allows() {
        for (schedule, after, next) in [
            ("* * * * *", "2026-03-01T09:00:00Z", "2026-03-01T09:01:00Z"),
            (
                "*/15 * * * *",
                "2026-03-01T09:07:30Z",
                "2026-03-01T09:15:00Z",
            ),
            ("0 3 * * *", "2026-03-01T09:00:00Z", "2026-03-02T03:00:00Z"),
            ("30 4 1 * *", "2026-03-01T09:00:00Z", "2026-04-01T04:30:00Z"),
            (
                "0 0 * * mon",
                "2026-03-01T09:00:00Z",
                "2026-03-02T00:00:00Z",
            ),
            ("0 0 * * 7", "2026-03-02T09:00:00Z", "2026-03-08T00:00:00Z"),
            (
                "0 0 13 * FRI",
                "2026-03-01T09:00:00Z",
                "2026-03-06T00:00:00Z",
            ),
            (
                "0 0 29 feb *",
                "2026-03-01T09:00:00Z",
                "2028-02-29T00:00:00Z",
            ),
            ("@hourly", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
            (
                "5-10/5,40 22 * * *",
                "2026-03-01T22:06:00Z",
                "2026-03-01T22:10:00Z",
            ),
        ] {
            let found = Schedule::parse(schedule)
                .unwrap()
                .after(Timestamp::parse(after).unwrap());
            assert_eq!(found, Timestamp::parse(next), "{schedule} after {after}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused_and_what_never_comes_has_no_time() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "a * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
        ] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
        let never = Schedule::parse("0 0 31 feb *").unwrap();
        assert_eq!(never.after(Timestamp::from_micros(0)), None);
    }
}
