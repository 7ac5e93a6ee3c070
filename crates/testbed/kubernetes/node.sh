# The first process of a node: it has process ids, mounts and a network of its own, and all that is
# in them is gone when it ends. It ends when its input does, which is when its starter has gone.
#
# DIR, NAME, NODE_IP, HOST_IP, PODS, SERVICES, REGISTRY, PROGRAMS and CGROUP come from node.rs.
# What has been reached is in $DIR/state, for whoever waits.
set -eu
state() { echo "$1" > "$DIR/state"; }
wait_for() { # what, then the test
    what=$1
    shift
    n=0
    until "$@" > /dev/null 2>&1; do
        n=$((n + 1))
        if [ "$n" -gt 600 ]; then
            state "failed: waited too long for $what"
            exit 1
        fi
        sleep 0.1
    done
}
trap '[ $? = 0 ] || grep -q "^failed" "$DIR/state" || state "failed: $(tail -n 3 "$DIR/node.log")"' EXIT

state network
# Nothing of the machine's own is written to: these are this node's alone.
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/netns
for place in /var/lib/cni /var/lib/kubelet /var/log/containers; do
    mkdir -p "$place"
    mount -t tmpfs tmpfs "$place"
done
mount --bind "$DIR/resolv.conf" /etc/resolv.conf
# The kubelet tunes the whole machine's kernel unless it finds it tuned: let it find that.
find_tuned() { # below /proc/sys, value
    echo "$2" > "/run/$(basename "$1")"
    mount --bind "/run/$(basename "$1")" "/proc/sys/$1"
}
find_tuned vm/overcommit_memory 1
find_tuned vm/panic_on_oom 0
find_tuned kernel/panic 10
find_tuned kernel/panic_on_oops 1
find_tuned kernel/keys/root_maxkeys 1000000
find_tuned kernel/keys/root_maxbytes 25000000
wait_for "the network interface" ip link show dev eth0
ip link set lo up
ip addr add "$NODE_IP/30" dev eth0
ip link set eth0 up
# There is no way out to anywhere else. Services are turned into their pods before they leave.
ip route add "$SERVICES" via "$HOST_IP"
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables 2> /dev/null || true

state cgroups
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p "/sys/fs/cgroup/$CGROUP"
    for controller in cpuset cpu io memory hugetlb pids; do
        echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control 2> /dev/null || true
        echo "+$controller" > "/sys/fs/cgroup/$CGROUP/cgroup.subtree_control" 2> /dev/null || true
    done
else
    for controller in /sys/fs/cgroup/*/; do
        mkdir -p "$controller$CGROUP" 2> /dev/null || true
    done
fi

state containerd
containerd --config "$DIR/containerd.toml" > "$DIR/containerd.log" 2>&1 &
wait_for containerd ctr --address /run/containerd/containerd.sock version
state images
for image in "$DIR"/images/*.tar; do
    ctr --address /run/containerd/containerd.sock --namespace k8s.io images import "$image"
done
"$REGISTRY" serve "$DIR/registry.yaml" > "$DIR/registry.log" 2>&1 &

state kubelet
"$PROGRAMS/kubelet" --config="$DIR/kubelet.yaml" --kubeconfig="$DIR/kubeconfig" \
    --root-dir="$DIR/kubelet" --hostname-override="$NAME" --node-ip="$NODE_IP" \
    > "$DIR/kubelet.log" 2>&1 &
"$PROGRAMS/kube-proxy" --config="$DIR/kube-proxy.yaml" --hostname-override="$NAME" \
    > "$DIR/kube-proxy.log" 2>&1 &
state running
cat > /dev/null
