//! What a skill inherits: prompts add up, tools, tree and memory policy are replaced.

use std::collections::BTreeMap;

use model::{Digest, Text};

use crate::error::SkillError;
use crate::read::ReadSkill;
use crate::schema;
use crate::set::BASE;
use crate::skill::Skill;

/// How many skills may extend one another in a row.
const MAX_LINEAGE: usize = 8;

/// Each skill's name with its lineage: itself first, `base` last.
pub(crate) fn lineages(
    read: &BTreeMap<String, ReadSkill>,
    errors: &mut Vec<SkillError>,
) -> BTreeMap<String, Vec<String>> {
    let mut lineages = BTreeMap::new();
    for (name, skill) in read {
        match lineage(skill, read) {
            Ok(lineage) => {
                lineages.insert(name.clone(), lineage);
            }
            Err(problem) => {
                let place = skill.extends.as_ref().map(|(_, place)| *place);
                errors.push(SkillError {
                    file: skill.file.clone(),
                    line: place.map_or(0, |place| place.line),
                    column: place.map_or(0, |place| place.column),
                    problem,
                });
            }
        }
    }
    lineages
}

fn lineage(skill: &ReadSkill, read: &BTreeMap<String, ReadSkill>) -> Result<Vec<String>, String> {
    let mut line = vec![skill.name.clone()];
    let mut at = skill;
    loop {
        let parent = match &at.extends {
            Some((parent, _)) => parent.as_str(),
            None if at.name == BASE => return Ok(line),
            None => BASE,
        };
        if line.iter().any(|seen| seen == parent) {
            return Err(format!(
                "`{}` extends itself, by way of `{parent}`",
                skill.name
            ));
        }
        if line.len() >= MAX_LINEAGE {
            return Err(format!(
                "more than {MAX_LINEAGE} skills extend one another in a row"
            ));
        }
        at = read.get(parent).ok_or_else(|| {
            let hint = schema::nearest(parent, read.keys().map(String::as_str));
            format!("there is no skill `{parent}` to extend{hint}")
        })?;
        line.push(parent.to_owned());
    }
}

/// A skill with what it inherits; `None` only for a lineage that was refused.
pub(crate) fn merge(lineage: &[String], read: &BTreeMap<String, ReadSkill>) -> Option<Skill> {
    let line: Vec<&ReadSkill> = lineage.iter().filter_map(|name| read.get(name)).collect();
    let own = *line.first()?;
    let prompts = || {
        line.iter()
            .rev()
            .filter_map(|skill| skill.system_prompt.as_ref())
    };
    let paragraphs =
        |language: fn(&Text) -> &str| prompts().map(language).collect::<Vec<_>>().join("\n\n");
    let sources: Vec<&[u8]> = line.iter().map(|skill| skill.source.as_bytes()).collect();
    let nearest_list = |list: fn(&ReadSkill) -> bool| line.iter().find(|skill| list(skill));
    Some(Skill {
        name: own.name.clone(),
        description: own.description.clone(),
        extends: lineage.get(1).cloned(),
        family: lineage.iter().rev().nth(1).unwrap_or(&own.name).clone(),
        triggers: own.triggers.clone(),
        system_prompt: Text::new(paragraphs(|text| &text.en), paragraphs(|text| &text.zh)),
        required_tools: nearest_list(|skill| !skill.required_tools.is_empty())
            .map(|skill| skill.required_tools.clone())
            .unwrap_or_default(),
        start: line.iter().find_map(|skill| skill.first.clone()),
        nodes: own.nodes.clone(),
        memory_policy: line
            .iter()
            .find_map(|skill| skill.memory_policy.clone())
            .unwrap_or_default(),
        remedies: nearest_list(|skill| !skill.remedies.is_empty())
            .map(|skill| skill.remedies.clone())
            .unwrap_or_default(),
        cases: own.cases.clone(),
        digest: Digest::of("kintsugi.skill.v1", &sources),
        file: own.file.clone(),
    })
}
