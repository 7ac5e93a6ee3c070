//! How much of a recording is read. What somebody sends may be hostile or simply huge.

/// The bounds of reading a recording. Whatever is left out because of one of them is noted.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Files that are looked at.
    pub files: usize,
    /// Bytes that are read in all, after decompression.
    pub total_bytes: u64,
    /// Bytes of one file of objects in JSON.
    pub file_bytes: u64,
    /// Bytes of one file of YAML or of a transcript: both cost more to read than JSON.
    pub text_bytes: u64,
    /// Bytes that are kept of a log: its end.
    pub log_tail: usize,
    /// Folders within folders.
    pub depth: usize,
    /// How many times larger than its archive the content may be.
    pub ratio: u64,
    /// Objects that are kept.
    pub objects: usize,
    /// Notes that are kept; the rest is counted.
    pub notes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 100_000,
            total_bytes: 4 << 30,
            file_bytes: 1 << 30,
            text_bytes: 32 << 20,
            log_tail: 256 << 10,
            depth: 24,
            ratio: 300,
            objects: 1_000_000,
            notes: 100,
        }
    }
}
