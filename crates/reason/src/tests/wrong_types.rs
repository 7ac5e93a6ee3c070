//! Every field of every kind that the cases have, replaced by what does not belong there: a scan
//! neither breaks nor tells half a sentence.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use facts::Snapshot;
use facts::slim::{Hint, Reader};
use model::Finding;
use serde_json::{Value, json};
use skills::SkillSet;

use crate::cases;

/// What is put in a field's place.
fn wrong() -> [Value; 5] {
    let odd = json!([{"name": [1]}, 2, null]);
    [Value::Null, json!(-7), json!("x"), odd, json!({"name": {}})]
}

/// A field of an object: the way to it.
type Way = Vec<Step>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    /// The first of a list stands for all.
    First,
}

fn ways(value: &Value, at: &Way, found: &mut Vec<Way>) {
    let mut go = |step: Step, value: &Value| {
        let mut way = at.clone();
        way.push(step);
        found.push(way.clone());
        ways(value, &way, found);
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                go(Step::Key(key.clone()), value);
            }
        }
        Value::Array(items) => {
            if let Some(value) = items.first() {
                go(Step::First, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn put(value: &mut Value, way: &[Step], wrong: Value) {
    let mut at = value;
    for step in way {
        at = match step {
            Step::Key(key) => &mut at[key.as_str()],
            Step::First => &mut at[0],
        };
    }
    *at = wrong;
}

fn recordings() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../skills/cases");
    let folders = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let cases = folders(root).into_iter().flat_map(folders);
    let paths = cases.map(|case| case.join("objects.json"));
    let mut paths: Vec<_> = paths.filter(|path| path.exists()).collect();
    // A field is tried where there is least around it.
    paths.sort_by_key(|path| fs::metadata(path).unwrap().len());
    paths
}

/// One object as the API server may send it; nothing if it is no object any more.
fn read(object: &Value) -> Option<facts::Object> {
    let page = json!({"kind": "List", "items": [object]}).to_string();
    Reader::of_many(&facts::Pool::default())
        .page(page.as_bytes(), Hint::default())
        .ok()?
        .items
        .pop()
}

/// What nobody could make sense of. That a part of something has no name is told as it is.
fn nonsense(finding: &Finding, said: &mut Vec<String>) {
    if finding.object.name.is_empty() {
        said.push(format!(
            "a finding about nothing: {}",
            finding.root_cause.en
        ));
    }
    for text in [&finding.root_cause.en, &finding.root_cause.zh] {
        if text.trim().is_empty() || ["${", "`?`"].iter().any(|odd| text.contains(odd)) {
            said.push(format!("no sentence: {text}"));
        }
    }
    let mut commands = finding
        .next_steps
        .iter()
        .filter_map(|step| step.command.as_ref());
    if let Some(half) = commands.find(|command| command.contains("${")) {
        said.push(format!("no command: {half}"));
    }
}

/// Says what was tried when a test fails on the way.
struct Trying(String);

impl Drop for Trying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it failed with {}", self.0);
        }
    }
}

#[tokio::test]
async fn no_wrong_type_in_any_field_breaks_a_scan_or_a_sentence() {
    tried_with(1).await;
}

#[tokio::test]
#[ignore = "it takes minutes; every field gets one of the wrong types in the test beside it"]
async fn none_of_all_wrong_types_in_any_field_does() {
    tried_with(5).await;
}

/// Scans every case with each field of each kind replaced once by so many of the wrong types.
async fn tried_with(types: usize) {
    let skills = SkillSet::builtin().unwrap();
    let mut seen: BTreeSet<(String, Way)> = BTreeSet::new();
    let mut problems: BTreeSet<String> = BTreeSet::new();
    let mut tried = 0_usize;
    for path in recordings() {
        let list: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let whole: Vec<_> = items.iter().filter_map(read).collect();
        for (number, item) in items.iter().enumerate() {
            let mut all = Vec::new();
            ways(item, &Way::new(), &mut all);
            let kind = item["kind"].as_str().unwrap_or_default();
            for way in all {
                if !seen.insert((kind.to_owned(), way.clone())) {
                    continue;
                }
                let turn = seen.len();
                for wrong in (0..types).map(|one| wrong()[(turn + one) % 5].clone()) {
                    let trying = Trying(format!(
                        "{wrong} in {way:?} of {kind} of {}",
                        path.display()
                    ));
                    let mut broken = item.clone();
                    put(&mut broken, &way, wrong);
                    let others = whole.iter().enumerate();
                    let others = others.filter(|(other, _)| *other != number);
                    let mut objects: Vec<_> = others.map(|(_, one)| one.clone()).collect();
                    objects.extend(read(&broken));
                    let mut snapshot = Snapshot::new(objects, BTreeSet::new());
                    for kind in facts::kinds::ALL {
                        snapshot.mark_complete(kind.kind, None);
                    }
                    let now = snapshot.newest_stamp();
                    if let Some(now) = now {
                        snapshot = snapshot.taken_at(now);
                    }
                    let scanned = cases::scan_snapshot(&skills, snapshot).await.unwrap();
                    tried += 1;
                    // An expression that meets a wrong type says so in a line of its own; here is
                    // what people read.
                    let mut said = Vec::new();
                    for finding in &scanned.findings {
                        nonsense(finding, &mut said);
                    }
                    problems.extend(
                        said.into_iter()
                            .map(|said| format!("{said} with {}", trying.0)),
                    );
                }
            }
        }
    }
    assert!(tried > 1_500 * types, "{tried}");
    let some: Vec<&String> = problems.iter().take(40).collect();
    assert!(
        problems.is_empty(),
        "{} problems: {some:#?}",
        problems.len()
    );
}
