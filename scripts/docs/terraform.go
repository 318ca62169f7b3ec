package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing/fstest"

	"portolan/infra/config"
)

// terraform returns the files of the example for Terraform that say what is read: what the read role may do
// in one account and in that of the Organization, and the template of the role in all others, which is the
// stack's own.
func terraform() (map[string]string, error) {
	policies := make(map[string][]json.RawMessage)
	for name, context := range map[string]object{
		"account":    {"singleAccount": true},
		"management": {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12"},
	} {
		c, err := config.Load(context, fstest.MapFS{})
		if err != nil {
			return nil, err
		}
		for _, document := range c.Policies(true) {
			policies[name] = append(policies[name], json.RawMessage(strings.ReplaceAll(document.JSON(), "${AWS::Partition}", "aws")))
		}
	}
	text, err := json.MarshalIndent(policies, "", " ")
	if err != nil {
		return nil, err
	}
	role, err := os.ReadFile("infra/estate/testdata/organization.members.json")
	return map[string]string{"examples/terraform/policies.json": string(text) + "\n", "examples/terraform/read-role.json": string(role)}, err
}
