package change

import "fmt"

// Catalog is what a job's statements are to change outside its session before it can
// run: objects of catalogs that outlive the session, or the data behind a table.
type Catalog struct {
	Pending []CatalogChange
	// Unknown is why the plan is known only after that; empty: what was compiled is the
	// plan that the job will have.
	Unknown string
}

// CatalogChange is one of them.
type CatalogChange struct {
	ID   string `json:"id"`
	What string `json:"what"` // DROP TABLE `paimon`.`default`.`orders`
	At   string `json:"at"`   // orders.yaml:5:3
}

// catalogFirst makes a decision out of d that has catalogs changed first. What d would
// leave alone stays alone: nothing is changed for it.
func (q question) catalogFirst(d Decision) Decision {
	c := q.facts.Catalog
	if len(c.Pending) == 0 {
		return d
	}
	first := "one statement changes what outlives its session"
	if n := len(c.Pending); n > 1 {
		first = fmt.Sprintf("%d statements change what outlives its session", n)
	}
	switch {
	case d.Kind == Blocked || d.Kind == Refused || d.Kind == Unclear:
		return d
	case c.Unknown != "":
		return Decision{Kind: ChangeCatalog, Reason: first + "; what follows is known only after that: " + c.Unknown, Warnings: d.Warnings}
	}
	return Decision{Kind: ChangeCatalog, Reason: fmt.Sprintf("%s; then %s: %s", first, d.Kind, d.Reason), Approved: d.Approved, Warnings: d.Warnings}
}
