//! A list of objects, as the API server and `kubectl` give them: one page, each item made small as it
//! is read.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Slim;
use super::key::Key;
use crate::{Object, Pool};

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The list's own kind: `PodList`, or `List` where items of several kinds may be in it.
    pub kind: String,
    /// The list's own `apiVersion`.
    pub api_version: String,
    /// The state of the cluster that the list shows.
    pub resource_version: String,
    /// What to ask for the next page with, if there is one.
    pub more: Option<String>,
    /// The objects.
    pub items: Vec<Object>,
    /// How many items were no objects at all.
    pub odd: usize,
}

/// Parses a page of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageSeed<'a> {
    item: Slim<'a>,
}

impl<'a> PageSeed<'a> {
    /// A list whose items tell their kinds themselves, or whose own kind tells it.
    #[must_use]
    pub const fn unknown(pool: &'a Pool) -> Self {
        Self {
            item: Slim::unknown(pool),
        }
    }

    /// A list of one kind.
    #[must_use]
    pub const fn of(kind: &'a str, api_version: &'a str, pool: &'a Pool) -> Self {
        Self {
            item: Slim::of(kind, api_version, pool),
        }
    }

    /// Parses the bytes of a page.
    ///
    /// # Errors
    /// When they are no list, or only half of one.
    pub fn parse(self, bytes: &[u8]) -> Result<Page, serde_json::Error> {
        // Seen to be text once, each part of it need not be.
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.whole(serde_json::Deserializer::from_slice(bytes));
        };
        self.whole(serde_json::Deserializer::from_str(text))
    }

    fn whole<'de, R: serde_json::de::Read<'de>>(
        self,
        mut json: serde_json::Deserializer<R>,
    ) -> Result<Page, serde_json::Error> {
        let page = self.deserialize(&mut json)?;
        json.end()?;
        Ok(page)
    }
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = Page;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// What a list says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ListMeta {
    #[serde(rename = "resourceVersion")]
    resource_version: Option<String>,
    #[serde(rename = "continue")]
    more: Option<String>,
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let mut page = Page::default();
        let mut items = None;
        while let Some(key) = map.next_key_seed(Key)? {
            match key.as_ref() {
                "kind" => page.kind = map.next_value()?,
                "apiVersion" => page.api_version = map.next_value()?,
                "metadata" => {
                    let meta: Option<ListMeta> = map.next_value()?;
                    let meta = meta.unwrap_or_default();
                    page.resource_version = meta.resource_version.unwrap_or_default();
                    page.more = meta.more.filter(|token| !token.is_empty());
                }
                "items" => {
                    let item = match item_kind(&page.kind) {
                        Some(kind) if self.item.is_unknown() => {
                            Slim::of(kind, &page.api_version, self.item.pool())
                        }
                        Some(_) | None => self.item,
                    };
                    items = Some(map.next_value_seed(Items { item })?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let (items, odd) = items.ok_or_else(|| A::Error::missing_field("items"))?;
        page.items = items;
        page.odd = odd;
        page.name_items();
        Ok(page)
    }
}

/// The kind of the items of a list of one kind.
fn item_kind(list: &str) -> Option<&str> {
    list.strip_suffix("List").filter(|kind| !kind.is_empty())
}

impl Page {
    /// Tells items what they are where only the list says it, and says it after them.
    fn name_items(&mut self) {
        let Some(kind) = item_kind(&self.kind) else {
            return;
        };
        for item in &mut self.items {
            if item.kind().is_empty() {
                item.set(&["kind"], kind);
                if !self.api_version.is_empty() {
                    item.set(&["apiVersion"], self.api_version.as_str());
                }
            }
        }
    }
}

struct Items<'a> {
    item: Slim<'a>,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = (Vec<Object>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        // An empty list of Go may be `null`.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = (Vec<Object>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the objects of a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut objects = Vec::new();
        let mut odd = 0_usize;
        while let Some(item) = seq.next_element_seed(self.item.or_nothing())? {
            match item {
                Some(object) => objects.push(object),
                None => odd = odd.saturating_add(1),
            }
        }
        objects.shrink_to_fit();
        Ok((objects, odd))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok((Vec::new(), 0))
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok((Vec::new(), 0))
    }
}
