package settings

import (
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"imagePulPolicy": "Never"}`:                                        `"imagePulPolicy"`,
		`{"podTemplate": {"spec": {"contaners": []}}}`:                       `podTemplate.spec.contaners`,
		`{"podTemplate": {"spec": {"containers": [{"name": "a", "x": 1}]}}}`: `podTemplate.spec.containers[0].x`,
		`{"image": 1}`:                 "image",
		`{"mode": "session"}`:          "neither native nor standalone",
		`{"ingress": {}}`:              "ingress has no host",
		`{"image": "a"`:                "unexpected",
		`{"image": "a", "image": "b"}`: `duplicate field "image"`,
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestOver(t *testing.T) {
	base, err := Parse([]byte(`{"image": "a", "envFrom": [{"secretRef": {"name": "s3"}}], "nodeSelector": {"a": "1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	own, err := Parse([]byte(`{"image": "b", "nodeSelector": {"b": "2"}}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := own.Over(base)
	if err != nil || s.Image != "b" || len(s.EnvFrom) != 1 || s.NodeSelector["a"] != "1" || s.NodeSelector["b"] != "2" {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"image": "a", "podTemplate": {"spec": {}}}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = Parse(data)
	})
}
