package resync_test

import (
	"strings"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// TestAnEntityOfSeveralPlaces has resources of one name in two places, which the mapping
// of Ocean's guide makes one entity: email identities. It goes when it is gone from both,
// and both were read.
func TestAnEntityOfSeveralPlaces(t *testing.T) {
	t.Parallel()
	const kind, blueprint, name = "AWS::SES::EmailIdentity", "sesEmailIdentity", "shop.example.com"
	type place struct{ account, region string }
	for pair, places := range map[string][2]place{
		"two accounts":              {{management, "eu-west-1"}, {member, "eu-west-1"}},
		"two accounts, from behind": {{member, "eu-west-1"}, {management, "eu-west-1"}},
		"two regions":               {{member, "eu-west-1"}, {member, "us-east-1"}},
	} {
		for memory, remember := range map[string]bool{"with a state": true, "without a state": false} {
			t.Run(pair+" "+memory, func(t *testing.T) {
				t.Parallel()
				w := newWorldOf(t, defaultsOf(t, []string{kind}), estate(kind), quickRetries, func(d *resync.Deps) {
					if remember {
						d.State, d.Rewrite = state.NewMemory(), 7*24*time.Hour
					}
				})
				for _, p := range places {
					w.must(w.aws.Put(p.account, awssim.Resource{Kind: kind, Region: p.region, ID: name}))
				}
				resyncs := func(when string, status report.Status, stays bool) {
					t.Helper()
					r := w.run(invocation.Request{})
					wantStatus(t, r, status)
					if _, there := w.port.Entity(blueprint, name); there != stays {
						t.Fatalf("%s the entity is there: %t; %+v", when, there, r.Deletes)
					}
				}
				deny := func(p place) {
					w.aws.Inject(awssim.Fault{Account: p.account, Region: p.region, Service: "ses", Times: -1, Effect: awssim.Deny})
				}
				resyncs("at first", report.Completed, true)
				w.aws.Remove(places[0].account, kind, places[0].region, name)
				deny(places[1])
				resyncs("gone from one while the other is not read,", report.Incomplete, true)
				w.aws.ClearFaults()
				resyncs("gone from one,", report.Completed, true)
				resyncs("gone from one, once more,", report.Completed, true)
				deny(places[0])
				w.aws.Remove(places[1].account, kind, places[1].region, name)
				// Within an account the state knows that only the other region had it still.
				known := remember && places[0].account == places[1].account
				resyncs("gone from both while one is not read,", report.Incomplete, !known)
				w.aws.ClearFaults()
				resyncs("gone from both,", report.Completed, false)
			})
		}
	}
}

// TestAPlaceThatIsNotReadIsNotForgotten has an entity of two regions of an account. That a
// run reads it in one of them does not mean that the other has it no more.
func TestAPlaceThatIsNotReadIsNotForgotten(t *testing.T) {
	t.Parallel()
	const kind, blueprint, name = "AWS::SES::EmailIdentity", "sesEmailIdentity", "shop.example.com"
	w := newWorldOf(t, defaultsOf(t, []string{kind}), estate(kind), quickRetries, func(d *resync.Deps) {
		d.State, d.Rewrite = state.NewMemory(), 7*24*time.Hour
	})
	for _, region := range regions {
		w.must(w.aws.Put(member, awssim.Resource{Kind: kind, Region: region, ID: name}))
	}
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	w.aws.Inject(awssim.Fault{Account: member, Region: regions[1], Service: "ses", Times: -1, Effect: awssim.Deny})
	wantStatus(t, w.run(invocation.Request{}), report.Incomplete)
	w.aws.Remove(member, kind, regions[0], name)
	for range 2 {
		r := w.run(invocation.Request{})
		wantStatus(t, r, report.Incomplete)
		if _, there := w.port.Entity(blueprint, name); !there {
			t.Fatalf("it is deleted, though %s was not read: %+v", regions[1], r.Deletes)
		}
	}
	w.aws.ClearFaults()
	w.aws.Remove(member, kind, regions[1], name)
	w.run(invocation.Request{})
	if _, there := w.port.Entity(blueprint, name); there {
		t.Error("it stays, though both were read without it")
	}
}

// TestAPlaceThatTheStateLost has an entity of two accounts. If the state has lost one of
// them, the other does not count as the only place that the entity came from.
func TestAPlaceThatTheStateLost(t *testing.T) {
	t.Parallel()
	const kind, blueprint, name = "AWS::SES::EmailIdentity", "sesEmailIdentity", "shop.example.com"
	w := newWorldOf(t, defaultsOf(t, []string{kind}), estate(kind), quickRetries, func(d *resync.Deps) {
		d.State, d.Rewrite = state.NewMemory(), 7*24*time.Hour
	})
	for _, account := range []string{management, member} {
		w.must(w.aws.Put(account, awssim.Resource{Kind: kind, Region: "eu-west-1", ID: name}))
	}
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	damaged := 0
	for file, data := range w.files() {
		if strings.Contains(file, member) {
			w.putBack(map[string][]byte{file: data[:len(data)/2]})
			damaged++
		}
	}
	if damaged != 1 {
		t.Fatalf("%d files are of the account, want one", damaged)
	}
	w.aws.Remove(management, kind, "eu-west-1", name)
	w.aws.Inject(awssim.Fault{Account: member, Service: "ses", Times: -1, Effect: awssim.Deny})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if _, there := w.port.Entity(blueprint, name); !there {
		t.Errorf("it is deleted, though the other account was not read: %+v", r.Deletes)
	}
}
