//! `kintsugi doctor`: whether everything that Kintsugi needs is there, and how to mend it.

use serde::Serialize;

use super::Context;
use crate::cli::Output;
use crate::failure::{BAD_NEWS, DONE, Failure};
use crate::output::{Style, columns, cut};
use crate::wire;

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
        skills(),
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
                voice.line(&format!(
                    "{mark} {:<14} {}",
                    check.what,
                    cut(&check.found, columns() - 17)
                ))?;
                if let Some(mend) = &check.mend {
                    voice.line(&format!("  {:<14} → {mend}", ""))?;
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
        format!("{set} values set, the others are defaults"),
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
        Ok(place) => good("ledger", format!("{place} reads and writes")),
        Err(failure) => bad("ledger", &failure),
    }
}

async fn chains(context: &Context) -> Check {
    let verified = async {
        let ledger = wire::ledger(&context.effective.config).await?;
        let report = ledger.verify().await?;
        if report.intact {
            Ok(format!(
                "{} incidents, {} events: intact",
                report.incidents, report.events
            ))
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
        Ok(None) => good("cluster", "none is wired"),
        Err(failure) => bad("cluster", &failure),
    }
}

fn skills() -> Check {
    match skills::SkillSet::builtin() {
        Ok(skills) => good("skills", format!("{} loaded", skills.iter().count())),
        Err(error) => bad("skills", &Failure::new(error)),
    }
}
