package sqltext

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func only(t *testing.T, src string) Statement {
	t.Helper()
	s, err := Split(src)
	if err != nil || len(s) != 1 {
		t.Fatalf("%q: %v, %v", src, s, err)
	}
	return s[0]
}

func TestSetGivesKeyAndValue(t *testing.T) {
	tests := []struct {
		src, key, value string
		ok              bool
	}{
		{"SET 'a.b' = 'c'", "a.b", "c", true},
		{"set 'a'='it''s'", "a", "it's", true},
		{"SET /* x */ 'a' -- y\n = 'b'", "a", "b", true},
		{"SET a.b = c", "a.b", "c", true},
		{"SET a.b=10s", "a.b", "10s", true},
		{"SET a = 'b c'", "a", "b c", true},
		{"SET a = ''", "a", "", true},
		{"SET", "", "", false},
		{"SET 'a'", "", "", false},
		{"RESET 'a'", "", "", false},
		{"SELECT 1", "", "", false},
	}
	for _, tt := range tests {
		key, value, ok := only(t, tt.src).Set()
		if key != tt.key || value != tt.value || ok != tt.ok {
			t.Errorf("%s: got %q, %q, %v", tt.src, key, value, ok)
		}
	}
}

func TestResetGivesKey(t *testing.T) {
	tests := []struct {
		src, key string
		ok       bool
	}{
		{"RESET 'a.b'", "a.b", true},
		{"reset a.b", "a.b", true},
		{"RESET", "", true},
		{"RESET a b", "", false},
		{"SET 'a'='b'", "", false},
	}
	for _, tt := range tests {
		if key, ok := only(t, tt.src).Reset(); key != tt.key || ok != tt.ok {
			t.Errorf("%s: got %q, %v", tt.src, key, ok)
		}
	}
}

func TestAsPlainKeepsPositions(t *testing.T) {
	got, ok := AsPlain(only(t, "CREATE /* TEMPORARY */ temporary\n TABLE IF NOT EXISTS t (`TEMPORARY` INT)"))
	want := "CREATE /* TEMPORARY */          \n TABLE               t (`TEMPORARY` INT)"
	if got != want || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := AsPlain(only(t, "CREATE TEMPORARY VIEW v AS SELECT 1")); ok {
		t.Errorf("a view became %q", got)
	}
}

func TestCompilePlan(t *testing.T) {
	tests := []struct{ src, want string }{
		{"INSERT INTO a SELECT 1", "COMPILE PLAN 'it''s' FOR\nINSERT INTO a SELECT 1"},
		{"EXECUTE INSERT INTO a SELECT 1", "COMPILE PLAN 'it''s' FOR\n        INSERT INTO a SELECT 1"},
		{"EXECUTE STATEMENT SET\nBEGIN INSERT INTO a SELECT 1; END", "COMPILE PLAN 'it''s' FOR\n        STATEMENT SET\nBEGIN INSERT INTO a SELECT 1; END"},
		{"STATEMENT SET BEGIN INSERT INTO a SELECT 1; END", "COMPILE PLAN 'it''s' FOR\nSTATEMENT SET BEGIN INSERT INTO a SELECT 1; END"},
		{"BEGIN STATEMENT -- x\nSET; INSERT INTO a SELECT 1; END", "COMPILE PLAN 'it''s' FOR STATEMENT SET BEGIN\n                -- x\n     INSERT INTO a SELECT 1; END"},
	}
	for _, tt := range tests {
		if got, _ := CompilePlan("it's", only(t, tt.src)); got != tt.want {
			t.Errorf("%s\ngot  %q\nwant %q", tt.src, got, tt.want)
		}
	}
}

func TestCompilePlanShiftsPositionsBack(t *testing.T) {
	s := only(t, "-- head\n  INSERT INTO a\n  SELECT '😀', b FROM c")
	_, shift := CompilePlan("u", s)
	tests := []struct {
		line, column         int // as the gateway says
		inLine, inColumn     int // in the statement
		fileLine, fileColumn int // in the script
	}{
		{1, 7, 1, 1, 2, 3},
		{2, 13, 1, 13, 2, 15},
		{3, 10, 2, 10, 3, 10},
		{3, 16, 2, 15, 3, 15}, // b: the emoji is two units for Flink, one character for people
		{9, 3, 8, 3, 9, 3},
	}
	for _, tt := range tests {
		line, column := shift(tt.line, tt.column)
		if line != tt.inLine || column != tt.inColumn {
			t.Errorf("%d:%d: got %d:%d, want %d:%d", tt.line, tt.column, line, column, tt.inLine, tt.inColumn)
		}
		if line, column = s.Position(line, column); line != tt.fileLine || column != tt.fileColumn {
			t.Errorf("%d:%d: in the script %d:%d, want %d:%d", tt.line, tt.column, line, column, tt.fileLine, tt.fileColumn)
		}
	}
}

func TestNames(t *testing.T) {
	if got := Quote("a`b"); got != "`a``b`" {
		t.Error(got)
	}
	if got := Literal("it's"); got != "'it''s'" {
		t.Error(got)
	}
	if got := QuotePath("a", "b.c"); got != "`a`.`b.c`" {
		t.Error(got)
	}
	good := map[string][]string{
		"`kafka`.`some-table`": {"kafka", "some-table"},
		"a.b.c":                {"a", "b", "c"},
		"`a.b`":                {"a.b"},
		" `a` . b ":            {"a", "b"},
		"`a``b`":               {"a`b"},
		"ü":                    {"ü"},
	}
	for name, want := range good {
		got, err := Path(name)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for _, name := range []string{"", " ", ".", "a.", ".a", "a b", "a..b", "`a", "some-table", "'a'", "``", "a.`b`c"} {
		if got, err := Path(name); err == nil {
			t.Errorf("%q is accepted as %q", name, got)
		}
	}
}

func TestCreatedPath(t *testing.T) {
	good := map[string][]string{
		"CREATE TABLE IF NOT EXISTS `a`.b (c INT)": {"a", "b"},
		"CREATE TEMPORARY VIEW v AS SELECT 1":      {"v"},
		"CREATE TABLE t WITH ('a'='b')":            {"t"},
	}
	for src, want := range good {
		got, ok := CreatedPath(only(t, src))
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v %s", src, ok, diff)
		}
	}
	for _, src := range []string{"CREATE DATABASE d", "CREATE TABLE", "CREATE TABLE 'x'", "DROP TABLE t"} {
		if got, ok := CreatedPath(only(t, src)); ok {
			t.Errorf("%s creates %q", src, got)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	src := "a ${X} '${secret:K.a-b}' $${Y} ${} ${no name} ${open"
	want := []Placeholder{
		{Offset: 2, End: 6, Name: "X"},
		{Offset: 8, End: 23, Scheme: "secret", Name: "K.a-b"},
		{Offset: 25, End: 28, Escaped: true},
		{Offset: 31, End: 34},
		{Offset: 35, End: 45},
		{Offset: 46, End: 48},
	}
	if diff := cmp.Diff(want, Placeholders(src)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLineComments(t *testing.T) {
	src := "a -- b\n'--' /* -- */ // c"
	want := [][2]int{{2, 6}, {21, 25}}
	if diff := cmp.Diff(want, LineComments(src)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
