//! `kintsugi record`: what a cluster shows now, as files that `--from` reads back.

use cluster::record;
use model::Lang;
use reason::scan::{self, ScanLimits};
use serde_json::json;

use super::Context;
use crate::cli::{Output, Record};
use crate::failure::{DONE, Failure};
use crate::output::report::Unseen;
use crate::wire::sight;

pub(crate) async fn run(context: &Context, flags: Record) -> Result<u8, Failure> {
    let voice = &context.voice;
    if flags.to.exists() {
        return Err(
            Failure::new(format!("{} is there already", flags.to.display()))
                .next("name a place where nothing is yet"),
        );
    }
    if flags.cluster.from.is_some() && !flags.cluster.namespace.is_empty() {
        return Err(Failure::new(
            "-n says what is asked of a live cluster, and a recording is kept as it is",
        )
        .next("leave -n out here, and give it to the scan that reads the record"));
    }
    let mut sight = sight::look(context, &flags.cluster).await?;
    for note in &sight.notes {
        voice.remark(note);
    }
    let missed = scan::read_logs(
        &mut sight.reading.snapshot,
        &sight.cluster,
        ScanLimits::default(),
    )
    .await;
    sight.reading.blind_spots.extend(missed);
    let about = record::About {
        cluster: sight.cluster.id(),
        server_version: sight.server_version.as_deref(),
        scope: &sight.scope,
    };
    let manifest = record::write(&sight.reading, about, &flags.to).map_err(|error| {
        Failure::new(error).next("name a place where nothing is yet, with room for it")
    })?;
    let objects = sight.reading.snapshot.objects().len();
    let logs = manifest.logs.len();
    let place = flags.to.display();
    if voice.output == Output::Json {
        voice.json(&json!({
            "path": flags.to,
            "objects": objects,
            "logs": logs,
            "blind_spots": Unseen::new(sight.reading.blind_spots, voice.lang),
        }))?;
        return Ok(DONE);
    }
    voice.line(&match voice.lang {
        Lang::En => format!("{objects} objects and {logs} logs written to {place}, secrets masked"),
        Lang::Zh => format!("已将 {objects} 个对象和 {logs} 份日志写入 {place}，敏感信息已遮蔽"),
    })?;
    voice.aside(&match voice.lang {
        Lang::En => format!("Read it back: kintsugi scan --from {place}"),
        Lang::Zh => format!("读回：kintsugi scan --from {place}"),
    })?;
    Ok(DONE)
}
