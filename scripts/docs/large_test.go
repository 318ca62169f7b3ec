package main

import (
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/port/defaults"
	"portolan/internal/simulator/awssim"
)

const (
	shop  = "111122223333"
	paris = "eu-west-3"
)

// TestDemandIsWhatAReadingAsks reads so many resources of each kind with all optional actions,
// and counts the calls.
func TestDemandIsWhatAReadingAsks(t *testing.T) {
	t.Parallel()
	const count = 120
	for _, k := range kinds.All {
		if len(k.List.Actions) != 1 || k.Scope == kind.Management {
			continue // how many calls its parents take depends on them
		}
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			found, calls := readAll(t, k, count)
			want := len(k.OptionalNames()) // a page that is not full is a call all the same
			d := demandOf(k, k.OptionalNames(), false)
			if found != count || math.Abs(float64(calls)-d.calls*count) > float64(want+2) {
				t.Errorf("%d resources took %d calls, want %.1f", found, calls, d.calls*count)
			}
		})
	}
}

func readAll(t *testing.T, k *kind.Kind, count int) (found, calls int) {
	t.Helper()
	server, err := awssim.Start(awssim.Estate{Accounts: []awssim.Account{{
		ID: shop, Name: "Shop", Roles: []awssim.Role{{Name: "reader", Trusts: []string{"*"}, Permissions: awssim.Permissions{Allow: []string{"*"}}}},
		Populations: []awssim.Population{{Kind: k.Type, Regions: []string{paris}, Count: count}},
	}}}, "", awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	id, err := server.Assume(shop, "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	gate := call.NewGate(call.Limits{}, nil, slog.New(slog.DiscardHandler))
	config := gate.Config(aws.Config{
		BaseEndpoint: aws.String(server.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken),
	}, shop, paris, k.Service.Prefix, nil)
	target := kind.Target{Account: shop, Region: paris, Partition: "aws", Config: config, Since: time.Now().Add(-365 * 24 * time.Hour)}
	for _, err := range k.Read(t.Context(), target, kind.Options{Actions: k.OptionalNames(), Parallel: 8, Budget: kind.NewRoom(2000)}) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	for _, tally := range server.Tallies() {
		calls += tally.Calls
	}
	return found, calls
}

// TestLargeCellsFit wants 50,000 of the kinds of which accounts have many to fit an invocation.
func TestLargeCellsFit(t *testing.T) {
	t.Parallel()
	config, err := compiled(defaults.Native().Config)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*kind.Kind{kinds.LambdaFunction, kinds.SQSQueue, kinds.DynamoDBTable, kinds.EC2Instance} {
		if d := demandOf(k, wantedBy(config, k), true); d.fits() < 50_000 {
			t.Errorf("%d of %s fit", d.fits(), k.Type)
		}
	}
}
