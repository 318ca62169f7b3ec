package resync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"portolan/internal/aws/account"
	"portolan/internal/aws/answer"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/offered"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/wire"
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
	t         testing.TB
	aws       *awssim.Server
	awsURL    string
	port      *portsim.Server
	portURL   string
	deps      resync.Deps
	log       *slog.Logger
	transport func(http.RoundTripper) http.RoundTripper // nil changes nothing
	adjust    func(*aws.Config)                         // changes the base identity's configuration; nil does not
	later     atomic.Int64                              // how far Port's clock is ahead
	wired     bool                                      // without a network, as synctest wants it
	defaults  port.Defaults
}

// few are the kinds that most tests read: regional ones and a global one, with and
// without follow-ups, and the two of the accounts.
var few = []string{
	awssim.Instance, awssim.Bucket, awssim.Cluster, awssim.Function, awssim.Queue, awssim.DBInstance,
	"AWS::Account::Info", "AWS::Organizations::Account",
}

// defaultsOf returns all blueprints and the mapping of some kinds.
func defaultsOf(t testing.TB, types []string) port.Defaults {
	t.Helper()
	all := defaults.Native()
	var config map[string]json.RawMessage
	var resources, kept []json.RawMessage
	decode(t, all.Config, &config)
	decode(t, config["resources"], &resources)
	for _, text := range resources {
		var resource struct {
			Kind string
			Port struct {
				Entity struct{ Mappings struct{ Blueprint string } }
			}
		}
		decode(t, text, &resource)
		if slices.Contains(types, resource.Kind) {
			kept = append(kept, text)
		}
	}
	config["resources"] = encode(t, kept)
	all.Config = encode(t, config)
	return all
}

func decode(t testing.TB, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func encode(t testing.TB, value any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// estate is an Organization of two accounts, each with two regions and resources of
// some kinds in both, of the few if none is given.
func estate(types ...string) awssim.Estate {
	if len(types) == 0 {
		types = few[:6]
	}
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
		for _, kind := range types {
			a.Populations = append(a.Populations, awssim.Population{Kind: kind, Regions: regions, Count: 3})
		}
	}
	return awssim.Estate{Organization: &awssim.Organization{}, Accounts: accounts}
}

// perAccount is how many resources of a kind an account of the estate has.
const perAccount = 6

func newWorld(t *testing.T, e awssim.Estate, changes ...func(*resync.Deps)) *world {
	t.Helper()
	return newWorldOf(t, defaultsOf(t, few), e, changes...)
}

// newWorldOf is newWorld with other defaults.
func newWorldOf(t testing.TB, d port.Defaults, e awssim.Estate, changes ...func(*resync.Deps)) *world {
	t.Helper()
	w := &world{t: t, defaults: d, log: slog.New(slog.DiscardHandler)}
	var err error
	if w.aws, err = awssim.Start(e, "", awssim.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.aws.Close() })
	w.port = portsim.New(portsim.Options{Clock: w.clock})
	url, stop, err := w.port.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return w.at(w.aws.URL(), url, changes)
}

// newWiredWorld is newWorldOf without a network, in synctest's time.
func newWiredWorld(t testing.TB, d port.Defaults, e awssim.Estate, changes ...func(*resync.Deps)) *world {
	t.Helper()
	w := &world{t: t, defaults: d, log: slog.New(slog.DiscardHandler), wired: true}
	var err error
	if w.aws, err = awssim.New(e, awssim.Options{}); err != nil {
		t.Fatal(err)
	}
	w.port = portsim.New(portsim.Options{Clock: w.clock})
	return w.at("http://127.0.0.1:1", "http://127.0.0.1:1", changes)
}

// anew returns the same AWS and a Port that never saw it.
func (w *world) anew() *world {
	w.t.Helper()
	other := &world{t: w.t, aws: w.aws, awsURL: w.awsURL, log: w.log, defaults: w.defaults, port: portsim.New(portsim.Options{Clock: w.clock})}
	url, stop, err := other.port.Listen("")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = stop() })
	other.deps = other.depsFor(url)
	return other
}

// clock is Port's.
func (w *world) clock() time.Time { return time.Now().Add(time.Duration(w.later.Load())) }

func (w *world) at(awsURL, portURL string, changes []func(*resync.Deps)) *world {
	w.awsURL, w.portURL = awsURL, portURL
	w.deps = w.depsFor(portURL)
	for _, change := range changes {
		change(&w.deps)
	}
	return w
}

// depsFor returns what a run works with, Port being at the URL.
func (w *world) depsFor(url string) resync.Deps {
	w.t.Helper()
	options := port.Options{
		BaseURL: url, Type: "aws-v3", Identifier: integration,
		Credentials: func(context.Context) (string, string, error) { return "client", "secret", nil },
		Defaults:    w.defaults, Initialize: true,
	}
	if w.wired {
		options.HTTP = &http.Client{Transport: wire.Wire{Handler: w.port}}
	}
	client, err := port.New(options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	return resync.Deps{
		Port: client, Directory: w.directory, Offered: w.offered, Kinds: kinds.All, Log: w.log,
		Settings: resync.Settings{
			Integration: integration, Defaults: w.defaults.Blueprints, Regions: regions, SendExamples: true, Interval: time.Hour,
		},
	}
}

type opening = func(context.Context, string, func(*middleware.Stack) error) (resync.Directory, error)

// through opens the accounts with connections that go through another transport.
func (w *world) through(around func(http.RoundTripper) http.RoundTripper) opening {
	return func(_ context.Context, _ string, apiOptions func(*middleware.Stack) error) (resync.Directory, error) {
		return w.openDirectory(apiOptions, around)
	}
}

func (w *world) directory(_ context.Context, _ string, apiOptions func(*middleware.Stack) error) (resync.Directory, error) {
	return w.openDirectory(apiOptions, w.transport)
}

func (w *world) openDirectory(
	apiOptions func(*middleware.Stack) error, around func(http.RoundTripper) http.RoundTripper,
) (resync.Directory, error) {
	return account.New(w.base(apiOptions, around), account.Options{
		RoleARN: "arn:aws:iam::" + management + ":role/" + role, ExternalID: externalID, SessionName: "portolan-test",
	}), nil
}

// offered opens AWS's list of services by region.
func (w *world) offered(_ context.Context, apiOptions func(*middleware.Stack) error) (resync.Offered, error) {
	return offered.New(w.base(apiOptions, w.transport)), nil
}

// base is the configuration of the base identity.
func (w *world) base(apiOptions func(*middleware.Stack) error, around func(http.RoundTripper) http.RoundTripper) aws.Config {
	network := http.DefaultTransport.(*http.Transport).Clone()
	answer.Bound(network)
	w.t.Cleanup(network.CloseIdleConnections)
	var transport http.RoundTripper = network
	if w.wired {
		transport = wire.Wire{Handler: w.aws}
	}
	base := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(w.awsURL), APIOptions: []func(*middleware.Stack) error{apiOptions},
		Credentials: credentials.NewStaticCredentialsProvider(baseKeyID, baseKey, ""),
		HTTPClient:  &http.Client{Transport: transport},
	}
	if w.aws != nil {
		through := w.aws.Transport(transport)
		if around != nil {
			through = around(through)
		}
		base.HTTPClient = &http.Client{Transport: through}
	}
	if w.adjust != nil {
		w.adjust(&base)
	}
	return base
}

// tripper is a function as a connection.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// run is a run a minute after the one before.
func (w *world) run(request invocation.Request) *report.Report {
	w.t.Helper()
	w.later.Add(int64(time.Minute))
	result, err := resync.Run(w.t.Context(), w.deps, request)
	if err != nil {
		w.t.Logf("run: %v", err)
	}
	wantSchema(w.t, result)
	return result
}

// schema is that of a report, as the documentation has it.
var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile("../../docs/schemas/report.json")
})

// wantSchema holds a report to its schema.
func wantSchema(t testing.TB, r *report.Report) {
	t.Helper()
	of, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := of.Validate(value); r != nil && err != nil {
		t.Errorf("the report is not as docs/schemas/report.json says: %v", err)
	}
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

// quickRetries shortens retries, so that a lasting fault does not take minutes.
func quickRetries(d *resync.Deps) {
	d.Limits.Attempts, d.Limits.Backoff = 2, time.Millisecond
}
