//! Whatever a Secret holds in a release's place, decoding it comes to an end.
#![no_main]

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use facts::helm::Release;
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

/// As Helm packs a release, which no mutation would come upon.
fn packed(bytes: &[u8]) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let _ = gzip.write_all(bytes);
    twice(&gzip.finish().unwrap_or_default())
}

fn twice(bytes: &[u8]) -> String {
    STANDARD.encode(STANDARD.encode(bytes))
}

fuzz_target!(|data: &[u8]| {
    let as_it_is = String::from_utf8_lossy(data);
    for text in [as_it_is.into_owned(), twice(data), packed(data)] {
        if let Ok(release) = Release::decode(&text) {
            assert!(!release.name.is_empty() && release.description.len() <= 4096);
        }
    }
});
