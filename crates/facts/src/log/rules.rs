//! The words by which programs tell why they fail: what is looked for, and what is read out of it.
//!
//! A rule is found by one of its needles (all needles of all rules in one pass over a line) and
//! then read by its pattern, which is compiled when it is first needed.

mod configuration;
mod files;
mod machine;
mod network;
mod programs;
mod refusals;
mod variables;

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Captures, Regex, RegexBuilder};

use super::kind::{Failure, FailureKind};
use super::{address, line};

/// The weight of words that name a cause.
pub(super) const SPECIFIC: i32 = 100;
/// The weight of words that name a cause, but also stand in the logs of healthy programs.
pub(super) const LIKELY: i32 = 85;
/// The weight of words that tell of a failure and leave open why.
pub(super) const GENERIC: i32 = 60;

/// Words that tell of one kind of failure.
pub(super) struct Rule {
    pub(super) kind: FailureKind,
    pub(super) weight: i32,
    /// One of these stands in the line, in small or capital letters.
    needles: &'static [&'static str],
    /// And this matches. Groups are named after the fields of [`Failure`]; `addr` is host and port,
    /// `ns` the namespace. An empty pattern matches whatever the needles do.
    pattern: &'static str,
}

const fn rule(
    kind: FailureKind,
    weight: i32,
    needles: &'static [&'static str],
    pattern: &'static str,
) -> Rule {
    Rule {
        kind,
        weight,
        needles,
        pattern,
    }
}

/// All rules: of two with the same weight that match one line, the first one wins.
const TABLES: &[&[Rule]] = &[
    variables::RULES,
    programs::RULES,
    files::RULES,
    configuration::RULES,
    network::RULES,
    refusals::RULES,
    machine::RULES,
];

struct Known {
    rules: Vec<(&'static Rule, OnceLock<Option<Regex>>)>,
    finder: Option<AhoCorasick>,
    /// The rule of each needle.
    owners: Vec<usize>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let rules: Vec<_> = TABLES
        .iter()
        .flat_map(|table| table.iter())
        .map(|rule| (rule, OnceLock::new()))
        .collect();
    let mut needles = Vec::new();
    let mut owners = Vec::new();
    for (index, (rule, _)) in rules.iter().enumerate() {
        for needle in rule.needles {
            needles.push(*needle);
            owners.push(index);
        }
    }
    let finder = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(needles)
        .ok();
    Known {
        rules,
        finder,
        owners,
    }
});

fn compile(pattern: &str) -> Option<Regex> {
    // Words of programs are ASCII: the tables of all of Unicode would cost most of the time that
    // compiling takes.
    let pattern = pattern
        .replace(r"\w", "[0-9A-Za-z_]")
        .replace(r"\b", r"(?-u:\b)");
    RegexBuilder::new(&pattern)
        .case_insensitive(true)
        .size_limit(1 << 20)
        .build()
        .ok()
}

/// The weightiest rule that a line matches, and what the line names.
pub(super) fn read(text: &str, number: usize) -> Option<(i32, Failure)> {
    let known = &*KNOWN;
    let mut hits: Vec<usize> = known
        .finder
        .as_ref()?
        .find_overlapping_iter(text)
        .filter_map(|found| known.owners.get(found.pattern().as_usize()).copied())
        .collect();
    hits.sort_unstable();
    hits.dedup();
    let mut best: Option<(i32, Failure)> = None;
    for index in hits {
        let Some((rule, compiled)) = known.rules.get(index) else {
            continue;
        };
        if best
            .as_ref()
            .is_some_and(|(weight, _)| *weight >= rule.weight)
        {
            continue;
        }
        let mut failure = Failure::new(rule.kind, shown(text), number);
        if !rule.pattern.is_empty() {
            let Some(found) = compiled
                .get_or_init(|| compile(rule.pattern))
                .as_ref()
                .and_then(|pattern| pattern.captures(text))
            else {
                continue;
            };
            take(&mut failure, &found);
        }
        if !plausible(&failure) {
            continue;
        }
        best = Some((rule.weight, failure));
    }
    let (weight, mut failure) = best?;
    complete(&mut failure, text);
    Some((weight, failure))
}

/// What is shown of a line.
pub(super) fn shown(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(400) {
        Some((end, _)) => text.get(..end).unwrap_or(text).to_owned(),
        None => text.to_owned(),
    }
}

fn take(failure: &mut Failure, found: &Captures<'_>) {
    let group = |name: &str| {
        found
            .name(name)
            .map(|part| line::cut(part.as_str().trim(), 400).to_owned())
            .unwrap_or_default()
    };
    failure.name = group("name");
    failure.path = group("path");
    failure.said = group("said");
    failure.verb = group("verb");
    failure.resource = group("resource");
    failure.group = group("group");
    failure.namespace = group("ns");
    failure.user = group("user");
    failure.host = address::plain_host(&group("host"));
    failure.port = address::port_of(found.name("port").map(|port| port.as_str()));
    let whole = group("addr");
    if !whole.is_empty() {
        (failure.host, failure.port) = address::split(&whole);
    }
}

/// Words in capitals that are no names of variables.
const NO_NAMES: &[&str] = &[
    "HTTP", "HTTPS", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "ERROR", "FATAL", "WARN",
    "WARNING", "INFO", "DEBUG", "TLS", "SSL", "API", "JSON", "YAML", "DNS", "TCP", "UDP", "IP",
    "URL", "URI", "SQL", "THE", "NOT", "THIS", "TABLE", "COLUMN", "SCHEMA", "KEY", "VALUE", "FILE",
    "FIELD", "NULL", "NONE", "CRITICAL", "CPU", "GPU", "JVM", "AWS", "CA", "CERT",
];

/// Whether what was read can be what the rule means: a variable is not called `HTTP`.
fn plausible(failure: &Failure) -> bool {
    failure.kind != FailureKind::MissingEnv || !NO_NAMES.iter().any(|word| failure.name == *word)
}

/// Adds what the rule's own pattern does not read: addresses, paths.
fn complete(failure: &mut Failure, text: &str) {
    match failure.kind {
        FailureKind::ConnectionRefused
        | FailureKind::ConnectionTimeout
        | FailureKind::ConnectionReset
        | FailureKind::NameUnresolved
        | FailureKind::TlsExpired
        | FailureKind::TlsUnknownAuthority
        | FailureKind::TlsNameMismatch
        | FailureKind::Unauthorized
        | FailureKind::Forbidden => {
            // The host that pg_hba.conf names is the client's.
            if text.contains("pg_hba.conf") {
                return;
            }
            let (host, port) = address::address_in(text);
            if failure.host.is_empty() {
                failure.host = host;
                if failure.port == 0 {
                    failure.port = port;
                }
            } else if failure.port == 0 && failure.host == host {
                failure.port = port;
            }
        }
        FailureKind::PortInUse => {
            if failure.port == 0 {
                (failure.host, failure.port) = address::address_in(text);
            }
        }
        FailureKind::MissingFile
        | FailureKind::PermissionDenied
        | FailureKind::ReadOnlyFs
        | FailureKind::DiskFull
        | FailureKind::ConfigParse
        | FailureKind::LockHeld => {
            if failure.path.is_empty() {
                failure.path = path_in(text).unwrap_or_default();
            }
        }
        FailureKind::MissingEnv
        | FailureKind::MissingModule
        | FailureKind::CommandNotFound
        | FailureKind::BadFlag
        | FailureKind::ShellSyntax
        | FailureKind::OutOfMemory
        | FailureKind::TooManyFiles
        | FailureKind::ExecFormat
        | FailureKind::MissingLibrary
        | FailureKind::Segfault
        | FailureKind::Assertion
        | FailureKind::Panic
        | FailureKind::Migration
        | FailureKind::Unknown => {}
    }
}

/// The last absolute path of a line that is no source position: the object of a complaint comes
/// after its subject.
pub(super) fn path_in(text: &str) -> Option<String> {
    static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?:^|[\s'"`(=:\[])(/[A-Za-z0-9._@%+-][^\s'"`:;,)\]]*)"#).ok()
    });
    PATH.as_ref()?
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .map(|path| path.as_str().trim_end_matches('.'))
        .filter(|path| path.len() > 1)
        .last()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_names_only_known_groups() {
        let groups = [
            "name", "host", "port", "addr", "path", "said", "verb", "resource", "group", "ns",
            "user",
        ];
        for rule in TABLES.iter().flat_map(|table| table.iter()) {
            assert!(!rule.needles.is_empty());
            for needle in rule.needles {
                assert!(needle.len() > 2, "{needle}");
            }
            let pattern = compile(rule.pattern).unwrap_or_else(|| panic!("{}", rule.pattern));
            for name in pattern.capture_names().flatten() {
                assert!(groups.contains(&name), "{name} in {}", rule.pattern);
            }
        }
    }

    #[test]
    fn the_object_of_a_complaint_is_the_last_path() {
        assert_eq!(
            path_in("/app/run.sh: cat: /etc/x.conf: No such file").unwrap(),
            "/etc/x.conf"
        );
        assert_eq!(path_in("nothing here"), None);
    }
}
