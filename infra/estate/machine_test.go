package estate_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
)

func TestMachine(t *testing.T) {
	for name, i := range installed {
		machines := i.template.ofType("AWS::StepFunctions::StateMachine")
		if !i.config.Scale.IsDistributed() {
			if len(machines) > 0 || strings.Contains(i.text, "states:") {
				t.Errorf("%s has a state machine", name)
			}
			continue
		}
		p := i.template.one(t, "AWS::StepFunctions::StateMachine").Properties
		if p["StateMachineName"] != i.config.StackName || p["StateMachineType"] != "STANDARD" ||
			at(p, "LoggingConfiguration", "Level") != "ERROR" || at(p, "LoggingConfiguration", "IncludeExecutionData") != false ||
			at(p, "TracingConfiguration", "Enabled") != i.config.Function.Tracing {
			t.Errorf("%s: %v", name, p)
		}
		var definition map[string]any
		if err := json.Unmarshal([]byte(joined(p["DefinitionString"])), &definition); err != nil {
			t.Fatalf("%s: the definition: %v", name, err)
		}
		if definition["TimeoutSeconds"] != i.config.Scale.Timeout.Seconds() ||
			at(definition, "States", "Read", "ToleratedFailurePercentage") != float64(i.config.Scale.FailureTolerance) ||
			at(definition, "States", "Finish", "TimeoutSeconds") != i.config.Function.Timeout.Seconds()+60 ||
			at(definition, "States", "Finish", "Resource") != "arn:AWS::Partition:states:::lambda:invoke" ||
			at(definition, "States", "Finish", "Parameters", "FunctionName") != "Function76856677" {
			t.Errorf("%s: what is chosen does not reach the definition: %v", name, definition)
		}
		if rule := at(i.template.one(t, "AWS::S3::Bucket").Properties, "LifecycleConfiguration", "Rules", 1); at(rule, "Prefix") != "portolan/work/" ||
			at(rule, "ExpirationInDays") != 15.0 {
			t.Errorf("%s: what runs leave behind stays: %v", name, rule)
		}
	}
}

// joined puts a text of a template together, with the names of what it refers to.
func joined(text any) string {
	if plain, ok := text.(string); ok {
		return plain
	}
	var b strings.Builder
	parts, _ := at(text, "Fn::Join", 1).([]any)
	for _, part := range parts {
		plain, _ := part.(string)
		reference, _ := at(part, "Ref").(string)
		attribute, _ := at(part, "Fn::GetAtt", 0).(string)
		b.WriteString(plain + reference + attribute)
	}
	return b.String()
}

// The machine invokes its function, and starts and stops its own children.
func TestMachineMayDoWhatItDoes(t *testing.T) {
	sub := func(resource string) any {
		return map[string]any{"Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:" + resource}
	}
	want := map[string][]any{
		"lambda:InvokeFunction":    {map[string]any{"Fn::GetAtt": []any{"Function76856677", "Arn"}}},
		"states:StartExecution":    {sub("stateMachine:Portolan")},
		"states:DescribeExecution": {sub("execution:Portolan:*"), sub("execution:Portolan/Read:*")},
		"states:StopExecution":     {sub("execution:Portolan:*"), sub("execution:Portolan/Read:*")},
		"states:RedriveExecution":  {sub("execution:Portolan/Read:*")},
		"s3:GetObject": {map[string]any{"Fn::Join": []any{"", []any{
			map[string]any{"Fn::GetAtt": []any{"State1C20CC9A", "Arn"}}, "/portolan/work/*"}}}},
	}
	got := map[string][]any{}
	for _, s := range installed["distributed"].template.granted() {
		if strings.HasPrefix(s.where, "MachineRole") && s.Sid != "WriteLog" {
			for _, action := range s.Action {
				got[action] = s.Resource
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	key := ""
	for _, s := range installed["everything"].template.granted() {
		if strings.HasPrefix(s.where, "MachineRole") && s.Sid == "UseKey" {
			key, _ = s.Resource[0].(string)
		}
	}
	if key != installed["everything"].config.Storage.KMSKeyARN {
		t.Errorf("with a key of one's own the batches are read with %q", key)
	}
}

// What a schedule sends, the function must take as what it is.
func TestSchedulesStartRuns(t *testing.T) {
	for name, i := range installed {
		starts := map[bool]string{false: "Function76856677", true: "Machine"}[i.config.Scale.IsDistributed()]
		schedules := i.template.ofType("AWS::Scheduler::Schedule")
		if want := map[bool]int{true: 2, false: 1}[i.config.Schedule.Poll > 0]; len(schedules) != want {
			t.Errorf("%s: %d schedules, want %d", name, len(schedules), want)
		}
		for id, schedule := range schedules {
			p := schedule.Properties
			target, _ := json.Marshal(at(p, "Target", "Arn"))
			if !strings.Contains(string(target), `"`+starts+`"`) {
				t.Errorf("%s: %s starts %s", name, id, target)
			}
			if enabled := map[bool]string{true: "ENABLED", false: "DISABLED"}[i.config.Schedule.Enabled]; p["State"] != enabled {
				t.Errorf("%s: %s is %v, want %s", name, id, p["State"], enabled)
			}
			age, _ := at(p, "Target", "RetryPolicy", "MaximumEventAgeInSeconds").(float64)
			switch input := at(p, "Target", "Input").(string); id {
			case "Schedule":
				request, err := invocation.Parse([]byte(input))
				if err != nil || request.Trigger != invocation.Schedule || request.Action != invocation.Resync || age != 3600 {
					t.Errorf("%s: the schedule asks for %+v within %v s: %v", name, request, age, err)
				}
			case "Poll":
				if request, err := invocation.Parse([]byte(input)); err != nil || request.Action != invocation.Poll || age != i.config.Schedule.Poll.Seconds() || at(p, "FlexibleTimeWindow", "Mode") != "OFF" {
					t.Errorf("%s: the poll asks %s within %v s", name, input, age)
				}
			}
		}
	}
	for name, rate := range map[string]string{"organization": "rate(5 minutes)", "everything": "rate(15 minutes)"} {
		if got := installed[name].template.Resources["Poll"].Properties["ScheduleExpression"]; got != rate {
			t.Errorf("%s: Port is asked at %v, want %s", name, got, rate)
		}
	}
}

// If a child fails, the run does not: the child is repeated, and the report says so.
func TestAlarmsOfExecutions(t *testing.T) {
	for name, limit := range map[string]float64{"distributed": 12 * 3600e3, "everything": 6 * 3600e3} {
		i := installed[name]
		got := map[string]any{}
		for _, alarm := range i.template.ofType("AWS::CloudWatch::Alarm") {
			p := alarm.Properties
			switch p["Namespace"] {
			case "AWS/States":
				if at(p, "Dimensions", 0, "Value", "Ref") != "Machine" {
					t.Errorf("%s: %v is of %v", name, p["AlarmName"], p["Dimensions"])
				}
				got[p["MetricName"].(string)] = p["Threshold"]
			case "AWS/Lambda":
				t.Errorf("%s: %v looks at single invocations", name, p["AlarmName"])
			}
		}
		want := map[string]any{"ExecutionsFailed": 1.0, "ExecutionsTimedOut": 1.0, "ExecutionTime": limit * 0.9}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
