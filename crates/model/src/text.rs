//! The two languages, and words kept in both.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese (simplified).
    Zh,
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "en" => Ok(Self::En),
            "zh" => Ok(Self::Zh),
            other => Err(format!(
                "`{other}` is not a language Kintsugi speaks: use `en` or `zh`"
            )),
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::En => "en",
            Self::Zh => "zh",
        })
    }
}

/// The same sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Text {
    /// The same sentence in both languages.
    #[must_use]
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }

    /// Words that have no second language, such as a person's own.
    #[must_use]
    pub fn same(words: impl Into<String>) -> Self {
        let words = words.into();
        Self {
            en: words.clone(),
            zh: words,
        }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// Whether both languages have the same words: then they are somebody else's, or a name.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.en == self.zh
    }

    /// Several one after another, with something between them.
    #[must_use]
    pub fn joined<'t>(parts: impl IntoIterator<Item = &'t Self>, between: &Self) -> Self {
        let mut all = Self::default();
        for (place, part) in parts.into_iter().enumerate() {
            if place > 0 {
                all.push(between);
            }
            all.push(part);
        }
        all
    }

    /// Adds what comes after it.
    pub fn push(&mut self, more: &Self) {
        self.en.push_str(&more.en);
        self.zh.push_str(&more.zh);
    }

    /// What becomes of the sentence when the same is done to it in each language.
    #[must_use]
    pub fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self {
            en: change(&self.en),
            zh: change(&self.zh),
        }
    }
}
