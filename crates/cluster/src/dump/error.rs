//! Why a recording could not be read at all.

use std::path::PathBuf;

use model::Text;
use thiserror::Error;

/// Why a recording could not be read at all. What is wrong with a part of it is a note instead.
#[derive(Debug, Error)]
pub enum DumpError {
    /// It could not be opened or read.
    #[error("failed to read the recording {}: {problem}", path.display())]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// It holds nothing that Kintsugi can read.
    #[error("the recording {} holds no objects, logs or transcripts{}", .place.en, .problem.en)]
    Nothing {
        /// Where it was looked for.
        place: Text,
        /// The first thing that was wrong, if anything was.
        problem: Text,
    },
}

impl DumpError {
    /// Why, in both languages.
    #[must_use]
    pub fn told(&self) -> Text {
        let zh = match self {
            Self::Unreadable { path, problem } => {
                format!("无法读取记录 {}：{problem}", path.display())
            }
            Self::Nothing { place, problem } => {
                format!("记录 {} 中没有对象、日志或命令记录{}", place.zh, problem.zh)
            }
        };
        Text::new(self.to_string(), zh)
    }
}
