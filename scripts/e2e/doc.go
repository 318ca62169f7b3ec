// Package e2e is the end-to-end test: the built binary against moto, an AWS
// emulator that nobody here wrote, and the simulated Port. What Port holds in the
// end is compared with moto's own list of what it holds, which no AWS client is
// asked for.
//
// The test needs moto_server and the built binary; `make e2e` provides both and
// sets the tag.
package e2e
