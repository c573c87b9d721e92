package change

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKubernetes(t *testing.T) {
	item := func(key, old, wanted string) Item {
		return Item{What: "kubernetes" + key, Old: old, New: wanted, Effect: "restart"}
	}
	for name, c := range map[string]struct {
		old, wanted string
		want        []Item
	}{
		"no record of it":       {``, ``, []Item{item("", "", "")}},
		"a block more":          {``, `{"image": "a"}`, []Item{item(".image", "", "a")}},
		"a block less":          {`{"nodeSelector": {"disk": "ssd"}}`, ``, []Item{item(".nodeSelector.disk", "ssd", "")}},
		"one key of a mapping":  {`{"image": "a", "nodeSelector": {"a": "1", "b": "2"}}`, `{"image": "a", "nodeSelector": {"a": "1", "b": "3"}}`, []Item{item(".nodeSelector.b", "2", "3")}},
		"a list as a whole":     {`{"secrets": ["a", "b"]}`, `{"secrets": ["a", "<c>"]}`, []Item{item(".secrets", `["a","b"]`, `["a","<c>"]`)}},
		"a number as it was":    {`{"podTemplate": {"spec": {"priority": 12345678901234567890}}}`, `{}`, []Item{item("", "", "{}"), item(".podTemplate.spec.priority", "12345678901234567890", "")}},
		"empty, null":           {`{"image": "", "nodeSelector": null}`, `{"image": "a", "nodeSelector": {}}`, []Item{item(".image", `""`, "a"), item(".nodeSelector", "null", "{}")}},
		"a secret in variables": {`{"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}`, `{"env": [{"name": "DB_PASSWORD", "value": "hunter3"}]}`, []Item{item(".env", `[{"name":"DB_PASSWORD","value":"******"}]`, `[{"name":"DB_PASSWORD","value":"******"}]`)}},
		"one of its annotations": {`{"podTemplate": {"metadata": {"annotations": {"x/API_KEY": "1", "team": "a"}}}}`, `{"podTemplate": {"metadata": {"annotations": {"x/API_KEY": "2", "team": "b"}}}}`,
			[]Item{item(".podTemplate.metadata.annotations.team", "a", "b"), item(".podTemplate.metadata.annotations.x/API_KEY", "******", "******")}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, kubernetes([]byte(c.old), []byte(c.wanted))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
