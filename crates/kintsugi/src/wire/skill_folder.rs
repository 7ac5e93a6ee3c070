//! A folder of skills that is read again when it has changed. One that is broken changes nothing:
//! the skills before stay in force until it is mended.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use skills::{SkillErrors, SkillSet};

use crate::failure::Failure;

/// The most entries that are compared; a folder with more is refused when it is read.
const MAX_ENTRIES: usize = 2_000;

/// What a folder looks like from outside.
type Looks = Option<Vec<(PathBuf, u64, Option<SystemTime>)>>;

/// Skills, and the folder they come from if there is one.
pub(crate) struct SkillFolder {
    folder: Option<PathBuf>,
    looks: Looks,
    skills: Arc<SkillSet>,
}

/// What looking at the folder again gave.
#[derive(Debug)]
pub(crate) enum Again {
    /// It is as it was.
    Same,
    /// It has changed and was read: the new skills.
    Read(Arc<SkillSet>),
    /// It has changed and makes no sense: the skills before stay.
    Broken(SkillErrors),
}

impl SkillFolder {
    /// Reads the skills that come with Kintsugi, and those of a folder.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, Failure> {
        // Looked at first: what changes while it is read is noticed the next time.
        let looks = folder.and_then(look);
        Ok(Self {
            skills: Arc::new(super::skills(folder)?),
            folder: folder.map(Path::to_owned),
            looks,
        })
    }

    /// The skills in force.
    pub(crate) fn skills(&self) -> Arc<SkillSet> {
        Arc::clone(&self.skills)
    }

    /// Looks at the folder again.
    pub(crate) fn again(&mut self) -> Again {
        let Some(folder) = &self.folder else {
            return Again::Same;
        };
        let looks = look(folder);
        if looks == self.looks {
            return Again::Same;
        }
        self.looks = looks;
        match SkillSet::load(folder) {
            Ok(skills) => {
                self.skills = Arc::new(skills);
                Again::Read(self.skills())
            }
            Err(errors) => Again::Broken(errors),
        }
    }
}

/// The names, lengths and times of a folder's files; nothing if it cannot be read.
fn look(folder: &Path) -> Looks {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).ok()?.take(MAX_ENTRIES) {
        let path = entry.ok()?.path();
        let Ok(meta) = std::fs::metadata(&path) else {
            continue;
        };
        if meta.is_file() {
            files.push((path, meta.len(), meta.modified().ok()));
        }
    }
    files.sort();
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_again_when_it_has_changed_and_a_broken_one_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = SkillFolder::open(Some(dir.path())).unwrap();
        assert!(matches!(folder.again(), Again::Same));
        let file = dir.path().join("mine.yaml");
        std::fs::write(&file, "name: [").unwrap();
        let before = folder.skills();
        assert!(matches!(folder.again(), Again::Broken(_)));
        assert!(matches!(folder.again(), Again::Same), "said once");
        assert!(Arc::ptr_eq(&before, &folder.skills()));
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(folder.again(), Again::Read(_)));
        std::fs::remove_dir_all(dir.path()).unwrap();
        assert!(matches!(folder.again(), Again::Broken(_)));
    }

    #[test]
    fn a_new_skill_is_there_without_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = SkillFolder::open(Some(dir.path())).unwrap();
        assert!(folder.skills().get("mine").is_none());
        let job = include_str!("../../../../skills/job.yaml");
        let mine = job.replace("\nname: job\n", "\nname: mine\n");
        std::fs::write(dir.path().join("mine.yaml"), mine).unwrap();
        let again = folder.again();
        let Again::Read(skills) = again else {
            panic!("{again:?}")
        };
        assert!(skills.get("mine").is_some());
    }
}
