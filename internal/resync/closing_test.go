package resync_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/port/syncstatus"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/state"
)

// obstacle is what every call of a name does, from an instant on.
type obstacle struct {
	name  string // "Port.Upsert", "Put snapshots/"
	from  time.Time
	fails bool // at once; otherwise it hangs as long as it may
}

func (o obstacle) pass(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !strings.HasPrefix(name, o.name) || time.Now().Before(o.from) {
		return nil
	}
	if o.fails {
		return errors.New("503 Service Unavailable")
	}
	<-ctx.Done()
	return ctx.Err()
}

// slowPort is a resync.Port that has one entity more than AWS, and an obstacle.
type slowPort struct{ obstacle }

const smallMapping = `{"resources":[{"kind":"T::S::K","selector":{"query":"true"},"port":{"entity":{"mappings":{
	"identifier":".Properties.Name","blueprint":"\"thing\""}}}}]}`

func (p slowPort) Start(ctx context.Context) (port.Integration, error) {
	return port.Integration{Config: json.RawMessage(smallMapping)}, p.pass(ctx, "Port.Start")
}

func (p slowPort) Preview(ctx context.Context) (port.Integration, error) { return p.Start(ctx) }

func (p slowPort) Blueprints(ctx context.Context) (map[string]port.Blueprint, error) {
	return map[string]port.Blueprint{"thing": {}}, p.pass(ctx, "Port.Blueprints")
}

func (p slowPort) Find(ctx context.Context, _ string, _ []string) (map[string]port.Entity, error) {
	return nil, p.pass(ctx, "Port.Find")
}

func (p slowPort) Mine(ctx context.Context, _ string, _ []string) ([]string, error) {
	return nil, p.pass(ctx, "Port.Mine")
}

func (p slowPort) Recall(json.RawMessage) {}
func (p slowPort) Writers(ctx context.Context, _ string, _ []string) (map[string]port.Written, error) {
	return nil, p.pass(ctx, "Port.Writers")
}

func (p slowPort) Masked(document map[string]any) map[string]any { return document }

func (p slowPort) SetResyncState(ctx context.Context, _ port.ResyncState) error {
	return p.pass(ctx, "Port.SetResyncState")
}

func (p slowPort) Upsert(ctx context.Context, _ string, items []port.Item, _ port.UpsertOptions) ([]port.Outcome, error) {
	outcomes := make([]port.Outcome, len(items))
	for i, item := range items {
		outcomes[i].Identifier = item.Key
	}
	return outcomes, p.pass(ctx, "Port.Upsert")
}

func (p slowPort) Delete(ctx context.Context, _ string, identifiers []string, _ port.DeleteOptions) ([]string, error) {
	if err := p.pass(ctx, "Port.Delete"); err != nil {
		return nil, err
	}
	return identifiers, nil
}

func (p slowPort) Owned(ctx context.Context, _ time.Time) iter.Seq2[[]port.Ref, error] {
	return func(yield func([]port.Ref, error) bool) {
		yield([]port.Ref{{Blueprint: "thing", Identifier: "stale"}}, p.pass(ctx, "Port.Owned"))
	}
}

func (p slowPort) Blueprint(ctx context.Context, _ string) (port.Blueprint, error) {
	return port.Blueprint{}, p.pass(ctx, "Port.Blueprint")
}

func (p slowPort) EnsureBlueprint(ctx context.Context, _ json.RawMessage) (bool, error) {
	return false, p.pass(ctx, "Port.EnsureBlueprint")
}

func (p slowPort) SendExamples(ctx context.Context, _ string, _ []map[string]any) error {
	return p.pass(ctx, "Port.SendExamples")
}

func (p slowPort) ResyncRequest(ctx context.Context) (port.ResyncRequest, error) {
	return port.ResyncRequest{ID: "r"}, p.pass(ctx, "Port.ResyncRequest")
}

func (p slowPort) TellSync(ctx context.Context, _ string, _ []port.KindSync) error {
	return p.pass(ctx, "Port.TellSync")
}

func (p slowPort) UpdateSync(ctx context.Context, _ string, _ port.KindSync) error {
	return p.pass(ctx, "Port.UpdateSync")
}

func (p slowPort) Heartbeat(ctx context.Context, _ string) error {
	return p.pass(ctx, "Port.Heartbeat")
}

func (slowPort) Share(int)                            {}
func (slowPort) ServerTime(local time.Time) time.Time { return local }
func (slowPort) Stats() map[string]port.Stats         { return nil }

// slowStore is a state with an obstacle.
type slowStore struct {
	state.Store
	obstacle
}

func (s slowStore) Get(ctx context.Context, name string) ([]byte, string, error) {
	if err := s.pass(ctx, "Get "+name); err != nil {
		return nil, "", err
	}
	return s.Store.Get(ctx, name)
}

func (s slowStore) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if err := s.pass(ctx, "Put "+name); err != nil {
		return "", err
	}
	return s.Store.Put(ctx, name, data, version)
}

func (s slowStore) Delete(ctx context.Context, name, version string) error {
	if err := s.pass(ctx, "Delete "+name); err != nil {
		return err
	}
	return s.Store.Delete(ctx, name, version)
}

func (s slowStore) List(ctx context.Context, prefix string) ([]string, error) {
	if err := s.pass(ctx, "List "+prefix); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, prefix)
}

// slowAWS is one account with one region, and an obstacle.
type slowAWS struct{ obstacle }

const onlyAccount = "111122223333"

func (d slowAWS) List(ctx context.Context) (account.Listing, error) {
	return account.Listing{Accounts: []account.Account{{ID: onlyAccount}}, Complete: true}, d.pass(ctx, "AWS.List")
}

func (d slowAWS) Enter(ctx context.Context, a account.Account) (*account.Session, error) {
	return &account.Session{Account: a, Partition: "aws"}, d.pass(ctx, "AWS.Enter")
}

func (d slowAWS) Regions(ctx context.Context, _ *account.Session) ([]string, error) {
	return []string{"eu-west-1"}, d.pass(ctx, "AWS.Regions")
}

func (d slowAWS) AllRegions(ctx context.Context, _ *account.Session) ([]string, error) {
	return []string{"eu-west-1"}, d.pass(ctx, "AWS.AllRegions")
}

// hindered is what a run works with that meets an obstacle. Its cell takes reading to
// read.
func hindered(store state.Store, o obstacle, reading time.Duration) resync.Deps {
	k := &kind.Kind{Type: "T::S::K", Service: kind.Service{Prefix: "s"}, Document: kind.Form{Open: true}, List: kind.Listing{
		Pages: func(ctx context.Context, _ kind.Target) kind.Pages {
			return func(yield func([]*kind.Resource, error) bool) {
				select {
				case <-time.After(reading):
				case <-ctx.Done():
				}
				err := errors.Join(ctx.Err(), o.pass(ctx, "AWS.page"))
				yield([]*kind.Resource{{ID: "a", Properties: kind.Object{"Name": "a"}}}, err)
			}
		},
	}}
	p := slowPort{o}
	return resync.Deps{
		Port: p, SyncStatus: p, State: slowStore{store, o}, Requests: slowStore{store, o}, Kinds: []*kind.Kind{k},
		Log: slog.New(slog.DiscardHandler), Settings: resync.Settings{SendExamples: true, Coverage: true},
		Directory: func(ctx context.Context, _ string, _ func(*middleware.Stack) error) (resync.Directory, error) {
			return slowAWS{o}, o.pass(ctx, "AWS.open")
		},
	}
}

// obstacles are all the calls that a run waits for.
func obstacles() []string {
	names := []string{"none", "AWS.open", "AWS.page"}
	for _, of := range []reflect.Type{reflect.TypeFor[resync.Port](), reflect.TypeFor[syncstatus.Port](), reflect.TypeFor[resync.Directory]()} {
		side := "Port."
		if of == reflect.TypeFor[resync.Directory]() {
			side = "AWS."
		}
		for i := range of.NumMethod() {
			if m := of.Method(i); m.Type.NumIn() > 0 && m.Type.In(0) == reflect.TypeFor[context.Context]() {
				names = append(names, side+m.Name)
			}
		}
	}
	for _, blob := range []string{"lease.json", "snapshots/", "latest.json", "timetable.json", "request.json", "runs/", ""} {
		for _, call := range []string{"Get", "Put", "Delete", "List"} {
			names = append(names, call+" "+blob)
		}
	}
	return names
}

func leaseIsFree(t *testing.T, store state.Store) bool {
	t.Helper()
	data, _, err := store.Get(context.Background(), "lease.json")
	if errors.Is(err, state.ErrNotFound) {
		return true
	}
	var lease struct{ Released bool }
	if err := errors.Join(err, json.Unmarshal(data, &lease)); err != nil {
		t.Fatal(err)
	}
	return lease.Released
}

// TestARunIsOverBeforeItsEnd lets every call of a run hang or fail, from its beginning or
// from the middle of its reading on: it ends before its deadline, and its lease is
// released unless the lease itself cannot be written.
func TestARunIsOverBeforeItsEnd(t *testing.T) {
	t.Parallel()
	for _, name := range obstacles() {
		for _, limit := range []time.Duration{5 * time.Second, time.Minute, 15 * time.Minute} {
			for _, fails := range []bool{false, true} {
				for _, late := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/%s/fails=%t/late=%t", name, limit, fails, late), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { overBeforeItsEnd(t, name, limit, fails, late) })
					})
				}
			}
		}
	}
}

func overBeforeItsEnd(t *testing.T, name string, limit time.Duration, fails, late bool) {
	began, store := time.Now(), state.NewMemory()
	o := obstacle{name: name, from: began, fails: fails}
	if late {
		o.from = began.Add(limit / 10)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	r, _ := resync.Run(ctx, hindered(store, o, limit/5), invocation.Request{Action: invocation.Resync, AllowMassDelete: true})
	if took := time.Since(began); took >= limit || ctx.Err() != nil {
		t.Errorf("the run took %s of %s", took, limit)
	}
	if name == "none" && (r.Status != report.Completed || r.Deletes.Deleted != 1) {
		t.Errorf("the run is %s: %s; %d deleted", r.Status, r.Reason, r.Deletes.Deleted)
	}
	if leaseCannotBeWritten := late && (name == "Put lease.json" || name == "Put "); !leaseCannotBeWritten && !leaseIsFree(t, store) {
		t.Error("the lease is not given back")
	}
}

// TestAStepIsOverBeforeItsEnd is the same for each invocation of a run in steps. A lease
// that was not given back is that of a run which can still be finished.
func TestAStepIsOverBeforeItsEnd(t *testing.T) {
	t.Parallel()
	const limit = time.Minute
	for _, name := range obstacles() {
		for _, at := range []string{"begin", "read", "finish", ""} {
			t.Run(name+"/"+at, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					store := state.NewMemory()
					step := func(is string, do func(context.Context, resync.Deps) error) error {
						o := obstacle{name: "none"}
						if is == at || at == "" {
							o.name = name
						}
						began := time.Now()
						ctx, cancel := context.WithTimeout(t.Context(), limit)
						defer cancel()
						err := do(ctx, hindered(store, o, time.Second))
						if took := time.Since(began); took >= limit {
							t.Errorf("%s took %s of %s", is, took, limit)
						}
						return err
					}
					var begun *distributed.Begun
					err := step("begin", func(ctx context.Context, d resync.Deps) (err error) {
						begun, err = distributed.Begin(ctx, d, invocation.Step{Request: invocation.Request{Action: invocation.Resync, AllowMassDelete: true}}, 1)
						return err
					})
					if err != nil || begun.Status != distributed.BegunStatus {
						if !strings.HasPrefix(name, "Put ") && !leaseIsFree(t, store) {
							t.Error("the beginning failed, and did not give the lease back")
						}
						return
					}
					_ = step("read", func(ctx context.Context, d resync.Deps) error {
						_, err := distributed.Read(ctx, d, invocation.Step{Run: begun.Run, Accounts: []string{onlyAccount}})
						return err
					})
					err = step("finish", func(ctx context.Context, d resync.Deps) error {
						_, err := distributed.Finish(ctx, d, begun.Run)
						return err
					})
					if err == nil && name != "Put lease.json" && name != "Put " && !leaseIsFree(t, store) {
						t.Error("the run is finished, and the lease is not given back")
					}
				})
			})
		}
	}
}

// TestAStoppedRunIsOverSoon stops a run in the middle of its reading, or while it ends:
// it is over before a container runtime would kill it.
func TestAStoppedRunIsOverSoon(t *testing.T) {
	t.Parallel()
	for _, name := range obstacles() {
		for _, after := range []time.Duration{time.Second, 20 * time.Second} {
			t.Run(fmt.Sprintf("%s/%s", name, after), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					store := state.NewMemory()
					began := time.Now()
					ctx, stop := context.WithCancel(t.Context())
					defer stop()
					time.AfterFunc(after, stop)
					_, _ = resync.Run(ctx, hindered(store, obstacle{name: name}, 10*time.Second), invocation.Request{Action: invocation.Resync})
					if ctx.Err() == nil {
						return // it was over before
					}
					if took := time.Since(began.Add(after)); took > 9*time.Second {
						t.Errorf("the run is over %s after it was told to stop", took)
					}
					if name != "Put lease.json" && name != "Put " && !leaseIsFree(t, store) {
						t.Error("the lease is not given back")
					}
				})
			})
		}
	}
}
