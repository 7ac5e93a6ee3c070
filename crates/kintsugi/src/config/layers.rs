//! The layers of configuration, and where each value came from.
//!
//! The defaults, written as JSON, are the list of what can be set. Each layer is a list of dotted
//! keys with values; the last one that names a key wins and is remembered as its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use thiserror::Error;

use super::Config;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody set it.
    Default,
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Env(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// A file cannot be read.
    #[error("failed to read the configuration {path}: {problem}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A key is not known.
    #[error("{origin}: unknown key `{key}`{nearest}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        origin: String,
        /// What was meant, if that can be guessed.
        nearest: String,
    },
    /// A value is not of its kind.
    #[error("{origin}: `{key}`: {problem}")]
    BadValue {
        /// The key.
        key: String,
        /// Where it stands.
        origin: String,
        /// What is wrong with the value.
        problem: String,
    },
}

/// The configuration in force, with the origin of each value.
#[derive(Debug, Clone)]
pub(crate) struct Effective {
    /// The values.
    pub(crate) config: Config,
    /// Each key with its value and where that came from.
    pub(crate) values: BTreeMap<String, (Value, Origin)>,
}

/// What the command line sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// `--config`.
    pub(crate) file: Option<PathBuf>,
    /// Keys that flags set: the key, the value, the flag.
    pub(crate) set: Vec<(&'static str, Value, &'static str)>,
}

/// Variables with names of their own, beside `KINTSUGI_<KEY>` which every key has.
const NAMED: &[(&str, &str)] = &[("KINTSUGI_LANG", "language")];

/// Variables that others have named, for what is ours too; a name of our own comes before.
const OTHERS: &[(&str, &str)] = &[("PROMETHEUS_HOST", "prometheus.url")];

/// Variables that begin like a key and are none.
const NO_KEYS: &[&str] = &[
    "KINTSUGI_ENV",
    "KINTSUGI_CONFIG",
    "KINTSUGI_CACHE",
    "KINTSUGI_QUICK",
];

/// Reads all layers. `env` is the environment, `here` the folder in which files are looked for.
pub(crate) fn load(
    flags: &Flags,
    env: &BTreeMap<String, String>,
    here: &Path,
) -> Result<Effective, ConfigError> {
    let mut values = known_keys()?;
    for path in files(flags, env, here) {
        let text = std::fs::read_to_string(&path).map_err(|error| ConfigError::File {
            path: path.clone(),
            problem: error.to_string(),
        })?;
        read_file(&path, &text, &mut values)?;
    }
    for (name, key) in OTHERS {
        let text = env.get(*name).filter(|text| !text.is_empty());
        if let (Some(text), Some(slot)) = (text, values.get_mut(*key)) {
            *slot = (value_of(text, &slot.0), Origin::Env((*name).to_owned()));
        }
    }
    for (name, text) in env {
        read_variable(name, text, &mut values)?;
    }
    for (key, value, flag) in &flags.set {
        if let Some(slot) = values.get_mut(*key) {
            *slot = (value.clone(), Origin::Flag(flag));
        }
    }
    let config = typed(&values)?;
    Ok(Effective { config, values })
}

/// Every key there is, with its default.
fn known_keys() -> Result<BTreeMap<String, (Value, Origin)>, ConfigError> {
    let defaults =
        serde_json::to_value(Config::default()).map_err(|error| ConfigError::BadValue {
            key: String::new(),
            origin: Origin::Default.to_string(),
            problem: error.to_string(),
        })?;
    let mut keys = BTreeMap::new();
    leaves("", defaults, &mut |key, value| {
        keys.insert(key, (value, Origin::Default));
    });
    Ok(keys)
}

/// The values of a tree with their dotted keys; lists are values.
fn leaves(prefix: &str, value: Value, each: &mut impl FnMut(String, Value)) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let key = if prefix.is_empty() {
                    name
                } else {
                    format!("{prefix}.{name}")
                };
                leaves(&key, inner, each);
            }
        }
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)) => each(prefix.to_owned(), other),
    }
}

/// The files to read, in order. A file that was named must be there; the others may be.
fn files(flags: &Flags, env: &BTreeMap<String, String>, here: &Path) -> Vec<PathBuf> {
    let named = flags
        .file
        .clone()
        .or_else(|| env.get("KINTSUGI_CONFIG").map(PathBuf::from));
    let base = match named {
        Some(path) => path,
        None => here.join("kintsugi.yaml"),
    };
    let given = flags.file.is_some() || env.contains_key("KINTSUGI_CONFIG");
    let mut files: Vec<_> = (given || base.exists())
        .then(|| base.clone())
        .into_iter()
        .collect();
    let name = env.get("KINTSUGI_ENV").or_else(|| env.get("ENV"));
    if let Some(name) = name.filter(|name| !name.is_empty() && !name.contains('/')) {
        let stem = base
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let beside = base.with_file_name(format!("{stem}.{name}.yaml"));
        if beside.exists() {
            files.push(beside);
        }
    }
    files
}

fn read_file(
    path: &Path,
    text: &str,
    values: &mut BTreeMap<String, (Value, Origin)>,
) -> Result<(), ConfigError> {
    let problem = |problem: String| ConfigError::File {
        path: path.to_owned(),
        problem,
    };
    if text.trim().is_empty() {
        return Ok(());
    }
    let tree: Value =
        serde_saphyr::from_str(text).map_err(|error| problem(first_line(&error.to_string())))?;
    if !tree.is_object() && !tree.is_null() {
        return Err(problem("it is not a list of keys and values".to_owned()));
    }
    let mut found = Vec::new();
    leaves("", tree, &mut |key, value| found.push((key, value)));
    for (key, value) in found.into_iter().filter(|(key, _)| !key.is_empty()) {
        // A section that was left empty sets nothing.
        let section = format!("{key}.");
        if value.is_null() && values.keys().any(|known| known.starts_with(&section)) {
            continue;
        }
        let place = match line_of(text, &key) {
            Some(line) => format!("{}:{line}", path.display()),
            None => path.display().to_string(),
        };
        let Some(slot) = values.get_mut(&key) else {
            return Err(unknown(&key, place, values));
        };
        *slot = (value, Origin::File(path.to_owned()));
    }
    Ok(())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The line on which the last part of a key stands, if it can be found.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let mut rest = text.lines().enumerate();
    let mut found = None;
    for part in key.split('.') {
        let line = rest.find(|(_, line)| {
            let line = line.trim_start().trim_start_matches(['{', '"', '\'']);
            line.strip_prefix(part)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        })?;
        found = Some(line.0 + 1);
    }
    found
}

fn read_variable(
    name: &str,
    text: &str,
    values: &mut BTreeMap<String, (Value, Origin)>,
) -> Result<(), ConfigError> {
    if !name.starts_with("KINTSUGI_") || NO_KEYS.contains(&name) || text.is_empty() {
        return Ok(());
    }
    let origin = Origin::Env(name.to_owned());
    let named = NAMED
        .iter()
        .find(|(variable, _)| *variable == name)
        .map(|(_, key)| *key);
    let key = named
        .map(str::to_owned)
        .or_else(|| values.keys().find(|key| variable_of(key) == name).cloned());
    let Some(key) = key else {
        let all: Vec<_> = values.keys().map(|key| variable_of(key)).collect();
        let nearest = nearest(name, all.iter().map(String::as_str));
        return Err(ConfigError::UnknownKey {
            key: name.to_owned(),
            origin: "environment".to_owned(),
            nearest,
        });
    };
    if let Some(slot) = values.get_mut(&key) {
        *slot = (value_of(text, &slot.0), origin);
    }
    Ok(())
}

/// The variable of a key: `limits.watch_every` is `KINTSUGI_LIMITS_WATCH_EVERY`.
fn variable_of(key: &str) -> String {
    format!("KINTSUGI_{}", key.replace('.', "_").to_uppercase())
}

/// The value that a variable's text means, where a value like `like` is wanted.
fn value_of(text: &str, like: &Value) -> Value {
    match like {
        Value::Bool(_) | Value::Number(_) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        Value::Array(_) if text.trim_start().starts_with('[') => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        Value::Array(_) => text
            .split(',')
            .map(|part| Value::from(part.trim()))
            .collect(),
        Value::Null | Value::String(_) | Value::Object(_) => Value::String(text.to_owned()),
    }
}

fn unknown(key: &str, origin: String, values: &BTreeMap<String, (Value, Origin)>) -> ConfigError {
    // What was meant may also be a section: then its last part is compared too.
    let nearest = nearest(key, values.keys().map(String::as_str));
    ConfigError::UnknownKey {
        key: key.to_owned(),
        origin,
        nearest,
    }
}

fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> String {
    let score = |candidate: &str| {
        let last = |text: &str| text.rsplit('.').next().unwrap_or_default().to_owned();
        strsim::jaro_winkler(key, candidate)
            .max(0.98 * strsim::jaro_winkler(&last(key), &last(candidate)))
    };
    known
        .map(|candidate| (score(candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.75)
        .map_or_else(String::new, |(_, candidate)| {
            format!("; did you mean `{candidate}`?")
        })
}

/// Reads the values into their types; a value that does not fit is named with its origin.
fn typed(values: &BTreeMap<String, (Value, Origin)>) -> Result<Config, ConfigError> {
    let tree = tree(
        values
            .iter()
            .map(|(key, (value, _))| (key.as_str(), value.clone())),
    );
    serde_json::from_value(tree).map_err(|whole| {
        // Which value it was is found by putting each one alone over the defaults.
        for (key, (value, origin)) in values {
            if *origin == Origin::Default {
                continue;
            }
            let Ok(defaults) = known_keys() else { continue };
            let alone = defaults.iter().map(|(name, (default, _))| {
                let value = if name == key {
                    value.clone()
                } else {
                    default.clone()
                };
                (name.as_str(), value)
            });
            if let Err(error) = serde_json::from_value::<Config>(self::tree(alone)) {
                return ConfigError::BadValue {
                    key: key.clone(),
                    origin: origin.to_string(),
                    problem: error.to_string(),
                };
            }
        }
        ConfigError::BadValue {
            key: String::new(),
            origin: "configuration".to_owned(),
            problem: whole.to_string(),
        }
    })
}

/// The tree of dotted keys.
fn tree<'a>(values: impl Iterator<Item = (&'a str, Value)>) -> Value {
    let mut root = Map::new();
    for (key, value) in values {
        put(&mut root, key, value);
    }
    Value::Object(root)
}

fn put(map: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            map.insert(key.to_owned(), value);
        }
        Some((section, rest)) => {
            let inner = map
                .entry(section)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
