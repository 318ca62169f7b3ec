package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
)

// cookbookPage is the page of recipes: under each heading a mapping in YAML and its result.
const cookbookPage = "docs/cookbook.md"

// cookbook fills in the results of the recipes.
func cookbook(text string) (string, error) {
	recipes := strings.Split(text, "\n## ")
	for i, recipe := range recipes[1:] {
		title, _, _ := strings.Cut(recipe, "\n")
		_, rest, ok := strings.Cut(recipe, "```yaml\n")
		source, _, closed := strings.Cut(rest, "```")
		if !ok || !closed {
			return "", fmt.Errorf("recipe %q has no mapping in YAML", title)
		}
		result, err := serve(source)
		if err == nil {
			recipes[i+1], err = replace(recipe, "result", result)
		}
		if err != nil {
			return "", fmt.Errorf("recipe %q: %w", title, err)
		}
	}
	return strings.Join(recipes, "\n## "), nil
}

// serve maps the documents of the tests with a recipe, which has to work for all of them,
// and shows the entities of the first two documents that have any.
func serve(source string) (string, error) {
	config, err := compile(source)
	if err != nil {
		return "", err
	}
	documents, err := documentsOf(config.Resources[0].Kind)
	if err != nil {
		return "", err
	}
	var shown []string
	used := 0
	for _, document := range documents {
		entities, err := mapAll(config, document)
		if err != nil {
			return "", err
		}
		if len(entities) == 0 {
			continue
		}
		if used++; used <= 2 {
			shown = append(shown, entities...)
		}
	}
	if used == 0 {
		return "", fmt.Errorf("it makes no entity of %d documents", len(documents))
	}
	return fmt.Sprintf("Result for %d of %d test documents of the kind (at most two are shown):\n\n```json\n%s\n```\n",
		used, len(documents), strings.Join(shown, "\n")), nil
}

// compile reads a recipe: one resource, or a mapping with its list of resources.
func compile(source string) (*mapping.Config, error) {
	raw, err := mapping.ParseYAML([]byte(source))
	if err != nil {
		return nil, err
	}
	var root struct{ Kind string }
	if err := json.Unmarshal(raw, &root); err != nil {
		return nil, err
	}
	if root.Kind != "" {
		raw = fmt.Appendf(nil, `{"resources":[%s]}`, raw)
	}
	config, err := compiled(raw)
	if err == nil && (len(config.Diagnostics) > 0 || len(config.Resources) == 0) {
		err = fmt.Errorf("the mapping has the errors %v", config.Diagnostics)
	}
	return config, err
}

// documentsOf returns all documents of a kind that its tests have.
func documentsOf(name string) ([]kind.Object, error) {
	text, err := os.ReadFile("internal/aws/kinds/testdata/" + strings.ReplaceAll(name, "::", "_") + ".golden.json")
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var documents []kind.Object
	return documents, decoder.Decode(&documents)
}

// mapAll returns the entities of a document by all resources of a recipe, as JSON.
func mapAll(config *mapping.Config, document kind.Object) ([]string, error) {
	var entities []string
	for _, resource := range config.Resources {
		result := resource.Map(context.Background(), document)
		if len(result.Errors)+len(result.Dropped)+result.SkippedItems > 0 {
			return nil, fmt.Errorf("errors %v, dropped %v, without a list %d", result.Errors, result.Dropped, result.SkippedItems)
		}
		for i := range result.Entities {
			var entity bytes.Buffer
			if err := json.Indent(&entity, result.Entities[i].AppendJSON(nil), "", "  "); err != nil {
				return nil, err
			}
			entities = append(entities, entity.String())
		}
	}
	return entities, nil
}
