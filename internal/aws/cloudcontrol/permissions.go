package cloudcontrol

import (
	"regexp"
	"slices"
	"strings"
)

// The actions of Cloud Control itself.
const (
	listAction = "cloudformation:ListResources"
	readAction = "cloudformation:GetResource"
)

// reads matches the names of operations that only read.
var reads = regexp.MustCompile(`^(?i:(Batch|Admin)?(Get|List|Describe))|^GET$`)

// withheld are actions whose names say Get and which hand out secrets or keys, or make
// something. No type is granted them because its handler declares them.
var withheld = []string{
	"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue",
	"sts:*", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:GetRecords", "s3:GetObject*", "s3:getObject",
}

// Grantable says whether a read role may be allowed an action because the handler of a type
// declares it.
func Grantable(action string) bool {
	service, operation, _ := strings.Cut(action, ":")
	return service != "" && reads.MatchString(operation) && !slices.ContainsFunc(withheld, func(pattern string) bool {
		prefix, wild := strings.CutSuffix(pattern, "*")
		return action == pattern || wild && strings.HasPrefix(action, prefix)
	})
}

// Permissions returns the IAM actions that a read role should allow for the type, sorted:
// Cloud Control's own, and those reads that the type's handlers declare.
func (t Type) Permissions() []string {
	actions := []string{listAction, readAction}
	for _, action := range slices.Concat(t.ListActions, t.ReadActions) {
		if Grantable(action) {
			actions = append(actions, action)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}
