//! The fuzz targets of `fuzz/`, built as ordinary functions and fed with what they start from, so
//! that they cannot rot where there is no fuzzer. They are run in earnest as `fuzz/README.md` says.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unused_attributes,
    reason = "this is a test, and what makes each target a program of its own means nothing here"
)]

// By this name the targets know the fuzzer.
extern crate self as libfuzzer_sys;

use std::fs;
use std::path::Path;

/// What a target takes.
pub trait Input<'a>: Sized {
    /// It, if the bytes are that.
    fn of(bytes: &'a [u8]) -> Option<Self>;
}

impl<'a> Input<'a> for &'a [u8] {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        Some(bytes)
    }
}

impl<'a> Input<'a> for &'a str {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok()
    }
}

#[path = "../../../fuzz/fuzz_targets/cel.rs"]
mod cel;
#[path = "../../../fuzz/fuzz_targets/certificate.rs"]
mod certificate;
#[path = "../../../fuzz/fuzz_targets/dump.rs"]
mod dump;
#[path = "../../../fuzz/fuzz_targets/helm.rs"]
mod helm;
#[path = "../../../fuzz/fuzz_targets/skill.rs"]
mod skill;
#[path = "../../../fuzz/fuzz_targets/transcript.rs"]
mod transcript;

/// A file of the repository.
fn seed(path: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read(root.join(path)).unwrap()
}

/// Feeds a target with a seed, and with parts of it.
fn fed(target: fn(&[u8]), seed: &[u8]) {
    target(seed);
    for part in 1..8 {
        target(&seed[..seed.len() * part / 8]);
        target(&seed[seed.len() * part / 8..]);
    }
}

#[test]
fn every_target_bears_what_it_starts_from() {
    fed(
        dump::run,
        &seed("skills/cases/image_pull/tag_not_found/objects.json"),
    );
    fed(
        dump::run,
        &seed("scenarios/faults/certificate-expired/manifest.yaml"),
    );
    fed(
        transcript::run,
        &seed("crates/cluster/tests/dump/real/env-missing.txt"),
    );
    fed(
        transcript::run,
        b"\x03Name: api\nContainers:\n  api:\n    Ports: 80/TCP\n",
    );
    fed(skill::run, &seed("skills/image_pull.yaml"));
    fed(
        cel::run,
        b"few.filter(n, n > 3).map(n, string(n)).join(',').matches('[0-9]+')",
    );
    fed(
        helm::run,
        br#"{"name":"shop","info":{"status":"failed"},"version":3}"#,
    );
    fed(
        certificate::run,
        &seed("scenarios/faults/certificate-expired/manifest.yaml"),
    );
}

/// What the fuzzer makes of a target: a function of bytes.
#[macro_export]
macro_rules! fuzz_target {
    (|$input:ident: $type:ty| $body:block) => {
        pub(crate) fn run(bytes: &[u8]) {
            if let Some($input) = <$type as $crate::Input>::of(bytes) {
                $body
            }
        }
    };
}
