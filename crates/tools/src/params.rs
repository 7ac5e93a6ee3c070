//! The parameters of the built-in tools, and what is said when they are wrong.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ToolError;

pub(crate) use facts::workload::WORKLOADS;

/// The most lines of a log that are read.
const MAX_TAIL: u32 = 2_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfWorkload {
    pub(crate) namespace: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfPods {
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) pod_name: Option<String>,
    #[serde(default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfPod {
    pub(crate) namespace: String,
    pub(crate) pod_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfContainer {
    pub(crate) namespace: String,
    pub(crate) pod_name: String,
    pub(crate) container: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfEvents {
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfLogs {
    pub(crate) namespace: String,
    pub(crate) pod_name: String,
    #[serde(default = "tail")]
    pub(crate) tail_lines: u32,
    #[serde(default)]
    pub(crate) container: Option<String>,
    #[serde(default)]
    pub(crate) previous: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfNamespace {
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfClusterWide {
    #[serde(default)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfObject {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) namespace: String,
    pub(crate) name: String,
}

const fn tail() -> u32 {
    100
}

/// Reads a tool's parameters.
pub(crate) fn read<T: DeserializeOwned>(tool: &str, params: &Value) -> Result<T, ToolError> {
    T::deserialize(params).map_err(|why| {
        ToolError::wrong(
            tool,
            format!("wrong parameters: {why}"),
            format!("参数有误：{why}"),
        )
    })
}

/// A name that Kubernetes could have given, so that nothing else gets into a request.
pub(crate) fn name<'a>(tool: &str, parameter: &str, value: &'a str) -> Result<&'a str, ToolError> {
    let letter = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.:".contains(letter)
    };
    let ends = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    if value.len() <= 253
        && value.chars().all(letter)
        && ends(value.chars().next())
        && ends(value.chars().last())
    {
        return Ok(value);
    }
    let shown: String = value.chars().take(60).collect();
    Err(ToolError::wrong(
        tool,
        format!("`{parameter}` is `{shown}`, which is not a name in Kubernetes"),
        format!("`{parameter}` 为 `{shown}`，这不是 Kubernetes 中的名称"),
    ))
}

/// One of the kinds of workload.
pub(crate) fn workload_kind<'a>(tool: &str, value: &'a str) -> Result<&'a str, ToolError> {
    if WORKLOADS.contains(&value) {
        return Ok(value);
    }
    let shown: String = value.chars().take(60).collect();
    Err(ToolError::wrong(
        tool,
        format!("`kind` is `{shown}`; it can be {}", WORKLOADS.join(", ")),
        format!("`kind` 为 `{shown}`；可以是 {}", WORKLOADS.join("、")),
    ))
}

/// A number of log lines that can be read at once.
pub(crate) fn tail_lines(tool: &str, value: u32) -> Result<u32, ToolError> {
    if (1..=MAX_TAIL).contains(&value) {
        return Ok(value);
    }
    Err(ToolError::wrong(
        tool,
        format!("`tail_lines` is {value}; it can be 1 to {MAX_TAIL}"),
        format!("`tail_lines` 为 {value}；可以是 1 到 {MAX_TAIL}"),
    ))
}
