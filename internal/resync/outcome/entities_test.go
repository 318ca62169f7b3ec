package outcome

import (
	"encoding/json"
	"fmt"
	"testing"

	"portolan/internal/report"
	"portolan/internal/resync/entity"
)

// TestManyOthers are named up to a bound, and each with a few samples.
func TestManyOthers(t *testing.T) {
	t.Parallel()
	o := newOwners()
	for i := range 3 * maxOthers {
		for range 10 {
			o.count(entity.Ref{Blueprint: "b", Identifier: "a"}, fmt.Sprint("writer ", i), i > maxOthers)
		}
	}
	whole := newOwners()
	part, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var left owners
		if err := json.Unmarshal(part, &left); err != nil {
			t.Fatal(err)
		}
		whole.merge(left)
	}
	p := whole
	if len(p.Others) != maxOthers+1 || p.Others["others"].Entities != 2*20*maxOthers || len(p.Others["writer 1"].Samples) != 5 {
		t.Errorf("%d are named, others: %+v", len(p.Others), p.Others["others"])
	}
	if p.Taken+p.Withheld != 2*30*maxOthers || len(p.Samples) != 5 {
		t.Errorf("%d taken, %d withheld, samples %v", p.Taken, p.Withheld, p.Samples)
	}
}

// TestManyChanges are listed up to a bound for each sort.
func TestManyChanges(t *testing.T) {
	t.Parallel()
	c := &changes{}
	for i := range 2 * MaxPlanned {
		c.add(report.Change{Sort: report.Created, Identifier: fmt.Sprint(i)})
	}
	c.add(report.Change{Sort: report.Fails})
	if got := c.sorted(); len(got) != MaxPlanned+1 || got[0].Sort != report.Fails {
		t.Errorf("%d are listed, first %+v", len(got), got[0])
	}
}
