//! What is said of a recording is said in both languages, where it is said.

use std::path::{Path, PathBuf};

use cluster::dump::{self, Dump, Limits, Note};
use model::Text;

/// Whether Chinese was written for it. Names and others' words may stand in both languages; a
/// sentence of ours has letters of its own.
fn has_chinese(text: &Text) -> bool {
    let of_its_own = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    text.zh.chars().any(of_its_own) && !text.en.chars().any(of_its_own)
}

/// Holds everything that is said of a recording to be said in both languages. Every recording of these
/// tests comes by here.
pub(super) fn hold(dump: &Dump) {
    dump.notes.iter().for_each(hold_note);
    for spot in &dump.blind_spots {
        assert!(has_chinese(&spot.why), "{spot:?}");
    }
}

/// The same of one note.
pub(super) fn hold_note(note: &Note) {
    assert!(has_chinese(&note.problem), "{note:?}");
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_dir()).collect()
}

#[test]
fn every_note_and_blind_spot_of_the_cases_of_skills_has_its_chinese() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../skills/cases");
    let skills = folders(&root);
    let cases: Vec<PathBuf> = skills.iter().flat_map(|skill| folders(skill)).collect();
    assert!(cases.len() > 100, "{}", cases.len());
    let mut notes = 0;
    let mut spots = 0;
    for case in cases {
        let dump = dump::read(&case, &Limits::default()).unwrap();
        hold(&dump);
        notes += dump.notes.len();
        spots += dump.blind_spots.len();
    }
    assert!(notes > 0 && spots > 0, "{notes} notes, {spots} blind spots");
}
