//! The examples that the README promises to work, run as a reader would: in order, in one folder,
//! with nothing but the built program. Those that need a build or a second terminal are not marked.
#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

use std::path::Path;
use std::process::{Command, Stdio};

/// The line before an example that is run.
const MARK: &str = "<!-- tested -->";

/// The marked blocks of a page, in order.
fn examples(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while lines.by_ref().any(|line| line == MARK) {
        assert_eq!(lines.next(), Some("```sh"), "{MARK} stands before a block");
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(block.join("\n"));
    }
    blocks
}

fn run(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join(name)).unwrap();
    let examples = examples(&page);
    assert!(examples.len() > 1, "{name} has lost its examples");
    let home = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_kintsugi"));
    let path = [program.parent().unwrap().to_str().unwrap(), "/usr/bin:/bin"].join(":");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-x", "-c", &examples.join("\n")])
        .env_clear()
        .env("PATH", path)
        .env("HOME", home.path())
        .env("LANG", "C.UTF-8")
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if !output.status.success() {
        panic!(
            "an example of {name} ended with {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn examples_in_english_work() {
    run("README.md");
}

#[test]
fn examples_in_chinese_work() {
    run("README.zh-CN.md");
}

#[test]
fn both_languages_have_the_same_number_of_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let count = |name: &str| {
        let page = std::fs::read_to_string(root.join(name)).unwrap();
        (page.matches("```sh").count(), page.matches(MARK).count())
    };
    assert_eq!(count("README.md"), count("README.zh-CN.md"));
}

/// The recording of the scenario that the example of a scan is taken from.
const STORY: &str = "skills/cases/init_waiting/waits_for_a_service";

#[test]
fn the_example_of_a_scan_is_what_a_scan_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let home = tempfile::tempdir().unwrap();
    for (name, lang) in [("README.md", "en"), ("README.zh-CN.md", "zh")] {
        let output = Command::new(env!("CARGO_BIN_EXE_kintsugi"))
            .args(["scan", "--lang", lang, "--from"])
            .arg(root.join(STORY).canonicalize().unwrap())
            .env_clear()
            .env("HOME", home.path())
            .current_dir(home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let (finding, _) = told.split_once("\n\n").unwrap();
        let page = std::fs::read_to_string(root.join(name)).unwrap();
        let block = format!("```text\n{finding}\n```\n");
        assert!(page.contains(&block), "{name} should show:\n{finding}");
    }
}

#[test]
fn skills_are_counted_on_the_page_that_they_make_and_nowhere_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in [
        "README.md",
        "README.zh-CN.md",
        "CHANGELOG.md",
        "ARCHITECTURE.md",
    ] {
        let page = std::fs::read_to_string(root.join(name)).unwrap();
        for words in [" skills", " 个技能"] {
            let mut before: Vec<&str> = page.split(words).collect();
            before.pop();
            let counted = before
                .iter()
                .any(|text| text.ends_with(|letter: char| letter.is_ascii_digit()));
            assert!(!counted, "{name} counts{words}");
        }
    }
}
