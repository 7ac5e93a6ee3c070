//! `kintsugi incidents`: which incidents there are, newest first.

use ledger::{Filter, Listed};
use model::{Lang, Severity, Status, Timestamp, render::words};

use super::Context;
use crate::cli::{Incidents, Output};
use crate::failure::{DONE, Failure};
use crate::output::{Style, Voice, columns, cut, harmless, severity_style, table};
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
    let room = columns();
    let heads = [
        ("ID", "编号"),
        ("OPENED", "开启时间"),
        ("SEVERITY", "级别"),
        ("STATUS", "状态"),
        ("OBJECT", "对象"),
        ("WHAT", "情况"),
    ];
    let mut rows = vec![heads.map(|(en, zh)| voice.say(en, zh).to_owned()).to_vec()];
    rows.extend(listed.iter().map(|one| row(voice, one, room)));
    let severities = listed.iter().map(|one| Some(one.summary.severity));
    for (line, severity) in table(&rows, room)
        .iter()
        .zip([None].into_iter().chain(severities))
    {
        let style = severity.map_or(Style::Bold, severity_style);
        voice.line(&voice.paint(style, line))?;
    }
    Ok(())
}

fn row(voice: &Voice, one: &Listed, room: usize) -> Vec<String> {
    let summary = &one.summary;
    let id = summary.id.to_string();
    // The end of an id is its random part, and so the shortest that tells two apart.
    let short = id.get(id.len() - 8..).unwrap_or(&id).to_owned();
    let status = match summary.outcome {
        Some(outcome) => match voice.lang {
            Lang::En => outcome.as_str(),
            Lang::Zh => words::outcome(outcome, Lang::Zh),
        },
        None => words::status(summary.status, voice.lang),
    };
    let object = summary.object.as_ref().map_or_else(String::new, |object| {
        format!("{}/{}", object.kind.to_lowercase(), object.name)
    });
    let mut what = harmless(&summary.title);
    if let Some(cause) = summary.cause {
        let cause = cause.title(voice.lang);
        what = match voice.lang {
            Lang::En => format!("{cause}: {what}"),
            Lang::Zh => format!("{cause}：{what}"),
        };
    }
    if one.sightings > 1 {
        what = format!("×{} {what}", one.sightings);
    }
    let opened = summary.opened_at.to_string().replace('T', " ");
    // Where there is little room, the year is known.
    let from = if room < 100 { 5 } else { 0 };
    vec![
        short,
        opened.get(from..16).unwrap_or(&opened).to_owned(),
        words::severity(summary.severity, voice.lang).to_owned(),
        status.to_owned(),
        cut(&harmless(&object), (room / 4).max(16)),
        what,
    ]
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
