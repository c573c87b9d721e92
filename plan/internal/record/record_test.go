package record_test

import (
	"strings"
	"testing"

	"flink-sql-driver/plan/internal/record"
)

type thing struct {
	Version int    `json:"version"`
	Name    string `json:"name"`
}

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "empty",
		" ":                              "empty",
		"\x00":                           "invalid character",
		"[]":                             "a JSON array, not an object",
		`"x"`:                            "a JSON string, not an object",
		"{}":                             "no version",
		`{"version":2,"later":1}`:        "version 2, but this program reads version 1: use a newer one",
		`{"version":0}`:                  "version 0",
		`{"version":"1"}`:                "version is a string",
		`{"version":1,"name":1}`:         "name is a number",
		`{"version":1,"name":"a","b":2}`: `unknown field "b"`,
		`{"version":1} {}`:               "invalid character '{' after top-level value",
		`{"version":1,"name":"a"`:        "cut off",
	} {
		var v thing
		if err := record.Decode([]byte(text), 1, &v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	data, err := record.Encode(thing{1, "<&>"})
	if err != nil || string(data) != "{\n  \"version\": 1,\n  \"name\": \"<&>\"\n}\n" {
		t.Fatalf("%q, %v", data, err)
	}
	var v thing
	if err := record.Decode(data, 1, &v); err != nil || v != (thing{1, "<&>"}) {
		t.Errorf("%+v, %v", v, err)
	}
}
