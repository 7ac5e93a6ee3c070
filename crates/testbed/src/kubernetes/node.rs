//! A real node: containerd, kubelet, kube-proxy and DNS, with process ids, mounts and a network of
//! their own (`node.sh` is what runs in there). Needs root, and Debian's packages.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::control_plane::ControlPlane;
use super::keeper::Keeper;
use super::{Unavailable, at, failed, forward, node_files, programs, run};
use crate::cache::is_root;

const LIMIT: Duration = Duration::from_secs(240);
const TASK: &str = "start a Kubernetes node";

/// What a node needs, and the Debian package that has it.
const PACKAGES: [(&str, &str); 8] = [
    ("/usr/bin/containerd", "containerd"),
    ("/usr/bin/ctr", "containerd"),
    ("/usr/sbin/runc", "runc"),
    ("/usr/lib/cni/bridge", "containernetworking-plugins"),
    ("/usr/sbin/iptables", "iptables"),
    ("/usr/sbin/nginx", "nginx-light"),
    ("/usr/bin/python3", "python3"),
    ("/usr/sbin/ip", "iproute2"),
];

/// A running node. Dropping it ends everything on it; in the cluster it then is not ready.
#[derive(Debug)]
pub struct Node {
    keeper: Keeper,
    /// `unshare`, whose end is the end of everything on the node.
    machine: Child,
}

impl Node {
    /// Starts a node of this cluster and waits until it is ready, and its DNS is.
    ///
    /// # Errors
    /// When this machine does not allow it, or it is not ready in time.
    pub fn join(plane: &ControlPlane) -> Result<Self, Unavailable> {
        let needs_root = "only root may make networks and mounts";
        if !is_root() {
            return Err(Unavailable::new(TASK, needs_root));
        }
        install_packages()?;
        let registry = programs::registry()?;
        let keeper = Keeper::new("kintsugi-node-", true)?;
        let directory = keeper.directory().to_owned();
        let cgroup = directory.file_name().unwrap_or_default().to_string_lossy();
        node_files::write_all(&directory, plane, &cgroup)?;
        let machine = start(&directory, plane, &registry, &cgroup)?;
        let mut node = Self { keeper, machine };
        connect(plane, node.machine.id())?;
        node.until_ready(plane)?;
        Ok(node)
    }

    /// Where the logs and files of its programs are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.keeper.directory()
    }

    fn until_ready(&mut self, plane: &ControlPlane) -> Result<(), Unavailable> {
        self.until(|| {
            let node = plane
                .client()
                .json(&["get", "node", node_files::NAME, "-o", "json"]);
            node.is_ok_and(|node| is_true(&node, "Ready"))
        })?;
        let manifest = self.directory().join("coredns.yaml");
        plane
            .kubectl(&["apply", "-f", &manifest.to_string_lossy()])
            .map_err(|e| Unavailable::new(TASK, e.to_string()))?;
        self.until(|| {
            let dns = [
                "-n",
                "kube-system",
                "get",
                "deployment",
                "coredns",
                "-o",
                "json",
            ];
            plane
                .client()
                .json(&dns)
                .is_ok_and(|dns| is_true(&dns, "Available"))
        })
    }

    fn until(&mut self, good: impl Fn() -> bool) -> Result<(), Unavailable> {
        let started = Instant::now();
        let state = self.directory().join("state");
        loop {
            let reached = fs::read_to_string(&state).unwrap_or_default();
            if let Ok(Some(status)) = self.machine.try_wait() {
                let words = self.keeper.last_words("node");
                let problem = format!("it ended with {status} ({}): {words}", reached.trim());
                return Err(Unavailable::new(TASK, problem));
            }
            if good() {
                return Ok(());
            }
            if started.elapsed() > LIMIT {
                let words = self.keeper.last_words("kubelet");
                let problem = format!("not ready after {LIMIT:?} ({}): {words}", reached.trim());
                return Err(Unavailable::new(TASK, problem));
            }
            sleep(Duration::from_millis(300));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.machine.stdin.take());
        drop(self.machine.kill());
        drop(self.machine.wait());
    }
}

fn is_true(object: &Value, condition: &str) -> bool {
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    conditions.is_some_and(|all| {
        all.iter().any(|one| {
            one.get("type").and_then(Value::as_str) == Some(condition)
                && one.get("status").and_then(Value::as_str) == Some("True")
        })
    })
}

/// Installs what is missing with Debian's own client.
fn install_packages() -> Result<(), Unavailable> {
    let mut missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(path, _)| !Path::new(path).exists())
        .map(|(_, package)| *package)
        .collect();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    let task = format!("install {} with apt-get", missing.join(" "));
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        // Nothing that is installed is to be started on this machine.
        apt.env("RUNLEVEL", "1");
        apt
    };
    run(apt().arg("update"), &task)?;
    run(
        apt()
            .args(["install", "-y", "--no-install-recommends"])
            .args(&missing),
        &task,
    )
    .map(drop)
}

fn start(
    directory: &Path,
    plane: &ControlPlane,
    registry: &Path,
    cgroup: &str,
) -> Result<Child, Unavailable> {
    let network = plane.network();
    let log = directory.join("node.log");
    let out = fs::File::create(&log).map_err(failed(TASK))?;
    let err = out.try_clone().map_err(failed(TASK))?;
    let programs = directory.join("programs");
    fs::create_dir(&programs).map_err(at(&programs))?;
    for name in ["kubelet", "kube-proxy"] {
        let link = programs.join(name);
        symlink(plane.programs().path(name), &link).map_err(at(&link))?;
    }
    let mut unshare = Command::new("unshare");
    unshare.args([
        "--mount",
        "--net",
        "--pid",
        "--uts",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]);
    unshare.args(["sh", "-c", include_str!("../../kubernetes/node.sh"), "node"]);
    unshare.env("DIR", directory).env("NAME", node_files::NAME);
    unshare.env("NODE_IP", network.node().to_string());
    unshare.env("HOST_IP", network.host().to_string());
    unshare
        .env("PODS", network.pods())
        .env("SERVICES", network.services());
    unshare.env("REGISTRY", registry).env("PROGRAMS", &programs);
    unshare.env("CGROUP", cgroup);
    unshare.stdin(Stdio::piped()).stdout(out).stderr(err);
    unshare.process_group(0);
    unshare.spawn().map_err(failed("run `unshare`"))
}

/// Lays a cable from this machine into the node, and a way to the API server and to the pods.
fn connect(plane: &ControlPlane, machine: u32) -> Result<(), Unavailable> {
    let network = plane.network();
    let interface = network.interface();
    let inside = child_of(machine)?.to_string();
    let ip = |words: &[&str]| run(Command::new("ip").args(words), "connect the node's network");
    ip(&[
        "link", "add", &interface, "type", "veth", "peer", "name", "eth0", "netns", &inside,
    ])?;
    ip(&[
        "addr",
        "add",
        &format!("{}/30", network.host()),
        "dev",
        &interface,
    ])?;
    ip(&["link", "set", &interface, "up"])?;
    ip(&[
        "route",
        "add",
        &network.pods(),
        "via",
        &network.node().to_string(),
    ])?;
    forward::forward(network.host(), plane.port())
}

/// The process that `unshare` has made; it is not there at once.
fn child_of(parent: u32) -> Result<u32, Unavailable> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        for entry in fs::read_dir("/proc")
            .map_err(failed("read /proc"))?
            .flatten()
        {
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok())
            else {
                continue;
            };
            let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            if status
                .lines()
                .any(|line| line == format!("PPid:\t{parent}"))
            {
                return Ok(pid);
            }
        }
        sleep(Duration::from_millis(20));
    }
    Err(Unavailable::new(TASK, "`unshare` has started nothing"))
}
