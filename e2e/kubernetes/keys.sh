# shellcheck shell=bash disable=SC2154
# The cluster's keys, tokens and kubeconfigs; sourced by up.sh.

certificates() {
	cd "$run/pki" || return
	[ ! -f sa.pub ] || return 0
	openssl ecparam -name prime256v1 -genkey -noout -out ca.key
	openssl req -x509 -new -key ca.key -days 3650 -subj /CN=kube-ca -out ca.crt
	leaf apiserver /CN=kube-apiserver "subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:10.96.0.1,IP:$node_ip
extendedKeyUsage=serverAuth"
	leaf kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client "extendedKeyUsage=clientAuth"
	leaf kubelet-server /O=system:nodes/CN=system:node:node1 "subjectAltName=DNS:node1,IP:$node_ip,IP:127.0.0.1
extendedKeyUsage=serverAuth"
	openssl genrsa -out sa.key 2048
	openssl rsa -in sa.key -pubout -out sa.pub
}
leaf() { # name subject extensions
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
	openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
	openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile <(printf '%s\n' "$3") -out "$1.crt"
	rm "$1.csr"
}

kubeconfigs() {
	umask 077
	cat >"$run/conf/tokens.csv" <<END
admin-token,admin,1,"system:masters"
kcm-token,system:kube-controller-manager,2,""
scheduler-token,system:kube-scheduler,3,""
node-token,system:node:node1,4,"system:nodes"
proxy-token,system:kube-proxy,5,""
dns-token,dns,6,"system:masters"
END
	for u in admin kcm scheduler node proxy dns; do
		cat >"$run/conf/$u.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: kube, cluster: {server: "$api", certificate-authority-data: $(base64 -w0 "$run/pki/ca.crt")}}]
users: [{name: $u, user: {token: $u-token}}]
contexts: [{name: kube, context: {cluster: kube, user: $u}}]
current-context: kube
END
	done
}
