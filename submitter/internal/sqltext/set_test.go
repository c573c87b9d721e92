package sqltext

import (
	"errors"
	"slices"
	"testing"
)

// TestOpeningIsBlamed: whatever is wrong with the words that open a set, the mistake is
// in its first line and not where END stands.
func TestOpeningIsBlamed(t *testing.T) {
	const insert = "\nINSERT INTO a SELECT 1;\nEND;"
	for _, opening := range []string{
		"EXECUTE STATEMENT SET;\nBEGIN;", "EXECUTE STATEMENT SET;\nBEGIN", "EXECUTE STATEMENT SET\nBEGIN;", "EXECUTE STATEMENT;\nSET BEGIN", "EXECUTE;\nSTATEMENT SET BEGIN",
		"EXECUTE;\nSTATEMENT;\nSET;\nBEGIN;", "STATEMENT SET;\nBEGIN", "STATEMENT SET BEGIN;;", "STATEMENT;\nSET BEGIN", "EXECUTE STATEMENT SET", "EXECUTE STATEMENT SET;", "STATEMENT SET",
		"BEGIN;\nSTATEMENT SET;", "BEGIN STATEMENT;\nSET;", "BEGIN STATEMENT SET", "BEGIN", "BEGIN;", "EXECUTE BEGIN STATEMENT SET;", "BEGIN TRANSACTION;",
		"EXECUTE STATEMENT SET; -- x\n/* y */ BEGIN", "EXPLAIN STATEMENT SET;\nBEGIN", "COMPILE PLAN 'a' FOR STATEMENT SET;\nBEGIN",
		"EXECUTE STATEMENT SET BEGIN", "BEGIN STATEMENT SET;",
	} {
		good := opening == "EXECUTE STATEMENT SET BEGIN" || opening == "BEGIN STATEMENT SET;"
		_, err := Split("SET 'a' = 'b';\n  " + opening + insert)
		var e *Error
		switch {
		case good && err != nil:
			t.Errorf("%q: %v", opening, err)
		case !good && (!errors.As(err, &e) || e.Line != 2 || e.Column != 3):
			t.Errorf("%q is blamed as %v", opening, err)
		}
	}
}

func TestInner(t *testing.T) {
	for src, want := range map[string][]Kind{
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; CREATE TABLE x AS SELECT 1; END":  {Insert, CreateTableAs},
		"BEGIN STATEMENT SET; INSERT INTO a SELECT CASE b WHEN 1 THEN 2 END; ; SELECT 1; END":  {Insert, Select},
		"STATEMENT SET BEGIN REPLACE TABLE x AS SELECT 1; EXECUTE INSERT INTO a SELECT 1; END": {CreateTableAs, Insert},
		"EXECUTE STATEMENT SET BEGIN END": nil, "INSERT INTO a SELECT 1": nil,
	} {
		s := only(t, src)
		var got []Kind
		for _, inner := range s.Inner() {
			got = append(got, inner.Kind)
			if s.Text[inner.Offset:inner.Offset+len(inner.Text)] != inner.Text {
				t.Errorf("%q does not stand at %d", inner.Text, inner.Offset)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", src, got, want)
		}
	}
}
