package sqltext

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOptions(t *testing.T) {
	s := only(t, "\n CREATE TABLE t (a INT COMMENT '''x'' = ''y''') -- 'no' = 'no'\nWITH ('connector'='kafka', /* 'no' = 'no' */ 'it''s' = 'a''b',\n  'key.format' = 'ävro' , 'properties' = 3)")
	want := []Option{
		{Key: "connector", Value: "kafka", Line: 2, Column: 19},
		{Key: "it's", Value: "a'b", Line: 2, Column: 56},
		{Key: "key.format", Value: "ävro", Line: 3, Column: 18},
	}
	if diff := cmp.Diff(want, s.Options()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if line, column := s.Position(2, 19); line != 3 || column != 19 {
		t.Errorf("in the script: %d:%d", line, column)
	}
	if !s.Has("with") || s.Has("LIKE") || only(t, "SELECT 'LIKE', `LIKE` -- LIKE\nFROM t").Has("LIKE") {
		t.Error("Has")
	}
	if got := (Statement{Text: "WITH ('a' = 'b"}).Options(); got != nil {
		t.Errorf("a broken text has %v", got)
	}
}
