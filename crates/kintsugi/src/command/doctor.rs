//! `kintsugi doctor`: whether everything that Kintsugi needs is there, and how to mend it.

use model::Lang;
use serde::Serialize;

use super::Context;
use crate::cli::Output;
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::output::{Style, Voice, columns, padded, wrap};
use crate::wire;

/// Where findings begin.
const INDENT: usize = 17;

/// What was looked at, and how it is.
#[derive(Debug, Serialize)]
struct Check {
    what: &'static str,
    ok: bool,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

pub(super) async fn run(context: &Context) -> Result<u8, Failure> {
    let checks = vec![
        configuration(context),
        ledger(context).await,
        chains(context).await,
        cluster(context),
        skills(context),
    ];
    let voice = &context.voice;
    match voice.output {
        Output::Json => voice.json(&checks)?,
        Output::Text => {
            for check in &checks {
                let mark = if check.ok {
                    voice.paint(Style::Good, "✓")
                } else {
                    voice.paint(Style::Bad, "✗")
                };
                let told = wrap(&check.found, columns() - INDENT);
                let mend = check.mend.iter().flat_map(|mend| {
                    let word = voice.say("mend", "修复");
                    wrap(&format!("→ {word}: {mend}"), columns() - INDENT)
                });
                for (n, line) in told.into_iter().chain(mend).enumerate() {
                    voice.line(&match n {
                        0 => format!(
                            "{mark} {}{line}",
                            padded(name(voice, check.what), INDENT - 2)
                        ),
                        _ => format!("{}{line}", " ".repeat(INDENT)),
                    })?;
                }
            }
        }
    }
    Ok(if checks.iter().all(|check| check.ok) {
        DONE
    } else {
        BAD_NEWS
    })
}

fn good(what: &'static str, found: impl Into<String>) -> Check {
    Check {
        what,
        ok: true,
        found: found.into(),
        mend: None,
    }
}

fn bad(what: &'static str, failure: &Failure) -> Check {
    let told = failure.to_string();
    let (found, mend) = match told.rsplit_once("; ") {
        Some((found, mend)) => (found.to_owned(), Some(mend.to_owned())),
        None => (told, None),
    };
    Check {
        what,
        ok: false,
        found,
        mend,
    }
}

fn configuration(context: &Context) -> Check {
    let set = context
        .effective
        .values
        .values()
        .filter(|(_, origin)| *origin != crate::config::Origin::Default)
        .count();
    good(
        "configuration",
        match context.voice.lang {
            Lang::En => format!("values set: {set}; the others are defaults"),
            Lang::Zh => format!("已设置 {set} 项，其余为默认值"),
        },
    )
}

async fn ledger(context: &Context) -> Check {
    let opened = async {
        let ledger = wire::ledger(&context.effective.config).await?;
        ledger.ping().await?;
        // A ledger that can be read and not written is found out before it matters: keeping a
        // body twice keeps it once, so that this leaves next to nothing behind.
        ledger.keep_body(b"kintsugi doctor").await?;
        Ok::<_, Failure>(ledger.place())
    };
    match opened.await {
        Ok(place) => {
            let works = context.voice.say("reads and writes", "可读写");
            good("ledger", format!("{place} {works}"))
        }
        Err(failure) => bad("ledger", &failure),
    }
}

async fn chains(context: &Context) -> Check {
    let verified = async {
        let ledger = wire::ledger(&context.effective.config).await?;
        let report = ledger.verify().await?;
        if report.intact {
            Ok(match context.voice.lang {
                Lang::En => format!(
                    "{} incidents, {} events: intact",
                    report.incidents, report.events
                ),
                Lang::Zh => format!(
                    "{} 个事件，{} 条记录：完好",
                    report.incidents, report.events
                ),
            })
        } else {
            Err(Failure::new("the ledger's chains are broken")
                .next("`kintsugi audit verify` names the first broken link"))
        }
    };
    match verified.await {
        Ok(found) => good("audit", found),
        Err(failure) => bad("audit", &failure),
    }
}

fn cluster(context: &Context) -> Check {
    match wire::cluster(&context.effective.config) {
        Ok(Some(cluster)) => good("cluster", cluster.id().to_string()),
        Ok(None) => good("cluster", context.voice.say("none is wired", "未接入集群")),
        Err(failure) => bad("cluster", &failure),
    }
}

fn skills(context: &Context) -> Check {
    match skills::SkillSet::builtin() {
        Ok(skills) => {
            let count = skills.iter().count();
            let found = match context.voice.lang {
                Lang::En => format!("{count} loaded"),
                Lang::Zh => format!("已加载 {count} 个"),
            };
            good("skills", found)
        }
        Err(error) => bad("skills", &Failure::new(error)),
    }
}

/// The name of a check in the voice's language.
fn name<'a>(voice: &Voice, what: &'a str) -> &'a str {
    let zh = match what {
        "configuration" => "配置",
        "ledger" => "账本",
        "audit" => "审计",
        "cluster" => "集群",
        "skills" => "技能",
        other => other,
    };
    voice.say(what, zh)
}
