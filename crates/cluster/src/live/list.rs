//! One list: page after page, each made small as it is parsed, all of one state of the cluster or
//! none.

use facts::Pool;
use facts::kinds::{Kind, OptIn, Read};
use facts::slim::{Hint, Page, Reader};
use facts::{Json, Object};
use model::Text;

use super::wire::{Failure, Tally, Wire};

/// What a list is asked for with.
const JSON: &str = "application/json";
/// The same, and only what `metadata` says of each object.
const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
/// Pages of at least so many bytes are parsed beside the requests, and not between them.
const PARSE_BESIDE: usize = 128 << 10;
/// The most pages of one list: a server that always has one more is broken.
const MAX_PAGES: usize = 10_000;

/// A list to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) kind: &'static Kind,
    pub(super) namespace: Option<&'a str>,
    /// Only some of them.
    pub(super) only: Only<'a>,
}

/// Which objects of a list are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Only<'a> {
    /// All of them.
    #[default]
    All,
    /// Those with these labels, in the API server's words.
    Labels(&'a str),
    /// Those with these fields, in the API server's words.
    Fields(&'a str),
}

/// A label selector in the API server's words; nothing if it cannot be put into them.
pub(super) fn in_words(selector: &Json) -> Option<String> {
    let expressions = selector.get("matchExpressions");
    let labels = match selector.get("matchLabels") {
        Some(labels) => Some(labels),
        None if expressions.is_some() => None,
        None => Some(selector),
    };
    let mut words = Vec::new();
    for (name, value) in labels.and_then(Json::as_object).into_iter().flatten() {
        words.push(format!("{name}={}", value.as_str()?));
    }
    for expression in expressions.and_then(Json::as_array).into_iter().flatten() {
        let key = expression.get("key")?.as_str()?;
        let values = expression.get("values").and_then(Json::as_array);
        let values: Option<Vec<&str>> = values.into_iter().flatten().map(Json::as_str).collect();
        let values = values?.join(",");
        words.push(match expression.get("operator")?.as_str()? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    (!words.is_empty()).then(|| words.join(","))
}

impl Asked<'_> {
    fn path(&self, limit: u32, more: Option<&str>) -> String {
        let mut path = format!("{}?limit={limit}", self.kind.path(self.namespace));
        if let Read::OptIn(what) = self.kind.read {
            if let Some(words) = what.field_selector() {
                path.push_str("&fieldSelector=");
                path.push_str(&encoded(words));
            }
            if what == OptIn::HelmRelease {
                // How the releases before went is of no use, and there are many of them.
                path.push_str("&labelSelector=");
                path.push_str(&encoded("status!=superseded"));
            }
        }
        match self.only {
            Only::All => {}
            Only::Labels(words) => {
                path.push_str("&labelSelector=");
                path.push_str(&encoded(words));
            }
            Only::Fields(words) => {
                path.push_str("&fieldSelector=");
                path.push_str(&encoded(words));
            }
        }
        if let Some(token) = more {
            path.push_str("&continue=");
            path.push_str(&encoded(token));
        }
        path
    }

    const fn accept(&self) -> &'static str {
        match self.kind.read {
            Read::Metadata | Read::OptIn(OptIn::Name) => METADATA,
            Read::Whole | Read::OnDemand | Read::OptIn(OptIn::HelmRelease | OptIn::Certificate) => {
                JSON
            }
        }
    }
}

/// Encodes a value for the query of an address.
pub(super) fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Reads a whole list. A list that expires while it is read is read anew, once.
///
/// What has come so far is trimmed after each page.
pub(super) async fn whole(
    wire: &Wire,
    asked: Asked<'_>,
    tally: &Tally,
    trim: fn(&mut Vec<Object>),
) -> Result<Vec<Object>, Failure> {
    let mut expired = false;
    loop {
        match pages(wire, asked, tally, trim).await {
            Err(Failure::Refused(refusal)) if refusal.code == 410 && !expired => {
                tracing::debug!(kind = asked.kind.kind, "the list expired while it was read");
                expired = true;
            }
            answer => return answer,
        }
    }
}

async fn pages(
    wire: &Wire,
    asked: Asked<'_>,
    tally: &Tally,
    trim: fn(&mut Vec<Object>),
) -> Result<Vec<Object>, Failure> {
    let mut objects: Vec<Object> = Vec::new();
    let mut take = |page: Page| {
        objects.extend(page.items);
        trim(&mut objects);
    };
    let mut limit = wire.limits.page.max(1);
    let mut more: Option<String> = None;
    // The page before, which is parsed while the next one is asked for.
    let mut parsing: Option<(Parsing, String)> = None;
    for _ in 0..MAX_PAGES {
        let path = asked.path(limit, more.as_deref());
        let most = wire.limits.page_bytes;
        let answer = wire.get(&path, asked.accept(), most, tally).await;
        if let Some((page, expected)) = parsing.take() {
            let page = page.done().await?;
            if page.more.as_ref() != Some(&expected) {
                return Err(Failure::Broken(Text::new(
                    "the list says two things of its next page",
                    "列表对下一页的说法前后不一",
                )));
            }
            take(page);
        }
        let bytes = match answer {
            Ok(bytes) => bytes,
            // Large objects: fewer of them at once, down to a single one.
            Err(Failure::TooLarge(_)) if limit > 1 => {
                limit = (limit / 8).max(1);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let ahead = next_page(&bytes);
        let page = Parsing::start(asked.kind, bytes);
        let next = match ahead {
            Some(token) => {
                parsing = Some((page, token.clone()));
                token
            }
            None => {
                let page = page.done().await?;
                let next = page.more.clone();
                take(page);
                match next {
                    Some(token) => token,
                    None => {
                        objects.shrink_to_fit();
                        return Ok(objects);
                    }
                }
            }
        };
        if more.as_ref() == Some(&next) {
            return Err(Failure::Broken(Text::new(
                "the server gave the same page twice",
                "服务器两次给出同一页",
            )));
        }
        more = Some(next);
    }
    Err(Failure::Broken(Text::new(
        format!("the list has more than {MAX_PAGES} pages"),
        format!("列表超过 {MAX_PAGES} 页"),
    )))
}

/// Reads a whole list and keeps nothing of it.
pub(super) async fn only_read(wire: &Wire, asked: Asked<'_>, tally: &Tally) -> Result<(), Failure> {
    let mut more: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let path = asked.path(wire.limits.page.max(1), more.as_deref());
        let most = wire.limits.page_bytes;
        let bytes = wire.get(&path, asked.accept(), most, tally).await?;
        more = next_page(&bytes);
        if more.is_none() {
            return Ok(());
        }
    }
    Ok(())
}

/// What the next page is asked for with, where that stands at the beginning of a page: then it can be
/// asked for before this one is parsed.
fn next_page(bytes: &[u8]) -> Option<String> {
    const START: &str = "\"continue\":\"";
    let head = bytes.get(..bytes.len().min(4 << 10))?;
    let head = String::from_utf8_lossy(head);
    let (before, rest) = head.split_once(START)?;
    let (token, _) = rest.split_once('"')?;
    let plain = !token.is_empty() && !token.contains('\\') && !before.contains("\"items\"");
    plain.then(|| token.to_owned())
}

/// A page while it is parsed.
enum Parsing {
    Done(Result<Page, serde_json::Error>),
    Beside(tokio::task::JoinHandle<Result<Page, serde_json::Error>>),
}

impl Parsing {
    /// Parses a small page at once, and a large one beside the requests.
    fn start(kind: &'static Kind, bytes: Vec<u8>) -> Self {
        if bytes.len() < PARSE_BESIDE {
            Self::Done(parse(kind, &bytes))
        } else {
            Self::Beside(tokio::task::spawn_blocking(move || parse(kind, &bytes)))
        }
    }

    async fn done(self) -> Result<Page, Failure> {
        let page = match self {
            Self::Done(page) => page,
            Self::Beside(work) => work
                .await
                .map_err(|error| senseless(&Text::same(error.to_string())))?,
        };
        let page = page.map_err(|error| senseless(&Text::same(error.to_string())))?;
        if page.odd > 0 {
            return Err(senseless(&Text::new(
                format!("{} items of the list are no objects", page.odd),
                format!("列表中有 {} 项不是对象", page.odd),
            )));
        }
        Ok(page)
    }
}

/// An answer that cannot be understood, and why.
pub(super) fn senseless(why: &Text) -> Failure {
    Failure::Broken(Text::new(
        format!("the answer makes no sense: {}", why.en),
        format!("回答无法理解：{}", why.zh),
    ))
}

fn parse(kind: &Kind, bytes: &[u8]) -> Result<Page, serde_json::Error> {
    let api_version = kind.api_version();
    let hint = Hint::of(kind.kind, &api_version);
    let mut page = Reader::of_many(&Pool::default()).page(bytes, hint)?;
    for item in &mut page.items {
        name(kind, &api_version, item);
    }
    Ok(page)
}

/// Says what an item is where the server gave only its metadata.
fn name(kind: &Kind, api_version: &str, item: &mut Object) {
    if item.kind() != "PartialObjectMetadata" {
        return;
    }
    item.set(&["kind"], kind.kind);
    item.set(&["apiVersion"], api_version);
}

#[cfg(test)]
mod tests {
    use super::*;
    use facts::kinds;

    #[test]
    fn a_path_asks_for_a_page_and_goes_on_where_the_last_one_ended() {
        let asked = Asked {
            kind: kinds::find("po").unwrap(),
            namespace: Some("shop"),
            only: Only::All,
        };
        assert_eq!(
            asked.path(500, Some("a+b/c=")),
            "/api/v1/namespaces/shop/pods?limit=500&continue=a%2Bb%2Fc%3D"
        );
    }

    #[test]
    fn the_next_page_is_known_from_the_beginning_of_this_one_or_not_at_all() {
        let table = [
            (
                r#"{"kind":"PodList","metadata":{"resourceVersion":"9","continue":"eyJ2"},"items":[]}"#,
                Some("eyJ2"),
            ),
            (r#"{"metadata":{"continue":""},"items":[]}"#, None),
            (r#"{"metadata":{"continue":"a\"b"},"items":[]}"#, None),
            (r#"{"items":[{"data":{"continue":"x"}}]}"#, None),
            (r#"{"metadata":{"continue":"cut off"#, None),
            ("", None),
        ];
        for (page, expected) in table {
            assert_eq!(next_page(page.as_bytes()).as_deref(), expected, "{page}");
        }
    }

    #[test]
    fn of_secrets_only_what_was_asked_for_is_asked_for() {
        for kind in kinds::SECRETS {
            let asked = Asked {
                kind,
                namespace: None,
                only: Only::All,
            };
            let of_a_type = asked.path(1, None).contains("fieldSelector=type%3D");
            assert!(of_a_type || asked.accept() == METADATA);
        }
    }
}
