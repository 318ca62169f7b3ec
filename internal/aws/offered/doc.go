// Package offered knows whether AWS offers a service in a region, by the list that AWS
// itself publishes as public parameters of Systems Manager.
//
// It decides what an answer of the list is worth: a service is not offered in a region
// only where a list that was read to its last page, has nothing but names of regions in
// it, and has the region that was asked, lacks the region. Everything else is unknown,
// with the reason: a list that may not be read, an empty or an odd one, a service whose
// name the list does not have, a partition that does not publish any.
//
// The list is asked when somebody wants to know, once for each service in a run. The
// package does not decide what follows. How late the list is after a launch is not
// documented, so it proves something only together with a call that failed, and nothing
// against one that succeeded.
package offered
