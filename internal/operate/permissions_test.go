package operate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asks finds the calls in the code: the input of each names its service and operation.
var asks = regexp.MustCompile(`\b(sts|organizations|cloudformation|lambda|secretsmanager|sfn|cloudwatchlogs)\.([A-Z]\w+)Input\{`)

// prefixes are the services' names in IAM where they differ.
var prefixes = map[string]string{"sfn": "states", "cloudwatchlogs": "logs"}

// renamed are the actions that have another name than the operation, or need none.
var renamed = map[string]string{"lambda:Invoke": "lambda:InvokeFunction", "sts:GetCallerIdentity": ""}

// dependent are the further actions that AWS takes in the caller's name:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
var dependent = map[string][]string{
	"cloudformation:ActivateOrganizationsAccess": {"organizations:EnableAWSServiceAccess", "iam:CreateServiceLinkedRole"},
}

// commandsOf are the commands that make the calls in a file. Calls in other files belong to
// all commands.
var commandsOf = map[string][]string{
	"bootstrap.go": {"bootstrap-org"}, "secret.go": {"secret"}, "invoke.go": {"invoke"}, "execute.go": {"invoke"}, "logs.go": {"logs"},
}

// TestPermissionsAreDocumented holds the table of permissions against the calls in the
// code.
func TestPermissionsAreDocumented(t *testing.T) {
	t.Parallel()
	documented := documentedPermissions(t)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range asks.FindAllStringSubmatch(string(text), -1) {
			calls++
			action := call[1] + ":" + call[2]
			if prefix, other := prefixes[call[1]]; other {
				action = prefix + ":" + call[2]
			}
			if name, other := renamed[action]; other {
				action = name
			}
			commands, some := commandsOf[file]
			if !some {
				commands = []string{"bootstrap-org", "secret", "invoke", "logs"}
			}
			for _, command := range commands {
				for _, needed := range append([]string{action}, dependent[action]...) {
					if needed != "" && !slices.Contains(documented[command], needed) {
						t.Errorf("%s: make %s needs %s, which docs/operations.md does not list", file, command, needed)
					}
				}
			}
		}
	}
	if calls < 10 {
		t.Errorf("only %d calls were found: the test does not see them", calls)
	}
}

// documentedPermissions returns the actions that the documentation lists for each command,
// those for all commands with each.
func documentedPermissions(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(text), "The commands need these permissions, in addition to ")
	if !found {
		t.Fatal("docs/operations.md has no table of permissions")
	}
	part, _, _ = strings.Cut(part, "\n## ")
	action := regexp.MustCompile("`([a-z]+:[A-Z]\\w+)`")
	actions := func(line string) (list []string) {
		for _, m := range action.FindAllStringSubmatch(line, -1) {
			list = append(list, m[1])
		}
		return list
	}
	lines := strings.Split(part, "\n")
	documented := map[string][]string{}
	for _, line := range lines[1:] {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, command := range strings.Split(cells[1], ",") {
				documented[strings.Trim(command, " `")] = append(actions(lines[0]), actions(cells[2])...)
			}
		}
	}
	return documented
}
