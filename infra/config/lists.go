package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"portolan/internal/settings"
)

// Lambda's limit for all variables of a function, and what the stack adds to the variables that
// follow from keys: the ARNs of the secret and of a role, the place of the state, an external id.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxVariables   = 4096
	stackVariables = 1024
)

// enterRoom is how much of a role's inline policies the permission to assume other roles may take.
// All of them together have at most 10,240 characters:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const enterRoom = 5000

// Lists returns the function's settings that hold lists. They grow with the number of accounts, so
// they are in a file beside the program and not in its variables.
func (c *Config) Lists() map[string]string {
	return c.those(func(row Key) bool { return strings.HasPrefix(row.Type, "list") })
}

// Variables returns the function's settings that are not lists.
func (c *Config) Variables() map[string]string {
	return c.those(func(row Key) bool { return !strings.HasPrefix(row.Type, "list") })
}

func (c *Config) those(wanted func(Key) bool) map[string]string {
	some := maps.Clone(c.Environment)
	for _, row := range table {
		if !wanted(row) {
			delete(some, row.Env)
		}
	}
	return some
}

// WriteLists writes the lists into a folder, in the file that the function reads.
func (c *Config) WriteLists(folder string) error {
	text, err := json.MarshalIndent(c.Lists(), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, settings.BesideName), append(text, '\n'), 0o644) //nolint:gosec // Lambda reads it as another user
}

// Enterable returns the roles of the list as a policy names them. If there are too many ARNs for a
// policy, it returns the names of the roles in any account: each still has to trust the function.
func (c *Config) Enterable() []string {
	arns := c.Settings.AWS.RoleARNs
	if lengthOf(arns) <= enterRoom {
		return arns
	}
	var names []string
	for _, arn := range arns {
		parts := strings.SplitN(arn, ":", 6)
		parts[4] = "*"
		names = append(names, strings.Join(parts, ":"))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lengthOf counts the characters of a list in a policy.
func lengthOf(list []string) int {
	n := 0
	for _, text := range list {
		n += len(text) + len(`"",`)
	}
	return n
}

// judgeSizes returns errors for everything that is too large to deploy.
func (c *Config) judgeSizes() []error {
	var problems []error
	size := stackVariables
	for name, value := range c.Variables() {
		size += len(name) + len(value)
	}
	if size > maxVariables {
		problems = append(problems, fmt.Errorf("the function's variables would take %d bytes, and Lambda takes %d; shorten the longest values", size, maxVariables))
	}
	if names := c.Enterable(); lengthOf(names) > enterRoom {
		problems = append(problems, fmt.Errorf("accountRoleArns names %d different roles, which is more than a policy can hold; "+
			"use the same name for the roles in every account, or a few names", len(names)))
	}
	return append(problems, c.judgePermissions()...)
}
