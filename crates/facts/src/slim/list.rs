//! A list of objects, as the API server and `kubectl` give them: one page, each item made small as it
//! is read.

use serde::de::Error as _;

use super::{Hint, Reader};
use crate::Object;
use crate::json::cursor::{Broken, Cursor, explain};

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

impl<'t> Reader<'_, 't> {
    /// Reads a page of a list. What its items are they tell themselves, or the hint does, or the
    /// list's own kind.
    ///
    /// # Errors
    /// When it is no list, or only half of one.
    pub fn page(&mut self, bytes: &'t [u8], hint: Hint<'_>) -> Result<Page, serde_json::Error> {
        let text = std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
        let mut json = Cursor::new(text);
        let page = self.list_of(&mut json, hint);
        page.and_then(|page| json.end().map(|()| page))
            .map_err(|broken| explain(text, broken))
    }

    fn list_of(&mut self, json: &mut Cursor<'t>, hint: Hint<'_>) -> Result<Page, Broken> {
        let mut page = Page::default();
        let mut items = None;
        if json.next()? != b'{' {
            json.skip()?;
            return Err(Broken::Shape("this is no list"));
        }
        json.fields(|json, name| {
            match name.as_ref() {
                "kind" => page.kind = said(json)?,
                "apiVersion" => page.api_version = said(json)?,
                "metadata" => page.tell(json)?,
                "items" => {
                    let own = item_kind(&page.kind).filter(|_| hint.kind.is_empty());
                    let hint = own.map_or(hint, |kind| Hint::of(kind, &page.api_version));
                    items = Some(self.items(json, hint)?);
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        (page.items, page.odd) = items.ok_or(Broken::Shape("missing field `items`"))?;
        page.name_items();
        Ok(page)
    }

    fn items(
        &mut self,
        json: &mut Cursor<'t>,
        hint: Hint<'_>,
    ) -> Result<(Vec<Object>, usize), Broken> {
        match json.next()? {
            b'[' => {}
            // An empty list of Go may be `null`.
            b'n' => return json.word("null").map(|()| (Vec::new(), 0)),
            _ => return Err(Broken::Shape("`items` is no list")),
        }
        let mut objects = Vec::new();
        let mut odd = 0_usize;
        json.items(|json, _| {
            match self.item(json, hint)? {
                Some(object) => objects.push(object),
                None => odd = odd.saturating_add(1),
            }
            Ok(())
        })?;
        objects.shrink_to_fit();
        Ok((objects, odd))
    }
}

/// What a list says of itself; `null` is nothing.
fn said(json: &mut Cursor<'_>) -> Result<String, Broken> {
    match json.next()? {
        b'n' => json.word("null").map(|()| String::new()),
        b'"' => Ok(json.string()?.into_owned()),
        _ => Err(Broken::Shape(
            "a list says something of itself that is no text",
        )),
    }
}

/// The kind of the items of a list of one kind.
fn item_kind(list: &str) -> Option<&str> {
    list.strip_suffix("List").filter(|kind| !kind.is_empty())
}

impl Page {
    /// Takes in what the list's metadata tells.
    fn tell(&mut self, json: &mut Cursor<'_>) -> Result<(), Broken> {
        match json.next()? {
            b'{' => {}
            b'n' => return json.word("null"),
            _ => return Err(Broken::Shape("the metadata of a list are no fields")),
        }
        json.fields(|json, name| {
            match name.as_ref() {
                "resourceVersion" => self.resource_version = said(json)?,
                "continue" => self.more = Some(said(json)?).filter(|token| !token.is_empty()),
                _ => json.skip()?,
            }
            Ok(())
        })
    }

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
