//! What the programs of a node read: their configuration, and the manifests of the cluster's DNS.

use std::fs;
use std::path::Path;

use super::control_plane::ControlPlane;
use super::{Unavailable, at, images, write};

/// The name that the node has in the cluster.
pub(super) const NAME: &str = "node-1";
/// Where the registry listens, on the node.
const REGISTRY: &str = "127.0.0.1:5000";

/// Writes all of them into the node's directory.
pub(super) fn write_all(
    directory: &Path,
    plane: &ControlPlane,
    cgroup: &str,
) -> Result<(), Unavailable> {
    let place = directory.display();
    let network = plane.network();
    for folder in ["images", "cni", "certs.d/_default", "volumes", "kubelet"] {
        let path = directory.join(folder);
        fs::create_dir_all(&path).map_err(at(&path))?;
    }
    for archive in images::archives()? {
        let name = archive.file_name().unwrap_or_default();
        let link = directory.join("images").join(name);
        std::os::unix::fs::symlink(&archive, &link).map_err(at(&link))?;
    }
    let put = |name: &str, text: String| write(&directory.join(name), text);
    put("kubeconfig", plane.kubeconfig_for_nodes())?;
    put("resolv.conf", format!("nameserver {}\n", network.dns()))?;
    put("containerd.toml", containerd(&place.to_string()))?;
    put(
        "certs.d/_default/hosts.toml",
        format!(
            "server = \"http://{REGISTRY}\"\n[host.\"http://{REGISTRY}\"]\n\
             capabilities = [\"pull\", \"resolve\"]\n"
        ),
    )?;
    // A registry that is nowhere keeps its own name, so that looking it up is what fails.
    let nowhere = directory.join("certs.d/registry.nowhere.example");
    fs::create_dir_all(&nowhere).map_err(at(&nowhere))?;
    write(
        &nowhere.join("hosts.toml"),
        "server = \"https://registry.nowhere.example\"\n",
    )?;
    put(
        "registry.yaml",
        format!(
            "version: 0.1\nlog: {{level: warn}}\nstorage: {{inmemory: {{}}}}\n\
             http: {{addr: '{REGISTRY}'}}\n"
        ),
    )?;
    put(
        "cni/10-bridge.conflist",
        format!(
            r#"{{"cniVersion": "0.4.0", "name": "bridge", "plugins": [
  {{"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "promiscMode": false,
    "ipam": {{"type": "host-local", "ranges": [[{{"subnet": "{}"}}]],
             "routes": [{{"dst": "0.0.0.0/0"}}], "dataDir": "/run/cni-addresses"}}}},
  {{"type": "portmap", "capabilities": {{"portMappings": true}}}}]}}
"#,
            network.pods()
        ),
    )?;
    put(
        "kubelet.yaml",
        format!(
            "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
failCgroupV1: false
failSwapOn: false
cgroupDriver: cgroupfs
cgroupRoot: /{cgroup}
authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}}}
authorization: {{mode: AlwaysAllow}}
clusterDNS: ['{dns}']
clusterDomain: cluster.local
resolvConf: {place}/resolv.conf
podLogsDir: {place}/logs
volumePluginDir: {place}/volumes
maxPods: 250
enforceNodeAllocatable: [pods]
evictionHard: {{memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}}
imageMinimumGCAge: 24h
imageGCHighThresholdPercent: 99
",
            dns = network.dns()
        ),
    )?;
    put(
        "kube-proxy.yaml",
        format!(
            "apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {{kubeconfig: {place}/kubeconfig}}
mode: iptables
clusterCIDR: {pods}
bindAddress: {node}
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
# Zero leaves the whole machine's limits as they are.
conntrack: {{maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}
",
            pods = network.pods(),
            node = network.node()
        ),
    )?;
    put(
        "coredns.yaml",
        include_str!("../../kubernetes/coredns.yaml")
            .replace("CLUSTER_DNS", &network.dns().to_string())
            .replace("IMAGE", images::COREDNS),
    )?;
    Ok(())
}

fn containerd(place: &str) -> String {
    format!(
        "version = 2
root = '{place}/containerd'
state = '/run/containerd'
disabled_plugins = ['io.containerd.snapshotter.v1.aufs', 'io.containerd.snapshotter.v1.btrfs', \
'io.containerd.snapshotter.v1.zfs', 'io.containerd.snapshotter.v1.devmapper', \
'io.containerd.internal.v1.opt', 'io.containerd.tracing.processor.v1.otlp', \
'io.containerd.internal.v1.tracing']
[grpc]
address = '/run/containerd/containerd.sock'
[plugins.'io.containerd.grpc.v1.cri']
sandbox_image = '{pause}'
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true
[plugins.'io.containerd.grpc.v1.cri'.registry]
config_path = '{place}/certs.d'
[plugins.'io.containerd.grpc.v1.cri'.containerd]
snapshotter = 'overlayfs'
default_runtime_name = 'runc'
[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins.'io.containerd.grpc.v1.cri'.cni]
bin_dir = '/usr/lib/cni'
conf_dir = '{place}/cni'
",
        pause = images::PAUSE
    )
}
