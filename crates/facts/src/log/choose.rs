//! Which line of a log is the one that tells why the program failed.
//!
//! Every line that a rule knows is weighed: words that name a cause before words that leave it
//! open, a fatal line before a warning, the last before those long past, and nothing from before
//! the program said that it was ready. What a program says while it goes down is no reason.

use std::sync::LazyLock;

use regex::Regex;

use super::kind::{Failure, FailureKind};
use super::line::{Level, Line, lines};
use super::rules::{self, GENERIC, SPECIFIC};

/// What a line has to weigh to be taken for the reason.
const ENOUGH: i32 = 25;
/// What each line that came after it takes from a line's weight.
const PER_LINE: i32 = 3;
/// The most that the lines after it take.
const AGE: i32 = 90;
/// What having been ready afterwards takes from a line's weight.
const RECOVERED: i32 = 45;
/// How many lines around the chosen one are asked for what it does not name.
const AROUND: usize = 12;

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

// What programs, supervisors and package managers say of an end whose reason stands before.
pattern!(
    AFTERMATH,
    concat!(
        r"(?i)^[\s#*>=-]*(?:shutting down|shutdown|stopping|stopped\b|exiting|exit(?:ed)? (?:status|code|with)|goodbye|bye\b|graceful|",
        r"received (?:signal|sig|shutdown)|caught sig|got sig|sigterm|sigint|signal (?:15|terminated)|signal sig|",
        r"npm (?:err!|error|notice|warn)|error command failed|info visit https://yarnpkg|elifecycle|err_pnpm|lifecycle script|",
        r"process (?:exited|finished)|child process exited|make(?:\[[0-9]+\])?: \*\*\*|terminat(?:ed|ing)\b(?: by)?|clean(?:ing)? ?up|closing|closed\b|disconnect|",
        r"worker exiting|reason: worker failed|\[?fatal tini|supervisor|hikaripool-[0-9]+ - shutdown|stopping service \[|application finished with exit code|",
        r"waiting for application startup|application startup failed|",
        r"use `?node --trace|\(use `node|error starting applicationcontext|process 'app|app crashed|nodemon|the above exception was|during handling of the above|",
        r"removing|unregister|deregister|flush|halting|leaving|container exited|command (?:terminated|exited)|bundler: failed|",
        r"to (?:display|see) the|for (?:more|further|help|details)|see ['\x22]?\S+ --help|run ['\x22`]?\S+ --help|try ['\x22`]?\S+ --help|usage:|error occurred in the)"
    )
);
// A line of an access log: somebody else's request, not the program's own trouble.
pattern!(
    ACCESS,
    r#"(?i)"(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) [^"]* ?HTTP/|, client: [0-9a-f.:]+, server:"#
);
// Words for failure in lines that no rule knows.
pattern!(
    TROUBLE,
    r"(?i)\b(?:error|fatal|failed|failure|cannot|can't|could not|couldn't|unable to|invalid|abort(?:ing|ed)?|exception|critical|giving up|unexpected|refus(?:ed|ing)|denied|missing|unrecognized|unsupported|panic|not found|not allowed|must (?:be|not)|unknown|illegal|no such|does not exist|exceeded|expired|rejected|timed out|timeout|lost|not there|wrong|bad)\b"
);
pattern!(
    NO_TROUBLE,
    r"(?i)\b(?:0|no|zero|without(?: any)?) (?:errors?|failures?|failed|warnings?|exceptions?)\b|\berrors?[=:] ?0\b|error[_-](?:log|page|handler|rate)|failed[=:] ?0\b"
);
// The database server's own way of saying that it is not up yet.
pattern!(
    STARTING,
    r"(?i)the database system is starting up|incomplete startup packet"
);
// Python's mark that a setting was read from the environment.
pattern!(ENVIRON, r"os\.environ|os\.getenv|<frozen os>|/os\.py");

struct Candidate {
    weight: i32,
    at: usize,
    failure: Failure,
}

/// Finds the line that tells why a program failed, and what it names. None if nothing in the log
/// tells of a failure: many programs are killed in the middle of good words.
#[must_use]
pub fn failure(text: &str) -> Option<Failure> {
    if !super::is_a_log(text) {
        return None;
    }
    let lines = lines(text);
    let ages = ages(&lines);
    let ready = lines
        .iter()
        .rposition(|line| !line.frame && super::listening::is_ready(&line.text));
    let mut best: Option<Candidate> = None;
    for (at, line) in lines.iter().enumerate() {
        if line.frame {
            continue;
        }
        let Some((base, failure)) = read(&lines, at) else {
            continue;
        };
        let recovered = ready.is_some_and(|ready| ready > at);
        let age = ages.get(at).copied().unwrap_or(0);
        let weight = weigh(base, line, age, recovered);
        // Of two that weigh the same the later one stands: it is the deeper cause in the traces of
        // most languages, and the newer trouble elsewhere.
        if weight >= ENOUGH && best.as_ref().is_none_or(|best| best.weight <= weight) {
            best = Some(Candidate {
                weight,
                at,
                failure,
            });
        }
    }
    let Candidate {
        at, mut failure, ..
    } = best?;
    enrich(&mut failure, &lines, at);
    Some(failure)
}

/// The last line in which a program said anything of its own: no frame of a stack, no farewell.
/// Empty if there is none.
#[must_use]
pub fn last_words(text: &str) -> String {
    if !super::is_a_log(text) {
        return String::new();
    }
    let lines = lines(text);
    lines
        .iter()
        .rfind(|line| !line.frame && !is(&AFTERMATH, &line.text))
        .or_else(|| lines.last())
        .map(|line| rules::shown(&line.text))
        .unwrap_or_default()
}

/// How many messages came after each line; what goes on from a line, and farewells, do not count.
fn ages(lines: &[Line<'_>]) -> Vec<i32> {
    let mut ages = vec![0; lines.len()];
    let mut after: i32 = 0;
    let mut passed = false;
    for (at, line) in lines.iter().enumerate().rev() {
        if passed {
            after = after.saturating_add(1);
            passed = false;
        }
        if let Some(age) = ages.get_mut(at) {
            *age = after;
        }
        if !line.continues && !line.frame && !is(&AFTERMATH, &line.text) {
            passed = true;
        }
    }
    ages
}

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    LazyLock::force(pattern)
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

/// What a line says by the rules, or by its words of trouble alone.
fn read(lines: &[Line<'_>], at: usize) -> Option<(i32, Failure)> {
    let line = lines.get(at)?;
    let text = &*line.text;
    if is(&ACCESS, text) || is(&STARTING, text) {
        return None;
    }
    let aftermath = is(&AFTERMATH, text);
    let known = rules::read(text, line.number)
        .or_else(|| required_field(lines, at))
        .map(|(weight, failure)| from_environment(lines, at, weight, failure));
    match known {
        Some((weight, failure)) if !aftermath || weight > GENERIC + 10 => {
            Some((weight.saturating_sub(i32::from(aftermath) * 20), failure))
        }
        _ if aftermath => None,
        Some(known) => Some(known),
        None => unknown(line),
    }
}

/// pydantic names the field on one line and says on the next that it is required.
fn required_field(lines: &[Line<'_>], at: usize) -> Option<(i32, Failure)> {
    let line = lines.get(at)?;
    let lower = line.text.to_ascii_lowercase();
    if !lower.trim_start().starts_with("field required") {
        return None;
    }
    let name = lines.get(at.checked_sub(1)?)?.text.trim();
    let word = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if !word || name.is_empty() || name.len() > 128 {
        return None;
    }
    let said = line.text.trim();
    let mut failure = Failure::new(
        FailureKind::MissingEnv,
        rules::shown(&format!("{name}: {said}")),
        line.number,
    );
    name.clone_into(&mut failure.name);
    said.split(" [")
        .next()
        .unwrap_or_default()
        .clone_into(&mut failure.said);
    Some((SPECIFIC, failure))
}

/// A key that is missing from Python's `os.environ` is a variable, however it is written.
fn from_environment(
    lines: &[Line<'_>],
    at: usize,
    weight: i32,
    failure: Failure,
) -> (i32, Failure) {
    if failure.kind != FailureKind::Panic || failure.name != "KeyError" {
        return (weight, failure);
    }
    let start = at.saturating_sub(AROUND);
    let above = lines.get(start..at).unwrap_or_default();
    let environ = above
        .iter()
        .any(|line| line.frame && is(&ENVIRON, &line.text));
    if !environ {
        return (weight, failure);
    }
    let name = failure.said.trim_matches(['\'', '"']).to_owned();
    let found = Failure {
        kind: FailureKind::MissingEnv,
        name,
        said: String::new(),
        ..failure
    };
    (SPECIFIC, found)
}

fn unknown(line: &Line<'_>) -> Option<(i32, Failure)> {
    let text = line.text.trim();
    // A heading over what is really said, or a brace: no reason.
    if text.len() < 4 || is(&NO_TROUBLE, text) {
        return None;
    }
    let weight = match line.level {
        Level::Fatal => 30,
        Level::Error => 38,
        Level::Unsaid if !line.continues && is(&TROUBLE, text) => 35,
        Level::Warn | Level::Unsaid | Level::Info | Level::Debug => return None,
    };
    let mut failure = Failure::new(FailureKind::Unknown, rules::shown(text), line.number);
    failure.said = rules::shown(text);
    // What ends in a colon only announces.
    let weight = if text.ends_with(':') {
        weight - 12
    } else {
        weight
    };
    Some((weight, failure))
}

fn weigh(base: i32, line: &Line<'_>, age: i32, recovered: bool) -> i32 {
    let lower = line.text.trim_start().to_ascii_lowercase();
    let loud = match line.level {
        Level::Fatal => 20,
        Level::Error => 5,
        Level::Unsaid if lower.starts_with("fatal") || lower.starts_with("panic") => 20,
        Level::Unsaid => 0,
        Level::Warn => -20,
        Level::Info => -45,
        Level::Debug => -60,
    };
    let retried = if lower.contains("will retry") || lower.contains("retrying") {
        15
    } else {
        0
    };
    // Words that name a cause name it in a whisper too, if nothing came after them.
    let loud = if base >= SPECIFIC && age == 0 {
        loud.max(-20)
    } else {
        loud
    };
    base.saturating_add(loud)
        .saturating_sub(age.saturating_mul(PER_LINE).min(AGE))
        .saturating_sub(if recovered { RECOVERED } else { 0 })
        .saturating_sub(retried)
}

/// Asks the lines around the chosen one for what it does not name: a client's exception names the
/// host, and the system's error below it does not.
fn enrich(failure: &mut Failure, lines: &[Line<'_>], at: usize) {
    let end = at.saturating_add(AROUND).min(lines.len());
    let near = (at.saturating_add(1)..end).chain((at.saturating_sub(AROUND)..at).rev());
    for other in near {
        let Some(line) = lines.get(other) else {
            continue;
        };
        if let Some((_, found)) = (!line.frame).then(|| read(lines, other)).flatten() {
            failure.fill_from(&found);
        }
        let below = other > at && line.continues;
        let above = other < at && line.text.contains("://") && other.saturating_add(4) > at;
        if needs_host(failure) && !line.frame && (below || above) {
            // Node prints an error's fields below it: address: '10.0.0.1', port: 5432.
            let (host, port) = super::address::address_in(&line.text);
            if failure.host.is_empty() {
                failure.host = host;
            }
            if failure.port == 0 {
                failure.port = port;
            }
        }
    }
    address_nearby(failure, lines, at);
    message_below(failure, lines, at);
    file_below(failure, lines, at);
    defaults(failure);
}

const fn needs_host(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::ConnectionRefused
            | FailureKind::ConnectionTimeout
            | FailureKind::ConnectionReset
    ) && (failure.host.is_empty() || failure.port == 0)
}

/// How many frames above an exception are searched for the address it was about.
const FRAMES: usize = 24;

/// The system's error names no host, or only its address: the source line in the trace above it, or
/// the program's own word just before it, may: `create_connection(("db", 5432))`, `waiting for
/// db:5432`.
fn address_nearby(failure: &mut Failure, lines: &[Line<'_>], at: usize) {
    if failure.kind == FailureKind::PortInUse && failure.port == 0 {
        failure.port = lines
            .iter()
            .take(at)
            .rev()
            .filter(|line| !line.frame)
            .find_map(|line| super::listening::of_line(&line.text))
            .unwrap_or(0);
        return;
    }
    if !needs_host(failure) {
        return;
    }
    let numeric = failure.host.parse::<std::net::IpAddr>().is_ok();
    let own = failure.host.is_empty() || numeric;
    let above = lines.get(at.saturating_sub(FRAMES)..at).unwrap_or_default();
    let shown = above
        .iter()
        .rev()
        .take_while(|line| line.frame || line.continues);
    let mut before = above
        .iter()
        .rev()
        .filter(|line| !line.frame && !line.continues);
    let words = [
        before.next(),
        before.next(),
        lines.get(at.saturating_add(1)),
    ];
    let words = words
        .into_iter()
        .flatten()
        .filter(|line| !line.frame && !line.continues);
    for line in shown.chain(words) {
        let text = line.text.trim();
        if text.starts_with("File ") || text.starts_with("at ") {
            continue;
        }
        let (host, port) = super::address::address_in(text);
        if port != 0 && !host.is_empty() && own {
            (failure.host, failure.port) = (host, port);
            return;
        }
    }
}

/// Rust's panic tells where on one line, and what on the next; C++ tells the type and then `what`.
fn message_below(failure: &mut Failure, lines: &[Line<'_>], at: usize) {
    if failure.kind != FailureKind::Panic || !failure.said.is_empty() {
        return;
    }
    let announced =
        failure.line.contains(" panicked at ") || failure.line.starts_with("terminate called");
    if announced && let Some(next) = lines.get(at.saturating_add(1)).filter(|next| !next.frame) {
        failure.said = rules::shown(next.text.trim());
    }
}

/// Parsers of configuration name the file below the complaint: `in "/etc/app.yaml", line 2`.
fn file_below(failure: &mut Failure, lines: &[Line<'_>], at: usize) {
    if failure.kind != FailureKind::ConfigParse || !failure.path.is_empty() {
        return;
    }
    let below = lines.iter().skip(at.saturating_add(1)).take(4);
    if let Some(path) = below
        .take_while(|line| line.continues)
        .filter(|line| line.text.contains("line"))
        .find_map(|line| rules::path_in(&line.text))
    {
        failure.path = path;
    }
}

/// Names that a program's words imply.
fn defaults(failure: &mut Failure) {
    let lower = failure.line.to_ascii_lowercase();
    if failure.kind == FailureKind::MissingEnv && failure.name.is_empty() {
        failure.name = if lower.contains("encryption key") {
            "APP_KEY"
        } else if lower.contains("superuser password") {
            "POSTGRES_PASSWORD"
        } else if lower.contains("password option is not specified")
            || lower.contains("and password option")
        {
            "MYSQL_ROOT_PASSWORD"
        } else if lower.contains("region") {
            "AWS_REGION"
        } else {
            ""
        }
        .to_owned();
    }
    match failure.kind {
        FailureKind::PermissionDenied
        | FailureKind::ReadOnlyFs
        | FailureKind::MissingFile
        | FailureKind::ConfigParse
        | FailureKind::MissingModule
            if failure.path.is_empty() && failure.said.starts_with('/') =>
        {
            failure.path = std::mem::take(&mut failure.said);
        }
        FailureKind::Migration | FailureKind::MissingLibrary if failure.name.is_empty() => {
            if !failure.said.contains(' ') {
                failure.name = std::mem::take(&mut failure.said);
            }
        }
        FailureKind::PortInUse if failure.port == 0 => {
            failure.port = super::address::port_of(Some(&failure.said));
            failure.said.clear();
        }
        FailureKind::PermissionDenied if failure.port == 0 && lower.contains("bind") => {
            (failure.host, failure.port) = super::address::address_in(&failure.line);
        }
        FailureKind::MissingEnv
        | FailureKind::MissingFile
        | FailureKind::MissingModule
        | FailureKind::CommandNotFound
        | FailureKind::PermissionDenied
        | FailureKind::ReadOnlyFs
        | FailureKind::PortInUse
        | FailureKind::BadFlag
        | FailureKind::ShellSyntax
        | FailureKind::ConfigParse
        | FailureKind::ConnectionRefused
        | FailureKind::ConnectionTimeout
        | FailureKind::ConnectionReset
        | FailureKind::NameUnresolved
        | FailureKind::TlsExpired
        | FailureKind::TlsUnknownAuthority
        | FailureKind::TlsNameMismatch
        | FailureKind::Unauthorized
        | FailureKind::Forbidden
        | FailureKind::OutOfMemory
        | FailureKind::DiskFull
        | FailureKind::TooManyFiles
        | FailureKind::ExecFormat
        | FailureKind::MissingLibrary
        | FailureKind::Segfault
        | FailureKind::Assertion
        | FailureKind::Panic
        | FailureKind::Migration
        | FailureKind::LockHeld
        | FailureKind::Unknown => {}
    }
    if failure.kind == FailureKind::CommandNotFound && failure.name.is_empty() {
        failure.name.clone_from(&failure.path);
    }
    let refused = matches!(
        failure.kind,
        FailureKind::Unauthorized | FailureKind::Forbidden
    );
    if refused && failure.said.is_empty() {
        failure.said.clone_from(&failure.line);
    }
}
