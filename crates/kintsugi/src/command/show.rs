//! `kintsugi show`: an incident's story.

use model::standing::Standing;
use model::{Event, Incident, Status};
use serde_json::json;

use super::Context;
use crate::cli::Output;
use crate::failure::{DONE, Failure};
use crate::output::{Style, harmless, status_word, told};
use crate::wire;

pub(super) async fn run(context: &Context, part: &str) -> Result<u8, Failure> {
    let ledger = wire::ledger(&context.effective.config).await?;
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
        Some(outcome) => format!("{} ({outcome})", status_word(voice.lang, summary.status)),
        None => status_word(voice.lang, summary.status).to_owned(),
    };
    let opened = voice.say("opened", "开启于");
    voice.line(&format!(
        "{} · {status} · {} · {opened} {}",
        summary.id, summary.severity, summary.opened_at
    ))?;
    if let Some(previous) = summary.previous {
        let same = voice.say("the same fault as", "同一故障，上次为");
        voice.line(&format!("{same} {previous}"))?;
    }
    voice.line("")?;
    for event in events {
        voice.line(&told(voice, event))?;
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
    voice.line(&harmless(standing.plan.summary.get(voice.lang)))?;
    for change in &standing.plan.changes {
        voice.line(&change.object.to_string())?;
        for line in change.diff.lines() {
            let style = match line.chars().next() {
                Some('+') => Style::Good,
                Some('-') => Style::Bad,
                Some(_) | None => Style::Dim,
            };
            voice.line(&format!("  {}", voice.paint(style, &harmless(line))))?;
        }
    }
    for not in &standing.plan.unrehearsed {
        let word = voice.say("not rehearsed", "未能演练");
        voice.line(&format!("{word}: {}", not.get(voice.lang)))?;
    }
    if waiting {
        let id = incident.id();
        let hash = standing.hash.short();
        voice.line("")?;
        voice.line(&format!("  kintsugi approve {id} --plan {hash}"))?;
        voice.line(&format!("  kintsugi reject {id} --plan {hash}"))?;
    }
    Ok(())
}
