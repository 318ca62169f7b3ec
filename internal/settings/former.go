package settings

import (
	"fmt"
	"strings"
)

// former lists the settings of Ocean's older aws integration that have another name here, with the
// setting that takes their place and how it differs. A user who changes only what runs the
// integration still has them.
// https://github.com/port-labs/ocean/blob/main/integrations/aws/.port/spec.yaml
var former = []struct{ name, instead, how string }{
	{config + "ORGANIZATION_ROLE_ARN", config + "ACCOUNT_ROLE_ARN",
		"the ARN of the role in the account that lists the Organization. The role of the same name is assumed in every other account"},
	{config + "ACCOUNT_READ_ROLE_NAME", config + "ACCOUNT_ROLE_ARN",
		"its role's name is the name in every account, so the account that lists the Organization needs a role of that name too"},
}

// FormerMarkdown returns the table of former settings as documentation shows it.
func FormerMarkdown() string {
	var b strings.Builder
	b.WriteString("| In `aws` | Here | What it holds |\n|---|---|---|\n")
	for _, row := range former {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", row.name, row.instead, row.how)
	}
	return b.String()
}

// Former returns the setting that takes the place of one of the older aws integration, and how they
// differ. Name is that of the value in its Helm chart, organizationRoleArn.
func Former(name string) (instead, how string, ok bool) {
	return formerKey(key(config + name))
}

// formerKey is Former for the key of a setting.
func formerKey(k string) (instead, how string, ok bool) {
	for _, row := range former {
		if key(row.name) == k {
			return row.instead, row.how, true
		}
	}
	return "", "", false
}
