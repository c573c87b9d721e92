package compile

import (
	"errors"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/manifest"
)

func TestSecretsOfCatalogsLeaveThePlan(t *testing.T) {
	f := filledSecrets{"PW": `p"w<1'`, "URL": "jdbc:x"}
	job := &manifest.Job{SQL: manifest.Source{At: manifest.Position{File: "a.yaml"}}}
	for _, tt := range []struct{ raw, want string }{
		{`{"password":"p\"w<1'","k" : "jdbc:x"}`, `{"password":"${secret:PW}","k" : "${secret:URL}"}`},
		{`{"password" :  "p\"w<1'"}`, `{"password" :  "${secret:PW}"}`},
		{`{"password":"other"}`, `{"password":"other"}`},
		{`{"url":"jdbc:x/db"}`, ""}, // inside of another text
		{`{"jdbc:x":1}`, ""},
	} {
		got, err := f.restore(job, []byte(tt.raw))
		var refused *Error
		if tt.want == "" && !errors.As(err, &refused) || tt.want != "" && (err != nil || string(got) != tt.want) {
			t.Errorf("%s: %s, %v", tt.raw, got, err)
		}
	}
	if got := f.hide(`cannot connect to jdbc:x with p"w<1'`); got != "cannot connect to ${secret:URL} with ${secret:PW}" {
		t.Error(got)
	}
}

// TestHiddenInEveryForm: a value is repeated as the statement had it, too.
func TestHiddenInEveryForm(t *testing.T) {
	f := filledSecrets{"PW": "it's a/secret"}
	for _, text := range []string{"it's a/secret", "'it''s a/secret'", "it%27s+a%2Fsecret"} {
		if got := f.hide("near " + text); strings.Contains(got, "secret ") || strings.Contains(got, "it") {
			t.Errorf("%s: %s", text, got)
		}
	}
}
