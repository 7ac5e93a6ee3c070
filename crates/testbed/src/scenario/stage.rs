//! Brings scenarios onto a cluster and waits until they have matured.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Condition, Scenario, World};
use crate::kubernetes::{Kubectl, KubectlError};

/// How often the cluster is looked at while something is waited for.
const PAUSE: Duration = Duration::from_secs(2);
/// How long new namespaces may be without the account that pods need.
const ACCOUNTS: Duration = Duration::from_secs(120);

/// How far a scenario has come.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Which.
    pub name: String,
    /// What has not come to pass; nothing when it has matured.
    pub missing: Vec<String>,
    /// How long after the last manifest it had matured.
    pub after: Option<Duration>,
}

/// Scenarios on a cluster.
#[derive(Debug)]
pub struct Stage<'a> {
    kubectl: &'a Kubectl,
    parts: Vec<Part<'a>>,
    applied: Instant,
}

#[derive(Debug)]
struct Part<'a> {
    scenario: &'a Scenario,
    /// How many of the later steps are done.
    steps: usize,
    after: Option<Duration>,
    problem: Option<String>,
}

impl Part<'_> {
    fn awaited(&self) -> &[Condition] {
        match self.scenario.script.then.get(self.steps) {
            Some(then) => &then.when,
            None => &self.scenario.script.mature,
        }
    }

    fn is_due(&self, world: &World) -> bool {
        let name = self.scenario.name();
        self.awaited().iter().all(|c| c.holds(world, name))
    }

    fn missing(&self, world: &World) -> Vec<String> {
        let name = self.scenario.name();
        let unmet = self.awaited().iter().filter(|c| !c.holds(world, name));
        let problem = self.problem.clone();
        unmet.map(ToString::to_string).chain(problem).collect()
    }
}

impl<'a> Stage<'a> {
    /// Applies all of them.
    ///
    /// # Errors
    /// When the cluster takes a manifest neither at first nor once everything else is there.
    pub fn set(kubectl: &'a Kubectl, scenarios: &'a [Scenario]) -> Result<Self, KubectlError> {
        // Namespaces go first, because pods are refused until their namespace has its account.
        let namespaces: Vec<Value> = scenarios
            .iter()
            .map(|s| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": s.name()}}))
            .collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": namespaces});
        kubectl.apply(&list.to_string())?;
        wait_for_accounts(kubectl, scenarios)?;
        let mut words = vec!["apply".to_owned()];
        for scenario in scenarios {
            words.push("-f".to_owned());
            words.push(scenario.manifest().to_string_lossy().into_owned());
        }
        // A webhook or a class of one may come after an object that needs it.
        if kubectl.run(&words).is_err() {
            kubectl.run(&words)?;
        }
        Ok(Self::watching(kubectl, scenarios))
    }

    /// Watches scenarios that are on the cluster already; their later steps are taken again.
    #[must_use]
    pub fn watching(kubectl: &'a Kubectl, scenarios: &'a [Scenario]) -> Self {
        let part = |scenario| Part {
            scenario,
            steps: 0,
            after: None,
            problem: None,
        };
        Self {
            kubectl,
            parts: scenarios.iter().map(part).collect(),
            applied: Instant::now(),
        }
    }

    /// Waits until all have matured, or for so long, and says of each how far it has come.
    pub fn wait(&mut self, limit: Duration) -> Vec<Outcome> {
        let mut world = World::default();
        while self.applied.elapsed() < limit && self.parts.iter().any(|p| p.after.is_none()) {
            match self.look() {
                Ok(seen) => {
                    world = seen;
                    self.go_on(&world);
                }
                // The next look may succeed; what was seen last is what is told.
                Err(_) => sleep(PAUSE),
            }
            sleep(PAUSE);
        }
        self.parts
            .iter()
            .map(|part| Outcome {
                name: part.scenario.name().to_owned(),
                missing: match part.after {
                    Some(_) => Vec::new(),
                    None => part.missing(&world),
                },
                after: part.after,
            })
            .collect()
    }

    /// One question for all that anybody waits for.
    fn look(&self) -> Result<World, KubectlError> {
        let kinds: BTreeSet<String> = self
            .parts
            .iter()
            .filter(|part| part.after.is_none())
            .flat_map(Part::awaited)
            .map(|condition| condition.kind().to_lowercase())
            .collect();
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(",");
        let answer = self.kubectl.json(&["get", &kinds, "-A", "-o", "json"])?;
        Ok(World::new(answer))
    }

    fn go_on(&mut self, world: &World) {
        for part in &mut self.parts {
            if part.after.is_some() || !part.is_due(world) {
                continue;
            }
            match part.scenario.script.then.get(part.steps) {
                None => part.after = Some(self.applied.elapsed()),
                Some(then) => {
                    let mut words = vec!["-n", part.scenario.name()];
                    words.extend(then.kubectl.iter().map(String::as_str));
                    match self.kubectl.run(&words) {
                        Ok(_) => {
                            part.steps = part.steps.saturating_add(1);
                            part.problem = None;
                        }
                        // It is tried again at the next look.
                        Err(e) => part.problem = Some(e.to_string()),
                    }
                }
            }
        }
    }
}

fn wait_for_accounts(kubectl: &Kubectl, scenarios: &[Scenario]) -> Result<(), KubectlError> {
    let started = Instant::now();
    let path = "jsonpath={.items[*].metadata.namespace}";
    let words = [
        "get",
        "serviceaccount",
        "-A",
        "--field-selector=metadata.name=default",
        "-o",
        path,
    ];
    loop {
        let seen = kubectl.run(&words)?;
        let have: BTreeSet<&str> = seen.split_whitespace().collect();
        if scenarios.iter().all(|s| have.contains(s.name())) || started.elapsed() > ACCOUNTS {
            return Ok(());
        }
        sleep(PAUSE);
    }
}
