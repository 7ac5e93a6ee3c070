//! From what look after look at a cluster finds to what is worth telling: only what holds.
//!
//! A rolling or a flapping workload is not an incident, and what could not be seen has not gone
//! away. Pure: the time is an argument, and nothing is looked at here.

use std::collections::{BTreeMap, BTreeSet};

use model::{Cause, Finding, Fingerprint, Millis, ObjectRef, Severity, Timestamp};
use serde::Serialize;

/// The most findings that are followed; those of a cluster that has more are told by a plain scan.
const MAX_FOLLOWED: usize = 10_000;

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It is new.
    Found,
    /// It was told before, and is another one now: worse or better, or for another reason.
    Changed,
    /// It was told before, and is no more.
    Gone,
}

impl Turn {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What became of it.
    pub turn: Turn,
    /// The finding as it is, or as it was last.
    pub finding: Finding,
}

/// Follows findings from look to look, and tells what has held over two looks that were far enough
/// apart.
#[derive(Debug)]
pub struct Steady {
    hold: Millis,
    followed: BTreeMap<Fingerprint, Followed>,
}

/// One finding that is followed.
#[derive(Debug)]
struct Followed {
    finding: Finding,
    /// The sense in which it was told, if it was.
    told: Option<Sense>,
    /// The sense that it has now, and since when.
    sense: Sense,
    since: Timestamp,
    /// Since when it has been missing.
    missing: Option<Timestamp>,
    /// What could not be seen when it was seen last.
    blind: BTreeSet<String>,
}

/// What has to differ for a finding to be another one. Pods that come and go, counts that go up and
/// times that pass are no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sense {
    severity: Severity,
    cause: Cause,
    words: String,
    explains: BTreeSet<(ObjectRef, Cause)>,
}

impl Sense {
    fn of(finding: &Finding) -> Self {
        Self {
            severity: finding.severity,
            cause: finding.cause,
            words: uncounted(&finding.root_cause.en),
            explains: finding
                .explains
                .iter()
                .map(|one| (one.object.clone(), one.cause))
                .collect(),
        }
    }
}

/// Words in which every number is the same.
fn uncounted(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in words.chars() {
        if !letter.is_ascii_digit() {
            out.push(letter);
        } else if !out.ends_with('0') {
            out.push('0');
        }
    }
    out
}

impl Steady {
    /// Tells what has held for so long.
    #[must_use]
    pub const fn new(hold: Millis) -> Self {
        Self {
            hold,
            followed: BTreeMap::new(),
        }
    }

    /// Takes in one look: what it found, what it could not see, and when it was. Gives what is to be
    /// told now, in the order of the look; what is gone comes last.
    pub fn look<'b>(
        &mut self,
        findings: Vec<Finding>,
        blind: impl IntoIterator<Item = &'b str>,
        at: Timestamp,
    ) -> Vec<Told> {
        let blind: BTreeSet<String> = blind.into_iter().map(uncounted).collect();
        let mut told = Vec::new();
        let mut seen = BTreeSet::new();
        for finding in findings {
            if !seen.insert(finding.fingerprint.clone()) {
                continue;
            }
            told.extend(self.seen(finding, &blind, at));
        }
        let hold = self.hold;
        self.followed.retain(|fingerprint, followed| {
            if seen.contains(fingerprint) {
                return true;
            }
            if !blind.is_subset(&followed.blind) {
                // It may be there still, where nobody can look now.
                followed.missing = None;
                return true;
            }
            if followed.told.is_none() {
                return false;
            }
            let since = *followed.missing.get_or_insert(at);
            let gone = at > since && at.since(since) >= hold;
            if gone {
                told.push(Told {
                    turn: Turn::Gone,
                    finding: followed.finding.clone(),
                });
            }
            !gone
        });
        told
    }

    fn seen(&mut self, finding: Finding, blind: &BTreeSet<String>, at: Timestamp) -> Option<Told> {
        let sense = Sense::of(&finding);
        let full = self.followed.len() >= MAX_FOLLOWED;
        let Some(followed) = self.followed.get_mut(&finding.fingerprint) else {
            if !full {
                let fingerprint = finding.fingerprint.clone();
                let followed = Followed {
                    finding,
                    told: None,
                    sense,
                    since: at,
                    missing: None,
                    blind: blind.clone(),
                };
                self.followed.insert(fingerprint, followed);
            }
            return None;
        };
        followed.missing = None;
        followed.blind.clone_from(blind);
        if followed.sense != sense {
            // One that was never told has been there all the time, whatever it is by now; one that
            // was told has to hold anew.
            if followed.told.is_some() {
                followed.since = at;
            }
            followed.sense = sense;
        }
        followed.finding = finding;
        let held = at > followed.since && at.since(followed.since) >= self.hold;
        let turn = match &followed.told {
            None => Turn::Found,
            Some(told) if *told != followed.sense => Turn::Changed,
            Some(_) => return None,
        };
        held.then(|| {
            followed.told = Some(followed.sense.clone());
            Told {
                turn,
                finding: followed.finding.clone(),
            }
        })
    }

    /// How long until something that is followed may have to be told, if anything waits for that: by
    /// then another look is due even if nothing changes.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Option<Millis> {
        self.followed
            .values()
            .filter_map(|followed| {
                let since = match (&followed.told, followed.missing) {
                    (_, Some(missing)) => missing,
                    (Some(told), None) if *told == followed.sense => return None,
                    (Some(_) | None, None) => followed.since,
                };
                let waited = now.since(since);
                Some(Millis(self.hold.0.saturating_sub(waited.0)))
            })
            .min()
    }
}

#[cfg(test)]
mod tests;
