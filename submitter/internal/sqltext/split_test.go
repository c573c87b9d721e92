package sqltext

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// one is what a test wants to know of a statement: where, what kind, what text.
type one struct {
	Line, Column int
	Kind         Kind
	Text         string
}

func TestSplitFindsStatements(t *testing.T) {
	const set = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END"
	tests := []struct {
		name, src string
		want      []one
	}{
		{"nothing", "", nil},
		{"white space", " \r\n\t\n", nil},
		{"only comments", "-- a; b\n/* c; d */", nil},
		{"only semicolons", ";; ;\n;", nil},
		{"no semicolon at the end", "SELECT 1", []one{{1, 1, Select, "SELECT 1"}}},
		{"semicolon at the end", "SELECT 1;", []one{{1, 1, Select, "SELECT 1"}}},
		{"semicolon on a line of its own", "create table a (b int)\n;\n", []one{{1, 1, CreateTable, "create table a (b int)"}}},
		{"two on one line", "USE a;USE b;", []one{{1, 1, Use, "USE a"}, {1, 7, Use, "USE b"}}},
		{"empty statements between", ";SELECT 1;; ;SELECT 2", []one{{1, 2, Select, "SELECT 1"}, {1, 14, Select, "SELECT 2"}}},
		{"byte order mark", "\ufeffSELECT 1", []one{{1, 1, Select, "SELECT 1"}}},
		{"CRLF", "USE a;\r\nUSE b;\r\n", []one{{1, 1, Use, "USE a"}, {2, 1, Use, "USE b"}}},
		{"CR", "USE a;\rUSE b;", []one{{1, 1, Use, "USE a"}, {2, 1, Use, "USE b"}}},
		{"columns count characters", "SELECT 'äö☃😀'; USE b", []one{{1, 1, Select, "SELECT 'äö☃😀'"}, {1, 16, Use, "USE b"}}},
		{"tab is one column", "\tUSE b", []one{{1, 2, Use, "USE b"}}},
		{"semicolon in a text", "SELECT 'a;b';", []one{{1, 1, Select, "SELECT 'a;b'"}}},
		{"quote in a text", "SELECT 'it''s;';", []one{{1, 1, Select, "SELECT 'it''s;'"}}},
		{"line break in a text", "SELECT 'a\n;b'; USE c", []one{{1, 1, Select, "SELECT 'a\n;b'"}, {2, 6, Use, "USE c"}}},
		{"comment signs in a text", "SELECT '--', '/*', '//'; USE c", []one{{1, 1, Select, "SELECT '--', '/*', '//'"}, {1, 26, Use, "USE c"}}},
		{"semicolon in a name", "SELECT `a;b`;", []one{{1, 1, Select, "SELECT `a;b`"}}},
		{"back-quote in a name", "SELECT `a``;b`;", []one{{1, 1, Select, "SELECT `a``;b`"}}},
		{"quote in a name", "SELECT `it's`; USE b", []one{{1, 1, Select, "SELECT `it's`"}, {1, 16, Use, "USE b"}}},
		{"semicolon in double quotes", `SELECT "a;b";`, []one{{1, 1, Select, `SELECT "a;b"`}}},
		{"unicode text", `SELECT U&'\00e4;', _utf8'a;b', X'00', N'x;'`, []one{{1, 1, Select, `SELECT U&'\00e4;', _utf8'a;b', X'00', N'x;'`}}},
		{"escaped text with even quotes", `SELECT E'a\'b\'c;d';`, []one{{1, 1, Select, `SELECT E'a\'b\'c;d'`}}},
		{"leading line comment", "-- it's; one\nSELECT 1;", []one{{2, 1, Select, "SELECT 1"}}},
		{"leading block comment", "/* it's; one */ SELECT 1;", []one{{1, 17, Select, "SELECT 1"}}},
		{"trailing comment", "SELECT 1 -- one;\n; -- two\n", []one{{1, 1, Select, "SELECT 1"}}},
		{"comment at the end without line break", "SELECT 1; -- it's", []one{{1, 1, Select, "SELECT 1"}}},
		{"inner comments stay", "SELECT /* a;b */ 1 -- c;\n, 2;", []one{{1, 1, Select, "SELECT /* a;b */ 1 -- c;\n, 2"}}},
		{"comments do not nest", "SELECT /* /* */ 1; USE b", []one{{1, 1, Select, "SELECT /* /* */ 1"}, {1, 20, Use, "USE b"}}},
		{"empty comment", "SELECT /**/ 1; USE b", []one{{1, 1, Select, "SELECT /**/ 1"}, {1, 16, Use, "USE b"}}},
		{"comment of stars", "SELECT /** a **/ 1; USE b", []one{{1, 1, Select, "SELECT /** a **/ 1"}, {1, 21, Use, "USE b"}}},
		{"slash comment", "SELECT 1 // one\n; USE b", []one{{1, 1, Select, "SELECT 1"}, {2, 3, Use, "USE b"}}},
		{"minus is no comment", "SELECT 1 - -1, 2-1; USE b", []one{{1, 1, Select, "SELECT 1 - -1, 2-1"}, {1, 21, Use, "USE b"}}},
		{"hint", "SELECT * FROM t /*+ OPTIONS('a'='b;c') */;", []one{{1, 1, Select, "SELECT * FROM t /*+ OPTIONS('a'='b;c') */"}}},
		{"hint on the sink", "INSERT INTO t /*+ OPTIONS('a'='b') */ SELECT 1", []one{{1, 1, Insert, "INSERT INTO t /*+ OPTIONS('a'='b') */ SELECT 1"}}},
		{"statement set", set + ";", []one{{1, 1, StatementSet, set}}},
		{"statement set without last semicolon", set, []one{{1, 1, StatementSet, set}}},
		{"statement set without EXECUTE", "statement set begin insert into a select 1; end;", []one{{1, 1, StatementSet, "statement set begin insert into a select 1; end"}}},
		{"statement set in parts", "BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END; USE b", []one{{1, 1, StatementSet, "BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END"}, {1, 51, Use, "USE b"}}},
		{"empty statement set", "BEGIN STATEMENT SET; END;", []one{{1, 1, StatementSet, "BEGIN STATEMENT SET; END"}}},
		{"comment before END", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; -- done;\nEND; USE b", []one{{1, 1, StatementSet, "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; -- done;\nEND"}, {2, 6, Use, "USE b"}}},
		{"CASE in a statement set", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN b THEN 1 END; INSERT INTO c SELECT CASE b WHEN 1 THEN 2\nEND FROM d; END", []one{{1, 1, StatementSet, "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN b THEN 1 END; INSERT INTO c SELECT CASE b WHEN 1 THEN 2\nEND FROM d; END"}}},
		{"CASE outside", "SELECT CASE WHEN a THEN 1 END; SELECT 2", []one{{1, 1, Select, "SELECT CASE WHEN a THEN 1 END"}, {1, 32, Select, "SELECT 2"}}},
		{"EXPLAIN of a statement set", "EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END; USE b", []one{{1, 1, Explain, "EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"}, {1, 58, Use, "USE b"}}},
		{"COMPILE PLAN of a statement set", "COMPILE PLAN 'x' FOR STATEMENT SET BEGIN INSERT INTO a SELECT 1; END; USE b", []one{{1, 1, Plan, "COMPILE PLAN 'x' FOR STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"}, {1, 71, Use, "USE b"}}},
		{"placeholders", "CREATE TABLE t (a INT) WITH ('p' = '${secret:P}'); USE ${x}", []one{{1, 1, CreateTable, "CREATE TABLE t (a INT) WITH ('p' = '${secret:P}')"}, {1, 52, Use, "USE ${x}"}}},
		{"invalid UTF-8", "SELECT '\xff'; USE b", []one{{1, 1, Select, "SELECT '\xff'"}, {1, 13, Use, "USE b"}}},
		{"NUL", "SELECT \x00; USE b", []one{{1, 1, Select, "SELECT \x00"}, {1, 11, Use, "USE b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			statements, err := Split(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			var got []one
			for _, s := range statements {
				got = append(got, one{s.Line, s.Column, s.Kind, s.Text})
				if tt.src[s.Offset:s.Offset+len(s.Text)] != s.Text {
					t.Errorf("offset %d does not lead to %q", s.Offset, s.Text)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestSplitRefuses(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"open text", "USE a;\nSELECT 'b", "2:8: this text is not closed by '"},
		{"open text after doubled quote", "SELECT 'b''", "1:8: this text is not closed by '"},
		{"open name", "SELECT `b", "1:8: this name is not closed by `"},
		{"name over two lines", "SELECT `b\n`", "1:8: this name is not closed by ` on its line"},
		{"open double quotes", `SELECT "b`, `1:8: this text is not closed by "`},
		{"open comment", "SELECT 1 /* b", "1:10: this comment is not closed by */"},
		{"comment of three stars", "SELECT /***/ 1", "1:8: this comment is not closed by */"},
		{"comment that only looks closed", "SELECT /*/ 1", "1:8: this comment is not closed by */"},
		{"open statement set", "USE a;\n EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;", "2:2: this statement set is not closed by END"},
		{"statement set without semicolon before END", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1 END;", "1:1: this statement set is not closed by END"},
		{"open statement set in parts", "BEGIN STATEMENT SET; INSERT INTO a SELECT 1;", "1:1: this statement set is not closed by END"},
		{"END alone", "USE a; END;", "1:8: END without BEGIN STATEMENT SET or STATEMENT SET BEGIN"},
		{"no-break space", "SELECT\u00a01", "1:7: U+00A0 is no white space in SQL; replace it by a blank"},
		{"byte order mark inside", "SELECT \ufeff1", "1:8: U+FEFF is no white space in SQL; replace it by a blank"},
		{"escaped quote that the splitter does not know", `SELECT E'it\'s'; USE b`, "1:16: " + disagreement},
		{"the same at the end", `SELECT E'it\'s'`, "1:16: " + disagreement},
		{"slash comment with a semicolon", "SELECT 1 // a; b\n", ""},
		{"slash comment with a quote", "SELECT 1 // it's\n; USE b", "2:1: " + disagreement},
		{"hint with an end inside a text", "SELECT * FROM t /*+ OPTIONS('a'='*/;') */; USE b", "1:36: " + disagreement},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Split(tt.src)
			if tt.want == "" {
				if err != nil {
					t.Fatalf("unexpected: %v", err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", e, tt.want)
			}
		})
	}
}

func TestKind(t *testing.T) {
	tests := []struct {
		src  string
		want Kind
	}{
		{"set 'a' = 'b'", Set},
		{"SET", Set},
		{"RESET", Reset},
		{"INSERT INTO a SELECT 1", Insert},
		{"insert overwrite a partition (b='c') select 1", Insert},
		{"EXECUTE INSERT INTO a SELECT 1", Insert},
		{"EXECUTE SELECT 1", Select},
		{"EXECUTE EXECUTE SELECT 1", Other},
		{"UPSERT INTO a SELECT 1", Other},
		{"CREATE TABLE IF NOT EXISTS a (b INT, c AS b + 1)", CreateTable},
		{"CREATE OR REPLACE TABLE a (b INT)", CreateTable},
		{"CREATE /* x */ TEMPORARY -- y\n TABLE a (b INT)", CreateTemporaryTable},
		{"CREATE TABLE a WITH ('b'='c') AS SELECT 1", CreateTableAs},
		{"CREATE OR REPLACE TABLE a AS SELECT 1", CreateTableAs},
		{"REPLACE TABLE a AS SELECT 1", CreateTableAs},
		{"CREATE VIEW a AS SELECT 1", CreateView},
		{"CREATE OR REPLACE TEMPORARY VIEW a AS SELECT 1", CreateTemporaryView},
		{"CREATE FUNCTION a AS 'b'", CreateFunction},
		{"CREATE TEMPORARY FUNCTION a AS 'b'", CreateTemporaryFunction},
		{"CREATE TEMPORARY SYSTEM FUNCTION a AS 'b'", CreateTemporarySystemFunction},
		{"CREATE SYSTEM FUNCTION a AS 'b'", Other},
		{"CREATE MODEL a", CreateModel},
		{"CREATE CATALOG a WITH ('type'='b')", CreateCatalog},
		{"CREATE DATABASE a", CreateDatabase},
		{"CREATE MATERIALIZED TABLE a AS SELECT 1", Other},
		{"USE a", Use},
		{"USE CATALOG a", Use},
		{"USE MODULES a, b", Module},
		{"LOAD MODULE a", Module},
		{"UNLOAD MODULE a", Module},
		{"ADD JAR 'a'", AddJar},
		{"REMOVE JAR 'a'", Other},
		{"WITH a AS (SELECT 1) SELECT * FROM a", Select},
		{"VALUES (1)", Select},
		{"TABLE a", Select},
		{"((SELECT 1) UNION SELECT 2)", Select},
		{"EXPLAIN SELECT 1", Explain},
		{"SHOW TABLES", Show},
		{"DROP TEMPORARY TABLE a", Drop},
		{"ALTER TABLE a ADD b INT", Alter},
		{"COMPILE PLAN 'a' FOR INSERT INTO b SELECT 1", Plan},
		{"COMPILE AND EXECUTE PLAN 'a' FOR INSERT INTO b SELECT 1", Plan},
		{"EXECUTE PLAN 'a'", Plan},
		{"DESCRIBE a", Other},
		{"`SELECT` 1", Other},
		{"'SELECT'", Other},
		{"CREATE", Other},
		{"(", Other},
	}
	for _, tt := range tests {
		statements, err := Split(tt.src)
		if err != nil || len(statements) != 1 {
			t.Errorf("%s: %v, %v", tt.src, statements, err)
			continue
		}
		if got := statements[0].Kind; got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.src, got, tt.want)
		}
	}
}

func TestSignificant(t *testing.T) {
	equal := [][2]string{
		{"SELECT a,b FROM t", " SELECT\n  a , b\r\nFROM t -- c\n"},
		{"SELECT 1", "/* x */SELECT/* y */1"},
		{"a<=b", "a <= b"},
		{"ROW<ARRAY<INT>>", "ROW < ARRAY < INT > >"},
	}
	for _, e := range equal {
		if a, b := Significant(e[0]), Significant(e[1]); a != b {
			t.Errorf("%q and %q differ: %q, %q", e[0], e[1], a, b)
		}
	}
	different := [][2]string{
		{"SELECT a", "select a"},
		{"SELECT 'a  b'", "SELECT 'a b'"},
		{"SELECT `a  b`", "SELECT `a b`"},
		{"SELECT * FROM t /*+ OPTIONS('a'='b') */", "SELECT * FROM t"},
		{"SELECT E'a'", "SELECT E 'a'"},
		{"SELECT 1 .5", "SELECT 1.5"},
		{"SELECT 1e-3", "SELECT 1e -3"},
		{"SELECT ab", "SELECT a b"},
		{"SELECT 1", "SELECT 1;"},
	}
	for _, d := range different {
		if a, b := Significant(d[0]), Significant(d[1]); a == b {
			t.Errorf("%q and %q are equal: %q", d[0], d[1], a)
		}
	}
}

// FuzzSplit: whatever the text, nothing panics; the statements lie in it in
// order, with nothing between them but white space, comments and semicolons; and
// written one after the other they split into themselves again.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		"", ";", "SELECT 1; -- x\nUSE b", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;",
		"BEGIN STATEMENT SET; INSERT INTO a SELECT CASE b WHEN 1 THEN 2 END; END;", "SELECT E'\\'' /*+ a('*/') */",
		"\ufeffSET 'a'='b';\r\nSELECT `a``b`, U&'x', \"y\" // z\n;", "/***/ /*/ */ --\r;", "${a} $${b}", "'\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		Significant(src)
		Placeholders(src)
		LineComments(src)
		statements, err := Split(src)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 {
				t.Fatalf("%v", err)
			}
			return
		}
		at := len(src) - len(strings.TrimPrefix(src, byteOrderMark))
		var texts []string
		for _, s := range statements {
			if s.Offset < at || src[s.Offset:s.Offset+len(s.Text)] != s.Text || s.Text == "" {
				t.Fatalf("%+v does not lie where it says", s)
			}
			onlyBetween(t, src[at:s.Offset])
			at = s.Offset + len(s.Text)
			texts = append(texts, s.Text)
			checkTools(t, s)
		}
		onlyBetween(t, src[at:])
		again, err := Split(strings.Join(texts, ";\n"))
		if err != nil || len(again) != len(statements) {
			t.Fatalf("%q does not split into itself: %v", texts, err)
		}
		for i := range again {
			if again[i].Text != statements[i].Text || again[i].Kind != statements[i].Kind {
				t.Fatalf("%+v became %+v", statements[i], again[i])
			}
		}
	})
}

// onlyBetween fails unless the text holds no tokens but semicolons.
func onlyBetween(t *testing.T, gap string) {
	t.Helper()
	tokens, err := lex(gap)
	if err != nil {
		t.Fatalf("between statements: %q", gap)
	}
	for _, tok := range tokens {
		if tok.kind != semicolon {
			t.Fatalf("between statements: %q", gap)
		}
	}
}

func checkTools(t *testing.T, s Statement) {
	t.Helper()
	s.Set()
	s.Options()
	s.Reset()
	CreatedPath(s)
	if plain, ok := AsPlain(s); len(plain) != len(s.Text) || ok == (plain == s.Text) {
		t.Fatalf("%q as plain table: %q", s.Text, plain)
	}
	if s.Kind == Insert || s.Kind == StatementSet {
		stmt, shift := CompilePlan("u", s)
		if n := strings.Count(stmt, "\n"); n != strings.Count(s.Text, "\n")+1 {
			t.Fatalf("%q has other lines than %q", stmt, s.Text)
		}
		if line, _ := shift(2, 1); line != 1 {
			t.Fatalf("line 2 of %q is line %d", stmt, line)
		}
	}
}

func TestSplitIsLinear(t *testing.T) {
	const n = 100_000 // on one line
	statements, err := Split(strings.Repeat("a;", n))
	if err != nil || len(statements) != n {
		t.Fatalf("%d statements, %v", len(statements), err)
	}
	if got := statements[n-1].Column; got != 2*n-1 {
		t.Errorf("column %d", got)
	}
}
