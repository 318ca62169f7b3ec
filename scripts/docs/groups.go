package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/port/defaults"
)

// groups lists the groups of kinds. What only Cloud Control reads is marked.
func groups() (string, error) {
	var b strings.Builder
	b.WriteString("| group | what is in it | kinds |\n|---|---|---|\n")
	for _, group := range defaults.Groups() {
		listed := fmt.Sprintf("%d kinds", len(group.Kinds))
		if len(group.Kinds) < 30 {
			listed = code(short(group.Kinds))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", group.Name, group.About, listed)
	}
	return b.String(), nil
}

// short leaves out what all kinds of AWS begin with.
func short(kinds []string) []string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = strings.TrimPrefix(kind, "AWS::")
	}
	return names
}

// beyond lists the kinds that are read by Cloud Control and have a default blueprint: what it
// shows, and where it leads.
func beyond() (string, error) {
	kinds, _ := defaults.Kinds("all")
	kinds = slices.DeleteFunc(kinds, func(kind string) bool {
		_, source := cloudcontrol.Resolve(kind)
		return source == cloudcontrol.Native
	})
	var b strings.Builder
	b.WriteString("| kind | blueprint | identifier | properties | relations beside `account` |\n|---|---|---|---|---|\n")
	all := defaults.All()
	byIdentifier := make(map[string]shown)
	for _, raw := range all.Blueprints {
		var s shown
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", err
		}
		byIdentifier[s.Identifier] = s
	}
	var config struct {
		Resources []struct {
			Kind string
			Port struct {
				Entity struct {
					Mappings struct{ Identifier, Blueprint string }
				}
			}
		}
	}
	if err := json.Unmarshal(all.Config, &config); err != nil {
		return "", err
	}
	for _, resource := range config.Resources {
		if !slices.Contains(kinds, resource.Kind) {
			continue
		}
		m := resource.Port.Entity.Mappings
		s := byIdentifier[strings.Trim(m.Blueprint, `"`)]
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", resource.Kind, s.Identifier, identifierOf(m.Identifier),
			code(slices.Sorted(maps.Keys(s.Schema.Properties))), s.leads())
	}
	return b.String(), nil
}

// anyOther is the entry of a mapping for a kind that has no blueprint of its own.
func anyOther() (string, error) {
	var config struct{ Resources []json.RawMessage }
	if err := json.Unmarshal(defaults.Of("AWS::Service::Resource").Config, &config); err != nil {
		return "", err
	}
	inYAML, err := yaml.JSONToYAML(config.Resources[len(config.Resources)-1])
	return fmt.Sprintf("```yaml\n%s```\n", inYAML), err
}

// shown is what the documentation says of a blueprint.
type shown struct {
	Identifier string
	Schema     struct{ Properties map[string]json.RawMessage }
	Relations  map[string]struct{ Target string }
}

func (s shown) leads() string {
	var leads []string
	for _, name := range slices.Sorted(maps.Keys(s.Relations)) {
		if name != "account" {
			leads = append(leads, fmt.Sprintf("`%s` → `%s`", name, s.Relations[name].Target))
		}
	}
	if len(leads) == 0 {
		return "none"
	}
	return strings.Join(leads, ", ")
}

// identifierOf says what an entity is called after.
func identifierOf(expression string) string {
	switch {
	case strings.HasPrefix(expression, "[.__ExtraContext.AccountId, .__ExtraContext.Region"):
		return "account/region/id"
	case strings.HasPrefix(expression, "[.__ExtraContext.AccountId"):
		return "account/id"
	default:
		return "ARN"
	}
}
