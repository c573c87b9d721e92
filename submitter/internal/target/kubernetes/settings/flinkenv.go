package settings

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// ofFlink are variables from which the official image, and the driver in its place, take
// options.
var ofFlink = []string{"FLINK_PROPERTIES", "JOB_MANAGER_RPC_ADDRESS", "TASK_MANAGER_NUMBER_OF_TASK_SLOTS", "FLINK_CONF_DIR"}

// FlinkMain is the container that Flink runs in.
const FlinkMain = "flink-main-container"

// FlinkOptions finds variables that would change Flink's options behind the manifest. They
// are no mistake of the block itself: launches of before they were refused have them.
func (s Settings) FlinkOptions() []*KeyError {
	found := flinkVariables("env", s.Env)
	for _, t := range []struct {
		key      string
		template *corev1.PodTemplateSpec
	}{{"podTemplate", s.PodTemplate}, {"jobManager.podTemplate", s.JobManager.PodTemplate}, {"taskManager.podTemplate", s.TaskManager.PodTemplate}} {
		if t.template == nil {
			continue
		}
		for i, c := range t.template.Spec.Containers {
			if c.Name == FlinkMain {
				found = append(found, flinkVariables(fmt.Sprintf("%s.spec.containers[%d].env", t.key, i), c.Env)...)
			}
		}
	}
	return found
}

func flinkVariables(key string, env []corev1.EnvVar) []*KeyError {
	var found []*KeyError
	for i, e := range env {
		if slices.Contains(ofFlink, e.Name) {
			found = append(found, &KeyError{Key: fmt.Sprintf("%s[%d]", key, i), Problem: e.Name + " would change Flink's options behind the manifest; write them into flinkProperties"})
		}
	}
	return found
}
