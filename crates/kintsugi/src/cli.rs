//! The command line: its words and flags. Scripts rely on them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::Lang;
use serde::{Deserialize, Serialize};

use crate::config::Span;

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
    #[arg(short, long, global = true, value_enum, default_value_t = Written::Text)]
    pub(crate) output: Written,
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
pub(crate) enum Written {
    /// For people.
    #[value(alias = "table")]
    Text,
    /// One JSON document; streams one JSON object a line.
    Json,
    /// One YAML document (scan).
    Yaml,
    /// SARIF 2.1.0, for code scanning (scan).
    Sarif,
    /// JUnit XML, for CI (scan).
    Junit,
    /// Markdown, for a comment or a page (scan).
    Markdown,
}

impl Written {
    /// The form in which every command can write.
    pub(crate) const fn plain(self) -> Option<Output> {
        match self {
            Self::Text => Some(Output::Text),
            Self::Json => Some(Output::Json),
            Self::Yaml | Self::Sarif | Self::Junit | Self::Markdown => None,
        }
    }
}

/// How a result is written that has only two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// One JSON document; streams one JSON object a line.
    Json,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what is wrong in a cluster, or in a recording of one.
    Scan(Scan),
    /// Find the root cause of what is wrong with one object.
    Diagnose(Diagnose),
    /// Write down what a cluster shows now, secrets masked, to be looked at elsewhere and later.
    Record(Record),
    /// Look at skills: what Kintsugi knows of each kind of fault.
    Skills {
        #[command(subcommand)]
        what: SkillsCommand,
    },
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

/// Which cluster is meant, and which part of it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cluster options")]
pub(crate) struct ClusterFlags {
    /// Read a recording instead of a cluster: a folder, a file, an archive, or - for standard input.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["kubeconfig", "context", "as_user"])]
    pub(crate) from: Option<PathBuf>,
    /// The kubeconfig file [default: KUBECONFIG, then ~/.kube/config].
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig [default: its current one].
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Only this namespace (may be given more than once).
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Vec<String>,
    /// All namespaces.
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(crate) all_namespaces: bool,
    /// Read more than is read by default, which needs a role of its own: certificates, helm.
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    pub(crate) with: Vec<With>,
    /// Ask this Prometheus how the memory went of containers that were OOM-killed.
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    pub(crate) prometheus: Option<String>,
    /// Act as this user.
    #[arg(long = "as", value_name = "USER")]
    pub(crate) as_user: Option<String>,
    /// Act as a member of this group (may be given more than once).
    #[arg(long = "as-group", value_name = "GROUP", requires = "as_user")]
    pub(crate) as_group: Vec<String>,
}

/// What is read only when somebody asks for it: it is kept in Secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum With {
    /// When certificates end, and which hosts they are for; and which Secrets there are, by name.
    Certificates,
    /// How Helm releases went.
    Helm,
}

/// Flags of `scan`.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) cluster: ClusterFlags,
    /// Only findings of this skill (may be given more than once).
    #[arg(long, value_name = "NAME")]
    pub(crate) skill: Vec<String>,
    /// Only findings at least this bad: info, warning or critical.
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub(crate) severity: String,
    /// End with exit code 1 from findings at least this bad; `never` for always 0.
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub(crate) fail_on: String,
    /// Skills of this folder take the place of those of the same name.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) skills: Option<PathBuf>,
    /// Go on looking, and tell what is new, what has changed and what is gone.
    #[arg(long)]
    pub(crate) watch: bool,
    /// With --watch: tell only what holds for so long, so that a rollout is not taken for a fault.
    #[arg(long, value_name = "TIME", default_value_t = Span(model::Millis::secs(30)), requires = "watch")]
    pub(crate) hold: Span,
}

/// Flags of `diagnose`.
#[derive(Debug, Args)]
pub(crate) struct Diagnose {
    /// What is sick: KIND/NAME, an incident's id, or a file that holds an alert.
    #[arg(value_name = "OBJECT")]
    pub(crate) what: String,
    /// The name, if OBJECT is only a kind: `diagnose deployment web`.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) cluster: ClusterFlags,
    /// Skills of this folder take the place of those of the same name.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) skills: Option<PathBuf>,
}

/// Flags of `record`.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// The new folder, or the new archive if the name ends in .tar.gz.
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) cluster: ClusterFlags,
}

/// What can be done with skills.
#[derive(Debug, Subcommand)]
pub(crate) enum SkillsCommand {
    /// List skills: what each is for, and what it is triggered by.
    List(SkillsFolder),
    /// Show one skill with everything it inherits.
    Show {
        /// The skill.
        name: String,
        #[command(flatten)]
        folder: SkillsFolder,
    },
    /// Check skill files: every key, name, expression and jump.
    Lint(SkillsFolder),
    /// Run the cases of skills.
    Test {
        /// Only these skills [default: all].
        names: Vec<String>,
        #[command(flatten)]
        folder: SkillsFolder,
        /// Only cases whose folder's path holds this text.
        #[arg(long, value_name = "TEXT")]
        case: Option<String>,
    },
}

/// Where skills are.
#[derive(Debug, Clone, Args)]
pub(crate) struct SkillsFolder {
    /// The folder of skill files, over those that come with Kintsugi [default: the configured one,
    /// or ./skills if it is there].
    #[arg(long = "skills", alias = "dir", value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
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
