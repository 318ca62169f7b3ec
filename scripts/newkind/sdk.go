package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// operation is a call that AWS offers.
type operation struct {
	Name  string // DescribeKey
	Input string // the member of its input that names the resource, "KeyId"
	From  string // what the resource r has for it, "r.ID"
}

// listing is the call that finds the resources.
type listing struct {
	operation
	Member string // of the answer, that holds the resources: "Keys"
	Names  bool   // it holds texts, and not objects
	ID     string // the member of an object that identifies it; of texts, what they are
	Size   string // the member of the input that asks for a page's size: "Limit"
	Token  string // the member of the answer that holds the next page's token
	Asks   string // the member of the input that takes it
}

// describing is the call that completes a resource.
type describing struct {
	operation
	Member string // of the answer, that holds the resource; "" if the answer is it
}

// tagging is the call that returns a resource's tags.
type tagging struct {
	operation
	Member string // of the answer, that holds the tags: "Tags"
	Paged  bool   // the SDK has a paginator for it
	// Key and Value are the members of a tag; both are empty if the tags are a map.
	Key, Value string
}

// field is a member of one of the SDK's structs.
type field struct{ Name, Type string }

// inspect reads the SDK's client.
func (d *draft) inspect() error {
	all, err := d.structs()
	if err != nil {
		return err
	}
	if d.source, err = d.wireSource(); err != nil {
		return err
	}
	d.json = regexp.MustCompile(`(?i)(aws|rest)json`).MatchString(d.source)
	element, err := d.findListing(all)
	if err != nil {
		return err
	}
	for name := range all {
		if missing.MatchString(name) {
			d.Codes = append(d.Codes, name)
		}
	}
	slices.Sort(d.Codes)
	known := all[element]
	d.Listed, d.Properties = known, known
	for _, verb := range []string{"Describe", "Get"} {
		out, ok := all[verb+d.Resource+"Output"]
		if !ok || verb+d.Resource == d.List.Name {
			continue
		}
		d.Describe = &describing{operation: d.operationOf(verb+d.Resource, all, known)}
		d.Properties = out
		for _, f := range out {
			if members := all[strings.TrimPrefix(f.Type, "*types.")]; len(members) > 2 {
				d.Describe.Member, d.Properties = f.Name, members
			}
		}
		known = slices.Concat(known, d.Properties)
		break
	}
	for _, name := range []string{"ListTagsForResource", "ListTags", "ListResourceTags", "ListTagsOfResource", "ListTagsFor" + d.Resource} {
		out, ok := all[name+"Output"]
		if !ok {
			continue
		}
		d.Tags = &tagging{operation: d.operationOf(name, all, known), Member: "Tags"}
		for _, f := range out {
			of, list := strings.CutPrefix(f.Type, "[]types.")
			if !list && !strings.HasPrefix(f.Type, "map[") {
				continue
			}
			d.Tags.Member = f.Name
			if tag := all[of]; len(tag) == 2 {
				d.Tags.Key, d.Tags.Value = d.Wire(tag[0].Name), d.Wire(tag[1].Name)
			}
		}
		_, d.Tags.Paged = all[name+"Paginator"]
		break
	}
	return nil
}

// findListing looks for the paginator that lists the resource, and returns the name of the
// struct that it lists.
func (d *draft) findListing(all map[string][]field) (element string, err error) {
	var names []string
	many := d.Resource + "s"
	for _, plural := range []string{many, d.Resource + "es", strings.TrimSuffix(d.Resource, "y") + "ies"} {
		names = append(names, "Describe"+plural, "List"+plural)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(d.dir, "api_op_"+name+".go"))
		token := regexp.MustCompile(`(?s)params\.(\w+) = p\.nextToken.*nextToken = result\.(\w+)`).FindSubmatch(text)
		if err != nil || token == nil {
			continue
		}
		d.List = listing{operation: operation{Name: name}, Asks: string(token[1]), Token: string(token[2])}
		for _, f := range all[name+"Input"] {
			if f.Type == "*int32" {
				d.List.Size = f.Name
			}
		}
		for _, f := range all[name+"Output"] {
			of, list := strings.CutPrefix(f.Type, "[]")
			if list && (d.List.Member == "" || of != "string") { // objects rather than names
				d.List.Member, d.List.Names = f.Name, of == "string"
				element = strings.TrimPrefix(of, "types.")
			}
		}
		d.List.ID = identifier(all[element])
		if d.List.Names {
			d.List.ID = d.Resource + "Name"
		}
		return element, nil
	}
	return "", fmt.Errorf("the SDK's %s has no paginator for Describe%s or List%s: write the declaration by hand, like its neighbours", d.Service, many, many)
}

// missing matches the names of errors that say that something does not exist.
var missing = regexp.MustCompile(`NotFound|DoesNotExist|NonExistent|NoSuch`)

// paging matches the members of an input that are not about a resource.
var paging = regexp.MustCompile(`Token|Marker|^ExclusiveStart`)

// operationOf fills in which member of an operation's input names the resource: the
// listing's identifier, another member that is known of a resource, or its ARN.
func (d *draft) operationOf(name string, all map[string][]field, known []field) operation {
	var inputs []string
	for _, f := range all[name+"Input"] {
		if f.Type == "*string" && !paging.MatchString(f.Name) {
			inputs = append(inputs, f.Name)
		}
	}
	matches := []func(input, member string) bool{
		func(input, member string) bool { return member == d.List.ID && strings.EqualFold(input, member) },
		strings.EqualFold,
		func(input, member string) bool { return isARN(input) && isARN(member) },
	}
	known = append([]field{{d.List.ID, "*string"}}, known...)
	for _, match := range matches {
		for _, input := range inputs {
			at := slices.IndexFunc(known, func(f field) bool { return f.Type == "*string" && match(input, f.Name) })
			switch {
			case at == 0:
				return operation{name, input, "r.ID"}
			case at > 0:
				return operation{name, input, fmt.Sprintf("r.Str(%q)", d.Wire(known[at].Name))}
			}
		}
	}
	return operation{name, append(inputs, d.List.ID)[0], "r.ID"}
}

func isARN(member string) bool { return strings.HasSuffix(strings.ToLower(member), "arn") }

// identifier chooses the member that identifies a resource.
func identifier(members []field) string {
	for _, suffix := range []string{"Arn", "ARN", "Id", "Name"} {
		for _, f := range members {
			if f.Type == "*string" && strings.HasSuffix(f.Name, suffix) {
				return f.Name
			}
		}
	}
	return "Arn"
}

// structs reads every struct of the SDK's package and of its types.
func (d *draft) structs() (map[string][]field, error) {
	all := make(map[string][]field)
	files, err := filepath.Glob(filepath.Join(d.dir, "api_op_*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range append(files, filepath.Join(d.dir, "types", "types.go"), filepath.Join(d.dir, "types", "errors.go")) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if of, ok := spec.Type.(*ast.StructType); ok {
					all[spec.Name.Name] = fieldsOf(of)
				}
			}
			return true
		})
	}
	return all, nil
}

func fieldsOf(of *ast.StructType) (fields []field) {
	for _, f := range of.Fields.List {
		for _, name := range f.Names {
			if name.IsExported() && name.Name != "ResultMetadata" {
				fields = append(fields, field{name.Name, types.ExprString(f.Type)})
			}
		}
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// wireSource returns the SDK's source that has the names of members on the wire.
func (d *draft) wireSource() (string, error) {
	var b strings.Builder
	for _, file := range []string{"deserializers.go", "schemas/schemas.go", "api_client.go"} {
		text, err := os.ReadFile(filepath.Join(d.dir, filepath.FromSlash(file)))
		if err != nil && !os.IsNotExist(err) {
			return "", err
		}
		b.Write(text)
	}
	return b.String(), nil
}

// Wire returns a member's name on the wire: with a small first letter, if the SDK's source
// has that name.
func (d *draft) Wire(member string) string {
	small := strings.ToLower(member[:1]) + member[1:]
	if strings.Contains(d.source, `"`+small+`"`) && !strings.Contains(d.source, `AddMember("`+member+`", `+`_`) {
		return small
	}
	return member
}
