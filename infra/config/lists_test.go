package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"portolan/infra/config"
	"portolan/internal/settings"
)

// roles returns the ARNs of roles in that many accounts, with that many names.
func roles(accounts, names int) []any {
	arns := make([]any, accounts)
	for i := range arns {
		arns[i] = fmt.Sprintf("arn:aws:iam::%012d:role/port/PortOceanReadRole%d", 100000000000+i, i%names)
	}
	return arns
}

func ids(accounts int) []any {
	list := make([]any, accounts)
	for i := range list {
		list[i] = fmt.Sprintf("%012d", 100000000000+i)
	}
	return list
}

// TestNoLimitOfAccounts makes installations of any number of accounts: no list is in a
// variable of the function, and what a policy holds does not grow with it.
func TestNoLimitOfAccounts(t *testing.T) {
	t.Parallel()
	for _, accounts := range []int{1, 10, 100, 1000, 5000} {
		for name, context := range map[string]map[string]any{
			"a list of roles":     {"accountRoleArns": roles(accounts, 3)},
			"accounts left out":   {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "accountsExclude": ids(accounts)},
			"roles, and left out": {"accountRoleArns": roles(accounts, 1), "accountsExclude": ids(accounts)},
		} {
			t.Run(fmt.Sprintf("%s, %d", name, accounts), func(t *testing.T) {
				t.Parallel()
				c := load(t, context, nil)
				size := 0
				for name, value := range c.Variables() {
					size += len(name) + len(value)
				}
				if size > 3000 {
					t.Errorf("the variables take %d bytes", size)
				}
				if policy := strings.Join(c.Enterable(), ""); len(policy) > 5000 {
					t.Errorf("the roles take %d characters of a policy", len(policy))
				}
				if accounts <= 10 && len(c.Settings.AWS.RoleARNs) > 0 && len(c.Enterable()) != accounts {
					t.Errorf("few roles are named %q, want each by its own ARN", c.Enterable())
				}
				folder := t.TempDir()
				if err := c.WriteLists(folder); err != nil {
					t.Fatal(err)
				}
				text, err := os.ReadFile(filepath.Join(folder, settings.BesideName))
				var lists map[string]string
				if err := json.Unmarshal(text, &lists); err != nil {
					t.Fatal(err)
				}
				if err != nil || len(lists) != len(c.Lists()) || len(lists) == 0 {
					t.Errorf("lists %d, %v", len(lists), err)
				}
				for name := range lists {
					if _, twice := c.Variables()[name]; twice {
						t.Errorf("%s is a variable as well", name)
					}
				}
			})
		}
	}
}

// TestSizesAreJudged finds before a deployment what would fail in it.
func TestSizesAreJudged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		context map[string]any
		says    string
	}{
		"roles of too many names": {map[string]any{"accountRoleArns": roles(1000, 500)}, "500 different roles"},
		"variables too long":      {map[string]any{"singleAccount": true, "portBaseUrl": "https://api.getport.io/" + strings.Repeat("x", 3200)}, "Lambda takes 4096"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := config.Load(test.context, fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want one that says %q", err, test.says)
			}
		})
	}
}
