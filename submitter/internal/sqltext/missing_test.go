package sqltext

import "testing"

func TestSwallowed(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE TABLE a (b INT) WITH ('x' = 'y')\nINSERT INTO a SELECT 1": "INSERT INTO a SELECT 1",
		"CREATE VIEW v AS SELECT 1 insert /* now */ overwrite a SELECT 1": "insert /* now */ overwrite a SELECT 1",
		"USE x EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END":   "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END",
		"INSERT INTO a SELECT 1": "",
		"CREATE TABLE a (b INT COMMENT 'INSERT INTO c') -- INSERT INTO a":        "",
		"CREATE TABLE a (b INT) WITH ('x' = 'INSERT INTO a', `INSERT` = `INTO`)": "",
		"": "",
	} {
		offset, ok := Statement{Text: text}.Swallowed()
		if ok != (want != "") || ok && text[offset:] != want {
			t.Errorf("%q: %d, %v, want %q", text, offset, ok, want)
		}
	}
}
