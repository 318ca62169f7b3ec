package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"portolan/internal/diag"
	"portolan/internal/nearest"
	"portolan/internal/plain"
)

// What a mapping may have. Port takes no larger request, so no larger mapping can be written there.
const (
	maxMapping   = 1 << 20 // bytes
	maxResources = 2000
	maxParts     = 1 << 17 // parts of all expressions, each of which takes time and memory to compile
)

// Config is a mapping, the PortAppConfig of an integration, ready to be used.
type Config struct {
	// DeleteDependentEntities, CreateMissingRelatedEntities and
	// EnableMergeEntity default to true.
	DeleteDependentEntities      bool
	CreateMissingRelatedEntities bool
	EnableMergeEntity            bool
	// EntityDeletionThreshold is the largest share of entities that a run may
	// delete, from 0 (none) to 1 (all). It defaults to 0.9.
	EntityDeletionThreshold float64
	// Resources are those that can be mapped, in the order of the mapping.
	Resources []*Resource
	// Lost is what the mapping describes and cannot make, because something is wrong.
	Lost []Lost
	// Diagnostics tell what is wrong with the mapping without keeping the rest of it
	// from working. The code says how much is lost: with diag.MappingRemark nothing,
	// with diag.MappingField the field, else the entity mapping or the whole entry.
	Diagnostics []diag.Diagnostic
}

// Lost is an entity mapping that cannot be used. Entities that it made before
// may still be in Port, and their resources may still exist: they must stay.
type Lost struct {
	Resource  int    // index in the mapping's resources
	Kind      string // "" if the resource has none
	Blueprint string // "" if it is not known: it can be any
}

// Actions are the names of a kind's follow-up reads. Default ones always run;
// optional ones run if a selector includes them.
//
// Of a kind that is known and cannot be read, Why and Fix say why and what can be done.
type Actions struct {
	Default, Optional []string
	Why, Fix          string
}

// Known says whether a kind is known, and its actions.
type Known func(kind string) (Actions, bool)

// ErrEmpty says that there is no mapping where one is required. A run does not require one: it has
// nothing to do then, as with a mapping without resources.
var ErrEmpty = diag.New(diag.MappingUnusable, `the mapping is empty: give it at least "resources", in Port's data source or by a new first run`)

// Compile reads a mapping and compiles all of its expressions. It returns an error only if nothing
// of the mapping can be used. What is wrong with a single resource is in the Diagnostics and costs only
// that resource. Nothing, null and {} are a mapping without resources.
func Compile(raw []byte, known Known) (*Config, error) {
	root, err := decode(raw)
	if err != nil {
		return nil, diag.With(diag.MappingUnusable, err)
	}
	c := &Config{
		DeleteDependentEntities: true, CreateMissingRelatedEntities: true,
		EnableMergeEntity: true, EntityDeletionThreshold: 0.9,
	}
	var errs []error
	for _, option := range []struct {
		name, snake string
		value       *bool
	}{
		{"deleteDependentEntities", "delete_dependent_entities", &c.DeleteDependentEntities},
		{"createMissingRelatedEntities", "create_missing_related_entities", &c.CreateMissingRelatedEntities},
		{"enableMergeEntity", "enable_merge_entity", &c.EnableMergeEntity},
	} {
		errs = append(errs, readBool(root, option.name, option.snake, option.value))
	}
	errs = append(errs, readThreshold(root, &c.EntityDeletionThreshold))
	resources, isList := root["resources"].([]any)
	if !isList && root["resources"] != nil {
		errs = append(errs, fmt.Errorf("resources is %s; it must be a list", article(root["resources"])))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, diag.With(diag.MappingUnusable, err)
	}
	if len(resources) > maxResources {
		return nil, diag.New(diag.MappingUnusable, fmt.Sprintf("the mapping has %s, more than %d", plain.Count(len(resources), "resource", "resources"), maxResources))
	}
	p := parser{config: c, known: known, index: -1}
	p.unknown("", "mapping", root)
	for i, resource := range resources {
		p.index, p.kind = i, ""
		p.resource(resource)
	}
	if p.parts > maxParts {
		return nil, diag.New(diag.MappingUnusable, fmt.Sprintf("the expressions of the mapping have more than %d parts together", maxParts))
	}
	return c, nil
}

func decode(raw []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return map[string]any{}, nil
	}
	if len(raw) > maxMapping {
		return nil, fmt.Errorf("the mapping is larger than %d bytes", maxMapping)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("the mapping is not JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("the mapping is not JSON: something follows its end")
	}
	root, ok := value.(map[string]any)
	switch {
	case value == nil:
		return map[string]any{}, nil
	case !ok:
		return nil, fmt.Errorf("the mapping is %s; it must be an object with resources", article(value))
	}
	return root, nil
}

// option returns the value of a root key under either of its names.
func option(root map[string]any, name, snake string) any {
	if v := root[name]; v != nil {
		return v
	}
	return root[snake]
}

func readBool(root map[string]any, name, snake string, out *bool) error {
	switch v := option(root, name, snake).(type) {
	case nil:
		return nil
	case bool:
		*out = v
		return nil
	case string:
		if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
			*out = b
			return nil
		}
	}
	return fmt.Errorf("%s must be true or false", name)
}

func readThreshold(root map[string]any, out *float64) error {
	const name = "entityDeletionThreshold"
	v := option(root, name, "entity_deletion_threshold")
	if v == nil {
		return nil
	}
	text, ok := scalar(v)
	share, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil || !(share >= 0 && share <= 1) {
		return fmt.Errorf("%s must be a number from 0 (delete nothing) to 1 (no limit)", name)
	}
	*out = share
	return nil
}

// UnknownKinds returns the names in the mapping that are not the names of kinds, with "" for a
// resource without a kind.
func (c *Config) UnknownKinds() []string {
	var names []string
	for _, p := range c.Diagnostics {
		if p.Code == diag.MappingKind {
			names = append(names, p.Kind())
		}
	}
	return names
}

// SuggestKinds lets the diagnostic of each unknown kind name the nearest one that is known.
func (c *Config) SuggestKinds(known []string) {
	for i, p := range c.Diagnostics {
		if !strings.HasSuffix(p.Cause, "is not known") {
			continue
		}
		if near, ok := nearest.Name(p.Kind(), known); ok && p.Code == diag.MappingKind {
			c.Diagnostics[i].Fix = "perhaps " + near + " is meant"
		}
	}
}
