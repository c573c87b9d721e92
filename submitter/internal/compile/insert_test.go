package compile

import (
	"errors"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/sqltext"

	"github.com/google/go-cmp/cmp"
)

func TestMatch(t *testing.T) {
	six := map[string]column{
		"__create_timestamp":       {"__create_timestamp", "TIMESTAMP(3)", ""},
		"__query_name":             {"__query_name", "STRING", ""},
		"__query_description":      {"__query_description", "STRING", ""},
		"__query_id":               {"__query_id", "STRING", ""},
		"__query_version":          {"__query_version", "INT", ""},
		"__query_create_timestamp": {"__query_create_timestamp", "TIMESTAMP_LTZ(3)", ""},
	}
	var allSix []column
	for _, n := range manifest.MetadataColumnNames {
		allSix = append(allSix, six[n])
	}
	a, b := column{"a", "INT", ""}, column{"b", "STRING", ""}
	for name, tt := range map[string]struct {
		query, target []column
		meta          manifest.MetadataColumns
		want          []value
		err           string
	}{
		"by name, in the target's order": {query: []column{b, a}, target: []column{a, b}, want: []value{{"a", "`a`"}, {"b", "`b`"}}},
		"missing":                        {query: []column{a}, target: []column{a, b}, err: "the query does not produce 'b' of t; columns"},
		"surplus":                        {query: []column{a, b}, target: []column{a}, err: "t has no column for 'b' of the query; columns"},
		"both, of different case":        {query: []column{{"A", "INT", ""}}, target: []column{a}, err: "does not produce 'a' of t, and t has no column for 'A'"},
		"computed columns are not written": {query: []column{a}, target: []column{a, {"c", "INT", "AS `a` + 1"}},
			want: []value{{"a", "`a`"}}},
		"writing a computed column":     {query: []column{a, {"c", "INT", ""}}, target: []column{a, {"c", "INT", "AS `a` + 1"}}, err: "no column for 'c'"},
		"virtual metadata":              {query: []column{a}, target: []column{a, {"m", "INT", "METADATA VIRTUAL"}}, want: []value{{"a", "`a`"}}},
		"metadata that may be left out": {query: []column{a}, target: []column{a, {"m", "INT", "METADATA FROM 'x'"}}, want: []value{{"a", "`a`"}}},
		"metadata that is written": {query: []column{a, {"m", "INT", ""}}, target: []column{a, {"m", "INT", "METADATA FROM 'x'"}},
			want: []value{{"a", "`a`"}, {"m", "`m`"}}},
		"all six": {query: []column{a}, target: append([]column{a}, allSix...), meta: manifest.MetadataColumns{On: true}, want: []value{
			{"a", "`a`"},
			{"__create_timestamp", "CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3))"},
			{"__query_name", "CAST('orders' AS STRING)"},
			{"__query_description", "CAST('it''s an order' AS STRING)"},
			{"__query_id", "CAST('35d3d720-760d-11ed-bfeb-02e547cf7baa' AS STRING)"},
			{"__query_version", "CAST(7 AS INT)"},
			{"__query_create_timestamp", "CAST(TO_TIMESTAMP_LTZ(1670403462000, 3) AS TIMESTAMP_LTZ(3))"},
		}},
		"those the table has":   {query: []column{a}, target: []column{six["__query_version"], a}, want: []value{{"__query_version", "CAST(7 AS INT)"}, {"a", "`a`"}}},
		"all are asked for":     {query: []column{a}, target: []column{a, six["__query_name"]}, meta: manifest.MetadataColumns{On: true}, err: "t has no column '__create_timestamp'"},
		"none":                  {query: []column{a}, target: []column{a, six["__query_name"]}, meta: manifest.MetadataColumns{Off: true}, err: "does not produce '__query_name'"},
		"none, the query's own": {query: []column{a, six["__query_name"]}, target: []column{a, six["__query_name"]}, meta: manifest.MetadataColumns{Off: true}, want: []value{{"a", "`a`"}, {"__query_name", "`__query_name`"}}},
		"collision":             {query: []column{a, six["__query_name"]}, target: []column{a, six["__query_name"]}, err: "the query produces '__query_name' itself"},
		"renamed": {query: []column{a}, target: []column{a, {"version", "STRING", ""}}, meta: manifest.MetadataColumns{Names: map[string]string{"__query_version": "version"}},
			want: []value{{"a", "`a`"}, {"version", "CAST(7 AS STRING)"}}},
		"renamed to nothing": {query: []column{a}, target: []column{a}, meta: manifest.MetadataColumns{Names: map[string]string{"__query_version": "version"}}, err: "t has no column 'version' for __query_version"},
		"odd name":           {query: []column{{"a`b", "INT", ""}}, target: []column{{"a`b", "INT", ""}}, want: []value{{"a`b", "`a``b`"}}},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{
				Job:  &manifest.Job{Name: "orders", Description: "it's an order", TargetTable: "t", MetadataColumns: tt.meta, File: "orders.yaml"},
				Meta: journal.Meta{QueryVersion: 7, QueryID: "35d3d720-760d-11ed-bfeb-02e547cf7baa", QueryCreateTimestamp: "2022-12-07 08:57:42"},
			}
			got, err := match(in, tt.query, tt.target)
			var e *Error
			if tt.err != "" {
				if !errors.As(err, &e) || !strings.Contains(e.Cause, tt.err) {
					t.Errorf("got %v, want %s", err, tt.err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(value{})); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestInits(t *testing.T) {
	for script, want := range map[string][]string{
		"SET 'a'='b'; CREATE TABLE t (a INT); USE CATALOG c": nil,
		"CREATE FUNCTION f AS 'a.B'; CREATE TABLE t (a INT)": {"CREATE FUNCTION f AS 'a.B'"},
		"CREATE DATABASE d; USE d; CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'a.B'; DROP TABLE t; DROP TEMPORARY FUNCTION g": {
			"CREATE DATABASE d", "USE d", "CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'a.B'", "DROP TEMPORARY FUNCTION g"},
		"CREATE FUNCTION f AS 'a.B'; ALTER TABLE model SET ('a'='b'); DROP /* FUNCTION */ TABLE `catalog`; ALTER TABLE c.function RENAME TO model": {"CREATE FUNCTION f AS 'a.B'"},
		"ALTER /* TABLE */ MODEL t SET ('a'='b'); DROP CATALOG IF EXISTS `table`":                                                                  {"ALTER /* TABLE */ MODEL t SET ('a'='b')", "DROP CATALOG IF EXISTS `table`"},
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
