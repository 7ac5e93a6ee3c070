//! `kintsugi incidents`: which incidents there are, newest first.

use ledger::{Filter, Listed};
use model::{Severity, Status, Timestamp};

use super::Context;
use crate::cli::{Incidents, Output};
use crate::failure::{DONE, Failure};
use crate::output::{columns, harmless, severity_style, status_word, table, width};
use crate::wire;

pub(super) async fn run(context: &Context, flags: &Incidents) -> Result<u8, Failure> {
    let ledger = wire::ledger(&context.effective.config).await?;
    let mut filter = filter(flags)?;
    if let Some(part) = &flags.before {
        filter.before = Some(wire::incident(ledger.as_ref(), part).await?);
    }
    let listed = ledger.incidents(&filter).await?;
    let voice = &context.voice;
    match voice.output {
        Output::Json => {
            let summaries: Vec<_> = listed.iter().map(|listed| &listed.summary).collect();
            voice.json(&summaries)?;
        }
        Output::Text if listed.is_empty() => {
            voice.note(voice.say("no incidents", "没有事件"));
        }
        Output::Text => list(context, &listed)?,
    }
    Ok(DONE)
}

fn filter(flags: &Incidents) -> Result<Filter, Failure> {
    let mut filter = Filter {
        namespace: flags.namespace.clone(),
        limit: flags.limit,
        ..Filter::default()
    };
    for word in &flags.status {
        let status = Status::parse(word).ok_or_else(|| {
            let known: Vec<_> = Status::ALL.iter().map(|status| status.as_str()).collect();
            Failure::new(format!("`{word}` is no status"))
                .next(format!("use one of {}", known.join(", ")))
        })?;
        filter.statuses.push(status);
    }
    if filter.statuses == [Status::Open] {
        filter.statuses = Status::ALL
            .iter()
            .copied()
            .filter(|status| *status != Status::Closed)
            .collect();
    }
    if let Some(word) = &flags.severity {
        let severity = Severity::parse(word).ok_or_else(|| {
            Failure::new(format!("`{word}` is no severity")).next("use info, warning or critical")
        })?;
        filter.at_least = Some(severity);
    }
    if let Some(object) = &flags.object {
        match object.split_once('/') {
            Some((kind, name)) => {
                filter.kind = Some(kind_of(kind));
                filter.name = Some(name.to_owned());
            }
            None => filter.name = Some(object.clone()),
        }
    }
    if let Some(text) = &flags.since {
        let since = Timestamp::parse(text).ok_or_else(|| {
            Failure::new(format!("`{text}` is no time")).next("write it as 2026-01-31T08:00:00Z")
        })?;
        filter.since = Some(since);
    }
    Ok(filter)
}

/// The kind that a person means: `deployment`, `deploy`, `Deployment`.
fn kind_of(word: &str) -> String {
    let kinds = [
        ("Deployment", &["deployment", "deployments", "deploy"][..]),
        ("StatefulSet", &["statefulset", "statefulsets", "sts"]),
        ("DaemonSet", &["daemonset", "daemonsets", "ds"]),
        ("Pod", &["pod", "pods", "po"]),
        ("Node", &["node", "nodes", "no"]),
        ("Job", &["job", "jobs"]),
    ];
    let lower = word.to_lowercase();
    kinds
        .iter()
        .find(|(_, words)| words.contains(&lower.as_str()))
        .map_or_else(|| word.to_owned(), |(kind, _)| (*kind).to_owned())
}

fn list(context: &Context, listed: &[Listed]) -> Result<(), Failure> {
    let voice = &context.voice;
    let mut rows = vec![
        [
            ("ID", "编号"),
            ("STATUS", "状态"),
            ("SEVERITY", "级别"),
            ("OPENED", "开启时间"),
        ]
        .iter()
        .chain(&[("OBJECT", "对象"), ("CAUSE", "根因"), ("TITLE", "标题")])
        .map(|(en, zh)| voice.say(en, zh).to_owned())
        .collect::<Vec<_>>(),
    ];
    for one in listed {
        let summary = &one.summary;
        let id = summary.id.to_string();
        // The end of an id is its random part, and so the shortest that tells two apart.
        let short = id.get(id.len() - 8..).unwrap_or(&id).to_owned();
        let status = match summary.outcome {
            Some(outcome) if summary.status == Status::Closed => {
                format!("{} ({outcome})", status_word(voice.lang, summary.status))
            }
            Some(_) | None => status_word(voice.lang, summary.status).to_owned(),
        };
        let object = summary.object.as_ref().map_or_else(String::new, |object| {
            format!("{}/{}", object.kind.to_lowercase(), object.name)
        });
        let mut title = harmless(&summary.title);
        if one.sightings > 1 {
            title.push_str(&format!(" (×{})", one.sightings));
        }
        rows.push(vec![
            short,
            status,
            summary.severity.to_string(),
            summary
                .opened_at
                .to_string()
                .get(..16)
                .unwrap_or_default()
                .replace('T', " "),
            object,
            summary
                .cause
                .map_or_else(String::new, |cause| cause.title(voice.lang).to_owned()),
            title,
        ]);
    }
    let lines = table(&rows, columns());
    for (n, line) in lines.iter().enumerate() {
        let severity = n
            .checked_sub(1)
            .and_then(|n| listed.get(n))
            .map(|l| l.summary.severity);
        match severity.filter(|_| width(line) > 0) {
            Some(severity) => voice.line(&voice.paint(severity_style(severity), line))?,
            None => voice.line(&voice.paint(crate::output::Style::Bold, line))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_the_words_people_use() {
        for word in ["deploy", "Deployments", "deployment"] {
            assert_eq!(kind_of(word), "Deployment");
        }
        assert_eq!(kind_of("Widget"), "Widget");
    }
}
