package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	"go.uber.org/goleak"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/offered"
	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/resync"
	"portolan/internal/secret"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	management, shop, bank = "111111111111", "222222222222", "333333333333"
	roleName               = "PortOceanReadRole"
	externalID             = "external-id-9f2c"
	integration            = "test-aws"
	baseKey, baseKeyID     = "base-secret-key", "AKIAIOSFODNN7EXAMPLE"
	clientID, clientSecret = "client-7f3a", "client-secret-8c1e"
)

var regions = []string{"eu-west-1", "us-east-1"}

// few are the kinds that are tried where it does not matter which.
var few = []string{awssim.Queue, awssim.Table, awssim.Repository, awssim.Service, awssim.Instance, awssim.Bucket}

func roleARN(account string) string { return "arn:aws:iam::" + account + ":role/" + roleName }

// role is a role that may do everything but what is denied.
func role(denied ...string) awssim.Role {
	return awssim.Role{
		Name: roleName, Trusts: []string{management}, ExternalID: externalID,
		Permissions: awssim.Permissions{Allow: []string{"*"}, Deny: denied},
	}
}

// estate is an Organization of three accounts, each with two resources of every kind in
// two regions.
func estate() awssim.Estate {
	accounts := []awssim.Account{
		{ID: management, Name: "management", Management: true, Users: []awssim.User{{
			Name: "portolan", AccessKeyID: baseKeyID, SecretAccessKey: baseKey, Permissions: awssim.Permissions{Allow: []string{"*"}},
		}}},
		{ID: shop, Name: "shop", OU: "Workloads"},
		{ID: bank, Name: "bank"},
	}
	for i := range accounts {
		accounts[i].Roles = []awssim.Role{role()}
		for _, kind := range awssim.Kinds() {
			accounts[i].Populations = append(accounts[i].Populations, awssim.Population{Kind: kind, Regions: regions, Count: 2})
		}
	}
	return awssim.Estate{Organization: &awssim.Organization{}, Accounts: accounts}
}

// world is a simulated AWS and Port, and how the doctor sees them.
type world struct {
	t          *testing.T
	aws        *awssim.Server
	port       *portsim.Server
	deps       doctor.Deps
	id, secret string      // what the doctor has of Port's credentials
	externalID secret.Text // and of the external id
	state      state.Store
}

// newWorld makes a world in which all is well.
func newWorld(t *testing.T) *world {
	t.Helper()
	return worldOf(t, estate())
}

// worldOf is newWorld with another estate.
func worldOf(t *testing.T, estate awssim.Estate) *world {
	t.Helper()
	w := &world{t: t, id: clientID, secret: clientSecret, externalID: externalID, state: state.NewMemory()}
	var err error
	if w.aws, err = awssim.Start(estate, "", awssim.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.aws.Close() })
	w.port = portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret})
	url, stop, err := w.port.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	give := func(context.Context) (string, string, error) { return w.id, w.secret, nil }
	client, err := port.New(port.Options{
		BaseURL: url, Type: "aws-v3", Identifier: integration, Defaults: defaults.Native(), Initialize: true,
		Credentials: give,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w.deps = doctor.Deps{
		AWSSide: doctor.AWSSide{
			Directory: w.directory, Offered: w.offered, Kinds: kinds.All, Regions: regions, BulkTags: true,
			Limits: resync.Limits{Limits: call.Limits{Attempts: 2, Backoff: time.Millisecond}},
		},
		PortSide: doctor.PortSide{Credentials: give, Port: client, Defaults: defaults.Native().Blueprints, Integration: integration},
		State:    func(context.Context) (state.Store, error) { return w.state, nil },
		Limit:    15 * time.Minute,
	}
	return w
}

func (w *world) directory(_ context.Context, name string, apiOptions func(*middleware.Stack) error) (doctor.Directory, error) {
	return account.New(w.base(apiOptions), account.Options{RoleARN: roleARN(management), ExternalID: w.externalID, SessionName: "portolan-" + name}), nil
}

func (w *world) offered(_ context.Context, apiOptions func(*middleware.Stack) error) (resync.Offered, error) {
	return offered.New(w.base(apiOptions)), nil
}

// base is the configuration of the base identity.
func (w *world) base(apiOptions func(*middleware.Stack) error) aws.Config {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	w.t.Cleanup(transport.CloseIdleConnections)
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(w.aws.URL()), APIOptions: []func(*middleware.Stack) error{apiOptions},
		Credentials: credentials.NewStaticCredentialsProvider(baseKeyID, baseKey, ""),
		HTTPClient:  &http.Client{Transport: w.aws.Transport(transport)},
	}
}

// installed runs once, so that Port has integration, mapping and blueprints.
func (w *world) installed() {
	w.t.Helper()
	client, ok := w.deps.Port.(*port.Client)
	if !ok {
		w.t.Fatal("this world has another Port")
	}
	if _, err := client.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) examine(request invocation.Request) *doctor.Diagnosis {
	w.t.Helper()
	return doctor.Examine(w.t.Context(), w.deps, request)
}

// diagnostic returns the diagnostic of a check with the code, and fails the test without one.
func diagnostic(t *testing.T, d *doctor.Diagnosis, check string, code diag.Code) doctor.Diagnostic {
	t.Helper()
	for _, c := range d.Checks {
		if c.Name != check {
			continue
		}
		if at := slices.IndexFunc(c.Diagnostics, func(f doctor.Diagnostic) bool { return f.Code == code }); at >= 0 {
			return c.Diagnostics[at]
		}
		t.Fatalf("%s is %s (%s) and has %+v; want %s", check, c.Level, c.Said, c.Diagnostics, code)
	}
	t.Fatalf("there is no check %s", check)
	return doctor.Diagnostic{}
}

// printed returns the table, and checks that it fits a terminal, except for words that
// are too long to wrap.
func printed(t *testing.T, d *doctor.Diagnosis) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Write(console.Fixed(&b, 100)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		words := strings.Fields(line)
		if len([]rune(strings.TrimSuffix(line, "\n"))) > 100 && len(words) > 2 {
			t.Errorf("too long: %s", line)
		}
	}
	if _, err := json.Marshal(d); err != nil {
		t.Error(err)
	}
	return b.String()
}

// noSecrets fails the test if something secret shows.
func noSecrets(t *testing.T, d *doctor.Diagnosis) {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{externalID, baseKey, clientSecret, "another-external-id", "wrong-secret"} {
		if strings.Contains(string(text)+printed(t, d), secret) {
			t.Errorf("%s shows", secret)
		}
	}
}

var errSecret = errors.New("read it")
