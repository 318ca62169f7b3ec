//go:build !linux

package runtimesim_test

import "time"

func work(time.Duration) {}
