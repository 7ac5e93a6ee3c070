//! Registries' real words, as the kubelet passes them on, are read for what they mean.

use kintsugi_facts::PullFailure;
use kintsugi_facts::PullFailureKind::{
    self, NameInvalid, NotFound, Other, RateLimited, Refused, Timeout, TlsUnknown, Unauthorized,
    Unresolved,
};
use kintsugi_facts::image::parse;
use proptest::prelude::*;

/// Message, kind, image, registry, and how `said` starts.
type Row = (
    &'static str,
    PullFailureKind,
    &'static str,
    &'static str,
    &'static str,
);

const WORDS: &[Row] = &[
    // containerd
    (
        r#"rpc error: code = NotFound desc = failed to pull and unpack image "registry.example/shop/web:1.4.3-rc": failed to resolve reference "registry.example/shop/web:1.4.3-rc": registry.example/shop/web:1.4.3-rc: not found"#,
        NotFound,
        "registry.example/shop/web:1.4.3-rc",
        "registry.example",
        "registry.example/shop/web:1.4.3-rc: not found",
    ),
    (
        r#"Back-off pulling image "registry.example/shop/web:1.4.3-rc": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "registry.example/shop/web:1.4.3-rc": failed to resolve reference "registry.example/shop/web:1.4.3-rc": registry.example/shop/web:1.4.3-rc: not found"#,
        NotFound,
        "registry.example/shop/web:1.4.3-rc",
        "registry.example",
        "registry.example/shop/web:1.4.3-rc: not found",
    ),
    (
        r#"Failed to pull image "acme/private:1": failed to pull and unpack image "docker.io/acme/private:1": failed to resolve reference "docker.io/acme/private:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"#,
        Unauthorized,
        "acme/private:1",
        "docker.io",
        "pull access denied",
    ),
    (
        r#"failed to pull and unpack image "ghcr.io/acme/web:1": failed to resolve reference "ghcr.io/acme/web:1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3Aacme%2Fweb%3Apull&service=ghcr.io: 401 Unauthorized"#,
        Unauthorized,
        "ghcr.io/acme/web:1",
        "ghcr.io",
        "failed to authorize",
    ),
    (
        r#"rpc error: code = Unknown desc = failed to pull and unpack image "registry.internal/web:1": failed to resolve reference "registry.internal/web:1": failed to do request: Head "https://registry.internal/v2/web/manifests/1": dial tcp: lookup registry.internal on 10.96.0.10:53: no such host"#,
        Unresolved,
        "registry.internal/web:1",
        "registry.internal",
        "failed to do request",
    ),
    (
        r#"failed to do request: Head "https://registry.internal/v2/web/manifests/1": dial tcp: lookup registry.internal on 10.96.0.10:53: read udp 10.0.0.5:4433->10.96.0.10:53: i/o timeout"#,
        Unresolved,
        "",
        "registry.internal",
        "failed to do request",
    ),
    (
        r#"failed to pull and unpack image "registry.internal:5000/web:1": failed to resolve reference "registry.internal:5000/web:1": failed to do request: Head "https://registry.internal:5000/v2/web/manifests/1": dial tcp 10.0.0.9:5000: i/o timeout"#,
        Timeout,
        "registry.internal:5000/web:1",
        "registry.internal:5000",
        "failed to do request",
    ),
    (
        r#"failed to pull and unpack image "registry.internal:5000/web:1": failed to resolve reference "registry.internal:5000/web:1": failed to do request: Head "https://registry.internal:5000/v2/web/manifests/1": dial tcp 10.0.0.9:5000: connect: connection refused"#,
        Refused,
        "registry.internal:5000/web:1",
        "registry.internal:5000",
        "failed to do request",
    ),
    (
        r#"failed to do request: Head "https://registry.internal/v2/web/manifests/1": tls: failed to verify certificate: x509: certificate signed by unknown authority"#,
        TlsUnknown,
        "",
        "registry.internal",
        "failed to do request",
    ),
    (
        r#"failed to do request: Head "https://localhost:5000/v2/web/manifests/1": http: server gave HTTP response to HTTPS client"#,
        TlsUnknown,
        "",
        "localhost:5000",
        "failed to do request",
    ),
    (
        r#"failed to pull and unpack image "docker.io/library/nginx:1.27": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:abc: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"#,
        RateLimited,
        "docker.io/library/nginx:1.27",
        "docker.io",
        "httpReadSeeker",
    ),
    (
        r#"rpc error: code = DeadlineExceeded desc = failed to pull and unpack image "quay.io/acme/big:1": context deadline exceeded"#,
        Timeout,
        "quay.io/acme/big:1",
        "quay.io",
        "context deadline exceeded",
    ),
    // CRI-O
    (
        "rpc error: code = Unknown desc = reading manifest 9.9 in docker.io/library/nginx: manifest unknown: manifest unknown",
        NotFound,
        "docker.io/library/nginx:9.9",
        "docker.io",
        "reading manifest 9.9",
    ),
    (
        "initializing source docker://quay.io/acme/web:1: reading manifest 1 in quay.io/acme/web: unauthorized: access to the requested resource is not authorized",
        Unauthorized,
        "quay.io/acme/web:1",
        "quay.io",
        "reading manifest 1",
    ),
    (
        "initializing source docker://registry.access.redhat.com/no/such:1: reading manifest 1 in registry.access.redhat.com/no/such: name unknown: Repo not found",
        NotFound,
        "registry.access.redhat.com/no/such:1",
        "registry.access.redhat.com",
        "reading manifest",
    ),
    (
        r#"pinging container registry registry.internal: Get "https://registry.internal/v2/": dial tcp: lookup registry.internal: no such host"#,
        Unresolved,
        "",
        "registry.internal",
        "pinging",
    ),
    // Docker
    (
        "rpc error: code = Unknown desc = Error response from daemon: manifest for nginx:9.9 not found: manifest unknown: manifest unknown",
        NotFound,
        "nginx:9.9",
        "docker.io",
        "manifest for nginx:9.9 not found",
    ),
    (
        "rpc error: code = Unknown desc = Error response from daemon: pull access denied for acme/private, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        Unauthorized,
        "acme/private",
        "docker.io",
        "pull access denied for acme/private",
    ),
    (
        r#"Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"#,
        Timeout,
        "",
        "registry-1.docker.io",
        "Get",
    ),
    // cloud registries
    (
        r#"failed to pull and unpack image "123.dkr.ecr.eu-west-1.amazonaws.com/web:1": failed to resolve reference "123.dkr.ecr.eu-west-1.amazonaws.com/web:1": unexpected status from HEAD request to https://123.dkr.ecr.eu-west-1.amazonaws.com/v2/web/manifests/1: 403 Forbidden"#,
        Unauthorized,
        "123.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        "123.dkr.ecr.eu-west-1.amazonaws.com",
        "unexpected status",
    ),
    // names that look like reasons
    (
        r#"rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/acme/x509:1.401": failed to resolve reference "docker.io/acme/x509:1.401": docker.io/acme/x509:1.401: not found"#,
        NotFound,
        "docker.io/acme/x509:1.401",
        "docker.io",
        "docker.io/acme/x509:1.401: not found",
    ),
    // the kubelet itself
    (
        r#"Failed to apply default image tag "Registry.example/Web:1": couldn't parse image name "Registry.example/Web:1": invalid reference format: repository name (Web) must be lowercase"#,
        NameInvalid,
        "Registry.example/Web:1",
        "",
        "Failed to apply",
    ),
    (
        r#"Back-off pulling image "registry.example/shop/web:1.4.3-rc""#,
        Other,
        "registry.example/shop/web:1.4.3-rc",
        "registry.example",
        "Back-off",
    ),
    (
        r#"Container image "web:1" is not present with pull policy of Never"#,
        Other,
        "web:1",
        "docker.io",
        "Container image",
    ),
    ("", Other, "", "", ""),
];

#[test]
fn the_words_of_registries_are_read_for_what_they_mean() {
    for (message, kind, image, registry, said) in WORDS {
        let read = PullFailure::read(message);
        assert_eq!(read.kind, *kind, "{message}");
        assert_eq!(read.image, *image, "{message}");
        assert_eq!(read.registry, *registry, "{message}");
        assert!(read.said.starts_with(said), "{message}\n{}", read.said);
    }
}

#[test]
fn an_image_that_the_message_does_not_name_is_the_one_asked_for() {
    let read = PullFailure::read_for("manifest unknown", "quay.io/acme/web:1");
    assert_eq!(read.image, "quay.io/acme/web:1");
    assert_eq!(read.registry, "quay.io");
}

#[test]
fn a_long_message_is_cut() {
    let read = PullFailure::read(&format!("x509: {}", "é".repeat(10_000)));
    assert!(read.said.chars().count() <= 400);
}

#[test]
fn image_references_are_taken_apart_as_container_runtimes_do() {
    const HEX: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let pinned = format!("ghcr.io/acme/web:1@{HEX}");
    let untagged = format!("web@{HEX}");
    let table = [
        (
            "nginx",
            Some(("docker.io", "library/nginx", Some("latest"), None)),
        ),
        (
            "nginx:1.27",
            Some(("docker.io", "library/nginx", Some("1.27"), None)),
        ),
        (
            "acme/web:1",
            Some(("docker.io", "acme/web", Some("1"), None)),
        ),
        (
            "registry.example/shop/web:1.4.2",
            Some(("registry.example", "shop/web", Some("1.4.2"), None)),
        ),
        (
            "localhost:5000/web",
            Some(("localhost:5000", "web", Some("latest"), None)),
        ),
        (&pinned, Some(("ghcr.io", "acme/web", Some("1"), Some(HEX)))),
        (
            &untagged,
            Some(("docker.io", "library/web", None, Some(HEX))),
        ),
        ("", None),
        ("Web:1", None),
        ("web:", None),
        ("web:-rc", None),
        ("web@sha256:12", None),
        ("acme//web", None),
        ("web 1", None),
    ];
    for (reference, expected) in table {
        let read = parse(reference);
        let parts = read.as_ref().map(|image| {
            (
                image.registry.as_str(),
                image.repository.as_str(),
                image.tag.as_deref(),
                image.digest.as_deref(),
            )
        });
        assert_eq!(parts, expected, "{reference}");
    }
}

proptest! {
    #[test]
    fn any_words_are_read_without_harm(words in "\\PC{0,80}", image in "[a-z0-9./:@\"-]{0,40}") {
        for text in [
            words.clone(),
            format!("Back-off pulling image \"{image}\": ErrImagePull: {words}"),
            format!("reading manifest {image} in {words}: {words}"),
        ] {
            prop_assert!(PullFailure::read(&text).said.chars().count() <= 400);
        }
        if let Some(parts) = parse(&image) {
            prop_assert!(!parts.registry.is_empty() && !parts.repository.is_empty());
            prop_assert!(parts.tag.is_some() || parts.digest.is_some());
        }
    }
}
