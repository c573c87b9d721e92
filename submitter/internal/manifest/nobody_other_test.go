//go:build !linux

package manifest

import "testing"

// asNobody needs Linux.
func asNobody(t *testing.T) func() {
	t.Skip("root's rights cannot be laid down for one thread here; run the tests as another user")
	return nil
}
