package cloudcontrol

import (
	_ "embed" // the table
	"slices"
	"strings"
	"sync"
)

// table is made from AWS's resource schemas. Its first line says of which day.
//
//go:embed types.tsv
var table string

// Type is what the table knows of a resource type.
type Type struct {
	// Name is AWS::IAM::Role.
	Name string
	// List says how the type is listed: "yes", "yes filter:Type", "parent:ClusterName" (it
	// needs these properties of a parent), "parent?:ApiId" (it probably does), or "no".
	List string
	// Read says whether GetResource takes the type.
	Read bool
	// Scope is "regional", "global:us-east-1" (the same resources wherever it is asked),
	// "global?" (probably so), "global-list" (listed everywhere alike, read where each lives),
	// "regional+us-east-1" (global ones in us-east-1 besides) or "home" (one region of the
	// account's owner has all).
	Scope string
	// Identifier names the properties of the primary identifier, in its order.
	Identifier []string
	// ListActions and ReadActions are what the type's handlers declare, reads or not.
	ListActions, ReadActions []string
	// Tags is the property with the tags and its form, "Tags[]" for a list of Key and Value,
	// "Tags{}" for an object; "!" marks tags that AWS never answers. It is empty if there are
	// none.
	Tags string
	// Regions is of how many of AWS's 34 commercial regions the type is registered in, "34",
	// their names if they are few, "us-east-1/us-west-2", or "new".
	Regions string
	// ARN is the property that holds the ARN, "" if none does.
	ARN string
}

// Date returns the first line of the table, which says of which day its data is.
func Date() string {
	line, _, _ := strings.Cut(table, "\n")
	return strings.TrimPrefix(line, "# ")
}

// lines returns the lines of the table, sorted by type. They are cut only once somebody asks
// for a type that is not native.
var lines = sync.OnceValue(func() []string {
	_, rest, _ := strings.Cut(strings.TrimSuffix(table, "\n"), "\n")
	return strings.Split(rest, "\n")
})

// Lookup returns what is known of a type: from the table, or else because AWS told of it
// ([Describe]).
func Lookup(name string) (Type, bool) {
	at, found := slices.BinarySearchFunc(lines(), name, func(line, name string) int {
		return strings.Compare(line[:strings.IndexByte(line, '\t')], name)
	})
	if !found {
		of, told := described.Load(name)
		if !told {
			return Type{}, false
		}
		return of.(Type), true
	}
	return parse(lines()[at]), true
}

// All returns the types of the table, in order of name.
func All() []Type {
	all := make([]Type, len(lines()))
	for i, line := range lines() {
		all[i] = parse(line)
	}
	return all
}

func parse(line string) Type {
	fields := strings.Split(line, "\t")
	for i, f := range fields {
		if f == "-" {
			fields[i] = ""
		}
	}
	list := func(text string) []string {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	}
	return Type{
		Name: fields[0], List: fields[1], Read: fields[2] == "yes", Scope: fields[3], Identifier: list(fields[4]),
		ListActions: list(fields[5]), ReadActions: list(fields[6]), Tags: fields[7], Regions: fields[8], ARN: fields[9],
	}
}

// Listable says whether there is a call that lists the type.
func (t Type) Listable() bool { return t.List != "no" }

// Parent returns the alternatives of properties that a listing needs, each a set of names; nil
// if it needs none. Doubtful says that the type's schema does not tell.
func (t Type) Parent() (alternatives [][]string, doubtful bool) {
	names, found := strings.CutPrefix(t.List, "parent:")
	if !found {
		if names, found = strings.CutPrefix(t.List, "parent?:"); !found {
			return nil, false
		}
		doubtful = true
	}
	for alternative := range strings.SplitSeq(names, "|") {
		alternatives = append(alternatives, strings.FieldsFunc(alternative, func(r rune) bool { return r == ',' || r == '+' }))
	}
	return alternatives, doubtful
}

// Service returns the middle part of the type's name: "IAM" of AWS::IAM::Role.
func (t Type) Service() string {
	_, rest, _ := strings.Cut(t.Name, "::")
	service, _, _ := strings.Cut(rest, "::")
	return service
}
