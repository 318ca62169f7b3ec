// Package e2e is the end-to-end test: the built binary against moto, an
// independent AWS emulator, and the simulated Port. What Port has in the
// end is compared with moto's own list of its resources, which is read without an AWS
// client.
//
// The test needs moto_server and the built binary; `make e2e` provides both and
// sets the tag.
package e2e
