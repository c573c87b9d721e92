package gateway

import (
	"encoding/json"
	"fmt"
)

// Types of a page (org.apache.flink.table.gateway.api.results.ResultSet.ResultType).
const (
	payload  = "PAYLOAD"
	endOf    = "EOS"
	notReady = "NOT_READY"
)

// success is the kind of a result that says OK and nothing else
// (org.apache.flink.table.api.ResultKind.SUCCESS).
const success = "SUCCESS"

// Result is all of a statement's result.
type Result struct {
	Columns []Column
	Rows    []Row
	IsQuery bool
	JobID   string // of the job that was submitted; empty if none was

	ok bool // its kind is success
}

// Column is one column of a result.
type Column struct {
	Name string
	Type json.RawMessage // Flink's JSON form of a logical type
}

// Row is one row.
type Row struct {
	Kind   string // org.apache.flink.types.RowKind: INSERT, UPDATE_BEFORE, …
	Fields []json.RawMessage
}

// Text returns a field as text: a string without its quotes, null as "", anything
// else as its JSON.
func (r Row) Text(i int) string {
	if i >= len(r.Fields) || string(r.Fields[i]) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(r.Fields[i], &s) == nil {
		return s
	}
	return string(r.Fields[i])
}

// Index returns the position of a column, -1 if there is none of that name.
func (r *Result) Index(column string) int {
	for i, c := range r.Columns {
		if c.Name == column {
			return i
		}
	}
	return -1
}

// page is one answer of the result endpoint.
type page struct {
	Type    string `json:"resultType"`
	Kind    string `json:"resultKind"`
	Next    string `json:"nextResultUri"`
	JobID   string `json:"jobID"`
	IsQuery bool   `json:"isQueryResult"`
	Results struct {
		Columns []struct {
			Name string          `json:"name"`
			Type json.RawMessage `json:"logicalType"`
		} `json:"columns"`
		Data []struct {
			Kind   string            `json:"kind"`
			Fields []json.RawMessage `json:"fields"`
		} `json:"data"`
	} `json:"results"`
}

// add takes a page in and reports whether another one follows.
func (r *Result) add(p page) (more bool, err error) {
	switch p.Type {
	case notReady:
		return true, nil
	case payload, endOf:
	default:
		return false, fmt.Errorf("a page of the unknown type %q", p.Type)
	}
	if r.Columns == nil {
		for _, c := range p.Results.Columns {
			r.Columns = append(r.Columns, Column{Name: c.Name, Type: c.Type})
		}
		r.IsQuery = p.IsQuery
	}
	if p.JobID != "" {
		r.JobID = p.JobID
	}
	for _, d := range p.Results.Data {
		if len(d.Fields) != len(r.Columns) {
			return false, fmt.Errorf("a row of %d fields in a result of %d columns", len(d.Fields), len(r.Columns))
		}
		r.Rows = append(r.Rows, Row{Kind: d.Kind, Fields: d.Fields})
	}
	if p.Type == payload && p.Next == "" {
		return false, fmt.Errorf("a page that is not the last one names no next one")
	}
	r.ok = p.Kind == success && len(r.Rows) > 0
	return p.Type == payload && !r.ok, nil
}
