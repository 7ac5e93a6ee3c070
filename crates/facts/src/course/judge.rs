//! What the course of a container's memory shows. Where the points do not tell, nothing is said.

use super::{Course, Point};

/// What a course shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// It grows steadily through each life, up to the limit.
    Leak,
    /// It stays far below the limit, and then is there within a step or two.
    Spike,
    /// It is near the limit from the start.
    Low,
}

impl Shape {
    /// Its name, as conditions know it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Spike => "spike",
            Self::Low => "low",
        }
    }
}

/// What is known of the container beside the course; times in seconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lives {
    /// The limit in bytes.
    pub limit: Option<u64>,
    /// How often it was restarted.
    pub restarts: u32,
    /// When its present life began, if it runs.
    pub running_since: Option<i64>,
    /// When the life that ended last began.
    pub began: Option<i64>,
    /// When that ended.
    pub ended: Option<i64>,
    /// The time at which all this was seen.
    pub now: Option<i64>,
}

/// What a course tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// What it shows; nothing if the points do not tell.
    pub shape: Option<Shape>,
    /// Bytes in use now.
    pub now: Option<u64>,
    /// The most that was measured.
    pub peak: Option<u64>,
    /// What it uses for most of a life.
    pub usual: Option<u64>,
    /// Bytes an hour by which it grows, where it leaks.
    pub hourly: Option<u64>,
    /// Seconds until the limit is reached if it goes on so, where it leaks.
    pub full_in: Option<i64>,
}

/// A measurement this old, in seconds, is not what is used now.
const FRESH: i64 = 600;
/// Those who measure go on giving the last point of what is gone for so long, in seconds.
const LAG: i64 = 300;
/// The most points between which slopes are drawn.
const SLOPES: usize = 120;
/// The longest time to the limit that is worth telling, in seconds.
const FORESIGHT: f64 = 30.0 * 24.0 * 3600.0;

/// Parts of the limit: from here on it is near, up to here it is far.
const NEAR: f64 = 0.8;
const FAR: f64 = 0.7;
/// How much of the limit a life has to grow by to be called growing, and a jump to be a jump.
const GROWTH: f64 = 0.2;
const JUMP: f64 = 0.25;
/// The part of all pairs of points that has to rise.
const RISING: f64 = 0.75;

/// One life: its points in order, and how it stands to the last end that is known.
struct Life {
    points: Vec<(f64, f64)>,
    /// Whether it goes on.
    present: bool,
    /// When it ended, if that is known.
    end: Option<f64>,
}

/// Judges a course.
#[must_use]
pub fn judge(course: &Course, known: &Lives) -> Judged {
    let step = step_of(course);
    let lives = lives_of(course, known, step);
    let present = lives.iter().find(|life| life.present);
    let mut judged = Judged {
        peak: course.points().map(|point| point.bytes).max(),
        now: present.and_then(|life| {
            let (at, bytes) = *life.points.last()?;
            let old = known.now.map_or(0.0, |now| as_f64(now) - at);
            (old <= as_f64(FRESH)).then(|| whole(bytes))
        }),
        usual: median(
            lives
                .iter()
                .flat_map(|life| body(&life.points))
                .map(|p| p.1),
        )
        .map(whole),
        ..Judged::default()
    };
    let Some(limit) = known.limit.filter(|limit| *limit > 0) else {
        return judged;
    };
    let limit = limit as f64;
    judged.shape = shape(&lives, limit, step);
    if judged.shape == Some(Shape::Leak) {
        let slope = |life: &&Life| {
            let (slope, rising) = trend(body(&life.points))?;
            (slope > 0.0 && rising >= RISING).then_some(slope)
        };
        // What grows now says more of the time that is left than what has grown before.
        let now = present
            .filter(|life| life.points.len() >= 6)
            .and_then(|life| slope(&life));
        let per_second = now.or_else(|| median(lives.iter().filter_map(|life| slope(&life))));
        judged.hourly = per_second.map(|slope| whole(slope * 3600.0));
        judged.full_in = per_second
            .zip(judged.now)
            .map(|(slope, now)| (limit - now as f64).max(0.0) / slope)
            .filter(|left| left.is_finite() && *left <= FORESIGHT)
            .map(|left| left as i64);
    }
    judged
}

/// What most lives show, the last that ended before all others.
fn shape(lives: &[Life], limit: f64, step: f64) -> Option<Shape> {
    let ended: Vec<Option<Shape>> = lives
        .iter()
        .filter(|life| !life.present)
        .map(|life| shape_of(life, limit, step))
        .collect();
    let told = ended.iter().flatten().count();
    if told == 0 {
        let present = lives.iter().find(|life| life.present)?;
        return shape_of(present, limit, step);
    }
    let last = ended.last().copied().flatten();
    let most = [Shape::Leak, Shape::Spike, Shape::Low]
        .into_iter()
        .max_by_key(|shape| ended.iter().flatten().filter(|told| *told == shape).count())?;
    let votes = ended.iter().flatten().filter(|told| **told == most).count();
    match last {
        // Three of five agree, and the last with them.
        Some(last) => (last == most && votes * 5 >= told * 3).then_some(last),
        None => (votes >= 2 && votes * 4 >= told * 3).then_some(most),
    }
}

/// What one life shows.
fn shape_of(life: &Life, limit: f64, step: f64) -> Option<Shape> {
    let points = life.points.as_slice();
    let after = body(points);
    if points.len() < 3 || after.len() < 2 {
        return None;
    }
    let near = after
        .iter()
        .filter(|(_, bytes)| *bytes >= NEAR * limit)
        .count();
    if near * 5 >= after.len() * 4 {
        return Some(Shape::Low);
    }
    let (_, last) = *points.last()?;
    let span = |points: &[(f64, f64)]| match (points.first(), points.last()) {
        (Some(first), Some(last)) => last.0 - first.0,
        (None | Some(_), None) | (None, Some(_)) => 0.0,
    };
    if points.len() >= 6
        && let Some((slope, rising)) = trend(after)
    {
        let growth = slope * span(after);
        // Where it would be two steps later, for it is not measured in its last moment.
        let soon = last + slope * step * 2.0;
        let arrives = if life.present {
            slope > 0.0 && (limit - last) / slope <= FORESIGHT
        } else {
            soon >= NEAR * limit
        };
        if rising >= RISING && growth >= GROWTH * limit && arrives {
            return Some(Shape::Leak);
        }
    }
    if life.present || points.len() < 4 {
        return None;
    }
    let (before, end) = points.split_at_checked(points.len() - 2)?;
    let before = body(before);
    let base = median(before.iter().map(|point| point.1))?;
    let calm = before.last().is_some_and(|point| point.1 <= FAR * limit);
    let top = end.iter().map(|point| point.1).fold(0.0, f64::max);
    let seen = top - base >= JUMP * limit && top >= FAR * limit;
    // It was ended at the limit: what was far below it a moment before has jumped.
    let unseen = life.end.is_some_and(|end| {
        points.last().is_some_and(|(at, bytes)| {
            end - at <= step * 2.5 && *bytes <= NEAR * limit && *bytes >= 0.0
        })
    });
    (base <= FAR * limit && calm && (seen || unseen)).then_some(Shape::Spike)
}

/// The points of a life without its start, while which everything grows.
fn body(points: &[(f64, f64)]) -> &[(f64, f64)] {
    let skip = (points.len() * 15).div_ceil(100).max(1);
    points.get(skip..).unwrap_or_default()
}

/// The median slope between any two points, in bytes a second, and the part of the pairs that
/// rise: neither minds single points that are far off.
fn trend(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let every = points.len().div_ceil(SLOPES).max(1);
    let points: Vec<&(f64, f64)> = points.iter().step_by(every).collect();
    let mut slopes = Vec::new();
    let mut rising = 0_usize;
    for (place, first) in points.iter().enumerate() {
        for second in points.iter().skip(place + 1) {
            let slope = (second.1 - first.1) / (second.0 - first.0);
            if slope.is_finite() {
                rising += usize::from(slope > 0.0);
                slopes.push(slope);
            }
        }
    }
    let part = rising as f64 / slopes.len() as f64;
    Some((median(slopes)?, part))
}

/// The lives that a course shows, the first before the others.
fn lives_of(course: &Course, known: &Lives, step: f64) -> Vec<Life> {
    let mut found: Vec<Vec<Point>> = Vec::new();
    for series in course.series() {
        // Between its end and its next start there is nothing to measure: those points are old.
        let gone = |at: i64| {
            known.ended.is_some_and(|ended| at > ended)
                && known.running_since.is_none_or(|since| at < since)
        };
        let points: Vec<Point> = series
            .iter()
            .filter(|point| !gone(point.at))
            .copied()
            .collect();
        let starts = [known.running_since, known.began];
        let mut cuts: Vec<usize> = (1..points.len())
            .filter(|place| {
                let at = |place: usize| points.get(place).map(|point| point.at);
                starts.into_iter().flatten().any(|start| {
                    at(place - 1).is_some_and(|before| before < start)
                        && at(*place).is_some_and(|after| after >= start)
                })
            })
            .collect();
        cuts.extend(resets(&points, known.restarts, &cuts));
        cuts.sort_unstable();
        let mut from = 0;
        for cut in cuts.into_iter().chain([points.len()]) {
            let life = points.get(from..cut).unwrap_or_default();
            if !life.is_empty() {
                found.push(life.to_vec());
            }
            from = cut;
        }
    }
    found.sort_unstable();
    let mut lives: Vec<Vec<Point>> = Vec::new();
    for life in found {
        // Two who measure the same life tell it twice.
        match lives.last_mut() {
            Some(known) if same_life(known, &life) => {
                if life.len() > known.len() {
                    *known = life;
                }
            }
            Some(_) | None => lives.push(life),
        }
    }
    let last = lives.len().saturating_sub(1);
    let present = lives
        .last()
        .and_then(|points| points.first())
        .zip(known.running_since)
        .is_some_and(|(first, since)| as_f64(first.at) >= as_f64(since) - step);
    let ended = last.checked_sub(usize::from(present));
    lives
        .into_iter()
        .enumerate()
        .map(|(place, points)| {
            let present = present && place == last;
            // Of the one that ended last it is known which points came after its end.
            let end = known.ended.filter(|_| ended == Some(place)).map(as_f64);
            let points = match present || end.is_some() {
                true => points,
                false => without_lag(points),
            };
            Life {
                points: points
                    .into_iter()
                    .map(|point| (as_f64(point.at), point.bytes as f64))
                    .collect(),
                present,
                end,
            }
        })
        .collect()
}

/// Where one life follows another in a single series: the largest falls, and no more of them than
/// there were restarts.
fn resets(points: &[Point], restarts: u32, known: &[usize]) -> Vec<usize> {
    let mut falls: Vec<(u64, usize)> = points
        .windows(2)
        .enumerate()
        .filter_map(|(place, two)| match two {
            [before, after] if after.bytes < before.bytes / 2 => {
                Some((before.bytes - after.bytes, place + 1))
            }
            _ => None,
        })
        .filter(|(_, place)| !known.contains(place))
        .collect();
    falls.sort_unstable_by(|one, other| other.cmp(one));
    falls.truncate(usize::try_from(restarts).unwrap_or(usize::MAX));
    falls.into_iter().map(|(_, place)| place).collect()
}

/// Whether two lives overlap in more than half of the shorter one.
fn same_life(one: &[Point], other: &[Point]) -> bool {
    let ends = |life: &[Point]| Some((life.first()?.at, life.last()?.at));
    let (Some(one), Some(other)) = (ends(one), ends(other)) else {
        return false;
    };
    let common = one.1.min(other.1).saturating_sub(one.0.max(other.0));
    let shorter = one
        .1
        .saturating_sub(one.0)
        .min(other.1.saturating_sub(other.0));
    common > 0 && common.saturating_mul(2) > shorter
}

/// The points of a life that has ended, without the last one said again and again.
fn without_lag(mut points: Vec<Point>) -> Vec<Point> {
    let last = points.last().map_or(0, |point| point.at);
    while let [.., before, end] = points.as_slice()
        && before.bytes == end.bytes
        && last.saturating_sub(before.at) <= LAG
    {
        points.pop();
    }
    points
}

/// The time between two points, for most of them.
fn step_of(course: &Course) -> f64 {
    let gaps = course
        .series()
        .iter()
        .flat_map(|series| series.windows(2))
        .filter_map(|two| match two {
            [before, after] => Some(as_f64(after.at.saturating_sub(before.at))),
            _ => None,
        });
    median(gaps).unwrap_or(60.0).max(1.0)
}

fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values
        .into_iter()
        .filter(|value| value.is_finite())
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

const fn as_f64(seconds: i64) -> f64 {
    seconds as f64
}

/// A number of bytes; what is negative is none.
fn whole(bytes: f64) -> u64 {
    bytes.max(0.0) as u64
}
