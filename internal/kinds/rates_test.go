package kinds_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/kinds"
)

// TestRates holds the form of the table; its figures are AWS's.
func TestRates(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, rate := range kinds.Rates {
		if rate.PerSecond <= 0 || rate.Burst < 1 || !strings.HasPrefix(rate.Source, "https://docs.aws.amazon.com/") {
			t.Errorf("%+v", rate)
		}
		operations := rate.Operations
		if len(operations) == 0 {
			operations = []string{"*"}
		}
		for _, operation := range operations {
			if name := rate.Service + ":" + operation; seen[name] {
				t.Errorf("%s has two rates", name)
			} else {
				seen[name] = true
			}
		}
	}
}

// TestRatesAreOfCalls holds the names against the calls that the kinds make: a rate
// of an operation that is misspelled would hold for nothing.
func TestRatesAreOfCalls(t *testing.T) {
	t.Parallel()
	made := []string{"account:ListRegions", "account:GetAccountInformation", "ec2:DescribeRegions"} // by package account
	for _, k := range kinds.All {
		made = append(made, k.AllActions(nil)...)
	}
	for _, rate := range kinds.Rates {
		for _, operation := range rate.Operations {
			if !slices.Contains(made, strings.ToLower(rate.Service)+":"+operation) {
				t.Errorf("nobody calls %s:%s", rate.Service, operation)
			}
		}
	}
}
