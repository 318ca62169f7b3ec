package examples_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"portolan/infra/config"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/port/defaults"
)

const schemaFolder = "../docs/schemas/"

func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFolder + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fromYAML returns what a text in YAML or JSON says, as JSON does.
func fromYAML(t *testing.T, text []byte) any {
	t.Helper()
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(converted)))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestSchemasAccept validates what exists: the examples, the samples of the docs, the default mappings.
func TestSchemasAccept(t *testing.T) {
	t.Parallel()
	accept := func(of *jsonschema.Schema, where string, text []byte) {
		t.Helper()
		if err := of.Validate(fromYAML(t, text)); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	}
	files, err := filepath.Glob("portolan/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	line := regexp.MustCompile(`(?m)^# yaml-language-server: \$schema=(\S+)$`)
	for _, file := range append(files, "mapping/mapping.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		to := line.FindSubmatch(text)
		if to == nil {
			t.Errorf("%s does not name its schema for editors", file)
			continue
		}
		accept(schema(t, filepath.Base(string(to[1]))), file, text)
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), string(to[1]))); err != nil {
			t.Errorf("%s: its schema: %v", file, err)
		}
	}
	mappings := schema(t, "mapping.json")
	accept(mappings, "the mapping of all kinds", defaults.All().Config)
	accept(mappings, "the mapping of Ocean's kinds", defaults.Ocean().Config)
	for page, least := range map[string]int{"cookbook.md": 10, "configuration.md": 1} {
		if n := samples(t, page, "yaml", regexp.MustCompile(`(?m)^(\s*- )?kind: `), func(text []byte) { accept(mappings, page, text) }); n < least {
			t.Errorf("%s has %d mappings, not %d", page, n, least)
		}
	}
	payloads := schema(t, "payload.json")
	if n := samples(t, "configuration.md", "json", regexp.MustCompile(`"action"`), func(text []byte) { accept(payloads, "configuration.md", text) }); n < 1 {
		t.Error("configuration.md has no payload")
	}
}

// samples calls a function with each block of a page's code that has something in it, and counts them.
func samples(t *testing.T, page, language string, with *regexp.Regexp, each func([]byte)) int {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```").FindAllSubmatch(text, -1) {
		if with.Match(block[1]) {
			n++
			each(block[1])
		}
	}
	return n
}

// TestSchemasRefuse lets every schema find what it is for.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	for name, texts := range map[string][]string{
		"portolan.json": {
			`integrationIdentifer: my-aws`, `scale: distribute`, `memorySize: 64`, `singleAccount: maybe`, `organizationId: r-ab12`,
			`logRetention: 31`, `deleteShare: 2`, `historyOlder: forget`, `kinds: {native: true}`, `[]`,
		},
		"payload.json": {
			`{"action":"resink"}`, `{"kind":["AWS::S3::Bucket"]}`, `{"accounts":[111122223333]}`, `{"accounts":["1111"]}`, `{"regions":["Ireland"]}`,
			`{"force":"yes"}`, `{"action":"poll","kinds":["AWS::S3::Bucket"]}`, `{"action":"poll","force":true}`, `{"action":"doctor","force":true}`,
			`{"everyRegion":true}`, `"resync"`,
		},
		"mapping.json": {
			`resources: {}`, `resource: []`, `resources: [{kind: AWS::S3::Bucket}]`,
			`{kind: S3, port: {entity: {mappings: {identifier: .x, blueprint: '"x"'}}}}`,
			`{kind: AWS::S3::Bucket, port: {entity: {mappings: {identifier: .x}}}}`,
			`{kind: AWS::S3::Bucket, port: {entity: {mappings: {identifier: .x, blueprint: '"x"', property: {}}}}}`,
			`{kind: AWS::S3::Bucket, selector: {includeActions: [ListEverything]}, port: {entity: {mappings: {identifier: .x, blueprint: '"x"'}}}}`,
			`{kind: AWS::S3::Bucket, selector: {regionPolicy: {alow: [eu-west-1]}}, port: {entity: {mappings: {identifier: .x, blueprint: '"x"'}}}}`,
			`{kind: AWS::S3::Bucket, port: {itemsToParse: [x], entity: {mappings: {identifier: .x, blueprint: '"x"'}}}}`,
			`{kind: AWS::S3::Bucket, port: {entity: {mappings: []}}}`, `entityDeletionThreshold: 1.5`, `deleteDependentEntities: maybe`,
		},
		"report.json": {`{}`, `{"run":1}`},
	} {
		of := schema(t, name)
		for _, text := range texts {
			if of.Validate(fromYAML(t, []byte(text))) == nil {
				t.Errorf("%s takes %s", name, text)
			}
		}
	}
}

// values are some of each type, to be tried everywhere.
var values = []any{
	"text", "true", "false", true, false, 0, 1, 30, 100, 0.5, 360, 1024, "30", "eu-west-1", "eu-west-1, us-east-1", []any{"eu-west-1"},
	[]any{"111122223333"}, "o-a1b2c3d4e5", "r-ab12", "/port/", "kinds", "keep", "delete", "debug", "single", "distributed", "ReadOnlyAccess",
	"cron(0 6 * * ? *)", "Europe/Berlin", "ops@example.com", "arn:aws:iam::111122223333:role/Read", []any{"arn:aws:iam::111122223333:role/Read"},
	"arn:aws:sns:eu-west-1:111122223333:alarms", "https://api.us.getport.io", []any{"native", "AWS::IAM::Role"}, "native network", map[string]any{"a": 1}, []any{1, 2},
	"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:port-AbCdEf", -1, 100000,
}

// TestConfigurationSchemaRefusesNothingThatIsTaken tries values in every key: what the schema refuses, Load
// refuses too.
func TestConfigurationSchemaRefusesNothingThatIsTaken(t *testing.T) {
	t.Parallel()
	of := schema(t, "portolan.json")
	refused := 0
	for _, row := range config.Table() {
		if row.Name == "config" {
			continue
		}
		for _, value := range values {
			text, err := json.Marshal(map[string]any{row.Name: value})
			if err != nil {
				t.Fatal(err)
			}
			if of.Validate(fromYAML(t, text)) == nil {
				continue
			}
			refused++
			context := map[string]any{"singleAccount": true}
			delete(context, row.Name)
			_, err = config.Load(context, fstest.MapFS{"portolan.yaml": {Data: text}})
			if err == nil || !strings.Contains(err.Error(), row.Name) {
				t.Errorf("the schema refuses %s, and Load does not: %v", text, err)
			}
		}
	}
	if refused < 500 {
		t.Errorf("the schema refuses %d of the values", refused)
	}
}

// TestPayloadSchemaAgrees tries values in every key of a payload: schema and program say the same.
func TestPayloadSchemaAgrees(t *testing.T) {
	t.Parallel()
	of := schema(t, "payload.json")
	var texts []string
	for key := range invocation.Keys() {
		for _, value := range []string{`null`, `true`, `false`, `"x"`, `1`, `[]`, `["111122223333"]`, `["eu-west-1"]`, `["AWS::S3::Bucket"]`, `[1]`, `{}`} {
			texts = append(texts, fmt.Sprintf(`{%q:%s}`, key, value))
			for _, action := range invocation.Actions() {
				if key != "action" {
					texts = append(texts, fmt.Sprintf(`{"action":%q,%q:%s}`, action, key, value))
				}
			}
		}
	}
	for _, text := range append(texts, `{}`, `null`, `[]`, `{"x":1}`) {
		bySchema := of.Validate(fromYAML(t, []byte(text)))
		if _, byProgram := invocation.Parse([]byte(text)); (bySchema == nil) != (byProgram == nil) {
			t.Errorf("%s: the schema says %v, the program %v", text, bySchema, byProgram)
		}
	}
}

// TestMappingSchemaRefusesNothingThatIsTaken tries values in every key of a mapping: of what the schema
// refuses, the program says something.
func TestMappingSchemaRefusesNothingThatIsTaken(t *testing.T) {
	t.Parallel()
	of := schema(t, "mapping.json")
	known := func(name string) (mapping.Actions, bool) {
		k, _ := cloudcontrol.Resolve(name)
		if k == nil {
			return mapping.Actions{}, false
		}
		return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
	}
	refused := 0
	for place, keys := range mapping.Keys {
		for _, key := range append(slices.Clone(keys), "of_nobody") {
			for _, value := range []string{`null`, `true`, `"true"`, `"."`, `1`, `0.5`, `2`, `""`, `[]`, `["eu-west-1"]`, `[1]`, `{}`, `{"a":"."}`, `{"a":{}}`,
				`{"combinator":"\"and\"","rules":[]}`, `{"combinator":"\"and\"","rules":[{"property":"\"x\"","operator":"\"=\"","value":"."}]}`} {
				text := []byte(put(place, key, value))
				if of.Validate(fromYAML(t, text)) == nil {
					continue
				}
				refused++
				if c, err := mapping.Compile(text, known); err == nil && len(c.Diagnostics) == 0 {
					t.Errorf("the schema refuses %s, and the program says nothing", text)
				}
			}
		}
	}
	if refused < 200 {
		t.Errorf("the schema refuses %d of the values", refused)
	}
}

// put returns a mapping with a value in a key of one of its objects.
func put(place, key, value string) string {
	entity := `"identifier":".x","blueprint":"\"x\""`
	resource, whole := `"kind":"AWS::SQS::Queue"`, ""
	port, selector := `"entity":{"mappings":{`+entity+`}}`, ""
	member := fmt.Sprintf(`,%q:%s`, key, value)
	switch place {
	case "mapping":
		whole = member
		if key == "resources" {
			return fmt.Sprintf(`{"resources":%s}`, value)
		}
	case "":
		switch key {
		case "kind":
			return fmt.Sprintf(`{"resources":[{"kind":%s,"port":{%s}}]}`, value, port)
		case "port":
			return fmt.Sprintf(`{"resources":[{%s,"port":%s}]}`, resource, value)
		}
		resource += member
	case "selector":
		selector = member[1:]
	case "selector.regionPolicy":
		selector = `"regionPolicy":{` + member[1:] + `}`
	case "port":
		switch key {
		case "entity":
			port = member[1:]
		case "itemsToParse":
			port += member
		default:
			port += `,"itemsToParse":".Properties.Tags"` + member
		}
	case "port.entity":
		port = fmt.Sprintf(`"entity":{"mappings":{%s}%s}`, entity, member)
		if key == "mappings" {
			port = fmt.Sprintf(`"entity":{"mappings":%s}`, value)
		}
	default:
		switch key {
		case "identifier":
			entity = `"blueprint":"\"x\""`
		case "blueprint":
			entity = `"identifier":".x"`
		}
		port = fmt.Sprintf(`"entity":{"mappings":{%s%s}}`, entity, member)
	}
	if selector != "" {
		resource += `,"selector":{` + selector + `}`
	}
	return fmt.Sprintf(`{"resources":[{%s,"port":{%s}}]%s}`, resource, port, whole)
}
