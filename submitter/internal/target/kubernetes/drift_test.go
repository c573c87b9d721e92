package kubernetes

import (
	"strings"
	"testing"
)

// TestDrift: what was deleted or edited is named, and what others add is not.
func TestDrift(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(owned map[string]map[string]any)
		want   string
	}{
		{"as it was made", func(map[string]map[string]any) {}, ""},
		{"deleted", func(o map[string]map[string]any) { delete(o, "Service orders-b-rest") }, "Service orders-b-rest is gone"},
		{"scaled", func(o map[string]map[string]any) {
			o["Deployment orders-b"]["spec"].(map[string]any)["replicas"] = int64(1)
		}, "Deployment orders-b was changed: .spec.replicas"},
		{"edited", func(o map[string]map[string]any) {
			o["ConfigMap flink-config-orders-b"]["data"].(map[string]any)["config.yaml"] = "x"
		}, "ConfigMap flink-config-orders-b was changed: .data.config.yaml"},
		{"a selector with one entry more", func(o map[string]map[string]any) {
			o["Service orders-b-rest"]["spec"].(map[string]any)["selector"].(map[string]any)["x"] = "y"
		}, "Service orders-b-rest was changed: .spec.selector.x"},
		{"made by another version", func(o map[string]map[string]any) {
			conf := o["ConfigMap flink-config-orders-b"]
			conf["data"].(map[string]any)["config.yaml"] = "x"
			conf["metadata"].(map[string]any)["annotations"].(map[string]any)[annotationMade] = "other"
		}, ""},
		{"what the API server adds", func(o map[string]map[string]any) {
			o["Service orders-b-rest"]["spec"].(map[string]any)["clusterIP"] = "10.0.0.1"
			o["Service orders-b-rest"]["spec"].(map[string]any)["ports"].([]any)[0].(map[string]any)["protocol"] = "TCP"
			o["Service orders-b-rest"]["metadata"].(map[string]any)["resourceVersion"] = "7"
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := of(orders(), ``)
			job, err := c.job()
			if err != nil {
				t.Fatal(err)
			}
			job.UID = c.jobUID()
			owned, err := c.owned()
			if err != nil {
				t.Fatal(err)
			}
			s := snapshot{job: job, wanted: wanted(job), owned: map[string]map[string]any{}}
			for _, o := range owned {
				have, err := bare(o)
				if err != nil {
					t.Fatal(err)
				}
				s.owned[objectName(have)] = have
			}
			tc.change(s.owned)
			if got := s.drift(); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			job.Spec.Suspend = nil
			o := s.judge(c.launch.Ref)
			if o.Unattended != (tc.want != "") || !strings.Contains(o.Problem, tc.want) {
				t.Errorf("%+v", o)
			}
		})
	}
}
