// Package policy writes the IAM policy that a set of actions needs.
//
// It decides which actions a read role needs besides those of the kinds that it reads, and
// how a policy is written. A kind declares what it needs itself; the package makes no calls
// and knows no kinds. It never grants an action that it was not asked for, or a wildcard.
package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// Entering are the actions that every read role needs, to find out which regions of its
// account are enabled.
var Entering = []string{"account:ListRegions", "ec2:DescribeRegions"}

// Discovery are the actions that the role in the management account, or in the account of a
// delegated administrator, needs besides Entering to find the accounts.
var Discovery = []string{
	"organizations:ListAccounts",
	"organizations:ListAccountsForParent",
	"organizations:ListOrganizationalUnitsForParent",
}

// Naming are the actions that a read role may have besides Entering, so that an account
// that no Organization lists has its real name.
var Naming = []string{"account:GetAccountInformation"}

// Offers are the actions that the function's role and the read roles should have, so
// that AWS's list of services by region can tell a service that is not offered in a
// region from one that cannot be reached.
var Offers = []string{"ssm:GetParametersByPath"}

// Events are the actions that a read role needs so that the doctor can find out whether the
// account's events are sent.
var Events = []string{
	"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus",
	"events:ListRules", "events:ListTargetsByRule",
}

// offersResource is the end of that list's ARN. Public parameters have no account:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
const offersResource = ":ssm:*::parameter/aws/service/global-infrastructure/*"

// Document is an IAM policy in the language of version 2012-10-17:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
type Document struct {
	Version   string
	Statement []Statement
}

// Statement allows actions on resources.
type Statement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource string
}

// Read returns the policy that allows the actions in a partition, with a statement for each
// service. AWS's list calls take no narrower resource than "*"; the public parameters of
// Systems Manager do.
func Read(partition string, actions []string) Document {
	sorted := slices.Clone(actions)
	slices.Sort(sorted)
	document := Document{Version: "2012-10-17"}
	offers := Statement{Sid: "ReadOffers", Effect: "Allow", Resource: "arn:" + partition + offersResource}
	for _, action := range slices.Compact(sorted) {
		service, _, _ := strings.Cut(action, ":")
		if slices.Contains(Offers, action) {
			// Never beside another action: on every resource it would open all parameters.
			offers.Action = append(offers.Action, action)
			continue
		}
		sid := "Read" + capitals(service)
		last := len(document.Statement) - 1
		if last < 0 || document.Statement[last].Sid != sid {
			document.Statement = append(document.Statement, Statement{Sid: sid, Effect: "Allow", Resource: "*"})
			last++
		}
		document.Statement[last].Action = append(document.Statement[last].Action, action)
	}
	if offers.Action != nil {
		document.Statement = append(document.Statement, offers)
	}
	return document
}

// capitals returns the name of a service as part of a statement's, which has letters and digits
// only: "vpc-lattice" is "VpcLattice".
func capitals(service string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(service, func(r rune) bool { return r == '-' || r == '.' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// JSON returns the policy's text, indented.
func (d Document) JSON() string {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err) // a document holds only text
	}
	return string(text)
}
