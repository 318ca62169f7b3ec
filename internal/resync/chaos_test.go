package resync_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/distributed"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// lives is how many histories of an estate TestChaos lives through, of about four
// runs each; CI asks for more.
var lives = flag.Int("lives", 8, "how many random histories TestChaos lives through")

// chaotic are the kinds of those histories: global and regional, with and without
// follow-ups, of three protocols.
var chaotic = []string{awssim.Bucket, awssim.Queue, awssim.Cluster, "AWS::Account::Info", "AWS::Organizations::Account"}

// life is a history of an estate in which much goes wrong.
type life struct {
	*world
	dice *rand.Rand
	// mishaps are what goes wrong; effects and services what does so in AWS, and where;
	// refusals what does in Port.
	mishaps  []mishap
	effects  []awssim.Effect
	services []string
	refusals []portsim.Fault
	// around is put around every connection to AWS.
	around func(http.RoundTripper) http.RoundTripper
	// dead cuts all connections, as if the process died. That happens after a number
	// of calls.
	dead     atomic.Bool
	until    atomic.Int64
	fresh    int
	misspelt []string     // regions that do not exist
	silent   atomic.Value // the service that does not answer, "/sqs/"
	// plain is the state as everybody may read and write it. Forger is the secret with which a
	// hostile writer seals, and older is what the state held at some time.
	plain  state.Store
	forger string
	older  map[string][]byte
	// refresher reads single cells between the runs; touched are those of the latest turns.
	refresher *resync.Refresher
	touched   []cell.Name
	// wrongly, unless it is nil, makes the program work wrongly until the function that it returns is called.
	wrongly func() (rightly func())
	// owners are the accounts of all that ever existed, by blueprint and identifier.
	owners map[string]string
}

// newLife returns an estate of three accounts and an empty Port. Wrong, unless it is
// nil, makes the program work wrongly on purpose.
func newLife(t *testing.T, seed uint64, wrong func(*life)) *life {
	t.Helper()
	e := estate(chaotic[:3]...)
	third := e.Accounts[1]
	third.ID, third.Name = "333333333333", "lab"
	e.Accounts = append(e.Accounts, third)
	for i := range e.Accounts {
		for j := range e.Accounts[i].Populations {
			e.Accounts[i].Populations[j].Count = 2
		}
	}
	l := &life{
		owners:    map[string]string{},
		refresher: &resync.Refresher{},
		plain:     state.NewMemory(),
		forger:    guessed,
		misspelt:  []string{"eu-wset-1", "US-EAST-1", "us-east1", "xx-nowhere-9"},
		dice:      rand.New(rand.NewPCG(seed, 1)),
		mishaps:   []mishap{ofAWS, ofAWS, ofAWS, ofAWS, ofPort, ofPort, ofPort, death, harm, closing, unresolving, misspelling, detailing, silencing},
		effects:   effects,
		services:  []string{"s3", "sqs", "ecs", "sts", "organizations", "account", "ec2", ""},
		refusals:  slices.Concat(failures, refused, lies),
	}
	l.until.Store(1 << 40)
	d := defaultsOf(t, chaotic)
	d.Config = bytes.Replace(d.Config, []byte(`"entityDeletionThreshold":0.9`), []byte(`"entityDeletionThreshold":1`), 1)
	l.world = newWorldOf(t, d, e, quickRetries, func(d *resync.Deps) { d.State = sealedBy(l.plain, ours) })
	l.transport = func(inner http.RoundTripper) http.RoundTripper {
		if l.around != nil {
			inner = l.around(inner)
		}
		return tripper(func(r *http.Request) (*http.Response, error) {
			if err := l.breathe(); err != nil {
				return nil, err
			}
			if silent, _ := l.silent.Load().(string); silent != "" && strings.Contains(r.Header.Get("Authorization"), silent) {
				return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
			}
			return inner.RoundTrip(r)
		})
	}
	l.deps.Port = mortalPort{l.deps.Port.(*port.Client), l}
	if wrong != nil {
		wrong(l)
	}
	return l
}

var errDead = errors.New("the process is dead")

// breathe fails as soon as the process is dead, and counts how long it lives.
func (l *life) breathe() error {
	if l.until.Add(-1) < 0 {
		l.dead.Store(true)
	}
	if l.dead.Load() {
		return errDead
	}
	return nil
}

// mortalPort writes nothing more when the process is dead.
type mortalPort struct {
	*port.Client
	l *life
}

func (m mortalPort) Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error) {
	if err := m.l.breathe(); err != nil {
		return make([]port.Outcome, len(items)), err
	}
	return m.Client.Upsert(ctx, blueprint, items, o)
}

func (m mortalPort) Delete(ctx context.Context, blueprint string, identifiers []string, o port.DeleteOptions) ([]string, error) {
	if err := m.l.breathe(); err != nil {
		return nil, err
	}
	return m.Client.Delete(ctx, blueprint, identifiers, o)
}

// mortalStore keeps nothing more when the process is dead.
type mortalStore struct {
	state.Store
	l *life
}

func (m mortalStore) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if err := m.l.breathe(); err != nil {
		return "", err
	}
	return m.Store.Put(ctx, name, data, version)
}

func (l *life) among(n int) int { return l.dice.IntN(n) }

func pickOf[T any](l *life, list []T) T { return list[l.among(len(list))] }

func (l *life) accounts() []string { return []string{management, member, "333333333333"} }

// turn changes something in AWS.
func (l *life) turn() {
	account, kind, region := pickOf(l, l.accounts()), pickOf(l, chaotic[:3]), pickOf(l, regions)
	held := l.aws.Resources(account, kind, region)
	l.touch(account, region, kind)
	switch l.among(10) {
	case 0, 1:
		l.fresh++
		l.must(l.aws.Put(account, awssim.Resource{Kind: kind, Region: region, ID: fmt.Sprintf("fresh-%d", l.fresh)}))
	case 2, 3:
		for _, r := range held[:l.among(len(held)+1)] {
			l.aws.Remove(account, kind, region, r.ID)
		}
	case 4, 5, 6, 7:
		if len(held) > 0 {
			r := pickOf(l, held)
			r.Tags = map[string]string{"turn": fmt.Sprint(l.among(1000))}
			if kind == awssim.Queue {
				r.Attributes = map[string]any{"VisibilityTimeout": fmt.Sprint(30 + l.among(1000))}
			}
			l.must(l.aws.Put(account, r))
		}
	case 8:
		if account != management {
			l.must(l.aws.SetAccountState(account, pickOf(l, []string{awssim.AccountSuspended, awssim.AccountActive})))
		}
	case 9:
		// Somebody meddles with Port.
		if entities := l.port.Entities("sqsQueue"); len(entities) > 0 {
			l.put("sqsQueue", pickOf(l, entities).Identifier, pickOf(l, []string{"curl/8.0", "port-ocean/aws-v3/2.20.11-beta/" + integration + "/exporter"}))
		}
	}
}

// touch notes an event about the cell of a change.
func (l *life) touch(account, region, kind string) {
	c := cell.Name{Account: cell.Account(account), Region: cell.Region(region), Kind: cell.Kind(kind)}
	if kind == awssim.Bucket {
		c.Region = ""
	}
	l.touched = append(l.touched, c)
}

// glance reads cells that events name: those that changed, some of them late or lost, and others.
func (l *life) glance() (wrong string) {
	for range l.among(3) {
		l.touch(pickOf(l, append(l.accounts(), "444444444444")), pickOf(l, append(regions, "ap-south-1")), pickOf(l, chaotic))
	}
	l.dice.Shuffle(len(l.touched), func(i, j int) { l.touched[i], l.touched[j] = l.touched[j], l.touched[i] })
	var touched []resync.Touched
	for _, c := range l.touched[l.among(len(l.touched)+1):] {
		touched = append(touched, resync.Touched{Cell: c, At: time.Now()})
	}
	l.touched = nil
	if l.wrongly != nil {
		defer l.wrongly()()
	}
	return l.harmless(func() {
		l.later.Add(int64(time.Minute))
		_, _ = l.refresher.Refresh(l.t.Context(), l.deps, touched) // what came of it is in Port
	})
}

// step is one run, after which Port holds everything that it held and that exists.
func (l *life) step() (wrong string) {
	request := invocation.Request{AllowMassDelete: true}
	if l.among(5) == 0 {
		request.Kinds = []string{pickOf(l, chaotic[:3])}
	}
	return l.harmless(func() {
		if l.among(3) == 0 {
			_ = l.steps(request) // what came of it is in Port
		} else {
			l.run(request)
		}
	})
}

// harmless does something in a process that may die, after which Port holds everything that it held
// and that exists.
func (l *life) harmless(do func()) (wrong string) {
	before := l.holds()
	store := l.deps.State
	l.deps.State = mortalStore{store, l}
	do()
	l.deps.State = store
	exists := l.exists()
	for key := range before {
		blueprint, id, _ := strings.Cut(key, " ")
		if _, there := l.port.Entity(blueprint, id); !there && exists[key] {
			return fmt.Sprintf("%s exists and is deleted", key)
		}
	}
	return ""
}

// steps is a run in steps. Some of its invocations have enough before all is read, some
// are made twice, and it may come to no end, for which the report is nil.
func (l *life) steps(request invocation.Request) *report.Report {
	l.later.Add(int64(time.Minute))
	ctx := l.t.Context()
	begun, err := distributed.Begin(ctx, l.deps, invocation.Step{Request: request}, 1+l.among(3))
	if err != nil || begun.Status != distributed.BegunStatus {
		return nil
	}
	data, _, err := l.deps.State.Get(ctx, begun.Items.Key[strings.Index(begun.Items.Key, "work/"):])
	if err != nil {
		return nil
	}
	var items []distributed.Item
	decode(l.t, data, &items)
	for _, item := range items {
		step := invocation.Step{Run: begun.Run, Batch: item.Batch, Accounts: item.Accounts}
		for range 20 {
			deps := l.deps
			if l.among(3) == 0 {
				deps, _ = l.ending(int64(l.among(60)))
			}
			leg, err := distributed.Read(ctx, deps, step)
			if err != nil && l.among(2) == 0 || err == nil && leg.Done && l.among(4) > 0 {
				break
			}
		}
	}
	for range 3 {
		if r, err := distributed.Finish(ctx, l.deps, begun.Run); err == nil {
			return r
		}
	}
	return nil
}

// heal ends all that goes wrong; the lease of a run that died is over.
func (l *life) heal() {
	l.aws.ClearFaults()
	l.aws.SetPolicies(nil)
	l.aws.SetUnresolved()
	l.silent.Store("")
	l.deps.Regions = regions
	l.port.ClearFaults()
	l.until.Store(1 << 40)
	l.dead.Store(false)
	if data, version, err := l.deps.State.Get(l.t.Context(), "lease.json"); err == nil {
		_, err = l.deps.State.Put(l.t.Context(), "lease.json", bytes.Replace(data, []byte(`"released":false`), []byte(`"released":true`), 1), version)
		l.must(err)
		if !bytes.Contains(data, []byte(`"format":"portolan/lease"`)) || !bytes.HasSuffix(bytes.TrimSpace(data), []byte("}")) {
			_, version, err = l.deps.State.Get(l.t.Context(), "lease.json")
			l.must(err)
			l.must(l.deps.State.Delete(l.t.Context(), "lease.json", version)) // a person removes what is damaged
		}
	}
}

// holds is what Port has of this integration, by blueprint and identifier.
func (l *life) holds() map[string]bool {
	held := make(map[string]bool)
	for _, blueprint := range []string{"s3Bucket", "sqsQueue", "ecsCluster"} {
		for _, entity := range l.port.Entities(blueprint) {
			if strings.HasSuffix(entity.Datasource, "/"+integration+"/exporter") {
				held[blueprint+" "+entity.Identifier] = true
			}
		}
	}
	return held
}

// exists is what there is in AWS, also in accounts that are suspended: who reopens one
// has it all again.
func (l *life) exists() map[string]bool {
	there := make(map[string]bool)
	for _, a := range l.aws.Accounts() {
		for _, region := range regions {
			for _, r := range l.aws.Resources(a.ID, awssim.Bucket, region) {
				l.note(there, "s3Bucket arn:aws:s3:::"+r.ID, a.ID)
			}
			for _, r := range l.aws.Resources(a.ID, awssim.Queue, region) {
				l.note(there, "sqsQueue "+arn(a.ID, r), a.ID)
			}
			for _, r := range l.aws.Resources(a.ID, awssim.Cluster, region) {
				l.note(there, "ecsCluster arn:aws:ecs:"+region+":"+a.ID+":cluster/"+r.ID, a.ID)
			}
		}
	}
	return there
}

func (l *life) note(there map[string]bool, key, account string) {
	there[key] = true
	l.owners[key] = account
}

// readable leaves out what is, or was, in accounts that cannot be read.
func readable[V any](l *life, all map[string]V) map[string]V {
	state := make(map[string]string)
	for _, a := range l.aws.Accounts() {
		state[a.ID] = a.State
	}
	maps.DeleteFunc(all, func(key string, _ V) bool { return state[l.owners[key]] != awssim.AccountActive })
	return all
}

// live lives a life and says what went wrong with it: an entity that was deleted
// though its resource exists, or a Port that a clean run does not make equal to AWS.
func live(t *testing.T, seed uint64, wrong func(*life)) (fault string, runs int) {
	l := newLife(t, seed, wrong)
	if fault := l.step(); fault != "" {
		return "at first: " + fault, 1
	}
	for i := range 1 + l.among(4) {
		for range l.among(5) {
			l.turn()
		}
		for range l.among(3) {
			l.spoil()
		}
		if l.among(2) == 0 {
			if fault := l.glance(); fault != "" {
				return fmt.Sprintf("after events before run %d: %s", i+2, fault), i + 2
			}
			if l.among(2) == 0 {
				l.heal()
			}
		}
		if fault := l.step(); fault != "" {
			return fmt.Sprintf("after run %d: %s", i+2, fault), i + 2
		}
		l.heal()
		runs = i + 2
	}
	l.turn()
	if fault := l.glance(); fault != "" {
		return "after the last events: " + fault, runs
	}
	r := l.last(seed)
	runs++
	if wrong == nil && r == nil {
		return "the clean run comes to no end", runs
	}
	if wrong == nil && r.Status != report.Completed {
		return fmt.Sprintf("the clean run is %s: %s", r.Status, r.Reason), runs
	}
	if diff := cmp.Diff(readable(l, l.exists()), readable(l, l.holds())); diff != "" {
		return "after a clean run Port is not AWS (-AWS +Port):\n" + diff, runs
	}
	if diff := cmp.Diff(readable(l, l.pristine()), readable(l, l.bodies())); diff != "" {
		return "after a clean run Port holds something else than a new Port would (-new +Port):\n" + diff, runs
	}
	return "", runs
}

// last is a run without faults, in one process or in steps.
func (l *life) last(seed uint64) *report.Report {
	request := invocation.Request{AllowMassDelete: true}
	if seed%2 == 0 {
		return l.run(request)
	}
	m := &machine{world: l.world, concurrency: 2}
	return m.whole(request)
}

// bodies is what Port's entities hold.
func (l *life) bodies() map[string]string {
	all := make(map[string]string)
	for key := range l.holds() {
		blueprint, id, _ := strings.Cut(key, " ")
		entity, _ := l.port.Entity(blueprint, id)
		all[key] = fmt.Sprint(entity.Title, entity.Properties, entity.Relations)
	}
	return all
}

// pristine is what a Port that never saw this estate holds after one run.
func (l *life) pristine() map[string]string {
	other := &life{world: l.anew()}
	wantStatus(l.t.(*testing.T), other.run(invocation.Request{}), report.Completed)
	return other.bodies()
}

// TestChaos lives through random histories: resources come and go, AWS and Port
// fail in every way, the process dies, the state is damaged. Nothing that exists is
// ever deleted, and one clean run makes Port equal to AWS.
func TestChaos(t *testing.T) {
	t.Parallel()
	var total atomic.Int64
	t.Run("lives", func(t *testing.T) {
		for seed := range uint64(*lives) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				fault, runs := live(t, seed, nil)
				total.Add(int64(runs))
				if fault != "" {
					t.Error(fault)
				}
			})
		}
	})
	t.Logf("%d runs", total.Load())
}
