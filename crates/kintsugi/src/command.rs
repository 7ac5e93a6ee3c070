//! The commands, one file each, and what they share: parsing, configuration, logging, an ending.

mod audit;
mod config;
mod demo;
mod diagnose;
mod doctor;
mod incidents;
mod ledger;
mod man;
mod record;
mod scan;
mod serve;
mod show;
mod skills;
mod teller;
mod words;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _, ValueEnum as _};
use tracing_subscriber::EnvFilter;

use crate::cli::{
    Audit, Cli, Command, ConfigCommand, Global, LedgerCommand, Serve, SkillsCommand, Written,
};
use crate::config::{Effective, Flags, LogFormat, load};
use crate::failure::{COULD_NOT, DONE, Failure};
use crate::output::Voice;

/// What every command is given.
pub(crate) struct Context {
    /// The configuration in force.
    pub(crate) effective: Effective,
    /// How this run speaks.
    pub(crate) voice: Voice,
}

/// Runs the command line.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; everything else could not be done.
            let code = if error.use_stderr() { COULD_NOT } else { DONE };
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(error) => ended(&Failure::unwritten(error)),
            };
        }
    };
    match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => ended(&failure),
    }
}

/// Ends a command that could not be done.
fn ended(failure: &Failure) -> ExitCode {
    if failure.reader_gone() {
        return ExitCode::from(DONE);
    }
    // Where there is nobody to hear it, the exit code still tells.
    let _ = writeln!(anstream::stderr(), "error: {failure}");
    ExitCode::from(COULD_NOT)
}

/// Writes a page that was made whole before.
fn page(bytes: &[u8]) -> Result<u8, Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(Failure::unwritten)?;
    Ok(DONE)
}

fn dispatch(cli: Cli) -> Result<u8, Failure> {
    match &cli.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "kintsugi", &mut script);
            return page(&script);
        }
        Command::Man { of } => return page(&man::page(of)?),
        Command::Scan(_)
        | Command::Diagnose(_)
        | Command::Record(_)
        | Command::Skills { .. }
        | Command::Demo(_)
        | Command::Incidents(_)
        | Command::Show { .. }
        | Command::Approve(_)
        | Command::Reject(_)
        | Command::Undo(_)
        | Command::Audit { .. }
        | Command::Ledger { .. }
        | Command::Config { .. }
        | Command::Doctor
        | Command::Serve(_) => {}
    }
    let context = context(&cli)?;
    let page = matches!(
        cli.command,
        Command::Skills {
            what: SkillsCommand::List(_)
        }
    );
    let reports =
        matches!(cli.command, Command::Scan(_)) || page && cli.global.output == Written::Markdown;
    if !reports && cli.global.output.plain().is_none() {
        let wanted = cli.global.output.to_possible_value();
        let wanted = wanted.as_ref().map_or("", |value| value.get_name());
        return Err(
            Failure::new(format!("this command does not write {wanted}"))
                .next("use -o text or -o json"),
        );
    }
    log(&cli.global, &context)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()
        .map_err(|error| Failure::new(format!("failed to start: {error}")))?;
    let code = runtime.block_on(command(cli, context));
    // Whatever still reads or writes in the background has what it needs in the ledger.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    code
}

async fn command(cli: Cli, context: Context) -> Result<u8, Failure> {
    match cli.command {
        Command::Scan(flags) => scan::run(&context, flags).await,
        Command::Diagnose(flags) => diagnose::run(&context, flags).await,
        Command::Record(flags) => record::run(&context, flags).await,
        Command::Skills { what } => skills::run(&context, what).await,
        Command::Demo(flags) => demo::run(context, &flags, cli.global.ledger.is_some()).await,
        Command::Incidents(flags) => incidents::run(&context, &flags).await,
        Command::Show { id } => show::run(&context, &id).await,
        Command::Approve(flags) => words::approve(&context, flags).await,
        Command::Reject(flags) => words::reject(&context, flags).await,
        Command::Undo(flags) => words::undo(&context, flags).await,
        Command::Audit {
            what: Audit::Verify,
        } => audit::verify(&context).await,
        Command::Ledger {
            what: LedgerCommand::Backup { to },
        } => ledger::backup(&context, &to).await,
        Command::Ledger {
            what: LedgerCommand::Erase { digest },
        } => ledger::erase(&context, &digest).await,
        Command::Config {
            what: ConfigCommand::Show,
        } => config::show(&context),
        Command::Doctor => doctor::run(&context).await,
        Command::Serve(_) => serve::run(&context).await,
        // Answered before anything was read.
        Command::Completions { .. } | Command::Man { .. } => Ok(DONE),
    }
}

fn context(cli: &Cli) -> Result<Context, Failure> {
    let global = &cli.global;
    let mut flags = Flags {
        file: global.config.clone(),
        set: Vec::new(),
    };
    if let Some(ledger) = &global.ledger {
        flags
            .set
            .push(("ledger", ledger.clone().into(), "--ledger"));
    }
    if let Some(lang) = global.lang {
        flags
            .set
            .push(("language", lang.to_string().into(), "--lang"));
    }
    if let Command::Serve(Serve {
        listen: Some(listen),
    }) = &cli.command
    {
        flags
            .set
            .push(("serve.listen", listen.clone().into(), "--listen"));
    }
    let env: BTreeMap<_, _> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let here = std::env::current_dir()
        .map_err(|error| Failure::new(format!("failed to read the current folder: {error}")))?;
    let effective = load(&flags, &env, &here)?;
    let voice = Voice::new(global, effective.config.language);
    Ok(Context { effective, voice })
}

/// Starts the log, which goes to standard error.
fn log(global: &Global, context: &Context) -> Result<(), Failure> {
    let config = &context.effective.config.log;
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => config.level.as_str(),
        (false, 1) => "info",
        (false, _) => "debug",
    };
    // The client tells of every refusal; what that means is ours to say, once.
    let words = match level {
        "debug" | "trace" => level.to_owned(),
        _ => format!("kube_client=off,{level}"),
    };
    let filter = EnvFilter::try_new(words).map_err(|error| {
        Failure::new(format!("`log.level`: {error}")).next("use error, warn, info, debug or trace")
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.format {
        LogFormat::Text => builder.with_ansi(context.voice.colour_notes).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
