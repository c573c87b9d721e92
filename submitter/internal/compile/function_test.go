package compile_test

import (
	"errors"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/compile"
)

// TestFunctionsThatCannotBeMade: a function that cannot be made is blamed where it was created, with the
// class that is missing.
func TestFunctionsThatCannotBeMade(t *testing.T) {
	c := compiler(t, compile.Options{Handover: compile.File})
	const query = "  INSERT INTO dst SELECT CAST(f(a) AS INT), b FROM src;\n"
	for name, tt := range map[string]struct {
		create string
		says   string
	}{
		"permanent":        {"CREATE FUNCTION f AS 'com.acme.Such';", "com.acme.Such"},
		"temporary":        {"CREATE TEMPORARY FUNCTION f AS 'com.acme.Such';", "com.acme.Such"},
		"temporary system": {"CREATE TEMPORARY SYSTEM FUNCTION f AS 'com.acme.Such' LANGUAGE JAVA;", "com.acme.Such"},
		"inner class":      {"CREATE FUNCTION f AS 'com.acme.Such$Inner';", "com.acme.Such$Inner"},
		"no constructor":   {"CREATE TEMPORARY FUNCTION f AS 'java.lang.Integer';", "public constructor"},
		"no function":      {"CREATE FUNCTION f AS 'java.lang.Object';", "extends ScalarFunction"},
		"abstract":         {"CREATE FUNCTION f AS 'org.apache.flink.table.functions.ScalarFunction';", "extends ScalarFunction"},
	} {
		t.Run(name, func(t *testing.T) {
			job, _ := write(t, "name: functions\ntable-definitions: [tables.sql]\nsql: |\n  -- first\n  "+tt.create+"\n"+query, nil)
			_, err := c.Compile(t.Context(), compile.Input{Job: job, Meta: meta})
			var e *compile.Error
			if !errors.As(err, &e) || e.At.Line != 5 || e.Key != "sql" || !strings.Contains(e.Cause, tt.says) {
				t.Errorf("%v", err)
			}
		})
	}
}
