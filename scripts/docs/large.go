package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/mapping"
	"portolan/internal/port/defaults"
)

// What the table of large cells assumes. The processor's time is what make bench measures
// (Large); docs/performance.md says all of it.
const (
	readingTime  = 13 * 60 // seconds of the 15 minutes; the rest is for the beginning, the last writes, deletes and the state
	latency      = 0.055   // seconds of a call, the mean of what the benchmarks simulate
	callTime     = 0.0006  // seconds of processor that a call takes
	resourceTime = 0.0003  // seconds of processor that a resource takes, from answer to entity
	processors   = 1024.0 / 1769
	beneath      = 10 // resources beneath each parent
	inBulk       = 100
)

// pace is what bounds a reading, and how long it makes a resource take, in seconds.
type pace struct {
	bound string
	each  float64
}

// demand is what a reading of a kind asks of AWS for each resource.
type demand struct {
	calls float64
	pages float64                // calls that come one after the other
	rated map[*kind.Rate]float64 // calls under a documented rate
}

// demandOf is the demand of a reading with some optional actions. If it is tagged, every
// resource has tags, and they are read in bulk where that is possible.
func demandOf(k *kind.Kind, optional []string, tagged bool) demand {
	d := demand{rated: make(map[*kind.Rate]float64)}
	for i, action := range k.List.Actions {
		each := 1 / float64(pageSize(k))
		if i > 0 {
			each = 1.0 / beneath
		}
		d.add(action, each)
		d.pages += each
	}
	for _, f := range k.Default {
		d.follow(f, tagged)
	}
	for _, f := range k.Optional {
		if slices.Contains(optional, f.Name) {
			d.follow(f, tagged)
		}
	}
	return d
}

// follow adds the calls of a follow-up.
func (d *demand) follow(f kind.FollowUp, tagged bool) {
	if len(f.Actions) == 0 {
		return
	}
	if tagged && f.Bulk != nil {
		d.add(f.Bulk.Actions[0], 1.0/inBulk)
		return
	}
	each := 1 / float64(max(f.Size, 1))
	d.add(f.Actions[0], each)
	if f.Call == nil { // the listing asks
		d.pages += each
	}
}

func (d *demand) add(action string, each float64) {
	d.calls += each
	if rate := rateOf(action); rate != nil {
		d.rated[rate] += each
	}
}

// rateOf returns the documented rate of an action; nil if there is none.
func rateOf(action string) (rest *kind.Rate) {
	prefix, operation, _ := strings.Cut(action, ":")
	service := map[string]string{"ses": "sesv2", "tag": "resource groups tagging api"}[prefix]
	service = cmp.Or(service, prefix)
	for i := range kinds.Rates {
		switch r := &kinds.Rates[i]; {
		case strings.ToLower(r.Service) != service:
		case slices.Contains(r.Operations, operation):
			return r
		case len(r.Operations) == 0:
			rest = r
		}
	}
	return rest
}

// slowest returns what bounds a reading.
func (d *demand) slowest() pace {
	atATime := call.Limits{}.Complete().ServiceCalls
	paces := []pace{
		{"pages", d.pages * latency},
		{fmt.Sprintf("%d calls at a time", atATime), d.calls * latency / float64(atATime)},
		{"processor", (d.calls*callTime + resourceTime) / processors},
	}
	for rate, each := range d.rated {
		of := "all operations"
		if len(rate.Operations) > 0 {
			of = strings.Join(rate.Operations, ", ")
		}
		paces = append(paces, pace{fmt.Sprintf("%s: %g/s", of, rate.PerSecond), each / call.Share(rate.PerSecond)})
	}
	return slices.MaxFunc(paces, func(a, b pace) int { return cmp.Or(cmp.Compare(a.each, b.each), cmp.Compare(b.bound, a.bound)) })
}

// fits is how many resources of a demand one invocation reads, rounded down to two digits.
func (d *demand) fits() int {
	n := readingTime / d.slowest().each
	digit := math.Pow(10, math.Floor(math.Log10(n))-1)
	return int(math.Floor(n/digit+1e-9) * digit)
}

// largeCells is the table of how many resources of a kind an invocation can read in one cell.
func largeCells() (string, error) {
	config, err := compiled(defaults.Native().Config)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| kind | calls for 1,000 | fit | bound by | all actions: calls for 1,000 | fit | bound by | fit without tags |\n|---|---:|---:|---|---:|---:|---|---:|\n")
	for _, k := range kinds.All {
		if len(k.List.Actions) == 0 {
			continue // it makes no call
		}
		usual, all, untagged := demandOf(k, wantedBy(config, k), true), demandOf(k, k.OptionalNames(), true), demandOf(k, k.OptionalNames(), false)
		fmt.Fprintf(&b, "| `%s` | %s |", k.Type, usual.row())
		if all.calls != usual.calls {
			fmt.Fprintf(&b, " %s |", all.row())
		} else {
			b.WriteString(" | | |")
		}
		if untagged.calls != all.calls {
			fmt.Fprintf(&b, " %s |\n", number(untagged.fits()))
		} else {
			b.WriteString(" |\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// row is the part of a row about a demand.
func (d *demand) row() string {
	return fmt.Sprintf("%s | %s | %s", number(int(math.Round(1000*d.calls))), number(d.fits()), d.slowest().bound)
}

// wantedBy returns the optional actions that a mapping wants.
func wantedBy(config *mapping.Config, k *kind.Kind) (optional []string) {
	for _, entry := range config.Resources {
		if entry.Kind == k.Type {
			optional = append(optional, entry.Selector.IncludeActions...)
		}
	}
	return optional
}

// number writes a number with commas. What is beyond a million has not been tried.
func number(n int) string {
	if n > 1_000_000 {
		return "> 1,000,000"
	}
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
