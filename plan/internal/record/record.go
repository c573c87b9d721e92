// Package record reads and writes the JSON records that submitter and driver
// exchange: versioned, and strict, so that a field that one side does not know
// is never overlooked.
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Encode writes a record the same way each time: indented, without HTML escapes.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Decode reads a record of exactly the given version into v. Unknown fields, and
// anything after the record, are errors.
func Decode(data []byte, version int, v any) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("it is empty")
	}
	// The version comes first: of another version nothing else can be said.
	var head struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return explain(err)
	}
	switch {
	case head.Version == nil:
		return errors.New("it has no version")
	case *head.Version > version:
		return fmt.Errorf("it has version %d, but this program reads version %d: use a newer one", *head.Version, version)
	case *head.Version != version:
		return fmt.Errorf("it has version %d, but this program reads version %d", *head.Version, version)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return explain(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is something after its end")
	}
	return nil
}

// explain puts encoding/json's errors in words that fit a file.
func explain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return fmt.Errorf("it is a JSON %s, not an object", wrong.Value)
		}
		return fmt.Errorf("%s is a %s", wrong.Field, wrong.Value)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input" {
		return errors.New("it is cut off: the JSON ends too early")
	}
	return err
}
