//! Logs of a live cluster: the end of one, however much there is of it.

use http::StatusCode;

use super::list::encoded;
use super::wire::{Failure, Tally, Wire};
use super::{is_name, kinds};
use crate::LogQuery;

/// The most that is read of a log in search of its end, as a multiple of what is kept.
const READ_AT_MOST: usize = 16;

/// Reads the end of a log.
pub(super) async fn read(wire: &Wire, query: &LogQuery) -> Result<String, Failure> {
    let path = path(query)?;
    let tally = Tally::default();
    let mut tried = 0;
    loop {
        let failure = match end(wire, &path, &tally).await {
            Ok(bytes) => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(failure) => failure,
        };
        let Some(wait) = wire.wait_after(&failure, tried) else {
            return Err(failure);
        };
        tried += 1;
        tokio::time::sleep(wait).await;
    }
}

fn path(query: &LogQuery) -> Result<String, Failure> {
    let names = [&query.namespace, &query.pod, &query.container];
    let pods = kinds::find("pods");
    let Some(pods) = pods.filter(|_| names.iter().all(|name| is_name(name))) else {
        return Err(Failure::Refused(super::wire::Refusal {
            code: StatusCode::NOT_FOUND.as_u16(),
            message: "there can be no container of this name".to_owned(),
            ..super::wire::Refusal::default()
        }));
    };
    let mut path = format!(
        "{}/{}/log?container={}&tailLines={}",
        pods.path(Some(&query.namespace)),
        encoded(&query.pod),
        encoded(&query.container),
        query.tail_lines,
    );
    if query.previous {
        path.push_str("&previous=true");
    }
    Ok(path)
}

/// The last bytes of a log, from the beginning of a line. The API server's own limit would keep the
/// first bytes of the last lines, and lose the end.
async fn end(wire: &Wire, path: &str, tally: &Tally) -> Result<Vec<u8>, Failure> {
    let most = wire.limits.log_bytes;
    let mut answer = wire.open(path, "*/*", tally).await?;
    let mut kept: Vec<u8> = Vec::new();
    let mut read = 0_usize;
    let mut cut = false;
    loop {
        let piece = match wire.piece(&mut answer, tally).await {
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            // What has come of a log is of use, whatever became of the rest.
            Err(_) if !kept.is_empty() => break,
            Err(failure) => return Err(failure),
        };
        read = read.saturating_add(piece.len());
        kept.extend_from_slice(&piece);
        if kept.len() > most.saturating_mul(2) {
            kept.drain(..kept.len().saturating_sub(most));
            cut = true;
        }
        if read > most.saturating_mul(READ_AT_MOST) {
            break;
        }
    }
    if kept.len() > most {
        kept.drain(..kept.len().saturating_sub(most));
        cut = true;
    }
    if cut && let Some(line) = kept.iter().position(|byte| *byte == b'\n') {
        kept.drain(..=line);
    }
    Ok(kept)
}
