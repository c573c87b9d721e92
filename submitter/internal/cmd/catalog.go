package cmd

import (
	"fmt"
	"strings"

	"flink-sql-driver/submitter/internal/change"
)

// unknownPlanError says that a plan cannot be had before catalogs are changed, which
// only apply does.
type unknownPlanError struct {
	job     string
	catalog change.Catalog
}

func (e *unknownPlanError) Error() string {
	var first []string
	for _, c := range e.catalog.Pending {
		first = append(first, fmt.Sprintf("%s (%s)", c.What, c.At))
	}
	return fmt.Sprintf("%s: its plan is known only after `submitter apply` has run %s: %s", e.job, strings.Join(first, ", "), e.catalog.Unknown)
}
