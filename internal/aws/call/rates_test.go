package call_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/wire"
)

const (
	shop  = "111111111111"
	paris = "eu-west-3" // where no service has a larger rate than elsewhere
)

// distance is the way to simulated AWS: it takes 30 to 80 ms of the test's clock.
func distance(server http.Handler) wire.Wire {
	var calls atomic.Uint64
	return wire.Wire{Handler: server, Latency: func() time.Duration {
		n := calls.Add(1) * 6364136223846793005
		return 30*time.Millisecond + time.Duration(n>>33)%(50*time.Millisecond)
	}}
}

// ids are the SDK's names of services, by those with which their requests are signed.
var ids = map[string]string{"dynamodb": "DynamoDB", "ec2": "EC2", "ecs": "ECS", "lambda": "Lambda", "sns": "SNS", "sqs": "SQS"}

// leastTime is the shortest time in which a share of the documented rates allows the calls.
// What has no rate takes its latency in eight calls at a time.
func leastTime(tallies map[string]awssim.Tally, share float64) (least time.Duration) {
	const latency, atATime = 55 * time.Millisecond, 8
	unpaced := 0
	made := make([]int, len(kinds.Rates))
	for name, tally := range tallies {
		service, operation, _ := strings.Cut(name, ":")
		at := slices.IndexFunc(kinds.Rates, func(r kind.Rate) bool {
			return r.Service == ids[service] && (len(r.Operations) == 0 || slices.Contains(r.Operations, operation))
		})
		if at < 0 {
			unpaced += tally.Calls
			continue
		}
		made[at] += tally.Calls - tally.Throttled
	}
	for i, r := range kinds.Rates {
		seconds := (float64(made[i]) - float64(r.Burst)*share) / (r.In(paris) * share)
		least = max(least, time.Duration(seconds*float64(time.Second)))
	}
	return max(least, time.Duration(unpaced)*latency/atATime)
}

// TestTimeUnderRates reads large cells of AWS as documented, and of one that allows half of
// it. Nothing is throttled as documented, and little otherwise.
func TestTimeUnderRates(t *testing.T) {
	t.Parallel()
	all := func(k *kind.Kind) []string { return k.OptionalNames() }
	tests := map[string]struct {
		kind      *kind.Kind
		actions   []string
		count     int
		throttled int // at most, at half of the rates
	}{
		"tables with both optional actions":      {kinds.DynamoDBTable, all(kinds.DynamoDBTable), 107, 20},
		"many tables with both optional actions": {kinds.DynamoDBTable, all(kinds.DynamoDBTable), 500, 50},
		"topics with tags":                       {kinds.SNSTopic, all(kinds.SNSTopic), 112, 20},
		"many topics with tags":                  {kinds.SNSTopic, all(kinds.SNSTopic), 500, 45},
		"functions":                              {kinds.LambdaFunction, nil, 10_000, 10},
		"functions with tags":                    {kinds.LambdaFunction, all(kinds.LambdaFunction), 500, 20},
		"task definitions":                       {kinds.ECSTaskDefinition, nil, 500, 20},
		"queues":                                 {kinds.SQSQueue, nil, 2_000, 0},
		"queues with tags":                       {kinds.SQSQueue, all(kinds.SQSQueue), 500, 15},
		"volumes with an attribute":              {kinds.EC2Volume, all(kinds.EC2Volume), 500, 25},
	}
	for name, test := range tests {
		for _, share := range []float64{1, 0.5} {
			t.Run(fmt.Sprintf("%s/%g", name, share), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					took, least, throttled := readUnder(t, test.kind, test.actions, test.count, share)
					t.Logf("%.1f s of %.1f s = %.2f, %d throttled", took.Seconds(), least.Seconds(), took.Seconds()/least.Seconds(), throttled)
					if took.Seconds() > 1.25*least.Seconds() {
						t.Errorf("it took %s, and %s are allowed", took, least)
					}
					if share == 1 && throttled > 0 || throttled > test.throttled {
						t.Errorf("AWS throttled %d calls", throttled)
					}
				})
			})
		}
	}
}

// readUnder reads a cell of so many resources, and returns the time that it took, the
// shortest possible time, and how often AWS throttled.
func readUnder(t *testing.T, k *kind.Kind, actions []string, count int, share float64) (took, least time.Duration, throttled int) {
	time.Sleep(time.Until(time.Date(2026, time.January, 5, 6, 0, 0, 0, time.UTC)))
	limits := awssim.DocumentedLimits()
	for i := range limits {
		limits[i].Rate *= share
		limits[i].Burst = max(1, int(float64(limits[i].Burst)*share))
	}
	server, err := awssim.New(awssim.Estate{Accounts: []awssim.Account{{
		ID: shop, Name: "Shop", Roles: []awssim.Role{{Name: "reader", Trusts: []string{"*"}, Permissions: awssim.Permissions{Allow: []string{"*"}}}},
		Populations: []awssim.Population{{Kind: k.Type, Regions: []string{paris}, Count: count}},
	}}}, awssim.Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	id, err := server.Assume(shop, "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	gate := call.NewGate(call.Limits{}, kinds.Rates, slog.New(slog.DiscardHandler))
	target := kind.Target{Account: shop, Region: paris, Partition: "aws", Config: gate.Config(aws.Config{
		BaseEndpoint: aws.String("http://127.0.0.1:1"), HTTPClient: &http.Client{Transport: distance(server)},
		Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken),
	}, shop, paris, k.Service.Prefix, nil)}
	began, found := time.Now(), 0
	for _, err := range k.Read(t.Context(), target, kind.Options{
		Actions: actions, Parallel: call.Limits{}.Complete().ServiceCalls, Budget: kind.NewRoom(2000), Expect: &kind.Expectation{},
	}) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	if found != count {
		t.Errorf("%d resources, want %d", found, count)
	}
	took = time.Since(began)
	for _, tally := range server.Tallies() {
		throttled += tally.Throttled
	}
	return took, leastTime(server.Tallies(), share), throttled
}
