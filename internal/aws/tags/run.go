package tags

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// Run is what a run knows of the tagging API: where it is not trusted, and why. It is safe
// for concurrent use.
type Run struct {
	mu    sync.Mutex
	found Findings
}

// NewRun returns a run that trusts the tagging API everywhere.
func NewRun() *Run {
	return &Run{found: Findings{Differences: map[string]Difference{}, Refusals: map[string]Refusal{}}}
}

// Findings is what a run found out.
type Findings struct {
	// Differences are the first of each kind.
	Differences map[string]Difference `json:"differences,omitempty"`
	// Refusals are by account and region, "111122223333/eu-west-1".
	Refusals map[string]Refusal `json:"refusals,omitempty"`
}

// Difference is a resource whose tags were not the same natively.
type Difference struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	ARN     string `json:"arn"`
}

// Refusal is why the tagging API could not be asked.
type Refusal struct {
	Class awserr.Class `json:"class"`
	Cause string       `json:"cause"`
	Fix   string       `json:"fix"`
}

func (p Place) key() string { return p.Account + "/" + p.Region }

// trusts says whether the tagging API may be asked about a place.
func (r *Run) trusts(p Place) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, differs := r.found.Differences[p.Kind]
	_, refused := r.found.Refusals[p.key()]
	return !differs && !refused
}

func (r *Run) differs(p Place, arn string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.found.Differences[p.Kind]; !known {
		r.found.Differences[p.Kind] = Difference{p.Account, p.Region, arn}
	}
}

func (r *Run) refused(p Place, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.found.Refusals[p.key()]; !known {
		r.found.Refusals[p.key()] = Refusal{awserr.ClassOf(err), awserr.Message(err), fixOf(err)}
	}
}

// Findings returns what was found out so far.
func (r *Run) Findings() Findings {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Findings{maps.Clone(r.found.Differences), maps.Clone(r.found.Refusals)}
}

// Merge adds what another invocation of the run found out.
func (r *Run) Merge(f Findings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.Copy(r.found.Differences, f.Differences)
	maps.Copy(r.found.Refusals, f.Refusals)
}

// Diagnostics tells the findings: a warning for each kind with a difference, and a note for
// each class of refusals.
func (f Findings) Diagnostics() []diag.Diagnostic {
	var all []diag.Diagnostic
	for _, name := range slices.Sorted(maps.Keys(f.Differences)) {
		d := f.Differences[name]
		all = append(all, diag.Diagnostic{
			Code: diag.BulkTagsDiffer, Severity: diag.Warning, Title: diag.BulkTagsDiffer.Entry().Title,
			Subject: diag.Subject{Account: d.Account, Regions: []string{d.Region}, Kinds: []string{name}},
			Cause:   "the tagging API answered other tags of " + d.ARN + " than the service itself; from then on the tags of the kind were read one by one",
			Fix:     "nothing, if tags were just changed; if it is so in each run, set PORTOLAN_BULK_TAGS to false",
		})
	}
	places := map[awserr.Class][]string{}
	for place, refusal := range f.Refusals {
		places[refusal.Class] = append(places[refusal.Class], place)
	}
	for _, class := range slices.Sorted(maps.Keys(places)) {
		slices.Sort(places[class])
		first := f.Refusals[places[class][0]]
		accounts := make([]string, len(places[class]))
		for i, place := range places[class] {
			accounts[i], _, _ = strings.Cut(place, "/")
		}
		all = append(all, diag.Diagnostic{
			Code: diag.BulkRefused, Severity: diag.Note, Title: diag.BulkRefused.Entry().Title,
			Cause: fmt.Sprintf("%s in %s of %s, first in %s: %s; tags were read one by one there",
				operation, plain.Count(len(accounts), "region", "regions"), plain.Count(len(slices.Compact(accounts)), "account", "accounts"), places[class][0], first.Cause),
			Fix: first.Fix,
		})
	}
	return all
}

// fixOf says what a person can do about a refusal, which costs no more than calls.
func fixOf(err error) string {
	switch awserr.ClassOf(err) {
	case awserr.Denied, awserr.Closed:
		return awserr.Fix(err) + "; or set PORTOLAN_BULK_TAGS to false"
	default:
		return "nothing; the run takes more calls, and finds the same"
	}
}
