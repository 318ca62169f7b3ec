package cloudcontrol

import (
	"context"
	_ "embed" // the sources
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// sources says where the properties come from without which some types are not listed.
//
//go:embed parents.tsv
var sources string

// source is where a listing has a property of its ResourceModel from: a property of each
// resource of a parent type, a set of values, or the account's id.
type source struct {
	property string
	parent   string // the parent's type, "" if there is none
	from     string // the parent's property
	values   []string
	account  bool
}

// sourcesOf has the lines of the sources by type.
var sourcesOf = sync.OnceValue(func() map[string]string {
	of := make(map[string]string)
	for line := range strings.Lines(sources) {
		if name, rest, found := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); found && !strings.HasPrefix(line, "#") {
			of[name] = rest
		}
	}
	return of
})

// sources returns where the type's listing has its properties from; nil if that is not known.
func (t Type) sources() (found []source) {
	line, known := sourcesOf()[t.Name]
	if !known {
		return nil
	}
	for field := range strings.SplitSeq(line, "\t") {
		property, text, _ := strings.Cut(field, "=")
		s := source{property: property}
		switch {
		case text == "account":
			s.account = true
		case strings.HasPrefix(text, "{"):
			s.values = strings.Split(strings.Trim(text, "{}"), ",")
		default:
			s.parent, s.from, _ = strings.Cut(text, ".")
		}
		found = append(found, s)
	}
	return found
}

// ParentTypes returns the types beneath whose resources the type is listed, the nearest first,
// and theirs after them. It is empty if the type needs no parent.
func (t Type) ParentTypes() (parents []string) {
	for _, s := range t.sources() {
		if s.parent == "" || s.parent == t.Name || slices.Contains(parents, s.parent) {
			continue
		}
		parents = append(parents, s.parent)
		if of, known := Lookup(s.parent); known {
			for _, above := range of.ParentTypes() {
				if !slices.Contains(parents, above) {
					parents = append(parents, above)
				}
			}
		}
	}
	return parents
}

// Sources says in words where the properties come from that the type's listing needs.
func (t Type) Sources() (texts []string) {
	for _, s := range t.sources() {
		switch {
		case s.account:
			texts = append(texts, s.property+": the account's id")
		case s.parent != "":
			texts = append(texts, fmt.Sprintf("%s: %s of each %s", s.property, s.from, s.parent))
		default:
			texts = append(texts, s.property+": "+strings.Join(s.values, ", "))
		}
	}
	return texts
}

// resourceModel is what a listing is asked with; nil for nothing.
type resourceModel map[string]string

// text returns the model as the API takes it; nil for none.
func (m resourceModel) text() *string {
	if m == nil {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // texts have a JSON form
	}
	return new(string(text))
}

// models opens the listings of a type: one, or one for each of the parents and values. Each goes
// on after an error of another. Parents that AWS says do not exist any more have nothing beneath
// them; a type whose resources go only once each is confirmed to be gone may conclude that.
func (r *reader) models(ctx context.Context, t kind.Target, list func(resourceModel) kind.Pages) kind.Pages {
	needs := r.of.sources()
	if needs == nil {
		return list(nil)
	}
	fixed := []resourceModel{{}}
	var above []source
	for _, s := range needs {
		switch {
		case s.account:
			for _, m := range fixed {
				m[s.property] = t.Account
			}
		case s.parent != "":
			above = append(above, s)
		default:
			fixed = with(fixed, s.property, valuesIn(s.values, t.Region))
		}
	}
	if len(above) == 0 {
		return concat(fixed, list)
	}
	beneath := func(group []source) func(*kind.Resource) kind.Pages {
		return func(parent *kind.Resource) kind.Pages {
			models := fixed
			for _, s := range group {
				models = with(models, s.property, []string{parent.Str(s.from)})
			}
			return concat(models, list)
		}
	}
	var all []kind.Pages
	var itself []source
	for _, group := range byParent(above) {
		if group[0].parent == r.of.Name {
			itself = group
			continue
		}
		all = append(all, kind.Beneath(parentsOf(ctx, t, group), beneath(group), goneCode))
	}
	pages := joined(all)
	if itself == nil {
		return pages
	}
	return r.beneathItself(pages, itself[0].from, beneath(itself))
}

// beneathItself lists beneath what a listing finds, and so on, for a type that is its own parent,
// like an organizational unit.
func (r *reader) beneathItself(pages kind.Pages, from string, beneath func(*kind.Resource) kind.Pages) kind.Pages {
	return func(yield func([]*kind.Resource, error) bool) {
		seen := map[string]bool{}
		for level := pages; level != nil; {
			var found []*kind.Resource
			for page, err := range level {
				for _, one := range page { // whoever takes the page empties the resources
					if !seen[one.ID] {
						seen[one.ID] = true
						found = append(found, &kind.Resource{ID: one.ID, Properties: kind.Object{from: value(one, r.of, from)}})
					}
				}
				if !yield(page, err) {
					return
				}
			}
			if level = nil; len(found) > 0 {
				level = kind.Beneath(func(yield func([]*kind.Resource, error) bool) { yield(found, nil) }, beneath, goneCode)
			}
		}
	}
}

// joined lists one after the other.
func joined(all []kind.Pages) kind.Pages {
	return func(yield func([]*kind.Resource, error) bool) {
		for _, pages := range all {
			for page, err := range pages {
				if !yield(page, err) {
					return
				}
			}
		}
	}
}

// concat lists with each of the models.
func concat(models []resourceModel, list func(resourceModel) kind.Pages) kind.Pages {
	all := make([]kind.Pages, len(models))
	for i, m := range models {
		all[i] = list(m)
	}
	return joined(all)
}

// with returns the models, each with each of the values.
func with(models []resourceModel, property string, values []string) (all []resourceModel) {
	for _, m := range models {
		for _, value := range values {
			model := resourceModel{property: value}
			for name, of := range m {
				model[name] = of
			}
			all = append(all, model)
		}
	}
	return all
}

// valuesIn returns the values that a region has.
func valuesIn(values []string, region string) (in []string) {
	for _, v := range values {
		if value, only, limited := strings.Cut(v, "@"); !limited || only == region {
			in = append(in, value)
		}
	}
	return in
}

// byParent groups sources by their parent, in their order.
func byParent(above []source) (groups [][]source) {
	for _, s := range above {
		at := slices.IndexFunc(groups, func(g []source) bool { return g[0].parent == s.parent })
		if at < 0 {
			groups = append(groups, []source{s})
			continue
		}
		groups[at] = append(groups[at], s)
	}
	return groups
}

// parentsOf lists the parents, each with the properties that the sources want of it. Where the
// listing does not tell them, the parent is read.
func parentsOf(ctx context.Context, t kind.Target, wanted []source) kind.Pages {
	of, known := Lookup(wanted[0].parent)
	if !known {
		return failing(fmt.Errorf("the parent type %s is not known", wanted[0].parent))
	}
	r := &reader{of: of}
	return func(yield func([]*kind.Resource, error) bool) {
		for page, err := range r.pages(ctx, t) {
			if err != nil {
				err = beneathParent(of.Name, err)
			}
			var kept []*kind.Resource
			for _, parent := range page {
				properties, readErr := r.wanted(ctx, t, parent, wanted)
				switch {
				case readErr != nil && !yield(nil, beneathParent(of.Name, readErr)):
					return
				case properties != nil:
					kept = append(kept, &kind.Resource{ID: parent.ID, Properties: properties})
				}
			}
			if !yield(kept, err) {
				return
			}
		}
	}
}

// wanted returns the properties of a parent that the sources want; nil if it does not exist any
// more.
func (r *reader) wanted(ctx context.Context, t kind.Target, parent *kind.Resource, wanted []source) (kind.Object, error) {
	take := func() (kind.Object, bool) {
		properties := kind.Object{}
		for _, s := range wanted {
			v := value(parent, r.of, s.from)
			if v == "" {
				return nil, false
			}
			properties[s.from] = v
		}
		return properties, true
	}
	if properties, complete := take(); complete {
		return properties, nil
	}
	answer, err := r.get(ctx, t, parent.ID, "")
	if err != nil {
		if isGone(err) {
			return nil, nil
		}
		return nil, err
	}
	parent.Properties = answer
	if properties, complete := take(); complete {
		return properties, nil
	}
	return nil, &awserr.Error{
		Op: readAction, Class: awserr.Failed, Err: fmt.Errorf("%s %s has no property %s to list beneath", r.of.Name, parent.ID, wanted[0].from),
	}
}

// value returns a property of a resource that is a text, "" if it is not known. The identifier of
// a type with one identifying property is that property.
func value(r *kind.Resource, of Type, name string) string {
	if v := r.Str(name); v != "" {
		return v
	}
	if len(of.Identifier) == 1 && of.Identifier[0] == name {
		return r.ID
	}
	return ""
}

func failing(err error) kind.Pages {
	return func(yield func([]*kind.Resource, error) bool) { yield(nil, err) }
}

// beneathParent says of an error that it is about the parents of what was to be listed.
func beneathParent(parent string, err error) error {
	return fmt.Errorf("the parents, %s: %w", parent, err)
}
