//! What Helm keeps of a release: its name, revision, status and chart, decoded from the Secret in
//! which Helm stores it. Values and manifests are passed over while it is parsed and never held.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use model::Text;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Object;

/// The type of Secrets that hold a release.
pub const RELEASE_TYPE: &str = "helm.sh/release.v1";
/// The annotation that has taken the place of the release in a Secret that was made small.
pub const RELEASE: &str = "kintsugi.dev/helm-release";

/// The longest release that is decoded, as the Secret holds it: the API server keeps no more than
/// 1.5 MiB of an object.
pub const MAX_ENCODED: usize = 2 << 20;
/// The most bytes that it may have unpacked.
const MAX_UNPACKED: u64 = 32 << 20;
/// The longest word and the longest description that are kept of it, in bytes.
const MAX_WORD: usize = 64;
const MAX_WORDS: usize = 320;

/// What is known of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its revision.
    pub revision: u64,
    /// `deployed`, `failed`, `pending-upgrade` …
    pub status: String,
    /// Helm's words about how it went.
    pub description: String,
    /// The name of its chart.
    pub chart: String,
    /// The version of its chart.
    pub chart_version: String,
    /// The version of what the chart installs, if it tells.
    pub app_version: String,
    /// When it was first deployed.
    pub first_deployed: String,
    /// When it was last deployed.
    pub last_deployed: String,
}

/// Why a release could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReleaseError {
    /// It is longer than anything Helm can have stored.
    #[error("the release is longer than {MAX_ENCODED} bytes")]
    TooLong,
    /// It is not base64 of base64.
    #[error("the release is not encoded as Helm does it")]
    Encoding,
    /// What it holds is no JSON of a release, or is packed wrongly, or is too much of it.
    #[error("the release makes no sense: {0}")]
    Senseless(String),
}

/// The release as Helm writes it; what is not named is passed over.
#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: u64,
    #[serde(default)]
    info: Info,
    #[serde(default)]
    chart: Chart,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    status: String,
    description: String,
    first_deployed: String,
    last_deployed: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chart {
    metadata: ChartMeta,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ChartMeta {
    name: String,
    version: String,
    app_version: String,
}

impl Release {
    /// Decodes `data.release` as the API server gives it: base64 of base64 of packed JSON.
    ///
    /// # Errors
    /// When it is too long, or is something else.
    pub fn decode(data: &str) -> Result<Self, ReleaseError> {
        if data.len() > MAX_ENCODED {
            return Err(ReleaseError::TooLong);
        }
        let inner = STANDARD.decode(data).map_err(|_| ReleaseError::Encoding)?;
        let bytes = STANDARD.decode(inner).map_err(|_| ReleaseError::Encoding)?;
        // Very old releases are not packed.
        let stored: Stored = if bytes.starts_with(&[0x1f, 0x8b]) {
            parse(GzDecoder::new(bytes.as_slice()).take(MAX_UNPACKED))?
        } else {
            parse(bytes.as_slice())?
        };
        if stored.name.is_empty() {
            return Err(ReleaseError::Senseless("it has no name".to_owned()));
        }
        let meta = stored.chart.metadata;
        Ok(Self {
            name: short(&stored.name),
            revision: stored.version,
            status: short(&stored.info.status),
            description: words(&crate::redact_text(&beginning(
                &stored.info.description,
                MAX_WORDS * 4,
            ))),
            chart: short(&meta.name),
            chart_version: short(&meta.version),
            app_version: short(&meta.app_version),
            first_deployed: short(&stored.info.first_deployed),
            last_deployed: short(&stored.info.last_deployed),
        })
    }

    /// The release as it is noted in a Secret that was made small: never longer than annotations are
    /// kept, so that it reads as it was written.
    pub(crate) fn noted(mut self, most: usize) -> Option<String> {
        let text = serde_json::to_string(&self).ok()?;
        if text.len() <= most {
            return Some(text);
        }
        // What is escaped takes more room than it has letters.
        self.description.clear();
        let text = serde_json::to_string(&self).ok()?;
        (text.len() <= most).then_some(text)
    }

    /// The release that a Secret holds or held: decoded when it was made small, or, where only its
    /// metadata was read, as far as its labels tell.
    #[must_use]
    pub fn of(secret: &Object) -> Option<Self> {
        if secret.kind() != "Secret" || secret.text("/type") != RELEASE_TYPE {
            return None;
        }
        let told = secret.annotation(RELEASE);
        if let Some(release) = told.and_then(|told| serde_json::from_str(told).ok()) {
            return Some(release);
        }
        let label = |name: &str| secret.text(&format!("/metadata/labels/{name}"));
        let kept = |name: &str| {
            let told = secret.annotation(&format!("kintsugi.dev/helm-{name}"));
            words(told.unwrap_or_default())
        };
        let name = label("name");
        (!name.is_empty()).then(|| Self {
            name: short(name),
            revision: label("version").parse().unwrap_or(0),
            status: short(label("status")),
            description: kept("description"),
            chart: kept("chart"),
            last_deployed: secret
                .created()
                .map(|at| at.to_string())
                .unwrap_or_default(),
            ..Self::default()
        })
    }
}

impl Release {
    /// It in a line, with Helm's own words at the end.
    #[must_use]
    pub fn told(&self) -> Text {
        let (name, revision, status) = (&self.name, self.revision, &self.status);
        let mut told = Text::new(
            format!("{name} revision {revision}: {status}"),
            format!("{name} 版本 {revision}：{status}"),
        );
        if !self.chart.is_empty() {
            let chart = format!("{} {}", self.chart, self.chart_version);
            let chart = chart.trim_end();
            told.push(&Text::new(
                format!(", chart {chart}"),
                format!("，chart {chart}"),
            ));
        }
        if !self.last_deployed.is_empty() {
            let at = &self.last_deployed;
            told.push(&Text::new(
                format!(", deployed {at}"),
                format!("，部署于 {at}"),
            ));
        }
        if !self.description.is_empty() {
            let said = &self.description;
            told.push(&Text::new(format!(": {said}"), format!("：{said}")));
        }
        told
    }
}

fn parse(reader: impl Read) -> Result<Stored, ReleaseError> {
    serde_json::from_reader(std::io::BufReader::new(reader))
        .map_err(|error| ReleaseError::Senseless(error.to_string()))
}

fn short(text: &str) -> String {
    beginning(text, MAX_WORD)
}

fn words(text: &str) -> String {
    beginning(text, MAX_WORDS)
}

/// A text's beginning of at most so many bytes.
fn beginning(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len()))
        .rev()
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn packed(bytes: &[u8]) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).unwrap();
        STANDARD.encode(STANDARD.encode(gzip.finish().unwrap()))
    }

    fn release() -> Value {
        json!({
            "name": "shop",
            "info": {"first_deployed": "2026-01-01T10:00:00Z",
                     "last_deployed": "2026-01-02T10:00:00Z", "deleted": "",
                     "description": "Upgrade \"shop\" failed: timed out waiting for the condition",
                     "status": "failed", "notes": "password: hunter2"},
            "chart": {"metadata": {"name": "shop", "version": "1.2.3", "appVersion": "4"},
                      "lock": null, "templates": [{"name": "t", "data": "c2VjcmV0"}],
                      "values": {"password": "hunter2"}},
            "config": {"password": "hunter2"},
            "manifest": "kind: Secret\ndata: hunter2",
            "version": 3, "namespace": "shop"
        })
    }

    #[test]
    fn a_release_is_decoded_and_nothing_of_its_values_stays() {
        let known = Release::decode(&packed(release().to_string().as_bytes())).unwrap();
        assert_eq!(
            known.told().en,
            "shop revision 3: failed, chart shop 1.2.3, deployed 2026-01-02T10:00:00Z: \
             Upgrade \"shop\" failed: timed out waiting for the condition"
        );
        let kept = serde_json::to_string(&known).unwrap();
        assert!(!kept.contains("hunter2"), "{kept}");
    }

    #[test]
    fn one_that_is_not_packed_is_decoded_too() {
        let plain = STANDARD.encode(STANDARD.encode(release().to_string()));
        assert_eq!(Release::decode(&plain).unwrap().revision, 3);
    }

    #[test]
    fn what_is_no_release_is_refused_with_a_reason() {
        assert_eq!(Release::decode("?"), Err(ReleaseError::Encoding));
        assert_eq!(Release::decode("Pz8/"), Err(ReleaseError::Encoding));
        let long = "A".repeat(MAX_ENCODED + 1);
        assert_eq!(Release::decode(&long), Err(ReleaseError::TooLong));
        for bytes in [
            &b"{}"[..],
            b"[]",
            b"{\"name\": 3}",
            b"{\"name\": \"a\"",
            b"",
        ] {
            let refused = Release::decode(&packed(bytes));
            assert!(
                matches!(refused, Err(ReleaseError::Senseless(_))),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked_to_its_end() {
        let mut bomb = release().to_string().into_bytes();
        bomb.pop();
        bomb.extend_from_slice(b",\"x\":\"");
        bomb.resize(bomb.len() + 40_000_000, b' ');
        bomb.extend_from_slice(b"\"}");
        let refused = Release::decode(&packed(&bomb));
        assert!(
            matches!(refused, Err(ReleaseError::Senseless(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn of_a_release_that_was_only_heard_of_its_labels_tell() {
        let secret = Object::new(json!({
            "kind": "Secret", "type": RELEASE_TYPE,
            "metadata": {"name": "sh.helm.release.v1.shop.v2", "labels":
                {"owner": "helm", "name": "shop", "status": "deployed", "version": "2"}}}));
        assert_eq!(
            Release::of(&secret).unwrap().told().en,
            "shop revision 2: deployed"
        );
        let other = Object::new(json!({"kind": "Secret", "type": "Opaque",
                                       "metadata": {"labels": {"name": "shop"}}}));
        assert_eq!(Release::of(&other), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Release::decode(&packed(&bytes));
            let _ = Release::decode(&STANDARD.encode(STANDARD.encode(&bytes)));
            let _ = Release::decode(&String::from_utf8_lossy(&bytes));
        }
    }
}
