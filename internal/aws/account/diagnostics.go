package account

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/nearest"
	"portolan/internal/plain"
)

const deniedTitle = "Access denied to Organizations API"

func alone(r role) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.OrganizationsNotInUse, Severity: diag.Warning,
		Title: "AWS Organizations is not in use",
		Cause: "account " + r.Account + " does not belong to an Organization, so it is the only one that is read",
		Fix: "If there is an Organization, set ACCOUNT_ROLE_ARN to a role in its management account; if there is none, " +
			"unset ACCOUNT_ROLE_ARN and OU_ID, or name the roles in ACCOUNT_ROLE_ARNS. Until then, entities that may be from " +
			"another account stay in Port.",
	}
}

// missingUnit tells of a unit in OU_ID that the Organization does not have. Nobody knows
// which accounts it was to give.
func missingUnit(unit string, known []string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.SettingNotFound, Severity: diag.Warning,
		Title: "OU_ID names " + unit + ", which the Organization does not have",
		Cause: "the accounts of the other units are read, and no account counts as gone: it may be one of those that were meant",
		Fix:   "Correct or remove the id in OU_ID" + nearest.Hint(unit, known),
	}
}

// oddNames tells of what an Organization lists in place of accounts and units.
func oddNames(odd []string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.NameOdd, Severity: diag.Error,
		Title: "The Organization's list has something that is neither an account nor an organizational unit",
		Cause: "the answers have " + quoted(odd) + " in place of an id, which is not read; no account counts as gone: it may be one of these",
		Fix:   "Look for a proxy or gateway between here and AWS; otherwise run again",
	}
}

// quoted names some odd values.
func quoted(odd []string) string {
	const some = 5
	var names []string
	for _, name := range odd[:min(len(odd), some)] {
		names = append(names, strconv.Quote(plain.Line(name, 60)))
	}
	if more := len(odd) - some; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// missingExclusion tells of an id in PORTOLAN_ACCOUNTS_EXCLUDE that matches nothing.
func missingExclusion(id string, known []string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.SettingNotFound, Severity: diag.Warning,
		Title: "PORTOLAN_ACCOUNTS_EXCLUDE names " + id + ", which is not among the accounts that were found",
		Cause: "it has no effect",
		Fix:   "Correct or remove the id" + nearest.Hint(id, known),
	}
}

// deniedListing tells who denied: the Organization's policies, the role's own, or
// Organizations itself, which answers to the management account and to delegated
// administrators only.
func (d *Directory) deniedListing(r role, listed int, err error) diag.Diagnostic {
	said := d.redacted.Replace(answers(err))
	n := diag.Diagnostic{Code: diag.OrganizationsDenied, Severity: diag.Error, Title: deniedTitle}
	if listed > 0 {
		n.Cause = "the listing could not be finished, so more accounts may exist than are read. "
	} else {
		n.Cause = "only account " + r.Account + " is read, though others may exist. "
	}
	allow := statement{Effect: "Allow", Resource: "*", Action: []string{
		"organizations:ListAccounts", "organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent",
	}}.String()
	if awserr.ClassOf(err) == awserr.Closed {
		n.Cause += "A service control policy denies it to " + r.String() + " (" + said + ")"
		n.Fix = "Exempt the role from the service control policy, or name a role in the management account, to which no such policy applies."
		return n
	}
	n.Cause += "The role " + r.String() + " may not list accounts (" + said + ")"
	n.Fix = "Add to the policies of the role: " + allow + ". Account " + r.Account +
		" must be the management account or a delegated administrator of the Organization."
	return n
}

// failedListing is the error of a listing that went wrong without being denied.
func (d *Directory) failedListing(err error) error {
	class := awserr.ClassOf(err)
	var fix string
	switch awserr.Code(err) {
	case "ParentNotFoundException", "OrganizationalUnitNotFoundException", "InvalidInputException":
		fix = "Check OU_ID: it names organizational units (ou-…) or roots (r-…) of this Organization."
	}
	switch {
	case fix != "":
	case class == awserr.Throttled:
		fix = "Run again. Organizations allows few calls a second, and all its clients share them."
	case class == awserr.Timeout || class == awserr.Unreachable:
		fix = "Check the network path to Organizations in " + organizationsRegion(d.partition) + ": a function in a VPC needs a NAT gateway or a VPC endpoint to it."
	default:
		fix = "Run again; if it repeats, see the answer of AWS."
	}
	return &awserr.Error{Op: "list the Organization's accounts", Class: class, Code: cmp.Or(diag.Of(err), diag.OrganizationsFailed), Fix: fix, Err: d.scrub(err)}
}
