package kubernetes

import (
	"encoding/json"
	"testing"
)

func TestWithoutMore(t *testing.T) {
	const want = `{"spec": {"podSelector": {"matchLabels": {"a": "1"}}, "policyTypes": ["Ingress"],
		"ingress": [{"from": [{"podSelector": {"matchLabels": {"a": "1"}}}]}]}}`
	for _, tc := range []struct{ name, have, at, patch string }{
		{"as it was made", want, "", "null"},
		{"others add what they like", `{"metadata": {"labels": {"x": "y"}}, "spec": {"podSelector": {"matchLabels": {"a": "1"}}, "more": 1}}`, "", "null"},
		{"a label", `{"spec": {"podSelector": {"matchLabels": {"a": "1", "x": "y"}}}}`, ".spec.podSelector.matchLabels.x", `{"spec":{"podSelector":{"matchLabels":{"x":null}}}}`},
		{"an expression", `{"spec": {"podSelector": {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}}}`,
			".spec.podSelector.matchExpressions", `{"spec":{"podSelector":{"matchExpressions":null}}}`},
		{"within a list, which applying brings back", `{"spec": {"ingress": [{"from": [{"podSelector": {"matchLabels": {"a": "1", "x": "y"}}}]}]}}`,
			".spec.ingress[0].from[0].podSelector.matchLabels.x", "null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wanted, have := decode(t, want), decode(t, tc.have)
			if at := narrowed(wanted, have, "", false); at != tc.at {
				t.Errorf("at %q, want %q", at, tc.at)
			}
			patch, err := json.Marshal(withoutMore(wanted, have, false))
			if err != nil || string(patch) != tc.patch {
				t.Errorf("%s, %v, want %s", patch, err, tc.patch)
			}
		})
	}
}

func decode(t *testing.T, text string) map[string]any {
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}
