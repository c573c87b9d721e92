package settings

import "testing"

func TestFlinkOptions(t *testing.T) {
	for block, want := range map[string]string{
		`{"env": [{"name": "A", "value": "1"}, {"name": "FLINK_PROPERTIES", "value": "rest.port: 1"}]}`:                                                          "env[1]",
		`{"env": [{"name": "JOB_MANAGER_RPC_ADDRESS", "value": "x"}]}`:                                                                                           "env[0]",
		`{"taskManager": {"podTemplate": {"spec": {"containers": [{"name": "flink-main-container", "env": [{"name": "FLINK_PROPERTIES", "value": "x"}]}]}}}}`:    "taskManager.podTemplate.spec.containers[0].env[0]",
		`{"podTemplate": {"spec": {"containers": [{"name": "flink-main-container", "env": [{"name": "TASK_MANAGER_NUMBER_OF_TASK_SLOTS", "value": "x"}]}]}}}`:    "podTemplate.spec.containers[0].env[0]",
		`{"podTemplate": {"spec": {"containers": [{"name": "sidecar", "env": [{"name": "FLINK_PROPERTIES", "value": "x"}]}]}}, "env": [{"name": "FLINK_HOME"}]}`: "",
	} {
		s, err := Parse([]byte(block))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, k := range s.FlinkOptions() {
			got += k.Key
		}
		if got != want {
			t.Errorf("%s: %q, want %q", block, got, want)
		}
	}
}
