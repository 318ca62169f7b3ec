// Package doctor looks for problems that would stop a run from working, and says how to
// fix them.
//
// It checks everything that a run needs, in the order in which a run needs it: settings,
// secret, Port, mapping and blueprints, the base identity, the Organization, the role in
// every account, the regions, the state, and finally the calls of each kind in each
// account, each once and for the smallest page. It continues after a diagnostic:
// everything that does not depend on the broken part is still checked, and the rest is
// reported as unchecked.
//
// It decides how severe a diagnostic is and what an account lacks. It does not fix
// anything and does not write to Port. It writes only a probe to the state, and removes
// it. It never reports as good what it cannot see: it says so for the right to write to
// Port, and for follow-up calls that found no resource.
package doctor
