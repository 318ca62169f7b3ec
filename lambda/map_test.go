package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mapped runs `portolan map` and returns what it prints.
func mapped(t *testing.T, args ...string) (code int, out, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = command(t.Context(), append([]string{"map"}, args...), wide, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// written writes a file of a test.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMapSamples maps the sample of each kind.
func TestMapSamples(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../internal/mapping/testdata/samples/*")
	if err != nil || len(folders) < 20 {
		t.Fatalf("samples %v, error %v", folders, err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			code, out, notes := mapped(t, "--mapping", filepath.Join(folder, "mapping.yml"), filepath.Join(folder, "document.json"))
			var got, want any
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%v, exit code %d: %s%s", err, code, out, notes)
			}
			text, err := os.ReadFile(filepath.Join(folder, "entity.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("entity (-want +got):\n%s", diff)
			}
		})
	}
}

const queueDocument = `{"Type":"AWS::SQS::Queue","Properties":{"QueueArn":"arn:q","QueueName":"q","Size":"big"},"__ExtraContext":{"Region":"eu-west-1"}}`

// TestMapExplains holds what a person reads who tries a mapping.
func TestMapExplains(t *testing.T) {
	t.Parallel()
	const whole = "resources:\n- kind: AWS::SQS::Queue\n  selector: {query: 'true'}\n  port: {entity: {mappings: {identifier: .Properties.QueueArn, " +
		"title: .Properties.QueueName, blueprint: '\"sqsQueue\"', properties: {region: .__ExtraContext.Region}}}}\n"
	const entity = "{\n  \"identifier\": \"arn:q\",\n  \"title\": \"q\",\n  \"blueprint\": \"sqsQueue\",\n  \"properties\": {\n    \"region\": \"eu-west-1\"\n  }\n}\n"
	list := strings.TrimPrefix(whole, "resources:\n")
	one := strings.ReplaceAll(strings.TrimPrefix(list, "- "), "\n  ", "\n")
	replaced := func(old, fresh string) string { return strings.Replace(whole, old, fresh, 1) }
	tests := map[string]struct {
		mapping, documents string
		args               []string
		code               int
		out, notes         string
	}{
		"the whole configuration": {whole, queueDocument, nil, 0, entity, "1 document, 1 entity, 0 errors\n"},
		"the list of resources":   {list, queueDocument, nil, 0, entity, "1 document, 1 entity, 0 errors\n"},
		"one resource":            {one, queueDocument, nil, 0, entity, "1 document, 1 entity, 0 errors\n"},
		"several documents":       {whole, queueDocument + "\n[" + queueDocument + "]", nil, 0, entity + entity, "2 documents, 2 entities, 0 errors\n"},
		"a kind that documents do not say": {
			whole, strings.Replace(queueDocument, `"Type":"AWS::SQS::Queue",`, "", 1), []string{"--kind", "AWS::SQS::Queue"}, 0, entity,
			"1 document, 1 entity, 0 errors\n",
		},
		"nulls": {
			replaced("region: .__ExtraContext.Region", "region: .Properties.Absent, size: .Properties.Size | tonumber"), queueDocument, nil, 0,
			strings.Replace(entity, `"region": "eu-west-1"`, "\"region\": null,\n    \"size\": null", 1),
			"document 1 by resources[0] (AWS::SQS::Queue): properties.region is null: the expression returned null\n" +
				"document 1 by resources[0] (AWS::SQS::Queue): properties.size is null: tonumber cannot be applied to the value\n" +
				"1 document, 1 entity, 0 errors\n",
		},
		"filtered": {
			replaced("'true'", "'.Properties.QueueName != \"q\"'"), queueDocument, nil, 1, "",
			"document 1 by resources[0] (AWS::SQS::Queue): left out, as selector.query returns false: .Properties.QueueName != \"q\"\n" +
				"1 document, 0 entities, 0 errors\n",
		},
		"no identifier": {
			replaced(".Properties.QueueArn", ".Properties.Arn"), queueDocument, nil, 1, "",
			"document 1 by resources[0] (AWS::SQS::Queue): no entity, as it has no identifier: the expression returned null\n" +
				"1 document, 0 entities, 1 error\n",
		},
		"a selector that fails": {
			replaced("'true'", "'.Properties.QueueName + 1'"), queueDocument, nil, 1, "",
			"document 1 by resources[0] (AWS::SQS::Queue): no entity, as selector.query fails: cannot add: string and number: .Properties.QueueName + 1\n" +
				"1 document, 0 entities, 1 error\n",
		},
		"an expression that does not compile": {
			replaced("region: .__ExtraContext.Region", "region: .__ExtraContext.Region, other: nothing"), queueDocument, nil, 3, entity,
			"resources[0] (AWS::SQS::Queue) properties.other: unknown function nothing at character 1; a property starts with a dot (.nothing), a text stands in double quotes (\"nothing\")\n" +
				"1 document, 1 entity, 1 error\n",
		},
		"an action that is not there": {
			replaced("{query: 'true'}", "{query: 'true', includeActions: [ListQueueTags]}"), queueDocument, nil, 3, entity,
			"resources[0] (AWS::SQS::Queue) selector.includeActions[0]: ListQueueTags is not an action of this kind and is ignored; possible are ListQueueTagsAction\n" +
				"1 document, 1 entity, 1 error\n",
		},
		"a kind that no run reads": {
			strings.Replace(whole, "AWS::SQS::Queue", "AWS::SQS::Queues", 1), strings.Replace(queueDocument, "Queue", "Queues", 1), nil, 0, entity,
			"resources[0]: no run reads it, as it names \"AWS::SQS::Queues\", which is not a kind; did you mean \"AWS::SQS::Queue\"?\n" +
				"1 document, 1 entity, 0 errors\n",
		},
		"a kind that the mapping does not have": {
			whole, strings.Replace(queueDocument, "SQS", "SNS", 1), nil, 1, "",
			"document 1: the mapping has no working resource of kind AWS::SNS::Queue; it has AWS::SQS::Queue\n" +
				"1 document, 0 entities, 1 error\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"--mapping", written(t, "mapping.yml", test.mapping), written(t, "document.json", test.documents)}, test.args...)
			code, out, notes := mapped(t, args...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if diff := cmp.Diff(test.out, out); diff != "" {
				t.Errorf("entities (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notes, notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMapOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	mapping := written(t, "mapping.yml", "resources: []")
	tests := map[string]struct {
		args []string
		want string
	}{
		"no mapping":            {[]string{"document.json"}, "name the mapping: --mapping FILE"},
		"no such mapping":       {[]string{"--mapping", "absent.yml"}, "--mapping absent.yml: no such file or directory"},
		"an empty mapping":      {[]string{"--mapping", written(t, "m", "")}, "the mapping is empty"},
		"a mapping that is not": {[]string{"--mapping", written(t, "m", "resources: {")}, "is not YAML"},
		"no such document":      {[]string{"--mapping", mapping, "absent.json"}, "absent.json: no such file or directory"},
		"no document":           {[]string{"--mapping", mapping, written(t, "d", " ")}, "holds no document"},
		"half a document":       {[]string{"--mapping", mapping, written(t, "d", `{"Type":`)}, "document 1 is not JSON"},
		"a text":                {[]string{"--mapping", mapping, written(t, "d", `{"Type":"AWS::A::B","Properties":{}} "x"`)}, "document 2 is not a JSON object"},
		"mere properties":       {[]string{"--mapping", mapping, written(t, "d", `{"QueueArn":"arn:q"}`)}, "document 1 has no Properties, or no Type"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, notes := mapped(t, test.args...)
			if code != exitUsage || out != "" || !strings.Contains(notes, test.want) {
				t.Errorf("exit code %d, entities %q, notes %q, want %q", code, out, notes, test.want)
			}
		})
	}
}

func TestDocumentsFromStandardInput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-"}, {written(t, "d", queueDocument), "-"}} {
		documents, err := readDocuments(args, strings.NewReader(queueDocument))
		if want := max(len(args), 1); err != nil || len(documents) != want {
			t.Errorf("%d documents of %v, want %d, error %v", len(documents), args, want, err)
		}
	}
}
