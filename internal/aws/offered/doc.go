// Package offered knows whether AWS offers a service in a region, from the list that AWS
// publishes as public parameters of Systems Manager.
//
// It decides what an answer of the list is worth: a service is not offered in a region only
// if the region is missing from a list that was read to its last page, that has nothing but
// names of regions, and that has the region in which it was asked for. Everything else is
// unknown, with the reason: a list that may not be read, an empty or an odd list, a service
// whose name the list does not have, a partition that does not publish a list.
//
// A run asks for the list of a service when it needs it, and once. The package does not
// decide what follows from an answer. How late the list is after a launch is not
// documented, so it proves something only together with a call that failed, and nothing
// against a call that succeeded.
package offered
