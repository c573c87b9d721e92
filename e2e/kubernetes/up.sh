#!/bin/bash
# Starts the one-node cluster and prints the path of its kubeconfig. Safe to repeat.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=keys.sh
. "$here/keys.sh"
[ "$(id -u)" = 0 ] || die "up.sh must run as root"
"$here/prerequisites.sh"
api=https://$node_ip:6443
mkdir -p "$root"
exec 9>"$root/lock"
flock 9
if ! of_this_boot; then
	# What is there already is another node's, and down.sh would take it for ours.
	foreign=$(ip -o link show cni0 2>/dev/null | cut -d: -f2; ip netns list | awk '/^cni-/{print $1}'; iptables-save | sed -n 's/^:\(KUBE-[^ ]*\) .*/\1/p')
	# shellcheck disable=SC2086,SC2116 # in one line
	[ -z "$foreign" ] || die "this machine is a node of another Kubernetes already (it has $(echo $foreign)): give its KUBECONFIG, or use another machine"
	rm -f "$run/pid/"* # of another boot: somebody else's by now
fi
mkdir -p "$run"/{pki,log,pid,etcd,kubelet,cni,containerd,ctdstate,conf}
cat /proc/sys/kernel/random/boot_id >"$run/boot"

# start NAME COMMAND...: in the background, unless it runs already
start() {
	local n=$1 p
	shift
	p=$(cat "$run/pid/$n" 2>/dev/null || true)
	if [ -n "$p" ] && alive "$p"; then return; fi
	setsid "$@" </dev/null >>"$run/log/$n.log" 2>&1 9>&- &
	echo $! >"$run/pid/$n"
}

# waitfor WHAT SECONDS COMMAND...
waitfor() {
	local what=$1 n=$(($2 * 10))
	shift 2
	until "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || die "gave up waiting: $what (logs: $run/log)"
		sleep 0.1
	done
	say "$what"
}

built=$("$here/build.sh")
[ -e "$kube" ] || ln -s "$built/kube" "$kube" # a running cluster keeps the binary it has

# --- network
[ -f "$run/ip_forward.before" ] || cat /proc/sys/net/ipv4/ip_forward >"$run/ip_forward.before"
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link show cni0 >/dev/null 2>&1 || { ip link add cni0 type bridge && ip addr add $node_ip/24 dev cni0; }
ip link set cni0 up
cat >"$run/cni/10-bridge.conflist" <<EOF
{"cniVersion": "1.0.0", "name": "kube", "plugins": [
 {"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
  "ipam": {"type": "host-local", "dataDir": "$run/cni-ipam", "ranges": [[{"subnet": "10.244.0.0/24", "rangeStart": "10.244.0.10"}]]}}
]}
EOF

# --- keys, tokens, kubeconfigs
(certificates) >"$run/log/certs.log" 2>&1
(kubeconfigs)

# --- a containerd of our own
cni_bin=${CNI_BIN_DIR:-/usr/lib/cni} # Debian's place; most others have /opt/cni/bin
[ -x "$cni_bin/bridge" ] || cni_bin=/opt/cni/bin
cat >"$run/conf/containerd.toml" <<EOF
version = 2
root = "$run/containerd"
state = "$run/ctdstate"
[grpc]
  address = "$run/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$run/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # without CAP_SYS_RESOURCE on the host every sandbox would fail
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cni_bin"
    conf_dir = "$run/cni"
EOF
start containerd containerd --config "$run/conf/containerd.toml"

# --- control plane
start etcd "$kube" etcd --name=n --data-dir="$run/etcd" \
	--listen-client-urls=http://127.0.0.1:12379 --advertise-client-urls=http://127.0.0.1:12379 \
	--listen-peer-urls=http://127.0.0.1:12380 --initial-advertise-peer-urls=http://127.0.0.1:12380 \
	--initial-cluster=n=http://127.0.0.1:12380 --unsafe-no-fsync --log-level=warn
start kube-apiserver "$kube" kube-apiserver --etcd-servers=http://127.0.0.1:12379 \
	--bind-address=$node_ip --advertise-address=$node_ip --secure-port=6443 \
	--tls-cert-file="$run/pki/apiserver.crt" --tls-private-key-file="$run/pki/apiserver.key" --client-ca-file="$run/pki/ca.crt" \
	--token-auth-file="$run/conf/tokens.csv" --authorization-mode=Node,RBAC --allow-privileged=true \
	--service-cluster-ip-range=10.96.0.0/16 --service-node-port-range=30000-32767 \
	--service-account-issuer=https://kubernetes.default.svc.cluster.local \
	--service-account-key-file="$run/pki/sa.pub" --service-account-signing-key-file="$run/pki/sa.key" \
	--kubelet-client-certificate="$run/pki/kubelet-client.crt" --kubelet-client-key="$run/pki/kubelet-client.key" \
	--kubelet-certificate-authority="$run/pki/ca.crt" --kubelet-preferred-address-types=InternalIP --profiling=false
waitfor "containerd is up" 30 ctr_ version
ctr_ images ls -q 2>/dev/null | grep -qx localhost/pause:1 || ctr_ images import "$built/pause.tar" >>"$run/log/images.log" 2>&1
ctr_ images label localhost/pause:1 io.cri-containerd.pinned=pinned >/dev/null
waitfor "the API server is ready" 120 k get --raw /readyz
start kube-controller-manager "$kube" kube-controller-manager --kubeconfig="$run/conf/kcm.kubeconfig" --leader-elect=false \
	--use-service-account-credentials=true --kube-api-qps=200 --kube-api-burst=400 \
	--service-account-private-key-file="$run/pki/sa.key" --root-ca-file="$run/pki/ca.crt" --bind-address=127.0.0.1 --profiling=false
start kube-scheduler "$kube" kube-scheduler --kubeconfig="$run/conf/scheduler.kubeconfig" --leader-elect=false --bind-address=127.0.0.1 --profiling=false

# --- kubelet
: >"$run/conf/resolv.conf"
cat >"$run/conf/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node_ip
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $run/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $run/pki/kubelet-server.crt
tlsPrivateKeyFile: $run/pki/kubelet-server.key
containerRuntimeEndpoint: unix://$run/containerd.sock
cgroupDriver: cgroupfs
failSwapOn: false
failCgroupV1: false
oomScoreAdj: 0
clusterDNS: [$node_ip]
clusterDomain: cluster.local
resolvConf: $run/conf/resolv.conf
podLogsDir: $run/podlogs
volumePluginDir: $run/kubelet/volume-plugins
healthzBindAddress: 127.0.0.1
evictionHard: {memory.available: 100Mi, nodefs.available: "1%", nodefs.inodesFree: "1%", imagefs.available: "1%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
makeIPTablesUtilChains: false
shutdownGracePeriod: 0s
EOF
start kubelet "$kube" kubelet --config="$run/conf/kubelet.yaml" --kubeconfig="$run/conf/node.kubeconfig" \
	--hostname-override=node1 --node-ip=$node_ip --root-dir="$run/kubelet" --cert-dir="$run/kubelet/pki"

# --- services
cat >"$run/conf/proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: ${PROXY_MODE:-iptables}
bindAddress: $node_ip
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clientConnection: {kubeconfig: $run/conf/proxy.kubeconfig}
hostnameOverride: node1
clusterCIDR: 10.244.0.0/16
nodePortAddresses: [primary]
iptables: {localhostNodePorts: false}
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
EOF
start kube-proxy "$kube" kube-proxy --config="$run/conf/proxy.yaml"
cat >"$run/conf/Corefile" <<EOF
.:53 {
	bind $node_ip
	errors
	ready 127.0.0.1:18181
	cache 5
	kubernetes cluster.local in-addr.arpa ip6.arpa {
		kubeconfig $run/conf/dns.kubeconfig
		ttl 5
	}
}
EOF
start coredns "$kube" coredns -conf "$run/conf/Corefile"

# --- ready?
waitfor "the node is registered" 60 k get node node1
waitfor "the node is ready" 60 k wait --for=condition=Ready node/node1 --timeout=1s
waitfor "the default service account is there" 60 k get sa default
waitfor "the root CA config map is there" 60 k get cm kube-root-ca.crt
waitfor "DNS is ready" 60 curl -fs http://127.0.0.1:18181/ready
echo "$kubeconfig"
