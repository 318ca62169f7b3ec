package resync

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

// TestPartsAreCopies takes the part of everything that a part is made of, and changes what
// it was taken of while the part is read: with -race it shows what they share, and without
// by the text.
func TestPartsAreCopies(t *testing.T) {
	t.Parallel()
	var (
		o      = cell.Coverage{Account: "111122223333", Kind: "k"}
		c      = cell.Name{Account: "111122223333", Region: "eu-west-1", Kind: "k"}
		v      = newView()
		l      = newLedger(v)
		faults = newMappingFaults()
		d      = newDetails()
		g      = &gate{ownership: ownership{Others: map[string]*report.Other{}}}
		r      = &refusals{}
		s      = entity.NewSet("run")
		entry  = &mapping.Resource{Index: 1, Kind: "k"}
	)
	l.addAccount(o.Account, "name", 1)
	l.addKind(o.Kind, time.Time{})
	l.addEntries([]*mapping.Resource{entry})
	d.groups[refusedKey{account: o.Account}] = &report.RefusedGroup{Regions: append(make([]string, 0, 9), "x"), Samples: append(make([]string, 0, 9), "x")}
	for name, tt := range map[string]struct {
		part   func() any
		change func(i int)
	}{
		"ledger": {func() any { return l.part() }, func(i int) {
			l.count(o, func(counts *report.Counts) { counts.Fetched++ })
			l.countMapped(l.entry(1), report.Counts{Created: 1}, 1, 1)
			l.finish(o, c, "r", "s", time.Second, nil)
			l.finish(o, c, "r", "s", time.Second, errors.New("broken"))
			l.skip(o, "left out")
			l.leaveAccount(o.Account, []string{o.Kind}, report.Outcome("failed"), diag.Code("X"), "no", "")
			l.mu.Lock()
			defer l.mu.Unlock()
		}},
		"view": {func() any { return v.part() }, func(i int) {
			v.entered(fmt.Sprint(i), []string{"r"})
			v.leave(fmt.Sprint(i), kind.Regional, "why")
			v.end(cell.Name{Account: fmt.Sprint(i)}, cellEnd{Why: "why"})
		}},
		"mappingFaults": {func() any { return faults.part() }, func(i int) {
			result := mapping.Result{Items: 1}
			result.Errors = append(result.Errors, &mapping.Failure{Field: fmt.Sprint(i), Reason: "x", Blueprint: "b"})
			faults.note(entry, result, kind.Object{})
		}},
		"details": {func() any { return d.part() }, func(i int) {
			d.note(c, o.Account, fmt.Sprint("a", i), []error{&kind.LackError{Action: "a", Err: errors.New("x")}, &kind.RefusedError{ID: "a", Err: errors.New("x")}})
			d.mu.Lock()
			defer d.mu.Unlock()
			d.group(report.RefusedGroup{Account: o.Account, Regions: []string{fmt.Sprint("a", i)}, Count: 1, Samples: []string{"a"}})
		}},
		"gate": {func() any { return g.part() }, func(i int) {
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.Others["x"] == nil {
				g.Others["x"] = &report.Other{}
			}
			g.Others["x"].Entities++
			g.Others[fmt.Sprint(i)] = &report.Other{Entities: 1}
			g.Samples = append(g.Samples, "x")
		}},
		"refusals": {func() any { return r.list() }, func(i int) { r.add("b", fmt.Sprint("id", i), errors.New("no")) }},
		"seen":     {func() any { return s.Part() }, func(i int) { s.Add(entity.Ref{Blueprint: "b", Identifier: fmt.Sprint(i)}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.change(0)
			part := tt.part()
			before := textOf(t, part)
			var changing sync.WaitGroup
			for worker := range 4 {
				changing.Go(func() {
					for i := range 50 {
						tt.change(1 + worker*50 + i)
					}
				})
			}
			for range 5 {
				if now := textOf(t, part); now != before {
					t.Errorf("the part changes:\n%s\n%s", before, now)
				}
			}
			changing.Wait()
			if now := textOf(t, part); now != before {
				t.Errorf("the part changed:\n%s\n%s", before, now)
			}
			if now := textOf(t, tt.part()); now == before {
				t.Error("nothing changed at all")
			}
		})
	}
}

// TestALedgersPartSharesNothing fails if a map or a pointer is added to the ledger, and
// handed out as it is.
func TestALedgersPartSharesNothing(t *testing.T) {
	t.Parallel()
	l := newLedger(newView())
	a, b := reflect.ValueOf(*l.part()), reflect.ValueOf(l.ledgerPart)
	for i := range a.NumField() {
		if k := a.Field(i).Kind(); (k == reflect.Map || k == reflect.Pointer) && a.Field(i).Pointer() == b.Field(i).Pointer() {
			t.Errorf("%s is shared", a.Type().Field(i).Name)
		}
	}
}

func textOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
