package review

import (
	"fmt"
	"slices"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/plain"
	"portolan/internal/resync/scope"
)

// Result is what was found out about a mapping.
type Result struct {
	Entries []*Entry `json:"entries"`
	// Problems are about the mapping as a whole.
	Problems []string `json:"problems,omitempty"`
	// Policy names the kinds for which a read role needs more than the native kinds do.
	Policy []string `json:"permissions,omitempty"`
}

// Entry is an entry of the mapping's resources.
type Entry struct {
	Resource int    `json:"resource"` // its index
	Kind     string `json:"kind"`
	Works    bool   `json:"works"`
	// Source says how the kind is read, Form which documents it has.
	Source cloudcontrol.Source `json:"source,omitempty"`
	Form   cloudcontrol.Source `json:"form,omitempty"`
	// Problems keep the entry, or fields of it, from working; Notes do not.
	Problems []string `json:"problems,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	// Never are paths in its expressions that no document has.
	Never []Path `json:"never,omitempty"`
	// Unchecked are properties of which it is not known here whether documents have them.
	Unchecked []string `json:"unchecked,omitempty"`
	Calls     []string `json:"calls,omitempty"`
	// Beneath says where the properties come from that each listing needs.
	Beneath []string `json:"beneath,omitempty"`
}

// Path is a path into a document, and why no document has it.
type Path struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// Schemas are the schemas of types as AWS has them, by name.
type Schemas = map[string]cloudcontrol.Schema

// Types returns the types of which a mapping has documents in the form of Cloud Control, or which
// are not known here, in the mapping's order: those of which a schema says more.
func Types(config *mapping.Config) []string {
	var names []string
	for _, resource := range config.Resources {
		k, _ := cloudcontrol.Resolve(resource.Kind)
		generic := k == nil || cloudcontrol.FormOf(k, scope.WantOf(resource)) == cloudcontrol.Generic
		if generic && !slices.Contains(names, resource.Kind) {
			names = append(names, resource.Kind)
		}
	}
	return names
}

// Of reviews a mapping. Schemas may be nil.
func Of(config *mapping.Config, schemas Schemas) *Result {
	r := &Result{}
	entries := map[int]*Entry{}
	entry := func(index int, kind string) *Entry {
		if entries[index] == nil {
			entries[index] = &Entry{Resource: index, Kind: kind}
			r.Entries = append(r.Entries, entries[index])
		}
		return entries[index]
	}
	for _, resource := range config.Resources {
		e := entry(resource.Index, resource.Kind)
		e.Works = true
		e.review(resource, schemas)
	}
	for _, lost := range config.Lost {
		entry(lost.Resource, lost.Kind)
	}
	for _, d := range config.Diagnostics {
		switch said := say(d); {
		case d.Entry == nil && d.Severity == diag.Note: // a key that means nothing
		case d.Entry == nil:
			r.Problems = append(r.Problems, said)
		default:
			e := entry(*d.Entry, d.Kind())
			switch {
			case d.Severity == diag.Note:
				e.Notes = append(e.Notes, said)
			case d.Code == diag.MappingKind && e.Kind != "":
				e.Problems = append(e.Problems, "it names "+cloudcontrol.Unreadable(e.Kind).Error())
			default:
				e.Problems = append(e.Problems, said)
			}
		}
	}
	slices.SortFunc(r.Entries, func(a, b *Entry) int { return a.Resource - b.Resource })
	for _, e := range r.Entries {
		needs := e.Source == cloudcontrol.Generic || e.Source == cloudcontrol.Special || e.Form == cloudcontrol.Generic
		if e.Works && needs && !slices.Contains(r.Policy, e.Kind) {
			r.Policy = append(r.Policy, e.Kind)
		}
	}
	return r
}

// say returns a diagnostic as half a sentence about its field.
func say(d diag.Diagnostic) string {
	said := d.Cause
	if d.Field != "" {
		said = d.Field + ": " + said
	}
	if d.Fix != "" {
		said += "; " + d.Fix
	}
	return said
}

// review finds out about an entry that works.
func (e *Entry) review(resource *mapping.Resource, schemas Schemas) {
	var k *kind.Kind
	if k, e.Source = cloudcontrol.Resolve(e.Kind); k == nil {
		e.Notes = append(e.Notes, "the type is not known here; a run asks AWS whether there is one of that name")
		return
	}
	want := scope.WantOf(resource)
	e.Form = cloudcontrol.FormOf(k, want)
	shaped, actions := cloudcontrol.Shape(k, []cloudcontrol.Want{want})
	named := slices.Concat(resource.Selector.IncludeActions, actions[0])
	e.Calls = callsOf(shaped, named)
	if of, known := cloudcontrol.Lookup(e.Kind); known && e.Source == cloudcontrol.Generic {
		e.Beneath = of.Sources()
		if want.Read == nil && of.ListsAll() {
			e.Notes = append(e.Notes, "resources are not read one by one if the listing has all their properties")
		}
	}
	e.paths(resource, k, schemas)
}

// callsOf says which calls the reading of a kind takes.
func callsOf(k *kind.Kind, named []string) []string {
	var calls []string
	if len(k.List.Actions) > 0 {
		where := map[kind.Scope]string{
			kind.Regional: "in each region of each account", kind.Global: "in each account", kind.Management: "in the whole run",
		}[k.Scope]
		calls = append(calls, fmt.Sprintf("%s: 1 for each page, at least 1 %s", k.List.Actions[0], where))
		for _, action := range k.List.Actions[1:] {
			calls = append(calls, action+": at least 1 for each resource of the listing before it")
		}
	}
	for _, f := range slices.Concat(k.Default, k.Optional) {
		optional := slices.Contains(k.OptionalNames(), f.Name)
		if len(f.Actions) == 0 || optional && !slices.Contains(named, f.Name) {
			continue
		}
		each := "1 for each resource"
		if f.Size > 1 {
			each = "1 for " + plain.Count(f.Size, "resource", "resources")
		}
		calls = append(calls, f.Actions[0]+": "+each)
	}
	return calls
}

// ExitCode is 0 if all of the mapping works and names nothing impossible, else 1.
func (r *Result) ExitCode() int {
	if len(r.Problems) > 0 || slices.ContainsFunc(r.Entries, (*Entry).faulty) {
		return 1
	}
	return 0
}

func (e *Entry) faulty() bool { return !e.Works || len(e.Problems)+len(e.Never) > 0 }
