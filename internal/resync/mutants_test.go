package resync_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/port"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// rewriting changes the answers of AWS before the program sees them.
type rewriting struct {
	inner  http.RoundTripper
	change func(*http.Request, *http.Response, []byte) []byte
}

func (r rewriting) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.inner.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		body = nil
	}
	if changed := r.change(request, response, body); changed != nil {
		body, err = changed, nil
		response.StatusCode, response.ContentLength = http.StatusOK, int64(len(changed))
		response.Header.Del("Content-Length")
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	}
	return response, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// emptyAnswers are those of listings that find nothing.
var emptyAnswers = map[string]string{
	"AmazonSQS.ListQueues": `{}`, "AmazonEC2ContainerServiceV20141113.ListClusters": `{"clusterArns":[]}`,
}

func emptyListing(r *http.Request) []byte {
	if answer, ok := emptyAnswers[r.Header.Get("X-Amz-Target")]; ok {
		return []byte(answer)
	}
	if r.Method == http.MethodGet && r.URL.Path == "/" && strings.Contains(r.Header.Get("Authorization"), "/s3/") {
		return []byte("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
	}
	return nil
}

// withoutToken takes the token out of a page, nil if it has none.
func withoutToken(body []byte) []byte {
	var page map[string]any
	if json.Unmarshal(body, &page) != nil {
		return nil
	}
	before := len(page)
	delete(page, "NextToken")
	delete(page, "nextToken")
	if len(page) == before {
		return nil
	}
	changed, err := json.Marshal(page)
	if err != nil {
		panic(err)
	}
	return changed
}

// mutantDirectory changes what is known of accounts.
type mutantDirectory struct {
	resync.Directory
	list func(account.Listing, error) (account.Listing, error)
}

func (m mutantDirectory) List(ctx context.Context) (account.Listing, error) {
	return m.list(m.Directory.List(ctx))
}

func directoryOf(inner func(context.Context, string, func(*middleware.Stack) error) (resync.Directory, error),
	list func(account.Listing, error) (account.Listing, error),
) func(context.Context, string, func(*middleware.Stack) error) (resync.Directory, error) {
	return func(ctx context.Context, run string, options func(*middleware.Stack) error) (resync.Directory, error) {
		d, err := inner(ctx, run, options)
		return mutantDirectory{d, list}, err
	}
}

// gullible takes it that Port took whatever it was sent.
type gullible struct{ mortalPort }

func (g gullible) Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error) {
	outcomes, err := g.mortalPort.Upsert(ctx, blueprint, items, o)
	for i := range outcomes {
		outcomes[i] = port.Outcome{Identifier: items[i].Key}
	}
	return outcomes, err
}

// boastful keeps of every part that all of its batch was read.
type boastful struct{ state.Store }

func (b boastful) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if strings.Contains(name, "/parts/") {
		data = boasting(data)
	}
	return b.Store.Put(ctx, name, data, version)
}

func boasting(data []byte) []byte {
	var part map[string]any
	unpacked, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		err = json.NewDecoder(unpacked).Decode(&part)
	}
	if err != nil {
		panic(err)
	}
	ends := part["book"].(map[string]any)["ends"].(map[string]any)
	done, _ := ends["done"].([]any)
	late, _ := ends["late"].([]any)
	for _, end := range late {
		done = append(done, map[string]any{"cell": end.(map[string]any)["cell"], "at": "2026-01-05T06:00:00Z"})
	}
	ends["done"], ends["late"] = done, []any{}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if err := errors.Join(json.NewEncoder(writer).Encode(part), writer.Close()); err != nil {
		panic(err)
	}
	return packed.Bytes()
}

// inEvents has only the runs work wrongly that events ask for.
func inEvents(wrong func(*life)) func(*life) {
	return func(l *life) {
		around, port := l.around, l.deps.Port
		wrong(l)
		wrongAround, wrongPort := l.around, l.deps.Port
		l.around, l.deps.Port = around, port
		l.wrongly = func() func() {
			l.around, l.deps.Port = wrongAround, wrongPort
			return func() { l.around, l.deps.Port = around, port }
		}
	}
}

// TestChaosFindsMutants puts one wrong rule at a time into the program. If the histories
// did not find it, they would prove nothing.
func TestChaosFindsMutants(t *testing.T) {
	t.Parallel()
	answers := func(when func(*http.Response, []byte) bool, effects ...awssim.Effect) func(*life) {
		return func(l *life) {
			l.effects, l.services = effects, []string{"s3", "sqs", "ecs"}
			l.around = func(inner http.RoundTripper) http.RoundTripper {
				return rewriting{inner, func(r *http.Request, response *http.Response, body []byte) []byte {
					if when(response, body) {
						return emptyListing(r)
					}
					return nil
				}}
			}
		}
	}
	denied := answers(func(r *http.Response, body []byte) bool {
		return r.StatusCode >= 400 && r.StatusCode < 500 && bytes.Contains(body, []byte("not authorized"))
	}, awssim.Deny, awssim.DenyByPolicy)
	failed := answers(func(r *http.Response, _ []byte) bool { return r.StatusCode >= 500 }, awssim.Fail, awssim.Unavailable)
	taken := func(l *life) {
		l.mishaps, l.refusals = []mishap{ofPort}, refused
		l.deps.Port = gullible{l.deps.Port.(mortalPort)}
	}
	for name, wrong := range map[string]func(*life){
		"a denied listing is an empty one":             denied,
		"a failed listing is an empty one":             failed,
		"for events, a denied listing is an empty one": inEvents(denied),
		"for events, a failed listing is an empty one": inEvents(failed),
		"for events, what Port refused was taken":      inEvents(taken),
		"a broken answer is an empty one": answers(func(r *http.Response, body []byte) bool {
			return r.StatusCode < 300 && !bytes.HasPrefix(body, []byte("{")) && !bytes.HasPrefix(body, []byte("<"))
		}, awssim.Garble),
		"an account that cannot be listed is gone": func(l *life) {
			l.effects, l.services = []awssim.Effect{awssim.Deny, awssim.DenyByPolicy}, []string{"organizations"}
			inner := l.deps.Directory
			l.deps.Directory = directoryOf(inner, func(listing account.Listing, err error) (account.Listing, error) {
				listing.Complete = true
				return listing, err
			})
		},
		"a gateway's page is AWS's word": answers(func(r *http.Response, _ []byte) bool {
			return r.StatusCode == http.StatusNotFound && r.Header.Get("X-Amzn-Requestid") == ""
		}, awssim.Gateway),
		"a detail that is not found is a bucket that is gone": func(l *life) {
			l.mishaps = []mishap{detailing}
			l.deps.Kinds = slices.Clone(l.deps.Kinds)
			for i, k := range l.deps.Kinds {
				if k.Type == awssim.Bucket {
					gullible := *k
					gullible.Default = slices.Clone(k.Default)
					for j := range gullible.Default {
						gullible.Default[j].Essential, gullible.Default[j].Gone = true, []string{"NoSuchBucket"}
					}
					l.deps.Kinds[i] = &gullible
				}
			}
		},
		"an empty page is the last": func(l *life) {
			l.effects, l.services = []awssim.Effect{awssim.EmptyPage}, []string{"sqs", "ecs"}
			l.around = func(inner http.RoundTripper) http.RoundTripper {
				return rewriting{inner, func(_ *http.Request, _ *http.Response, body []byte) []byte { return withoutToken(body) }}
			}
		},
		"a name that does not resolve has nothing": func(l *life) {
			l.mishaps = []mishap{unresolving}
			l.around = func(inner http.RoundTripper) http.RoundTripper {
				return tripper(func(r *http.Request) (*http.Response, error) {
					response, err := inner.RoundTrip(r)
					var dns *net.DNSError
					if answer := emptyListing(r); errors.As(err, &dns) && answer != nil {
						return &http.Response{
							StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(answer)),
						}, nil
					}
					return response, err
				})
			}
		},
		"a misspelt name takes out what it leaves out": func(l *life) {
			l.mishaps, l.misspelt = []mishap{misspelling}, nil
		},
		"a suspended account is gone": func(l *life) {
			inner := l.deps.Directory
			l.deps.Directory = directoryOf(inner, func(listing account.Listing, err error) (account.Listing, error) {
				listing.Skipped = nil
				return listing, err
			})
		},
		"what Port refused was taken": taken,
		"what an invocation came too late for was read": func(l *life) {
			l.mishaps = []mishap{ofPort}
			l.deps.State = boastful{l.deps.State}
		},
		"what anybody writes into the state is the function's": func(l *life) {
			l.mishaps, l.forger = []mishap{harm, harm, ofAWS}, ours
			l.effects, l.services = []awssim.Effect{awssim.Deny}, []string{"sqs"}
		},
		"what others edit in Port is as it was": func(l *life) {
			l.deps.Port = everythingHeld{l.deps.Port.(mortalPort)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const enough = 60
			for seed := range uint64(enough) {
				if fault, _ := live(t, seed, wrong); fault != "" {
					t.Logf("seed %d tells: %.200s", seed, fault)
					return
				}
			}
			t.Errorf("%d histories do not tell", enough)
		})
	}
}

// everythingHeld says that every entity is unchanged since the last run.
type everythingHeld struct{ mortalPort }

func (e everythingHeld) Owned(ctx context.Context, before time.Time) iter.Seq2[[]port.Ref, error] {
	return func(yield func([]port.Ref, error) bool) {
		var refs []port.Ref
		for _, key := range slices.Sorted(maps.Keys(e.l.holds())) {
			blueprint, id, _ := strings.Cut(key, " ")
			refs = append(refs, port.Ref{Blueprint: blueprint, Identifier: id})
		}
		yield(refs, nil)
	}
}
