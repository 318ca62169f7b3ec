package portsim

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"
)

// param is what a query parameter may be.
type param struct {
	accepts  func(string) bool
	required bool
	repeats  bool
}

// params are the query parameters that a route accepts.
type params map[string]param

func boolean(s string) bool { return s == "true" || s == "false" }

func filled(s string) bool { return s != "" }

func uuid4(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.Version() == 4 && len(s) == 36
}

func among(words ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(words, s) }
}

// with adds the parameters that say what caused a write.
func (p params) with() params {
	p["ocean_info_event_type"] = param{accepts: among("start", "resync", "http_request", "action_run", "incremental_resync")}
	p["ocean_info_resync_id"] = param{accepts: uuid4}
	return p
}

func (p params) check(raw string) *refusal {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return invalid("query: %v", err)
	}
	for _, name := range sortedKeys(q) {
		known, ok := p[name]
		switch {
		case !ok:
			return invalid("query has the unknown parameter %q", name)
		case len(q[name]) > 1 && !known.repeats:
			return invalid("query has the parameter %q %d times", name, len(q[name]))
		}
		for _, v := range q[name] {
			if !known.accepts(v) {
				return invalid("query parameter %q cannot be %s", name, strconv.Quote(v))
			}
		}
	}
	for _, name := range sortedKeys(p) {
		if p[name].required && !q.Has(name) {
			return invalid("query lacks the parameter %q", name)
		}
	}
	if q.Has("ocean_info_resync_id") && q.Get("ocean_info_event_type") != "resync" {
		return invalid("query parameter ocean_info_resync_id is for the event type resync only")
	}
	return nil
}
