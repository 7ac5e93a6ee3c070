//! Where it all happens: a cluster with the scenarios on it, and the built program that looks at it
//! from an empty home.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use testbed::kubernetes::{ControlPlane, ControlPlaneOptions, Kubectl, Node, Unavailable};
use testbed::scenario::{Need, Scenario, Stage};

use crate::report::Report;

/// A cluster that has the scenarios already, to be judged as it is: a kubeconfig's path.
const GIVEN: &str = "KINTSUGI_SCENARIOS_KUBECONFIG";
/// How long the scenarios may take to mature on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);
/// How long the program may take, in seconds, with a debug build on a busy machine.
const PATIENCE: &str = "180";

/// What is read beside that which is read by default.
const WITH: &str = "certificates,helm";

/// A cluster, and a folder to work in.
pub(crate) struct Place {
    pub(crate) kubectl: Kubectl,
    pub(crate) folder: TempDir,
    // The node goes before the control plane that it reports to.
    own: Option<(Node, ControlPlane)>,
}

/// `None` where this machine cannot have a cluster with a node; `./test` asks that before it counts
/// these tests.
pub(crate) fn place() -> Option<Place> {
    let folder = tempfile::tempdir().unwrap();
    if let Some(given) = std::env::var_os(GIVEN) {
        let kubectl = Kubectl::new(Path::new("kubectl"), Path::new(&given));
        return Some(Place {
            kubectl,
            folder,
            own: None,
        });
    }
    if std::env::var_os("KINTSUGI_QUICK").is_some() {
        println!("left out: KINTSUGI_QUICK is set");
        return None;
    }
    match start() {
        Ok(own) => Some(Place {
            kubectl: own.1.client().clone(),
            folder,
            own: Some(own),
        }),
        Err(why) if std::env::var_os("CI").is_some() => panic!("{why}"),
        Err(why) => {
            println!("left out: {why}");
            None
        }
    }
}

fn start() -> Result<(Node, ControlPlane), Unavailable> {
    let plane = ControlPlane::start(&ControlPlaneOptions::with_made_up_nodes())?;
    // What is told only once it has lasted for minutes begins before there is a node.
    for scenario in ["load-balancer-pending", "ingress-secret-missing"] {
        let manifest = format!("../../scenarios/faults/{scenario}/manifest.yaml");
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
        let words = [OsStr::new("apply"), OsStr::new("-f"), manifest.as_os_str()];
        plane.client().run(&words).unwrap();
    }
    let node = Node::join(&plane)?;
    Ok((node, plane))
}

impl Place {
    /// Whether the cluster is ours, so that things may be made and removed on it.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Why a scenario cannot be seen here; `None` if it can.
    pub(crate) fn lacks(&self, scenario: &Scenario) -> Option<&'static str> {
        scenario.script.needs.iter().find_map(|need| match need {
            // The scan is told to read what it needs of them.
            Need::Secrets => None,
            Need::MetricsServer => (!self.has_metrics()).then_some("there is no metrics server"),
            Need::NoMetricsServer => self.has_metrics().then_some("there is a metrics server"),
            // A cluster that is given is said to be so.
            Need::NoCloud | Need::SingleNode | Need::MadeUpNode => None,
        })
    }

    fn has_metrics(&self) -> bool {
        let name = "v1beta1.metrics.k8s.io";
        self.kubectl.run(&["get", "apiservice", name]).is_ok()
    }

    /// Brings the scenarios onto the cluster, and waits until all have matured; those that do not
    /// are told, one line each.
    pub(crate) fn bring(&self, scenarios: &[Scenario]) -> Vec<String> {
        if !self.is_own() {
            return Vec::new();
        }
        let mut stage = Stage::set(&self.kubectl, scenarios).unwrap();
        let outcomes = stage.wait(LIMIT).into_iter();
        outcomes
            .filter(|outcome| outcome.after.is_none())
            .map(|outcome| {
                let missing = outcome.missing.join("; ");
                format!("{}: has not matured: {missing}", outcome.name)
            })
            .collect()
    }

    /// The version of the cluster.
    pub(crate) fn version(&self) -> String {
        let answer = self.kubectl.json(&["version", "-o", "json"]).unwrap();
        let version = answer["serverVersion"]["gitVersion"].as_str().unwrap();
        version.trim_start_matches('v').to_owned()
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the built program, and gives what it printed and how it ended.
    pub(crate) fn kintsugi(&self, words: &[&str]) -> Output {
        Command::new("timeout")
            .args(["--kill-after=5", PATIENCE])
            .arg(env!("CARGO_BIN_EXE_kintsugi"))
            .args(words)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Scans with these words more, and gives what was found.
    pub(crate) fn scan(&self, words: &[&str]) -> Report {
        let mut all = vec!["scan", "-o", "json", "--severity", "info"];
        all.extend(["--fail-on", "never", "--quiet"]);
        all.extend(words);
        let output = self.kintsugi(&all);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Scans the whole cluster as its administrator.
    pub(crate) fn scan_live(&self) -> Report {
        let kubeconfig = self.kubectl.kubeconfig().to_str().unwrap();
        self.scan(&["--kubeconfig", kubeconfig, "-A", "--with", WITH])
    }

    /// Records the whole cluster.
    pub(crate) fn record(&self, to: &Path) {
        let kubeconfig = self.kubectl.kubeconfig().to_str().unwrap();
        let to = to.to_str().unwrap();
        let output = self.kintsugi(&[
            "record",
            "--kubeconfig",
            kubeconfig,
            "-A",
            "--with",
            WITH,
            to,
        ]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
}
