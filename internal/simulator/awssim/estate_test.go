package awssim_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/google/go-cmp/cmp"
)

func TestEstateKeepsItsForm(t *testing.T) {
	t.Parallel()
	e := population(smallEstate(web, logs), awssim.Queue, ireland, 5)
	e.NotOffered = []awssim.Offering{{Service: "ecs", Region: ohio}}
	e.Policies = []awssim.Policy{{Targets: []string{"root"}, Deny: []string{"ec2:*"}, Regions: []string{ohio}}}
	e.Accounts[1].Joined = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	var written, again bytes.Buffer
	if err := e.Write(&written); err != nil {
		t.Fatal(err)
	}
	read, err := awssim.Read(bytes.NewReader(written.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Write(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written.String(), again.String()); diff != "" {
		t.Error(diff)
	}
	if read.Count("") != 7 || read.Count(awssim.Queue) != 5 {
		t.Errorf("got %d resources", read.Count(""))
	}
}

func TestReadRefusesUnknownMembers(t *testing.T) {
	t.Parallel()
	if _, err := awssim.Read(strings.NewReader(`{"accounts":[{"id":"111111111111","name":"a","colour":"red"}]}`)); err == nil {
		t.Error("want an error")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*awssim.Estate)
		want   string
	}{
		{"partition", func(e *awssim.Estate) { e.Partition = "aws-moon" }, "partition"},
		{"account id", func(e *awssim.Estate) { e.Accounts[1].ID = "12" }, "twelve digits"},
		{"account twice", func(e *awssim.Estate) { e.Accounts[1].ID = audit }, "there twice"},
		{"account without a name", func(e *awssim.Estate) { e.Accounts[1].Name = "" }, "no name"},
		{"state", func(e *awssim.Estate) { e.Accounts[1].State = "ASLEEP" }, "state"},
		{"unit path", func(e *awssim.Estate) { e.Accounts[1].OU = "/Workloads" }, "OU path"},
		{"two management accounts", func(e *awssim.Estate) { e.Accounts[1].Management = true }, "one management account"},
		{"organization id", func(e *awssim.Estate) { e.Organization.ID = "org" }, "organization id"},
		{"root id", func(e *awssim.Estate) { e.Organization.RootID = "root" }, "root id"},
		{"unit id", func(e *awssim.Estate) { e.Organization.Units[0].ID = "unit" }, "unit id"},
		{"delegated administrator", func(e *awssim.Estate) { e.Organization.DelegatedAdministrators = []string{"x"} }, "delegated"},
		{"role name", func(e *awssim.Estate) { e.Accounts[1].Roles[0].Name = "a b" }, "role name"},
		{"role path", func(e *awssim.Estate) { e.Accounts[1].Roles[0].Path = "portolan" }, "slash"},
		{"session length", func(e *awssim.Estate) { e.Accounts[1].Roles[0].MaxSession = 60 }, "longest session"},
		{"action", func(e *awssim.Estate) { e.Accounts[1].Roles[0].Allow = []string{"read it"} }, "action"},
		{"user's key", func(e *awssim.Estate) { e.Accounts[0].Users[0].AccessKeyID = "key" }, "access key"},
		{"region", func(e *awssim.Estate) { e.Accounts[1].Regions = map[string]string{"eu-moon-1": "ENABLED"} }, "no region"},
		{"secret's region", func(e *awssim.Estate) { e.Accounts[0].Secrets[0].Region = "" }, "no region"},
		{"policy's action", func(e *awssim.Estate) { e.Policies = []awssim.Policy{{Deny: []string{"!"}}} }, "action"},
		{"population", func(e *awssim.Estate) {
			e.Accounts[1].Populations = []awssim.Population{{Kind: "AWS::Moon::Base", Count: 1}}
		}, "population"},
		{"kind", func(e *awssim.Estate) { e.Accounts[1].Resources[0].Kind = "AWS::Moon::Base" }, "not simulated"},
		{"resource id", func(e *awssim.Estate) { e.Accounts[1].Resources[0].ID = "web" }, "cannot be named"},
		{"resource's region", func(e *awssim.Estate) { e.Accounts[1].Resources[0].Region = "eu-moon-1" }, "eu-moon-1"},
		{"bucket twice", func(e *awssim.Estate) { e.Accounts[2].Resources = []awssim.Resource{logs} }, "there twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := smallEstate(web, logs)
			if err := e.Validate(); err != nil {
				t.Fatal(err)
			}
			test.change(&e)
			err := e.Validate()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want an error about %q, got %v", test.want, err)
			}
			if _, err := awssim.New(e, awssim.Options{}); err == nil {
				t.Error("a server was made of it")
			}
		})
	}
}
