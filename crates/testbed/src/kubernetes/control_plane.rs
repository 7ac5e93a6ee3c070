//! The control plane: etcd, the API server, the controllers and the scheduler. It needs no
//! privilege, and without a node its pods stay pending for ever.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::keeper::Keeper;
use super::kubectl::{Kubectl, KubectlError};
use super::programs::Programs;
use super::{Unavailable, at, failed, run, write};

/// How long the start may take on a machine that has other things to do.
const LIMIT: Duration = Duration::from_secs(180);
const TASK: &str = "start a Kubernetes control plane";

/// What may differ from one control plane to the next.
#[derive(Debug, Clone, Default)]
pub struct ControlPlaneOptions {
    /// More flags for the API server, such as `--event-ttl=30s`.
    pub api_server: Vec<String>,
    /// More flags for the controllers.
    pub controllers: Vec<String>,
}

impl ControlPlaneOptions {
    /// Nodes that are objects and no machines keep the state that they were made with, instead of
    /// being taken for dead when nobody reports for them.
    #[must_use]
    pub fn with_made_up_nodes() -> Self {
        Self {
            controllers: vec!["--node-monitor-grace-period=240h".to_owned()],
            ..Self::default()
        }
    }
}

/// A running control plane. Dropping it stops it and removes what it stored.
#[derive(Debug)]
pub struct ControlPlane {
    // The order is that of dropping: the keeper ends what runs, then the children are reaped.
    keeper: Keeper,
    running: Vec<(&'static str, Child)>,
    programs: Programs,
    token: String,
    port: u16,
    network: Network,
    kubectl: Kubectl,
}

/// The addresses of one cluster. Each cluster has its own number, so that two on one machine do
/// not meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Network {
    number: u8,
}

impl Network {
    /// A number that no interface of this machine has an address of.
    fn free() -> Self {
        let taken = fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
        let start = std::process::id().to_le_bytes()[0];
        let number = (0..=u8::MAX)
            .map(|step| start.wrapping_add(step))
            .find(|n| !taken.contains(&format!("10.213.{n}.")))
            .unwrap_or(start);
        Self { number }
    }

    /// The machine, seen from the node; also where the API server says it is.
    pub(super) const fn host(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 213, self.number, 1)
    }

    pub(super) const fn node(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 213, self.number, 2)
    }

    pub(super) const fn dns(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 215, self.number, 10)
    }

    pub(super) fn pods(self) -> String {
        format!("10.214.{}.0/24", self.number)
    }

    pub(super) fn services(self) -> String {
        format!("10.215.{}.0/24", self.number)
    }

    /// An interface's name on the machine; at most fifteen characters.
    pub(super) fn interface(self) -> String {
        format!("kintsugi{}", self.number)
    }
}

impl ControlPlane {
    /// Starts one, and waits until its API answers and its controllers work.
    ///
    /// # Errors
    /// When the programs cannot be built, or it does not come up in time.
    pub fn start(options: &ControlPlaneOptions) -> Result<Self, Unavailable> {
        let programs = Programs::find()?;
        let mut last = None;
        // Between finding free ports and using them somebody else may have taken one.
        for _ in 0..3 {
            match Self::try_start(&programs, options) {
                Err(e) if e.to_string().contains("address already in use") => last = Some(e),
                done => return done,
            }
        }
        Err(last.unwrap_or_else(|| Unavailable::new(TASK, "no port is free")))
    }

    fn try_start(programs: &Programs, options: &ControlPlaneOptions) -> Result<Self, Unavailable> {
        let keeper = Keeper::new("kintsugi-control-plane-", false)?;
        let directory = keeper.directory().to_owned();
        let port = free_port()?;
        let token = new_token()?;
        write(
            &directory.join("tokens.csv"),
            format!("{token},admin,admin,system:masters\n"),
        )?;
        let key = directory.join("service-account.key");
        let out = run(
            std::process::Command::new(programs.path("service-account-key")).env_clear(),
            "make a key for the tokens of service accounts",
        )?;
        write(&key, out.stdout)?;
        let kubeconfig = directory.join("kubeconfig");
        let certificates = directory.join("certificates");
        let authority = certificates.join("apiserver.crt");
        let server = format!("https://127.0.0.1:{port}");
        write(&kubeconfig, kubeconfig_of(&server, &authority, &token))?;
        let kubectl = Kubectl::new(&programs.path("kubectl"), &kubeconfig);
        let mut plane = Self {
            keeper,
            running: Vec::new(),
            programs: programs.clone(),
            token,
            port,
            network: Network::free(),
            kubectl,
        };
        let etcd = plane.start_etcd()?;
        plane.start_api_server(&etcd, &certificates, &key, options)?;
        plane.until("the API answers", |plane| {
            plane.kubectl.run(&["get", "--raw", "/readyz"]).map(drop)
        })?;
        plane.start_controllers(&authority, &key, options)?;
        plane.until("service accounts are made", |plane| {
            plane
                .kubectl
                .run(&["get", "serviceaccount", "default"])
                .map(drop)
        })?;
        Ok(plane)
    }

    fn start_etcd(&mut self) -> Result<String, Unavailable> {
        let client = format!("http://127.0.0.1:{}", free_port()?);
        let peer = format!("http://127.0.0.1:{}", free_port()?);
        let data = self.directory().join("etcd");
        self.launch(
            "etcd",
            &[
                format!("--data-dir={}", data.display()),
                format!("--listen-client-urls={client}"),
                format!("--advertise-client-urls={client}"),
                format!("--listen-peer-urls={peer}"),
                format!("--initial-advertise-peer-urls={peer}"),
                format!("--initial-cluster=default={peer}"),
                "--unsafe-no-fsync".to_owned(),
                "--log-level=warn".to_owned(),
            ],
        )?;
        Ok(client)
    }

    fn start_api_server(
        &mut self,
        etcd: &str,
        certificates: &Path,
        key: &Path,
        options: &ControlPlaneOptions,
    ) -> Result<(), Unavailable> {
        let tokens = self.directory().join("tokens.csv");
        let key = key.display();
        let mut flags = vec![
            format!("--etcd-servers={etcd}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={}", self.port),
            format!("--advertise-address={}", self.network.host()),
            format!("--cert-dir={}", certificates.display()),
            format!("--service-cluster-ip-range={}", self.network.services()),
            format!("--token-auth-file={}", tokens.display()),
            "--authorization-mode=RBAC".to_owned(),
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
            format!("--service-account-key-file={key}"),
            format!("--service-account-signing-key-file={key}"),
            "--allow-privileged=true".to_owned(),
            "--kubelet-preferred-address-types=InternalIP".to_owned(),
            // Webhooks and aggregated APIs are asked at their pods' addresses, which this machine
            // has a route to; it has none to the addresses of Services.
            "--enable-aggregator-routing=true".to_owned(),
        ];
        flags.extend(options.api_server.iter().cloned());
        self.launch("kube-apiserver", &flags)
    }

    fn start_controllers(
        &mut self,
        authority: &Path,
        key: &Path,
        options: &ControlPlaneOptions,
    ) -> Result<(), Unavailable> {
        let kubeconfig = format!("--kubeconfig={}", self.kubeconfig().display());
        let mut flags = vec![
            kubeconfig.clone(),
            format!("--service-account-private-key-file={}", key.display()),
            format!("--root-ca-file={}", authority.display()),
            format!(
                "--flex-volume-plugin-dir={}",
                self.directory().join("volumes").display()
            ),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
        ];
        flags.extend(options.controllers.iter().cloned());
        self.launch("kube-controller-manager", &flags)?;
        self.launch(
            "kube-scheduler",
            &[
                kubeconfig,
                "--leader-elect=false".to_owned(),
                "--secure-port=0".to_owned(),
            ],
        )
    }

    fn launch(&mut self, name: &'static str, flags: &[String]) -> Result<(), Unavailable> {
        let program = self.programs.path(name);
        let child = self.keeper.start(name, &program, flags)?;
        self.running.push((name, child));
        Ok(())
    }

    /// Asks again and again until the answer is good, a program has ended, or time is up.
    fn until(
        &mut self,
        what: &str,
        ask: impl Fn(&Self) -> Result<(), KubectlError>,
    ) -> Result<(), Unavailable> {
        let started = Instant::now();
        let mut last = String::new();
        while started.elapsed() < LIMIT {
            let mut ended = None;
            for (name, child) in &mut self.running {
                if let Ok(Some(status)) = child.try_wait() {
                    ended = Some((*name, status));
                }
            }
            if let Some((name, status)) = ended {
                let words = self.keeper.last_words(name);
                return Err(Unavailable::new(
                    TASK,
                    format!("{name} ended with {status}: {words}"),
                ));
            }
            match ask(self) {
                Ok(()) => return Ok(()),
                Err(e) => e.problem().clone_into(&mut last),
            }
            sleep(Duration::from_millis(100));
        }
        Err(Unavailable::new(
            TASK,
            format!("waited {LIMIT:?} until {what}: {last}"),
        ))
    }

    /// The file that `kubectl` and clients read: where the API is, how to trust it, and the
    /// administrator's token.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        self.kubectl.kubeconfig()
    }

    /// The administrator's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Where the API is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// A `kubectl` that speaks to it.
    #[must_use]
    pub const fn client(&self) -> &Kubectl {
        &self.kubectl
    }

    /// Asks it through `kubectl`.
    ///
    /// # Errors
    /// When `kubectl` says so.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, KubectlError> {
        self.kubectl.run(arguments)
    }

    /// Where its programs' logs and files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.keeper.directory()
    }

    pub(super) const fn programs(&self) -> &Programs {
        &self.programs
    }

    pub(super) const fn network(&self) -> Network {
        self.network
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// A kubeconfig for whoever sees the machine from the node.
    pub(super) fn kubeconfig_for_nodes(&self) -> String {
        let server = format!("https://{}:{}", self.network.host(), self.port);
        let authority: PathBuf = self.directory().join("certificates/apiserver.crt");
        kubeconfig_of(&server, &authority, &self.token)
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        for (_, child) in self.running.iter_mut().rev() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn kubeconfig_of(server: &str, authority: &Path, token: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: kintsugi-test
  cluster: {{server: '{server}', certificate-authority: '{}'}}
users:
- name: admin
  user: {{token: '{token}'}}
contexts:
- name: kintsugi-test
  context: {{cluster: kintsugi-test, user: admin}}
current-context: kintsugi-test
",
        authority.display()
    )
}

fn free_port() -> Result<u16, Unavailable> {
    let task = "find a free port";
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed(task))?;
    Ok(listener.local_addr().map_err(failed(task))?.port())
}

/// Random enough for a token that lives as long as a test.
fn new_token() -> Result<String, Unavailable> {
    let source = Path::new("/proc/sys/kernel/random/uuid");
    let text = fs::read_to_string(source).map_err(at(source))?;
    Ok(text.trim().to_owned())
}
