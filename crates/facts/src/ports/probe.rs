//! What a failed probe met, in the kubelet's words.

use std::sync::LazyLock;

use regex::Regex;

use crate::container::first_line;

/// One of the three probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProbeKind {
    /// Restarts the container when it fails.
    Liveness,
    /// Takes the pod out of its Services while it fails.
    Readiness,
    /// Holds the others back until it succeeds, and restarts the container if it never does.
    Startup,
}

impl ProbeKind {
    /// All three.
    pub const ALL: &[Self] = &[Self::Liveness, Self::Readiness, Self::Startup];

    /// The word used in facts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }

    /// Its field in a container's spec.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
            Self::Startup => "startupProbe",
        }
    }
}

/// How a probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProbeHow {
    /// A GET over HTTP.
    Http,
    /// A connection.
    Tcp,
    /// gRPC's health check.
    Grpc,
    /// A command in the container.
    Exec,
    /// It cannot be told.
    Unknown,
}

impl ProbeHow {
    /// The word used in facts; empty if it cannot be told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Grpc => "grpc",
            Self::Exec => "exec",
            Self::Unknown => "",
        }
    }
}

/// What a failed probe met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeFailure {
    /// Which probe failed.
    pub probe: ProbeKind,
    /// How it asked.
    pub how: ProbeHow,
    /// The status that was answered; 0 if there was no answer.
    pub status: i64,
    /// What was said, on one line: the error, or the command's output.
    pub said: String,
    /// Whether no answer came in time.
    pub timed_out: bool,
    /// Whether the connection was refused: nothing listens there.
    pub refused: bool,
    /// The port that was asked; 0 if it is not told.
    pub port: u16,
    /// The path that was asked for; empty if it is not told.
    pub path: String,
}

static START: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?P<probe>Liveness|Readiness|Startup) probe (?:failed|errored|error|warning)(?: and resulted in [^:]*)?:? ?(?P<said>(?s).*)").ok()
});
static RESTART: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)failed (?P<probe>liveness|readiness|startup) probe").ok());
static STATUS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)status ?code:? ?(?P<status>[0-9]{3})").ok());
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)"?https?://(?:\[[0-9a-f:]+\]|[^/:"\s]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^"\s]*)?"#).ok()
});
static DIAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:dial tcp |addr(?:ess)? ?[=:]? ?"?|service "?)(?:\[[0-9a-f:]+\]|[0-9a-z.-]+):(?P<port>[0-9]{1,5})"#).ok()
});

/// Reads an event's message about a probe that failed. None for other messages.
#[must_use]
pub fn probe_failure(message: &str) -> Option<ProbeFailure> {
    let kind = |word: &str| {
        ProbeKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    };
    let Some(found) = START.as_ref().and_then(|start| start.captures(message)) else {
        // `Container api failed liveness probe, will be restarted` tells which, and no more.
        let found = RESTART.as_ref()?.captures(message)?;
        return Some(ProbeFailure {
            probe: kind(found.name("probe")?.as_str())?,
            how: ProbeHow::Unknown,
            status: 0,
            said: first_line(message).to_owned(),
            timed_out: false,
            refused: false,
            port: 0,
            path: String::new(),
        });
    };
    let probe = kind(found.name("probe")?.as_str())?;
    let said = first_line(found.name("said").map_or("", |said| said.as_str())).to_owned();
    let lower = said.to_ascii_lowercase();
    let part = |pattern: &LazyLock<Option<Regex>>, name: &str| {
        LazyLock::force(pattern)
            .as_ref()
            .and_then(|pattern| pattern.captures(&said))
            .and_then(|found| found.name(name).map(|part| part.as_str().to_owned()))
            .unwrap_or_default()
    };
    let status = part(&STATUS, "status").parse().unwrap_or(0);
    let url = part(&URL, "path");
    let port = [part(&URL, "port"), part(&DIAL, "port")]
        .iter()
        .find_map(|port| port.parse().ok())
        .unwrap_or(0);
    let how = if lower.starts_with("http probe failed")
        || lower.starts_with("get \"")
        || lower.starts_with("get http")
    {
        ProbeHow::Http
    } else if lower.contains("failed to exec") || lower.starts_with("command") {
        ProbeHow::Exec
    } else if lower.contains("grpc")
        || lower.starts_with("timeout: failed to connect service")
        || lower.contains("service unhealthy")
    {
        ProbeHow::Grpc
    } else if lower.starts_with("dial tcp") {
        ProbeHow::Tcp
    } else if lower.starts_with("http") && status != 0 {
        ProbeHow::Http
    } else {
        ProbeHow::Exec
    };
    Some(ProbeFailure {
        probe,
        how,
        status,
        timed_out: ["timeout", "timed out", "deadline exceeded"]
            .iter()
            .any(|words| lower.contains(words)),
        refused: lower.contains("connection refused"),
        port,
        path: url,
        said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProbeHow::{Exec, Grpc, Http, Tcp, Unknown};
    use ProbeKind::{Liveness, Readiness, Startup};

    #[test]
    fn the_kubelets_words_tell_what_a_probe_met() {
        #[rustfmt::skip]
        let table = [
            ("Readiness probe failed: HTTP probe failed with statuscode: 404", Readiness, Http, 404, false, false, 0, ""),
            (r#"Liveness probe failed: Get "http://10.0.0.1:8080/healthz": dial tcp 10.0.0.1:8080: connect: connection refused"#, Liveness, Http, 0, false, true, 8080, "/healthz"),
            (r#"Readiness probe failed: Get "http://10.0.0.1:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"#, Readiness, Http, 0, true, false, 8080, "/"),
            ("Startup probe failed: dial tcp 10.0.0.1:5432: connect: connection refused", Startup, Tcp, 0, false, true, 5432, ""),
            ("Readiness probe failed: dial tcp 10.0.0.1:5432: i/o timeout", Readiness, Tcp, 0, true, false, 5432, ""),
            (r#"Readiness probe failed: timeout: failed to connect service "10.0.0.1:9000" within 1s: context deadline exceeded"#, Readiness, Grpc, 0, true, false, 9000, ""),
            ("Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory", Readiness, Exec, 0, false, false, 0, ""),
            ("Liveness probe failed: command timed out: \"sh -c sleep 10\" timed out after 1s", Liveness, Exec, 0, true, false, 0, ""),
            ("Container api failed liveness probe, will be restarted", Liveness, Unknown, 0, false, false, 0, ""),
            (r#"Readiness probe errored: rpc error: code = Unknown desc = failed to exec in container: exec: "curl": executable file not found in $PATH"#, Readiness, Exec, 0, false, false, 0, ""),
            ("Liveness probe failed: ", Liveness, Exec, 0, false, false, 0, ""),
            (r#"Readiness probe failed: Get "https://[fd00::1]:8443/ready": remote error: tls: bad certificate"#, Readiness, Http, 0, false, false, 8443, "/ready"),
        ];
        for (message, probe, how, status, timed_out, refused, port, path) in table {
            let found = probe_failure(message).unwrap_or_else(|| panic!("{message}"));
            assert_eq!(
                (
                    found.probe,
                    found.how,
                    found.status,
                    found.timed_out,
                    found.refused,
                    found.port,
                    &*found.path
                ),
                (probe, how, status, timed_out, refused, port, path),
                "{message}"
            );
        }
        assert_eq!(probe_failure("Back-off restarting failed container"), None);
    }
}
