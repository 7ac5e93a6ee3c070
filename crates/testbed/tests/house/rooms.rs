//! The table of rooms in ARCHITECTURE.md, and the rooms that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::graph::{Graph, room};
use crate::{read, root};

/// Rooms that do no I/O, await nothing and read no clock.
const PURE: &[&str] = &["model", "facts", "policy"];

/// Crates by which one gets out of a pure room.
const WAYS_OUT: &[&str] = &[
    "async-std",
    "async-trait",
    "axum",
    "futures-util",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "notify",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "tokio-postgres",
    "tracing",
    "ureq",
];

/// Words of the standard library (and others) that have no place in a pure room.
const WORDS_OUT: &[&str] = &[
    "async fn",
    "std::env",
    "std::fs",
    // Addresses are values; sockets are ways out.
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::process",
    "std::thread",
    "::now()",
    "now_v7",
    "println!",
];

/// A row of the table: a room and the rooms it may use, in the order of the page.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let page = read("ARCHITECTURE.md");
    let rows: Vec<_> = page
        .lines()
        .skip_while(|line| !line.starts_with("| room "))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [name, _, uses] = cells.as_slice() else {
                panic!("a row of the table of rooms has not three cells: {line}");
            };
            let mut name = quoted(name);
            (name.pop_first().unwrap(), quoted(uses))
        })
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table of rooms");
    rows
}

/// The words between backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    let words = cell.split('`').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

#[test]
fn architecture_names_every_room_and_no_other() {
    let named: BTreeSet<String> = table().into_iter().map(|(room, _)| room).collect();
    let graph = Graph::read();
    let there: BTreeSet<String> = graph.rooms().into_keys().collect();
    assert_eq!(named, there);
}

#[test]
fn rooms_may_use_only_rooms_above_them() {
    let mut above = BTreeSet::new();
    for (room, uses) in table() {
        let below: Vec<_> = uses.difference(&above).collect();
        assert!(below.is_empty(), "{room} may use {below:?}, not above it");
        above.insert(room);
    }
}

#[test]
fn rooms_use_only_what_architecture_allows() {
    let may: BTreeMap<_, _> = table().into_iter().collect();
    let graph = Graph::read();
    for (name, package) in graph.rooms() {
        let ours = graph.uses(package).filter(|used| graph.is_ours(used));
        let uses: BTreeSet<String> = ours.map(|used| room(&used.name)).collect();
        let extra: Vec<_> = uses.difference(&may[&name]).collect();
        assert!(
            extra.is_empty(),
            "{name} uses {extra:?}, and ARCHITECTURE.md does not allow it"
        );
    }
}

#[test]
fn pure_rooms_have_no_crate_that_leads_outside() {
    let graph = Graph::read();
    let rooms = graph.rooms();
    for name in PURE {
        let made_of = graph.made_of(rooms[*name]);
        let out: Vec<_> = WAYS_OUT.iter().filter(|w| made_of.contains(**w)).collect();
        assert!(out.is_empty(), "{name} is made of {out:?} too");
    }
}

#[test]
fn pure_rooms_read_no_clock_and_do_no_io() {
    for name in PURE {
        sources(
            &root().join("crates").join(name).join("src"),
            &|path, text| {
                for word in WORDS_OUT {
                    assert!(!text.contains(word), "{path:?} says `{word}`");
                }
            },
        );
    }
}

fn sources(folder: &Path, look: &dyn Fn(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn pages_name_only_files_that_are_there() {
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        for line in read(page).lines() {
            // What stands in capitals or with a star stands for many.
            let many = |word: &str| word.contains(['*', ' ']) || word.contains(char::is_uppercase);
            let paths = quoted(line).into_iter().filter(|word| {
                let rooted = ["crates/", "docs/", "skills/"];
                rooted.iter().any(|folder| word.starts_with(folder)) && !many(word)
            });
            for path in paths {
                assert!(root().join(&path).exists(), "{page} names {path}");
            }
        }
    }
}
