//! Whatever a Secret holds in a release's place, decoding it comes to an end.
#![no_main]

use facts::helm::Release;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    if let Ok(release) = Release::decode(data) {
        assert!(!release.name.is_empty() && release.description.len() <= 4096);
    }
});
