//! Whatever is taken for a certificate, reading it comes to an end.
#![no_main]

use facts::certificate::Certificate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let known = Certificate::of_der(data);
    if let Some(known) = known {
        assert!(known.hosts.len() <= 50);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Certificate::of_pem(text);
        let _ = Certificate::of_secret(text);
    }
});
