//! The host and port that a line of a log names.

use std::sync::LazyLock;

use regex::Regex;

/// Ends of names before `:12` that are a source file's and its line's, not a host's and its port's.
const FILES: &[&str] = &[
    "go", "py", "js", "mjs", "cjs", "ts", "rs", "java", "kt", "rb", "php", "cs", "c", "cc", "cpp",
    "h", "sh", "conf", "yaml", "yml", "json", "toml", "ini", "xml", "ex", "exs", "pl", "lua",
];

macro_rules! pattern {
    ($name:ident, $pattern:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

pattern!(
    URL,
    r#"(?i)\b(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@\s'"]*@)?(?P<host>\[[0-9a-f:]+\]|[^/:\s'",;)\]@?]+)(?::(?P<port>[0-9]{1,5}))?"#
);
pattern!(
    QUOTED,
    r#"(?i)(?:host ?=? ?|server at |for |on |to |at )['"](?P<host>[a-z0-9._-]+)['"](?: ?\([^)]*\))?(?:,? (?:and accepting )?(?:TCP/IP connections on )?port ?=? ?(?P<port>[0-9]{1,5}))?"#
);
pattern!(
    WORDED,
    r"(?i)\b(?:to|host|for|server) (?P<host>[a-z0-9][a-z0-9._-]*),? (?:\([^)]*\) )?port:? (?P<port>[0-9]{1,5})"
);
pattern!(
    SLASHED,
    r"(?i)\b(?P<host>[a-z0-9][a-z0-9._-]*)/(?:[0-9]{1,3}\.){3}[0-9]{1,3}:(?P<port>[0-9]{1,5})"
);
pattern!(
    HOST_PORT,
    r"(?i)\bhost (?P<host>[a-z0-9][a-z0-9._-]*):(?P<port>[0-9]{1,5})"
);
pattern!(
    PAIR,
    r#"\(['"](?P<host>[^'"\s]{1,253})['"], ?(?P<port>[0-9]{1,5})[,)]"#
);
pattern!(
    ARROW,
    r"->(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9][A-Za-z0-9._-]*):(?P<port>[0-9]{1,5})"
);
pattern!(
    PLAIN,
    r"(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9][A-Za-z0-9._-]*):(?P<port>[0-9]{1,5})\b"
);
pattern!(
    BARE,
    r#"(?i)(?:server on|host|connect to|connecting to|connection to|address)[: ]+\(?['"]?(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z][a-z0-9]*-[a-z0-9-]+)['"]?"#
);
pattern!(
    FIELDS,
    r#"(?i)\b(?:address|hostname|host):? ['"](?P<host>[a-z0-9._:-]+)['"]"#
);
pattern!(PORT_FIELD, r"(?i)\bport:? (?P<port>[0-9]{1,5})\b");

/// The host and port that a line names; empty and 0 where it names none.
pub(super) fn address_in(line: &str) -> (String, u16) {
    let url = URL.as_ref().and_then(|url| {
        // The last address of a kind is the one the message is about: wrappers stand before it.
        let found = url.captures_iter(line).last()?;
        let host = plain_host(found.name("host")?.as_str());
        let port = port_of(found.name("port").map(|port| port.as_str()));
        let scheme = found.name("scheme")?.as_str();
        Some((host, port, scheme.to_owned()))
    });
    if let Some((host, port, scheme)) = url {
        if port != 0 {
            return (host, port);
        }
        // `Get "http://api/x": dial tcp 10.0.0.7:8080`: the name is the URL's, the port was dialled.
        let port = dialled(line)
            .map(|(_, port)| port)
            .filter(|port| *port != 0)
            .unwrap_or_else(|| usual_port(&scheme));
        return (host, port);
    }
    for pattern in [&QUOTED, &WORDED, &SLASHED, &HOST_PORT, &PAIR] {
        if let Some(found) = first(pattern, line) {
            if found.1 != 0 {
                return found;
            }
            // A quoted name may carry its port within the quotes, or not at all.
            if let Some(with_port) = dialled(line) {
                return (found.0, with_port.1);
            }
            return found;
        }
    }
    if let Some(found) = dialled(line) {
        return found;
    }
    if let Some((host, _)) = first(&FIELDS, line) {
        let port = first_port(line);
        return (host, port);
    }
    first(&BARE, line).unwrap_or_else(|| (String::new(), first_port(line)))
}

fn first_port(line: &str) -> u16 {
    PORT_FIELD
        .as_ref()
        .and_then(|pattern| pattern.captures(line))
        .map_or(0, |found| {
            port_of(found.name("port").map(|port| port.as_str()))
        })
}

fn first(pattern: &LazyLock<Option<Regex>>, line: &str) -> Option<(String, u16)> {
    let found = LazyLock::force(pattern).as_ref()?.captures(line)?;
    Some((
        plain_host(found.name("host")?.as_str()),
        port_of(found.name("port").map(|port| port.as_str())),
    ))
}

fn dialled(line: &str) -> Option<(String, u16)> {
    if let Some(found) = first(&ARROW, line) {
        return Some(found);
    }
    PLAIN.as_ref()?.captures_iter(line).find_map(|found| {
        let host = found.name("host")?;
        let port = port_of(found.name("port").map(|port| port.as_str()));
        let text = host.as_str();
        let numbers = text.bytes().all(|byte| byte.is_ascii_digit());
        let file = text.rsplit_once('.').is_some_and(|(_, end)| {
            FILES
                .iter()
                .any(|extension| end.eq_ignore_ascii_case(extension))
        });
        // `2026-11-21T09:58:20Z` is a time of day.
        let stamp = text.split_once('T').is_some_and(|(day, hour)| {
            day.len() == 10
                && day.bytes().all(|b| b.is_ascii_digit() || b == b'-')
                && hour.bytes().all(|b| b.is_ascii_digit())
        });
        (port != 0 && !numbers && !file && !stamp && !text.eq_ignore_ascii_case("line"))
            .then(|| (plain_host(text), port))
    })
}

/// Takes `host:port`, `tcp://host:port`, `[::1]:80` and the like apart.
pub(super) fn split(address: &str) -> (String, u16) {
    let address = address.trim_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace());
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let address = address.split('/').next().unwrap_or(address);
    match address.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (plain_host(host), port_of(Some(port)))
        }
        _ => (plain_host(address), 0),
    }
}

pub(super) fn port_of(text: Option<&str>) -> u16 {
    text.and_then(|port| port.parse().ok()).unwrap_or(0)
}

pub(super) fn plain_host(host: &str) -> String {
    host.trim_matches(|c| matches!(c, '[' | ']' | '\'' | '"' | '`'))
        .trim_end_matches('.')
        .to_owned()
}

/// The port that a scheme means where none is written.
fn usual_port(scheme: &str) -> u16 {
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "postgres" | "postgresql" => 5432,
        "mysql" | "mariadb" => 3306,
        "redis" => 6379,
        "rediss" => 6380,
        "amqp" => 5672,
        "amqps" => 5671,
        "mongodb" => 27017,
        "nats" => 4222,
        "ldap" => 389,
        "ldaps" => 636,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_the_words_of_many_clients() {
        let table = [
            (
                r#"Get "http://api:8080/x": dial tcp 10.0.0.7:8080: connect: connection refused"#,
                "api",
                8080,
            ),
            (
                r#"Get "http://api/x": dial tcp 10.0.0.7:80: connect: connection refused"#,
                "api",
                80,
            ),
            (
                "dial tcp 10.0.0.7:5432: connect: connection refused",
                "10.0.0.7",
                5432,
            ),
            (
                "dial tcp [fd00::1]:5432: connect: connection refused",
                "fd00::1",
                5432,
            ),
            ("main.go:12: dial tcp db:5432: i/o timeout", "db", 5432),
            (
                "read tcp 10.1.2.3:45678->10.0.0.7:5432: connection reset by peer",
                "10.0.0.7",
                5432,
            ),
            (
                r#"connection to server at "db" (10.96.1.2), port 5432 failed: Connection refused"#,
                "db",
                5432,
            ),
            (
                r#"Is the server running on host "db" (10.0.0.1) and accepting"#,
                "db",
                0,
            ),
            (
                "HTTPConnectionPool(host='api', port=8080): Max retries exceeded",
                "api",
                8080,
            ),
            (
                "[Errno 111] Connect call failed ('10.0.0.1', 5432)",
                "10.0.0.1",
                5432,
            ),
            ("Connection refused: db/10.0.0.1:5432", "db", 5432),
            (
                "curl: (7) Failed to connect to api port 8080 after 0 ms",
                "api",
                8080,
            ),
            (
                r#"Connection refused - connect(2) for "db" port 5432"#,
                "db",
                5432,
            ),
            (
                "Can't connect to MySQL server on 'db:3306' (111)",
                "db",
                3306,
            ),
            (
                "Error 111 connecting to redis:6379. Connection refused.",
                "redis",
                6379,
            ),
            ("amqp://user:pw@rabbit:5672/", "rabbit", 5672),
            ("postgres://app@db/app", "db", 5432),
            ("address: '10.0.0.1',", "10.0.0.1", 0),
            (
                r#"Post "https://auth.example.com/token": tls: x509: certificate has expired: current time 2026-11-21T09:58:20Z is after 2026-11-20T00:00:00Z"#,
                "auth.example.com",
                443,
            ),
            ("nothing here at 10:00", "", 0),
        ];
        for (line, host, port) in table {
            assert_eq!(address_in(line), (host.to_owned(), port), "{line}");
        }
    }
}
