package resync_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/jedib0t/go-pretty/v6/table"

	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
)

// The numbers of resources of each kind in each account and region of the compared
// estate, and of resources that own ten others each.
const (
	things  = 60
	holders = 6
	held    = things / holders
)

var owning = []string{awssim.Cluster, awssim.Application, awssim.Pipeline}

func pages(n, size int) int { return max(1, (n+size-1)/size) }

// oceanCalls is how many calls Ocean needs for a kind in one account and region,
// with every optional action: each page once, of the greatest size that AWS allows,
// then its follow-ups, most of them one by one, and everything for each kind anew.
var oceanCalls = map[string]int{
	"AWS::EC2::Instance":          pages(things, 1000) + things,
	"AWS::EC2::Volume":            pages(things, 1000) + things,
	"AWS::ECS::Cluster":           pages(holders, 100) + pages(holders, 100),
	"AWS::ECS::Service":           pages(holders, 100) + holders*(pages(held, 100)+pages(held, 10)),
	"AWS::ECS::TaskDefinition":    pages(things, 100) + things,
	"AWS::EKS::Cluster":           pages(things, 100) + things,
	"AWS::Lambda::Function":       pages(things, 50) + things,
	"AWS::SQS::Queue":             pages(things, 1000) + 2*things,
	"AWS::SNS::Topic":             pages(things, 100) + 2*things,
	"AWS::DynamoDB::Table":        pages(things, 100) + 3*things,
	"AWS::RDS::DBInstance":        pages(things, 100) + things,
	"AWS::RDS::DBCluster":         pages(things, 100) + things,
	"AWS::ECR::Repository":        pages(things, 1000) + 3*things,
	"AWS::ElastiCache::Cluster":   pages(things, 100) + things,
	"AWS::MemoryDB::User":         pages(things, 100) + things,
	"AWS::MSK::Cluster":           pages(things, 100),
	"AWS::MSK::ServerlessCluster": pages(things, 100),
	"AWS::SES::EmailIdentity":     pages(things, 1000) + things,
	"AWS::SES::ConfigurationSet":  pages(things, 100) + things,

	"AWS::CodeBuild::Project":          pages(things, 100) + pages(things, 100),
	"AWS::CodeBuild::BuildRun":         pages(things, 100) + pages(things, 100),
	"AWS::CodeDeploy::Application":     pages(holders, 100) + pages(holders, 100) + holders,
	"AWS::CodeDeploy::DeploymentGroup": pages(holders, 100) + holders*(pages(held, 100)+pages(held, 100)) + things,
	"AWS::CodeDeploy::Deployment":      pages(things, 100) + things,
	// At least: one page and one batch of targets for each deployment.
	"AWS::CodeDeploy::DeploymentTarget":    pages(things, 100) + 2*things,
	"AWS::CodePipeline::Pipeline":          pages(holders, 1000) + 2*holders,
	"AWS::CodePipeline::Stage":             pages(holders, 1000) + holders,
	"AWS::CodePipeline::Action":            pages(holders, 1000) + holders,
	"AWS::CodePipeline::PipelineExecution": pages(holders, 1000) + holders*pages(held, 100) + things,
	"AWS::CodePipeline::ActionExecution":   pages(holders, 1000) + holders*pages(held, 100),

	// With three of the four optional actions; listed once for all regions.
	"AWS::S3::Bucket": 1 + 4*things,
}

// withEveryAction returns the default mapping of some kinds with as many optional
// actions as a selector takes.
func withEveryAction(t testing.TB, types []string) port.Defaults {
	t.Helper()
	d := defaultsOf(t, types)
	var config map[string]any
	decode(t, d.Config, &config)
	for _, entry := range config["resources"].([]any) {
		resource := entry.(map[string]any)
		for _, k := range kinds.All {
			if optional := k.OptionalNames(); k.Type == resource["kind"] && len(optional) > 0 {
				resource["selector"].(map[string]any)["includeActions"] = optional[:min(len(optional), 3)]
			}
		}
	}
	d.Config = encode(t, config)
	return d
}

// comparedEstate has one account beside the management account, with every kind in
// two regions.
func comparedEstate() awssim.Estate {
	e := estate()
	e.Accounts[0].Populations, e.Accounts[1].Populations = nil, nil
	for _, kind := range awssim.Kinds() {
		count := things
		if slices.Contains(owning, kind) {
			count = holders
		}
		e.Accounts[1].Populations = append(e.Accounts[1].Populations, awssim.Population{Kind: kind, Regions: regions, Count: count})
	}
	return e
}

// accountTypes are the kinds of the accounts to which all others have a relation.
var accountTypes = []string{"AWS::Account::Info", "AWS::Organizations::Account"}

// callsOf counts what a run over the member's resources asks AWS, save who and
// where it is, which every run does.
func callsOf(t testing.TB, types []string) int {
	t.Helper()
	w := newWorldOf(t, withEveryAction(t, append(types, accountTypes...)), comparedEstate())
	r, err := resync.Run(t.Context(), w.deps, invocation.Request{Accounts: []string{member}})
	if err != nil || r.Status != report.Completed {
		t.Fatalf("%v: %s (%s): %+v", types, r.Status, r.Reason, r.Gaps)
	}
	calls := 0
	for _, call := range w.aws.Calls() {
		if call.Account == member && !slices.Contains([]string{"sts", "account"}, call.Service) {
			calls++
		}
	}
	return calls
}

// TestCallsPerKind wants no kind to take more calls than Ocean's rules do.
func TestCallsPerKind(t *testing.T) {
	t.Parallel()
	var all []string
	ocean := 0
	for _, kind := range slices.Sorted(maps.Keys(oceanCalls)) {
		all = append(all, kind)
		want := oceanCalls[kind] * len(regions)
		ocean += want
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			if got := callsOf(t, []string{kind}); got > want {
				t.Errorf("%d calls, Ocean makes %d", got, want)
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		if got := callsOf(t, all); got >= ocean {
			t.Errorf("%d calls for all kinds together, Ocean makes %d", got, ocean)
		}
	})
}

// BenchmarkCalls prints the calls of each kind beside Ocean's.
func BenchmarkCalls(b *testing.B) {
	for b.Loop() {
		tw := table.NewWriter()
		tw.AppendHeader(table.Row{"kind", "calls", "ocean", "ratio"})
		var all []string
		ours, ocean := 0, 0
		row := func(name string, ours, ocean int) {
			tw.AppendRow(table.Row{name, ours, ocean, fmt.Sprintf("%.2f", float64(ours)/float64(ocean))})
		}
		for _, kind := range slices.Sorted(maps.Keys(oceanCalls)) {
			all = append(all, kind)
			calls, others := callsOf(b, []string{kind}), oceanCalls[kind]*len(regions)
			row(kind, calls, others)
			ours, ocean = ours+calls, ocean+others
		}
		together := callsOf(b, all)
		row("each on its own", ours, ocean)
		row("all in one run", together, ocean)
		fmt.Println(tw.Render())
		b.ReportMetric(float64(together)/float64(ocean), "calls/Ocean's")
	}
}
