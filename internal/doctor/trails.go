package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/delivery"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// lookAtTrails looks for trails that log the calls of each account. One that logs in every region is
// enough. Otherwise each region is asked.
func (w *way) lookAtTrails(ctx context.Context) {
	c := w.open("trails")
	var (
		group  errgroup.Group
		mu     sync.Mutex
		well   int
		asked  int
		failed int
		told   = found{}
		known  = logs{of: map[string]delivery.Logging{}}
	)
	group.SetLimit(w.Limits.Entering)
	for _, a := range w.admissions {
		regions := w.eventRegions(a)
		if len(regions) == 0 {
			continue
		}
		asked++
		group.Go(func() error {
			dark, without, err := w.darkRegions(ctx, &known, a, regions)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				failed++
				told.fail(ctx, a, err)
			case len(dark) > 0:
				told.add(a.account.ID, diag.Diagnostic{
					Severity: diag.Warning, Code: diag.EventsUntrailed,
					Cause: "No trail is known to log the calls that change something in " + someRegions(dark, len(regions)) + ".",
				})
			default:
				well++
				w.noteWithout(told, a, without)
			}
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is a diagnostic
	if asked == 0 {
		c.skip("no account could be entered")
		return
	}
	told.tell(c)
	c.Said = fmt.Sprintf("in %d of %s a trail logs the calls that change something", well, plain.Count(asked-failed, "account", "accounts")) + unlooked(failed)
}

// unlooked counts what could not be looked at: of that, nothing is known.
func unlooked(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d could not be looked at", n)
}

// logs remembers what trails log: the accounts of an Organization share one.
type logs struct {
	mu sync.Mutex
	of map[string]delivery.Logging
}

// darkRegions returns the regions in which no trail logs the calls of an account, and the services
// that the trails leave out.
func (w *way) darkRegions(ctx context.Context, known *logs, a *admission, regions []string) (dark, without []string, err error) {
	main := regions[0]
	if slices.Contains(regions, a.session.Config.Region) {
		main = a.session.Config.Region
	}
	order := append([]string{main}, slices.DeleteFunc(slices.Clone(regions), func(region string) bool { return region == main })...)
	closed := 0
	for _, region := range order {
		trails, err := delivery.Trails(ctx, w.gate.Config(a.session.Config, a.account.ID, region, "cloudtrail", nil))
		if awserr.ClassOf(err) == awserr.Closed {
			if closed++; closed < len(order) { // as the check of regions says
				continue
			}
		}
		if err != nil {
			return nil, nil, err
		}
		// Those of every region first: one of them is enough.
		slices.SortStableFunc(trails, func(a, b delivery.Trail) int { return rank(a) - rank(b) })
		lit, everywhere, left := false, false, []string(nil)
		for _, t := range trails {
			if everywhere && !t.EveryRegion {
				break
			}
			if !t.EveryRegion && t.Home != region {
				continue
			}
			logging, err := w.logging(ctx, known, a, region, t)
			switch {
			case err != nil:
				return nil, nil, err
			case !logging.Writes:
				continue
			case lit: // what one leaves out another may log
				left = slices.DeleteFunc(left, func(source string) bool { return !slices.Contains(logging.Without, source) })
			default:
				left = slices.Clone(logging.Without)
			}
			if lit, everywhere = true, t.EveryRegion; everywhere && len(left) == 0 {
				break
			}
		}
		switch {
		case everywhere:
			return nil, left, nil
		case lit:
			without = append(without, left...)
		default:
			dark = append(dark, region)
		}
	}
	slices.Sort(dark)
	slices.Sort(without)
	return dark, slices.Compact(without), nil
}

func rank(t delivery.Trail) int {
	if t.EveryRegion {
		return 0
	}
	return 1
}

// logging returns what a trail logs. Its own region is asked, which every other one copies, or the one
// where it was seen if a policy forbids that.
func (w *way) logging(ctx context.Context, known *logs, a *admission, region string, t delivery.Trail) (delivery.Logging, error) {
	known.mu.Lock()
	logging, is := known.of[t.ARN]
	known.mu.Unlock()
	if is {
		return logging, nil
	}
	ask := func(region string) (delivery.Logging, error) {
		return delivery.LoggingOf(ctx, w.gate.Config(a.session.Config, a.account.ID, region, "cloudtrail", nil), t)
	}
	logging, err := ask(t.Home)
	if awserr.ClassOf(err) == awserr.Closed && region != t.Home {
		logging, err = ask(region)
	}
	if err == nil {
		known.mu.Lock()
		known.of[t.ARN] = logging
		known.mu.Unlock()
	}
	return logging, err
}

// noteWithout says which kinds have no events because a trail leaves their service out.
func (w *way) noteWithout(told found, a *admission, without []string) {
	var kinds []string
	for _, want := range w.wanted {
		if slices.Contains(without, want.kind.EventSource()) {
			kinds = append(kinds, want.kind.Type)
		}
	}
	if len(kinds) > 0 {
		told.add(a.account.ID, diag.Diagnostic{
			Severity: diag.Note, Code: diag.EventsUntrailed, Subject: diag.Subject{Kinds: kinds}, Title: "A trail leaves out " + strings.Join(without, ", "),
			Cause: "Calls about " + strings.Join(kinds, ", ") + " are not logged, so they wake nothing.",
			Fix:   "Nothing, if this is intended: the next scheduled run finds what they change. Otherwise let the trail log the service.",
		})
	}
}
