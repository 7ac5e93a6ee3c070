//! `kintsugi man`: the manual, a page a command.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::failure::Failure;

/// The page of a command, in the language of `man`.
pub(super) fn page(of: &[String]) -> Result<Vec<u8>, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut name = "kintsugi".to_owned();
    for word in of {
        let inner = command.find_subcommand(word).cloned().ok_or_else(|| {
            Failure::new(format!("there is no command `{name} {word}`"))
                .next("`kintsugi help` lists those there are")
        })?;
        name = format!("{name} {word}");
        command = inner;
    }
    let page = clap_mangen::Man::new(command.display_name(name.replace(' ', "-")));
    let mut bytes = Vec::new();
    page.render(&mut bytes)
        .map_err(|error| Failure::new(format!("failed to write the page: {error}")))?;
    Ok(bytes)
}
