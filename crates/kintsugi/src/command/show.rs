//! `kintsugi show`: an incident's story.

use model::standing::Standing;
use model::{Event, Fact, Incident, Status, render::words};
use serde_json::json;

use super::Context;
use crate::cli::Output;
use crate::failure::{DONE, Failure};
use crate::output::{Narrator, Style, changes, columns, harmless, padded, severity_style, wrap};
use crate::wire::{self, masked};

pub(super) async fn run(context: &Context, part: &str) -> Result<u8, Failure> {
    let ledger = wire::existing_ledger(&context.effective.config).await?;
    let id = wire::incident(ledger.as_ref(), part).await?;
    let events = ledger.events(id, 0).await?;
    let incident = Incident::fold(&events).map_err(|error| {
        Failure::new(format!("incident {id} cannot be read: {error}"))
            .next("`kintsugi audit verify` tells more")
    })?;
    let voice = &context.voice;
    match voice.output {
        Output::Json => {
            let wire = events
                .iter()
                .map(Event::to_wire)
                .collect::<Result<Vec<_>, _>>()?;
            voice.json(&json!({"incident": incident.summary, "events": wire}))?;
        }
        Output::Text => story(context, &incident, &events)?,
    }
    Ok(DONE)
}

fn story(context: &Context, incident: &Incident, events: &[Event]) -> Result<(), Failure> {
    let voice = &context.voice;
    let summary = &incident.summary;
    voice.line(&voice.paint(Style::Bold, &harmless(&summary.title)))?;
    let status = match summary.outcome {
        Some(outcome) => words::outcome(outcome, voice.lang).to_owned(),
        None => words::status(summary.status, voice.lang).to_owned(),
    };
    let opened = summary.opened_at.to_string();
    let opened = opened.get(..19).unwrap_or(&opened).replace('T', " ");
    let severity = words::severity(summary.severity, voice.lang);
    let mut about = vec![
        (voice.say("incident", "事件"), summary.id.to_string()),
        (voice.say("status", "状态"), status),
        (
            voice.say("severity", "级别"),
            voice.paint(severity_style(summary.severity), severity),
        ),
        (voice.say("opened", "开启于"), format!("{opened} UTC")),
    ];
    if let Some(object) = &summary.object {
        about.push((voice.say("object", "对象"), harmless(&object.to_string())));
    }
    if let Some(previous) = summary.previous {
        about.push((voice.say("same as", "同一故障"), previous.to_string()));
    }
    for (word, value) in about {
        let word = voice.paint(Style::Dim, &padded(word, 10));
        voice.line(&format!("{word}{value}"))?;
    }
    voice.line("")?;
    let mut narrator = Narrator::whole(*voice);
    for event in events {
        for line in narrator.tell(event) {
            voice.line(&line)?;
        }
    }
    // A call that has no result yet would not be told otherwise.
    if let Some(last) = events
        .last()
        .filter(|last| matches!(last.fact, Fact::ToolCalled(_)))
    {
        voice.line(&harmless(&model::render::sentence(last, voice.lang)))?;
    }
    if let Some(standing) = &incident.standing {
        plan(context, incident, standing)?;
    }
    Ok(())
}

/// The plan that stands, in full when a person is asked about it.
fn plan(context: &Context, incident: &Incident, standing: &Standing) -> Result<(), Failure> {
    let voice = &context.voice;
    let waiting = incident.summary.status == Status::WaitingApproval;
    voice.line("")?;
    let word = voice.say("Plan", "方案");
    voice.line(&voice.paint(Style::Bold, &format!("{word} {}", standing.hash)))?;
    for line in wrap(&harmless(standing.plan.summary.get(voice.lang)), columns()) {
        voice.line(&line)?;
    }
    for line in changes(voice, &standing.plan, 0) {
        voice.line(&line)?;
    }
    for not in &standing.plan.unrehearsed {
        let word = voice.say("not rehearsed", "未能演练");
        for line in wrap(&format!("{word}: {}", not.get(voice.lang)), columns()) {
            voice.line(&line)?;
        }
    }
    if waiting {
        let id = incident.id();
        let hash = standing.hash.short();
        voice.line("")?;
        let config = &context.effective.config;
        // A ledger that is found without being named need not be named.
        let program = match config.ledger.is_empty() {
            true => "kintsugi".to_owned(),
            false => wire::program(&masked(&config.ledger)),
        };
        voice.line(&format!("  {program} approve {id} --plan {hash}"))?;
        voice.line(&format!("  {program} reject {id} --plan {hash}"))?;
    }
    Ok(())
}
