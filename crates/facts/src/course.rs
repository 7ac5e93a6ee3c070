//! The course of a container's memory, as somebody who measures it has kept it, and what it tells
//! of a container that was ended for want of memory: a leak, a spike, or a limit that is too low.
//!
//! Who is asked for it, and over which span, is not decided here.

mod judge;

use std::cmp::Reverse;

use model::Text;

use crate::container::containers;
use crate::{Candidate, Resource, Snapshot};

pub use judge::{Judged, Lives, Shape, judge};

/// The most lives of a container that are looked at, the newest.
const MAX_SERIES: usize = 256;
/// The most points of one of them, the newest.
const MAX_POINTS: usize = 1_000;

/// Whose memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CourseKey {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
}

impl CourseKey {
    /// A container of a pod.
    #[must_use]
    pub fn new(namespace: &str, pod: &str, container: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: container.to_owned(),
        }
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// When, in seconds since 1970.
    pub at: i64,
    /// How many bytes were in use.
    pub bytes: u64,
}

/// What was measured, each series in order of time. A container that is restarted often has a
/// series for each of its lives; some who measure run them together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    series: Vec<Vec<Point>>,
}

impl Course {
    /// A course of these series, in order and within bounds: the newest are kept.
    #[must_use]
    pub fn new(series: Vec<Vec<Point>>) -> Self {
        let mut series: Vec<Vec<Point>> = series
            .into_iter()
            .map(|mut points| {
                points.sort_unstable();
                points.dedup_by_key(|point| point.at);
                let from = points.len().saturating_sub(MAX_POINTS);
                points.drain(..from);
                points
            })
            .filter(|points| !points.is_empty())
            .collect();
        series.sort_unstable();
        let from = series.len().saturating_sub(MAX_SERIES);
        series.drain(..from);
        Self { series }
    }

    /// The series, those that begin first before the others.
    #[must_use]
    pub fn series(&self) -> &[Vec<Point>] {
        &self.series
    }

    /// Whether nothing was measured.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Every measurement, in no order.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        self.series.iter().flatten().copied()
    }
}

/// What asking for a course gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CourseSeen {
    /// What was measured.
    Points(Course),
    /// Nothing was, in the words of whoever was asked.
    Absent(Text),
}

/// The exit code of what was killed.
const KILLED: i64 = 137;

/// The containers whose course is worth asking for: those that were ended for want of memory, or
/// killed again and again by nobody knows whom. Of those that are sick alike it is the one that
/// tells most; those that show in the most pods come first.
#[must_use]
pub fn wanted(snapshot: &Snapshot, candidates: &[Candidate]) -> Vec<CourseKey> {
    let mut wanted: Vec<(usize, CourseKey)> = candidates
        .iter()
        .filter(|candidate| candidate.resource == Resource::Container)
        .filter_map(|candidate| {
            let pod = snapshot.find(&candidate.object).present()?;
            let part = candidate.part.as_deref()?;
            let container = containers(pod).find(|container| container.name() == part)?;
            let short = container.end_reason() == "OOMKilled"
                || container.exit_code() == KILLED && container.restarts() > 0;
            let key = CourseKey::new(pod.namespace(), pod.name(), part);
            short.then_some((candidate.affected.len(), key))
        })
        .collect();
    wanted.sort_by_key(|(affected, _)| Reverse(*affected));
    wanted.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests;
