//! `kintsugi ledger …`: looking after the ledger.

use std::path::Path;

use model::Digest;
use serde_json::json;

use super::Context;
use crate::cli::Output;
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::wire;

pub(super) async fn backup(context: &Context, to: &Path) -> Result<u8, Failure> {
    let ledger = wire::existing_ledger(&context.effective.config).await?;
    ledger.backup(to).await?;
    let voice = &context.voice;
    match voice.output {
        Output::Json => voice.json(&json!({"from": ledger.place(), "to": to}))?,
        Output::Text => {
            let done = voice.say("copied to", "已复制到");
            voice.line(&format!("{done} {}", to.display()))?;
        }
    }
    Ok(DONE)
}

pub(super) async fn erase(context: &Context, digest: &str) -> Result<u8, Failure> {
    let digest: Digest = digest.parse().map_err(|error| {
        Failure::new(error).next("`kintsugi show ID -o json` names it as `body`")
    })?;
    let ledger = wire::existing_ledger(&context.effective.config).await?;
    let erased = ledger.erase_body(digest, wire::now()).await?;
    let voice = &context.voice;
    match voice.output {
        Output::Json => voice.json(&json!({"digest": digest, "erased": erased}))?,
        Output::Text if erased => voice.line(voice.say("erased", "已清除"))?,
        Output::Text => voice.line(voice.say("there is no such body", "没有这条证据正文"))?,
    }
    Ok(if erased { DONE } else { BAD_NEWS })
}
