package review

import (
	"slices"
	"strings"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
	"portolan/internal/nearest"
)

// The members of documents at the top, by form.
var (
	nativeTop  = []string{"Type", "Properties", "__ExtraContext"}
	genericTop = []string{"Type", "Properties", "__ExtraContext", "Identifier", "__Kind", "__AccountId", "__Region"}
)

// paths judges the paths that the entry's expressions ask for.
func (e *Entry) paths(resource *mapping.Resource, k *kind.Kind, schemas Schemas) {
	if e.Form == cloudcontrol.Special {
		return // its members stand at the top, and are those of another API's answer
	}
	top := nativeTop
	if e.Form == cloudcontrol.Generic {
		top = genericTop
	}
	for _, asked := range resource.Paths() {
		path, before := asked.Names, len(e.Never)
		switch {
		case len(path) == 1 && !slices.Contains(top, path[0]):
			e.never(path, "a document has no such member at its top"+hint(path[0], top))
		case len(path) == 2 && path[0] == "Properties" && e.Form == cloudcontrol.Generic:
			e.generic(path, resource, schemas)
		case len(path) == 2 && path[0] == "Properties":
			e.native(path, k)
		case len(path) > 2 && path[0] == "Properties" && e.Form == cloudcontrol.Generic:
			e.secret(path, resource)
		}
		if asked.Spare && len(e.Never) > before { // the expression has something else for that
			spare := e.Never[before]
			e.Never = e.Never[:before]
			e.Notes = append(e.Notes, spare.Path+" never has a value, but the expression has an alternative: "+spare.Why)
		}
	}
}

func (e *Entry) never(path []string, why string) {
	e.Never = append(e.Never, Path{Path: "." + strings.Join(path, "."), Why: why})
}

func (e *Entry) unchecked(name string) {
	if !slices.Contains(e.Unchecked, name) {
		e.Unchecked = append(e.Unchecked, name)
	}
}

// native judges a property by the form of a native kind.
func (e *Entry) native(path []string, k *kind.Kind) {
	names := k.Document.Names()
	switch {
	case slices.Contains(names, path[1]):
	case k.Document.Open: // AWS may answer it
		e.unchecked(path[1])
	default:
		e.never(path, "documents of the kind have no such property"+hint(path[1], names))
	}
}

// generic judges a property by what is known of a type.
func (e *Entry) generic(path []string, resource *mapping.Resource, schemas Schemas) {
	of, _ := cloudcontrol.Lookup(e.Kind)
	name := path[1]
	schema, asked := schemas[e.Kind]
	switch {
	case e.secret(path, resource):
	case strings.HasSuffix(of.Tags, "!") && name == strings.TrimRight(of.Tags, "[]{}!"):
		e.never(path, "AWS never answers it: it can only be written")
	case asked && slices.Contains(schema.WriteOnly, name):
		e.never(path, "AWS never answers it: it can only be written")
	case asked && !slices.Contains(schema.Properties, name):
		e.never(path, "AWS's schema of the type has no such property"+hint(name, schema.Properties))
	case asked, slices.Contains(known(of), name):
	default:
		e.unchecked(name)
	}
}

// secret says whether a member is not in documents because it may hold a secret.
func (e *Entry) secret(path []string, resource *mapping.Resource) bool {
	of, _ := cloudcontrol.Lookup(e.Kind)
	name, read := path[len(path)-1], resource.Selector.UseGetResourceAPI
	switch {
	case !cloudcontrol.Withholds(e.Kind, name):
		return false
	case !slices.Contains(resource.Selector.IncludeSecrets, name):
		e.never(path, "it may hold a secret and is left out, unless selector.includeSecrets names it")
	case of.ListedOnly() && (read == nil || !*read):
		e.never(path, "AWS does not list it, and the type is only listed, unless selector.useGetResourceAPI is true: its read hands out a secret")
	default:
		return false
	}
	return true
}

// known returns the properties at the top that the table knows a type to have.
func known(of cloudcontrol.Type) []string {
	names := []string{strings.TrimRight(of.Tags, "[]{}!")}
	for _, path := range append([]string{of.ARN}, of.Identifier...) {
		first, _, _ := strings.Cut(strings.ReplaceAll(path, "/", "."), ".")
		names = append(names, first)
	}
	return names
}

func hint(name string, names []string) string { return nearest.Hint(name, names) }
