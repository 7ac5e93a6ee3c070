//! A set of skills: read, checked against each other, and with what each inherits worked out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::compile::{Jump, Place};
use crate::error::{SkillError, SkillErrors};
use crate::read::{self, ReadSkill, Source};
use crate::skill::Skill;
use crate::tree::{Node, NodeRef};
use crate::{builtin, inherit, schema};

/// The skill that all others extend.
pub const BASE: &str = "base";
/// The most skill files in one directory.
const MAX_FILES: usize = 500;

/// Skills that fit together.
#[derive(Debug, Clone)]
pub struct SkillSet {
    skills: BTreeMap<String, Skill>,
}

impl SkillSet {
    /// The skills that come with Kintsugi. Their expressions are read when they are first asked; a
    /// test checks them all.
    ///
    /// # Errors
    /// What is wrong with them; a test sees to it that nothing is.
    pub fn builtin() -> Result<Self, SkillErrors> {
        Self::of(builtin_files())
    }

    /// The skills that come with Kintsugi and those of a directory, of which each takes the place
    /// of the one of its name.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn load(directory: &Path) -> Result<Self, SkillErrors> {
        let files = files_of(directory)?;
        let own = files
            .iter()
            .map(|(file, source)| (file.as_str(), source.as_str()));
        let own = own.map(|(file, source)| (file, source, false));
        Self::of(builtin_files().chain(own))
    }

    /// The skills of some sources, each a file's name and its text; later ones take the place of
    /// earlier ones of the same name.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_sources<'s>(
        sources: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> Result<Self, SkillErrors> {
        let sources = sources.into_iter();
        Self::of(sources.map(|(file, source)| (file, source, false)))
    }

    /// The same of sources some of which come with Kintsugi, and are trusted.
    fn of<'s>(sources: impl IntoIterator<Item = Source<'s>>) -> Result<Self, SkillErrors> {
        let mut errors = Vec::new();
        let mut read = BTreeMap::new();
        let sources: Vec<Source<'_>> = sources.into_iter().collect();
        for one in read::read(&sources) {
            match one {
                Ok(skill) => {
                    read.insert(skill.name.clone(), skill);
                }
                Err(wrong) => errors.extend(wrong),
            }
        }
        let lineages = inherit::lineages(&read, &mut errors);
        for (name, skill) in &read {
            let lineage = lineages.get(name).map(Vec::as_slice).unwrap_or_default();
            for jump in &skill.jumps {
                check_jump(skill, jump, lineage, &read, &mut errors);
            }
        }
        if errors.is_empty() {
            refuse_cycles(&read, &mut errors);
        }
        if !errors.is_empty() {
            return Err(SkillErrors(errors));
        }
        let skills = lineages
            .iter()
            .filter_map(|(name, lineage)| Some((name.clone(), inherit::merge(lineage, &read)?)))
            .collect();
        Ok(Self { skills })
    }

    /// All skills, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Skill> {
        self.skills.values()
    }

    /// A skill by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Skill> {
        self.skills.get(name)
    }

    /// A node.
    #[must_use]
    pub fn node(&self, node: &NodeRef) -> Option<&Node> {
        self.skills.get(&node.skill)?.nodes.get(&node.node)
    }
}

fn builtin_files<'s>() -> impl Iterator<Item = Source<'s>> {
    builtin::FILES
        .iter()
        .map(|(file, source)| (*file, *source, true))
}

/// A jump may lead to a node of its own skill, or of one that its skill extends.
fn check_jump(
    skill: &ReadSkill,
    jump: &Jump,
    lineage: &[String],
    read: &BTreeMap<String, ReadSkill>,
    errors: &mut Vec<SkillError>,
) {
    let to = &jump.to;
    let problem = if !lineage.contains(&to.skill) {
        let known = if read.contains_key(&to.skill) {
            format!("`{}` does not extend `{}`", skill.name, to.skill)
        } else {
            format!("there is no skill `{}`", to.skill)
        };
        format!(
            "the tree cannot go on at `{}.{}`: {known}",
            to.skill, to.node
        )
    } else {
        let nodes = read.get(&to.skill).map(|target| &target.nodes);
        if nodes.is_some_and(|nodes| nodes.contains_key(&to.node)) {
            return;
        }
        let steps = nodes.into_iter().flatten().map(|(name, _)| name.as_str());
        let hint = schema::nearest(&to.node, steps);
        format!("there is no step `{}` in `{}`{hint}", to.node, to.skill)
    };
    errors.push(at(skill, jump.place, problem));
}

fn at(skill: &ReadSkill, place: Place, problem: String) -> SkillError {
    SkillError {
        file: skill.file.clone(),
        line: place.line,
        column: place.column,
        problem,
    }
}

/// Refuses trees that could walk in circles.
fn refuse_cycles(read: &BTreeMap<String, ReadSkill>, errors: &mut Vec<SkillError>) {
    let mut done: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (name, skill) in read {
        for start in skill.nodes.keys() {
            if let Some(circle) = circle_from(name, start, read, &mut done) {
                let place = skill
                    .jumps
                    .iter()
                    .find(|jump| circle.contains(&(jump.to.skill.as_str(), jump.to.node.as_str())))
                    .map_or(Place { line: 0, column: 0 }, |jump| jump.place);
                let names: Vec<_> = circle.iter().map(|(_, node)| format!("`{node}`")).collect();
                errors.push(at(
                    skill,
                    place,
                    format!("the tree goes in a circle: {}", names.join(" → ")),
                ));
                return;
            }
        }
    }
}

/// Walks depth first, without recursion: a hostile tree is as deep as it likes.
fn circle_from<'r>(
    skill: &'r str,
    node: &'r str,
    read: &'r BTreeMap<String, ReadSkill>,
    done: &mut BTreeSet<(&'r str, &'r str)>,
) -> Option<Vec<(&'r str, &'r str)>> {
    let ways = |(skill, node): (&str, &str)| -> Vec<(&'r str, &'r str)> {
        let node = read.get(skill).and_then(|skill| skill.nodes.get(node));
        node.map(|node| {
            node.ways()
                .map(|way| (way.skill.as_str(), way.node.as_str()))
                .collect()
        })
        .unwrap_or_default()
    };
    let first = (skill, node);
    if done.contains(&first) {
        return None;
    }
    let mut path = vec![(first, ways(first))];
    while let Some((here, left)) = path.last_mut() {
        let Some(next) = left.pop() else {
            done.insert(*here);
            path.pop();
            continue;
        };
        if let Some(start) = path.iter().position(|(seen, _)| *seen == next) {
            let mut circle: Vec<_> = path.iter().skip(start).map(|(seen, _)| *seen).collect();
            circle.push(next);
            return Some(circle);
        }
        if !done.contains(&next) {
            path.push((next, ways(next)));
        }
    }
    None
}

/// The skill files of a directory, by name. Each is read up to one byte over the limit, so that
/// reading refuses it without having read it all.
fn files_of(directory: &Path) -> Result<Vec<(String, String)>, SkillErrors> {
    let whole = |file: &Path, problem: String| {
        SkillErrors(vec![SkillError {
            file: file.display().to_string(),
            line: 0,
            column: 0,
            problem,
        }])
    };
    let entries = fs::read_dir(directory)
        .map_err(|why| whole(directory, format!("it cannot be read: {why}")))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|why| whole(directory, format!("it cannot be read: {why}")))?
            .path();
        let yaml = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        if yaml && path.is_file() {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(whole(
                directory,
                format!("it holds more than {MAX_FILES} skill files"),
            ));
        }
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let unreadable = |why: std::io::Error| whole(&path, format!("it cannot be read: {why}"));
        let file = fs::File::open(&path).map_err(unreadable)?;
        let mut source = String::new();
        file.take(read::MAX_BYTES + 1)
            .read_to_string(&mut source)
            .map_err(unreadable)?;
        files.push((path.display().to_string(), source));
    }
    Ok(files)
}
