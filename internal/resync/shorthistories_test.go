package resync_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
)

// sharedID is the identifier of an entity of all log groups of a region whose names end alike.
const sharedID = `"shared@" + .Identifier[-1:] + "@" + .__AccountId + "@" + .__Region`

// shortLife is a history of an estate that is read through Cloud Control, in which listings end
// short, what exists is not found, and handlers fail.
type shortLife struct {
	*doubted
	dice  *rand.Rand
	fresh int
	// faults are what goes wrong with AWS.
	faults []func(*shortLife) awssim.Fault
	died   bool // a run ended early, so that what it wrote may be unknown
	// unfinding says that AWS does not find in this run what exists.
	unfinding bool
}

func (l *shortLife) place() (account, kind, region string) {
	account = []string{management, member}[l.dice.IntN(2)]
	if l.dice.IntN(3) == 0 {
		return account, iamRole, "us-east-1"
	}
	return account, logGroup, regions[l.dice.IntN(len(regions))]
}

// turn changes something in AWS.
func (l *shortLife) turn() {
	account, kind, region := l.place()
	if held := l.aws.Resources(account, kind, region); len(held) > 0 && l.dice.IntN(2) == 0 {
		l.aws.Remove(account, kind, region, held[l.dice.IntN(len(held))].ID)
		return
	}
	l.fresh++
	l.must(l.aws.Put(account, awssim.Resource{Kind: kind, Region: region, ID: fmt.Sprintf("fresh-%d-%d", l.fresh, l.dice.IntN(3))}))
}

// ofCloudControl is a fault of one of its operations, somewhere.
func ofCloudControl(operation string, effect awssim.Effect) func(*shortLife) awssim.Fault {
	return func(l *shortLife) awssim.Fault {
		account, _, region := l.place()
		return awssim.Fault{
			Account: account, Region: region, Service: "cloudcontrolapi", Operation: operation, Effect: effect,
			First: 1 + l.dice.IntN(3), Times: []int{1, 3, -1}[l.dice.IntN(3)],
		}
	}
}

var (
	cutShort = ofCloudControl("ListResources", awssim.CutShort)
	unfound  = func(l *shortLife) awssim.Fault {
		f := ofCloudControl("GetResource", awssim.Unfound)(l)
		f.First, f.Times = 1, -1
		return f
	}
	gateway = func(l *shortLife) awssim.Fault {
		f := ofCloudControl("GetResource", awssim.Gateway)(l)
		f.Status, f.Page = 404, awssim.Pages()[0]
		return f
	}
	handlers = func(l *shortLife) awssim.Fault {
		all := awssim.HandlerFailures()
		f := all[l.dice.IntN(len(all))]
		account, _, region := l.place()
		f.Account, f.Region, f.Times = account, region, []int{1, 3, -1}[l.dice.IntN(3)]
		return f
	}
)

// shortFaults are all of them. Two that lie about the same, a listing that lacks what exists and a
// read that does not find it, are not made at once: nobody could tell.
var shortFaults = []func(*shortLife) awssim.Fault{
	cutShort, cutShort, cutShort, unfound, gateway, handlers, handlers,
	ofCloudControl("", awssim.Deny), ofCloudControl("", awssim.Throttle), ofCloudControl("", awssim.Fail), ofCloudControl("", awssim.Truncate),
	ofCloudControl("", awssim.Cut), ofCloudControl("ListResources", awssim.EmptyPage), ofCloudControl("ListResources", awssim.RefuseToken),
	ofCloudControl("ListResources", awssim.Overlap), ofCloudControl("", awssim.OddProperties), ofCloudControl("ListResources", awssim.NoIdentifier),
}

// spoil lets something go wrong in the next run.
func (l *shortLife) spoil() {
	lies := false
	for range 1 + l.dice.IntN(3) {
		f := l.faults[l.dice.IntN(len(l.faults))](l)
		lying := f.Effect == awssim.CutShort || f.Effect == awssim.Unfound
		if f.Effect == awssim.Unfound && lies || f.Effect == awssim.CutShort && l.unfinding {
			continue
		}
		lies = lies || lying
		l.aws.Inject(f)
		l.unfinding = l.unfinding || f.Effect == awssim.Unfound
	}
}

// exists is what there is in AWS, as Port should have it.
func (l *shortLife) exists() map[string]bool {
	there := map[string]bool{}
	for _, account := range []string{management, member} {
		for _, r := range l.aws.Resources(account, iamRole, "us-east-1") {
			there["iamRole "+l.aws.Identifier(account, r)+"@"+account] = true
		}
		for _, region := range regions {
			for _, r := range l.aws.Resources(account, logGroup, region) {
				id := l.aws.Identifier(account, r)
				there["logGroup "+id+"@"+account+"@"+region] = true
				there["shared shared@"+id[len(id)-1:]+"@"+account+"@"+region] = true
			}
		}
	}
	return there
}

func (l *shortLife) holds() map[string]bool {
	held := map[string]bool{}
	for _, blueprint := range []string{"iamRole", "logGroup", "shared"} {
		for _, id := range l.identifiers(blueprint) {
			held[blueprint+" "+id] = true
		}
	}
	return held
}

// step is one run, after which Port holds everything that it held and that exists.
func (l *shortLife) step(early bool) (wrong string) {
	before := l.holds()
	request := invocation.Request{AllowMassDelete: true}
	switch {
	case early:
		ctx, stop := context.WithCancel(l.t.Context())
		left := 20 + l.dice.IntN(200)
		l.mu.Lock()
		l.answer = func(getCall) *http.Response {
			if left--; left == 0 {
				stop()
			}
			return nil
		}
		l.mu.Unlock()
		l.later.Add(int64(time.Minute))
		_, _ = resync.Run(ctx, l.deps, request) // what came of it is in Port
		l.died = l.died || ctx.Err() != nil
		stop()
		l.mu.Lock()
		l.answer = nil
		l.mu.Unlock()
	case l.dice.IntN(3) == 0:
		(&machine{world: l.world, concurrency: 2}).whole(request)
	default:
		l.run(request)
	}
	exists, held := l.exists(), l.holds()
	for key := range before {
		if exists[key] && !held[key] {
			return key + " exists and is deleted"
		}
	}
	return ""
}

// liveShort lives a life and says what went wrong with it.
func liveShort(t *testing.T, seed uint64, wrong func(*shortLife)) string {
	w := newDoubted(t,
		entry(logGroup, "true", "logGroup", `.Identifier + "@" + .__AccountId + "@" + .__Region`),
		entry(logGroup, "true", "shared", sharedID), roles)
	l := &shortLife{doubted: w, dice: rand.New(rand.NewPCG(seed, 3)), faults: shortFaults}
	if wrong != nil {
		wrong(l)
	}
	for i := range 3 + l.dice.IntN(4) {
		for range l.dice.IntN(4) {
			l.turn()
		}
		if l.dice.IntN(4) > 0 {
			l.spoil()
		}
		if fault := l.step(wrong == nil && l.dice.IntN(8) == 0); fault != "" {
			return fmt.Sprintf("run %d: %s", i, fault)
		}
		l.aws.ClearFaults()
		l.unfinding = false
	}
	l.turn()
	r := l.run(invocation.Request{AllowMassDelete: true})
	if wrong == nil && r.Status != report.Completed {
		return fmt.Sprintf("the clean run is %s: %s", r.Status, r.Reason)
	}
	exists, held := l.exists(), l.holds()
	for key := range exists {
		if !held[key] {
			return key + " exists, and Port lacks it"
		}
	}
	if diff := cmp.Diff(exists, held); diff != "" && !l.died {
		return "after a clean run Port is not AWS (-AWS +Port):\n" + diff
	}
	return ""
}

// TestChaosOfShortListings lives through histories with listings that end short. Nothing that
// exists is ever deleted, and a clean run makes Port equal to AWS, unless a run has died and left
// entities of which nothing is remembered.
func TestChaosOfShortListings(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*lives) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			if fault := liveShort(t, seed, nil); fault != "" {
				t.Error(fault)
			}
		})
	}
}

// mistaken makes kinds of Cloud Control work wrongly.
func mistaken(change func(*kind.Kind), faults ...func(*shortLife) awssim.Fault) func(*shortLife) {
	return func(l *shortLife) {
		l.faults = faults
		l.deps.More = func(name string) *kind.Kind {
			k := cloudcontrol.Find(name)
			if k == nil {
				return nil
			}
			own := *k
			own.Default = slices.Clone(k.Default)
			change(&own)
			return &own
		}
	}
}

// askedBy changes how a kind asks whether a resource exists.
func askedBy(ask func(k kind.Kind, ctx context.Context, t kind.Target, id string) (bool, error)) func(*kind.Kind) {
	return func(k *kind.Kind) {
		right := *k
		k.Confirm = func(ctx context.Context, t kind.Target, id string) (bool, error) { return ask(right, ctx, t, id) }
	}
}

// TestChaosOfShortListingsFindsMutants puts one wrong rule at a time into the program.
func TestChaosOfShortListingsFindsMutants(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(*shortLife){
		"a whole listing is proof enough": mistaken(func(k *kind.Kind) { k.Confirm = nil }, cutShort),
		"a failure says that it is gone": mistaken(askedBy(func(k kind.Kind, ctx context.Context, t kind.Target, id string) (bool, error) {
			exists, err := k.Confirm(ctx, t, id)
			return exists && err == nil, nil
		}), cutShort, ofCloudControl("GetResource", awssim.Fail), ofCloudControl("GetResource", awssim.Deny)),
		"a denial says that it is gone": mistaken(askedBy(func(k kind.Kind, ctx context.Context, t kind.Target, id string) (bool, error) {
			exists, err := k.Confirm(ctx, t, id)
			if class := awserr.ClassOf(err); class == awserr.Denied {
				return false, nil
			}
			return exists, err
		}), cutShort, ofCloudControl("GetResource", awssim.Deny)),
		"another region is asked": mistaken(askedBy(func(k kind.Kind, ctx context.Context, t kind.Target, id string) (bool, error) {
			t.Region = regions[(slices.Index(regions, t.Region)+1)%len(regions)]
			t.Config.Region = t.Region
			return k.Confirming(t)(ctx, id)
		}), cutShort),
		"another resource is asked about": mistaken(askedBy(func(k kind.Kind, ctx context.Context, t kind.Target, id string) (bool, error) {
			return k.Confirm(ctx, t, id+"-")
		}), cutShort),
		"what is listed and not found is gone": mistaken(func(k *kind.Kind) {
			for i := range k.Default {
				k.Default[i].Contradicts, k.Default[i].Gone = nil, []string{"ResourceNotFoundException"}
			}
		}, unfound),
		"a gateway's page is AWS's word": func(l *shortLife) {
			l.faults = []func(*shortLife) awssim.Fault{cutShort, gateway}
			change := askedBy(func(k kind.Kind, ctx context.Context, t kind.Target, id string) (bool, error) {
				exists, err := k.Confirm(ctx, t, id)
				var status interface{ HTTPStatusCode() int }
				if errors.As(err, &status) && status.HTTPStatusCode() == http.StatusNotFound {
					return false, nil
				}
				return exists, err
			})
			mistaken(change, l.faults...)(l)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const enough = 40
			for seed := range uint64(enough) {
				if fault := liveShort(t, seed, wrong); strings.Contains(fault, "is deleted") {
					t.Logf("seed %d tells: %.200s", seed, fault)
					return
				}
			}
			t.Errorf("%d histories do not tell", enough)
		})
	}
}
