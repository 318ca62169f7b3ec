package resync_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	"go.uber.org/goleak"

	"portolan/internal/account"
	"portolan/internal/defaults"
	"portolan/internal/invocation"
	"portolan/internal/kinds"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

func TestMain(m *testing.M) {
	if perCell := os.Getenv(servePerCell); perCell != "" {
		serve(perCell)
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	management, member = "111111111111", "222222222222"
	role               = "PortOceanReadRole"
	externalID         = "external-id-9f2c"
	integration        = "test-aws"
	baseKey, baseKeyID = "base-secret-key", "AKIAIOSFODNN7EXAMPLE"
)

var regions = []string{"eu-west-1", "us-east-1"}

// world is a simulated AWS and a simulated Port, and how a run sees them.
type world struct {
	t      testing.TB
	aws    *awssim.Server
	awsURL string
	port   *portsim.Server
	deps   resync.Deps
	log    *slog.Logger
	later  atomic.Int64 // how far Port's clock is ahead
}

// estate is an Organization of two accounts, each with two regions and resources of
// every kind in both.
func estate() awssim.Estate {
	accounts := []awssim.Account{
		{ID: management, Name: "management", Management: true, Users: []awssim.User{{
			Name: "portolan", AccessKeyID: baseKeyID, SecretAccessKey: baseKey, Permissions: awssim.Permissions{Allow: []string{"*"}},
		}}},
		{ID: member, Name: "shop"},
	}
	for i := range accounts {
		a := &accounts[i]
		a.Roles = []awssim.Role{{
			Name: role, Trusts: []string{management}, ExternalID: externalID, Permissions: awssim.Permissions{Allow: []string{"*"}},
		}}
		for _, kind := range awssim.Kinds() {
			a.Populations = append(a.Populations, awssim.Population{Kind: kind, Regions: regions, Count: 3})
		}
	}
	return awssim.Estate{Organization: &awssim.Organization{}, Accounts: accounts}
}

// perAccount is how many resources of a kind an account of the estate has.
const perAccount = 6

func newWorld(t *testing.T, e awssim.Estate, changes ...func(*resync.Deps)) *world {
	t.Helper()
	w := &world{t: t, log: slog.New(slog.DiscardHandler)}
	var err error
	if w.aws, err = awssim.Start(e, "", awssim.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.aws.Close() })
	w.port = portsim.New(portsim.Options{Clock: func() time.Time { return time.Now().Add(time.Duration(w.later.Load())) }})
	url, stop, err := w.port.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	w.awsURL = w.aws.URL()
	w.deps = w.depsFor(url)
	for _, change := range changes {
		change(&w.deps)
	}
	return w
}

// depsFor gives what a run works with, Port being at the URL.
func (w *world) depsFor(url string) resync.Deps {
	w.t.Helper()
	client, err := port.New(port.Options{
		BaseURL: url, Type: "aws-v3", Identifier: integration,
		Credentials: func(context.Context, bool) (string, string, error) { return "client", "secret", nil },
		Defaults:    defaults.All(), Initialize: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	return resync.Deps{
		Port: client, Directory: w.directory, Kinds: kinds.All, Log: w.log, Integration: integration,
		Regions: regions, SendExamples: true, Interval: time.Hour,
	}
}

func (w *world) directory(_ context.Context, _ string, apiOptions func(*middleware.Stack) error) (resync.Directory, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	w.t.Cleanup(transport.CloseIdleConnections)
	base := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(w.awsURL), APIOptions: []func(*middleware.Stack) error{apiOptions},
		Credentials: credentials.NewStaticCredentialsProvider(baseKeyID, baseKey, ""),
		HTTPClient:  &http.Client{Transport: transport},
	}
	if w.aws != nil {
		base.HTTPClient = &http.Client{Transport: w.aws.Transport(transport)}
	}
	return account.New(base, account.Options{
		RoleARN: "arn:aws:iam::" + management + ":role/" + role, ExternalID: externalID, SessionName: "portolan-test",
	}), nil
}

// run is a run a minute after the one before.
func (w *world) run(request invocation.Request) *report.Report {
	w.t.Helper()
	w.later.Add(int64(time.Minute))
	result, err := resync.Run(w.t.Context(), w.deps, request)
	if err != nil {
		w.t.Logf("run: %v", err)
	}
	return result
}

// identifiers lists what Port holds of a blueprint.
func (w *world) identifiers(blueprint string) []string {
	var ids []string
	for _, entity := range w.port.Entities(blueprint) {
		ids = append(ids, entity.Identifier)
	}
	slices.Sort(ids)
	return ids
}

// wantStatus fails the test unless the run ended so.
func wantStatus(t *testing.T, r *report.Report, want report.Status) {
	t.Helper()
	if r.Status != want {
		t.Fatalf("status %s (%s), want %s\ngaps: %+v\nentities: %+v\nmapping: %+v", r.Status, r.Reason, want, r.Gaps, r.Entities, r.Mapping)
	}
}

// quickRetries keeps a fault that lasts from taking minutes.
func quickRetries(d *resync.Deps) {
	d.Limits.Attempts, d.Limits.Backoff = 2, time.Millisecond
}
