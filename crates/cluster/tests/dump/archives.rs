//! Archives hold the same as folders, and can do no harm.

use std::io::{Cursor, Write};

use cluster::dump::{self, Dump, Limits};
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use super::{list, pod, said};

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Set by hand: a builder would refuse what an attacker would not.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer
            .start_file(*path, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read(bytes: &[u8]) -> Dump {
    let stream = dump::read_stream(bytes, &Limits::default()).unwrap();
    let root = super::folder(&[]);
    super::write(root.path(), "some.dump", bytes);
    let file = dump::read(&root.path().join("some.dump"), &Limits::default()).unwrap();
    assert_eq!(stream.snapshot.objects(), file.snapshot.objects());
    assert_eq!(stream.notes.len(), file.notes.len());
    file
}

#[test]
fn an_archive_of_any_form_gives_what_its_folder_gives() {
    let pods = list(&[pod("shop", "a")]);
    let files: [(&str, &[u8]); 2] = [
        ("dump/pods.json", pods.as_bytes()),
        ("dump/logs/shop/a/app.log", b"boom\n"),
    ];
    for bytes in [tar(&files), gz(&tar(&files)), zipped(&files)] {
        let dump = read(&bytes);
        assert!(dump.snapshot.get("Pod", "shop", "b").is_absent());
        assert_eq!(dump.snapshot.logs().count(), 1);
        assert_eq!(dump.files, 2);
    }
    assert!(
        read(&gz(pods.as_bytes()))
            .snapshot
            .get("Pod", "shop", "a")
            .is_present()
    );
}

#[test]
fn paths_that_lead_out_and_links_are_left_out_and_said() {
    let (a, b, c) = (pod("x", "a"), pod("x", "b"), pod("x", "c"));
    let files: [(&str, &[u8]); 3] = [
        ("/etc/a.json", a.as_bytes()),
        ("../../b.json", b.as_bytes()),
        ("./fine/c.json", c.as_bytes()),
    ];
    let mut builder = tar::Builder::new(tar(&files)[..6 * 512].to_vec());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, "link.json", "/etc/passwd")
        .unwrap();
    for bytes in [zipped(&files), builder.into_inner().unwrap()] {
        let dump = read(&bytes);
        assert_eq!(dump.snapshot.objects().len(), 1, "{:?}", dump.notes);
        assert!(said(&dump, "leads out of the archive"));
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![b' '; 40 << 20];
    let mut bomb = pod("shop", "a").into_bytes();
    bomb.extend(&zeros);
    let limits = Limits {
        ratio: 20,
        ..Limits::default()
    };
    let files: [(&str, &[u8]); 2] = [("a.json", &bomb), ("b.json", &bomb)];
    for bytes in [gz(&tar(&files)), zipped(&files)] {
        match dump::read_stream(bytes.as_slice(), &limits) {
            Ok(dump) => {
                assert!(said(&dump, "far more than its size"), "{:?}", dump.notes);
                assert!(dump.bytes < 40 << 20);
            }
            Err(why) => assert!(why.to_string().contains("far more than its size"), "{why}"),
        }
    }
}

#[test]
fn a_cut_archive_gives_what_came_before_the_cut() {
    let (a, b) = (pod("x", "a"), pod("x", "b"));
    let bytes = tar(&[("a.json", a.as_bytes()), ("b.json", b.as_bytes())]);
    let cut = &bytes[..1024 + 512 + 20];
    let dump = dump::read_stream(cut, &Limits::default()).unwrap();
    assert_eq!(dump.snapshot.objects().len(), 1, "{:?}", dump.notes);
    assert!(
        said(&dump, "damaged") || said(&dump, "middle"),
        "{:?}",
        dump.notes
    );
}

#[test]
fn too_many_files_are_cut_off_and_said() {
    let one = pod("x", "a");
    let names: Vec<String> = (0..50).map(|n| format!("{n}.json")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), one.as_bytes()))
        .collect();
    let limits = Limits {
        files: 10,
        ..Limits::default()
    };
    for bytes in [tar(&files), zipped(&files)] {
        let dump = dump::read_stream(bytes.as_slice(), &limits).unwrap();
        assert_eq!(dump.files, 10);
        assert!(said(&dump, "the rest is left out"));
    }
}
