//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package state

import (
	"errors"
	"os"
)

const nonBlocking = 0

// tryLock refuses: without a lock, two runs could write at once.
func tryLock(*os.File) (bool, error) {
	return false, errors.New("this system has no lock that ends with its process; keep the state in s3://bucket/prefix")
}
