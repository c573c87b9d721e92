// Package settings is the block kubernetes of a manifest and of a target in
// submitter.yaml.
package settings

import (
	"bytes"
	"encoding/json"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	kjson "sigs.k8s.io/json"
)

// Settings is the block kubernetes of a manifest. Names within are Kubernetes' own.
type Settings struct {
	// Namespace that the job runs in; empty: the target's.
	Namespace string `json:"namespace,omitempty"`
	// Mode is Native (default) or Standalone.
	Mode               string                        `json:"mode,omitempty"`
	Image              string                        `json:"image,omitempty"`
	ImagePullPolicy    corev1.PullPolicy             `json:"imagePullPolicy,omitempty"`
	ImagePullSecrets   []corev1.LocalObjectReference `json:"imagePullSecrets,omitempty"`
	ServiceAccountName string                        `json:"serviceAccountName,omitempty"`
	Env                []corev1.EnvVar               `json:"env,omitempty"`
	EnvFrom            []corev1.EnvFromSource        `json:"envFrom,omitempty"`
	// Secrets names Kubernetes Secrets; each of their keys is a ${secret:KEY}.
	Secrets      []string            `json:"secrets,omitempty"`
	NodeSelector map[string]string   `json:"nodeSelector,omitempty"`
	Tolerations  []corev1.Toleration `json:"tolerations,omitempty"`
	// PodTemplate is laid over the pods of JobManager and TaskManagers.
	PodTemplate *corev1.PodTemplateSpec `json:"podTemplate,omitempty"`
	JobManager  Role                    `json:"jobManager,omitzero"`
	TaskManager Role                    `json:"taskManager,omitzero"`
	// NetworkPolicy shuts everybody out but the launch's own pods and who is named in it.
	NetworkPolicy *NetworkPolicy `json:"networkPolicy,omitempty"`
	// Ingress shows Flink's web UI outside the cluster.
	Ingress *Ingress `json:"ingress,omitempty"`
}

// NetworkPolicy is who may reach a launch's pods, besides themselves.
type NetworkPolicy struct {
	// RESTFrom may reach the REST API. Empty: everybody, since the API server's proxy comes
	// from wherever the control plane runs.
	RESTFrom []networkingv1.NetworkPolicyPeer `json:"restFrom,omitempty"`
	// Ingress are further rules: for whoever collects metrics, say.
	Ingress []networkingv1.NetworkPolicyIngressRule `json:"ingress,omitempty"`
}

// Ingress is how Flink's web UI is reached. It has no users and passwords of its own.
type Ingress struct {
	// Host may hold {name}, the job's, and {id}, the cluster id.
	Host        string            `json:"host"`
	ClassName   string            `json:"className,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	// TLSSecret is a Secret with the host's certificate; empty: plain HTTP.
	TLSSecret string `json:"tlsSecret,omitempty"`
}

// Role is what one kind of process has of its own.
type Role struct {
	PodTemplate *corev1.PodTemplateSpec `json:"podTemplate,omitempty"`
}

// Modes: who makes the TaskManagers.
const (
	Native     = "native"     // Flink itself
	Standalone = "standalone" // a Deployment
)

// Defaults of Settings.
const (
	DefaultServiceAccount = "flink"
	DefaultImage          = "flink-sql-driver/driver:2.3"
)

// Parse reads a block, in JSON. What is wrong with its keys is KeyErrors.
func Parse(data []byte) (Settings, error) {
	var s Settings
	if len(data) == 0 {
		return s, nil
	}
	var plain any
	read := json.NewDecoder(bytes.NewReader(data))
	read.UseNumber()
	if err := read.Decode(&plain); err != nil {
		return s, err
	}
	strict, err := kjson.UnmarshalStrict(data, &s)
	wrong := shape("", plain, reflect.TypeFor[Settings]())
	if wrong == nil {
		wrong = s.checkNames() // else a name may only seem to be missing: decoding ended before it
	}
	if wrong = append(wrong, s.check()...); wrong != nil {
		return s, KeyErrors(wrong)
	}
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	return s, inWords(err)
}
