//! The names of containers that only a row of a table counts: those that logs, events and workloads
//! show. None is made up.

use std::collections::BTreeMap;

use facts::container::UNNAMED;
use serde_json::Value;

use super::labels;
use super::looks::{LogLook, Look, PodRow};
use super::settle::{Key, text};

/// What was shown of the containers of one pod.
#[derive(Debug, Default, Clone)]
pub(super) struct Shown {
    /// Those of its workload's pod template, in their order.
    template: Vec<String>,
    template_init: Vec<String>,
    /// Those that kubectl named all together, or one by one.
    all: Vec<String>,
    all_init: Vec<String>,
    named: Vec<String>,
    /// Those that are known to have failed.
    failed: Vec<String>,
    failed_init: Vec<String>,
}

/// What was shown of the containers of all pods.
pub(super) struct Names {
    of: BTreeMap<Key, Shown>,
}

impl Names {
    /// Looks for the names of containers in logs, events and workloads.
    pub(super) fn of(things: &BTreeMap<Key, Look>, logs: &[LogLook]) -> Self {
        let mut of: BTreeMap<Key, Shown> = BTreeMap::new();
        let mut by_name: BTreeMap<&str, Vec<&LogLook>> = BTreeMap::new();
        for log in logs {
            by_name.entry(&log.pod).or_default().push(log);
        }
        for key in things.keys().filter(|key| key.0 == "Pod") {
            let mut shown = Shown::default();
            if let Some(top) = labels::top(things, key).and_then(|top| things.get(&top)) {
                let spec = match top.kind.as_str() {
                    "CronJob" => "/spec/jobTemplate/spec/template/spec",
                    _ => "/spec/template/spec",
                };
                shown.template = listed(&top.object, &format!("{spec}/containers"));
                shown.template_init = listed(&top.object, &format!("{spec}/initContainers"));
            }
            for log in by_name.get(key.2.as_str()).into_iter().flatten().take(200) {
                if log.space.as_ref().is_some_and(|space| *space != key.1) {
                    continue;
                }
                shown.log(log);
            }
            of.insert(key.clone(), shown);
        }
        for look in things.values().filter(|look| look.kind == "Event") {
            let about = |field: &str| text(&look.object, &format!("/involvedObject/{field}"));
            let space = look.space.clone().unwrap_or_default();
            let key: Key = (about("kind").to_owned(), space, about("name").to_owned());
            if let Some(shown) = of.get_mut(&key) {
                let message = text(&look.object, "/message");
                shown.event(about("fieldPath"), text(&look.object, "/reason"), message);
            }
        }
        Self { of }
    }

    /// What was shown of one pod.
    pub(super) fn take(&mut self, pod: &Key) -> Shown {
        self.of.remove(pod).unwrap_or_default()
    }
}

impl Shown {
    fn log(&mut self, log: &LogLook) {
        for (name, init) in &log.named {
            let into = if *init {
                &mut self.all_init
            } else {
                &mut self.all
            };
            keep(into, name);
        }
        // Of a container that was never restarted there is no previous log.
        let before = log.previous && matches!(log.seen, facts::LogSeen::Text(_));
        if let Some(name) = &log.container {
            let init = self.all_init.contains(name) || self.template_init.contains(name);
            match (init, before) {
                (true, true) => keep(&mut self.failed_init, name),
                (true, false) => {}
                (false, true) => {
                    keep(&mut self.named, name);
                    keep(&mut self.failed, name);
                }
                (false, false) => keep(&mut self.named, name),
            }
        }
    }

    /// `spec.initContainers{migrate}`, and `Back-off restarting failed container migrate in pod …`.
    fn event(&mut self, path: &str, reason: &str, message: &str) {
        let place = path.strip_suffix('}').and_then(|path| path.split_once('{'));
        let failed = message
            .strip_prefix("Back-off restarting failed container ")
            .and_then(|rest| rest.split_once(" in pod "))
            .map(|(name, _)| name)
            .filter(|_| reason == "BackOff");
        match place {
            Some(("spec.initContainers", name)) => {
                self.named.retain(|known| known != name);
                self.failed.retain(|known| known != name);
                keep(&mut self.all_init, name);
                if failed == Some(name) {
                    keep(&mut self.failed_init, name);
                }
            }
            Some(("spec.containers", name)) => {
                keep(&mut self.named, name);
                if failed == Some(name) {
                    keep(&mut self.failed, name);
                }
            }
            // Which of the two it is, the row's own word tells.
            Some(_) | None => {
                if let Some(name) = failed {
                    keep(&mut self.failed, name);
                    keep(&mut self.failed_init, name);
                }
            }
        }
    }

    /// The names of the containers of a row, those that are down first, and how many these are. The
    /// first of them is the one that its STATUS is about.
    pub(super) fn regular(&self, row: &PodRow) -> (usize, Vec<String>) {
        let total = usize::try_from(row.total).unwrap_or(1);
        let down = total - usize::try_from(row.ready).unwrap_or(0).min(total);
        let mut known: Vec<String> = Vec::new();
        let whole = [&self.template, &self.all]
            .into_iter()
            .find(|names| names.len() == total);
        for name in whole.unwrap_or(&self.named) {
            if known.len() < total && !self.all_init.contains(name) {
                keep(&mut known, name);
            }
        }
        let several = total > 1 && down > 0 && !(down == total && row.status == "Running");
        let sick = match self.failed.as_slice() {
            [one] if !self.all_init.contains(one) && !self.template_init.contains(one) => {
                (known.contains(one) || known.len() < total).then(|| one.clone())
            }
            _ => None,
        };
        if several {
            // Which of them is down was not shown, unless one is known to have failed.
            let others = match &sick {
                Some(_) if down == 1 || down == total => known,
                Some(_) | None => Vec::new(),
            };
            known = sick.iter().cloned().collect();
            known.extend(
                others
                    .into_iter()
                    .filter(|name| sick.as_ref() != Some(name)),
            );
        } else if known.is_empty() {
            known.extend(sick.filter(|_| down > 0));
        }
        known.truncate(total);
        (down, filled(known, total, ""))
    }

    /// The names of the init containers that a row tells of; `counted` are those that are done and
    /// how many there are, where it tells that.
    pub(super) fn init(&self, counted: Option<(u64, u64)>) -> Vec<String> {
        let total = usize::try_from(counted.map_or(1, |(_, total)| total)).unwrap_or(1);
        // They run one after the other, in the order in which a template names them.
        let mut known = Vec::new();
        if self.template_init.len() == total {
            known.clone_from(&self.template_init);
        } else if counted.is_none()
            && let [one] = self.failed_init.as_slice()
        {
            known.push(one.clone());
        } else if total == 1
            && let [one] = self.all_init.as_slice()
        {
            known.push(one.clone());
        }
        filled(known, total, "init")
    }
}

/// As many names as there are containers: the rest has none.
fn filled(mut names: Vec<String>, total: usize, what: &str) -> Vec<String> {
    for at in names.len()..total.min(100) {
        names.push(match at {
            0 => format!("{UNNAMED}{what}"),
            _ => format!("{UNNAMED}{what}{}", at + 1),
        });
    }
    names
}

fn keep(names: &mut Vec<String>, name: &str) {
    if names.len() < 100 && !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

fn listed(object: &Value, at: &str) -> Vec<String> {
    let list = object.pointer(at).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|container| text(container, "/name").to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
