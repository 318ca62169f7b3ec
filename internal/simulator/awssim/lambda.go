package awssim

import (
	"cmp"
	"regexp"
)

// Function is a function of Lambda.
const Function = "AWS::Lambda::Function"

// EventSource is an event source mapping of Lambda. Its attributes EventSourceArn and FunctionArn
// are ARNs. No mapping names it.
const EventSource = "Lambda::EventSourceMapping"

func init() {
	lambda := service{
		name: "lambda", wire: &restWire{message: "Message"},
		dialect: restDialect.with(func(d *dialect) {
			d.throttled.extra = object{{"Reason", "CallerRateLimitExceeded"}, {"Type", "User"}}
			d.failed = refuse(500, "ServiceException", "An error occurred and the request cannot be processed.")
			d.badParameter = refuse(400, "InvalidParameterValueException", "")
			d.badToken = refuse(400, "InvalidParameterValueException", "Invalid Marker")
		}),
		scope:  func(c *call) string { return cmp.Or(c.text("Resource"), "*") },
		limits: []Limit{{Operation: "*", Rate: 15, Burst: 15}},
	}
	lambda.simulate(kind{name: EventSource, form: regexp.MustCompile("^" + uuidForm + "$"), ids: uuids, things: []string{"events"}, apart: true})
	lambda.simulate(
		kind{
			name: Function, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`), arn: "function:",
			things: []string{"resize-image", "sync-prices", "notify", "validate-order", "rotate-keys", "ingest", "webhook", "cleanup"},
		},
		operation{name: "ListFunctions", http: "GET /2015-03-31/functions", list: &listing{
			of: functions, items: "Functions", size: bounds{"MaxItems", 1, 10_000, lambdaPage}, token: "Marker", next: "NextMarker",
		}},
		operation{name: "ListTags", http: "GET /2017-03-31/tags/{Resource}", detail: &detail{
			kind: Function, by: "Resource", named: byARN, reply: functionTags,
			malformed: refuse(400, "InvalidParameterValueException", "The resource {id} is not a function of this account and region."),
			missing:   refuse(404, "ResourceNotFoundException", "Function not found: {id}").with(object{{"Type", "User"}}),
		}},
		operation{name: "ListEventSourceMappings", http: "GET /2015-03-31/event-source-mappings", takes: members{"EventSourceArn": isText}, list: &listing{
			of: eventSources, items: "EventSourceMappings", size: bounds{"MaxItems", 1, 10_000, 100}, token: "Marker", next: "NextMarker",
		}},
		operation{name: "GetAccountSettings", http: "GET /2016-08-19/account-settings", answer: accountSettings},
	)
}

// eventSources are the mappings of the queue that the call names, or all.
func eventSources(c *call) (source, error) {
	from := c.text("EventSourceArn")
	mine := selection{kind: EventSource, keep: func(r *Resource) bool { return from == "" || r.Attributes["EventSourceArn"] == from }}
	return resources(c, mine, func(c *call, r *Resource) object {
		return object{
			{"UUID", r.ID}, {"BatchSize", 10}, {"MaximumBatchingWindowInSeconds", 0}, {"State", "Enabled"},
			{"StateTransitionReason", "USER_INITIATED"}, {"LastModified", epoch(created(r))},
		}.with(r.Attributes)
	}), nil
}

// lambdaPage is the most functions that a page holds, whatever MaxItems says.
const lambdaPage = 50

func functions(c *call) (source, error) {
	all := resources(c, selection{kind: Function}, functionForm)
	return func(from, size int) ([]any, int) { return all(from, min(size, lambdaPage)) }, nil
}

func functionTags(_ *call, r *Resource) (object, error) {
	if len(r.Tags) == 0 {
		return nil, nil
	}
	return object{{"Tags", r.Tags}}, nil
}

// functionForm is a function as ListFunctions returns it.
func functionForm(c *call, r *Resource) object {
	d := dieOf("function", c.caller.account, r.Region, r.ID)
	return object{
		{"FunctionName", r.ID},
		{"FunctionArn", c.arn(Function, r.ID)},
		{"Runtime", pick(d, []string{"python3.12", "nodejs22.x", "provided.al2023", "java21"})},
		{"Role", c.role("service-role/" + r.ID)},
		{"Handler", "index.handler"},
		{"CodeSize", 1000 + d.below(5_000_000)},
		{"Description", ""},
		{"Timeout", pick(d, []int{3, 15, 60, 900})},
		{"MemorySize", pick(d, []int{128, 256, 512, 1024})},
		{"LastModified", created(r).UTC().Format("2006-01-02T15:04:05.000-0700")},
		{"CodeSha256", d.text(43, lowerDigits) + "="},
		{"Version", "$LATEST"},
		{"TracingConfig", object{{"Mode", "PassThrough"}}},
		{"RevisionId", d.uuid()},
		{"PackageType", "Zip"},
		{"Architectures", []string{pick(d, []string{"arm64", "x86_64"})}},
		{"EphemeralStorage", object{{"Size", 512}}},
		{"SnapStart", object{{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}}},
		{"LoggingConfig", object{{"LogFormat", "Text"}, {"LogGroup", "/aws/lambda/" + r.ID}}},
	}.with(r.Attributes)
}

// accountSettings has the quotas of all accounts except new ones.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
func accountSettings(c *call) (object, error) {
	const mebibyte = 1 << 20
	return object{
		{"AccountLimit", object{
			{"CodeSizeUnzipped", 250 * mebibyte}, {"CodeSizeZipped", 50 * mebibyte}, {"ConcurrentExecutions", 1000},
			{"TotalCodeSize", 75 << 30}, {"UnreservedConcurrentExecutions", 1000},
		}},
		{"AccountUsage", object{{"FunctionCount", 1}, {"TotalCodeSize", 10 * mebibyte}}},
	}, nil
}
