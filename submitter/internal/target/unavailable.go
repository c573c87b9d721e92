package target

import "errors"

// ErrUnavailable is in the error of a target that gave no answer: it cannot be reached, is
// overloaded, or failed itself. That refuses nothing, so the same may be asked for again.
var ErrUnavailable = errors.New("the target gives no answer")

// Unavailable makes err one that is ErrUnavailable, and says nothing more than it did.
func Unavailable(err error) error { return unavailable{err} }

type unavailable struct{ error }

func (u unavailable) Unwrap() []error { return []error{u.error, ErrUnavailable} }
