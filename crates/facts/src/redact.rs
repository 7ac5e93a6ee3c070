//! Takes the obvious secrets out of objects and texts, one way: values of environment variables whose
//! names say so, passwords in addresses and in `name=value` texts, and the data of Secrets.
//!
//! What diagnoses rest on (images, digests, host names, UIDs, names) is left as it is.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde_json::Value;

use crate::json::Field;
use crate::{Fields, Json, LAST_APPLIED};

/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";
/// Words of a name that make its value secret.
const SECRET_WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PWD",
    "PASSPHRASE",
    "TOKEN",
    "SECRET",
    "SECRETS",
    "KEY",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
];
/// Ends of names that make a value secret in running text, where `key` alone says too little.
const SECRET_ENDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "token",
    "secret",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "access-key",
    "secret_key",
    "secret-key",
    "private_key",
];
/// How the tokens of well-known places begin.
const TOKEN_STARTS: &[&str] = &[
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "sk_live_",
    "sk-ant-",
];
/// Schemes of an `Authorization` header, which stand before what is secret in it.
const SCHEMES: &[&str] = &["bearer", "basic", "token", "digest", "negotiate", "apikey"];
/// Keys of objects whose values identify things and hold no secrets.
const IDENTITIES: &[&str] = &[
    "image",
    "imageID",
    "containerID",
    "uid",
    "name",
    "namespace",
    "nodeName",
    "host",
    "hostname",
    "kind",
    "resourceVersion",
];

/// Redacts whatever a value holds.
pub fn redact_value(value: &mut Value) {
    if let Some(clean) = clean(&Json::from(&*value)) {
        *value = clean.into();
    }
}

/// The same value, redacted.
#[must_use]
pub fn redacted(value: &Json) -> Json {
    clean(value).unwrap_or_else(|| value.clone())
}

/// A value without its secrets, if it has any.
fn clean(value: &Json) -> Option<Json> {
    match value {
        Json::Fields(fields) => clean_fields(fields).map(Json::Fields),
        Json::List(items) => clean_items(items),
        Json::Text(text) => clean_text(text).map(Json::from),
        Json::Null | Json::Bool(_) | Json::Number(_) => None,
    }
}

fn clean_fields(fields: &Fields) -> Option<Fields> {
    let of_secret = fields.get("kind").and_then(Json::as_str) == Some("Secret");
    // An entry of `env`: a name and a value.
    let secret = fields
        .get("name")
        .and_then(Json::as_str)
        .is_some_and(is_secret_name);
    let mut changed: Option<Vec<Field>> = None;
    for (place, (name, inner)) in fields.iter().enumerate() {
        let clean = match inner {
            Json::Fields(data) if of_secret && matches!(name, "data" | "stringData") => {
                let hidden = data.keys().map(|key| (key.into(), REDACTED.into()));
                Some(Json::Fields(hidden.collect()))
            }
            Json::Text(_) if secret && name == "value" || name == LAST_APPLIED => {
                Some(REDACTED.into())
            }
            Json::Text(_) if IDENTITIES.contains(&name) => None,
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::Text(_)
            | Json::List(_)
            | Json::Fields(_) => clean(inner),
        };
        if let Some(clean) = clean
            && let Some((_, value)) = changed
                .get_or_insert_with(|| fields.fields().to_vec())
                .get_mut(place)
        {
            *value = clean;
        }
    }
    changed.map(Fields::from_iter)
}

fn clean_items(items: &[Json]) -> Option<Json> {
    let mut changed: Option<Vec<Json>> = None;
    // `--password` and its value may be two arguments of one command.
    let mut named = false;
    for (place, item) in items.iter().enumerate() {
        let clean = match item.as_str() {
            Some(value) if named && !value.starts_with('-') => Some(REDACTED.into()),
            Some(_) | None => clean(item),
        };
        named = clean.as_ref().unwrap_or(item).as_str().is_some_and(|flag| {
            flag.starts_with('-')
                && SECRET_ENDS
                    .iter()
                    .any(|end| flag.to_ascii_lowercase().ends_with(end))
        });
        if let Some(clean) = clean
            && let Some(place) = changed.get_or_insert_with(|| items.to_vec()).get_mut(place)
        {
            *place = clean;
        }
    }
    changed.map(Json::from)
}

/// A text without its secrets, if it has any.
fn clean_text(text: &str) -> Option<String> {
    let clean = may_hold_a_secret(text).then(|| without_secrets(text))?;
    (clean != text).then_some(clean)
}

/// Whether any of the marks by which secrets are told stands in a text: most have none, and one look
/// tells it.
fn may_hold_a_secret(text: &str) -> bool {
    static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let others = ["AKIA", "eyJ", "://", "authorization"];
        let marks = others.iter().chain(SECRET_ENDS).chain(TOKEN_STARTS);
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(marks)
            .ok()
    });
    MARKS.as_ref().is_none_or(|marks| marks.is_match(text))
}

fn is_secret_name(name: &str) -> bool {
    name.split(['_', '-', '.'])
        .any(|word| SECRET_WORDS.contains(&word.to_ascii_uppercase().as_str()))
}

/// Redacts running text: what is a token by its looks, then addresses, then `name=value`.
#[must_use]
pub fn redact_text(text: &str) -> String {
    clean_text(text).unwrap_or_else(|| text.to_owned())
}

fn without_secrets(text: &str) -> String {
    redact_pairs(&redact_addresses(&redact_tokens(text)))
}

/// Words that are tokens whatever stands before them.
fn redact_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let part_of_word = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let start = rest.find(part_of_word).unwrap_or(rest.len());
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !part_of_word(c)).unwrap_or(word.len());
        let (word, beyond) = word.split_at(end);
        out.push_str(before);
        out.push_str(if is_token(word) { REDACTED } else { word });
        rest = beyond;
    }
    out
}

fn is_token(word: &str) -> bool {
    let long = word.len() >= 20;
    let aws = word.len() == 20
        && word.starts_with("AKIA")
        && word
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    let signed = word.len() >= 40 && word.starts_with("eyJ") && word.matches('.').count() == 2;
    aws || signed || long && TOKEN_STARTS.iter().any(|start| word.starts_with(start))
}

/// `scheme://user:password@host` loses its password. `name:tag@sha256:…` after a scheme is an
/// image's identity as Docker writes it, and stays.
fn redact_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|letter: char| letter.is_whitespace() || "/?#\"'<>".contains(letter))
            .unwrap_or(after.len());
        let (authority, beyond) = after.split_at(end);
        rest = beyond;
        let parts = authority
            .rsplit_once('@')
            .filter(|(_, host)| !host.starts_with("sha256:") && !host.starts_with("sha512:"))
            .and_then(|(user, host)| Some((user.split_once(':')?.0, host)));
        match parts {
            Some((user, host)) => {
                out.push_str(user);
                out.push(':');
                out.push_str(REDACTED);
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
    }
    out.push_str(rest);
    out
}

/// `password=…`, `"token": "…"`, `Authorization: Bearer …`.
fn redact_pairs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(['=', ':']) {
        let (name, tail) = rest.split_at(place);
        let assigned = tail.starts_with('=');
        let mut letters = tail.chars();
        letters.next();
        let value = letters.as_str();
        out.push_str(name);
        out.push(if assigned { '=' } else { ':' });
        rest = value;
        // The name may stand in what is already written, before a second separator.
        let quoted = name.ends_with(['"', '\'']);
        let bare = name.trim_end_matches(['"', '\'', ' ']).to_ascii_lowercase();
        let bearer = bare.ends_with("authorization");
        let secret = SECRET_ENDS.iter().any(|end| bare.ends_with(end));
        // After a colon, prose is as likely as a value: `invalid token: expired`.
        let meant = secret
            && (assigned || quoted || bare.ends_with("password") || bare.ends_with("passwd"));
        if !meant && !bearer {
            continue;
        }
        let start = value
            .find(|letter: char| !" \"'".contains(letter))
            .unwrap_or(value.len());
        let (lead, value) = value.split_at(start);
        let (scheme, value) = match value.split_once(' ') {
            Some((scheme, value))
                if bearer && SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) =>
            {
                (scheme, value)
            }
            _ => ("", value),
        };
        let end = value
            .find(|letter: char| letter.is_whitespace() || "\"',;&)}]".contains(letter))
            .unwrap_or(value.len());
        let (hidden, beyond) = value.split_at(end);
        out.push_str(lead);
        if !scheme.is_empty() {
            out.push_str(scheme);
            out.push(' ');
        }
        if hidden.is_empty() || hidden == REDACTED || hidden.starts_with("[redacted") {
            out.push_str(hidden);
        } else {
            out.push_str(REDACTED);
        }
        rest = beyond;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn passwords_in_texts_are_taken_out_and_the_rest_stays() {
        let table = [
            (
                "postgres://shop:s3cret@db.shop:5432/app failed",
                "postgres://shop:[redacted]@db.shop:5432/app failed",
            ),
            ("DB_PASSWORD=hunter2 next", "DB_PASSWORD=[redacted] next"),
            (
                r#"{"password": "hunter2", "user": "a"}"#,
                r#"{"password": "[redacted]", "user": "a"}"#,
            ),
            (r#"{"token":"abc"}"#, r#"{"token":"[redacted]"}"#),
            (
                "Authorization: Bearer abc.def",
                "Authorization: Bearer [redacted]",
            ),
            (
                "Authorization: Token abc.def, retrying",
                "Authorization: Token [redacted], retrying",
            ),
            (
                "cloning https://ghp_0123456789abcdefABCDEF0123456789abcd@github.com/a/b",
                "cloning https://[redacted]@github.com/a/b",
            ),
            (
                "x-api-key ghp_0123456789abcdefABCDEF0123456789abcd refused",
                "x-api-key [redacted] refused",
            ),
            (
                "assuming AKIAIOSFODNN7EXAMPLE for upload",
                "assuming [redacted] for upload",
            ),
            ("invalid token: expired", "invalid token: expired"),
            (
                "environment variable DB_PASSWORD is not set",
                "environment variable DB_PASSWORD is not set",
            ),
            (
                "secret \"registry\" not found",
                "secret \"registry\" not found",
            ),
            (
                "dial tcp 10.0.0.1:443: i/o timeout",
                "dial tcp 10.0.0.1:443: i/o timeout",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(redact_text(text), expected);
            assert_eq!(
                redact_text(expected),
                expected,
                "a second time changes nothing"
            );
        }
    }

    #[test]
    fn secret_values_of_an_environment_are_taken_out_by_their_names() {
        let mut pod = json!({
            "kind": "Pod",
            "metadata": {"annotations": {LAST_APPLIED: "{\"env\":\"PASSWORD\"}"}},
            "spec": {"containers": [{"name": "web", "image": "a/token=b:1", "env": [
                {"name": "API_KEY", "value": "abc"},
                {"name": "KEYSPACE", "value": "shop"},
                {"name": "MONKEY", "value": "yes"},
                {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
            ]}]},
        });
        redact_value(&mut pod);
        assert_eq!(
            pod,
            json!({
                "kind": "Pod",
                "metadata": {"annotations": {LAST_APPLIED: "[redacted]"}},
                "spec": {"containers": [{"name": "web", "image": "a/token=b:1", "env": [
                    {"name": "API_KEY", "value": "[redacted]"},
                    {"name": "KEYSPACE", "value": "shop"},
                    {"name": "MONKEY", "value": "yes"},
                    {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                ]}]},
            })
        );
        let mut args = json!({"args": ["serve", "--db-password", "hunter2", "--port", "80", "-x"]});
        redact_value(&mut args);
        assert_eq!(
            args,
            json!({"args": ["serve", "--db-password", "[redacted]", "--port", "80", "-x"]})
        );
        let mut secret = json!({"kind": "Secret", "data": {"a": "c2VjcmV0"}});
        redact_value(&mut secret);
        assert_eq!(
            secret,
            json!({"kind": "Secret", "data": {"a": "[redacted]"}})
        );
    }

    #[test]
    fn very_many_secrets_take_no_longer_each() {
        let many: Map<String, Value> = (0..100_000)
            .map(|n| (format!("k{n}"), json!("token=hunter2")))
            .collect();
        let clean = redacted(&Json::from(Value::Object(many)));
        let fields = clean.as_object().unwrap();
        assert!(fields.len() == 100_000 && fields.values().all(|one| *one == *"token=[redacted]"));
    }

    proptest! {
        #[test]
        fn images_digests_host_names_and_uids_are_never_touched(
            host in "[a-z][a-z0-9-]{0,20}(\\.[a-z]{2,8}){0,3}(:[0-9]{2,5})?",
            path in "[a-z0-9_-]{1,20}(/[a-z0-9_-]{1,20}){0,3}",
            tag in "[A-Za-z0-9_.-]{1,40}",
            hex in "[0-9a-f]{64}",
            uid in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ) {
            for text in [
                format!("{host}/{path}:{tag}"),
                format!("{host}/{path}@sha256:{hex}"),
                format!("docker-pullable://{path}:{tag}@sha256:{hex}"),
                format!("https://{host}/{path}"),
                uid.clone(),
            ] {
                let mut status = json!({"image": text, "imageID": text, "uid": text});
                let before = status.clone();
                redact_value(&mut status);
                prop_assert_eq!(&status, &before);
            }
            // In running text too, as the kubelet's messages have them.
            let said = format!("Failed to pull image \"{host}/app:{hex}\": {uid}: not found at https://{host}/v2");
            prop_assert_eq!(redact_text(&said), said);
        }

        #[test]
        fn one_look_misses_nothing_that_would_be_redacted(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "password", "Passwd", "TOKEN", "api_key", "api-key", "secret", "key", "pass",
                "Authorization", "authorization", "bearer ", "Basic ", "=", ":", ": ", "\"", "'", " ",
                "://", "@", "/", "user", "x", "0123456789abcdefABCDEF0123456789", "AKIAIOSFODNN7EXAMPLE",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijklmnop", "ghp_", "glpat-",
                "xoxb-", "sk-ant-", "\n", "{", "}", ",", "密",
            ]), 0..14)
        ) {
            let text = pieces.concat();
            prop_assert_eq!(redact_text(&text), without_secrets(&text));
        }

        #[test]
        fn redacting_twice_is_redacting_once_and_never_fails(text in ".{0,200}") {
            let once = redact_text(&text);
            prop_assert_eq!(redact_text(&once), once);
        }

        #[test]
        fn a_password_in_an_address_never_survives(user in "[a-z]{1,8}", secret in "[A-Za-z0-9]{12,30}", host in "[a-z]{1,10}") {
            let text = format!("connecting to amqp://{user}:{secret}@{host}/ failed");
            prop_assert!(!redact_text(&text).contains(&secret));
        }
    }
}
