//! What helm says of releases, as the Secrets in which helm keeps them: their names and labels.

use serde_json::json;

use super::age;
use super::blocks::Block;
use super::command::Command;
use super::looks::{Fullness, Transcript, named, put};
use super::refusals;
use super::table;

/// Reads what helm printed.
pub(super) fn read(looks: &mut Transcript, command: &Command, block: &Block) {
    let (output, _) = refusals::take(looks, command, block);
    match command.verb.as_str() {
        "status" => status(looks, command, &output, block.line),
        "list" | "ls" | "history" | "hist" => list(looks, command, &output, block.line),
        _ => {}
    }
}

fn status(looks: &mut Transcript, command: &Command, output: &str, line: usize) {
    let field = |name: &str| {
        output
            .lines()
            .take_while(|line| !line.starts_with("NOTES:"))
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
            .filter(|value| !value.is_empty())
    };
    let Some(name) = field("NAME") else { return };
    let release = Release {
        name,
        space: field("NAMESPACE")
            .map(str::to_owned)
            .or_else(|| command.namespace.clone()),
        revision: field("REVISION").unwrap_or("1"),
        status: field("STATUS").unwrap_or_default(),
        updated: field("LAST DEPLOYED"),
        chart: field("CHART"),
        description: field("DESCRIPTION"),
    };
    release.keep(looks, line);
}

fn list(looks: &mut Transcript, command: &Command, output: &str, line: usize) {
    for table in table::tables(output, |_| None) {
        for row in &table.rows {
            let cell = |column: &str| table.cell(row, column);
            let asked = command.words.first().map(String::as_str);
            let Some(name) = cell("NAME").or(asked) else {
                continue;
            };
            let (Some(revision), Some(status)) = (cell("REVISION"), cell("STATUS")) else {
                continue;
            };
            let release = Release {
                name,
                space: cell("NAMESPACE")
                    .map(str::to_owned)
                    .or_else(|| command.namespace.clone()),
                revision,
                status,
                updated: cell("UPDATED"),
                chart: cell("CHART"),
                description: cell("DESCRIPTION"),
            };
            release.keep(looks, line + 1 + row.line);
        }
    }
}

struct Release<'a> {
    name: &'a str,
    space: Option<String>,
    revision: &'a str,
    status: &'a str,
    updated: Option<&'a str>,
    chart: Option<&'a str>,
    description: Option<&'a str>,
}

impl Release<'_> {
    fn keep(self, looks: &mut Transcript, line: usize) {
        let Ok(revision) = self.revision.parse::<u64>() else {
            return;
        };
        if !named(self.name) {
            return;
        }
        let mut object = json!({
            "type": "helm.sh/release.v1",
            "metadata": {"labels": {
                "owner": "helm",
                "name": self.name,
                "status": self.status,
                "version": revision.to_string(),
            }},
        });
        if let Some(updated) = self.updated.and_then(age::date) {
            looks.dates.push(updated.clone());
            put(&mut object, "/metadata/creationTimestamp", json!(updated));
        }
        for (key, value) in [("chart", self.chart), ("description", self.description)] {
            if let Some(value) = value {
                let at = format!("/metadata/annotations/kintsugi.dev~1helm-{key}");
                put(&mut object, &at, json!(value.replace("\\\"", "\"")));
            }
        }
        let name = format!("sh.helm.release.v1.{}.v{revision}", self.name);
        looks.look("Secret", self.space, &name, object, Fullness::Row, line);
    }
}
