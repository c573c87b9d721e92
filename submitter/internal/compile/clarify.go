package compile

import (
	"errors"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
)

// aboutConflict says where ON CONFLICT is written, in what Flink says of it.
func (j *job) aboutConflict(err error) error {
	var e *Error
	var refused *gateway.Error
	if !errors.As(err, &e) || !errors.As(err, &refused) || !strings.Contains(refused.Cause, "ON CONFLICT") {
		return err
	}
	there := *e
	if j.Job.OnConflict != "" {
		there.Key = "on-conflict"
		there.At = j.Job.Where(there.Key)
		return &there
	}
	there.Key = "target-table"
	there.At = j.Job.Where(there.Key)
	there.Cause = e.Cause + " Here that is a line `on-conflict: deduplicate`, `error` or `nothing` beside target-table"
	return &there
}

// aboutNamesake adds what to do about two columns of one name, which a query may have
// and the view of it may not.
func (j *job) aboutNamesake(err error) error {
	var e *Error
	if !errors.As(err, &e) || !strings.HasPrefix(e.Cause, "A column with the same name") {
		return err
	}
	there := *e
	there.Cause += "; give each column of the query a name of its own with AS"
	return &there
}
