package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
		`{"nodeSelector": {"disk": true}}`: "nodeSelector.disk: a bool where a string is needed; quote it",
		`{"secrets": "a"}`:                 "secrets: a string where a list is needed",
		`{"podTemplate": []}`:              "podTemplate: a list where a mapping is needed",
		`{"podTemplate": {"spec": {"terminationGracePeriodSeconds": "a"}}}`: "podTemplate.spec.terminationGracePeriodSeconds: a string where a whole number is needed",
		`{"podTemplate": {"spec": {"hostNetwork": 1}}}`:                     "podTemplate.spec.hostNetwork: a number where true or false is needed",
		`{"imagePullPolicy": "always"}`:                                     `imagePullPolicy: "always" is none of Always, IfNotPresent and Never`,
		`{"namespace": "Prod_1"}`:                                           `namespace: "Prod_1" is no name of a namespace`,
		`[]`:                                                                "a list where a mapping is needed",
		`{"mode": "session"}`:                                               "neither native nor standalone",
		`{"ingress": {}}`:                                                   "ingress: it has no host",
		`{"image": "a"`:                                                     "unexpected",
		`{"image": "a", "image": "b"}`:                                      `image: duplicate field`,
		`{"podTemplate": {"spec": {"containers": [{"resources": {"limits": {"memory": "1 gigabyte"}}}]}}}`: `podTemplate.spec.containers[0].resources.limits.memory: "1 gigabyte" is no quantity`,
		`{"podTemplate": {"spec": {"priority": 99999999999}}}`:                                             "podTemplate.spec.priority: 99999999999 is out of range",
		`{"podTemplate": {"spec": {"priority": 1.5}}}`:                                                     "podTemplate.spec.priority: a number where a whole number is needed",
		`{"podTemplate": {"spec": {"volumes": [{"emptyDri": {}}]}}}`:                                       "podTemplate.spec.volumes[0].emptyDri: unknown field",
		`{"networkPolicy": {"ingress": [{"ports": [{"port": true}]}]}}`:                                    "networkPolicy.ingress[0].ports[0].port: true is no number, nor a text",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestParseTellsAll: every mistake at once, and what could stand where a name is unknown.
func TestParseTellsAll(t *testing.T) {
	_, err := Parse([]byte(`{"mode": "session", "imag": "a", "podTemplate": {"spec": {"hostNetwork": "no", "containers": [{"name": 1, "volumeMount": []}]}}}`))
	var wrong KeyErrors
	if !errors.As(err, &wrong) {
		t.Fatalf("%v", err)
	}
	var said []string
	for _, e := range wrong {
		said = append(said, e.Error())
	}
	want := []string{
		"imag: unknown field",
		"podTemplate.spec.containers[0].name: a number where a string is needed; quote it",
		"podTemplate.spec.containers[0].volumeMount: unknown field",
		"podTemplate.spec.hostNetwork: a string where true or false is needed",
		`mode: "session" is neither native nor standalone`,
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(wrong[0].Known, "image") || !slices.Contains(wrong[2].Known, "volumeMounts") {
		t.Errorf("known: %v, %v", wrong[0].Known, wrong[2].Known)
	}
}

// TestParseNames: what has no name, or one that nothing can have, is refused at its place.
func TestParseNames(t *testing.T) {
	for block, want := range map[string]string{
		`{"env": [null]}`:                                                                              "env[0]: " + nothing,
		`{"secrets": ["ok", null, ""]}`:                                                                "secrets[1]: " + nothing,
		`{"secrets": ["s3", "../x"]}`:                                                                  `secrets[1]: "../x" is no name of an object: a-z, 0-9, - and ., a letter or digit first and last`,
		`{"podTemplate": {"spec": {"containers": [null]}}}`:                                            "podTemplate.spec.containers[0]: " + nothing,
		`{"podTemplate": {"spec": {"containers": [{"image": "x"}]}}}`:                                  "podTemplate.spec.containers[0]: it has no name",
		`{"jobManager": {"podTemplate": {"spec": {"volumes": [{"emptyDir": {}}]}}}}`:                   "jobManager.podTemplate.spec.volumes[0]: it has no name",
		`{"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}`:                          `env[1]: there is "A" twice`,
		`{"ingress": {"host": "Not a host!"}}`:                                                         `ingress.host: "Not a host!" is no name of a host: a-z, 0-9, - and ., a letter or digit first and last; {name} and {id} are filled in`,
		`{"ingress": {}}`:                                                                              "ingress: it has no host",
		`{"ingress": {"host": "{id}.flink.example.org"}, "secrets": ["a.b"]}`:                          "",
		`{"ingress": {"host": "*.flink.example.org", "tlsSecret": "cert"}, "serviceAccountName": "f"}`: "",
	} {
		_, err := Parse([]byte(block))
		if said := fmt.Sprint(err); err != nil && said != want || err == nil && want != "" {
			t.Errorf("%s: %s, want %q", block, said, want)
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
		var wrong KeyErrors
		if err != nil && json.Valid(data) && !errors.As(err, &wrong) {
			t.Errorf("a mistake without its place: %v", err)
		}
		if err != nil || len(data) == 0 {
			return
		}
		if _, err := Over(s, data); err != nil {
			t.Errorf("over itself: %v", err)
		}
	})
}
