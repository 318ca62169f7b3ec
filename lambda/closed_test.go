package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestClosedForGoodCompletes reads a member account in which a policy closes 13 of 17
// regions, as Control Tower does, and in which a key's own policy refuses the role.
func TestClosedForGoodCompletes(t *testing.T) {
	const member = "222222222222"
	aws, port, env := simulated(t)
	if err := aws.AddAccount(awssim.Account{
		ID: member, Name: "workloads",
		Roles: []awssim.Role{{Name: "PortOceanReadRole", Trusts: []string{accountID}, ExternalID: externalID, Permissions: awssim.Permissions{Allow: []string{"*"}}}},
		Resources: []awssim.Resource{
			{Kind: awssim.Key, Region: "eu-west-1", ID: "1234abcd-12ab-34cd-56ef-1234567890ab"},
			{Kind: awssim.Queue, Region: "eu-west-1", ID: "orders"},
		},
	}); err != nil {
		t.Fatal(err)
	}
	open := []string{"eu-west-1", "eu-west-2", "eu-central-1", "us-east-1"}
	aws.SetPolicies([]awssim.Policy{{Name: "region-deny", Targets: []string{member}, ExceptRegions: open, Deny: []string{"*"}}})
	aws.Inject(awssim.Fault{
		Account: member, Region: "eu-west-1", Service: "kms", Operation: "DescribeKey", Times: -1,
		Effect: awssim.Deny, Denial: awssim.ResourcePolicy,
	})
	env = slices.DeleteFunc(env, func(pair string) bool { return strings.HasPrefix(pair, "PORTOLAN_REGIONS=") })
	t.Setenv("HOME", t.TempDir())
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	var out, errOut bytes.Buffer
	if code := command(t.Context(), []string{"resync", "--output", "json"}, env, &out, &errOut); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, out.String())
	}
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Status != report.Completed || len(r.Gaps) != 0 {
		t.Errorf("status %s (%s), gaps %+v", r.Status, r.Reason, r.Gaps)
	}
	closed := map[string]bool{}
	for _, u := range r.Unavailable {
		if u.Outcome == report.Closed && u.Account == member {
			for _, region := range u.Regions {
				closed[region] = true
			}
		}
	}
	if len(closed) != 13 || len(r.Unavailable) > 2 {
		t.Errorf("%d regions are listed as closed, want 13, in a line or two: %+v", len(closed), r.Unavailable)
	}
	if len(r.Refused) != 1 || r.Refused[0].Kind() != awssim.Key || r.Refused[0].Count != 1 {
		t.Errorf("refused %+v, want the one key", r.Refused)
	}
	if in, _ := port.Integration("test"); in.State.Status != "completed" {
		t.Errorf("Port was told %s", in.State.Status)
	}
}
