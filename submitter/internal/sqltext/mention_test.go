package sqltext

import (
	"fmt"
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE TABLE t (a INT) WITH ('p' = '${secret:X}')":                                                                                    "p",
		"CREATE TABLE t (a INT) WITH ('o' = 'x', 'p''q' = 'u:${secret:X}@${secret:Y}')":                                                        "p'q p'q",
		"CREATE TEMPORARY TABLE t LIKE s (EXCLUDING OPTIONS) WITH /* x */ ( 'p'='${secret:X}' )":                                               "p",
		"CREATE TABLE t (a TIMESTAMP(3) WITH LOCAL TIME ZONE COMMENT '${secret:X}')":                                                           "-",
		"CREATE TABLE t (a INT) COMMENT '${secret:X}' WITH ('p' = '1')":                                                                        "-",
		"CREATE TABLE t (a INT METADATA FROM '${secret:X}') WITH ('p' = '1')":                                                                  "-",
		"CREATE TABLE t (a AS MD5('${secret:X}')) WITH ('p' = '1')":                                                                            "-",
		"CREATE TABLE t (a INT) WITH ('${secret:X}' = '1')":                                                                                    "-",
		"CREATE TABLE `${secret:X}` (a INT) WITH ('p' = '1') -- ${secret:Y}":                                                                   "-",
		"CREATE TABLE t (a INT) WITH ('p' = '1', 'q' '${secret:X}')":                                                                           "-",
		"CREATE TABLE t (a INT /* ${secret:X} */) WITH ('p' = '1')":                                                                            "",
		"INSERT INTO s SELECT '${secret:X}' FROM t /*+ OPTIONS('p' = '${secret:Y}', 'q'='2') */":                                               "- hint:p",
		"INSERT INTO s /*+ OPTIONS('p'='${secret:X}') */ SELECT 1 FROM t WHERE OPTIONS = '${secret:Y}'":                                        "hint:p -",
		"INSERT INTO s SELECT f('p' = '${secret:X}'), OPTIONS('p' = '${secret:X}') FROM t":                                                     "- -",
		"INSERT INTO s WITH q AS (SELECT 'p' = '${secret:X}') SELECT * FROM q":                                                                 "-",
		"EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT * FROM t /*+ OPTIONS('p'='${secret:X}') */; INSERT INTO s SELECT '${secret:X}'; END": "hint:p -",
		"SELECT '${x}' FROM t": "-",
		"SELECT 1":             "",
	} {
		all, err := Split(text)
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %v, %d statements", text, err, len(all))
		}
		var got []string
		for _, m := range all[0].Mentions() {
			switch {
			case !m.InOption:
				got = append(got, "-")
			case m.InHint:
				got = append(got, "hint:"+m.Option)
			default:
				got = append(got, m.Option)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(strings.Fields(want)) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// FuzzMentions: whatever is in an option lies within the statement's text.
func FuzzMentions(f *testing.F) {
	f.Add("CREATE TABLE t (a INT) WITH ('p' = '${secret:X}'")
	f.Add("SELECT /*+ OPTIONS('p'='${secret:X}',")
	f.Fuzz(func(t *testing.T, text string) {
		all, _ := Split(text)
		for _, s := range all {
			for _, m := range s.Mentions() {
				if !strings.HasPrefix(s.Text[m.Offset:m.End], "$") {
					t.Errorf("%q: %q", s.Text, s.Text[m.Offset:m.End])
				}
			}
		}
	})
}
