package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/diag"
	"portolan/internal/mapping"
)

const bucket = "AWS::S3::Bucket"

// known knows one kind, with one default and four optional actions.
func known(kind string) (mapping.Actions, bool) {
	return mapping.Actions{
		Default:  []string{"ListBucketsAction"},
		Optional: []string{"OneAction", "TwoAction", "ThreeAction", "FourAction"},
	}, kind == bucket
}

func compile(t testing.TB, text string) *mapping.Config {
	t.Helper()
	config, err := mapping.Compile([]byte(text), known)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// resource is a mapping with one bucket resource, made from its parts in JSON.
func resource(selector, mappings string) string {
	return `{"resources":[{"kind":"AWS::S3::Bucket","selector":` + selector + `,"port":{"entity":{"mappings":` + mappings + `}}}]}`
}

// losses names what is lost for the sake of a diagnostic.
var losses = map[diag.Code]string{
	diag.MappingRemark: "remark", diag.MappingField: "field", diag.MappingResource: "resource", diag.MappingKind: "resource",
}

// diagnostics returns what each diagnostic of the mapping costs, and its text.
func diagnostics(config *mapping.Config) []string {
	var list []string
	for _, d := range config.Diagnostics {
		list = append(list, losses[d.Code]+": "+d.String())
	}
	return list
}

func TestRoot(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want mapping.Config
	}{
		"defaults": {
			`{"resources":[]}`,
			mapping.Config{DeleteDependentEntities: true, CreateMissingRelatedEntities: true, EnableMergeEntity: true, EntityDeletionThreshold: 0.9},
		},
		"camel case": {
			`{"deleteDependentEntities":false,"createMissingRelatedEntities":false,"enableMergeEntity":false,"entityDeletionThreshold":0.5}`,
			mapping.Config{EntityDeletionThreshold: 0.5},
		},
		"snake case": {
			`{"delete_dependent_entities":false,"create_missing_related_entities":false,"enable_merge_entity":false,"entity_deletion_threshold":1}`,
			mapping.Config{EntityDeletionThreshold: 1},
		},
		"texts": {
			`{"deleteDependentEntities":"False","entityDeletionThreshold":"0"}`,
			mapping.Config{CreateMissingRelatedEntities: true, EnableMergeEntity: true},
		},
		"null is unset": {
			`{"resources":null,"enableMergeEntity":null,"entityDeletionThreshold":null}`,
			mapping.Config{DeleteDependentEntities: true, CreateMissingRelatedEntities: true, EnableMergeEntity: true, EntityDeletionThreshold: 0.9},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, *compile(t, test.text)); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUselessMappings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"not JSON":            {"resources: []", "not JSON"},
		"two values":          {"{} {}", "something follows"},
		"a list":              {"[]", "the mapping is an array"},
		"resources no list":   {`{"resources":{}}`, "resources is an object; it must be a list"},
		"threshold too large": {`{"resources":[],"entityDeletionThreshold":1.1}`, "entityDeletionThreshold must be a number from 0"},
		"threshold negative":  {`{"resources":[],"entityDeletionThreshold":-0.1}`, "entityDeletionThreshold"},
		"threshold no number": {`{"resources":[],"entityDeletionThreshold":"NaN"}`, "entityDeletionThreshold"},
		"threshold boolean":   {`{"resources":[],"entityDeletionThreshold":true}`, "entityDeletionThreshold"},
		"merge no boolean":    {`{"resources":[],"enable_merge_entity":"maybe"}`, "enableMergeEntity must be true or false"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.Compile([]byte(test.text), known)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestEmptyMappings have no resources, and nothing is wrong with them.
func TestEmptyMappings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " \n", "null", "{}", `{"resources":null}`, `{"resources":[]}`} {
		c, err := mapping.Compile([]byte(text), known)
		if err != nil || len(c.Resources)+len(c.Lost)+len(c.Diagnostics) != 0 || c.EntityDeletionThreshold != 0.9 {
			t.Errorf("%q is %+v, %v", text, c, err)
		}
	}
}

// TestNamesInMappings checks names against what exists: an error suggests the nearest one.
func TestNamesInMappings(t *testing.T) {
	t.Parallel()
	const resource = `{"kind":%q,"selector":{"regionPolicy":{"allow":[%q],"deny":[%q]}},"port":{"entity":{"mappings":{"identifier":".a","blueprint":"\"b\""}}}}`
	for name, test := range map[string]struct {
		kind, allow, deny string
		want              []string
		kinds             []string
	}{
		"right":           {"AWS::S3::Bucket", "eu-west-1", "cn-north-1", nil, nil},
		"kind":            {"AWS::S3::Buckte", "eu-west-1", "eu-west-2", []string{`the kind "AWS::S3::Buckte" is not known; perhaps AWS::S3::Bucket is meant`}, []string{"AWS::S3::Buckte"}},
		"a kind afar":     {"Lambda", "eu-west-1", "eu-west-2", []string{`the kind "Lambda" is not known; use the exact name`}, []string{"Lambda"}},
		"allowed":         {"AWS::S3::Bucket", "EU-WEST-1", "eu-west-2", []string{`regionPolicy.allow[0]: "EU-WEST-1" is not a region of AWS; perhaps eu-west-1 is meant`}, nil},
		"denied":          {"AWS::S3::Bucket", "eu-west-1", "eu_west_2", []string{`regionPolicy.deny[0]: "eu_west_2" is not a region of AWS, and has no effect; perhaps eu-west-2 is meant`}, nil},
		"a region afar":   {"AWS::S3::Bucket", "frankfurt", "*", []string{`allow[0]: "frankfurt" is not a region of AWS`, `deny[0]: "*" is not a region of AWS, and has no effect`}, nil},
		"spaces and zone": {"AWS::S3::Bucket", "eu-west-1 ", "eu-west-1a", []string{`perhaps eu-west-1 is meant`, `perhaps eu-west-1 is meant`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := mapping.Compile([]byte(fmt.Sprintf(`{"resources":[`+resource+`]}`, test.kind, test.allow, test.deny)), known)
			if err != nil {
				t.Fatal(err)
			}
			c.SuggestKinds([]string{"AWS::S3::Bucket", "AWS::SQS::Queue"})
			if len(c.Diagnostics) != len(test.want) || !slices.Equal(c.UnknownKinds(), test.kinds) {
				t.Fatalf("diagnostics %v, unknown kinds %v; want %d and %v", c.Diagnostics, c.UnknownKinds(), len(test.want), test.kinds)
			}
			for i, want := range test.want {
				if got := c.Diagnostics[i].String(); !strings.Contains(got, want) {
					t.Errorf("the diagnostic is %q, want %q in it", got, want)
				}
			}
		})
	}
}

func TestDiagnostics(t *testing.T) {
	t.Parallel()
	const fine = `{"identifier":".a","blueprint":"\"b\""}`
	tests := map[string]struct {
		text   string
		want   []string
		usable int
		lost   []mapping.Lost
	}{
		"none": {text: resource(`{"query":"true"}`, fine), usable: 1},
		"unknown kind": {
			text: strings.Replace(resource(`{}`, fine), bucket, "AWS::S3::Bucked", 1),
			want: []string{`resource: resources[0] (AWS::S3::Bucked) kind: the kind "AWS::S3::Bucked" is not known; use the exact name of a kind that is listed in the documentation`},
			lost: []mapping.Lost{{Kind: "AWS::S3::Bucked", Blueprint: "b"}},
		},
		"no kind": {
			text: strings.Replace(resource(`{}`, fine), "kind", "Kind", 1),
			want: []string{
				`remark: resources[0] Kind: this key means nothing and is ignored; perhaps kind is meant`,
				`resource: resources[0] kind: the resource has no kind; name an AWS resource type such as "AWS::S3::Bucket"`,
			},
			lost: []mapping.Lost{{Blueprint: "b"}},
		},
		"not an object": {
			text: `{"resources":["AWS::S3::Bucket"]}`,
			want: []string{`resource: resources[0] the resource is a text; write an object with kind, selector and port`},
			lost: []mapping.Lost{{}},
		},
		"selector does not compile": {
			text: resource(`{"query":".a ="}`, fine),
			want: []string{`resource: resources[0] (AWS::S3::Bucket) selector.query: the expression ends too early; close what was opened, or add what is missing after the last word`},
			lost: []mapping.Lost{{Kind: bucket, Blueprint: "b"}},
		},
		"one bad resource, one good": {
			text: `{"resources":[{"kind":"AWS::S3::Bucket"},{"kind":"AWS::S3::Bucket","port":{"entity":{"mappings":` + fine + `}}}]}`,
			want: []string{`resource: resources[0] (AWS::S3::Bucket) port: it is missing, not an object`}, usable: 1,
			lost: []mapping.Lost{{Kind: bucket}},
		},
		"no identifier": {
			text: resource(`{}`, `{"blueprint":"\"b\""}`),
			want: []string{`resource: resources[0] (AWS::S3::Bucket) identifier: it is missing; every entity needs identifier and blueprint`},
			lost: []mapping.Lost{{Kind: bucket, Blueprint: "b"}},
		},
		"bad blueprint": {
			text: resource(`{}`, `{"identifier":".a","blueprint":"s3Bucket"}`),
			want: []string{`resource: resources[0] (AWS::S3::Bucket) blueprint: unknown function s3Bucket at character 1; a property starts with a dot (.s3Bucket), a text stands in double quotes ("s3Bucket")`},
			lost: []mapping.Lost{{Kind: bucket}},
		},
		"bad fields": {
			text: resource(`{}`, `{"identifier":".a","blueprint":"\"b\"","title":".t )","properties":{"url":{"nested":".x"},"good":".g","none":null},"relations":{"r":".r["}}`),
			want: []string{
				`field: resources[0] (AWS::S3::Bucket) title: unexpected ")" at character 4`,
				`field: resources[0] (AWS::S3::Bucket) properties.none: it is null, not an expression`,
				`field: resources[0] (AWS::S3::Bucket) properties.url: it is an object, not an expression`,
				`field: resources[0] (AWS::S3::Bucket) relations.r: the expression ends too early; close what was opened, or add what is missing after the last word`,
			}, usable: 1,
		},
		"one of several mappings is bad": {
			text: resource(`{}`, `[{"identifier":".a )","blueprint":"\"one\""},{"identifier":".a","blueprint":"\"two\""},7]`),
			want: []string{
				`resource: resources[0] (AWS::S3::Bucket) mappings[0].identifier: unexpected ")" at character 4`,
				`resource: resources[0] (AWS::S3::Bucket) port.entity.mappings[2]: it is a number, not an object`,
			}, usable: 1, lost: []mapping.Lost{{Kind: bucket, Blueprint: "one"}, {Kind: bucket}},
		},
		"no mappings": {
			text: resource(`{}`, `[]`),
			want: []string{`resource: resources[0] (AWS::S3::Bucket) port.entity.mappings: it is an empty list`},
			lost: []mapping.Lost{{Kind: bucket}},
		},
		"unknown keys": {
			text: resource(`{"query":"true","include_actions":[]}`, `{"identifier":".a","blueprint":"\"b\"","x-note":1}`),
			want: []string{
				`remark: resources[0] (AWS::S3::Bucket) selector.include_actions: this key means nothing and is ignored; perhaps includeActions is meant`,
				`remark: resources[0] (AWS::S3::Bucket) port.entity.mappings.x-note: this key means nothing and is ignored`,
			}, usable: 1,
		},
		"unknown root key": {
			text: `{"resources":[],"mappings":[]}`,
			want: []string{`remark: mappings: this key means nothing and is ignored`},
		},
		"four actions": {
			text: resource(`{"includeActions":["OneAction","TwoAction","ThreeAction","FourAction"]}`, fine),
			want: []string{`resource: resources[0] (AWS::S3::Bucket) selector.includeActions: it has 4 names; at most 3 are possible`},
			lost: []mapping.Lost{{Kind: bucket, Blueprint: "b"}},
		},
		"unknown action": {
			text:   resource(`{"includeActions":["OneAction","GetAction"]}`, fine),
			want:   []string{`field: resources[0] (AWS::S3::Bucket) selector.includeActions[1]: GetAction is not an action of this kind and is ignored; possible are OneAction, TwoAction, ThreeAction, FourAction`},
			usable: 1,
		},
		"region policy of the wrong type": {
			text: resource(`{"regionPolicy":{"allow":"eu-west-1"}}`, fine),
			want: []string{`resource: resources[0] (AWS::S3::Bucket) selector.regionPolicy.allow: it is not a list of texts`},
			lost: []mapping.Lost{{Kind: bucket, Blueprint: "b"}},
		},
		"no accounts at a time": {
			text:   resource(`{"maxConcurrentAccounts":0}`, fine),
			want:   []string{`remark: resources[0] (AWS::S3::Bucket) selector.maxConcurrentAccounts: it is not a number from 1 on; 5 is used`},
			usable: 1,
		},
		"items do not compile": {
			text: strings.Replace(resource(`{}`, fine), `"entity"`, `"itemsToParse":".a[","entity"`, 1),
			want: []string{`resource: resources[0] (AWS::S3::Bucket) port.itemsToParse: the expression ends too early; close what was opened, or add what is missing after the last word`},
			lost: []mapping.Lost{{Kind: bucket, Blueprint: "b"}},
		},
		"search without rules": {
			text:   resource(`{}`, `{"identifier":".a","blueprint":"\"b\"","relations":{"r":{"combinator":"\"and\""}}}`),
			want:   []string{`field: resources[0] (AWS::S3::Bucket) relations.r.rules: it is not a list of rules; a search object has a combinator and at least one rule`},
			usable: 1,
		},
		"search with a plain word": {
			text:   resource(`{}`, `{"identifier":".a","blueprint":"\"b\"","team":{"combinator":"\"and\"","rules":[{"property":"\"p\"","operator":"=","value":".v"}]}}`),
			want:   []string{`field: resources[0] (AWS::S3::Bucket) team.rules[0].operator: unexpected "=" at character 1`},
			usable: 1,
		},
		"types that do not fit": {
			text: strings.Replace(resource(`{"query":"true","regionPolicy":{"deny":[1]}}`, `{"identifier":".a","blueprint":"\"b\"","properties":[],"title":[]}`),
				`"entity"`, `"itemsToParse":".a","itemsToParseName":1,"itemsToParseTopLevelTransform":"no","entity"`, 1),
			want: []string{
				`resource: resources[0] (AWS::S3::Bucket) selector.regionPolicy.deny: it is not a list of texts`,
				`field: resources[0] (AWS::S3::Bucket) title: it is an array, not an expression`,
				`field: resources[0] (AWS::S3::Bucket) properties: it is an array, not an object`,
				`remark: resources[0] (AWS::S3::Bucket) port.itemsToParseName: it is not a name; item is used`,
				`remark: resources[0] (AWS::S3::Bucket) port.itemsToParseTopLevelTransform: it is not true or false; true is used`,
			}, lost: []mapping.Lost{{Kind: bucket, Blueprint: "b"}},
		},
		"expressions that are objects": {
			text: strings.Replace(resource(`{"query":{}}`, `{"identifier":".a","blueprint":"\"b\""}`), `"entity"`, `"itemsToParse":{},"entity"`, 1),
			want: []string{
				`resource: resources[0] (AWS::S3::Bucket) selector.query: it is an object, not an expression`,
				`resource: resources[0] (AWS::S3::Bucket) port.itemsToParse: it is an object, not an expression`,
			}, lost: []mapping.Lost{{Kind: bucket, Blueprint: "b"}},
		},
		"selector, actions and port": {
			text: `{"resources":[{"kind":"AWS::S3::Bucket","selector":1,"port":{}},{"kind":"AWS::S3::Bucket","selector":{"includeActions":"OneAction"},"port":{"entity":{}}},{"kind":"AWS::S3::Bucket","selector":{"regionPolicy":1},"port":{"entity":[]}}]}`,
			want: []string{
				`resource: resources[0] (AWS::S3::Bucket) selector: it is a number, not an object`,
				`resource: resources[0] (AWS::S3::Bucket) port.entity: it is missing, not an object`,
				`resource: resources[1] (AWS::S3::Bucket) selector.includeActions: it is not a list of texts`,
				`resource: resources[1] (AWS::S3::Bucket) port.entity.mappings: it is missing; it must be an object, or a list of objects`,
				`resource: resources[2] (AWS::S3::Bucket) selector.regionPolicy: it is a number, not an object`,
				`resource: resources[2] (AWS::S3::Bucket) port.entity: it is an array, not an object`,
			}, lost: []mapping.Lost{{Kind: bucket}, {Resource: 1, Kind: bucket}, {Resource: 2, Kind: bucket}},
		},
		"search with parts missing": {
			text: resource(`{}`, `{"identifier":".a","blueprint":"\"b\"","relations":{
				"a":{"rules":[{"property":"1","operator":"1","value":"1"}]},
				"b":{"combinator":"1","rules":[1]},
				"c":{"combinator":"1","rules":[{"combinator":"1","rules":[]}]}}}`),
			want: []string{
				`field: resources[0] (AWS::S3::Bucket) relations.a.combinator: it is missing, not an expression; each part of a search is a JQ expression, so that a plain text needs quotes of its own: '"and"'`,
				`field: resources[0] (AWS::S3::Bucket) relations.b.rules[0]: it is a number, not a rule`,
				`field: resources[0] (AWS::S3::Bucket) relations.c.rules[0].rules: it is not a list of rules; a search object has a combinator and at least one rule`,
			}, usable: 1,
		},
		"search where none can be": {
			text:   resource(`{}`, `{"identifier":".a","blueprint":"\"b\"","title":{"combinator":"\"and\""}}`),
			want:   []string{`field: resources[0] (AWS::S3::Bucket) title: it is an object, not an expression`},
			usable: 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := compile(t, test.text)
			if diff := cmp.Diff(test.want, diagnostics(config)); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if len(config.Resources) != test.usable {
				t.Errorf("%d resources are usable, want %d", len(config.Resources), test.usable)
			}
			if diff := cmp.Diff(test.lost, config.Lost); diff != "" {
				t.Errorf("lost (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelector(t *testing.T) {
	t.Parallel()
	config := compile(t, resource(`{
		"query": true, "exportEnvVariables": ["A"], "maxConcurrentAccounts": "7",
		"includeActions": ["TwoAction", "ListBucketsAction", "TwoAction"],
		"regionPolicy": {"allow": ["eu-west-1"], "deny": null}
	}`, `{"identifier":5,"blueprint":"\"b\""}`))
	want := mapping.Selector{
		Query: "true", RegionPolicy: mapping.RegionPolicy{Allow: []string{"eu-west-1"}},
		IncludeActions: []string{"TwoAction"}, MaxConcurrentAccounts: 7,
	}
	if diff := cmp.Diff(want, config.Resources[0].Selector); diff != "" {
		t.Errorf("selector (-want +got):\n%s", diff)
	}
	if got := diagnostics(config); got != nil {
		t.Errorf("diagnostics = %v", got)
	}
	if got := config.Resources[0].Blueprint; got != `"b"` {
		t.Errorf("blueprint = %s", got)
	}
}

func TestAllowsRegion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		allow, deny []string
		want        bool
	}{
		"nothing named":            {nil, nil, true},
		"denied":                   {nil, []string{"here"}, false},
		"denied and allowed":       {[]string{"here"}, []string{"here"}, false},
		"allowed":                  {[]string{"here"}, nil, true},
		"allowed, another denied":  {[]string{"here"}, []string{"there"}, true},
		"only another is denied":   {nil, []string{"there"}, true},
		"only another is allowed":  {[]string{"there"}, nil, false},
		"others allowed or denied": {[]string{"there"}, []string{"elsewhere"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := mapping.Resource{Selector: mapping.Selector{RegionPolicy: mapping.RegionPolicy{Allow: test.allow, Deny: test.deny}}}
			if got := r.AllowsRegion("here"); got != test.want {
				t.Errorf("AllowsRegion = %v, want %v", got, test.want)
			}
		})
	}
}

func TestBlueprints(t *testing.T) {
	t.Parallel()
	config := compile(t, resource(`{}`, `[
		{"identifier":".a","blueprint":"'one'"},{"identifier":".a","blueprint":"\"one\""},{"identifier":".a","blueprint":".kind"}]`))
	got, all := config.Resources[0].Blueprints()
	if diff := cmp.Diff([]string{"one"}, got); diff != "" || !all {
		t.Errorf("all = %v; blueprints (-want +got):\n%s", all, diff)
	}
}

func TestParseYAML(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"with root keys": {"deleteDependentEntities: false\nresources:\n- kind: a\n", `{"deleteDependentEntities":false,"resources":[{"kind":"a"}]}`},
		"only the list":  {"- kind: a\n  selector: {query: true}\n", `{"resources":[{"kind":"a","selector":{"query":true}}]}`},
		"JSON":           {`{"resources": [{"kind": "a"}]}`, `{"resources":[{"kind":"a"}]}`},
		"quotes and folded text": {
			"resources:\n- a: '\"s3Bucket\"'\n  b: >-\n    .x\n    | .y\n", `{"resources":[{"a":"\"s3Bucket\"","b":".x | .y"}]}`,
		},
		"markup is kept": {"a: '<&>'\n", `{"a":"<&>"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := mapping.ParseYAML([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var value, want any
			if json.Unmarshal(got, &value) != nil || json.Unmarshal([]byte(test.want), &want) != nil || !cmp.Equal(value, want) {
				t.Errorf("ParseYAML = %s, want %s", got, test.want)
			}
		})
	}
	for name, text := range map[string]string{"nothing": " \n", "null": "null", "a comment": "# nothing\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := mapping.ParseYAML([]byte(text)); !errors.Is(err, mapping.ErrEmpty) {
				t.Errorf("ParseYAML = %s, %v, want ErrEmpty", got, err)
			}
		})
	}
	for name, text := range map[string]string{"not YAML": "a: [", "a key twice": "a: 1\na: 2\n", "infinity": "a: .inf\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := mapping.ParseYAML([]byte(text)); err == nil || !strings.Contains(err.Error(), "the mapping file") {
				t.Errorf("ParseYAML = %s, %v, want an error", got, err)
			}
		})
	}
}
