//! Names of files in a record: safe on every system, whatever the cluster calls its things.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The longest part of a path.
const MAX_PART: usize = 120;

/// Gives each file of a record a path of its own.
#[derive(Debug, Default)]
pub(super) struct Paths {
    taken: BTreeSet<String>,
}

impl Paths {
    /// A path of these parts and this ending that no other file has.
    pub(super) fn take(&mut self, parts: &[&str], ending: &str) -> String {
        let base = parts
            .iter()
            .map(|part| safe(part))
            .collect::<Vec<_>>()
            .join("/");
        let mut path = format!("{base}{ending}");
        let mut number = 2_usize;
        // Some systems do not tell upper from lower case.
        while !self.taken.insert(path.to_ascii_lowercase()) {
            path = format!("{base}~{number}{ending}");
            number = number.saturating_add(1);
        }
        path
    }
}

/// One part of a path that leads nowhere else.
fn safe(part: &str) -> String {
    let mut out: String = part
        .chars()
        .take(MAX_PART)
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => letter,
            _ => '_',
        })
        .collect();
    if out.is_empty() || out.starts_with('.') {
        out.insert(0, '_');
    }
    out
}

/// Where a file of a record is, if its path leads into the record and nowhere else.
pub(super) fn within(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    (!path.is_empty() && !path.contains('\\') && relative.components().all(plain))
        .then(|| root.join(relative))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_cluster_leads_out_of_the_record() {
        let mut paths = Paths::default();
        for (name, expected) in [
            ("web", "logs/web.log"),
            ("web", "logs/web~2.log"),
            ("WEB", "logs/WEB~3.log"),
            ("../../etc/passwd", "logs/_.._.._etc_passwd.log"),
            ("..", "logs/_...log"),
            ("", "logs/_.log"),
            ("a\\b\0c\nd:e", "logs/a_b_c_d_e.log"),
            (".hidden", "logs/_.hidden.log"),
        ] {
            assert_eq!(paths.take(&["logs", name], ".log"), expected, "{name:?}");
        }
        assert!(paths.take(&[&"x".repeat(5000)], "").len() <= MAX_PART);
    }

    #[test]
    fn a_path_out_of_the_record_is_not_followed() {
        let root = Path::new("/r");
        assert_eq!(within(root, "a/b.json"), Some(PathBuf::from("/r/a/b.json")));
        for path in ["", "/etc/passwd", "../x", "a/../../x", "..\\x"] {
            assert_eq!(within(root, path), None, "{path}");
        }
    }
}
