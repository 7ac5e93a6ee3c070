//! Every version of every kind of event that was ever written stays readable.
//!
//! A fixture is the bytes of one event as a release wrote it, and is never edited. A new version of
//! a kind adds a fixture beside the old one; `KINTSUGI_WRITE_FIXTURES=1` writes those that are
//! missing, from the samples here.
#![expect(clippy::unwrap_used, reason = "this is a test")]

extern crate kintsugi_model as model;

mod samples;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::{Fact, Incident, Kind, Lang, codec, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/events")
}

fn fixture(kind: Kind, version: u16) -> PathBuf {
    folder().join(format!("{kind}.v{version}.json"))
}

#[test]
fn every_version_of_every_kind_has_a_fixture_that_still_folds() {
    let story = samples::story();
    if std::env::var_os("KINTSUGI_WRITE_FIXTURES").is_some() {
        for event in &story {
            let path = fixture(event.kind(), event.kind().version());
            if !path.exists() {
                std::fs::write(path, codec::encode(event).unwrap()).unwrap();
            }
        }
    }
    let opening = codec::decode(&std::fs::read(fixture(Kind::SignalSeen, 1)).unwrap()).unwrap();
    for kind in Kind::ALL {
        for version in 1..=kind.version() {
            let path = fixture(*kind, version);
            let bytes = std::fs::read(&path)
                .unwrap_or_else(|error| panic!("no fixture {}: {error}", path.display()));
            let mut event =
                codec::decode(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(event.kind(), *kind, "{}", path.display());
            let mut incident = Incident::open(&opening).unwrap();
            if !matches!(event.fact, Fact::SignalSeen(_)) {
                event.seq = 2;
                incident.apply(&event).unwrap();
            }
        }
    }
}

#[test]
fn no_fixture_is_left_over() {
    let known: BTreeSet<_> = Kind::ALL
        .iter()
        .flat_map(|kind| (1..=kind.version()).map(|version| fixture(*kind, version)))
        .collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        assert!(
            known.contains(&path),
            "{} belongs to no kind and version",
            path.display()
        );
    }
}

#[test]
fn the_bytes_of_an_event_are_its_fixture_to_the_letter() {
    for event in samples::story() {
        let bytes = codec::encode(&event).unwrap();
        assert_eq!(codec::decode(&bytes).unwrap(), event);
        let path = fixture(event.kind(), event.kind().version());
        let written = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            written,
            "{}",
            event.kind()
        );
    }
}

#[test]
fn every_event_reads_as_a_sentence_in_both_languages() {
    let mut told = String::new();
    for event in samples::story() {
        let mut lines = Vec::new();
        for lang in [Lang::En, Lang::Zh] {
            let sentence = render::sentence(&event, lang);
            let reason = render::reason(&event, lang);
            assert!(!sentence.is_empty() && !reason.is_empty());
            let details = render::details(&event, lang);
            let details: String = details
                .iter()
                .map(|line| format!("\n     | {line}"))
                .collect();
            lines.push(format!("{sentence} [{reason}]{details}"));
        }
        let [en, zh] = <[String; 2]>::try_from(lines).unwrap();
        assert_ne!(en, zh, "{} has one language only", event.kind());
        told.push_str(&format!(
            "{:>2} {}\n   {en}\n   {zh}\n",
            event.seq,
            event.kind()
        ));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn an_event_on_the_wire_has_its_envelope_first_and_its_facts_beside_it() {
    let story = samples::story();
    let wire = story.first().unwrap().to_wire().unwrap();
    let keys: Vec<_> = wire.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "id",
            "incident_id",
            "seq",
            "at",
            "kind",
            "actor",
            "why",
            "signal",
            "fingerprint",
            "cluster",
        ]
    );
}
