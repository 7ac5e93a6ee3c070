//! The page of all skills, as it stands in `docs/skills.md`: what each sees, concludes and
//! proposes, and the cases that prove it.

use std::fmt::Write as _;
use std::path::Path;

use model::Lang;
use reason::cases;
use skills::{Named, Node, Skill, SkillSet};

use super::{proper, remedies};

/// The page; cases are told if the folder of skills is at hand.
pub(super) fn page(skills: &SkillSet, place: Option<&Path>) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "# Skills\n\nWhat Kintsugi knows of each kind of fault. This page is made from the files in `skills/` by\n`kintsugi skills list -o markdown`.\n"
    );
    let all: Vec<&Skill> = proper(skills).collect();
    let conclusions: usize = all.iter().map(|skill| leaves(skill).count()).sum();
    let counted: usize = all.iter().map(|skill| told_cases(skill, place).len()).sum();
    let _ = writeln!(
        out,
        "{} skills, {conclusions} conclusions, {counted} cases.\n",
        all.len()
    );
    let _ = writeln!(
        out,
        "| skill | family | what it is for | causes | cases |\n|---|---|---|---|---|"
    );
    for skill in &all {
        let causes = super::causes(skill).join(", ");
        let _ = writeln!(
            out,
            "| [`{0}`](#{0}) | {1} | {2} | {causes} | {3} |",
            skill.name,
            skill.family,
            cell(skill.description.get(Lang::En)),
            told_cases(skill, place).len()
        );
    }
    for skill in all {
        one(&mut out, skill, place);
    }
    out.trim_end().to_owned()
}

fn one(out: &mut String, skill: &Skill, place: Option<&Path>) {
    let _ = writeln!(
        out,
        "\n## {}\n\n{}\n\n{}\n",
        skill.name,
        skill.description.get(Lang::En),
        skill.description.get(Lang::Zh)
    );
    if let Some(parent) = skill
        .extends
        .as_ref()
        .filter(|parent| *parent != skills::BASE)
    {
        let _ = writeln!(out, "Extends [`{parent}`](#{parent}).\n");
    }
    let _ = writeln!(out, "Sees:\n");
    for trigger in &skill.triggers {
        let _ = writeln!(out, "- `{}`", trigger.describe().replace('`', "'"));
    }
    let _ = writeln!(
        out,
        "\nConcludes:\n\n| node | cause | confidence | in words |\n|---|---|---|---|"
    );
    for (node, leaf) in leaves(skill) {
        let words = leaf
            .conclusion
            .as_ref()
            .map_or_else(String::new, |text| text.en.source());
        let symptom = if leaf.symptom { " (symptom)" } else { "" };
        let _ = writeln!(
            out,
            "| `{}` | `{}`{symptom} | {} | {} |",
            node.name,
            leaf.cause,
            leaf.confidence,
            cell(&words)
        );
    }
    let mut named = remedies(skill);
    if skill.nodes.values().any(|node| {
        matches!(
            node.leaf.as_ref().and_then(|leaf| leaf.remedy.as_ref()),
            Some(Named::Text(_))
        )
    }) {
        named.push("restore_last_good where there is a good revision");
    }
    named.sort_unstable();
    named.dedup();
    let remedy = if named.is_empty() {
        "none yet: it says what a person can do".to_owned()
    } else {
        named.join(", ")
    };
    let _ = writeln!(out, "\nRemedy: {remedy}.");
    let cases = told_cases(skill, place);
    if !cases.is_empty() {
        let _ = writeln!(out, "\nCases:\n");
        for case in cases {
            let _ = writeln!(out, "- {case}");
        }
    }
}

/// The nodes of a skill's own file that conclude.
fn leaves(skill: &Skill) -> impl Iterator<Item = (&Node, &skills::Leaf)> {
    skill
        .nodes
        .values()
        .filter_map(|node| Some((node, node.leaf.as_ref()?)))
}

/// The cases of a skill in a line each: its name, what comes of it, what it shows.
fn told_cases(skill: &Skill, place: Option<&Path>) -> Vec<String> {
    let folders = place
        .and_then(|place| cases::of(skill, place).ok())
        .unwrap_or_default();
    folders
        .iter()
        .filter_map(|folder| cases::read(folder).ok())
        .map(|case| {
            let comes = if case.expect.healthy {
                "silent".to_owned()
            } else {
                let causes: Vec<&str> = case
                    .expect
                    .causes
                    .iter()
                    .map(|cause| cause.as_str())
                    .collect();
                causes.join(" or ")
            };
            match case.meta.about {
                Some(about) => format!("`{}` → {comes}: {}", case.name, about.trim()),
                None => format!("`{}` → {comes}", case.name),
            }
        })
        .collect()
}

/// Words as they may stand in a cell of a table.
fn cell(words: &str) -> String {
    words
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}
