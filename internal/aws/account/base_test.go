package account_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
)

func base(t *testing.T, s *stub, o account.Options) aws.Config {
	t.Helper()
	cfg, err := account.Base(t.Context(), o, config.WithHTTPClient(s),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestBase(t *testing.T) {
	keys := account.Options{AccessKeyID: "AKIASETTINGS", SecretAccessKey: "s", SessionToken: "t"}
	tests := []struct {
		name    string
		env     map[string]string
		options account.Options
		key     string
		region  string
	}{
		{
			name: "environment", key: "AKIAENV", region: "eu-west-3",
			env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-west-3"},
		},
		{
			name: "static keys win over the chain", options: keys, key: "AKIASETTINGS", region: "us-east-1",
			env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"},
		},
		{
			name: "web identity wins over static keys", options: keys, key: "ASIA" + toolingID + ".1", region: "us-east-1",
			env: map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN", "AWS_ROLE_ARN": roleIn(toolingID)},
		},
		{
			name: "half a web identity does not", options: keys, key: "AKIASETTINGS", region: "us-east-1",
			env: map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN"},
		},
		{
			name: "region of the partition", key: "AKIAENV", region: "us-gov-west-1",
			options: account.Options{RoleARN: "arn:aws-us-gov:iam::222222222222:role/R"},
			env:     map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cleanEnvironment(t)
			setEnvironment(t, test.env)
			s := estate()
			s.roles[roleIn(toolingID)] = trust{oidc: true}
			cfg := base(t, s, test.options)
			got, err := cfg.Credentials.Retrieve(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.AccessKeyID != test.key || cfg.Region != test.region {
				t.Errorf("key %s, region %s; want %s, %s", got.AccessKeyID, cfg.Region, test.key, test.region)
			}
		})
	}
}

// setEnvironment sets variables; the value TOKEN stands for a file with a token.
func setEnvironment(t *testing.T, env map[string]string) {
	t.Helper()
	for name, value := range env {
		if value == "TOKEN" {
			value = filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(value, []byte("web-identity-token"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv(name, value)
	}
}

func TestBaseErrors(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"ill-formed variable":  {"AWS_RETRY_MODE": "sometimes"},
		"profile not there":    {"AWS_PROFILE": "nobody"},
		"token without a role": {"AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN"},
	} {
		t.Run(name, func(t *testing.T) {
			cleanEnvironment(t)
			setEnvironment(t, env)
			if _, err := account.Base(t.Context(), account.Options{}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestWebIdentity(t *testing.T) {
	own := roleIn(toolingID)
	tests := []struct {
		name    string
		roles   map[string]trust
		byRole  int // calls of sts:AssumeRole while two members are entered
		byToken int // and of sts:AssumeRoleWithWebIdentity, the base identity's included
		refused bool
	}{
		{
			name: "members trust the base identity", byRole: 2, byToken: 1,
			roles: map[string]trust{roleIn(memberID): {}, roleIn(otherID): {}},
		},
		{
			name: "members trust the issuer of the token", byRole: 1, byToken: 3,
			roles: map[string]trust{roleIn(memberID): {oidc: true}, roleIn(otherID): {oidc: true}},
		},
		{
			name: "members trust neither", byRole: 2, byToken: 3, refused: true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cleanEnvironment(t)
			setEnvironment(t, map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN", "AWS_ROLE_ARN": own, "AWS_REGION": "eu-west-1"})
			s := &stub{caller: "arn:aws:sts::" + toolingID + ":assumed-role/PortRead/pod", roles: map[string]trust{own: {oidc: true}}}
			for arn, t := range test.roles {
				s.roles[arn] = t
			}
			d := account.New(base(t, s, account.Options{}), account.Options{RoleARNs: []string{own, roleIn(memberID), roleIn(otherID)}})
			listing, err := d.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range listing.Accounts {
				refused := test.refused && a.ID != toolingID
				_, err := d.Enter(t.Context(), a)
				if refused != (awserr.ClassOf(err) == awserr.Denied) {
					t.Errorf("account %s: %v", a.ID, err)
				}
				if refused && !strings.Contains(err.Error(), "sts:AssumeRoleWithWebIdentity") {
					t.Errorf("the second refusal is missing: %v", err)
				}
			}
			if n := len(s.made("sts:AssumeRole")); n != test.byRole {
				t.Errorf("%d calls of sts:AssumeRole, want %d", n, test.byRole)
			}
			if n := len(s.made("sts:AssumeRoleWithWebIdentity")); n != test.byToken {
				t.Errorf("%d calls with the token, want %d", n, test.byToken)
			}
		})
	}
}

// TestBaseIsBounded: no client of the base identity reads a head of a megabyte, or follows a
// redirect, which would take the session's token along.
func TestBaseIsBounded(t *testing.T) {
	const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	cleanEnvironment(t)
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		_, _ = io.WriteString(w, `{"clusters":[]}`)
	}))
	defer other.Close()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		fails  bool
	}{
		"an answer": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, identity) }, false},
		"a large head": {func(w http.ResponseWriter, _ *http.Request) {
			for i := range 1024 {
				w.Header().Set(fmt.Sprint("X-Flood-", i), strings.Repeat("x", 1024))
			}
			_, _ = io.WriteString(w, identity)
		}, true},
	} {
		server := httptest.NewServer(test.answer)
		_, err := sts.NewFromConfig(bounded(t, server.URL)).GetCallerIdentity(t.Context(), nil)
		if (err != nil) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	_, err := eks.NewFromConfig(bounded(t, server.URL)).ListClusters(t.Context(), nil)
	if awserr.ClassOf(err) != awserr.Failed || elsewhere.Load() != 0 {
		t.Errorf("%v after %d requests elsewhere", err, elsewhere.Load())
	}
}

func bounded(t *testing.T, url string) aws.Config {
	t.Helper()
	cfg, err := account.Base(t.Context(), account.Options{AccessKeyID: "AKIASETTINGS", SecretAccessKey: "s", SessionToken: "t"},
		config.WithBaseEndpoint(url), config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
