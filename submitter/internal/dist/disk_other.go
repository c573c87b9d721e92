//go:build !unix

package dist

import (
	"errors"
	"math"
	"os"
)

func tryLock(*os.File) error { return errors.ErrUnsupported }

// Free is not known here.
func Free(string) (int64, error) { return math.MaxInt64, nil }
