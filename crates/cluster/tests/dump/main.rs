//! What people recorded is read as the API server would have told it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

extern crate kintsugi_cluster as cluster;

mod archives;
mod bilingual;
mod descriptions;
mod files;
mod hostile;
mod lists;
mod recorded;
mod tables;
mod transcripts;
mod unseen;

use std::fs;
use std::path::Path;

use cluster::dump::{self, Dump, Limits};
use model::Lang;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(root.path(), path, text.as_bytes());
    }
    root
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

fn read(files: &[(&str, &str)]) -> Dump {
    let root = folder(files);
    let dump = dump::read(root.path(), &Limits::default()).unwrap();
    bilingual::hold(&dump);
    dump
}

fn stream(text: &str) -> Dump {
    let dump = dump::read_stream(text.as_bytes(), &Limits::default()).unwrap();
    bilingual::hold(&dump);
    dump
}

fn pod(namespace: &str, name: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"{namespace}"}},"spec":{{"containers":[{{"name":"app"}}]}}}}"#
    )
}

fn list(items: &[String]) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"List","metadata":{{"resourceVersion":""}},"items":[{}]}}"#,
        items.join(",")
    )
}

fn said(dump: &Dump, words: &str) -> bool {
    dump.notes.iter().for_each(bilingual::hold_note);
    dump.notes
        .iter()
        .any(|note| note.told(Lang::En).contains(words))
}
