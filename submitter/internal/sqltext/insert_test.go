package sqltext

import (
	"strings"
	"testing"
)

// TestInsertDefect: ^ is where something is missing.
func TestInsertDefect(t *testing.T) {
	for script, part := range map[string]string{
		"INSERT INTO t SELECT 1":               "",
		"INSERT INTO t VALUES (1)":             "",
		"INSERT INTO t TABLE s":                "",
		"INSERT INTO t (SELECT 1)":             "",
		"INSERT INTO t (a, b) ((SELECT 1, 2))": "",
		"insert overwrite `a`.b.c partition (d = 1) (e) with x as (select 1) select * from x": "",
		"INSERT INTO t /*+ OPTIONS('a' = 'b') */ (a) VALUES (1)":                              "",
		"EXECUTE INSERT INTO t SELECT 1 ON CONFLICT DO NOTHING":                               "",
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO u TABLE v; END":      "",
		"INSERT INTO t EXECUTE PLAN 'x'":                                                      "",
		"^INSERT":                                                                             "needs INTO",
		"INSERT ^t SELECT 1":                                                                  "needs INTO",
		"INSERT ^INTO":                                                                        "name of a table",
		"INSERT INTO ^SELECT 1":                                                               "name of a table",
		"INSERT INTO ^(SELECT 1)":                                                             "name of a table",
		"INSERT INTO ^t -- SELECT 1":                                                          "INSERT INTO t has nothing to insert",
		"INSERT INTO a.^`b`":                                                                  "INSERT INTO a.`b` has nothing to insert",
		"INSERT OVERWRITE ^t":                                                                 "has nothing to insert",
		"INSERT INTO t (a, b^)":                                                               "has nothing to insert",
		"INSERT INTO t (^)":                                                                   "has nothing to insert",
		"INSERT INTO t PARTITION (a = 1^)":                                                    "has nothing to insert",
		"INSERT INTO t /*+ OPTIONS('a' = 'b') ^*/":                                            "has nothing to insert",
		"INSERT INTO t (a) ^VALUES":                                                           "ends after VALUES",
		"INSERT INTO t ^select":                                                               "ends after SELECT",
		"INSERT INTO t ^s":                                                                    "'s' is none",
		"INSERT INTO t ^`c`.`s`":                                                              "'`c`' is none",
		"EXECUTE INSERT INTO ^t":                                                              "has nothing to insert",
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO ^u; END": "INSERT INTO u has nothing to insert",
	} {
		text := strings.Replace(script, "^", "", 1)
		statements, err := Split(text + ";")
		if err != nil {
			t.Fatal(script, err)
		}
		d, bad := statements[0].InsertDefect()
		switch {
		case bad != (part != ""):
			t.Errorf("%s: %+v", script, d)
		case !bad:
		case !strings.Contains(d.Message, part) || d.Remedy == "":
			t.Errorf("%s: %+v", script, d)
		case text[:d.Offset]+"^"+text[d.Offset:] != script:
			t.Errorf("%s: at %s", script, text[d.Offset:])
		}
	}
}

func TestOnConflict(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT a FROM t ON CONFLICT DO NOTHING":                      "ON CONFLICT DO NOTHING",
		"SELECT a FROM t JOIN u\nON a = b\non conflict do error":      "on conflict do error",
		"SELECT a FROM t JOIN u ON conflict = do":                     "",
		"SELECT 'ON CONFLICT DO' AS x FROM t /* ON CONFLICT DO */":    "",
		"SELECT a FROM (SELECT a FROM t ON CONFLICT DO NOTHING) AS x": "",
	} {
		statements, err := Split(query)
		if err != nil {
			t.Fatal(err)
		}
		offset, ok := statements[0].OnConflict()
		if ok != (want != "") || ok && statements[0].Text[offset:] != want {
			t.Errorf("%s: %d, %v", query, offset, ok)
		}
	}
}
