package catalog

import (
	"slices"
	"strings"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
)

// Entry is a kind as the catalog shows it.
type Entry struct {
	Kind string `json:"kind"`
	// How says how the kind is read: "native", "special" or "cloud-control". It is empty for a
	// type of AWS's that cannot be a kind; Why says why.
	How cloudcontrol.Source `json:"how,omitempty"`
	Why string              `json:"why,omitempty"`
	// Default says whether there are a default blueprint and mapping for it.
	Default bool `json:"default"`
	// Scope is where its resources live: "regional", "global" or "management", and for a type
	// of AWS's what its table says, "global:us-east-1".
	Scope string `json:"scope"`
	Calls []Call `json:"calls,omitempty"`
	// Permissions are those of a read role; Withheld are actions that AWS's handlers declare and
	// that no role gets.
	Permissions []string `json:"permissions,omitempty"`
	Withheld    []string `json:"withheld,omitempty"`
	// Facts are what AWS's schemas say; nil if AWS has no such type.
	Facts *Facts `json:"type,omitempty"`
	// Document has the form of a document.
	Document kind.Object `json:"document,omitempty"`
}

// Facts are what AWS's resource schemas say of a type.
type Facts struct {
	// Parents says where the properties come from that a listing of the type needs; none if it
	// is listed by itself.
	Parents []string `json:"parents,omitempty"`
	// Whole says that a listing may tell all of a resource, so that not each is read; Listed that
	// none is read.
	Whole      bool     `json:"listsAll,omitempty"`
	Listed     bool     `json:"listedOnly,omitempty"`
	Identifier []string `json:"identifier"`
	ARN        string   `json:"arn,omitempty"`
	Tags       string   `json:"tags,omitempty"`
	Regions    string   `json:"regions"`
}

// Call is one of the calls that read a kind.
type Call struct {
	Action      string   `json:"action"`
	Permissions []string `json:"permissions"`
	// Optional calls run if a mapping names them in includeActions.
	Optional bool `json:"optional,omitempty"`
	// Size is how many resources a call is about; 0 if AWS decides that.
	Size int `json:"size,omitempty"`
}

// Of returns the entry of a kind or of a type of AWS's, and whether there is one. Case does not
// count.
func Of(name string) (Entry, bool) {
	if k, _ := cloudcontrol.Resolve(name); k == nil {
		for _, known := range every() {
			if strings.EqualFold(known, name) {
				name = known
			}
		}
	}
	k, how := cloudcontrol.Resolve(name)
	of, known := cloudcontrol.Lookup(name)
	if k == nil && !known {
		return Entry{}, false
	}
	e := Entry{Kind: name, How: how}
	if known {
		e.Facts = &Facts{
			Parents: of.Sources(), Whole: of.ListsAll(), Listed: of.ListedOnly(),
			Identifier: of.Identifier, ARN: of.ARN, Tags: of.Tags, Regions: of.Regions,
		}
		e.Scope = of.Scope
	}
	if k == nil {
		e.Why, _ = of.Unreadable()
		return e, true
	}
	e.Calls, e.Permissions = callsOf(k), k.Permissions()
	if how == cloudcontrol.Generic {
		e.Withheld, e.Document = of.Withheld(), genericForm(of)
		return e, true
	}
	e.Scope = k.Scope.String()
	if how == cloudcontrol.Native { // of the others only AWS's SDK knows the form
		e.Document = nativeForm(k)
	}
	return e, true
}

// every returns the names of all kinds, and of types that cannot be kinds, sorted.
func every() []string {
	names := cloudcontrol.Names()
	for _, t := range cloudcontrol.All() {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Native returns the entries of the native kinds, sorted.
func Native() []Entry {
	return where(func(_ string, how cloudcontrol.Source) bool { return how == cloudcontrol.Native })
}

// All returns the entries of all kinds that can be read, sorted.
func All() []Entry { return where(func(string, cloudcontrol.Source) bool { return true }) }

// Search returns the entries of all kinds that can be read and have all words in their names,
// wherever a word stands and whatever its case. Native kinds come first.
func Search(words ...string) []Entry {
	found := where(func(name string, _ cloudcontrol.Source) bool {
		folded := strings.ToLower(name)
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(folded, strings.ToLower(word)) })
	})
	slices.SortStableFunc(found, func(a, b Entry) int { return rank(a) - rank(b) })
	return found
}

func rank(e Entry) int {
	if e.How == cloudcontrol.Native {
		return 0
	}
	return 1
}

func where(wanted func(name string, how cloudcontrol.Source) bool) []Entry {
	var found []Entry
	for _, name := range cloudcontrol.Names() {
		if _, how := cloudcontrol.Resolve(name); wanted(name, how) {
			e, _ := Of(name)
			found = append(found, e)
		}
	}
	return found
}

// callsOf returns the calls that read a kind, in their order.
func callsOf(k *kind.Kind) []Call {
	var calls []Call
	if len(k.List.Actions) > 0 {
		size := k.List.PageSize
		if size == 0 && k.Confirm == nil { // a native listing, which asks for no more
			size = 100
		}
		calls = append(calls, Call{Action: k.List.Name, Permissions: k.List.Actions, Size: size})
	}
	for i, f := range slices.Concat(k.Default, k.Optional) {
		if len(f.Actions) > 0 {
			calls = append(calls, Call{Action: f.Name, Permissions: f.Actions, Optional: i >= len(k.Default), Size: max(f.Size, 1)})
		}
	}
	return calls
}
