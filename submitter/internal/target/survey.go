package target

import (
	"context"
	"sync"
)

// Surveyor is a target that can look at all its launches at once, with fewer requests
// than one by one. What it tells may be older than what Observe does, by as long as the
// survey took; so nothing is started or ended because of it alone.
type Surveyor interface {
	Survey(ctx context.Context) (func(Ref) Observation, error)
}

// Surveys look at many launches: where a target is a Surveyor, once for all of them.
type Surveys struct {
	ctx context.Context
	mu  sync.Mutex
	by  map[Target]func() (func(Ref) Observation, error)
}

// NewSurveys has looked at nothing yet.
func NewSurveys(ctx context.Context) *Surveys {
	return &Surveys{ctx: ctx, by: map[Target]func() (func(Ref) Observation, error){}}
}

// Observe says what is known of a launch. A target that could not be surveyed makes
// every launch Unknown.
func (v *Surveys) Observe(ctx context.Context, t Target, r Ref) (Observation, error) {
	s, ok := t.(Surveyor)
	if v == nil || !ok {
		return t.Observe(ctx, r)
	}
	v.mu.Lock()
	if v.by[t] == nil {
		v.by[t] = sync.OnceValues(func() (func(Ref) Observation, error) { return s.Survey(v.ctx) })
	}
	survey := v.by[t]
	v.mu.Unlock()
	see, err := survey()
	if err != nil {
		return Observation{Condition: Unknown, Proof: err.Error()}, ctx.Err()
	}
	return see(r), nil
}
