// Package settings is the block kubernetes of a manifest and of a target in
// submitter.yaml.
package settings

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
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

// Parse reads a block, in JSON. Fields that Kubernetes does not have are
// errors with their paths.
func Parse(data []byte) (Settings, error) {
	var s Settings
	if len(data) == 0 {
		return s, nil
	}
	strict, err := kjson.UnmarshalStrict(data, &s)
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	if err != nil {
		return s, err
	}
	if s.Mode != "" && s.Mode != Native && s.Mode != Standalone {
		return s, fmt.Errorf("mode %q is neither %s nor %s", s.Mode, Native, Standalone)
	}
	return s, nil
}

// Over lays settings over others. Lists replace those below as a whole.
func (s Settings) Over(base Settings) (Settings, error) {
	below, err := json.Marshal(base)
	if err != nil {
		return s, err
	}
	above, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	var out Settings
	for _, layer := range [][]byte{below, above} {
		if err := json.Unmarshal(layer, &out); err != nil {
			return s, err
		}
	}
	return out, nil
}
