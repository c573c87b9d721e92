package target

// Found is a launch that a target knows of by itself, whatever any record says. A
// target that can look for them has
//
//	Find(ctx context.Context) ([]Found, error)
//
// which tells of dead ones as well, as long as something is left of them.
type Found struct {
	Launch      Launch
	Observation Observation
}
