//! Errors in the place of output: what is not there, what may not be read, who does not answer.

use facts::LogSeen;
use model::Text;

use super::super::kinds;
use super::super::note::bounded;
use super::blocks::Block;
use super::command::Command;
use super::looks::{LogLook, Space, Transcript};

/// Whether a line is an error of kubectl or helm, or says that nothing was found.
pub(super) fn is_refusal(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("Error from server")
        || line.starts_with("No resources found")
        || line.starts_with("No events found")
        || line.starts_with("The connection to the server ")
        || line.starts_with("Unable to connect to the server")
        || line.starts_with("error: the server doesn't have a resource type")
        || line.starts_with("error: You must be logged in")
        || line.starts_with("error: Metrics API not available")
        || line.starts_with("error: ")
        || line.starts_with("Error: ")
        || line.starts_with("Error in configuration:")
}

/// Takes the errors out of an output and says what they say. What is left, and whether there were
/// any that leave the rest incomplete.
pub(super) fn take(looks: &mut Transcript, command: &Command, block: &Block) -> (String, bool) {
    let mut rest = String::with_capacity(block.output.len());
    let mut refused = false;
    for (number, line) in block.output.lines().enumerate() {
        // Messages within a description are indented; errors of the command itself are not.
        if line.starts_with([' ', '\t']) || !is_refusal(line) {
            rest.push_str(line);
            rest.push('\n');
            continue;
        }
        let at = block.line + number;
        if line.starts_with("No resources found") || line.starts_with("No events found") {
            nothing(looks, command, line);
        } else if command.verb.starts_with("rollout") {
            rest.push_str(line);
            rest.push('\n');
        } else {
            refused = true;
            error(looks, command, line, at);
        }
    }
    (rest, refused)
}

fn nothing(looks: &mut Transcript, command: &Command, line: &str) {
    let named = line
        .split_once(" in ")
        .and_then(|(_, rest)| rest.split_once(" namespace"))
        .map(|(name, _)| name.trim_matches('"').to_owned());
    if !command.whole() {
        return;
    }
    let mut told = command.clone();
    if named.is_some() {
        told.namespace = named;
        told.everywhere = false;
    }
    if command.verb == "events" {
        let space = if told.everywhere {
            Space::Everywhere
        } else {
            told.namespace.map_or(Space::Current, Space::Named)
        };
        looks.whole.push(("Event".to_owned(), space));
    } else {
        looks.claim(&told);
    }
}

fn error(looks: &mut Transcript, command: &Command, line: &str, at: usize) {
    if let Some((kind, name)) = not_found(line) {
        let space = if kinds::cluster_wide(&kind) {
            Some(String::new())
        } else {
            command.namespace.clone()
        };
        looks.absent.push((kind, space, name));
        return;
    }
    looks.note(at, &refused(line.trim()));
}

/// That a command was refused, in the words of who refused it.
fn refused(line: &str) -> Text {
    let line = bounded(line, 300);
    Text::new(
        format!("the command was refused: {line}"),
        format!("命令被拒绝：{line}"),
    )
}

/// `Error from server (NotFound): pods "api" not found`: the kind and the name.
fn not_found(line: &str) -> Option<(String, String)> {
    let words = line.trim().strip_prefix("Error from server (NotFound): ")?;
    let (of, rest) = words
        .split_once(" \"")
        .or_else(|| words.split_once(" \\\""))?;
    let (name, rest) = rest.split_once('"')?;
    if !rest.trim_start().starts_with("not found") {
        return None;
    }
    let kind = kinds::find(of)?;
    Some((kind.kind.to_owned(), name.trim_end_matches('\\').to_owned()))
}

/// The logs of all containers without what the server says at their end of the one that has none.
pub(super) fn without_end(text: &str) -> &str {
    let kept = text.trim_end();
    match kept.rsplit_once('\n') {
        Some((before, last)) if last.starts_with("Error from server (BadRequest): container ") => {
            before
        }
        Some(_) | None => text,
    }
}

/// An error in the place of a log. Says whether it was one.
pub(super) fn of_log(looks: &mut Transcript, command: &Command, text: &str, at: usize) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let line = line.trim();
    let server = line.starts_with("Error from server")
        || line.starts_with("The connection to the server ")
        || line.starts_with("Unable to connect to the server")
        || line.starts_with("unable to retrieve container logs")
        || line.starts_with("failed to try resolving symlinks")
        || line.starts_with("error: container ")
        || line.starts_with("error: previous terminated container");
    if !server {
        return false;
    }
    if not_found(line).is_some() {
        error(looks, command, line, at);
        return true;
    }
    let quoted = |word: &str| {
        let (_, rest) = line.split_once(&format!("{word} \""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let pod = command
        .targets
        .first()
        .filter(|target| target.kind == "Pod")
        .and_then(|target| target.name.clone())
        .or_else(|| quoted("in pod"));
    match pod {
        Some(pod) => looks.logs.push(LogLook {
            pod,
            owner: None,
            space: command.namespace.clone(),
            container: command.container.clone().or_else(|| quoted("container")),
            named: Vec::new(),
            all: false,
            previous: command.previous || line.contains("previous terminated"),
            seen: LogSeen::Absent(Text::same(bounded(line, 400))),
        }),
        None => looks.note(at, &refused(line)),
    }
    true
}
