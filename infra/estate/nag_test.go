package estate_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// accepted are the findings of AWS Solutions that stay, each with its reason. If a finding
// no longer occurs, the test fails until it is removed from the list.
var accepted = []struct{ rule, resource, finding, reason string }{
	{"AwsSolutions-IAM5", "ReadPolicy", `Resource::\*`, "the lists and descriptions of a read role take no narrower resource"},
	{"AwsSolutions-IAM5", "ExecutionRole/DefaultPolicy", `Resource::<State.*>/portolan/\*`, "the names of the state's objects are not known beforehand"},
	{"AwsSolutions-IAM5", "ExecutionRole/DefaultPolicy", `log-group:/aws/lambda/\w+:\*`, "Lambda names the log's streams"},
	{"AwsSolutions-IAM5", "ExecutionRole/DefaultPolicy", `iam::\*:role/`, "the role has one name in every account; its own Organization is a condition"},
	{"AwsSolutions-IAM5", "ExecutionRole/DefaultPolicy", `Resource::\*`, "X-Ray and the account's settings of Lambda take no narrower resource"},
	{"AwsSolutions-IAM5", "ReadPolicy", `ssm:\*::parameter/aws/service/global-infrastructure/\*`, "they are AWS's public parameters; which region tells is not known beforehand"},
	{"AwsSolutions-IAM5", "ExecutionRole/DefaultPolicy", `ssm:\*::parameter/aws/service/global-infrastructure/\*`, "they are AWS's public parameters; which region tells is not known beforehand"},
	{"AwsSolutions-IAM5", "MachineRole", `Resource::<State.*>/portolan/work/\*`, "the names of the state's objects are not known beforehand"},
	{"AwsSolutions-IAM5", "MachineRole", `:execution:\w+(/Read)?:\*`, "Step Functions names the executions"},
	{"AwsSolutions-IAM5", "MachineRole", `Resource::\*`, "X-Ray and the delivery of logs take no narrower resource"},
	{"AwsSolutions-IAM5", "RulesExecutor", `:stack/StackSet-\w+-own-event-rules-\*`, "CloudFormation names the stacks of a StackSet"},
	{"AwsSolutions-IAM5", "RulesExecutor", `:rule/\w+-events-\*`, "the rules are numbered, and in every region"},
	{"AwsSolutions-SF1", "Machine", "", "failures are logged; the rest is in the execution's own history, and the function's log"},
	{"AwsSolutions-SF2", "Machine", "", "tracing is a choice"},
	{"AwsSolutions-IAM4", "ReadRole", `ReadOnlyAccess`, "asked for by readAccess"},
	{"AwsSolutions-SMG4", "Secret", "", "Port issues the credentials, and they are changed there; the function reads them again when Port refuses them"},
	{"AwsSolutions-S1", "State", "", "only the function reads the bucket; CloudTrail's data events show who else did, for whoever wants to pay for them"},
	{"AwsSolutions-SQS3", "FailedStarts", "", "it is itself the queue of what failed"},
}

// TestAWSSolutions runs cdk-nag over every installation.
func TestAWSSolutions(t *testing.T) {
	used := make([]bool, len(accepted))
	for name, i := range installed {
		awscdk.Aspects_Of(i.stack).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(false), Reports: jsii.Bool(false)}), nil)
		found := assertions.Annotations_FromStack(i.stack)
		anything := assertions.Match_StringLikeRegexp(jsii.String(".*AwsSolutions.*"))
		messages := append(*found.FindError(jsii.String("*"), anything), *found.FindWarning(jsii.String("*"), anything)...)
		for _, m := range messages {
			where, what := *m.Id, fmt.Sprint(m.Entry.Data) //nolint:staticcheck // package assertions does not return a newer type
			if !accept(where, what, used) {
				t.Errorf("%s: %s: %s", name, where, what)
			}
		}
	}
	for n, is := range used {
		if !is {
			t.Errorf("nothing is found any more that %+v accepts", accepted[n])
		}
	}
}

func accept(where, what string, used []bool) bool {
	for n, a := range accepted {
		if strings.HasPrefix(what, a.rule) && strings.Contains(where, "/"+a.resource) && regexp.MustCompile(a.finding).MatchString(what) {
			used[n] = true
			return true
		}
	}
	return false
}
