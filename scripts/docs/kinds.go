package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/policy"
	"portolan/internal/mapping"
	"portolan/internal/port/defaults"
)

// overview lists the kinds, each with a link to its page.
func overview() (string, error) {
	var b strings.Builder
	b.WriteString("| kind | scope | resources a call | optional actions |\n|---|---|---|---|\n")
	for _, k := range kinds.All {
		fmt.Fprintf(&b, "| [`%s`](kinds/%s) | %s | %s | %s |\n", k.Type, pageOf(k), scopeOf(k), calls(k), code(k.OptionalNames()))
	}
	return b.String(), nil
}

// pageOf names a kind's page: aws-sqs-queue.md.
func pageOf(k *kind.Kind) string {
	return strings.ToLower(strings.ReplaceAll(k.Type, "::", "-")) + ".md"
}

func scopeOf(k *kind.Kind) string {
	if k.History {
		return k.Scope.String() + ", history"
	}
	return k.Scope.String()
}

// calls says how many resources each of the calls covers that always run.
func calls(k *kind.Kind) string {
	if len(k.List.Actions) == 0 {
		return "no call"
	}
	sizes := []string{fmt.Sprint(pageSize(k))}
	for range k.List.Actions[1:] {
		sizes = append(sizes, "beneath each")
	}
	for _, f := range k.Default {
		if len(f.Actions) > 0 {
			sizes = append(sizes, fmt.Sprint(max(f.Size, 1)))
		}
	}
	return strings.Join(sizes, ", ")
}

func pageSize(k *kind.Kind) int {
	if k.List.PageSize == 0 {
		return 100
	}
	return k.List.PageSize
}

// kindPage is the page of a kind.
func kindPage(k *kind.Kind) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n[All kinds](../kinds.md). Scope: %s. Context (`.__ExtraContext`): %s.\n\n", k.Type, k.Scope, code(contextOf(k)))
	if k.History {
		b.WriteString("This is a history: it is read as far back as `PORTOLAN_HISTORY_DAYS` says. What is older in Port stays there,\n" +
			"unless `PORTOLAN_HISTORY_OLDER` is `delete`.\n\n")
	}
	writeCalls(&b, k)
	fmt.Fprintf(&b, "\nRegions: %s.\n\n", regionsOf(k))
	writePolicy(&b, k)
	form := "It has these properties, where AWS answers them"
	if k.Document.Open {
		form = "It has these properties, where AWS answers them, and every other that AWS answers"
	}
	fmt.Fprintf(&b, "\n## Document\n\n%s: %s.\n\n", form, code(k.Document.Names()))
	shown, err := example(k)
	return b.String() + shown, err
}

func writeCalls(b *strings.Builder, k *kind.Kind) {
	b.WriteString("## Calls\n\n| action | runs | permission | resources a call |\n|---|---|---|---|\n")
	size := "no call"
	if len(k.List.Actions) > 0 {
		size = fmt.Sprint(pageSize(k))
	}
	fmt.Fprintf(b, "| `%s` | always | %s | %s |\n", k.List.Name, chain(k.List.Actions), size)
	for _, f := range k.Default {
		writeFollowUp(b, f, "always")
	}
	for _, f := range k.Optional {
		writeFollowUp(b, f, "if named")
	}
}

// chain names the permissions of a listing in which each call is made for everything that
// the call before it found.
func chain(actions []string) string {
	if len(actions) < 2 {
		return code(actions)
	}
	return code(actions[:1]) + ", then for each " + code(actions[1:])
}

func writeFollowUp(b *strings.Builder, f kind.FollowUp, runs string) {
	permission, size := code(f.Actions), fmt.Sprint(max(f.Size, 1))
	switch {
	case f.Name == "":
		return
	case len(f.Actions) == 0:
		permission, size = "none beside the listing's", "no call"
	}
	if f.Bulk != nil {
		permission += ", fewer calls with " + code(f.Bulk.Actions)
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Name, runs, permission, size)
}

func regionsOf(k *kind.Kind) string {
	switch k.Scope {
	case kind.Global:
		return "asked once for each account, in the first region that answers"
	case kind.Management:
		return "asked once for the whole run, in the first account that may"
	default:
		return "every enabled region; where AWS does not offer the service the outcome is `not-offered`, which is not a gap"
	}
}

func contextOf(k *kind.Kind) []string {
	switch k.Scope {
	case kind.Management:
		return nil
	case kind.Global:
		return []string{"AccountId"}
	}
	given, _ := sample(k)["__ExtraContext"].(kind.Object)
	return slices.Sorted(maps.Keys(given))
}

func writePolicy(b *strings.Builder, k *kind.Kind) {
	if actions := k.Permissions(); len(actions) > 0 {
		fmt.Fprintf(b, "## Permissions\n\nFor all of its actions, beside what entering an account takes (`portolan policy --kinds %s`):\n\n```json\n%s\n```\n",
			k.Type, policy.Read("aws", actions).JSON())
	}
}

// sample is a document of the kind: the first of those in its test data.
func sample(k *kind.Kind) kind.Object {
	text, err := os.ReadFile("internal/aws/kinds/testdata/" + strings.ReplaceAll(k.Type, "::", "_") + ".golden.json")
	if err != nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var documents []kind.Object
	if decoder.Decode(&documents) != nil || len(documents) == 0 {
		return nil
	}
	properties, _ := documents[0]["Properties"].(kind.Object)
	for _, name := range []string{"memberOfTomorrow", "MemberOfTomorrow"} { // what the tests have the SDK not know
		delete(properties, name)
	}
	return documents[0]
}

// defaultResource is the part of the default mapping that is about the kind.
func defaultResource(k *kind.Kind) (json.RawMessage, error) {
	var config struct{ Resources []json.RawMessage }
	if err := json.Unmarshal(defaults.Native().Config, &config); err != nil {
		return nil, err
	}
	for _, resource := range config.Resources {
		var of struct{ Kind string }
		if err := json.Unmarshal(resource, &of); err != nil {
			return nil, err
		}
		if of.Kind == k.Type {
			return resource, nil
		}
	}
	return nil, fmt.Errorf("%s has no default mapping", k.Type)
}

// example shows a document, the default mapping, and the entity that results from them.
func example(k *kind.Kind) (string, error) {
	document := sample(k)
	if document == nil {
		return "", fmt.Errorf("%s has no golden document", k.Type)
	}
	resource, err := defaultResource(k)
	if err != nil {
		return "", err
	}
	inYAML, err := yaml.JSONToYAML(resource)
	if err != nil {
		return "", err
	}
	entities, err := entitiesOf(resource, document)
	if err != nil {
		return "", fmt.Errorf("%s: %w", k.Type, err)
	}
	return fmt.Sprintf("```json\n%s\n```\n\n## Default mapping\n\n```yaml\n%s```\n\n## Entity\n\nThe result of the two:\n\n```json\n%s\n```\n",
		indented(document), inYAML, entities), nil
}

// compiled compiles a mapping of the native kinds.
func compiled(raw json.RawMessage) (*mapping.Config, error) {
	return mapping.Compile(raw, func(name string) (mapping.Actions, bool) {
		k := kinds.ByType(name)
		if k == nil {
			return mapping.Actions{}, false
		}
		return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
	})
}

func entitiesOf(resource json.RawMessage, document kind.Object) (string, error) {
	config, err := compiled(json.RawMessage(`{"resources":[` + string(resource) + `]}`))
	if err != nil {
		return "", err
	}
	if len(config.Resources) != 1 {
		return "", fmt.Errorf("the default mapping does not compile: %v", config.Diagnostics)
	}
	result := config.Resources[0].Map(context.Background(), document)
	if len(result.Entities) != 1 || len(result.Errors) > 0 {
		return "", fmt.Errorf("the default mapping gives %d entities, errors %v", len(result.Entities), result.Errors)
	}
	var entity bytes.Buffer
	err = json.Indent(&entity, result.Entities[0].AppendJSON(nil), "", "  ")
	return entity.String(), err
}

func indented(value any) string {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}
