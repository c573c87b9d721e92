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
