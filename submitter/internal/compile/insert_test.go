package compile

import (
	"testing"

	"flink-sql-driver/submitter/internal/sqltext"

	"github.com/google/go-cmp/cmp"
)

func TestInits(t *testing.T) {
	for script, want := range map[string][]string{
		"SET 'a'='b'; CREATE TABLE t (a INT); USE CATALOG c": nil,
		"CREATE FUNCTION f AS 'a.B'; CREATE TABLE t (a INT)": {"CREATE FUNCTION f AS 'a.B'"},
		"CREATE DATABASE d; USE d; CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'a.B'; DROP TABLE t; DROP TEMPORARY FUNCTION g": {
			"CREATE DATABASE d", "USE d", "CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'a.B'", "DROP TEMPORARY FUNCTION g"},
		"CREATE FUNCTION f AS 'a.B'; ALTER TABLE model SET ('a'='b'); DROP /* FUNCTION */ TABLE `catalog`; ALTER TABLE c.function RENAME TO model": {"CREATE FUNCTION f AS 'a.B'"},
		"ALTER /* TABLE */ MODEL t SET ('a'='b'); DROP CATALOG IF EXISTS `table`":                                                                  {"DROP CATALOG IF EXISTS `table`"},
		"CREATE CATALOG c WITH ('type'='generic_in_memory'); LOAD MODULE m; ADD JAR 'x.jar'; CREATE TEMPORARY VIEW v AS SELECT 1": {
			"CREATE CATALOG c WITH ('type'='generic_in_memory')", "LOAD MODULE m", "ADD JAR 'x.jar'"},
	} {
		statements, err := sqltext.Split(script)
		if err != nil {
			t.Fatal(err)
		}
		var i inits
		for _, s := range statements {
			d, _ := s.DDL()
			i.saw(s, d)
		}
		if diff := cmp.Diff(want, i.statements()); diff != "" {
			t.Errorf("%s: %s", script, diff)
		}
	}
}

func TestInCharacters(t *testing.T) {
	for _, tt := range []struct {
		text         string
		line, column int
		want         int
	}{
		{"abc", 1, 2, 2}, {"a😀c", 1, 4, 3}, {"a😀c", 1, 3, 2}, {"éb", 1, 2, 2}, {"x\r\n😀b", 2, 3, 2}, {"abc", 1, 9, 9}, {"abc", 7, 2, 2}, {"", 1, 1, 1},
	} {
		if got := inCharacters(tt.text, tt.line, tt.column); got != tt.want {
			t.Errorf("%q %d:%d: %d, want %d", tt.text, tt.line, tt.column, got, tt.want)
		}
	}
}

func TestOnThisMachine(t *testing.T) {
	for address, want := range map[string]bool{
		"http://localhost:8083": true, "http://127.0.0.1": true, "https://[::1]:1/x": true, "http://10.0.0.1": false, "http://gateway": false, "%zz": false,
	} {
		if OnThisMachine(address) != want {
			t.Errorf("%s: %v", address, !want)
		}
	}
}
