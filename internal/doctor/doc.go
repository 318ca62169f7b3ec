// Package doctor looks for what would keep a run from working, and says how to fix it.
//
// It goes through everything that a run needs, in the order in which a run needs it:
// settings, secret, Port, mapping and blueprints, the base identity, the Organization,
// the role in every account, the regions, the state, and at last the calls of each
// kind in each account, each once and for the smallest page. A diagnostic never ends the
// look: what can be looked at without what is broken, is; and what could not be is
// said.
//
// It decides how severe a diagnostic is and what an account lacks. It fixes nothing,
// writes nothing into Port, and into the state only a probe that it removes. What it
// does not see, it does not call well: whether Port's credentials may write, and
// follow-up calls for which no resource was at hand, are told as such.
package doctor
