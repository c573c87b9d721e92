package change

import (
	"testing"

	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/manifest"
	"flink-sql-driver/submitter/internal/target"
)

func TestCatalogChangesComeFirst(t *testing.T) {
	pending := []CatalogChange{{ID: "1", What: "DROP TABLE `p`.`d`.`t`"}}
	absent := target.Observation{Condition: target.Absent}
	for _, tt := range []struct {
		name       string
		facts      Facts
		comparison *Comparison
		want       Kind
	}{
		{"a new job", Facts{Seen: absent, Catalog: Catalog{Pending: pending}}, Start(), ChangeCatalog},
		{"a new job whose plan is not known", Facts{Seen: absent, Catalog: Catalog{Pending: pending, Unknown: "no such table"}}, nil, ChangeCatalog},
		{"nothing is pending", Facts{Seen: absent}, Start(), Launch},
		{"nobody knows what it does", Facts{Seen: target.Observation{Condition: target.Unknown}, Catalog: Catalog{Pending: pending}}, Start(), Unclear},
		{"somebody else's job", Facts{Seen: absent, Record: &journal.Entry{Owner: "other"}, Catalog: Catalog{Pending: pending}}, Start(), Refused},
		{"leftovers", Facts{Seen: absent, Leftovers: "a savepoint", Catalog: Catalog{Pending: pending}}, Start(), Refused},
	} {
		job := &manifest.Job{Name: "orders", State: manifest.Running, Restore: "latest"}
		if d := Decide(job, Inputs{}, tt.facts, tt.comparison, Policy{}); d.Kind != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.name, d.Kind, d.Reason, tt.want)
		}
	}
}
