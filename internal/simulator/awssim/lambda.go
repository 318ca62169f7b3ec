package awssim

import (
	"net/http"
	"net/url"
	"strings"
)

var lambdaService = func() *service {
	d := restDialect
	d.throttled.extra = object{{"Reason", "CallerRateLimitExceeded"}, {"Type", "User"}}
	d.failed = refusal{status: 500, code: "ServiceException", message: "An error occurred and the request cannot be processed."}
	d.badParameter = refusal{status: 400, code: "InvalidParameterValueException"}
	return &service{
		name:    "lambda",
		wire:    &restWire{route: lambdaRoute, message: "Message"},
		dialect: d,
		scopeOf: func(c *call) string {
			if arn, ok := lambdaTagged(c); ok {
				return arn
			}
			return "*"
		},
		operations: operations(
			operation{
				name: "ListFunctions", action: "lambda:ListFunctions", serve: listFunctions,
				parameters: []string{"MaxItems", "Marker"},
			},
			operation{name: "ListTags", action: "lambda:ListTags", serve: listFunctionTags},
			operation{name: "GetAccountSettings", action: "lambda:GetAccountSettings", serve: accountSettings},
		),
	}
}()

// lambdaPage is the most functions that a page holds, whatever MaxItems says.
const lambdaPage = 50

func lambdaRoute(c *call) string {
	if c.request.Method == http.MethodGet {
		if strings.TrimSuffix(c.request.URL.Path, "/") == "/2015-03-31/functions" {
			return "ListFunctions"
		}
		if _, ok := lambdaTagged(c); ok {
			return "ListTags"
		}
		if strings.TrimSuffix(c.request.URL.Path, "/") == "/2016-08-19/account-settings" {
			return "GetAccountSettings"
		}
	}
	return c.request.Method + " " + c.request.URL.Path
}

// accountSettings tells of an account with the quotas that AWS gives to all but new ones.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
func accountSettings(c *call) error {
	const mebibyte = 1 << 20
	return c.reply(object{
		{"AccountLimit", object{
			{"CodeSizeUnzipped", 250 * mebibyte}, {"CodeSizeZipped", 50 * mebibyte}, {"ConcurrentExecutions", 1000},
			{"TotalCodeSize", 75 << 30}, {"UnreservedConcurrentExecutions", 1000},
		}},
		{"AccountUsage", object{{"FunctionCount", 1}, {"TotalCodeSize", 10 * mebibyte}}},
	})
}

func lambdaTagged(c *call) (string, bool) {
	escaped, ok := strings.CutPrefix(c.request.URL.EscapedPath(), "/2017-03-31/tags/")
	if !ok {
		return "", false
	}
	arn, err := url.PathUnescape(escaped)
	return arn, err == nil
}

func (c *call) functionARN(name string) string {
	return c.server.arn("lambda", c.signature.region, c.caller.account, "function:"+name)
}

func listFunctions(c *call) error {
	query := c.request.URL.Query()
	size, err := c.asked("MaxItems", 1, 10_000, lambdaPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(Function, min(size, lambdaPage), query.Get("Marker"), "", nil)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid Marker")
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = c.functionForm(&found[i])
	}
	return c.reply(object{{"Functions", list}}.optional("NextMarker", next))
}

func listFunctionTags(c *call) error {
	arn, _ := lambdaTagged(c)
	c.call.Resource = arn
	name, ours := strings.CutPrefix(arn, c.functionARN(""))
	if !ours || name == "" || strings.Contains(name, ":") {
		return c.service.dialect.badParameter.saying("The resource %s is not a function of this account and region.", arn)
	}
	r, there := c.find(Function, name)
	if !there {
		return refusal{status: 404, code: "ResourceNotFoundException", extra: object{{"Type", "User"}}}.saying("Function not found: %s", arn)
	}
	if len(r.Tags) == 0 {
		return c.reply(nil)
	}
	return c.reply(object{{"Tags", r.Tags}})
}

// functionForm is a function as ListFunctions tells of it.
func (c *call) functionForm(r *Resource) object {
	d := dieOf("function", c.caller.account, r.Region, r.ID)
	return object{
		{"FunctionName", r.ID},
		{"FunctionArn", c.functionARN(r.ID)},
		{"Runtime", pick(d, []string{"python3.12", "nodejs22.x", "provided.al2023", "java21"})},
		{"Role", c.server.arn("iam", "", c.caller.account, "role/service-role/"+r.ID)},
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
