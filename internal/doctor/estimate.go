package doctor

import (
	"fmt"
	"slices"
	"time"

	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/plain"
	"portolan/internal/resync"
)

// Estimate is what a run of everything would take. Basis says how that is known.
type Estimate struct {
	Accounts int     `json:"accounts"`
	Cells    int     `json:"cells"`
	Calls    int     `json:"awsCalls"`
	Seconds  float64 `json:"seconds"`
	// Limit is how long one invocation may take, in seconds, and Fits whether a run does.
	Limit float64 `json:"limitSeconds"`
	Fits  bool    `json:"fits"`
	Basis string  `json:"basis"`
}

// reserve is by how much the rule may be wrong: it knows no second pages, and a run
// does not wait for its last cell alone.
const reserve = 3

// estimate estimates how long a run takes. The last run in the state is the best source.
// Otherwise it assumes a call for each cell, and one more for each follow-up for which the
// doctor found a resource. Calls take as long as the doctor's own, with as many cells at a
// time as in a run.
func (e *examination) estimate() {
	if len(e.admissions) == 0 {
		return
	}
	s := &Estimate{Limit: e.Limit.Seconds()}
	for _, a := range e.admissions {
		if a.session == nil {
			continue
		}
		s.Accounts++
		s.Calls += 2 // to enter it, and to ask for its regions
		for _, w := range e.wanted {
			cells := 1
			switch w.kind.Scope {
			case kind.Regional:
				cells = len(e.readBy(w, a))
			case kind.Management:
				continue
			}
			s.Cells += cells
			s.Calls += cells * a.account.callsOf(w)
		}
	}
	parallel := resync.Limits{}.Complete().Cells
	s.Seconds = reserve * float64(s.Calls) * e.latency().Seconds() / float64(parallel)
	s.Basis = fmt.Sprintf("a call for each cell and for each follow-up where a resource was found, %d at a time, times %d",
		parallel, reserve)
	if kinds, paced := e.paced(); kinds > 0 {
		s.Seconds = max(s.Seconds, paced)
		s.Basis += "; " + plain.Count(kinds, "kind shares", "kinds share") + " the pace of Cloud Control in each account and region, which a read of each resource takes too"
	}
	if e.last != nil && e.last.whole {
		s.Calls, s.Seconds = e.last.calls, e.last.seconds
		s.Basis = "the last run, of " + e.last.when.UTC().Format(time.RFC3339)
	}
	s.Fits = s.Seconds <= resync.Usable*s.Limit
	e.diagnosis.Estimate = s
	if !s.Fits {
		c := e.open("size")
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.TooLarge, Cause: fmt.Sprintf(
			"a run would take about %s, and an invocation has %s", seconds(s.Seconds), seconds(s.Limit))})
	}
}

// listOperation is the operation by which Cloud Control lists a kind, and listAction its
// permission.
const (
	listOperation = "ListResources"
	listAction    = "cloudformation:" + listOperation
)

// paced returns how many kinds are listed through Cloud Control, and how many seconds its pace
// makes of that in the account and region that has most of them.
func (e *examination) paced() (kinds int, seconds float64) {
	at := slices.IndexFunc(e.Rates, func(r kind.Rate) bool { return slices.Contains(r.Operations, listOperation) })
	lists := map[string]int{}
	for _, w := range e.wanted {
		if !slices.Contains(w.kind.List.Actions, listAction) {
			continue
		}
		kinds++
		for _, a := range e.admissions {
			if a.session == nil {
				continue
			}
			regions := e.readBy(w, a)
			if w.kind.Scope != kind.Regional {
				regions = e.places(w, a)
			}
			for _, region := range regions {
				lists[a.account.ID+" "+region]++
			}
		}
	}
	for _, n := range lists {
		if at >= 0 {
			seconds = max(seconds, (float64(n)-float64(e.Rates[at].Burst))/e.Rates[at].PerSecond)
		}
	}
	return kinds, seconds
}

// callsOf is how many calls a cell of a kind makes at least.
func (a *Account) callsOf(w want) int {
	for _, cell := range a.Cells {
		if cell.Kind == w.kind.Type && cell.found {
			return 1 + len(w.kind.Default) + len(w.actions)
		}
	}
	return min(1, len(w.kind.List.Actions))
}

// latency is how long a call of the look took in the mean, with its waiting.
func (e *examination) latency() time.Duration {
	return time.Duration(e.took.Load()) / time.Duration(max(e.calls()-e.before, 1))
}

// calls counts the calls to AWS so far.
func (e *examination) calls() int {
	calls := 0
	for _, c := range e.gate.Counts() {
		calls += c.Calls
	}
	return calls
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Second / 10).String()
}
