//! What was not seen, in the reader's language: each by itself for machines, and for people in as few
//! lines as there are reasons.

use cluster::BlindSpot;
use model::Lang;
use serde::{Serialize, Serializer};

use crate::output::harmless;

/// Up to so many things that were refused for one reason are all named.
const FEW: usize = 3;
/// How many are named of more than that.
const NAMED: usize = 2;

/// What was not seen, in a language.
#[derive(Debug)]
pub(crate) struct Unseen {
    spots: Vec<BlindSpot>,
    lang: Lang,
}

/// One of them, as the contract has it: machines know what it is by its English name.
#[derive(Serialize)]
struct Told<'s> {
    what: &'s str,
    why: &'s str,
}

impl Unseen {
    pub(crate) fn new(spots: Vec<BlindSpot>, lang: Lang) -> Self {
        // What a record says was not seen may be met again when it is read.
        let mut told: Vec<BlindSpot> = Vec::with_capacity(spots.len());
        for spot in spots {
            if !told.contains(&spot) {
                told.push(spot);
            }
        }
        Self { spots: told, lang }
    }

    pub(crate) fn spots(&self) -> &[BlindSpot] {
        &self.spots
    }
}

impl Serialize for Unseen {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.spots.iter().map(|spot| Told {
            what: &spot.what.en,
            why: spot.why.get(self.lang),
        }))
    }
}

/// What was not seen for one reason.
struct Group {
    reason: Reason,
    /// Why, as it was said of the first.
    why: String,
    things: Vec<String>,
}

/// What tells one line from another.
#[derive(PartialEq, Eq)]
enum Reason {
    /// Our own: the same words for all.
    Ours(String),
    /// Somebody else's, without the one thing that it is about; and where that was.
    Theirs { said: String, place: String },
}

/// One line for each reason: `Not in this transcript: endpointslices, nodes`, and `configmaps, events
/// and 12 more: forbidden: …`. Who wants to know all has all of them named.
pub(crate) fn lines<'s>(
    spots: impl IntoIterator<Item = &'s BlindSpot>,
    lang: Lang,
    all: bool,
) -> Vec<String> {
    let mut groups: Vec<Group> = Vec::new();
    for spot in spots {
        let why = harmless(spot.why.get(lang));
        let what = harmless(spot.what.get(lang));
        let (reason, thing) = if spot.why.is_same() {
            let (thing, place) = placed(&what);
            let (said, place) = (without_thing(&why), place.to_owned());
            (Reason::Theirs { said, place }, thing.to_owned())
        } else {
            (Reason::Ours(why.clone()), what)
        };
        match groups.iter_mut().find(|group| group.reason == reason) {
            Some(group) => group.things.push(thing),
            None => groups.push(Group {
                reason,
                why,
                things: vec![thing],
            }),
        }
    }
    let told = groups.into_iter().map(|group| group.line(lang, all));
    told.collect()
}

impl Group {
    fn line(&self, lang: Lang, all: bool) -> String {
        let (colon, comma) = match lang {
            Lang::En => (": ", ", "),
            Lang::Zh => ("：", "、"),
        };
        match (&self.reason, self.things.as_slice()) {
            (Reason::Ours(_), [one]) => format!("{one}{colon}{}", self.why),
            // Our own reasons begin a sentence.
            (Reason::Ours(why), things) => {
                format!("{}{colon}{}", begun(why), things.join(comma))
            }
            (Reason::Theirs { place, .. }, [one]) => format!("{one}{place}{colon}{}", self.why),
            (Reason::Theirs { said, place }, things) => {
                let count = things.len();
                let named = if all || count <= FEW {
                    things.join(comma)
                } else {
                    let first: Vec<&str> = things.iter().take(NAMED).map(String::as_str).collect();
                    let first = first.join(comma);
                    match lang {
                        Lang::En => format!("{first} and {} more", count - NAMED),
                        Lang::Zh => format!("{first} 等 {count} 项"),
                    }
                };
                format!("{named}{place}{colon}{said}")
            }
        }
    }
}

/// A thing, and where it was not seen: `events`, ` outside of namespace shop`.
fn placed(what: &str) -> (&str, &str) {
    let end = what.find([' ', '（']).unwrap_or(what.len());
    what.split_at(end)
}

/// An API server's refusal without the one resource that it is about, so that the same refusal of
/// others is known to be the same; any other words as they are.
fn without_thing(why: &str) -> String {
    refusal(why).unwrap_or_else(|| why.to_owned())
}

/// Of `events is forbidden: User "a" cannot list resource "events" in API group "" at the cluster
/// scope` this is `forbidden: User "a" cannot list … at the cluster scope`.
fn refusal(why: &str) -> Option<String> {
    let (thing, said) = why.split_once(" is forbidden: ")?;
    // Whoever passed it on may have put words before it.
    let lead = thing.rfind(' ').and_then(|end| thing.get(..=end));
    let (before, after) = said.split_once("resource \"")?;
    let (_, after) = after.split_once("\" in API group \"")?;
    let (_, after) = after.split_once('"')?;
    let lead = lead.unwrap_or_default();
    Some(format!("{lead}forbidden: {before}…{after}"))
}

/// Words with a capital at the beginning.
fn begun(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use facts::kinds;
    use model::Text;

    use super::*;

    fn spot(what: &str, why: &str) -> BlindSpot {
        BlindSpot::new(Text::same(what), &Text::same(why))
    }

    /// As an API server refuses to list a kind.
    fn refused(name: &str, place: &str) -> BlindSpot {
        let kind = kinds::find(name).unwrap();
        let (resource, plural, group) = (kind.resource(), kind.plural, kind.group);
        let why = format!(
            "{resource} is forbidden: User \"reader\" cannot list resource \"{plural}\" in API group \"{group}\" {place}"
        );
        BlindSpot::of(kind, None, &Text::same(why))
    }

    #[test]
    fn what_was_not_seen_for_one_reason_is_one_line() {
        let why = Text::new("not in this transcript", "不在这份命令记录中");
        let spots = [
            BlindSpot::new(Text::same("nodes"), &why),
            spot("secrets", "forbidden"),
            BlindSpot::new(Text::new("logs", "日志"), &why),
        ];
        assert_eq!(
            lines(&spots, Lang::En, false),
            ["Not in this transcript: nodes, logs", "secrets: forbidden"]
        );
        assert_eq!(
            lines(&spots, Lang::Zh, false),
            ["不在这份命令记录中：nodes、日志", "secrets：forbidden"]
        );
    }

    #[test]
    fn lists_that_are_refused_with_the_same_words_are_one_line() {
        let place = "at the cluster scope";
        let mut spots: Vec<BlindSpot> = ["cm", "events", "deploy", "nodes", "jobs"]
            .map(|name| refused(name, place))
            .into();
        spots.push(spot("pods", "the server is busy"));
        let said = "forbidden: User \"reader\" cannot list … at the cluster scope";
        let busy = "pods: the server is busy".to_owned();
        assert_eq!(
            lines(&spots, Lang::En, false),
            [
                format!("configmaps, events and 3 more: {said}"),
                busy.clone()
            ]
        );
        assert_eq!(
            lines(&spots, Lang::En, true),
            [
                format!("configmaps, events, deployments.apps, nodes, jobs.batch: {said}"),
                busy
            ]
        );
        assert_eq!(
            lines(&spots, Lang::Zh, false)[0],
            format!("configmaps、events 等 5 项：{said}")
        );
    }

    #[test]
    fn what_is_refused_in_different_places_is_told_apart() {
        let place = "at the cluster scope";
        let mut spots: Vec<BlindSpot> = ["cm", "events", "nodes", "deploy"]
            .map(|name| refused(name, place))
            .into();
        for spot in &mut spots[..2] {
            spot.what.en.push_str(" outside of namespace shop");
            spot.what.zh.push_str("（命名空间 shop 之外）");
        }
        let said = "forbidden: User \"reader\" cannot list … at the cluster scope";
        assert_eq!(
            lines(&spots, Lang::En, false),
            [
                format!("configmaps, events outside of namespace shop: {said}"),
                format!("nodes, deployments.apps: {said}"),
            ]
        );
        assert_eq!(
            lines(&spots, Lang::Zh, false)[0],
            format!("configmaps、events（命名空间 shop 之外）：{said}")
        );
    }

    #[test]
    fn a_single_refusal_is_told_in_its_own_words() {
        let one = refused("events", "in the namespace \"shop\"");
        assert_eq!(
            lines([&one], Lang::En, false),
            [format!("events: {}", one.why.en)]
        );
    }

    #[test]
    fn machines_are_told_each_by_itself_and_in_plain_strings() {
        let logs = || Text::new("logs", "日志");
        let why = Text::new("not in this recording", "不在这份记录中");
        let told = |lang| {
            let spots = vec![BlindSpot::new(logs(), &why), spot("events", "no")];
            serde_json::to_string(&Unseen::new(spots, lang)).unwrap()
        };
        assert_eq!(
            told(Lang::En),
            r#"[{"what":"logs","why":"not in this recording"},{"what":"events","why":"no"}]"#
        );
        assert_eq!(
            told(Lang::Zh),
            r#"[{"what":"logs","why":"不在这份记录中"},{"what":"events","why":"no"}]"#
        );
    }
}
