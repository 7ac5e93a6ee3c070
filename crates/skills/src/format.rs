//! The format of a skill file, as it is written. What it means is worked out elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

/// A text and where it stands.
pub(crate) type Word = Spanned<String>;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSkill {
    #[serde(default)]
    pub(crate) format: Option<Spanned<u32>>,
    pub(crate) name: Word,
    #[serde(default)]
    pub(crate) description: Option<Spanned<RawText>>,
    #[serde(default)]
    pub(crate) extends: Option<Word>,
    #[serde(default)]
    pub(crate) parent: Option<Word>,
    #[serde(default)]
    pub(crate) triggers: Vec<Spanned<RawTrigger>>,
    #[serde(default)]
    pub(crate) system_prompt: Option<RawText>,
    #[serde(default)]
    pub(crate) required_tools: Vec<Word>,
    #[serde(default)]
    pub(crate) allowed_tools: Vec<Word>,
    #[serde(default)]
    pub(crate) decision_tree: Option<RawTree>,
    #[serde(default)]
    pub(crate) memory_policy: Option<RawMemory>,
    #[serde(default)]
    pub(crate) remedies: Vec<Word>,
    #[serde(default)]
    pub(crate) cases: Vec<Word>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTrigger {
    #[serde(default)]
    pub(crate) alert_name: Option<Word>,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) resource: Option<Word>,
    #[serde(default)]
    pub(crate) when: Option<Spanned<RawWhen>>,
    #[serde(default)]
    pub(crate) priority: i32,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMemory {
    #[serde(default)]
    pub(crate) short_term_window: Option<Word>,
    #[serde(default)]
    pub(crate) long_term_top_k: Option<u32>,
    #[serde(default)]
    pub(crate) relevant_metrics: Vec<String>,
}

/// A tree is a list of steps, or one step with the others nested in it.
#[derive(Debug)]
pub(crate) enum RawTree {
    Steps(Vec<Spanned<RawNode>>),
    Nested(Box<RawNode>),
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNode {
    #[serde(default)]
    pub(crate) step: Option<Word>,
    #[serde(default)]
    pub(crate) tool: Option<Word>,
    #[serde(default)]
    pub(crate) params: BTreeMap<String, Spanned<Value>>,
    #[serde(default, rename = "let")]
    pub(crate) lets: RawLets,
    #[serde(default)]
    pub(crate) branches: Vec<Spanned<RawBranch>>,
    #[serde(default, rename = "else")]
    pub(crate) otherwise: Option<Box<Spanned<RawTarget>>>,
    #[serde(default)]
    pub(crate) on_success: Option<Box<Spanned<RawTarget>>>,
    #[serde(default)]
    pub(crate) on_failure: Option<Box<Spanned<RawTarget>>>,
    #[serde(default)]
    pub(crate) cause: Option<Word>,
    #[serde(default)]
    pub(crate) conclusion: Option<Spanned<RawText>>,
    #[serde(default)]
    pub(crate) confidence: Option<Spanned<f64>>,
    #[serde(default)]
    pub(crate) severity: Option<Word>,
    #[serde(default)]
    pub(crate) blames: Option<Word>,
    #[serde(default)]
    pub(crate) next: Vec<RawNext>,
    #[serde(default)]
    pub(crate) remedy: Option<Word>,
    #[serde(default)]
    pub(crate) symptom: Option<bool>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBranch {
    pub(crate) when: Word,
    pub(crate) then: Spanned<RawTarget>,
}

/// A condition, or several of which all must hold.
#[derive(Debug)]
pub(crate) enum RawWhen {
    One(String),
    All(Vec<Word>),
}

/// Where a branch leads: to a step by its name, or to one written in its place.
#[derive(Debug)]
pub(crate) enum RawTarget {
    Name(String),
    Node(Box<RawNode>),
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNext {
    pub(crate) text: Spanned<RawText>,
    #[serde(default)]
    pub(crate) command: Option<Word>,
}

/// A text for both languages, or one in each.
#[derive(Debug)]
pub(crate) enum RawText {
    Same(String),
    Both(RawBoth),
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBoth {
    pub(crate) en: String,
    pub(crate) zh: String,
}

/// Named sub-expressions, in the order in which they are written.
#[derive(Debug, Default)]
pub(crate) struct RawLets(pub(crate) Vec<(String, Word)>);

impl<'de> Deserialize<'de> for RawLets {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = RawLets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from names to expressions")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawLets, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(RawLets(pairs))
            }
        }
        d.deserialize_map(Pairs)
    }
}

/// Reads something that is written in one of two shapes, without losing where it stands.
macro_rules! either {
    ($type:ty, $expecting:literal, $($shape:item)*) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> Visitor<'de> for Either {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    $($shape)*
                }
                d.deserialize_any(Either)
            }
        }
    };
}

either! {
    RawTree, "a list of steps or one step",
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawTree, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(seq)).map(RawTree::Steps)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawTree, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(map)).map(|node| RawTree::Nested(Box::new(node)))
    }
}

either! {
    RawWhen, "a condition, or a list of conditions that all must hold",
    fn visit_str<E: de::Error>(self, condition: &str) -> Result<RawWhen, E> {
        Ok(RawWhen::One(condition.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawWhen, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(seq)).map(RawWhen::All)
    }
}

either! {
    RawTarget, "the name of a step, a step or a conclusion",
    fn visit_str<E: de::Error>(self, name: &str) -> Result<RawTarget, E> {
        Ok(RawTarget::Name(name.to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawTarget, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(map)).map(|node| RawTarget::Node(Box::new(node)))
    }
}

either! {
    RawText, "a text, or one in each language (`en` and `zh`)",
    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawText, E> {
        Ok(RawText::Same(text.to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawText, A::Error> {
        Deserialize::deserialize(MapAccessDeserializer::new(map)).map(RawText::Both)
    }
}
