package kubernetes

import (
	"testing"
)

// TestAdmitted: an object that would be made the same way again is no drift; one that
// somebody changed, or that nobody may bring back, is.
func TestAdmitted(t *testing.T) {
	const replicas = "Deployment orders-b-taskmanager was changed: .spec.replicas"
	for name, tc := range map[string]struct {
		there func(deployment map[string]any)
		made  func(deployment map[string]any)
		want  string
	}{
		"admission does it": {rewrite, rewrite, ""},
		"somebody did it":   {scale, func(map[string]any) {}, replicas},
		"both":              {func(d map[string]any) { rewrite(d); scale(d) }, rewrite, replicas},
		"forbidden":         {scale, nil, replicas},
	} {
		t.Run(name, func(t *testing.T) {
			c := of(orders(), `{"mode": "standalone"}`)
			job, err := c.job()
			if err != nil {
				t.Fatal(err)
			}
			job.UID = c.jobUID()
			s := snapshot{job: job, wanted: wanted(job), owned: map[string]map[string]any{}}
			api := answers{"deployments/orders-b-taskmanager": forbidden("deployments")}
			for _, o := range s.wanted {
				have, err := plainJSON(o)
				if err != nil {
					t.Fatal(err)
				}
				if objectName(have) == "Deployment orders-b-taskmanager" {
					if tc.made != nil {
						made, _ := plainJSON(o)
						tc.made(made)
						made["metadata"].(map[string]any)["managedFields"] = []any{map[string]any{"manager": fieldManager}}
						api["deployments/orders-b-taskmanager"] = made
					}
					tc.there(have)
				}
				s.owned[objectName(have)] = have
			}
			k := on(t, api)
			if s.drift() == "" {
				t.Error("nothing differs")
			}
			if got := k.admitted(t.Context(), s).drift(); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// rewrite is what an admission does that puts a registry before images.
func rewrite(deployment map[string]any) {
	pod := deployment["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	pod["containers"].([]any)[0].(map[string]any)["image"] = "mirror.example.com/driver"
}

func scale(deployment map[string]any) {
	deployment["spec"].(map[string]any)["replicas"] = float64(7)
}
