package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/diag"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

const other = cell.Account("444455556666")

var (
	sign    = snapshot.Signature{Mapping: "m", Blueprints: "b", Program: "v1"}
	eu      = cell.Name{Account: accountID, Region: "eu-west-1", Kind: "AWS::SQS::Queue"}
	us      = cell.Name{Account: accountID, Region: "us-east-1", Kind: "AWS::SQS::Queue"}
	topics  = cell.Name{Account: accountID, Region: "eu-west-1", Kind: "AWS::SNS::Topic"}
	foreign = cell.Name{Account: other, Region: "eu-west-1", Kind: "AWS::SQS::Queue"}
	units   = cell.Name{Kind: "AWS::Organizations::Unit"}
	one     = entity.Hash{1}
	two     = entity.Hash{2}
)

func ref(identifier string) entity.Ref { return entity.Ref{Blueprint: "queue", Identifier: identifier} }

// runs makes runs in a store, an hour apart.
type runs struct {
	t     *testing.T
	store state.Store
	clock *clock
	n     int
}

func newRuns(t *testing.T) *runs {
	return &runs{t: t, store: state.NewMemory(), clock: newClock()}
}

// run is a run that holds the lease and has recalled all that it may.
type run struct {
	*snapshot.Memory
	runs   *runs
	header snapshot.Header
	found  []diag.Diagnostic
}

func (r *runs) begin(sign snapshot.Signature) *run {
	r.t.Helper()
	r.n++
	r.clock.advance(time.Hour)
	name := fmt.Sprint("run-", r.n)
	m := &run{Memory: snapshot.NewMemory(r.store, acquire(r.t, r.store, name, r.clock), name), runs: r, header: snapshot.Header{
		Run: name, Started: r.clock.Now(), Ended: r.clock.Now().Add(time.Second), Mapping: sign.Mapping, Blueprints: sign.Blueprints, Program: sign.Program,
	}}
	m.found = m.RecallLast(r.t.Context(), r.clock.Now())
	found, err := m.Recall(r.t.Context(), sign, nil, m.Trusts(sign), time.Time{})
	if err != nil {
		r.t.Fatal(err)
	}
	m.found = append(m.found, found...)
	return m
}

// end keeps what a run learned, and gives its lease back.
func (m *run) end(whole bool, judge snapshot.Judge) {
	m.runs.t.Helper()
	if err := m.Keep(m.runs.t.Context(), state.NewWork(m.runs.store, m.header.Run), snapshot.End{Header: m.header, Whole: whole}, judge); err != nil {
		m.runs.t.Fatal(err)
	}
	m.die()
}

// die leaves no end.
func (m *run) die() {
	m.runs.t.Helper()
	if err := m.Lease().Release(m.runs.t.Context()); err != nil {
		m.runs.t.Fatal(err)
	}
}

// left is what the store holds of an account, by identifier.
func (r *runs) left(account string) map[string]snapshot.Entry {
	r.t.Helper()
	s, err := snapshot.NewSet(r.store, nil).Load(r.t.Context(), account)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		r.t.Fatal(err)
	}
	all := map[string]snapshot.Entry{}
	for e := range s.All() {
		all[e.Identifier] = e
	}
	return all
}

func (r *runs) remove(name string) {
	r.t.Helper()
	_, version, err := r.store.Get(r.t.Context(), name)
	if err := errors.Join(err, r.store.Delete(r.t.Context(), name, version)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *runs) tear(name string) {
	r.t.Helper()
	data, version, err := r.store.Get(r.t.Context(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.store.Put(r.t.Context(), name, data[:len(data)/2], version); err != nil {
		r.t.Fatal(err)
	}
}

// judging leaves all resources of an entity.
func judging(judge func(snapshot.Remembered) snapshot.Verdict) snapshot.Judge {
	return func(was snapshot.Remembered) (snapshot.Verdict, entity.Resources) { return judge(was), was.Resources }
}

func always(v snapshot.Verdict) snapshot.Judge {
	return judging(func(snapshot.Remembered) snapshot.Verdict { return v })
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	handsOver := func(wrote bool) func(*runs) {
		return func(r *runs) {
			m := r.begin(sign)
			if wrote {
				m.Wrote()
			}
			if err := m.HandOver(r.t.Context()); err != nil {
				r.t.Fatal(err)
			}
			m.die()
		}
	}
	for name, test := range map[string]struct {
		between  func(*runs)
		sign     func(*snapshot.Signature) // changes that of the first run
		cell     cell.Name                 // zero is that of the first run
		hash     entity.Hash               // zero is that of the first run
		unlisted bool                      // Port does not list the entity as ours
		old      bool                      // it was written at the oldest time that counts
		want     bool
	}{
		"the same":                            {want: true},
		"another hash":                        {hash: two},
		"another region":                      {cell: us},
		"another kind":                        {cell: topics},
		"another account":                     {cell: foreign},
		"not listed as ours":                  {unlisted: true},
		"written too long ago":                {old: true},
		"another mapping":                     {sign: func(s *snapshot.Signature) { s.Mapping = "x" }},
		"another blueprint":                   {sign: func(s *snapshot.Signature) { s.Blueprints = "x" }},
		"another program":                     {sign: func(s *snapshot.Signature) { s.Program = "x" }},
		"a run that died in between":          {between: func(r *runs) { r.begin(sign).die() }},
		"a narrowed run of the account":       {want: true, between: func(r *runs) { r.begin(sign).end(false, always(snapshot.AsItWas)) }},
		"a narrowed run that found it absent": {want: true, between: func(r *runs) { r.begin(sign).end(false, always(snapshot.Absent)) }},
		"a narrowed run with another mapping": {between: func(r *runs) {
			other := sign
			other.Mapping = "x"
			m := r.begin(other)
			m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
			m.end(false, always(snapshot.AsItWas))
		}},
		"a narrowed run of another account": {want: true, between: func(r *runs) {
			m := r.begin(sign)
			m.Produced(foreign, ref("elsewhere"), entity.Content{Hash: one}, "", r.clock.Now())
			m.end(false, always(snapshot.AsItWas))
		}},
		"a run that wrote nothing":               {want: true, between: handsOver(false)},
		"a run that wrote, and kept nothing":     {between: handsOver(true)},
		"the snapshot is lost":                   {between: func(r *runs) { r.remove(snapshotFile) }},
		"the snapshot is torn":                   {between: func(r *runs) { r.tear(snapshotFile) }},
		"the last end is lost":                   {between: func(r *runs) { r.remove("latest.json") }},
		"the last end is torn":                   {between: func(r *runs) { r.tear("latest.json") }},
		"the lease is lost":                      {between: func(r *runs) { r.remove("lease.json") }},
		"the end of the last run is still ahead": {between: func(r *runs) { r.clock.advance(-2 * time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRuns(t)
			m := r.begin(sign)
			wrote := r.clock.Now()
			m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", wrote)
			m.end(true, always(snapshot.AsItWas))
			if test.between != nil {
				test.between(r)
			}
			now, c, hash, oldest := sign, test.cell, test.hash, wrote.Add(-time.Second)
			if test.sign != nil {
				test.sign(&now)
			}
			if c == (cell.Name{}) {
				c = eu
			}
			if hash == (entity.Hash{}) {
				hash = one
			}
			if test.old {
				oldest = wrote
			}
			m = r.begin(now)
			if !test.unlisted {
				m.Ours.Add(ref("q"))
			}
			for _, trusted := range []bool{true, false} {
				if _, err := m.Recall(t.Context(), now, nil, trusted && m.Trusts(now), oldest); err != nil {
					t.Fatal(err)
				}
				written, ok := m.Unchanged(c, ref("q"), hash)
				if ok != (test.want && trusted) || ok && !written.Equal(wrote) {
					t.Errorf("trusted %t: it is unchanged: %t, since %v; %+v", trusted, ok, written, m.found)
				}
			}
		})
	}
}

// TestWhatIsNotKnownIsSaid names what keeps the state from being believed.
func TestWhatIsNotKnownIsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		between func(*runs)
		says    string // "" is nothing
		torn    bool
	}{
		"nothing happened":                       {func(*runs) {}, "", false},
		"a run that died":                        {func(r *runs) { r.begin(sign).die() }, "has not left its end", false},
		"the lease is lost":                      {func(r *runs) { r.remove("lease.json") }, "has not left its end", false},
		"the last end is lost":                   {func(r *runs) { r.remove("latest.json") }, "all that the last run left", true},
		"the last end is torn":                   {func(r *runs) { r.tear("latest.json") }, "the last run", true},
		"the end of the last run is still ahead": {func(r *runs) { r.clock.advance(-2 * time.Hour) }, "ahead of Port's clock", false},
		"a snapshot is torn":                     {func(r *runs) { r.tear(snapshotFile) }, "the entities of " + accountID, true},
		"a snapshot is lost":                     {func(r *runs) { r.remove(snapshotFile) }, "all that the last run left", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRuns(t)
			m := r.begin(sign)
			m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
			m.Produced(foreign, ref("p"), entity.Content{Hash: one}, "", r.clock.Now())
			m.end(true, always(snapshot.AsItWas))
			test.between(r)
			m = r.begin(sign)
			if (len(m.found) > 0) != (test.says != "") {
				t.Fatalf("found %+v", m.found)
			}
			for _, d := range m.found {
				if d.Code != diag.StateUnknown || !strings.Contains(d.Title+": "+d.Cause, test.says) {
					t.Errorf("found %+v", d)
				}
			}
			if m.Torn() != test.torn {
				t.Errorf("torn: %t", m.Torn())
			}
			if !m.Knows(foreign, ref("p")) {
				t.Error("the other account is forgotten with it")
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
	m.Produced(foreign, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
	m.Produced(us, ref("p"), entity.Content{Hash: one}, "", r.clock.Now())
	m.Produced(units, ref("u"), entity.Content{Hash: one}, "", r.clock.Now())
	m.end(true, always(snapshot.AsItWas))
	m = r.begin(sign)
	var from []cell.Name
	for _, origin := range m.Origins([]entity.Ref{ref("q")})[ref("q")] {
		from = append(from, origin.Cell())
	}
	if !slices.Equal(from, []cell.Name{eu, foreign}) || len(m.Origins([]entity.Ref{ref("nobody")})[ref("nobody")]) != 0 || m.Origins(nil) != nil {
		t.Errorf("q is from %v", from)
	}
	if of := m.Origins([]entity.Ref{ref("q"), ref("u")})[ref("u")]; len(of) != 1 || of[0].Cell() != units || !m.KnowsAccount(units) {
		t.Errorf("u is from %+v", of)
	}
	all := 0
	for range m.All {
		all++
	}
	want := map[reconcile.Group]int{
		{Account: accountID, Kind: "AWS::SQS::Queue"}: 2, {Account: string(other), Kind: "AWS::SQS::Queue"}: 1,
		{Account: cell.Organization, Kind: "AWS::Organizations::Unit"}: 1,
	}
	if diff := cmp.Diff(want, m.Sizes()); diff != "" || all != 4 {
		t.Errorf("%d in all (-want +got):\n%s", all, diff)
	}
	// A batch recalls its accounts, and what is read once in an Organization.
	if _, err := m.Recall(t.Context(), sign, []string{string(other)}, true, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if m.KnowsAccount(eu) || !m.KnowsAccount(foreign) || !m.KnowsAccount(units) {
		t.Error("other accounts are recalled than those that are wanted")
	}
}

// TestStrangers are not remembered: their resources may have other entities.
func TestStrangers(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	if got := m.Strangers(eu, []entity.Ref{ref("q")}); got != nil {
		t.Errorf("nothing is remembered, and %v are strangers", got)
	}
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
	m.end(true, always(snapshot.AsItWas))
	m = r.begin(sign)
	if got := m.Strangers(us, []entity.Ref{ref("q"), ref("new")}); !slices.Equal(got, []entity.Ref{ref("new")}) {
		t.Errorf("strangers %v", got)
	}
	if got := m.Strangers(foreign, []entity.Ref{ref("new")}); got != nil {
		t.Errorf("nothing is remembered of the account, and %v are strangers", got)
	}
	m.Produced(us, ref("new"), entity.Content{Hash: one}, "", r.clock.Now())
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
	m.end(true, always(snapshot.AsItWas))
	if left := r.left(accountID); len(left) != 1 || left["q"].Hash != one {
		t.Errorf("left: %+v", left)
	}
}

// TestProducedTwice leaves out of the snapshot what nobody knows for sure.
func TestProducedTwice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cell cell.Name // of the second time
		hash entity.Hash
		want snapshot.Entry // region, kind and hash
	}{
		"alike":                         {eu, one, snapshot.Entry{Region: eu.Region, Kind: eu.Kind, Content: entity.Content{Hash: one}}},
		"with another hash":             {eu, two, snapshot.Entry{Region: eu.Region, Kind: eu.Kind}},
		"in another region":             {us, one, snapshot.Entry{}},
		"of another kind":               {topics, one, snapshot.Entry{}},
		"elsewhere and with a new hash": {us, two, snapshot.Entry{}},
	} {
		for _, steps := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, by two invocations %t", name, steps), func(t *testing.T) {
				t.Parallel()
				r := newRuns(t)
				m := r.begin(sign)
				produce := func(c cell.Name, hash entity.Hash) {
					if !steps {
						m.Produced(c, ref("q"), entity.Content{Hash: hash}, "", r.clock.Now())
						return
					}
					worker := snapshot.NewMemory(r.store, m.Lease(), m.header.Run)
					worker.Produced(c, ref("q"), entity.Content{Hash: hash}, "", r.clock.Now())
					pieces, err := worker.Leave(t.Context(), state.NewWork(r.store, m.header.Run), m.header)
					if err != nil || len(pieces) != 1 {
						t.Fatalf("pieces %v, %v", pieces, err)
					}
					m.Merge(pieces)
				}
				produce(eu, one)
				produce(test.cell, test.hash)
				m.end(true, always(snapshot.AsItWas))
				got := r.left(accountID)["q"]
				if got.Region != test.want.Region || got.Kind != test.want.Kind || got.Hash != test.want.Hash {
					t.Errorf("it is remembered as %+v, want %+v", got, test.want)
				}
			})
		}
	}
}

// TestNotTaken remembers where an entity is from, but no content that Port did not take.
func TestNotTaken(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", time.Time{})
	m.end(true, always(snapshot.AsItWas))
	if got := r.left(accountID)["q"]; got.Region != eu.Region || got.Hash != (entity.Hash{}) || !got.Written.IsZero() || got.Seen.IsZero() {
		t.Errorf("left: %+v", got)
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	begin := func() *run {
		m := r.begin(sign)
		m.Produced(us, ref("stays"), entity.Content{Hash: one}, "", noon)
		return m
	}
	m := begin()
	for _, identifier := range []string{"gone", "absent", "unread", "moved", "moved from the unread"} {
		m.Produced(eu, ref(identifier), entity.Content{Hash: one}, "", noon)
	}
	m.Produced(foreign, ref("alone"), entity.Content{Hash: one}, "", noon)
	m.end(true, always(snapshot.AsItWas))
	before := r.left(accountID)
	judge := func(e snapshot.Remembered) snapshot.Verdict {
		switch e.Identifier {
		case "gone", "alone", "moved":
			return snapshot.Forgotten
		case "absent":
			return snapshot.Absent
		}
		return snapshot.AsItWas
	}
	for i := range 2 {
		m = begin()
		m.Produced(us, ref("moved"), entity.Content{Hash: one}, "", noon)
		m.Produced(us, ref("moved from the unread"), entity.Content{Hash: one}, "", noon)
		m.end(true, judging(judge))
		left := r.left(accountID)
		if _, there := left["gone"]; there || len(left) != 5 {
			t.Errorf("left: %+v", left)
		}
		if got := left["absent"]; got.Absences != 1+i || got.Hash != one || !got.Seen.Equal(before["absent"].Seen) {
			t.Errorf("what was absent: %+v", got)
		}
		if got := left["unread"]; got.Absences != 0 || got.Hash != (entity.Hash{}) || got.Region != eu.Region {
			t.Errorf("what was not read: %+v", got)
		}
		if got := left["stays"]; got.Hash != one || !got.Seen.Equal(m.header.Started) {
			t.Errorf("what was produced again: %+v", got)
		}
		if got := left["moved"]; got.Region != us.Region || got.Hash != one {
			t.Errorf("what is elsewhere now: %+v", got)
		}
		if got := left["moved from the unread"]; got.Kind != "" || got.Region != "" || got.Hash != (entity.Hash{}) {
			t.Errorf("what is elsewhere, and was in a cell that was not read: %+v", got)
		}
		if got := r.left(string(other)); got != nil {
			t.Errorf("an account of which nothing is left: %+v", got)
		}
	}
}

// TestKeepWithoutNews leaves the snapshot of an account alone if the run learned nothing of
// it. It is not that of the last run then, and keeps nothing from being written.
func TestKeepWithoutNews(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
	m.end(true, always(snapshot.AsItWas))
	r.begin(sign).end(true, always(snapshot.AsItWas))
	if got := r.left(accountID)["q"]; got.Hash != one {
		t.Errorf("left: %+v", got)
	}
	m = r.begin(sign)
	m.Ours.Add(ref("q"))
	if _, ok := m.Unchanged(eu, ref("q"), one); ok || !m.Trusts(sign) {
		t.Errorf("unchanged: %t, trusted: %t", ok, m.Trusts(sign))
	}
}

// TestANarrowedRunKeepsLast hands the end of the last whole run on to the next run.
func TestANarrowedRunKeepsLast(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
	m.Produced(eu, ref("r"), entity.Content{Hash: one}, "", r.clock.Now())
	m.Produced(foreign, ref("p"), entity.Content{Hash: one}, "", r.clock.Now())
	m.end(true, always(snapshot.AsItWas))
	last := m.header
	m = r.begin(sign)
	m.Produced(eu, ref("q"), entity.Content{Hash: two}, "", r.clock.Now())
	m.end(false, always(snapshot.AsItWas))
	m = r.begin(sign)
	if m.Last.Run != last.Run || !m.Last.Ended.Equal(last.Ended) || !m.Trusts(sign) || len(m.found) > 0 {
		t.Errorf("last is %+v, found %+v", m.Last, m.found)
	}
	for _, was := range []struct {
		cell cell.Name
		id   string
		hash entity.Hash
		want bool
	}{{eu, "q", two, true}, {eu, "q", one, false}, {eu, "r", one, true}, {foreign, "p", one, true}} {
		m.Ours.Add(ref(was.id))
		if _, ok := m.Unchanged(was.cell, ref(was.id), was.hash); ok != was.want {
			t.Errorf("%s with hash %v is unchanged: %t", was.id, was.hash, ok)
		}
	}
}

// TestOldGenerations has a run that lost its lease keep nothing, and take nothing from the
// one that has it.
func TestOldGenerations(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	older := r.begin(sign)
	older.Produced(eu, ref("old"), entity.Content{Hash: one}, "", noon)
	newer := r.begin(sign) // an hour later, when the lease has run out
	newer.Produced(eu, ref("new"), entity.Content{Hash: one}, "", noon)
	newer.end(true, always(snapshot.AsItWas))
	err := older.Keep(t.Context(), state.NewWork(r.store, older.header.Run), snapshot.End{Header: older.header, Whole: true}, always(snapshot.Forgotten))
	if !errors.Is(err, state.ErrLost) {
		t.Errorf("a run without its lease keeps: %v", err)
	}
	if left := r.left(accountID); len(left) != 1 || left["new"].Hash != one {
		t.Errorf("left: %+v", left)
	}
	if m := r.begin(sign); m.Last.Run != newer.header.Run {
		t.Errorf("the last run is %s", m.Last.Run)
	}
}

// TestAMissingPiece costs its account the news, and no other.
func TestAMissingPiece(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	m.Produced(foreign, ref("p"), entity.Content{Hash: one}, "", noon)
	m.Merge(map[string]string{accountID: "snapshots/nothing.gz"})
	err := m.Keep(t.Context(), state.NewWork(r.store, m.header.Run), snapshot.End{Header: m.header, Whole: true}, always(snapshot.AsItWas))
	if !errors.Is(err, state.ErrNotFound) {
		t.Errorf("kept: %v", err)
	}
	if r.left(accountID) != nil || len(r.left(string(other))) != 1 {
		t.Errorf("left: %+v, %+v", r.left(accountID), r.left(string(other)))
	}
}

// TestAMemoryThatOnlyLooks writes nothing, with a state or without.
func TestAMemoryThatOnlyLooks(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", noon)
	m.end(true, always(snapshot.AsItWas))
	for name, looking := range map[string]*snapshot.Memory{"no lease": snapshot.NewMemory(r.store, nil, "plan"), "no state": snapshot.NewMemory(nil, nil, "plan")} {
		looking.Produced(eu, ref("other"), entity.Content{Hash: one}, "", noon)
		if err := looking.Keep(t.Context(), nil, snapshot.End{Header: header(), Whole: true}, always(snapshot.Forgotten)); err != nil || looking.Lease() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left := r.left(accountID); len(left) != 1 {
		t.Errorf("left: %+v", left)
	}
	looking := snapshot.NewMemory(r.store, nil, "plan")
	if found := looking.RecallLast(t.Context(), r.clock.Now()); len(found) > 0 || !looking.Trusts(sign) {
		t.Errorf("it does not believe the run that held the lease last: %+v", found)
	}
}

// unlistable is a store that cannot be listed.
type unlistable struct{ state.Store }

var errList = errors.New("denied")

func (unlistable) List(context.Context, string) ([]string, error) { return nil, errList }

func TestAStoreThatCannotBeListed(t *testing.T) {
	t.Parallel()
	m := snapshot.NewMemory(unlistable{state.NewMemory()}, nil, "plan")
	if _, err := m.Recall(t.Context(), sign, nil, true, time.Time{}); !errors.Is(err, errList) {
		t.Errorf("recalled: %v", err)
	}
}

// meeting is a store in which writes of snapshots wait for each other for a while, and which counts
// the most that met.
type meeting struct {
	state.Store
	mu        sync.Mutex
	now, most int
	two       chan struct{}
	wait      time.Duration // for another
}

func (m *meeting) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if strings.HasPrefix(name, "snapshots/") {
		m.mu.Lock()
		if m.now++; m.now > m.most {
			if m.most = m.now; m.most == 2 {
				close(m.two)
			}
		}
		m.mu.Unlock()
		select {
		case <-m.two:
		case <-time.After(m.wait):
		}
		defer func() {
			m.mu.Lock()
			m.now--
			m.mu.Unlock()
		}()
	}
	return m.Store.Put(ctx, name, data, version)
}

// TestLargeAccountsAreKeptOneByOne, so that memory does not grow with their number; small ones are
// kept side by side.
func TestLargeAccountsAreKeptOneByOne(t *testing.T) {
	t.Parallel()
	for entities, wait := range map[int]time.Duration{30_000: 200 * time.Millisecond, 10: 10 * time.Second} {
		t.Run(fmt.Sprint(entities), func(t *testing.T) {
			t.Parallel()
			r := newRuns(t)
			store := &meeting{Store: r.store, two: make(chan struct{}), wait: wait}
			r.store = store
			m := r.begin(sign)
			for account := range 3 {
				c := cell.Name{Account: cell.Account(fmt.Sprintf("11111111111%d", account)), Region: "eu-west-1", Kind: "AWS::SQS::Queue"}
				for i := range entities {
					m.Produced(c, ref(fmt.Sprint(i)), entity.Content{Hash: one}, "", r.clock.Now())
				}
			}
			m.end(true, always(snapshot.AsItWas))
			if together := store.most > 1; together != (entities < 1000) {
				t.Errorf("%d accounts with %d entities are kept at a time", store.most, entities)
			}
			for account := range 3 {
				if left := r.left(fmt.Sprintf("11111111111%d", account)); len(left) != entities {
					t.Errorf("%d of %d entities are kept", len(left), entities)
				}
			}
		})
	}
}

// TestClosedAccountsAreStillKnown, before and after they are looked at, and whatever becomes of the
// state meanwhile.
func TestClosedAccountsAreStillKnown(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	m := r.begin(sign)
	m.Produced(eu, ref("q"), entity.Content{Hash: one}, "", r.clock.Now())
	m.Produced(foreign, ref("p"), entity.Content{Hash: two}, "", r.clock.Now())
	m.Produced(units, ref("u"), entity.Content{Hash: one}, "", r.clock.Now())
	m.end(true, always(snapshot.AsItWas))
	m = r.begin(sign)
	r.tear("snapshots/" + accountID + ".gz")
	know := func(when string) {
		for c, name := range map[cell.Name]string{eu: "q", foreign: "p", units: "u"} {
			if !m.Knows(c, ref(name)) || m.Knows(c, ref("nobody")) || !m.KnowsAccount(c) {
				t.Errorf("%s it is not known what is known of %v", when, c)
			}
		}
		var all []string
		for was := range m.All {
			all = append(all, was.Identifier)
		}
		if slices.Sort(all); !slices.Equal(all, []string{"p", "q", "u"}) {
			t.Errorf("%s %v are remembered", when, all)
		}
	}
	know("at first")
	m.Close(accountID)
	m.Close("")
	m.Close("999999999999")
	know("after a part was closed")
	m.CloseAll()
	know("after all was closed")
}

// TestKeptResources says of what the entities of the next run are made: of what this run made them,
// and of what may still exist of what the runs before did.
func TestKeptResources(t *testing.T) {
	t.Parallel()
	a, b := entity.ResourceOf("a"), entity.ResourceOf("b")
	unknown := entity.ResourceOf("")
	keep := func(verdict snapshot.Verdict, left entity.Resources) snapshot.Judge {
		return func(snapshot.Remembered) (snapshot.Verdict, entity.Resources) { return verdict, left }
	}
	for name, test := range map[string]struct {
		before, now []entity.Resources // now in us where before was in eu, if elsewhere
		elsewhere   bool
		judge       snapshot.Judge
		want        entity.Resources
		cell        bool // it is known
	}{
		"the same again":                    {before: []entity.Resources{a}, now: []entity.Resources{a}, judge: nil, want: a, cell: true},
		"of two at once":                    {now: []entity.Resources{a, b}, want: a.Join(b), cell: true},
		"of another, and the first is gone": {before: []entity.Resources{a}, now: []entity.Resources{b}, judge: keep(snapshot.Absent, ""), want: b, cell: true},
		"of another, and the first may be":  {before: []entity.Resources{a}, now: []entity.Resources{b}, judge: keep(snapshot.AsItWas, a), want: a.Join(b), cell: true},
		"of one of two that may both be":    {before: []entity.Resources{a, b}, now: []entity.Resources{b}, judge: keep(snapshot.AsItWas, a), want: a.Join(b), cell: true},
		"of one that was not remembered":    {before: []entity.Resources{""}, now: []entity.Resources{b}, judge: keep(snapshot.AsItWas, ""), want: b, cell: true},
		"of one, and before of too many":    {before: []entity.Resources{unknown}, now: []entity.Resources{b}, judge: keep(snapshot.AsItWas, unknown), want: unknown, cell: true},
		"elsewhere, and the first is gone":  {before: []entity.Resources{a}, now: []entity.Resources{b}, elsewhere: true, judge: keep(snapshot.Absent, ""), want: b, cell: true},
		"elsewhere, and the first may be":   {before: []entity.Resources{a}, now: []entity.Resources{b}, elsewhere: true, judge: keep(snapshot.AsItWas, a), want: ""},
		"not made, and absent":              {before: []entity.Resources{a, b}, judge: keep(snapshot.Absent, a), want: a.Join(b), cell: true},
		"not made, and unknown":             {before: []entity.Resources{a, b}, judge: keep(snapshot.AsItWas, a), want: a.Join(b), cell: true},
	} {
		r := newRuns(t)
		if test.judge == nil {
			test.judge = func(snapshot.Remembered) (snapshot.Verdict, entity.Resources) {
				t.Errorf("%s: there is nothing to judge", name)
				return snapshot.AsItWas, ""
			}
		}
		m := r.begin(sign)
		for _, from := range test.before {
			m.Produced(eu, ref("q"), entity.Content{Hash: one}, from, r.clock.Now())
		}
		m.end(true, always(snapshot.AsItWas))
		m = r.begin(sign)
		for _, from := range test.now {
			in := eu
			if test.elsewhere {
				in = us
			}
			m.Produced(in, ref("q"), entity.Content{Hash: one}, from, r.clock.Now())
		}
		m.end(true, test.judge)
		got := r.left(accountID)["q"]
		if got.Resources != test.want || (got.Kind != "") != test.cell {
			t.Errorf("%s: it is made of %q in %q, want %q", name, got.Resources, got.Kind, test.want)
		}
	}
}
