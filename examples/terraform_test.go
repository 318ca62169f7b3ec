package examples_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"portolan/infra/config"
)

const terraform = "terraform"

// module is the configuration of Terraform, parsed.
type module struct{ blocks []*hclsyntax.Block }

func parsed(t *testing.T) *module {
	t.Helper()
	files, err := filepath.Glob(terraform + "/*.tf")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	m, parser := &module{}, hclparse.NewParser()
	for _, file := range files {
		f, diagnostics := parser.ParseHCLFile(file)
		if diagnostics.HasErrors() {
			t.Fatal(diagnostics)
		}
		m.blocks = append(m.blocks, f.Body.(*hclsyntax.Body).Blocks...)
	}
	return m
}

// TestTerraformIsFormatted holds the files to what `terraform fmt` writes.
func TestTerraformIsFormatted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(terraform + "/*.tf")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(hclwrite.Format(text)), string(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// argument is one that the provider knows: an attribute, or a block with arguments of its own.
type argument struct {
	Required bool
	Block    map[string]argument
}

// meta are the arguments and blocks that Terraform itself knows in every resource.
var meta = []string{"count", "for_each", "depends_on", "provider", "lifecycle"}

// provided are the types that the provider has, as far as the configuration may need them.
type provided struct {
	Version string
	Types   map[string]struct {
		Arguments  map[string]argument
		Attributes []string
	}
}

func provider(t *testing.T) provided {
	t.Helper()
	var p provided
	read(t, "testdata/provider-aws.json", &p)
	return p
}

// TestTerraformFitsTheProvider looks for types, arguments and attributes that the provider does not have,
// and for required ones that are missing.
func TestTerraformFitsTheProvider(t *testing.T) {
	t.Parallel()
	p, m := provider(t), parsed(t)
	if versions, err := os.ReadFile(terraform + "/versions.tf"); err != nil || !strings.Contains(string(versions), `">= `+strings.TrimSuffix(p.Version, ".0")) {
		t.Errorf("versions.tf does not ask for %s of the provider, which the schema is from: %v", p.Version, err)
	}
	if wrong := p.misfits(m); len(wrong) > 0 {
		t.Error(strings.Join(wrong, "\n"))
	}
	// The check finds what it is for.
	for text, want := range map[string]string{
		`resource "aws_sqs_queue" "q" { title = "q" }`:                                    "title",
		`resource "aws_squs_queue" "q" {}`:                                                "aws_squs_queue",
		`resource "aws_scheduler_schedule" "s" { schedule_expression = "x" }`:             "target",
		`resource "aws_sqs_queue" "q" { name = aws_sqs_queue.p.arrn }`:                    "arrn",
		`resource "aws_s3_bucket_versioning" "v" { bucket = "b" }`:                        "versioning_configuration",
		`resource "aws_sqs_queue" "q" { name = aws_sqs_queue.of_nobody.name }`:            "of_nobody",
		"resource \"aws_lambda_function\" \"f\" {\n environment {\n variable = {}\n }\n}": "variable",
	} {
		f, diagnostics := hclsyntax.ParseConfig([]byte(text), "bad.tf", hcl.InitialPos)
		if diagnostics.HasErrors() {
			t.Fatal(diagnostics)
		}
		bad := &module{f.Body.(*hclsyntax.Body).Blocks}
		if strings.Contains(text, "aws_sqs_queue.p.") {
			bad.blocks = append(bad.blocks, &hclsyntax.Block{Type: "resource", Labels: []string{"aws_sqs_queue", "p"}, Body: &hclsyntax.Body{}})
		}
		if wrong := strings.Join(p.misfits(bad), "\n"); !strings.Contains(wrong, want) {
			t.Errorf("%s: of %s nothing is found: %s", text, want, wrong)
		}
	}
}

// misfits lists what the provider would not take.
func (p provided) misfits(m *module) []string {
	var wrong []string
	known := map[string]string{} // addresses, with their types
	for _, b := range m.blocks {
		switch b.Type {
		case "resource":
			known[b.Labels[0]+"."+b.Labels[1]] = b.Labels[0]
		case "data":
			known["data."+b.Labels[0]+"."+b.Labels[1]] = "data." + b.Labels[0]
		}
	}
	for _, b := range m.blocks {
		if b.Type != "resource" && b.Type != "data" {
			continue
		}
		name := map[string]string{"data": "data."}[b.Type] + b.Labels[0]
		of, ok := p.Types[name]
		if !ok {
			wrong = append(wrong, "there is no type "+name)
			continue
		}
		wrong = append(wrong, misfitsIn(name, b.Body, of.Arguments)...)
	}
	for _, b := range m.blocks {
		_ = hclsyntax.VisitAll(b.Body, func(n hclsyntax.Node) hcl.Diagnostics {
			if e, ok := n.(*hclsyntax.ScopeTraversalExpr); ok {
				if why := p.leads(e.Traversal, known); why != "" {
					wrong = append(wrong, why)
				}
			}
			return nil
		})
	}
	return wrong
}

func misfitsIn(where string, body *hclsyntax.Body, arguments map[string]argument) []string {
	var wrong []string
	present := map[string]bool{}
	for name := range body.Attributes {
		present[name] = true
		if of, ok := arguments[name]; (!ok || of.Block != nil) && !slices.Contains(meta, name) {
			wrong = append(wrong, fmt.Sprintf("%s has no argument %s", where, name))
		}
	}
	for _, b := range body.Blocks {
		present[b.Type] = true
		if of, ok := arguments[b.Type]; ok && of.Block != nil {
			wrong = append(wrong, misfitsIn(where+"."+b.Type, b.Body, of.Block)...)
		} else if !slices.Contains(meta, b.Type) {
			wrong = append(wrong, fmt.Sprintf("%s has no block %s", where, b.Type))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		if arguments[name].Required && !present[name] {
			wrong = append(wrong, fmt.Sprintf("%s lacks %s", where, name))
		}
	}
	return wrong
}

// leads says why a reference to a resource leads nowhere.
func (p provided) leads(to hcl.Traversal, known map[string]string) string {
	steps := stepsOf(to)
	if root := steps[0]; !strings.HasPrefix(root, "aws_") && root != "data" {
		return ""
	}
	if steps[0] == "data" {
		steps = append([]string{"data." + steps[1]}, steps[2:]...)
	}
	address := strings.Join(steps[:2], ".")
	name, ok := known[address]
	if !ok {
		return "nothing is called " + address
	}
	if rest := steps[2:]; len(rest) > 0 && !slices.Contains(p.Types[name].Attributes, rest[0]) {
		return fmt.Sprintf("%s has no attribute %s", address, rest[0])
	}
	return ""
}

// stepsOf returns the names of a reference, without indices.
func stepsOf(to hcl.Traversal) []string {
	var steps []string
	for _, step := range to {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			steps = append(steps, s.Name)
		case hcl.TraverseAttr:
			steps = append(steps, s.Name)
		}
	}
	return steps
}

// installation is the module with values for its variables. What only AWS knows stands as the text of
// the reference to it.
type installation struct {
	*module
	context *hcl.EvalContext
}

func (m *module) with(t *testing.T, variables map[string]cty.Value) *installation {
	t.Helper()
	inside := func(name string) (string, error) {
		text, err := os.ReadFile(filepath.FromSlash(name))
		return string(text), err
	}
	text := []function.Parameter{{Name: "text", Type: cty.String}}
	file := function.New(&function.Spec{Params: text, Type: function.StaticReturnType(cty.String), Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		content, err := inside(args[0].AsString())
		return cty.StringVal(content), err
	}})
	hash := function.New(&function.Spec{Params: text, Type: function.StaticReturnType(cty.String), Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.StringVal("hash of " + args[0].AsString()), nil
	}})
	i := &installation{m, &hcl.EvalContext{
		Functions: map[string]function.Function{
			"jsonencode": stdlib.JSONEncodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "concat": stdlib.ConcatFunc, "merge": stdlib.MergeFunc,
			"replace": stdlib.ReplaceFunc, "lower": stdlib.LowerFunc, "join": stdlib.JoinFunc, "length": stdlib.LengthFunc,
			"tostring": stdlib.MakeToFunc(cty.String), "file": file, "filebase64sha256": hash, "try": tryfunc.TryFunc,
			"can": tryfunc.CanFunc, "regex": stdlib.RegexFunc,
		},
		Variables: map[string]cty.Value{"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal(terraform)})},
	}}
	given := map[string]cty.Value{}
	for _, b := range m.blocks {
		if b.Type != "variable" {
			continue
		}
		value, ok := variables[b.Labels[0]]
		if !ok {
			attribute, has := b.Body.Attributes["default"]
			if !has {
				t.Fatalf("the variable %s has no value", b.Labels[0])
			}
			value = i.value(t, attribute.Expr)
		}
		given[b.Labels[0]] = value
	}
	i.context.Variables["var"] = cty.ObjectVal(given)
	i.refer()
	locals := map[string]cty.Value{}
	for range 3 { // locals may need others
		for _, b := range m.blocks {
			if b.Type != "locals" {
				continue
			}
			for name, attribute := range b.Body.Attributes {
				if value, diagnostics := attribute.Expr.Value(i.context); !diagnostics.HasErrors() {
					locals[name] = value
				}
			}
		}
		i.context.Variables["local"] = cty.ObjectVal(locals)
	}
	return i
}

// refer makes a text of each reference to a resource.
func (i *installation) refer() {
	tree := map[string]any{}
	for _, b := range i.blocks {
		_ = hclsyntax.VisitAll(b.Body, func(n hclsyntax.Node) hcl.Diagnostics {
			e, ok := n.(*hclsyntax.ScopeTraversalExpr)
			if !ok || !strings.HasPrefix(e.Traversal.RootName(), "aws_") && e.Traversal.RootName() != "data" {
				return nil
			}
			at, steps := tree, stepsOf(e.Traversal)
			for _, step := range steps[:len(steps)-1] {
				below, ok := at[step].(map[string]any)
				if !ok {
					below = map[string]any{}
					at[step] = below
				}
				at = below
			}
			if _, ok := at[steps[len(steps)-1]]; !ok {
				at[steps[len(steps)-1]] = "<" + strings.Join(steps, ".") + ">"
			}
			return nil
		})
	}
	counted := map[string]bool{}
	for _, b := range i.blocks {
		if b.Type == "resource" && b.Body.Attributes["count"] != nil {
			counted[strings.Join(b.Labels, ".")] = true
		}
	}
	var value func(path string, of any) cty.Value
	value = func(path string, of any) cty.Value {
		below, ok := of.(map[string]any)
		if !ok {
			return cty.StringVal(of.(string))
		}
		members := map[string]cty.Value{}
		for name, member := range below {
			members[name] = value(strings.TrimPrefix(path+"."+name, "."), member)
		}
		if counted[path] {
			return cty.TupleVal([]cty.Value{cty.ObjectVal(members), cty.ObjectVal(members), cty.ObjectVal(members)})
		}
		return cty.ObjectVal(members)
	}
	for name, of := range tree {
		i.context.Variables[name] = value(name, of)
	}
}

func (i *installation) value(t *testing.T, e hclsyntax.Expression) cty.Value {
	t.Helper()
	value, diagnostics := e.Value(i.context)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	return value
}

// attribute returns an attribute of a resource; the steps lead through its blocks.
func (i *installation) attribute(t *testing.T, address string, steps ...string) cty.Value {
	t.Helper()
	for _, b := range i.blocks {
		if b.Type != "resource" || strings.Join(b.Labels, ".") != address {
			continue
		}
		body := b.Body
		for _, step := range steps[:len(steps)-1] {
			at := slices.IndexFunc(body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == step })
			if at < 0 {
				t.Fatalf("%s has no %s", address, step)
			}
			body = body.Blocks[at].Body
		}
		return i.value(t, body.Attributes[steps[len(steps)-1]].Expr)
	}
	t.Fatalf("there is no %s", address)
	return cty.NilVal
}

// template is one that the CDK makes; a test of the stack holds the file to that.
type template struct {
	Resources map[string]struct {
		Type       string
		Properties map[string]any
	}
}

// addresses are those of the template's resources in the module, by how their ids begin.
var addresses = map[string]string{
	"State": "aws_s3_bucket.state", "ExecutionRole": "aws_iam_role.function", "Secret": "aws_secretsmanager_secret.port",
	"FailedRuns": "aws_sqs_queue.failed_runs", "FailedStarts": "aws_sqs_queue.failed_starts", "Function": "aws_lambda_function.portolan",
	"Log": "aws_cloudwatch_log_group.function", "ReadRole": "aws_iam_role.read", "ScheduleRole": "aws_iam_role.schedule",
}

// references are what Ref returns, where it is not the id.
var references = map[string]string{"aws_secretsmanager_secret.port": "arn", "aws_cloudwatch_log_group.function": "name"}

// pseudo are CloudFormation's pseudo parameters in the module.
var pseudo = strings.NewReplacer(
	"${AWS::Partition}", "<data.aws_partition.current.partition>", "${AWS::Region}", "<data.aws_region.current.region>",
	"${AWS::AccountId}", "<data.aws_caller_identity.current.account_id>",
)

// inTerraform returns a value of a template with references in the words of the module.
func inTerraform(t *testing.T, of any) any {
	switch v := of.(type) {
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = inTerraform(t, item)
		}
		return all
	case map[string]any:
		address := func(id any) string {
			name := strings.TrimRight(id.(string), "0123456789ABCDEF")
			if id == "ReadRole" || id == "Secret" || id == "Log" {
				name = id.(string)
			}
			if addresses[name] == "" {
				t.Fatalf("%s is not in the module", id)
			}
			return addresses[name]
		}
		if len(v) == 1 {
			for key, value := range v {
				switch key {
				case "Ref":
					if strings.HasPrefix(value.(string), "AWS::") {
						return pseudo.Replace("${" + value.(string) + "}")
					}
					to := address(value)
					attribute := references[to]
					if attribute == "" {
						attribute = "id"
					}
					return "<" + to + "." + attribute + ">"
				case "Fn::GetAtt":
					pair := value.([]any)
					return "<" + address(pair[0]) + "." + strings.ToLower(pair[1].(string)) + ">"
				case "Fn::Sub":
					return pseudo.Replace(value.(string))
				case "Fn::Join":
					var b strings.Builder
					for _, part := range value.([]any)[1].([]any) {
						b.WriteString(inTerraform(t, part).(string))
					}
					return b.String()
				case "Fn::Select": // the external id, which is a variable in the module
					return externalID
				}
			}
		}
		all := map[string]any{}
		for key, value := range v {
			all[key] = inTerraform(t, value)
		}
		return all
	}
	return of
}

const externalID = "an-external-id-of-the-test"

// statements returns those of a policy, in a form that can be compared: each as text, sorted, without its Sid.
func statements(t *testing.T, document any) []string {
	t.Helper()
	if text, ok := document.(string); ok {
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	for _, s := range document.(map[string]any)["Statement"].([]any) {
		of := maps.Clone(s.(map[string]any))
		delete(of, "Sid")
		for _, key := range []string{"Action", "Resource"} {
			if _, isList := of[key].([]any); !isList && of[key] != nil {
				of[key] = []any{of[key]}
			}
		}
		text, err := json.Marshal(of)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	slices.Sort(all)
	return all
}

var organization = map[string]cty.Value{
	"archive": cty.StringVal("portolan-linux-arm64.zip"), "organization_id": cty.StringVal("o-a1b2c3d4e5"),
	"organizational_units": cty.ListVal([]cty.Value{cty.StringVal("r-ab12")}), "external_id": cty.StringVal(externalID),
}

var single = map[string]cty.Value{"archive": cty.StringVal("portolan-linux-arm64.zip")}

// TestTerraformGrantsWhatTheStackGrants compares every policy of the module, of an Organization and of one
// account, with those of the stack.
func TestTerraformGrantsWhatTheStackGrants(t *testing.T) {
	t.Parallel()
	for name, variables := range map[string]map[string]cty.Value{"organization": organization, "single": single} {
		var stack template
		read(t, "../infra/estate/testdata/"+name+".json", &stack)
		i := parsed(t).with(t, variables)
		compared := 0
		compare := func(id string, document any, address string, steps ...string) {
			t.Helper()
			compared++
			want, got := statements(t, inTerraform(t, document)), statements(t, i.attribute(t, address, steps...).AsString())
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s is not as %s of the stack (-want +got):\n%s", name, address, id, diff)
			}
		}
		for id, r := range stack.Resources {
			switch r.Type {
			case "AWS::IAM::Policy":
				compare(id, r.Properties["PolicyDocument"], "aws_iam_role_policy.function", "policy")
			case "AWS::IAM::Role":
				to := map[string]string{"E": "function", "S": "schedule", "R": "read"}[id[:1]]
				compare(id, r.Properties["AssumeRolePolicyDocument"], "aws_iam_role."+to, "assume_role_policy")
				if inline, ok := r.Properties["Policies"].([]any); ok {
					compare(id, inline[0].(map[string]any)["PolicyDocument"], "aws_iam_role_policy."+to, "policy")
				}
			case "AWS::S3::BucketPolicy":
				compare(id, r.Properties["PolicyDocument"], "aws_s3_bucket_policy.state", "policy")
			case "AWS::SQS::QueuePolicy":
				compare(id, r.Properties["PolicyDocument"], map[bool]string{true: "aws_sqs_queue_policy.failed_runs", false: "aws_sqs_queue_policy.failed_starts"}[strings.HasPrefix(id, "FailedRuns")], "policy")
			}
		}
		if want := map[string]int{"organization": 8, "single": 7}[name]; compared != want {
			t.Errorf("%s: %d policies are compared, not %d", name, compared, want)
		}
	}
}

// TestTerraformReadsWhatTheStackReads holds the generated files to what the read role of the stack may do.
func TestTerraformReadsWhatTheStackReads(t *testing.T) {
	t.Parallel()
	var files map[string][]any
	read(t, terraform+"/policies.json", &files)
	for name, context := range map[string]map[string]any{
		"account":    {"singleAccount": true},
		"management": {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12"},
	} {
		c, err := config.Load(context, fstest.MapFS{})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, document := range c.Policies(true) {
			want = append(want, strings.ReplaceAll(document.JSON(), "${AWS::Partition}", "aws"))
		}
		if len(files[name]) != len(want) {
			t.Fatalf("%s: %d policies, not %d", name, len(files[name]), len(want))
		}
		for n, document := range files[name] {
			if diff := cmp.Diff(statements(t, want[n]), statements(t, document)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	var role, members any
	read(t, terraform+"/read-role.json", &role)
	read(t, "../infra/estate/testdata/organization.members.json", &members)
	if diff := cmp.Diff(members, role); diff != "" {
		t.Errorf("the role in the other accounts is not as that of the stack (-want +got):\n%s", diff)
	}
}

// TestTerraformMakesTheStacksFunction compares the rest: the function, and when it is started.
func TestTerraformMakesTheStacksFunction(t *testing.T) {
	t.Parallel()
	var stack template
	read(t, "../infra/estate/testdata/organization.json", &stack)
	i := parsed(t).with(t, organization)
	for id, r := range stack.Resources {
		if r.Type == "AWS::CloudWatch::Alarm" || r.Type == "AWS::CloudWatch::Dashboard" {
			continue // the module has none
		}
		p := inTerraform(t, r.Properties)
		want := map[string]any{}
		got := map[string]cty.Value{}
		add := func(path string, value cty.Value) {
			at := p
			for key := range strings.SplitSeq(path, ".") {
				of, _ := at.(map[string]any)
				at = of[key]
			}
			want[path], got[path] = at, value
		}
		of := func(address string, steps ...string) cty.Value { return i.attribute(t, address, steps...) }
		switch r.Type {
		case "AWS::Lambda::Function":
			const f = "aws_lambda_function.portolan"
			add("Architectures", of(f, "architectures"))
			add("DeadLetterConfig.TargetArn", of(f, "dead_letter_config", "target_arn"))
			add("Environment.Variables", of(f, "environment", "variables"))
			add("FunctionName", of(f, "function_name"))
			add("Handler", of(f, "handler"))
			add("LoggingConfig.ApplicationLogLevel", of(f, "logging_config", "application_log_level"))
			add("LoggingConfig.LogFormat", of(f, "logging_config", "log_format"))
			add("LoggingConfig.LogGroup", of(f, "logging_config", "log_group"))
			add("MemorySize", of(f, "memory_size"))
			add("Role", of(f, "role"))
			add("Runtime", of(f, "runtime"))
			add("Timeout", of(f, "timeout"))
		case "AWS::Lambda::EventInvokeConfig":
			const f = "aws_lambda_function_event_invoke_config.portolan"
			add("MaximumEventAgeInSeconds", of(f, "maximum_event_age_in_seconds"))
			add("MaximumRetryAttempts", of(f, "maximum_retry_attempts"))
		case "AWS::Logs::LogGroup":
			add("LogGroupName", of("aws_cloudwatch_log_group.function", "name"))
			add("RetentionInDays", of("aws_cloudwatch_log_group.function", "retention_in_days"))
		case "AWS::SQS::Queue":
			q := map[bool]string{true: "aws_sqs_queue.failed_runs", false: "aws_sqs_queue.failed_starts"}[strings.HasPrefix(id, "FailedRuns")]
			add("MessageRetentionPeriod", of(q, "message_retention_seconds"))
			add("SqsManagedSseEnabled", of(q, "sqs_managed_sse_enabled"))
		case "AWS::Scheduler::Schedule":
			s := "aws_scheduler_schedule." + map[bool]string{true: "poll", false: "run"}[id == "Poll"]
			add("Name", of(s, "name"))
			add("ScheduleExpression", of(s, "schedule_expression"))
			add("FlexibleTimeWindow.Mode", of(s, "flexible_time_window", "mode"))
			add("Target.Arn", of(s, "target", "arn"))
			add("Target.RoleArn", of(s, "target", "role_arn"))
			add("Target.Input", of(s, "target", "input"))
			add("Target.DeadLetterConfig.Arn", of(s, "target", "dead_letter_config", "arn"))
			add("Target.RetryPolicy.MaximumEventAgeInSeconds", of(s, "target", "retry_policy", "maximum_event_age_in_seconds"))
			add("Target.RetryPolicy.MaximumRetryAttempts", of(s, "target", "retry_policy", "maximum_retry_attempts"))
		case "AWS::CloudFormation::StackSet":
			const s, in = "aws_cloudformation_stack_set.read", "aws_cloudformation_stack_instances.read"
			add("StackSetName", of(s, "name"))
			add("PermissionModel", of(s, "permission_model"))
			add("Capabilities", of(s, "capabilities"))
			add("AutoDeployment.Enabled", of(s, "auto_deployment", "enabled"))
			add("AutoDeployment.RetainStacksOnAccountRemoval", of(s, "auto_deployment", "retain_stacks_on_account_removal"))
			add("ManagedExecution.Active", of(s, "managed_execution", "active"))
			add("OperationPreferences.ConcurrencyMode", of(in, "operation_preferences", "concurrency_mode"))
			add("OperationPreferences.FailureTolerancePercentage", of(in, "operation_preferences", "failure_tolerance_percentage"))
			add("OperationPreferences.MaxConcurrentPercentage", of(in, "operation_preferences", "max_concurrent_percentage"))
			parameters := map[string]any{}
			for _, pair := range p.(map[string]any)["Parameters"].([]any) {
				of := pair.(map[string]any)
				parameters[of["ParameterKey"].(string)] = of["ParameterValue"]
			}
			want["parameters"], got["parameters"] = parameters, of(s, "parameters")
			if size := len(of(s, "template_body").AsString()); size > 51200 {
				t.Errorf("the template of the read role has %d bytes, and a StackSet takes 51200", size)
			}
		}
		for path, value := range got {
			encoded, err := stdlib.JSONEncode(value)
			if err != nil {
				t.Fatal(err)
			}
			var has any
			if err := json.Unmarshal([]byte(encoded.AsString()), &has); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[path], has); want[path] == nil || diff != "" {
				t.Errorf("%s: %s (-the stack's +the module's):\n%s", id, path, diff)
			}
		}
	}
}
