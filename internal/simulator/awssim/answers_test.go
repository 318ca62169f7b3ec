package awssim_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go"
)

// seen is a client that keeps the last answer as it came.
type seen struct {
	client aws.HTTPClient
	status int
	body   string
	header http.Header
}

func (s *seen) Do(r *http.Request) (*http.Response, error) {
	answer, err := s.client.Do(r)
	if err != nil {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	s.status, s.body, s.header = answer.StatusCode, string(body), answer.Header
	answer.Body = io.NopCloser(strings.NewReader(s.body))
	return answer, err
}

func TestGatewaysAnswerInAWSsPlace(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	cfg := inside(t, s, management, ireland)
	watch := &seen{client: cfg.HTTPClient}
	cfg.HTTPClient = watch
	begins := map[awssim.Page]string{
		awssim.HTMLPage: "<!DOCTYPE html>", awssim.EmptyPart: "", awssim.JSONPage: "{", awssim.XMLPage: "<?xml", awssim.TextPage: "no healthy",
	}
	for name, probe := range probes {
		for _, page := range awssim.Pages() {
			for _, status := range []int{200, 400, 403, 404, 410, 502, 503} {
				s.ClearFaults()
				s.Inject(awssim.Fault{Effect: awssim.Gateway, Status: status, Page: page})
				_ = probe(t.Context(), cfg)
				start, known := begins[page]
				if !known || watch.status != status || !strings.HasPrefix(watch.body, start) || start == "" && watch.body != "" {
					t.Errorf("%s: want %d with %s, got %d with %q", name, status, page, watch.status, watch.body)
				}
				for header := range watch.header {
					if strings.HasPrefix(strings.ToLower(header), "x-am") {
						t.Errorf("%s: a gateway does not send %s", name, header)
					}
				}
			}
		}
		wantCode(t, probe(t.Context(), cfg), "", 0)
	}
}

func TestRefuseInTheServicesForm(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	s.Inject(awssim.Fault{Effect: awssim.Refuse, Status: 403, Code: "AccountProblem", Message: "Ask support.", Times: -1})
	cfg := inside(t, s, management, ireland)
	for name, probe := range probes {
		err := probe(t.Context(), cfg)
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "AccountProblem" || api.ErrorMessage() != "Ask support." {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDenialsNameThePolicy(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	for _, test := range []struct {
		denial awssim.Denial
		want   string
	}{
		{"", "because no identity-based policy allows the ecs:ListClusters action"},
		{awssim.NoBoundary, "because no permissions boundary allows the ecs:ListClusters action"},
		{awssim.ResourceControl, "with an explicit deny in a resource control policy"},
		{awssim.NoEndpointPolicy, "because no VPC endpoint policy allows the ecs:ListClusters action"},
	} {
		s.Inject(awssim.Fault{Effect: awssim.Deny, Denial: test.denial})
		if err := probes["ecs"](t.Context(), cfg); err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("want %q, got %v", test.want, err)
		}
	}
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	began := time.Now()
	var ticks atomic.Int64
	s := start(t, smallEstate(), awssim.Options{Now: func() time.Time { return began.Add(time.Duration(ticks.Add(1)) * time.Millisecond) }})
	cfg := inside(t, s, member, ireland)
	s.Inject(awssim.Fault{Account: member, Effect: awssim.EndSession})
	wantCode(t, probes["ecs"](t.Context(), cfg), "ExpiredTokenException", 400)
	wantCode(t, probes["sqs"](t.Context(), cfg), "ExpiredToken", 400)
	wantCode(t, probes["ecs"](t.Context(), inside(t, s, member, ireland)), "", 0)
}

func TestTokensThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for _, l := range listings {
		t.Run(l.kind, func(t *testing.T) {
			t.Parallel()
			s := start(t, population(smallEstate(), l.kind, ireland, l.count), awssim.Options{})
			cfg := inside(t, s, member, ireland)
			tokens := func(n int) (tokens []string, found int) {
				var token *string
				for range n {
					names, next, err := l.list(t.Context(), cfg, int32(l.size), token)
					wantCode(t, err, "", 0)
					found += len(names)
					tokens, token = append(tokens, aws.ToString(next)), next
				}
				return tokens, found
			}
			s.Inject(awssim.Fault{Account: member, Effect: awssim.Cycle, Length: 3, Times: -1})
			circle, found := tokens(7)
			if circle[0] == circle[1] || circle[0] != circle[3] || circle[1] != circle[4] || circle[3] != circle[6] || circle[2] == circle[1] || found == 0 {
				t.Errorf("want three tokens in turn and resources, got %q and %d", circle, found)
			}
			s.ClearFaults()
			s.Inject(awssim.Fault{Account: member, Effect: awssim.Repeat, Times: -1})
			repeated, again := tokens(7)
			slices.Sort(repeated)
			if len(slices.Compact(repeated)) != 7 || repeated[0] == "" || again != 7*(found/7) || found == 0 {
				t.Errorf("want seven tokens and seven times the first page, got %q and %d", repeated, again)
			}
			s.ClearFaults()
			s.Inject(awssim.Fault{Account: member, Effect: awssim.Endless, Times: -1})
			endless, found := tokens(7)
			slices.Sort(endless)
			if len(slices.Compact(endless)) != 7 || endless[0] == "" || found != 0 {
				t.Errorf("want seven tokens and no resource, got %q and %d", endless, found)
			}
		})
	}
}

func TestStall(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Cluster, ireland, 100), awssim.Options{})
	s.Inject(awssim.Fault{Effect: awssim.Stall})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := probes["ecs"](ctx, inside(t, s, member, ireland)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want a deadline, got %v", err)
	}
}

func TestTrickle(t *testing.T) {
	t.Parallel()
	var slept atomic.Int64
	s := start(t, population(smallEstate(), awssim.Cluster, ireland, 2), awssim.Options{
		Sleep: func(_ context.Context, d time.Duration) error {
			slept.Add(int64(d))
			return nil
		},
	})
	s.Inject(awssim.Fault{Effect: awssim.Trickle})
	out, err := ecs.NewFromConfig(inside(t, s, member, ireland)).ListClusters(t.Context(), nil)
	wantCode(t, err, "", 0)
	if len(out.ClusterArns) != 2 || slept.Load() < int64(100*time.Second) {
		t.Errorf("got %v after %s", out.ClusterArns, time.Duration(slept.Load()))
	}
}

func TestRewriteAndRedirect(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	s.Inject(
		awssim.Fault{Effect: awssim.Rewrite, Old: "clusterArns", New: "clusters"},
		awssim.Fault{Effect: awssim.Redirect, Status: http.StatusTemporaryRedirect, New: "http://127.0.0.1:1/elsewhere", First: 2},
	)
	cfg := inside(t, s, member, ireland)
	watch := &seen{client: cfg.HTTPClient}
	cfg.HTTPClient = watch
	wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
	if !strings.Contains(watch.body, `"clusters":`) {
		t.Errorf("not rewritten: %s", watch.body)
	}
	if err := probes["ecs"](t.Context(), cfg); err == nil || watch.status != http.StatusTemporaryRedirect || watch.header.Get("Location") != "http://127.0.0.1:1/elsewhere" {
		t.Errorf("not redirected: %v, %d, %v", err, watch.status, watch.header)
	}
}

// TestOverflow looks at answers that are more than anybody wants to read.
func TestOverflow(t *testing.T) {
	t.Parallel()
	const most = 40 << 20
	for effect, test := range map[awssim.Effect]struct{ status, read, head int }{
		awssim.Flood:      {http.StatusOK, most, 0},
		awssim.FloodError: {http.StatusBadRequest, most, 0},
		awssim.Bomb:       {http.StatusOK, most, 0},
		awssim.Headers:    {http.StatusOK, 0, 2 << 20},
		awssim.Redirect:   {http.StatusTemporaryRedirect, 0, 0},
	} {
		t.Run(string(effect), func(t *testing.T) {
			t.Parallel()
			s := start(t, smallEstate(), awssim.Options{})
			s.Inject(awssim.Fault{Effect: effect})
			cfg := inside(t, s, member, ireland)
			through, seen := cfg.HTTPClient, false
			cfg.HTTPClient = doing(func(r *http.Request) (*http.Response, error) {
				response, err := through.Do(r)
				if err != nil || seen {
					return response, err
				}
				seen = true
				defer func() { _ = response.Body.Close() }()
				read, _ := io.Copy(io.Discard, io.LimitReader(response.Body, most))
				head := 0
				for _, values := range response.Header {
					head += len(strings.Join(values, ""))
				}
				if response.StatusCode != test.status || int(read) < test.read || head < test.head {
					t.Errorf("status %d, %d bytes after a head of %d", response.StatusCode, read, head)
				}
				return nil, errors.New("seen")
			})
			_ = probes["ecs"](t.Context(), cfg)
			if !seen {
				t.Error("there was no answer")
			}
			cfg.HTTPClient = through
			wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
		})
	}
}

type doing func(*http.Request) (*http.Response, error)

func (d doing) Do(r *http.Request) (*http.Response, error) { return d(r) }
