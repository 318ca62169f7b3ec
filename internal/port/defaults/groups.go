package defaults

import (
	"errors"
	"fmt"
	"slices"

	"portolan/internal/nearest"
)

// The groups that groups.json does not list.
const (
	oceanGroup  = "ocean"
	nativeGroup = "native"
	allGroup    = "all"
)

// oceanKinds are the kinds that Port's aws-v3 integration maps. It has a blueprint for topics,
// too.
var oceanKinds = []string{"AWS::Account::Info", "AWS::S3::Bucket", "AWS::EC2::Instance", "AWS::ECS::Cluster"}

const topics = "AWS::SNS::Topic"

// Group is a set of kinds that a name stands for.
type Group struct {
	Name  string   `json:"name"`
	About string   `json:"about"` // what belongs to it, half a sentence
	Kinds []string `json:"kinds"`
}

// Groups returns the groups, in the order in which the documentation lists them.
func Groups() []Group {
	return slices.Concat(
		[]Group{
			{oceanGroup, "what Ocean's `aws-v3` maps by default", oceanKinds},
			{nativeGroup, "every kind that Portolan reads with the service's own API", kindsOf(nativeGroup)},
		},
		listed(),
		[]Group{{allGroup, "every kind that has its own default blueprint", kindsOf(allGroup)}},
	)
}

// listed returns the groups of groups.json.
func listed() []Group { return decode[[]Group]("groups") }

func kindsOf(group string) []string {
	var kinds []string
	for _, p := range slices.SortedStableFunc(slices.Values(parts(group)), accountsFirst) {
		kinds = append(kinds, p.resource.Kind)
	}
	return kinds
}

// Kinds returns the kinds of a group, and whether there is such a group.
func Kinds(group string) ([]string, bool) {
	switch group {
	case oceanGroup:
		return oceanKinds, true
	case nativeGroup, allGroup:
		return kindsOf(group), true
	}
	for _, g := range listed() {
		if g.Name == group {
			return g.Kinds, true
		}
	}
	return nil, false
}

// Has says whether a kind has a blueprint and a mapping of its own.
func Has(kind string) bool { return own(kind) != nil }

// Check says which names are neither those of groups nor of kinds that exist, and what was
// probably meant; nil if there is none. Exists says whether a kind without a blueprint of its
// own can be read.
func Check(names []string, exists func(kind string) bool) error {
	var unknown []error
	for _, name := range names {
		if _, group := Kinds(name); !group && !Has(name) && !exists(name) {
			unknown = append(unknown, fmt.Errorf("there is no kind or group %q%s", name, nearest.Hint(name, known())))
		}
	}
	return errors.Join(unknown...)
}

// known returns every name that can be suggested.
func known() []string {
	var names []string
	for _, g := range Groups() {
		names = append(names, g.Name)
	}
	return append(names, kindsOf(allGroup)...)
}
