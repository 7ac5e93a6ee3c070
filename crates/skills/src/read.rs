//! Reads one skill file: YAML within a budget, then compiled.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::{RemedyKind, Text};
use serde_saphyr::{Error, Location};

use crate::compile::{Compiler, Jump, Place};
use crate::error::SkillError;
use crate::format::{RawSkill, RawText, RawTrigger, Word};
use crate::skill::{MemoryPolicy, Trigger};
use crate::tree::{Node, NodeRef};
use crate::{schema, tool_names};
use facts::Resource;

/// The longest skill file, in bytes.
pub(crate) const MAX_BYTES: u64 = 256 * 1024;
/// The stack to read a file with: several times what the deepest one takes.
const STACK: usize = 16 * 1024 * 1024;
/// So many files are read at once at most.
const MAX_READERS: usize = 8;
/// The most errors that are told of one file.
const MAX_ERRORS: usize = 20;
/// The version of the format that is spoken here.
const FORMAT: u32 = 1;

/// A skill as its own file has it, before it inherits.
#[derive(Debug)]
pub(crate) struct ReadSkill {
    pub(crate) file: String,
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) description: Text,
    pub(crate) extends: Option<(String, Place)>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) system_prompt: Option<Text>,
    pub(crate) required_tools: Vec<String>,
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) first: Option<NodeRef>,
    pub(crate) jumps: Vec<Jump>,
    pub(crate) memory_policy: Option<MemoryPolicy>,
    pub(crate) remedies: Vec<RemedyKind>,
    pub(crate) cases: Vec<String>,
}

/// A skill file: its name, its text, and whether it comes with Kintsugi and is trusted.
pub(crate) type Source<'s> = (&'s str, &'s str, bool);

/// Reads skill files, several at once, and gives what came of each in their order.
///
/// Nested trees are read by recursion, so this runs on stacks of its own: how deep a file may be
/// must not depend on whose thread it is read in.
pub(crate) fn read(sources: &[Source<'_>]) -> Vec<Result<ReadSkill, Vec<SkillError>>> {
    let readers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    let read: Vec<OnceLock<Result<ReadSkill, Vec<SkillError>>>> =
        sources.iter().map(|_| OnceLock::new()).collect();
    let read_what_is_left = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let (Some((file, source, trusted)), Some(one)) = (sources.get(place), read.get(place))
            else {
                return;
            };
            one.get_or_init(|| read_here(file, source, *trusted));
        }
    };
    let mut refused = None;
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..readers.clamp(1, MAX_READERS))
            .filter_map(|_| {
                let reader = std::thread::Builder::new()
                    .name("read-skill".to_owned())
                    .stack_size(STACK);
                let started = reader.spawn_scoped(scope, read_what_is_left);
                started.map_err(|why| refused = Some(why)).ok()
            })
            .collect();
        // One that gave up leaves its file unread, which is told below.
        for reader in started {
            drop(reader.join());
        }
    });
    let unread = |file: &str| {
        let why = refused.as_ref().map_or_else(
            || "the reader gave up".to_owned(),
            |why| format!("no thread to read it in: {why}"),
        );
        vec![SkillError {
            file: file.to_owned(),
            line: 0,
            column: 0,
            problem: format!("it could not be read: {why}"),
        }]
    };
    std::iter::zip(read, sources)
        .map(|(read, (file, ..))| read.into_inner().unwrap_or_else(|| Err(unread(file))))
        .collect()
}

fn read_here(file: &str, source: &str, trusted: bool) -> Result<ReadSkill, Vec<SkillError>> {
    let raw = parse(file, source).map_err(|error| vec![error])?;
    let mut compiler = Compiler::new(file, &raw.name.value, trusted);
    if let Some(format) = &raw.format
        && format.value != FORMAT
    {
        compiler.refuse(
            format.referenced,
            format!("format {} is not spoken here, only {FORMAT}", format.value),
        );
    }
    let name = &raw.name.value;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        compiler.refuse(
            raw.name.referenced,
            format!("`{name}` is not a skill's name: letters, digits, `_` and `-`, at most 64"),
        );
    }
    let extends = match (&raw.extends, &raw.parent) {
        (Some(_), Some(twice)) => {
            compiler.refuse(
                twice.referenced,
                "`extends` and `parent` are the same: one is enough",
            );
            None
        }
        (Some(one), None) | (None, Some(one)) => Some((one.value.clone(), one.referenced.into())),
        (None, None) => None,
    };
    let triggers = raw
        .triggers
        .iter()
        .filter_map(|raw| trigger(&mut compiler, &raw.value, raw.referenced))
        .collect();
    if let (Some(_), Some(twice)) = (raw.required_tools.first(), raw.allowed_tools.first()) {
        compiler.refuse(
            twice.referenced,
            "`required_tools` and `allowed_tools` are the same: one is enough",
        );
    }
    let tools: Vec<&Word> = raw
        .required_tools
        .iter()
        .chain(&raw.allowed_tools)
        .collect();
    for tool in &tools {
        if !tool_names::known(&tool.value) {
            let known = tool_names::READ_ONLY.iter().chain(tool_names::CHANGING);
            let hint = schema::nearest(&tool.value, known.copied());
            compiler.refuse(
                tool.referenced,
                format!("there is no tool `{}`{hint}", tool.value),
            );
        }
    }
    let remedies = raw
        .remedies
        .iter()
        .filter_map(|word| compiler.remedy(word))
        .collect();
    let memory_policy = raw.memory_policy.as_ref().map(|memory| {
        if let Some(window) = &memory.short_term_window
            && !is_window(&window.value)
        {
            let problem = format!(
                "`{}` is not a length of time such as `30m`, `1h` or `7d`",
                window.value
            );
            compiler.refuse(window.referenced, problem);
        }
        MemoryPolicy {
            short_term_window: memory
                .short_term_window
                .as_ref()
                .map(|window| window.value.clone()),
            long_term_top_k: memory.long_term_top_k,
            relevant_metrics: memory.relevant_metrics.clone(),
        }
    });
    let (tree, errors) = compiler.tree(raw.decision_tree.as_ref());
    if !errors.is_empty() {
        // The first ones are the ones to mend; a hostile file has as many as it likes.
        return Err(errors.into_iter().take(MAX_ERRORS).collect());
    }
    Ok(ReadSkill {
        file: file.to_owned(),
        source: source.to_owned(),
        name: raw.name.value.clone(),
        description: raw
            .description
            .as_ref()
            .map(|text| spoken(&text.value))
            .unwrap_or_default(),
        extends,
        triggers,
        system_prompt: raw.system_prompt.as_ref().map(spoken),
        required_tools: tools.iter().map(|tool| tool.value.clone()).collect(),
        nodes: tree.nodes,
        first: tree.first,
        jumps: tree.jumps,
        memory_policy,
        remedies,
        cases: raw.cases.iter().map(|case| case.value.clone()).collect(),
    })
}

fn trigger(compiler: &mut Compiler<'_>, raw: &RawTrigger, at: Location) -> Option<Trigger> {
    let resource = match &raw.resource {
        Some(word) => {
            let resource = Resource::parse(&word.value);
            if resource.is_none() {
                let hint = schema::nearest(
                    &word.value,
                    Resource::ALL.iter().map(|known| known.as_str()),
                );
                compiler.refuse(
                    word.referenced,
                    format!("`{}` is not a known resource{hint}", word.value),
                );
            }
            Some(resource?)
        }
        None => None,
    };
    let when = match &raw.when {
        Some(when) => compiler.conditions(when)?,
        None => Vec::new(),
    };
    if raw.alert_name.is_none() && raw.labels.is_empty() && when.is_empty() {
        compiler.refuse(at, "a trigger needs an `alert_name`, `labels` or a `when`");
        return None;
    }
    Some(Trigger {
        alert_name: raw.alert_name.as_ref().map(|name| name.value.clone()),
        labels: raw.labels.clone(),
        resource,
        when,
        priority: raw.priority,
    })
}

fn spoken(text: &RawText) -> Text {
    match text {
        RawText::Same(text) => Text::same(text.trim_end()),
        RawText::Both(both) => Text::new(both.en.trim_end(), both.zh.trim_end()),
    }
}

fn is_window(text: &str) -> bool {
    let Some(unit) = text.chars().last() else {
        return false;
    };
    let number = text.strip_suffix(unit).unwrap_or_default();
    "smhd".contains(unit) && number.parse::<u32>().is_ok()
}

/// Reads the YAML. The budget is far above any real skill, and far below what could hurt.
fn parse(file: &str, source: &str) -> Result<RawSkill, SkillError> {
    let error = |line, column, problem| SkillError {
        file: file.to_owned(),
        line,
        column,
        problem,
    };
    if source.len() as u64 > MAX_BYTES {
        return Err(error(0, 0, format!("it is longer than {MAX_BYTES} bytes")));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 40_000,
            max_nodes: 20_000,
            max_depth: 32,
            flow_nesting_limit: 32,
            max_documents: 1,
            max_aliases: 200,
            max_anchors: 200,
            max_merge_keys: 0,
            max_recorded_anchor_events: 20_000,
            max_recorded_anchor_bytes: 1 << 20,
            max_total_scalar_bytes: 1 << 20,
        },
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(source, options).map_err(|why| {
        let (line, column) = why.location().map_or((0, 0), |at| (at.line(), at.column()));
        error(line, column, said(&why))
    })
}

/// What the parser found wrong, in one line.
fn said(why: &Error) -> String {
    if let Error::SerdeUnknownField {
        field, expected, ..
    } = why.without_snippet()
    {
        let hint = schema::nearest(field, expected.iter().copied());
        return format!("unknown key `{field}`{hint}");
    }
    let text = why.without_snippet().to_string();
    let first = text.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    // The place is told once, in front.
    first
        .strip_prefix("line ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(first, |(_, rest)| rest)
        .to_owned()
}
