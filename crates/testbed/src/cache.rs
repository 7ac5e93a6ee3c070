//! Where the test bed keeps what it has fetched or built once, so that the next run finds it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// `KINTSUGI_CACHE`, or the user's own cache; root's is one that `nobody` may enter. The path is
/// given beside an error, which is about it.
pub(crate) fn directory() -> Result<PathBuf, (PathBuf, io::Error)> {
    let chosen = std::env::var_os("KINTSUGI_CACHE").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let cache = match (chosen, home) {
        (Some(chosen), _) => chosen,
        (None, Some(home)) if !is_root() => home.join(".cache/kintsugi"),
        (None, _) => PathBuf::from("/var/cache/kintsugi"),
    };
    match fs::create_dir_all(&cache) {
        Ok(()) => Ok(cache),
        Err(e) => Err((cache, e)),
    }
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}
