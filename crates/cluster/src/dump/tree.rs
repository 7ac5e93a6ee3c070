//! The files under a folder. Only regular files are opened, and links are followed only to what
//! lies inside: a recording comes from somebody else.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::Text;

use super::limits::Limits;
use super::note::Note;

/// A file that may be read.
#[derive(Debug)]
pub(super) struct Found {
    /// Its path in the recording, with `/` between its parts.
    pub(super) path: String,
    /// Where it is.
    pub(super) file: PathBuf,
}

/// Every file under a folder, by path, and what was left out.
pub(super) fn files(root: &Path, limits: &Limits) -> io::Result<(Vec<Found>, Vec<Note>)> {
    let root = fs::canonicalize(root)?;
    let mut walk = Walk {
        limits,
        found: Vec::new(),
        notes: Vec::new(),
        been: BTreeSet::from([root.clone()]),
        seen: BTreeSet::new(),
        more: 0,
        root: root.clone(),
    };
    fs::read_dir(&root)?;
    walk.folder(&root, "", 0);
    if walk.more > 0 {
        let (most, more) = (limits.files, walk.more);
        let why = Text::new(
            format!("only the first {most} files are read; {more} more are left out"),
            format!("只读取前 {most} 个文件，其余 {more} 个未读"),
        );
        walk.notes.push(Note::new("", &why));
    }
    walk.found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((walk.found, walk.notes))
}

struct Walk<'a> {
    limits: &'a Limits,
    root: PathBuf,
    found: Vec<Found>,
    notes: Vec<Note>,
    been: BTreeSet<PathBuf>,
    seen: BTreeSet<PathBuf>,
    more: usize,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, path: &str, depth: usize) {
        if depth > self.limits.depth {
            let why = Text::new(
                "the folders are too deep: this one is not read",
                "文件夹层次过深，这一个未读取",
            );
            self.notes.push(Note::new(path, &why));
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(why) => {
                let why = Text::new(
                    format!("the folder cannot be read: {why}"),
                    format!("文件夹无法读取：{why}"),
                );
                self.notes.push(Note::new(path, &why));
                return;
            }
        };
        // Folders are gone through after their files, so that a limit takes the deepest away.
        let mut folders = Vec::new();
        for entry in entries {
            let Ok(entry) = entry else { continue };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if matches!(&*name, ".git" | "__MACOSX" | ".DS_Store") || name.starts_with("._") {
                continue;
            }
            let path = if path.is_empty() {
                name.into_owned()
            } else {
                format!("{path}/{name}")
            };
            if let Some(folder) = self.entry(&entry.path(), path) {
                folders.push(folder);
            }
        }
        folders.sort();
        for (folder, path) in folders {
            self.folder(&folder, &path, depth + 1);
        }
    }

    /// Takes a file in, or gives a folder to go into.
    fn entry(&mut self, at: &Path, path: String) -> Option<(PathBuf, String)> {
        let refuse = |walk: &mut Self, en: &str, zh: &str| {
            let why = Text::new(en, zh);
            walk.notes.push(Note::new(path.clone(), &why));
            None
        };
        let Ok(mut meta) = fs::symlink_metadata(at) else {
            return refuse(self, "it cannot be looked at", "无法查看");
        };
        let mut file = at.to_owned();
        if meta.is_symlink() {
            let Ok(target) = fs::canonicalize(at) else {
                return refuse(
                    self,
                    "a link that leads nowhere or in a circle is left out",
                    "链接没有指向或成环，未读取",
                );
            };
            if !target.starts_with(&self.root) {
                return refuse(
                    self,
                    "a link out of the recording is not followed",
                    "不跟随指向记录之外的链接",
                );
            }
            file = target;
            let Ok(target) = fs::metadata(&file) else {
                return refuse(self, "it cannot be looked at", "无法查看");
            };
            meta = target;
        }
        if meta.is_dir() {
            // A folder that is reached twice, by a link, is read once.
            return self.been.insert(file.clone()).then_some((file, path));
        }
        if !meta.is_file() {
            return refuse(
                self,
                "it is a pipe, a socket or a device, and is never opened",
                "这是管道、套接字或设备，从不打开",
            );
        }
        if self.found.len() >= self.limits.files {
            self.more += 1;
        } else if self.seen.insert(file.clone()) {
            self.found.push(Found { path, file });
        }
        None
    }
}
