//! The programs of a cluster: built once from one Go module into the cache, or those that
//! `KUBEBUILDER_ASSETS` names.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{Unavailable, at, run, write};
use crate::cache;

/// The release of Kubernetes that `go.mod` asks for; the programs say it of themselves.
const RELEASE: &str = "v1.36.3";
const COREDNS: &str = "github.com/coredns/coredns@v1.14.7";
const REGISTRY: &str = "github.com/distribution/distribution/v3/cmd/registry@v3.0.0";

/// What the module is made of; a change of any is another place in the cache.
const SOURCES: [(&str, &str); 3] = [
    ("go.mod", include_str!("../../kubernetes/go.mod")),
    ("go.sum", include_str!("../../kubernetes/go.sum")),
    ("main.go", include_str!("../../kubernetes/main.go")),
];

/// The names that the one binary goes by.
const NAMES: [&str; 8] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
    "service-account-key",
];

/// Where the programs are.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    built: PathBuf,
    /// `KUBEBUILDER_ASSETS`: what is in there goes first.
    given: Option<PathBuf>,
}

impl Programs {
    /// Builds what is not there yet, which takes some minutes once.
    pub(super) fn find() -> Result<Self, Unavailable> {
        let mut digest = Sha256::new();
        for (name, text) in SOURCES {
            digest.update(name);
            digest.update(text);
        }
        digest.update(RELEASE);
        let key: String = digest
            .finalize()
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let built = once(&format!("kubernetes-{RELEASE}-{key}"), build)?;
        let given = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
        Ok(Self { built, given })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.given
            .iter()
            .map(|given| given.join(name))
            .find(|path| path.is_file())
            .unwrap_or_else(|| self.built.join(name))
    }
}

/// The cluster's DNS server.
pub(super) fn coredns() -> Result<PathBuf, Unavailable> {
    Ok(installed("coredns", COREDNS)?.join("coredns"))
}

/// A registry of images that holds none: it says of every image that it is not there.
pub(super) fn registry() -> Result<PathBuf, Unavailable> {
    Ok(installed("registry", REGISTRY)?.join("registry"))
}

/// Debian's busybox. It is unpacked and not installed, since the package gets along with no other
/// busybox; the static one cannot look up hosts.
pub(super) fn busybox() -> Result<PathBuf, Unavailable> {
    let place = once("busybox", |place| {
        let apt = |words: &[&str]| {
            let mut apt = Command::new("apt-get");
            apt.args(words).current_dir(place);
            run(&mut apt, "fetch Debian's package busybox")
        };
        if apt(&["download", "busybox"]).is_err() {
            apt(&["update"])?;
            apt(&["download", "busybox"])?;
        }
        let mut unpack = Command::new("sh");
        unpack
            .args(["-c", "dpkg -x busybox_*.deb ."])
            .current_dir(place);
        run(&mut unpack, "unpack Debian's package busybox").map(drop)
    })?;
    Ok(place.join("bin/busybox"))
}

fn installed(name: &str, package: &str) -> Result<PathBuf, Unavailable> {
    let release = package.rsplit_once('@').map_or("", |(_, release)| release);
    once(&format!("{name}-{release}"), |place| {
        let mut go = go();
        go.args(["install", "-trimpath", "-ldflags", "-s -w", package]);
        go.env("GOBIN", place).current_dir(place);
        run(&mut go, &format!("build {package} with Go")).map(drop)
    })
}

fn build(place: &Path) -> Result<(), Unavailable> {
    let sources = TempDir::with_prefix("kintsugi-go-").map_err(at(&std::env::temp_dir()))?;
    for (name, text) in SOURCES {
        write(&sources.path().join(name), text)?;
    }
    let binary = place.join("kubernetes");
    let mut go = go();
    go.args(["build", "-trimpath", "-mod=readonly", "-ldflags"]);
    go.arg(format!(
        "-s -w -X k8s.io/component-base/version.gitVersion={RELEASE} \
         -X k8s.io/client-go/pkg/version.gitVersion={RELEASE}"
    ));
    go.arg("-o").arg(&binary).arg(".");
    go.current_dir(sources.path());
    run(&mut go, "build Kubernetes with Go 1.26 (`go` is needed)")?;
    for name in NAMES {
        let path = place.join(name);
        symlink("kubernetes", &path).map_err(at(&path))?;
    }
    Ok(())
}

fn go() -> Command {
    let mut go = Command::new("go");
    go.env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false");
    go
}

/// What is in the cache by that name, made beside and put into its place in one step if it is not
/// there, so that two that make it at the same time do not meet.
pub(super) fn once(
    name: &str,
    make: impl FnOnce(&Path) -> Result<(), Unavailable>,
) -> Result<PathBuf, Unavailable> {
    let cache = cache::directory().map_err(|(path, e)| at(&path)(e))?;
    let place = cache.join(name);
    if place.is_dir() {
        return Ok(place);
    }
    let beside = TempDir::with_prefix_in("making-", &cache).map_err(at(&cache))?;
    make(beside.path())?;
    let beside = beside.keep();
    match fs::rename(&beside, &place) {
        Ok(()) => Ok(place),
        Err(_) if place.is_dir() => {
            fs::remove_dir_all(&beside).map_err(at(&beside))?;
            Ok(place)
        }
        Err(e) => Err(at(&place)(e)),
    }
}
