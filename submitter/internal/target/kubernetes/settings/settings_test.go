package settings

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"imagePulPolicy": "Never"}`:                                        `imagePulPolicy: unknown field`,
		`{"podTemplate": {"spec": {"contaners": []}}}`:                       `podTemplate.spec.contaners`,
		`{"podTemplate": {"spec": {"containers": [{"name": "a", "x": 1}]}}}`: `podTemplate.spec.containers[0].x`,
		`{"image": 1}`:                     "image: a number where a string is needed; quote it",
		`{"nodeSelector": {"disk": true}}`: "nodeSelector: a bool where a string is needed; quote it",
		`{"secrets": "a"}`:                 "secrets: a string where a list is needed",
		`{"podTemplate": []}`:              "podTemplate: a list where a mapping is needed",
		`{"podTemplate": {"spec": {"terminationGracePeriodSeconds": "a"}}}`: "podTemplate.spec.terminationGracePeriodSeconds: a string where a number is needed",
		`{"podTemplate": {"spec": {"hostNetwork": 1}}}`:                     "podTemplate.spec.hostNetwork: a number where true or false is needed",
		`{"imagePullPolicy": "always"}`:                                     `imagePullPolicy: "always" is none of Always, IfNotPresent and Never`,
		`{"namespace": "Prod_1"}`:                                           `namespace: "Prod_1" is no name of a namespace`,
		`[]`:                                                                "array",
		`{"mode": "session"}`:                                               "neither native nor standalone",
		`{"ingress": {}}`:                                                   "ingress: it has no host",
		`{"image": "a"`:                                                     "unexpected",
		`{"image": "a", "image": "b"}`:                                      `image: duplicate field`,
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestOver: mappings are merged, lists replaced, and what nobody spoke of stays.
func TestOver(t *testing.T) {
	const base = `{"image": "a", "envFrom": [{"secretRef": {"name": "s3"}}], "nodeSelector": {"a": "1"},
		"podTemplate": {"spec": {"containers": [{"name": "flink-main-container", "env": [{"name": "A", "value": "1"}]}]}}}`
	for own, want := range map[string]string{
		``:                             base,
		`{"image": "b"}`:               strings.Replace(base, `"image": "a"`, `"image": "b"`, 1),
		`{"nodeSelector": {"b": "2"}}`: strings.Replace(base, `"a": "1"`, `"a": "1", "b": "2"`, 1),
		`{"envFrom": [{"configMapRef": {"name": "c"}}]}`: strings.Replace(base, `{"secretRef": {"name": "s3"}}`, `{"configMapRef": {"name": "c"}}`, 1),
		`{"envFrom": []}`:        strings.Replace(base, `"envFrom": [{"secretRef": {"name": "s3"}}], `, ``, 1),
		`{"nodeSelector": null}`: strings.Replace(base, `"nodeSelector": {"a": "1"},`, ``, 1),
		`{"podTemplate": {"spec": {"priorityClassName": "high"}}}`:      strings.Replace(base, `"spec": {`, `"spec": {"priorityClassName": "high", `, 1),
		`{"podTemplate": {"metadata": {"annotations": {"team": "x"}}}}`: strings.Replace(base, `"podTemplate": {`, `"podTemplate": {"metadata": {"annotations": {"team": "x"}}, `, 1),
	} {
		below, err := Parse([]byte(base))
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := Parse([]byte(want))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Over(below, []byte(own))
		if diff := cmp.Diff(wanted, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", own, err, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"image": "a", "podTemplate": {"spec": {}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil || len(data) == 0 {
			return
		}
		if _, err := Over(s, data); err != nil {
			t.Errorf("over itself: %v", err)
		}
	})
}
