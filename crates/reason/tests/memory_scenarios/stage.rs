//! Brings one scenario onto a cluster in memory and lets time go on until it has matured.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use cluster::memory::HandClock;
use cluster::{Cluster, MemoryCluster, Scope, scenes};
use facts::Object;
use model::{Millis, ObjectRef, PatchOp, Timestamp};
use reason::scan::{ScanLimits, Scanned, scan};
use serde_json::{Value, json};
use skills::SkillSet;
use testbed::Scenario;
use testbed::scenario::{Condition, World};

use crate::scripts;

/// How many seconds a scenario may take to mature.
const PATIENCE: u64 = 1800;

/// How many seconds it is left alone after that, as somebody does who looks a quarter of an hour later.
const AFTERWARDS: u64 = 900;

/// A scenario on its cluster.
pub(crate) struct Stage {
    pub(crate) scenario: Scenario,
    cluster: Arc<MemoryCluster>,
    clock: HandClock,
}

impl Stage {
    /// Plays a scenario until it has matured.
    pub(crate) fn play(name: &str) -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let place = ["faults", "healthy"]
            .into_iter()
            .map(|part| root.join(part).join(name))
            .find(|place| place.is_dir())
            .ok_or_else(|| "there is no such scenario".to_owned())?;
        let scenario = Scenario::read(&place).map_err(|problem| problem.to_string())?;
        let clock = HandClock::at(Timestamp::parse("2026-03-02T09:00:07.250Z").unwrap());
        let cluster = MemoryCluster::open(None, scenes::single_node(), clock.clock())
            .map_err(|problem| problem.to_string())?;
        let stage = Self {
            scenario,
            cluster: Arc::new(cluster),
            clock,
        };
        stage.run()?;
        Ok(stage)
    }

    fn run(&self) -> Result<(), String> {
        let manifest = fs::read_to_string(self.scenario.manifest()).unwrap();
        let objects: Vec<Object> = manifest
            .split("\n---\n")
            .map(|one| Object::new(serde_saphyr::from_str::<Value>(one).unwrap()))
            .collect();
        self.cluster.apply(objects).map_err(|e| e.to_string())?;
        for mut program in scripts::programs(self.scenario.name()) {
            for life in &mut program.lives {
                life.log = self.addressed(&life.log)?;
            }
            self.cluster
                .set_program(program)
                .map_err(|e| e.to_string())?;
        }
        let script = &self.scenario.script;
        for then in &script.then {
            self.wait(&then.when)?;
            self.kubectl(&then.kubectl)?;
        }
        self.wait(&script.mature)?;
        self.clock.advance(Millis::secs(AFTERWARDS));
        Ok(())
    }

    /// A log with the address of the Service that it names in `<` and `>`.
    fn addressed(&self, log: &str) -> Result<String, String> {
        let objects = self.cluster.all_objects().map_err(|e| e.to_string())?;
        let services = objects.iter().filter(|object| object.kind() == "Service");
        Ok(services.fold(log.to_owned(), |log, service| {
            let name = format!("<{}>", service.name());
            log.replace(&name, service.text("/spec/clusterIP"))
        }))
    }

    fn wait(&self, conditions: &[Condition]) -> Result<(), String> {
        let mut missing = Vec::new();
        for _ in 0..PATIENCE {
            self.clock.advance(Millis::secs(1));
            let objects = self.cluster.all_objects().map_err(|e| e.to_string())?;
            let items: Vec<Value> = objects.iter().map(Object::to_value).collect();
            let world = World::new(json!({"items": items}));
            missing = conditions
                .iter()
                .filter(|condition| !condition.holds(&world, self.scenario.name()))
                .map(ToString::to_string)
                .collect();
            if missing.is_empty() {
                return Ok(());
            }
        }
        Err(format!("has not matured: {}", missing.join("; ")))
    }

    /// Does what `kubectl` is asked for.
    fn kubectl(&self, words: &[String]) -> Result<(), String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["set", what, target, pair] => {
                let (name, value) = pair.split_once('=').unwrap();
                let object = self.named(target)?;
                let reference = object.reference();
                let at = "/spec/template/spec/containers";
                let containers = object.list(at);
                let patch = match *what {
                    "image" => {
                        let place = containers
                            .iter()
                            .position(|one| one.get("name").is_some_and(|found| found == name))
                            .unwrap();
                        PatchOp::Replace {
                            path: format!("{at}/{place}/image"),
                            value: json!(value),
                        }
                    }
                    "env" => PatchOp::Add {
                        path: format!("{at}/0/env"),
                        value: json!([{"name": name, "value": value}]),
                    },
                    other => return Err(format!("cannot set {other}")),
                };
                self.cluster
                    .edit(&reference, &[patch])
                    .map_err(|e| e.to_string())?;
                Ok(())
            }
            ["patch", target, "--type=merge", "-p", patch] => {
                let object = self.named(target)?;
                let mut manifest: Value = serde_json::from_str(patch).unwrap();
                let own = manifest.as_object_mut().unwrap();
                own.insert("apiVersion".to_owned(), json!(object.text("/apiVersion")));
                own.insert("kind".to_owned(), json!(object.kind()));
                let metadata = json!({"name": object.name(), "namespace": object.namespace()});
                own.insert("metadata".to_owned(), metadata);
                self.cluster
                    .apply(vec![Object::new(manifest)])
                    .map_err(|e| e.to_string())
            }
            other => Err(format!("nobody here knows how to {}", other.join(" "))),
        }
    }

    fn named(&self, target: &str) -> Result<Object, String> {
        let (kind, name) = target.split_once('/').unwrap();
        let kind = facts::kinds::find(kind).unwrap().kind;
        let reference = ObjectRef::new(kind, self.scenario.name(), name);
        runtime()
            .block_on(self.cluster.get(&reference))
            .map_err(|e| e.to_string())?
            .ok_or_else(|| format!("{target} is not there"))
    }

    /// Scans the cluster as `kintsugi scan` does.
    pub(crate) fn scan(&self) -> Scanned {
        static SKILLS: LazyLock<SkillSet> = LazyLock::new(|| SkillSet::builtin().unwrap());
        let cluster: Arc<dyn Cluster> = Arc::clone(&self.cluster) as Arc<dyn Cluster>;
        runtime()
            .block_on(async {
                let reading = cluster.read(&Scope::default()).await.unwrap();
                scan(&SKILLS, reading.snapshot, &cluster, ScanLimits::default()).await
            })
            .unwrap()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
}
