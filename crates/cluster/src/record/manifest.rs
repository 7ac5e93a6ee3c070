//! What a record says of itself: `kintsugi-record.json`, the first file of every record.
//!
//! It names every other file, so that nothing in a record has to be guessed from names of files.

use facts::Snapshot;
use model::said::Said;
use model::{Text, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::spots;
use crate::{BlindSpot, Scope};

/// The manifest's file in a record.
pub const FILE: &str = "kintsugi-record.json";
/// The format that this program writes, and the newest that it reads. Since the second one, what could
/// not be read, and why a log or a course is not there, may be told in two languages.
pub const FORMAT: u32 = 2;
/// The largest manifest that is read.
pub const MAX_BYTES: usize = 64 << 20;

/// What a record holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the format: [`FORMAT`].
    pub format: u32,
    /// The program that wrote it.
    pub written_by: String,
    /// When the cluster was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// Which cluster it was.
    pub cluster: String,
    /// The API server's version, if it told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// What was asked for.
    pub scope: Scope,
    /// What was read completely: only of these is a thing that is not in the record absent.
    pub complete: Vec<CompleteKind>,
    /// What could not be read, and why.
    #[serde(with = "spots")]
    pub blind_spots: Vec<BlindSpot>,
    /// The files with objects.
    pub files: Vec<ObjectFile>,
    /// Every log that was asked for.
    pub logs: Vec<LogFile>,
    /// Every course of a container's memory that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub courses: Vec<CourseFile>,
}

/// A kind that was read completely.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteKind {
    /// The kind.
    pub kind: String,
    /// In which namespace; in all of them (cluster-wide kinds too) if there is none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// How many objects that were.
    pub objects: usize,
}

/// A file with a list of objects of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectFile {
    /// Where it is in the record, with `/` between folders.
    pub path: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for a cluster-wide kind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// How many objects are in it.
    pub objects: usize,
}

/// A log that was asked for: a file with what it said, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Whether it is the log of the life before the last restart.
    #[serde(default)]
    pub previous: bool,
    /// Where it is in the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Said>,
}

/// A course of a container's memory that was asked for: a file with what was measured, as Prometheus
/// answers, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourseFile {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Where it is in the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Said>,
}

/// Why a manifest is of no use.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It is no manifest.
    #[error("{FILE} is no description of a record: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// It is larger than any real one.
    #[error("{FILE} has {0} bytes; the most that is read is {MAX_BYTES}")]
    TooLarge(usize),
    /// A newer program wrote it.
    #[error("the record has format {0}; this program reads formats up to {FORMAT}")]
    TooNew(u32),
}

impl ManifestError {
    /// Why, for whoever reads what is noted of a recording.
    #[must_use]
    pub fn words(&self) -> Text {
        let zh = match self {
            Self::Unreadable(why) => format!("{FILE} 不是记录的说明：{why}"),
            Self::TooLarge(bytes) => {
                format!("{FILE} 有 {bytes} 字节；最多读取 {MAX_BYTES} 字节")
            }
            Self::TooNew(format) => {
                format!("记录的格式为 {format}；本程序最高读取格式 {FORMAT}")
            }
        };
        Text::new(self.to_string(), zh)
    }
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is none, or of a newer format.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        /// Of a newer format, only this much is certain.
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        if bytes.len() > MAX_BYTES {
            return Err(ManifestError::TooLarge(bytes.len()));
        }
        let Head { format } = serde_json::from_slice(bytes)?;
        if format > FORMAT {
            return Err(ManifestError::TooNew(format));
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Marks in a snapshot what the record holds completely, and when it was taken.
    #[must_use]
    pub fn mark(&self, mut snapshot: Snapshot) -> Snapshot {
        for kind in &self.complete {
            snapshot.mark_complete(&kind.kind, kind.namespace.as_deref());
        }
        match self.taken_at {
            Some(at) => snapshot.taken_at(at),
            None => snapshot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_newer_format_says_so_whatever_else_it_holds() {
        let error = Manifest::parse(br#"{"format": 7, "surprise": true}"#).unwrap_err();
        assert!(matches!(error, ManifestError::TooNew(7)), "{error}");
    }

    /// A manifest as `kintsugi record` wrote it before it wrote two languages.
    const FIRST: &str = r#"{
        "format": 1, "written_by": "kintsugi 0.1.0", "cluster": "c1",
        "scope": {"namespaces": "all"}, "complete": [], "files": [],
        "logs": [{"namespace": "shop", "pod": "a", "container": "a", "absent": "not found"}],
        "blind_spots": [{"what": "events in shop", "why": "events is forbidden"}]
    }"#;

    #[test]
    fn a_record_of_the_first_format_is_read_with_its_one_text_in_both_languages() {
        let manifest = Manifest::parse(FIRST.as_bytes()).unwrap();
        let (what, why) = ("events in shop", "events is forbidden");
        assert_eq!(
            manifest.blind_spots,
            [BlindSpot::new(Text::same(what), &Text::same(why))]
        );
        let why = manifest.logs.first().and_then(|log| log.absent.clone());
        assert_eq!(why, Some(Said(Text::same("not found"))));
    }

    #[test]
    fn what_was_said_in_two_languages_is_read_in_both_and_others_words_are_written_once() {
        let mut manifest = Manifest::parse(FIRST.as_bytes()).unwrap();
        let what = Text::new("events in shop", "events（命名空间 shop）");
        let why = Text::same("events is forbidden");
        manifest.blind_spots = vec![BlindSpot::new(what, &why)];
        let written = serde_json::to_value(&manifest).unwrap();
        assert_eq!(
            written["blind_spots"],
            serde_json::json!([{
                "what": {"en": "events in shop", "zh": "events（命名空间 shop）"},
                "why": "events is forbidden",
            }])
        );
        let read = Manifest::parse(written.to_string().as_bytes()).unwrap();
        assert_eq!(read, manifest);
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        for bytes in [&b""[..], b"[]", b"{\"format\": 1}", b"\xff\xfe"] {
            assert!(matches!(
                Manifest::parse(bytes),
                Err(ManifestError::Unreadable(_))
            ));
        }
    }
}
