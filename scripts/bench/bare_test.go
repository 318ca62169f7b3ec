//go:build bench

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sys/unix"

	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/upsert"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/wire"
)

// recording answers a request as the simulator did when it was made first, so that a
// measurement has nothing of the simulator in it.
type recording struct {
	from http.RoundTripper

	mu      sync.RWMutex
	answers map[string]recorded
}

type recorded struct {
	header http.Header
	body   []byte
}

// RoundTrip answers a request, or fails if it did not succeed the first time.
func (r *recording) RoundTrip(request *http.Request) (*http.Response, error) {
	body := http.NoBody.Read
	if request.Body != nil {
		body = request.Body.Read
	}
	sent, err := io.ReadAll(readerFunc(body))
	if err != nil {
		return nil, err
	}
	question := request.URL.Host + request.URL.RequestURI() + request.Header.Get("X-Amz-Target") + string(sent)
	r.mu.RLock()
	said, ok := r.answers[question]
	r.mu.RUnlock()
	if !ok {
		request.Body = io.NopCloser(bytes.NewReader(sent))
		if said, err = ask(r.from, request); err != nil {
			return nil, err
		}
		r.mu.Lock()
		r.answers[question] = said
		r.mu.Unlock()
	}
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: said.header, Request: request,
		Body: io.NopCloser(bytes.NewReader(said.body)), ContentLength: int64(len(said.body)),
	}, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func ask(from http.RoundTripper, request *http.Request) (recorded, error) {
	response, err := from.RoundTrip(request)
	if err != nil {
		return recorded{}, err
	}
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status + string(body))
	}
	return recorded{response.Header, body}, err
}

// bareMember is the account that is read.
type bareMember struct {
	config  aws.Config
	account string
	entries map[string]*mapping.Resource
}

const filledRegion = "eu-west-1"

// emptyRegions have no resources.
var emptyRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-2", "eu-west-3",
	"eu-central-1", "eu-north-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2",
}

func newBareMember(b *testing.B) *bareMember {
	b.Helper()
	e := awssim.Plan{Accounts: 2, Regions: []string{filledRegion}, ExternalID: externalID, Counts: map[string]int{
		awssim.Instance: 10_000, awssim.Function: 10_000, awssim.Queue: 10_000,
	}}.Generate()
	member := e.Accounts[1]
	server, err := awssim.New(e, awssim.Options{RememberCalls: -1})
	if err != nil {
		b.Fatal(err)
	}
	identity, err := server.Assume(member.ID, member.Roles[0].Name, "bench")
	if err != nil {
		b.Fatal(err)
	}
	config, err := mapping.Compile(defaults.Native().Config, func(name string) (mapping.Actions, bool) {
		k := kinds.ByType(name)
		return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
	})
	if err != nil {
		b.Fatal(err)
	}
	m := &bareMember{account: member.ID, entries: map[string]*mapping.Resource{}}
	for _, entry := range config.Resources {
		m.entries[entry.Kind] = entry
	}
	m.config = aws.Config{
		HTTPClient: &http.Client{Transport: &recording{
			from: wire.Wire{Handler: server}, answers: map[string]recorded{},
		}},
		Credentials: credentials.NewStaticCredentialsProvider(identity.AccessKeyID, identity.SecretAccessKey, identity.SessionToken),
	}
	return m
}

// The loops ask for the same as the product does, and throw the answers away.
var loops = map[string]func(context.Context, aws.Config) error{
	awssim.Instance: func(ctx context.Context, config aws.Config) error {
		pager := ec2.NewDescribeInstancesPaginator(ec2.NewFromConfig(config), &ec2.DescribeInstancesInput{MaxResults: aws.Int32(250)})
		for pager.HasMorePages() {
			if _, err := pager.NextPage(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	awssim.Function: func(ctx context.Context, config aws.Config) error {
		pager := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(config), &lambda.ListFunctionsInput{MaxItems: aws.Int32(50)})
		for pager.HasMorePages() {
			if _, err := pager.NextPage(ctx); err != nil {
				return err
			}
		}
		return nil
	},
	awssim.Queue: func(ctx context.Context, config aws.Config) error {
		client := sqs.NewFromConfig(config)
		pager := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{MaxResults: aws.Int32(1000)})
		for pager.HasMorePages() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, url := range page.QueueUrls {
				if _, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
					QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
				}); err != nil {
					return err
				}
			}
		}
		return nil
	},
}

// bare reads cells with nothing but the SDK.
func (m *bareMember) bare(ctx context.Context, types, regions []string, options ...func(*middleware.Stack) error) error {
	for _, region := range regions {
		for _, name := range types {
			config := m.config.Copy()
			config.Region, config.APIOptions = region, options
			if err := loops[name](ctx, config); err != nil {
				return err
			}
		}
	}
	return nil
}

// decoded lets each answer be read by encoding/json too.
func decoded(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("Decoded", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		response, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok {
			return out, metadata, err
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return out, metadata, err
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		var object map[string]any
		return out, metadata, json.Unmarshal(body, &object)
	}), middleware.After)
}

// product reads cells as a run does, up to the entities and their hashes, and counts them.
func (m *bareMember) product(ctx context.Context, types, regions []string) (entities int, err error) {
	rates := make([]kind.Rate, len(kinds.Rates)) // counted all the same, and never waited for
	for i, rate := range kinds.Rates {
		rate.PerSecond, rate.Burst, rate.Regions = 1e9, 1e9, nil
		rates[i] = rate
	}
	gate := call.NewGate(call.Limits{}, rates, slog.New(slog.DiscardHandler))
	made := entity.NewSet("bench")
	for _, region := range regions {
		for _, name := range types {
			k := kinds.ByType(name)
			target := kind.Target{
				Account: m.account, Region: region, Partition: "aws", Config: gate.Config(m.config, m.account, region, k.Service.Prefix, nil),
			}
			options := kind.Options{Parallel: 8, Budget: kind.NewRoom(2000)}
			from := upsert.Origin{Coverage: cell.Coverage{Account: cell.Account(m.account), Kind: cell.Kind(name)}}
			for found, failed := range k.Find(ctx, target, options) {
				if failed != nil {
					return 0, failed
				}
				result := m.entries[name].Map(ctx, found.Document(nil))
				for i := range result.Entities {
					made.Produce(&result.Entities[i])
					upsert.New(&result.Entities[i], from, port.UpsertOptions{})
				}
			}
		}
	}
	return made.Size(), nil
}

// use is what a reading took.
type use struct {
	cpu   time.Duration // in the program itself, and not in the kernel
	bytes uint64        // allocated
}

func measured(b *testing.B, read func() error) use {
	b.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := userTime()
	if err := read(); err != nil {
		b.Fatal(err)
	}
	took := userTime() - began
	runtime.ReadMemStats(&after)
	return use{took, after.TotalAlloc - before.TotalAlloc}
}

func userTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano())
}

// comparison is what the loop and the product read alike.
type comparison struct {
	name    string
	types   []string
	regions []string
	times   int  // how often one reading is repeated, so that it takes long enough to be measured
	json    bool // whether the answers are JSON
	want    int  // entities
}

var comparisons = []comparison{
	{"EC2-10000", []string{awssim.Instance}, []string{filledRegion}, 1, false, 10_000},
	{"Lambda-200-pages", []string{awssim.Function}, []string{filledRegion}, 1, true, 10_000},
	{"SQS-10000", []string{awssim.Queue}, []string{filledRegion}, 1, true, 10_000},
	{"48-empty-cells", []string{awssim.Instance, awssim.Function, awssim.Queue}, emptyRegions, 200, false, 0},
}

// readings are the ways to read, in the order of what they do.
func (c *comparison) readings(ctx context.Context, m *bareMember) map[string]func() error {
	ways := map[string]func() error{
		"bare": func() error { return m.bare(ctx, c.types, c.regions) },
		"product": func() error {
			made, err := m.product(ctx, c.types, c.regions)
			if err == nil && made != c.want {
				err = fmt.Errorf("%d entities of %d", made, c.want)
			}
			return err
		},
	}
	if c.json {
		ways["json"] = func() error { return m.bare(ctx, c.types, c.regions, decoded) }
	}
	for name, read := range ways {
		ways[name] = func() error {
			for range c.times {
				if err := read(); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return ways
}

// garbage is the pace of the collector in a function of the usual memory.
const garbage = usualMB / 4

// BenchmarkBare compares the processor's time of the product with that of a loop over the
// SDK that throws the answers away. The readings take turns, and the shortest of each
// counts: whatever else the machine does can only make one longer.
func BenchmarkBare(b *testing.B) {
	const turns = 7
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	m := newBareMember(b)
	for _, c := range comparisons {
		b.Run(c.name, func(b *testing.B) {
			readings := c.readings(b.Context(), m)
			for _, read := range readings { // records the answers
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				least := map[string]use{}
				for range turns {
					for name, read := range readings {
						took := measured(b, read)
						if best, ok := least[name]; !ok || took.cpu < best.cpu {
							least[name] = took
						}
					}
				}
				bare, product := least["bare"], least["product"]
				b.ReportMetric(product.cpu.Seconds()/bare.cpu.Seconds(), "cpu/bare")
				if c.json {
					b.ReportMetric(product.cpu.Seconds()/least["json"].cpu.Seconds(), "cpu/bare+json")
				}
				b.ReportMetric(float64(product.bytes)/float64(bare.bytes), "bytes/bare")
				b.ReportMetric(product.cpu.Seconds()*1000/float64(c.times), "cpu-ms")
			}
		})
	}
}

// BenchmarkReading is one reading by itself, for a profile of it.
func BenchmarkReading(b *testing.B) {
	m := newBareMember(b)
	for _, c := range comparisons {
		for name, read := range c.readings(b.Context(), m) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				if err := read(); err != nil { // records the answers
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := read(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
