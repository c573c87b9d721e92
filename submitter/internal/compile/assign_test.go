package compile

import (
	"errors"
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"

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
	x, y := column{"x", "INT", ""}, column{"y", "STRING", ""}
	for name, tt := range map[string]struct {
		query, target []column
		meta          manifest.MetadataColumns
		columns       string
		way           string // empty: by name
		want          []string
		err           string
	}{
		"by name, in the target's order":  {query: []column{b, a}, target: []column{a, b}, want: []string{"a=`a`", "b=`b`"}},
		"missing":                         {query: []column{a}, target: []column{a, b}, err: "the query does not produce 'b' of t; columns"},
		"surplus":                         {query: []column{a, b}, target: []column{a}, err: "t has no column for 'b' of the query; columns"},
		"both, by name":                   {query: []column{x}, target: []column{a}, columns: manifest.ByName, err: "does not produce 'a' of t, and t has no column for 'x'"},
		"of different case":               {query: []column{{"A", "INT", ""}, b}, target: []column{a, b}, way: manifest.ByPosition, want: []string{"a=`A`", "b=`b`"}},
		"of different case, crossed":      {query: []column{{"B", "INT", ""}, {"A", "INT", ""}}, target: []column{a, b}, err: "by name B → ?, A → ?; by position B → a, A → b"},
		"no name is there":                {query: []column{x, y}, target: []column{a, b}, way: manifest.ByPosition, want: []string{"a=`x`", "b=`y`"}},
		"one name is there, in its place": {query: []column{x, b}, target: []column{a, b}, way: manifest.ByPosition, want: []string{"a=`x`", "b=`b`"}},
		"a mixture":                       {query: []column{b, x}, target: []column{a, b}, err: "by name b → b, x → ?; by position b → a, x → b. Give"},
		"a mixture, by position":          {query: []column{b, x}, target: []column{a, b}, columns: manifest.ByPosition, way: manifest.ByPosition, want: []string{"a=`b`", "b=`x`"}},
		"a mixture, by name":              {query: []column{b, x}, target: []column{a, b}, columns: manifest.ByName, err: "does not produce 'a' of t, and t has no column for 'x'"},
		"all names, by position":          {query: []column{b, a}, target: []column{a, b}, columns: manifest.ByPosition, way: manifest.ByPosition, want: []string{"a=`b`", "b=`a`"}},
		"too few, by position":            {query: []column{x}, target: []column{a, b}, columns: manifest.ByPosition, err: "the query has 1 ('x') where t has 2 to write ('a', 'b')"},
		"too many":                        {query: []column{x, y, b}, target: []column{a, b}, err: "t has no column for 'x', 'y'"},
		"by position around metadata columns": {query: []column{x, y}, target: []column{six["__query_version"], a, six["__query_name"], b}, way: manifest.ByPosition,
			want: []string{"__query_version=CAST(7 AS INT)", "a=`x`", "__query_name=CAST('orders' AS STRING)", "b=`y`"}},
		"by position around computed columns":     {query: []column{x, y}, target: []column{a, {"c", "INT", "AS `a` + 1"}, b}, way: manifest.ByPosition, want: []string{"a=`x`", "b=`y`"}},
		"by position, the name of a computed one": {query: []column{x, {"c", "INT", ""}}, target: []column{a, {"c", "INT", "AS `a` + 1"}, b}, err: "by name x → ?, c → ?"},
		"by position, headers left out":           {query: []column{x}, target: []column{{"h", "INT", "METADATA"}, a, {"v", "INT", "METADATA VIRTUAL"}}, way: manifest.ByPosition, want: []string{"a=`x`"}},
		"by position, headers written":            {query: []column{y, x}, target: []column{{"h", "INT", "METADATA"}, a}, way: manifest.ByPosition, want: []string{"h=`y`", "a=`x`"}},
		"computed columns are not written": {query: []column{a}, target: []column{a, {"c", "INT", "AS `a` + 1"}},
			want: []string{"a=`a`"}},
		"writing a computed column":     {query: []column{a, {"c", "INT", ""}}, target: []column{a, {"c", "INT", "AS `a` + 1"}}, err: "no column for 'c'"},
		"virtual metadata":              {query: []column{a}, target: []column{a, {"m", "INT", "METADATA VIRTUAL"}}, want: []string{"a=`a`"}},
		"metadata that may be left out": {query: []column{a}, target: []column{a, {"m", "INT", "METADATA FROM 'x'"}}, want: []string{"a=`a`"}},
		"metadata that is written": {query: []column{a, {"m", "INT", ""}}, target: []column{a, {"m", "INT", "METADATA FROM 'x'"}},
			want: []string{"a=`a`", "m=`m`"}},
		"all six": {query: []column{a}, target: append([]column{a}, allSix...), meta: manifest.MetadataColumns{On: true}, want: []string{
			"a=`a`",
			"__create_timestamp=CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3))",
			"__query_name=CAST('orders' AS STRING)",
			"__query_description=CAST('it''s an order' AS STRING)",
			"__query_id=CAST('35d3d720-760d-11ed-bfeb-02e547cf7baa' AS STRING)",
			"__query_version=CAST(7 AS INT)",
			"__query_create_timestamp=CAST(TO_TIMESTAMP_LTZ(1670403462000, 3) AS TIMESTAMP_LTZ(3))",
		}},
		"those the table has":   {query: []column{a}, target: []column{six["__query_version"], a}, want: []string{"__query_version=CAST(7 AS INT)", "a=`a`"}},
		"all are asked for":     {query: []column{a}, target: []column{a, six["__query_name"]}, meta: manifest.MetadataColumns{On: true}, err: "t has no column '__create_timestamp'"},
		"none":                  {query: []column{a}, target: []column{a, six["__query_name"]}, meta: manifest.MetadataColumns{Off: true}, err: "does not produce '__query_name'"},
		"none, the query's own": {query: []column{a, six["__query_name"]}, target: []column{a, six["__query_name"]}, meta: manifest.MetadataColumns{Off: true}, want: []string{"a=`a`", "__query_name=`__query_name`"}},
		"collision":             {query: []column{a, six["__query_name"]}, target: []column{a, six["__query_name"]}, err: "the query produces '__query_name' itself"},
		"renamed": {query: []column{a}, target: []column{a, {"version", "STRING", ""}}, meta: manifest.MetadataColumns{Names: map[string]string{"__query_version": "version"}},
			want: []string{"a=`a`", "version=CAST(7 AS STRING)"}},
		"renamed to nothing": {query: []column{a}, target: []column{a}, meta: manifest.MetadataColumns{Names: map[string]string{"__query_version": "version"}}, err: "t has no column 'version' for __query_version"},
		"odd name":           {query: []column{{"a`b", "INT", ""}}, target: []column{{"a`b", "INT", ""}}, want: []string{"a`b=`a``b`"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{
				Job:  &manifest.Job{Name: "orders", Description: "it's an order", TargetTable: "t", MetadataColumns: tt.meta, Columns: tt.columns, File: "orders.yaml"},
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
			if err != nil {
				t.Fatal(err)
			}
			var values []string
			for _, v := range got.values {
				values = append(values, v.column+"="+v.sql)
			}
			if diff := cmp.Diff(tt.want, values); diff != "" {
				t.Error(diff)
			}
			if tt.way == "" {
				tt.way = manifest.ByName
			}
			if got.way != tt.way {
				t.Errorf("%s, want %s", got.way, tt.way)
			}
		})
	}
}
