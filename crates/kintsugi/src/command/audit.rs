//! `kintsugi audit verify`: whether anything in the ledger was changed.

use super::Context;
use crate::cli::Output;
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::output::Style;
use crate::wire;

pub(super) async fn verify(context: &Context) -> Result<u8, Failure> {
    let ledger = wire::existing_ledger(&context.effective.config).await?;
    let report = ledger.verify().await?;
    let voice = &context.voice;
    match voice.output {
        Output::Json => voice.json(&report)?,
        Output::Text => {
            let counts = match voice.lang {
                model::Lang::En => {
                    format!("{} incidents, {} events", report.incidents, report.events)
                }
                model::Lang::Zh => {
                    format!("{} 个事件，{} 条记录", report.incidents, report.events)
                }
            };
            match &report.first_broken {
                None => {
                    let intact = voice.say("intact", "完好");
                    voice.line(&format!("{}: {counts}", voice.paint(Style::Good, intact)))?;
                }
                Some(broken) => {
                    let word = voice.paint(Style::Bad, voice.say("broken", "已被破坏"));
                    let place = match broken.incident_id {
                        Some(id) => id.to_string(),
                        None => voice.say("the chain of openings", "开启链").to_owned(),
                    };
                    voice.line(&format!("{word}: {counts}"))?;
                    let event = voice.say("event", "记录");
                    voice.line(&format!("  {place}, {event} {}", broken.seq))?;
                    let (expected, found) =
                        (voice.say("expected", "应为"), voice.say("found", "实为"));
                    voice.line(&format!("  {expected}: {}", broken.expected))?;
                    voice.line(&format!("  {found}: {}", broken.found))?;
                }
            }
            let root = voice.say("root", "根");
            voice.line(&format!("{root}: {}", report.root))?;
            voice.note(voice.say(
                "The chains carry no key: keep the root somewhere else, to know it again.",
                "哈希链不带密钥：请把根另存别处，以便日后核对。",
            ));
        }
    }
    Ok(if report.intact { DONE } else { BAD_NEWS })
}
