//! The ports that a program says it listens on, and whether it said that it is ready.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::address::port_of;
use super::line::lines;

/// How many ports are kept of one log.
const MOST: usize = 32;

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

// The port stands after the words, behind a host, a scheme or nothing.
pattern!(
    LISTENS,
    concat!(
        r"(?i)(?:",
        r"listening (?:at|on|for)?|listens? (?:on|at)|listening|running (?:on|at)|serving (?:HTTP )?(?:on|at)|served? (?:on|at)|serving|",
        r"(?:server|service|app|application|api|http|https|grpc|web)\b.{0,40}?(?:started|running|up|available|ready|listening|bound|starts|starting|launched|accessible)(?: and listening)?(?: up)? ?(?:on|at|:)|",
        r"started (?:server|service|listener|http|https|grpc|web ?server|application|serverconnector|networktrafficserverconnector)\S*.{0,60}?(?:on|at|@)|",
        r"(?:tomcat|netty|jetty|undertow|puma|kestrel|httpd|express|uvicorn|daphne|hypercorn|waitress|caddy|traefik|envoy|vite|next(?:\.js)?|fastify|ktor|vert\.x|quarkus|micronaut)\b.{0,60}?(?:on|at)|",
        r"server (?:at|on)|bound to|bind(?:ing)? to|accept(?:ing)? connections (?:on|at)|ready (?:on|at)|open (?:on|at)|exposed on|waiting for connections on|start(?:ed|ing)? (?:on|at)|local:|network:|is listening",
        r")",
        r"[ ,:=]*(?:the )?(?:local )?(?:url|address|addresses|endpoint|interface|host|socket|tcp|udp|http|https|ipv[46])?[ ,:=]*(?:port\(?s?\)?|ports)?[ ,:=\x22'\[({]*",
        r"(?:address )?(?:[a-z][a-z0-9+.]*://)?(?:(?:\[[0-9a-f:]*\]|\*|[a-z0-9._-]*|::+)[\x22']?(?::|, ?port:? |,|\s+port[ :=]*))?(?P<port>[0-9]{2,5})(?:/(?:tcp|udp))?(?P<after>.{0,2})"
    )
);
// The port is named as one.
pattern!(
    NAMED,
    r"(?i)(?:listening|listen|started|starting|running|ready|serving|server|bound|bind|connector|accept|tomcat|netty).{0,80}?\bport(?:\(s\)|s)?[\x22']?[ :=#]{0,3}[\x22']?(?P<port>[0-9]{2,5})\b"
);
// Jetty: Started ServerConnector@1f{HTTP/1.1, (http/1.1)}{0.0.0.0:8080}
pattern!(
    CONNECTOR,
    r"(?i)started \w*connector@\S*\{.*\{[^{}]*:(?P<port>[0-9]{2,5})\}"
);
// Fields of structured lines: addr=:8080, port=6379, "address":"0.0.0.0:9090".
pattern!(
    FIELD,
    r#"(?i)\b(?:listen(?:_addr(?:ess)?|er)?|addr(?:ess)?|port|bind(?:_addr)?|endpoint)["']?[=:] ?["']?(?:tcp://|https?://)?(?:\[[0-9a-f:]*\]|[a-z0-9._*-]*?)?:?(?P<port>[0-9]{2,5})\b"#
);
pattern!(
    SAYS_LISTEN,
    r"(?i)\blisten|serving|\bserve\b|start(?:ed|ing) (?:http |https |grpc |the |web |metrics |api )*(?:server|service|listener)|server (?:is )?(?:started|starting|running|up)|ready to accept|running mode="
);
// Words that speak of another's port, or of no port of one's own.
pattern!(
    OTHERS,
    r"(?i)\b(?:connect(?:ing|ed)? to|connection|upstream|dial|failed|error|cannot|unable|in use|refused|proxying|forward(?:ing)?|retry|database|could not|not listening|stopped|client)\b"
);
pattern!(
    READY,
    concat!(
        r"(?i)(?:ready (?:to accept|for (?:start up|connections|requests|traffic))|accepting connections|",
        r"\bstarted \S+ in [0-9.]+ ?s|application startup complete|start(?:up)? complete|startup finished|",
        r"\bstarted (?:successfully|and (?:ready|listening))|listening (?:on|at)|now listening|successfully started|is ready\b|",
        r"server (?:is )?(?:ready|running|up|started|listening)|application (?:is )?(?:running|started|ready)|",
        r"start worker process|booting worker with pid|configuration complete; ready|resuming normal operations|",
        r"waiting for connections|kafka ?server.* started|node.*started$|cluster health status changed.*green|",
        r"serving (?:http|on|at|requests)|running on https?://|started on port|^ready\b|ready in [0-9.]+ ?m?s|ready\.$)"
    )
);
pattern!(
    NOT_READY,
    r"(?i)\b(?:not|isn't|never|waiting (?:for|until)|before|until|failed|failure|cannot|unable|error|trying|when) (?:\S+ ){0,5}?(?:ready|listening|accept|listen|start)|not ready|\b(?:will|would) "
);

/// The ports that a program says it listens on, from the smallest. Ports of others that it
/// connects to are not among them.
#[must_use]
pub fn listening(text: &str) -> Vec<u16> {
    if !super::is_a_log(text) {
        return Vec::new();
    }
    let mut ports = BTreeSet::new();
    for raw in raw_and_read(text) {
        read(&raw, &mut ports);
        if ports.len() >= MOST {
            break;
        }
    }
    ports.into_iter().collect()
}

/// Whether a program said that it is ready, or that it has begun to listen.
#[must_use]
pub fn said_ready(text: &str) -> bool {
    super::is_a_log(text)
        && lines(text)
            .iter()
            .any(|line| !line.frame && is_ready(&line.text))
}

pub(super) fn is_ready(text: &str) -> bool {
    matches(&READY, text) && !matches(&NOT_READY, text)
}

/// Each message; and of structured lines the whole line, since the address stands in a field.
fn raw_and_read(text: &str) -> impl Iterator<Item = String> {
    let (_, tail) = super::line::tail(text);
    let structured = tail
        .lines()
        .map(|line| super::line::cut(line, super::line::WIDTH))
        .filter(|line| line.contains('=') || line.contains("\":"))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    lines(text)
        .into_iter()
        .filter(|line| !line.frame)
        .map(|line| line.text.into_owned())
        .chain(structured)
}

/// The first port that one line says is listened on.
pub(super) fn of_line(line: &str) -> Option<u16> {
    let mut ports = BTreeSet::new();
    read(line, &mut ports);
    ports.first().copied()
}

fn read(line: &str, ports: &mut BTreeSet<u16>) {
    if matches(&OTHERS, line) {
        return;
    }
    let mut keep = |pattern: &LazyLock<Option<Regex>>| {
        let Some(pattern) = LazyLock::force(pattern).as_ref() else {
            return;
        };
        for found in pattern.captures_iter(line) {
            let port = port_of(found.name("port").map(|port| port.as_str()));
            // `1.2.3`, `2026-11-21` and `120ms` are no ports.
            let after = found.name("after").map_or("", |after| after.as_str());
            let mut next = after.chars();
            let number = match next.next() {
                Some('.') => next.next().is_some_and(|c| c.is_ascii_digit()),
                Some(c) => c.is_alphanumeric() || matches!(c, '-' | '%'),
                None => false,
            };
            if port != 0 && !number {
                ports.insert(port);
            }
        }
    };
    keep(&LISTENS);
    keep(&NAMED);
    keep(&CONNECTOR);
    if matches(&SAYS_LISTEN, line) {
        keep(&FIELD);
    }
}

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    LazyLock::force(pattern)
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_the_words_of_many_servers() {
        let table: &[(&str, &[u16])] = &[
            ("listening on :8080", &[8080]),
            ("2026/11/21 10:00:00 Listening on :8080", &[8080]),
            (
                "[2026-11-21 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)",
                &[8000],
            ),
            (
                "Tomcat started on port(s): 8080 (http) with context path ''",
                &[8080],
            ),
            (
                "Tomcat started on port 8080 (http) with context path '/'",
                &[8080],
            ),
            ("Netty started on port 9090", &[9090]),
            (
                "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
                &[8000],
            ),
            (" * Running on http://127.0.0.1:5000", &[5000]),
            ("Server running at http://localhost:3000/", &[3000]),
            ("Server is running on port 3000", &[3000]),
            ("Server listening on port 3000", &[3000]),
            ("App listening at http://[::]:3000", &[3000]),
            ("Now listening on: http://[::]:8080", &[8080]),
            (
                "info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://0.0.0.0:5000",
                &[5000],
            ),
            (
                "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...",
                &[8000],
            ),
            (
                "Serving HTTP on :: port 8000 (http://[::]:8000/) ...",
                &[8000],
            ),
            (
                "Started ServerConnector@1f{HTTP/1.1, (http/1.1)}{0.0.0.0:8080}",
                &[8080],
            ),
            ("* Listening on http://0.0.0.0:3000", &[3000]),
            ("* Listening on tcp://0.0.0.0:9292", &[9292]),
            (
                "1:M 21 Nov 2026 10:00:00.000 * Running mode=standalone, port=6379.",
                &[6379],
            ),
            (
                "LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
                &[5432],
            ),
            ("LOG:  listening on IPv6 address \"::\", port 5432", &[5432]),
            (
                "/usr/sbin/mysqld: ready for connections. Version: '8.0.36'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.",
                &[3306],
            ),
            (
                "{\"level\":\"info\",\"msg\":\"starting server\",\"addr\":\":9000\"}",
                &[9000],
            ),
            ("level=info msg=\"listening\" addr=0.0.0.0:9100", &[9100]),
            (
                "ts=2026-11-21T10:00:00Z level=info msg=\"Listening on\" address=[::]:9100",
                &[9100],
            ),
            (
                "2026-11-21T10:00:00Z  INFO app: listening on 0.0.0.0:3000",
                &[3000],
            ),
            ("[INFO] Listening and serving HTTP on :8080", &[8080]),
            ("⇨ http server started on [::]:1323", &[1323]),
            ("gRPC server started on :50051", &[50051]),
            (
                "Starting development server at http://0.0.0.0:8000/",
                &[8000],
            ),
            ("Application is running on: http://[::1]:3000", &[3000]),
            ("   - Local:        http://localhost:3000", &[3000]),
            ("Connecting to db:5432", &[]),
            ("connected to redis on port 6379 (client)", &[]),
            ("failed to listen on :8080: address already in use", &[]),
            (
                "Started App in 2.345 seconds (process running for 3.1)",
                &[],
            ),
            ("version 1.2.3 started", &[]),
            ("Server is starting", &[]),
        ];
        for (text, ports) in table {
            assert_eq!(&listening(text), ports, "{text}");
        }
    }

    #[test]
    fn a_program_says_that_it_is_ready() {
        for text in [
            "Started App in 2.345 seconds",
            "database system is ready to accept connections",
            "* Ready to accept connections tcp",
            "INFO:     Application startup complete.",
            "listening on :8080",
        ] {
            assert!(said_ready(text), "{text}");
        }
        for text in [
            "waiting for the database to be ready",
            "starting",
            "not ready",
            "",
        ] {
            assert!(!said_ready(text), "{text}");
        }
    }
}
