//go:build race

package resync_test

const racing = true
