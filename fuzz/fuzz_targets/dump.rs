//! Whatever somebody sends as a recording, it is read or refused within its bounds.
#![no_main]

use cluster::dump::{self, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        total_bytes: 8 << 20,
        file_bytes: 4 << 20,
        text_bytes: 1 << 20,
        files: 200,
        ..Limits::default()
    };
    if let Ok(read) = dump::read_stream(bytes, &limits) {
        assert!(read.bytes <= limits.total_bytes * 2);
        assert!(read.notes.len() <= limits.notes + 1);
    }
});
