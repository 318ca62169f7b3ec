package port_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
	"portolan/internal/simulator/portsim"
)

// catalog returns a simulated Port the default blueprints and an account.
func catalog(t *testing.T) (*portsim.Server, *port.Client) {
	t.Helper()
	sim, c := tenant(t)
	start(t, c)
	put(t, sim, "account", "111122223333", "", exporterAgent)
	sim.ForgetRequests()
	return sim, c
}

// put writes an entity as the given writer; parent is what it points at, if any.
func put(t *testing.T, sim *portsim.Server, blueprint, identifier, parent, writer string) {
	t.Helper()
	body := `{"identifier":"` + identifier + `"}`
	if parent != "" {
		body = `{"identifier":"` + identifier + `","relations":{"account":"` + parent + `"}}`
	}
	must(t, sim.PutEntity(blueprint, []byte(body), writer))
}

func owned(t *testing.T, c *port.Client, before time.Time) []string {
	t.Helper()
	all := []string{}
	for page, err := range c.Owned(t.Context(), before) {
		must(t, err)
		for _, ref := range page {
			all = append(all, ref.Identifier)
		}
	}
	return all
}

func TestOwnedIsOursAlone(t *testing.T) {
	t.Parallel()
	sim, c := catalog(t)
	for identifier, writer := range map[string]string{
		"ours":                    exporterAgent,
		"of-an-earlier-release":   "port-ocean/aws-v3/1.0.0/my-aws/exporter",
		"of-a-longer-name":        "port-ocean/aws-v3/2.20.11-beta/my-aws-2/exporter",
		"of-a-name-that-ends-so":  "port-ocean/aws-v3/2.20.11-beta/not-my-aws/exporter",
		"of-another-type":         "port-ocean/aws/2.20.11-beta/my-aws/exporter",
		"of-a-type-that-goes-on":  "port-ocean/aws-v3-next/2.20.11-beta/my-aws/exporter",
		"of-another-feature":      "port-ocean/aws-v3/2.20.11-beta/my-aws/gitops",
		"of-no-feature":           plainAgent,
		"of-a-person":             "someone",
		"of-a-person-once-it-was": exporterAgent,
	} {
		put(t, sim, "bucket", identifier, "", writer)
	}
	put(t, sim, "bucket", "of-a-person-once-it-was", "", "someone")
	want := []string{"111122223333", "of-an-earlier-release", "ours"}
	if diff := cmp.Diff(want, owned(t, c, time.Time{})); diff != "" {
		t.Error(diff)
	}
	if got := owned(t, c, time.Now().Add(-time.Hour)); len(got) != 0 {
		t.Errorf("before anything was written there was %v", got)
	}
}

func TestOwnedHasManyPages(t *testing.T) {
	t.Parallel()
	sim, c := catalog(t)
	for i := range 5001 {
		put(t, sim, "bucket", fmt.Sprintf("b-%04d", i), "", exporterAgent)
	}
	got := owned(t, c, time.Now().Add(time.Minute))
	slices.Sort(got)
	if distinct := slices.Compact(slices.Clone(got)); len(got) != 5002 || len(distinct) != 5002 {
		t.Errorf("%d entities, %d of them distinct", len(got), len(distinct))
	}
	if n := sim.Calls()["POST /v1/blueprints/entities/datasource-entities"]; n != 2 {
		t.Errorf("%d pages", n)
	}
}

func TestPagesThatGoRoundAreAnError(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]map[string]string{
		"of one": {"": "c1", "c1": "c1"}, "of two": {"": "c1", "c1": "c2", "c2": "c1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{answer: func(r seen) reply {
				var body struct{ From string }
				_ = json.Unmarshal([]byte(r.Body), &body)
				return ok(`{"entities":[],"next":"` + next[body.From] + `"}`)
			}}
			var last error
			for _, err := range client(t, s).Owned(t.Context(), time.Time{}) {
				last = err
				if len(s.calls) > 10 {
					break
				}
			}
			if last == nil || len(s.calls) != len(next) {
				t.Errorf("error %v after %d pages", last, len(s.calls))
			}
		})
	}
}

func TestEmptyPagesWithoutEndAreAnError(t *testing.T) {
	t.Parallel()
	pages := 0
	s := &script{answer: func(seen) reply {
		pages++
		return ok(fmt.Sprintf(`{"entities":[],"next":"c%d"}`, pages))
	}}
	var last error
	for _, err := range client(t, s).Owned(t.Context(), time.Time{}) {
		if last = err; pages > 2000 {
			break
		}
	}
	if last == nil || pages != 1001 {
		t.Errorf("error %v after %d pages", last, pages)
	}
}

// TestDependentsKeepWhatTheyPointAt deletes many entities; one of them has to stay.
func TestDependentsKeepWhatTheyPointAt(t *testing.T) {
	t.Parallel()
	accounts := []string{"111122223333"}
	for i := range 9 {
		accounts = append(accounts, fmt.Sprint("account-", i))
	}
	tests := map[string]struct {
		dependents     bool
		left           []string
		bucket, failed bool
	}{
		"with them":    {dependents: true, left: []string{}},
		"without them": {left: []string{"account-4"}, bucket: true, failed: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, c := catalog(t)
			for _, identifier := range accounts {
				put(t, sim, "account", identifier, "", exporterAgent)
			}
			put(t, sim, "bucket", "b", "account-4", exporterAgent)
			deleted, err := c.Delete(t.Context(), "account", accounts, port.DeleteOptions{Dependents: test.dependents})
			if (err != nil) != test.failed || len(deleted) != len(accounts)-len(test.left) {
				t.Errorf("deleted %v, error %v", deleted, err)
			}
			left := []string{}
			for _, e := range sim.Entities("account") {
				left = append(left, e.Identifier)
			}
			if _, there := sim.Entity("bucket", "b"); there != test.bucket || !slices.Equal(left, test.left) {
				t.Errorf("accounts %v are left, want %v; the bucket is there: %v", left, test.left, there)
			}
		})
	}
}

func TestForbiddenDeleteIsNotCut(t *testing.T) {
	t.Parallel()
	s := &script{answers: []reply{refusal(403, "forbidden", "no permission")}}
	_, err := client(t, s).Delete(t.Context(), "b", []string{"a", "b", "c", "d"}, port.DeleteOptions{})
	if err == nil || len(s.calls) != 1 {
		t.Errorf("error %v after %d calls", err, len(s.calls))
	}
}

// TestAnotherRunIsFaster has the integration and a blueprint appear between the
// look and the create.
func TestAnotherRunIsFaster(t *testing.T) {
	t.Parallel()
	sim := portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret})
	c := client(t, handler(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && r.URL.Path == "/v1/integration" {
			must(t, sim.PutIntegration([]byte(ocean)))
		}
		if r.Method == http.MethodPost && r.URL.Path == "/v1/blueprints" {
			_ = sim.PutBlueprint([]byte(account)) // the second time it is there
		}
		return serve(sim)(r)
	}), func(o *port.Options) { o.Initialize, o.Defaults = true, defaults() })
	in := start(t, c)
	if !strings.Contains(string(in.Config), "theirs") || !in.ResourcesReady {
		t.Errorf("integration %+v", in)
	}
	if theirs, _ := sim.Blueprint("account"); !strings.Contains(string(theirs), "Mine") {
		t.Errorf("the blueprint is %s", theirs)
	}
}

func TestPortFailsForEachEntity(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer    reply
		retryable bool
		fix       string
	}{
		"unavailable":       {status(503), true, ""},
		"broken":            {status(500), true, ""},
		"no answer":         {reply{err: errors.New("connection reset")}, true, ""},
		"blueprint missing": {refusal(404, "not_found", "blueprint b"), false, "create the blueprint"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []reply{test.answer}}
				outcomes, err := client(t, s).Upsert(t.Context(), "b", items("a", "b"), port.UpsertOptions{})
				if err != nil || len(outcomes) != 2 {
					t.Fatalf("outcomes %v, error %v", outcomes, err)
				}
				for _, o := range outcomes {
					var e *port.EntityError
					var cause *port.Error
					if !errors.As(o.Err, &e) || e.Retryable != test.retryable || !strings.Contains(e.Error(), test.fix) || !errors.As(o.Err, &cause) {
						t.Errorf("outcome %+v", o)
					}
					if e.HTTPStatusCode() != test.answer.status || cause.HTTPStatusCode() != test.answer.status {
						t.Errorf("status %d of %v", e.HTTPStatusCode(), cause)
					}
				}
			})
		})
	}
}

func TestWaitErrorSaysWhy(t *testing.T) {
	t.Parallel()
	cause := &port.Error{Op: "GET /x", StatusCode: 429}
	text := (&port.WaitError{Op: "GET /x", Wait: time.Minute, Left: 2 * time.Second, Err: cause}).Error()
	for _, part := range []string{"GET /x", "1m0s", "2s", "429"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
}
