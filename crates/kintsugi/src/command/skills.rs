//! `kintsugi skills`: what Kintsugi knows of each kind of fault, checked and tested.

mod page;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::Lang;
use reason::cases;
use serde_json::json;
use skills::{BASE, Skill, SkillErrors, SkillSet};

use super::Context;
use crate::cli::{Output, SkillsCommand, SkillsFolder, Written};
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::output::{Style, columns, table, wrap};

/// Where skills are looked for when nobody says where.
const HERE: &str = "skills";

pub(crate) async fn run(context: &Context, what: SkillsCommand) -> Result<u8, Failure> {
    let configured = context.effective.config.skills.as_deref();
    let meant = |folder: SkillsFolder| SkillsFolder {
        dir: folder.dir.or_else(|| configured.map(Path::to_owned)),
    };
    match what {
        SkillsCommand::List(folder) if context.voice.written == Written::Markdown => {
            let folder = meant(folder);
            let page = page::page(&load(&folder)?, place(&folder).as_deref());
            context.voice.line(&page)?;
            Ok(DONE)
        }
        SkillsCommand::List(folder) => list(context, &load(&meant(folder))?),
        SkillsCommand::Show { name, folder } => show(context, &load(&meant(folder))?, &name),
        SkillsCommand::Lint(folder) => lint(context, &meant(folder)),
        SkillsCommand::Test {
            names,
            folder,
            case,
        } => {
            let folder = meant(folder);
            let place = place(&folder);
            let Some(place) = place else {
                return Err(Failure::new(
                    "there is no folder of skills here, and cases are beside skills",
                )
                .next("name it with --skills"));
            };
            test(context, &load(&folder)?, &place, &names, case.as_deref()).await
        }
    }
}

/// The folder that is meant, if there is one.
fn place(folder: &SkillsFolder) -> Option<PathBuf> {
    folder.dir.clone().or_else(|| {
        let here = Path::new(HERE);
        here.join("base.yaml").is_file().then(|| here.to_owned())
    })
}

fn set(folder: &SkillsFolder) -> Result<SkillSet, SkillErrors> {
    match place(folder) {
        Some(place) => SkillSet::load(&place),
        None => SkillSet::builtin(),
    }
}

fn load(folder: &SkillsFolder) -> Result<SkillSet, Failure> {
    set(folder)
        .map_err(|errors| Failure::new(errors).next("`kintsugi skills lint` names every place"))
}

/// Every skill but the ground they all stand on.
fn proper(skills: &SkillSet) -> impl Iterator<Item = &Skill> {
    skills.iter().filter(|skill| skill.name != BASE)
}

fn list(context: &Context, skills: &SkillSet) -> Result<u8, Failure> {
    let voice = &context.voice;
    if voice.output == Output::Json {
        let all: Vec<_> = proper(skills).map(in_short).collect();
        voice.json(&all)?;
        return Ok(DONE);
    }
    let rows: Vec<Vec<String>> = proper(skills)
        .map(|skill| {
            vec![
                skill.name.clone(),
                skill.description.get(voice.lang).to_owned(),
            ]
        })
        .collect();
    for line in table(&rows, columns()) {
        voice.line(&line)?;
    }
    voice.aside(&match voice.lang {
        Lang::En => format!(
            "\n{} skills; `kintsugi skills show NAME` shows one",
            rows.len()
        ),
        Lang::Zh => format!(
            "\n共 {} 个技能；用 `kintsugi skills show NAME` 查看其中一个",
            rows.len()
        ),
    })?;
    Ok(DONE)
}

fn in_short(skill: &Skill) -> serde_json::Value {
    json!({
        "name": skill.name,
        "family": skill.family,
        "extends": skill.extends,
        "description": skill.description,
        "triggers": skill.triggers.iter().map(skills::Trigger::describe).collect::<Vec<_>>(),
        "causes": causes(skill),
        "remedies": remedies(skill),
        "cases": skill.cases,
        "digest": skill.digest,
        "file": skill.file,
    })
}

/// The causes that the nodes of a skill's own file can conclude.
fn causes(skill: &Skill) -> Vec<&'static str> {
    let mut causes: Vec<_> = skill
        .nodes
        .values()
        .filter_map(|node| Some(node.leaf.as_ref()?.cause.as_str()))
        .collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}

fn remedies(skill: &Skill) -> Vec<&'static str> {
    let mut remedies: Vec<_> = skill
        .remedies
        .iter()
        .map(|remedy| remedy.as_str())
        .collect();
    remedies.extend(skill.nodes.values().filter_map(|node| {
        match node.leaf.as_ref()?.remedy.as_ref()? {
            skills::Named::Fixed(remedy) => Some(remedy.as_str()),
            skills::Named::Text(_) => None,
        }
    }));
    remedies.sort_unstable();
    remedies.dedup();
    remedies
}

/// There is no such skill; the one that may be meant is named.
pub(super) fn no_skill(skills: &SkillSet, name: &str) -> Failure {
    let names: Vec<&str> = skills.iter().map(|skill| skill.name.as_str()).collect();
    let near = facts::nearest(name, names.iter().copied());
    let next = near.map_or_else(
        || "`kintsugi skills list` lists those there are".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Failure::new(format!("there is no skill `{name}`")).next(next)
}

fn show(context: &Context, skills: &SkillSet, name: &str) -> Result<u8, Failure> {
    let voice = &context.voice;
    let Some(skill) = skills.get(name) else {
        return Err(no_skill(skills, name));
    };
    if voice.output == Output::Json {
        voice.json(&in_short(skill))?;
        return Ok(DONE);
    }
    voice.line(&voice.paint(Style::Bold, &skill.name))?;
    for line in wrap(skill.description.get(voice.lang), columns().min(100)) {
        voice.line(&line)?;
    }
    let heading = |en, zh| voice.paint(Style::Accent, voice.say(en, zh));
    voice.line(&format!("\n{}", heading("Triggers", "触发条件")))?;
    for trigger in &skill.triggers {
        voice.line(&format!("  {}", trigger.describe()))?;
    }
    voice.line(&format!("\n{}", heading("Concludes", "可得出的结论")))?;
    for node in skill.nodes.values() {
        if let Some(leaf) = &node.leaf {
            voice.line(&format!(
                "  {}: {} ({})",
                node.name,
                leaf.cause.title(voice.lang),
                leaf.confidence
            ))?;
        }
    }
    voice.line(&format!(
        "\n{}",
        heading("What a model is told", "给模型的提示")
    ))?;
    for line in skill.system_prompt.get(voice.lang).lines() {
        voice.line(&format!("  {line}"))?;
    }
    voice.line(&format!("\n{} {}", heading("File", "文件"), skill.file))?;
    Ok(DONE)
}

fn lint(context: &Context, folder: &SkillsFolder) -> Result<u8, Failure> {
    let voice = &context.voice;
    let found = set(folder);
    if voice.output == Output::Json {
        let errors: Vec<_> = match &found {
            Ok(_) => Vec::new(),
            Err(errors) => errors
                .0
                .iter()
                .map(|error| json!({"file": error.file, "line": error.line, "column": error.column, "problem": error.problem}))
                .collect(),
        };
        voice.json(&json!({"errors": errors}))?;
        return Ok(if found.is_ok() { DONE } else { BAD_NEWS });
    }
    match found {
        Ok(skills) => {
            let count = proper(&skills).count();
            voice.line(&match voice.lang {
                Lang::En => format!("{count} skills, nothing wrong"),
                Lang::Zh => format!("{count} 个技能，没有错误"),
            })?;
            Ok(DONE)
        }
        Err(errors) => {
            for error in &errors.0 {
                voice.line(&error.to_string())?;
            }
            Ok(BAD_NEWS)
        }
    }
}

async fn test(
    context: &Context,
    skills: &SkillSet,
    place: &Path,
    names: &[String],
    only: Option<&str>,
) -> Result<u8, Failure> {
    let voice = &context.voice;
    if let Some(unknown) = names.iter().find(|name| skills.get(name).is_none()) {
        return Err(no_skill(skills, unknown));
    }
    let (mut held, mut broken, mut results) = (0_usize, 0_usize, Vec::new());
    let mut reached = BTreeSet::new();
    for skill in proper(skills).filter(|skill| names.is_empty() || names.contains(&skill.name)) {
        for folder in cases::of(skill, place).map_err(Failure::new)? {
            let shown = folder.display().to_string();
            if only.is_some_and(|only| !shown.contains(only)) {
                continue;
            }
            let (name, problems, findings) = match cases::read(&folder) {
                Err(why) => (shown.clone(), vec![why], Vec::new()),
                Ok(case) => match cases::run(skills, &case, &folder).await {
                    Err(why) => (case.name, vec![why], Vec::new()),
                    Ok(outcome) => {
                        reached.extend(outcome.reached);
                        (case.name, outcome.problems, outcome.findings)
                    }
                },
            };
            if problems.is_empty() {
                held += 1
            } else {
                broken += 1
            }
            if voice.output == Output::Json {
                results.push(json!({"skill": skill.name, "case": name, "folder": shown, "holds": problems.is_empty(), "problems": problems}));
                continue;
            }
            let mark = if problems.is_empty() {
                voice.paint(Style::Good, "ok")
            } else {
                voice.paint(Style::Bad, "FAILED")
            };
            if !problems.is_empty() || !voice.quiet {
                voice.line(&format!("{mark} {}: {name}", skill.name))?;
            }
            for problem in &problems {
                voice.line(&format!("     {problem}"))?;
            }
            if voice.verbose {
                for finding in &findings {
                    voice.line(&format!(
                        "     {} {}: {}",
                        finding.severity.as_str(),
                        finding.object,
                        finding.root_cause.get(voice.lang)
                    ))?;
                }
            }
        }
    }
    // Only all cases together tell which conclusions nobody has tested.
    let whole = names.is_empty() && only.is_none();
    let unreached: Vec<String> = proper(skills)
        .filter(|_| whole)
        .flat_map(|skill| cases::unreached(skill, &reached))
        .collect();
    if voice.output == Output::Json {
        voice.json(
            &json!({"held": held, "broken": broken, "cases": results, "unreached": unreached}),
        )?;
    } else {
        if !unreached.is_empty() {
            let list = unreached.join(", ");
            voice.line(&match voice.lang {
                Lang::En => format!("no case comes to {list}"),
                Lang::Zh => format!("没有用例得出的结论：{list}"),
            })?;
        }
        voice.line(&match voice.lang {
            Lang::En => format!("{} cases, {broken} failed", held + broken),
            Lang::Zh => format!("{} 个用例，{broken} 个失败", held + broken),
        })?;
    }
    Ok(if broken == 0 { DONE } else { BAD_NEWS })
}
