package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/policy"
	"portolan/internal/port/defaults"
)

// What AWS lets a read role and its template hold:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const (
	maxPolicies = 10    // managed policies of a role; AWS's own count too
	maxStackSet = 51200 // bytes of the template that a StackSet brings to each account
)

// What the template of a read role takes besides the documents of its policies: the role, and
// what is around each policy.
const (
	roleRoom   = 2000
	policyRoom = 250
	// With events, the role that forwards them.
	forwarderRoom = 1200
)

// nativeKinds is the group of all native kinds in the key kinds.
const nativeKinds = "native"

// setKinds takes names of kinds, and of the groups of kinds that have default blueprints.
func setKinds(c *Config, text string) error {
	names, err := list(text)
	if err != nil {
		return err
	}
	for _, name := range names {
		some, err := kindsOf(name)
		if err != nil {
			return err
		}
		for _, k := range some {
			if !slices.Contains(c.Read.Kinds, k) {
				c.Read.Kinds = append(c.Read.Kinds, k)
			}
		}
	}
	return nil
}

// kindsOf returns the kinds of a group, or the kind of a name.
func kindsOf(name string) ([]*kind.Kind, error) {
	if name == nativeKinds {
		return kinds.All, nil
	}
	if !strings.Contains(name, "::") {
		if group, ok := defaults.Kinds(name); ok {
			return cloudcontrol.ResolveAll(group)
		}
	}
	some, err := cloudcontrol.ResolveAll([]string{name})
	if err != nil {
		err = fmt.Errorf("kinds, such as AWS::S3::Bucket,AWS::IAM::Role, or groups of them: %s; it names %w", strings.Join(groups(), ", "), err)
	}
	return some, err
}

// groups returns the names of the groups.
func groups() []string {
	var names []string
	for _, g := range defaults.Groups() {
		names = append(names, g.Name)
	}
	return names
}

// Policies returns what a read role may do, cut into managed policies. Only the lister, the role
// in the account that lists the Organization, may list its accounts.
//
// With ReadOnlyAccess, what the handlers behind Cloud Control read is left to that policy, so that
// any number of kinds fits.
func (c *Config) Policies(lister bool) []policy.Document {
	actions := slices.Concat(policy.Entering, policy.Naming, policy.Offers)
	if lister && c.Mode == Organization {
		actions = append(actions, policy.Discovery...)
	}
	if c.Events.Enabled {
		actions = append(actions, policy.Events...)
	}
	for _, k := range c.Read.Kinds {
		if !lister && k.Scope == kind.Management {
			continue
		}
		may := *k
		if c.Read.CloudControl {
			may.Behind = cloudcontrol.Permissions(k.Type)
		}
		if c.Read.Access == ReadOnlyAccess {
			may.Behind = cloudcontrol.Own(may.Behind)
		}
		actions = append(actions, may.Permissions()...)
	}
	return policy.Read("${AWS::Partition}", actions).Split(policy.MaxManaged)
}

// judgePermissions returns an error if the permissions of the kinds are more than a read role, or
// the template that makes it, can hold.
func (c *Config) judgePermissions() []error {
	if c.Mode == Existing || c.Mode == List { // the stack makes no role that reads
		return nil
	}
	room := maxPolicies
	if c.Read.Access == ReadOnlyAccess {
		room--
	}
	documents, size := c.Policies(true), sizeOf(c.Policies(false))
	if c.Events.Enabled {
		size += forwarderRoom
	}
	switch {
	case len(documents) > room:
		return []error{c.tooMany(fmt.Sprintf("%d managed policies, and a role has %d", len(documents), room))}
	case c.Mode == Organization && size > maxStackSet:
		return []error{c.tooMany(fmt.Sprintf("about %d bytes in the template of the read role, and a StackSet takes %d", size, maxStackSet))}
	}
	return nil
}

// sizeOf returns how large the template of a read role with these policies may be, in bytes: not
// less than it is.
func sizeOf(documents []policy.Document) int {
	size := roleRoom
	for _, document := range documents {
		size += document.Size() + policyRoom
	}
	return size
}

// mostRoom is how many services an error names.
const mostRoom = 5

// tooMany says that there are too many kinds, and which services take the most room.
func (c *Config) tooMany(what string) error {
	services := map[string]int{}
	for _, document := range c.Policies(true) {
		for _, s := range document.Statement {
			for _, action := range s.Action {
				service, _, _ := strings.Cut(action, ":")
				services[service] += len(action)
			}
		}
	}
	largest := slices.SortedFunc(maps.Keys(services), func(a, b string) int {
		return cmp.Or(services[b]-services[a], strings.Compare(a, b))
	})
	return fmt.Errorf("kinds names %d kinds, whose permissions would take %s; name fewer kinds (most room is taken by those of %s), "+
		"or set readAccess to %s, which leaves the reads behind Cloud Control to AWS's own policy",
		len(c.Read.Kinds), what, strings.Join(largest[:min(len(largest), mostRoom)], ", "), ReadOnlyAccess)
}
