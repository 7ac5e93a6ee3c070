//! The command line: its words and flags. Scripts rely on them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::Lang;

/// Takes a software fault from its first symptom to a verified fix, and keeps the lesson.
#[derive(Debug, Parser)]
#[command(name = "kintsugi", version, about, propagate_version = true)]
#[command(arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Read this configuration file instead of ./kintsugi.yaml.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The ledger: a file path or postgres://… [default: a file in the user's state directory]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) ledger: Option<String>,
    /// How the result is written.
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// The language of what people read: en or zh.
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<Lang>,
    /// Say nothing but the result and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more about what is done (twice: everything).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Use no colours (also NO_COLOR).
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// One JSON document; streams one JSON object a line.
    Json,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Watch a fault be found, explained, mended and proven, in less than a minute.
    Demo(Demo),
    /// List incidents, newest first.
    Incidents(Incidents),
    /// Tell an incident's story.
    Show {
        /// The incident: its id, or the beginning or end of it.
        id: String,
    },
    /// Agree to the plan that waits, and see it through.
    Approve(Word),
    /// Refuse the plan that waits, or end an incident that was handed to a person.
    Reject(Word),
    /// Take back what a closed incident's plan changed.
    Undo(Undo),
    /// Check that nothing in the ledger was changed.
    Audit {
        #[command(subcommand)]
        what: Audit,
    },
    /// Look after the ledger.
    Ledger {
        #[command(subcommand)]
        what: LedgerCommand,
    },
    /// Show the configuration in force.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Check everything that Kintsugi needs, and say how to mend it.
    Doctor,
    /// Drive incidents, and answer on health and metrics.
    Serve(Serve),
    /// Write shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual's page, of the whole or of one command.
    Man {
        /// The command, as in `kintsugi man ledger backup`.
        #[arg(value_name = "COMMAND")]
        of: Vec<String>,
    },
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Wait for a real person to approve, instead of the scripted one.
    #[arg(long)]
    pub(crate) ask: bool,
}

/// Flags of `incidents`.
#[derive(Debug, Args)]
pub(crate) struct Incidents {
    /// Only of this status (may be given more than once); `open` alone means all not closed.
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Vec<String>,
    /// Only at least this bad: info, warning or critical.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) severity: Option<String>,
    /// Only about objects in this namespace.
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Only about this object: KIND/NAME or NAME.
    #[arg(long, value_name = "OBJECT")]
    pub(crate) object: Option<String>,
    /// Only those opened at or after this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only those older than this incident: the next page.
    #[arg(long, value_name = "ID")]
    pub(crate) before: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
}

/// Flags of `approve` and `reject`.
#[derive(Debug, Args)]
pub(crate) struct Word {
    /// The incident: its id, or the beginning or end of it.
    pub(crate) id: String,
    /// The plan that is meant, by its hash or the beginning of it; another plan is not touched.
    #[arg(long, value_name = "HASH")]
    pub(crate) plan: Option<String>,
    /// Your words, kept in the story.
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// Do not wait for what follows.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// Flags of `undo`.
#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The incident: its id, or the beginning or end of it.
    pub(crate) id: String,
    /// Your words, kept in the story.
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// Do not wait for what follows.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// What can be audited.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Verify both hash chains and everything derived from them; name the first broken link.
    Verify,
}

/// What can be done with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Copy the ledger to a new file while it is in use.
    Backup {
        /// The new file.
        to: PathBuf,
    },
    /// Erase the body of a piece of evidence; the story and its chain stay whole.
    Erase {
        /// The body's digest, as `show -o json` names it.
        digest: String,
    },
}

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Every value in force, and where it came from; secrets are masked.
    Show,
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen [default: 127.0.0.1:8420]; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
}
