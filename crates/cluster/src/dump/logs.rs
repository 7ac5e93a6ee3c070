//! Logs of containers: where they lie in a recording, and how much of them is kept.

use std::io::{self, Read};

use facts::{LogKey, LogSeen};
use model::Text;

/// How a cluster-info dump announces the log of a container.
const START: &str = "==== START logs for container ";
const END: &str = "==== END logs for container ";

/// Which log a file is by its place: `logs/<namespace>/<pod>/<container>.log`. What lies there is a
/// log whatever it looks like: a container that prints objects must not make objects.
pub(super) fn key_of_path(path: &str) -> Option<LogKey> {
    let mut parts = path.rsplit('/');
    let (file, pod, namespace) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next()? != "logs" {
        return None;
    }
    let (container, previous) = match file.strip_suffix(".previous.log") {
        Some(container) => (container, true),
        None => (file.strip_suffix(".log")?, false),
    };
    Some(LogKey {
        namespace: namespace.to_owned(),
        pod: pod.to_owned(),
        container: container.to_owned(),
        previous,
    })
}

/// Whether a file is a log by its name, whoever's it may be.
pub(super) fn looks_like_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.ends_with(".log") || name == "logs.txt" || name.contains(".log.")
}

/// The end of a text that was too long to keep, and how many lines it had.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The last bytes.
    pub(super) bytes: Vec<u8>,
    /// The lines of the whole.
    pub(super) lines: u64,
    /// The bytes of the whole.
    pub(super) total: u64,
}

impl Tail {
    /// Takes in what comes next, and keeps at most so many bytes (for a while twice as many).
    pub(super) fn push(&mut self, bytes: &[u8], keep: usize) {
        self.total = self.total.saturating_add(bytes.len() as u64);
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        self.lines = self.lines.saturating_add(lines as u64);
        let from = bytes.len().saturating_sub(keep);
        self.bytes
            .extend_from_slice(bytes.get(from..).unwrap_or_default());
        if self.bytes.len() > keep.saturating_mul(2) {
            self.trim(keep);
        }
    }

    /// Reads on to the end of the input, or until so many bytes have come.
    pub(super) fn read(&mut self, input: &mut impl Read, keep: usize, most: u64) -> io::Result<()> {
        let mut chunk = vec![0; 64 << 10];
        while self.total < most {
            match input.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => self.push(chunk.get(..read).unwrap_or_default(), keep),
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
        self.trim(keep);
        Ok(())
    }

    fn trim(&mut self, keep: usize) {
        let extra = self.bytes.len().saturating_sub(keep);
        self.bytes.drain(..extra);
    }

    /// Whether something was left out.
    pub(super) fn cut(&self) -> bool {
        self.total > self.bytes.len() as u64
    }
}

/// A log as text: its end, from the start of a line, with what is no text replaced.
pub(super) fn seen(bytes: &[u8], keep: usize) -> LogSeen {
    let from = bytes.len().saturating_sub(keep);
    seen_tail(bytes.get(from..).unwrap_or_default(), from > 0)
}

/// The same of an end that was cut before.
pub(super) fn seen_tail(bytes: &[u8], cut: bool) -> LogSeen {
    let text = String::from_utf8_lossy(bytes);
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if cut && let Some((_, whole)) = text.split_once('\n') {
        text = whole;
    }
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .map(|letter| {
            if letter.is_control() && !matches!(letter, '\n' | '\t' | '\r' | '\u{1b}') {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect();
    match no_log(&text) {
        Some(why) => LogSeen::Absent(Text::same(why)),
        None => LogSeen::Text(text),
    }
}

/// What was said in the place of a log, if that is all there is: such words are no log.
pub(super) fn no_log(text: &str) -> Option<String> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("Defaulted container "));
    let line = lines.next()?;
    let words = [
        "unable to retrieve container logs",
        "failed to try resolving symlinks",
        "Error from server (",
        "Error from server: ",
        "Request log error:",
        "Create log request error:",
    ];
    let previous = line.contains("previous terminated container") && line.contains("not found");
    let waiting = line.contains("is waiting to start") && line.contains("container \"");
    let none = (words.iter().any(|word| line.starts_with(word)) || previous || waiting)
        && lines.next().is_none();
    none.then(|| super::note::bounded(line, 400))
}

/// Whether a text is the log file of a cluster-info dump.
pub(super) fn is_cluster_info(text: &str) -> bool {
    text.trim_start().starts_with(START)
}

/// The logs of a cluster-info dump's file: one section a container. A container may print such a
/// line itself; a section ends only with the line that names its own container.
pub(super) fn cluster_info(text: &str, keep: usize) -> (Vec<(LogKey, LogSeen)>, usize) {
    let mut found = Vec::new();
    let mut rest = text;
    let mut used = 0;
    while let Some((header, body)) = rest
        .split_once('\n')
        .filter(|(line, _)| line.starts_with(START))
    {
        let Some(key) = header_key(header.trim_end()) else {
            break;
        };
        let end = format!(
            "{END}{} of pod {}/{} ====",
            key.container, key.namespace, key.pod
        );
        let (log, after) = match body.find(&end) {
            Some(at) => {
                let after = body.get(at + end.len()..).unwrap_or_default();
                (body.get(..at).unwrap_or_default(), after)
            }
            None => (body, ""),
        };
        found.push((key, seen(log.as_bytes(), keep)));
        rest = after.trim_start();
        used = text.len() - rest.len();
    }
    (found, used)
}

fn header_key(header: &str) -> Option<LogKey> {
    let (container, pod) = header
        .strip_prefix(START)?
        .strip_suffix(" ====")?
        .split_once(" of pod ")?;
    let (namespace, pod) = pod.split_once('/')?;
    Some(LogKey {
        namespace: namespace.to_owned(),
        pod: pod.to_owned(),
        container: container.to_owned(),
        previous: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_log_tells_whose_it_is() {
        let key = key_of_path("dump/logs/shop/api-1/api.previous.log").unwrap();
        assert_eq!((key.container.as_str(), key.previous), ("api", true));
        assert!(!key_of_path("logs/shop/api-1/api.log").unwrap().previous);
        assert_eq!(key_of_path("shop/api-1/api.log"), None);
        assert_eq!(key_of_path("logs/shop/api-1/api.txt"), None);
    }

    #[test]
    fn words_in_the_place_of_a_log_are_no_log() {
        for words in [
            "unable to retrieve container logs for containerd://abc",
            "Error from server (BadRequest): previous terminated container \"api\" in pod \"api-1\" not found\n",
            "Defaulted container \"api\" out of: api, sidecar\nError from server (NotFound): pods \"a\" not found",
        ] {
            assert!(
                matches!(seen(words.as_bytes(), 100_000), LogSeen::Absent(_)),
                "{words}"
            );
        }
        let log = "error: no configuration\n";
        assert_eq!(seen(log.as_bytes(), 100_000), LogSeen::Text(log.to_owned()));
    }

    #[test]
    fn a_long_log_keeps_its_end_from_the_start_of_a_line() {
        let mut tail = Tail::default();
        let text: String = (0..1000).map(|n| format!("line {n}\n")).collect();
        tail.read(&mut text.as_bytes(), 100, u64::MAX).unwrap();
        assert_eq!((tail.lines, tail.bytes.len()), (1000, 100));
        let LogSeen::Text(text) = seen_tail(&tail.bytes, tail.cut()) else {
            panic!()
        };
        assert!(text.starts_with("line ") && text.ends_with("line 999\n"));
    }

    #[test]
    fn sections_of_a_cluster_info_dump_are_logs_of_their_containers() {
        let text = "==== START logs for container api of pod shop/api-1 ====\none\n\
                    ==== END logs for container other of pod shop/api-1 ====\ntwo\n\
                    ==== END logs for container api of pod shop/api-1 ====\n\
                    ==== START logs for container side of pod shop/api-1 ====\n\
                    Request log error: container \"side\" in pod \"api-1\" is waiting to start: x\n\
                    ==== END logs for container side of pod shop/api-1 ====\n";
        let (found, used) = cluster_info(text, 1000);
        assert_eq!(used, text.len());
        assert_eq!(found.len(), 2);
        assert!(matches!(&found[0].1, LogSeen::Text(log) if log.contains("two")));
        assert!(matches!(&found[1].1, LogSeen::Absent(_)));
    }
}
