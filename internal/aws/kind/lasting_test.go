package kind_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
)

// memory remembers proofs as a run does.
type memory struct {
	mu     sync.Mutex
	proofs map[string]kind.Proof
}

func (m *memory) settled(key string) (kind.Proof, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	proof, ok := m.proofs[key]
	return proof, ok
}

// lastingThings is an AWS of things with a version and tags, and parents with children.
type lastingThings struct {
	mu       sync.Mutex
	versions map[string]any
	tags     map[string]string
	status   map[string]string
	fail     map[string]error // of the call about a thing, or the listing beneath a parent
	asked    []string
}

func (l *lastingThings) note(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, id)
	return l.fail[id]
}

func (l *lastingThings) listed(ids ...string) kind.Pages {
	return func(yield func([]*kind.Resource, error) bool) {
		for _, id := range ids {
			properties := kind.Object{"Name": id}
			if version := l.versions[id]; version != nil {
				properties["Version"] = version
			}
			if !yield([]*kind.Resource{{ID: id, Properties: properties}}, nil) {
				return
			}
		}
	}
}

func (l *lastingThings) describe(_ context.Context, _ kind.Target, r *kind.Resource) (kind.Object, error) {
	if err := l.note(r.ID); err != nil {
		return nil, err
	}
	answer := kind.Object{"Status": l.status[r.ID]}
	if tag, has := l.tags[r.ID]; has {
		answer["Tags"] = []any{kind.Object{"Key": "k", "Value": tag}}
	}
	return answer, nil
}

// read reads, remembers what lasts, and returns what was asked, found and settled.
func (l *lastingThings) read(t *testing.T, k *kind.Kind, m *memory, parallel int) (asked, found, settled []string, errs int) {
	t.Helper()
	l.asked = nil
	proofs := map[string]kind.Proof{} // what is remembered does not change while it is asked
	o := kind.Options{Parallel: parallel, Budget: kind.NewRoom(1000), Settled: m.settled}
	for r, err := range k.Find(t.Context(), kind.Target{}, o) {
		switch {
		case err != nil:
			errs++
			continue
		case r.Settled():
			settled = append(settled, r.Key())
			if r.Document(nil) != nil {
				t.Errorf("%s was not asked about and has a document", r.Key())
			}
			continue
		case r.Ends():
		default:
			found = append(found, r.Key())
		}
		if proof := r.Lasts(); proof != (kind.Proof{}) {
			proofs[r.Key()] = proof
		}
	}
	maps.Copy(m.proofs, proofs)
	slices.Sort(l.asked)
	return l.asked, found, settled, errs
}

func isDone(r *kind.Resource, _ time.Time) bool { return r.Str("Status") == "done" }

// TestLasting asks again about a thing unless it was final, and all that is listed of it, and its tags,
// are the same.
func TestLasting(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*lastingThings)
		asked  []string
	}{
		"nothing changes":      {asked: []string{"going"}},
		"another version":      {change: func(l *lastingThings) { l.versions["a"] = 2 }, asked: []string{"a", "going"}},
		"no version is listed": {change: func(l *lastingThings) { delete(l.versions, "a") }, asked: []string{"a", "going"}},
		"a thing comes":        {change: func(l *lastingThings) { l.versions["new"], l.status["new"] = 1, "done" }, asked: []string{"going", "new"}},
		"what went on goes on": {change: func(l *lastingThings) { l.status["going"] = "done" }, asked: []string{"going"}},
	} {
		for _, parallel := range []int{1, 4} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l := &lastingThings{
					versions: map[string]any{"a": 1, "b": 1, "going": 1}, status: map[string]string{"a": "done", "b": "done", "going": "on"},
				}
				k := &kind.Kind{
					Type: "T", Lasting: &kind.Lasting{Final: isDone, Listed: []string{"Version"}, For: time.Hour},
					List: kind.Listing{Name: "List", PageSize: 10, Pages: func(context.Context, kind.Target) kind.Pages {
						ids := []string{"a", "b", "going"}
						if l.status["new"] != "" {
							ids = append(ids, "new")
						}
						return l.listed(ids...)
					}},
					Default:  []kind.FollowUp{{Name: "Get", Actions: []string{"s:Get"}, Essential: true, Call: kind.Each(l.describe)}},
					Document: kind.Form{Properties: "Name Status"},
				}
				m := &memory{proofs: map[string]kind.Proof{}}
				if asked, _, _, _ := l.read(t, k, m, parallel); !slices.Equal(asked, []string{"a", "b", "going"}) {
					t.Fatalf("at first %v", asked)
				}
				if test.change != nil {
					test.change(l)
				}
				asked, found, settled, errs := l.read(t, k, m, parallel)
				if diff := cmp.Diff(test.asked, asked); diff != "" || errs > 0 {
					t.Errorf("%d errors; asked (-want +got):\n%s", errs, diff)
				}
				if want := 3 + len(l.status) - 3; len(found)+len(settled) != want {
					t.Errorf("found %v, settled %v", found, settled)
				}
			})
		}
	}
}

// TestLastingWithoutTags is not believed of a thing whose tags were not told.
func TestLastingTags(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*lastingThings)
		asked  []string
	}{
		"the same":               {asked: []string{"untold"}},
		"another tag":            {change: func(l *lastingThings) { l.tags["a"] = "2" }, asked: []string{"a", "untold"}},
		"tags that are not told": {change: func(l *lastingThings) { l.fail = map[string]error{"tags of a": errors.New("odd")} }, asked: []string{"a", "untold"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &lastingThings{
				versions: map[string]any{"a": 1, "b": 1, "untold": 1}, tags: map[string]string{"a": "1", "b": "1"},
				status: map[string]string{"a": "done", "b": "done", "untold": "done"},
			}
			k := &kind.Kind{
				Type: "T", Lasting: &kind.Lasting{Final: isDone, For: time.Hour, Tags: &kind.LastingTags{
					Form: kind.TagForm{Property: "Tags", Key: "Key", Value: "Value"},
					Call: kind.Each(func(_ context.Context, _ kind.Target, r *kind.Resource) (kind.Object, error) {
						return kind.Object{"Tags": []any{kind.Object{"Key": "k", "Value": l.tags[r.ID]}}}, l.fail["tags of "+r.ID]
					}),
				}},
				List:     kind.Listing{Name: "List", Pages: func(context.Context, kind.Target) kind.Pages { return l.listed("a", "b", "untold") }},
				Default:  []kind.FollowUp{{Name: "Get", Actions: []string{"s:Get"}, Essential: true, Call: kind.Each(l.describe)}},
				Document: kind.Form{Properties: "Name Status Tags"},
			}
			m := &memory{proofs: map[string]kind.Proof{}}
			l.read(t, k, m, 4)
			if test.change != nil {
				test.change(l)
			}
			asked, _, _, _ := l.read(t, k, m, 4)
			if diff := cmp.Diff(test.asked, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLastingBeneath leaves out a parent only if all beneath it was read, and final.
func TestLastingBeneath(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first   func(*lastingThings) // how the first reading goes
		between func(*lastingThings)
		settled []string
	}{
		"all is well":                  {settled: []string{"p1", "p2", "p3"}},
		"one goes on":                  {first: func(l *lastingThings) { l.status["p2-2"] = "on" }, settled: []string{"p1", "p3"}},
		"one fails":                    {first: func(l *lastingThings) { l.fail["p2-1"] = errors.New("odd") }, settled: []string{"p1", "p3"}},
		"both fail":                    {first: func(l *lastingThings) { l.fail["p2-1"], l.fail["p2-2"] = errors.New("odd"), errors.New("odd") }, settled: []string{"p1", "p3"}},
		"one is gone":                  {first: func(l *lastingThings) { l.fail["p2-2"] = code("Gone") }, settled: []string{"p1", "p3"}},
		"a listing fails at once":      {first: func(l *lastingThings) { l.fail["p2"] = errors.New("odd") }, settled: []string{"p1", "p3"}},
		"a listing fails in its midst": {first: func(l *lastingThings) { l.fail["p2 later"] = errors.New("odd") }, settled: []string{"p1", "p3"}},
		"there is nothing yet":         {first: func(l *lastingThings) { l.fail["p2"] = code("NotStarted") }, settled: []string{"p1", "p3"}},
		"there is nothing":             {first: func(l *lastingThings) { l.status["p3 is empty"] = "yes" }, settled: []string{"p1", "p2"}},
		"a parent has another version": {between: func(l *lastingThings) { l.versions["p1"] = 2 }, settled: []string{"p2", "p3"}},
	} {
		for _, parallel := range []int{1, 4} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l := &lastingThings{versions: map[string]any{"p1": 1, "p2": 1, "p3": 1}, status: map[string]string{}, fail: map[string]error{}}
				for _, id := range []string{"p1-1", "p1-2", "p2-1", "p2-2", "p3-1", "p3-2"} {
					l.status[id] = "done"
				}
				k := &kind.Kind{
					Type: "T", Lasting: &kind.Lasting{Final: isDone, For: time.Hour, Beneath: true},
					List: kind.Listing{Name: "List", Pages: func(_ context.Context, t kind.Target) kind.Pages {
						return kind.BeneathLasting(t, l.listed("p1", "p2", "p3"), func(parent *kind.Resource) kind.Pages {
							return func(yield func([]*kind.Resource, error) bool) {
								if err := l.fail[parent.ID]; err != nil {
									yield(nil, err)
									return
								}
								if l.status[parent.ID+" is empty"] != "" {
									yield(nil, nil)
									return
								}
								for page, err := range l.listed(parent.ID+"-1", parent.ID+"-2") {
									if !yield(page, err) {
										return
									}
									if err := l.fail[parent.ID+" later"]; err != nil {
										yield(nil, err)
										return
									}
								}
							}
						}, "NotStarted")
					}},
					Default:  []kind.FollowUp{{Name: "Get", Actions: []string{"s:Get"}, Essential: true, Gone: []string{"Gone"}, Call: kind.Each(l.describe)}},
					Document: kind.Form{Properties: "Name Status"},
				}
				m := &memory{proofs: map[string]kind.Proof{}}
				if test.first != nil {
					test.first(l)
				}
				l.read(t, k, m, parallel)
				l.fail = map[string]error{}
				for id := range l.status {
					l.status[id] = "done"
				}
				if test.between != nil {
					test.between(l)
				}
				_, _, settled, errs := l.read(t, k, m, parallel)
				if diff := cmp.Diff(test.settled, settled); diff != "" || errs > 0 {
					t.Errorf("%d errors; settled (-want +got):\n%s", errs, diff)
				}
			})
		}
	}
}
