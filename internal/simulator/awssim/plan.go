package awssim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Plan says what estate to generate. The same plan always generates the same estate.
type Plan struct {
	Seed uint64
	// Company starts the names; acme when empty.
	Company string
	// Accounts is the number of accounts, the management account among them; at
	// least one.
	Accounts int
	// Regions are those that hold resources; four when empty.
	Regions []string
	// Counts is the number of resources of each kind in each region of each account
	// but the management account, which holds none. Those of a global type lie in its own
	// region.
	Counts map[string]int
	// Role is the name of the role that reads each account, with its path;
	// /portolan/PortolanRead when empty.
	Role string
	// ExternalID has to be presented to assume the roles.
	ExternalID string
	// Secrets go to the management account, into the first region if they name none.
	Secrets []Secret

	actions []string
}

// The identity that a generated estate is entered with, in the management account.
const (
	BaseUser            = "portolan"
	BaseAccessKeyID     = "AKIAPORTOLANSIMULATE"
	BaseSecretAccessKey = "simulated-secret-of-the-base-identity"
)

// readActions are all actions that the simulated services know, and those that the handlers
// of the counted types need: what a role needs to read an estate.
func readActions(counts map[string]int) []string {
	var actions []string
	for name := range counts {
		actions = append(actions, ReadActions(name)...)
	}
	for _, service := range services {
		for _, operation := range service.operations {
			if operation.action != noAction && service.name != "sts" && service.name != "secretsmanager" {
				actions = append(actions, operation.action)
			}
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// usualRegions are the regions of an estate that does not name others.
var usualRegions = []string{"eu-west-1", "us-east-1", "eu-central-1", "us-west-2"}

// foundations are the accounts that every landing zone starts with.
var foundations = []struct{ name, ou string }{
	{"log-archive", "Security"},
	{"security-tooling", "Security"},
	{"network-hub", "Infrastructure"},
	{"shared-services", "Infrastructure"},
}

// Generate makes the estate. Its resources are populations: they take no memory.
func (p Plan) Generate() Estate {
	if p.Company == "" {
		p.Company = "acme"
	}
	if len(p.Regions) == 0 {
		p.Regions = usualRegions
	}
	if p.Role == "" {
		p.Role = "/portolan/PortolanRead"
	}
	p.actions = readActions(p.Counts)
	e := Estate{Organization: &Organization{}}
	d := dieOf("plan", p.Company)
	*d ^= die(p.Seed)
	owner := p.accountID(d)
	e.Accounts = append(e.Accounts, p.owner(owner))
	for i := 1; i < p.Accounts; i++ {
		e.Accounts = append(e.Accounts, p.member(d, i, owner))
	}
	return e
}

func (p Plan) accountID(d *die) string {
	return fmt.Sprintf("%012d", 100_000_000_000+d.next()%900_000_000_000)
}

func (p Plan) owner(id string) Account {
	secrets := slices.Clone(p.Secrets)
	for i := range secrets {
		if secrets[i].Region == "" {
			secrets[i].Region = p.Regions[0]
		}
	}
	return Account{
		ID: id, Name: p.Company + "-management", Email: p.email("management"), Management: true,
		Joined: firstCreated, Tags: map[string]string{"Owner": "platform"},
		Roles: []Role{p.role(id)}, Secrets: secrets,
		Users: []User{{
			Name: BaseUser, AccessKeyID: BaseAccessKeyID, SecretAccessKey: BaseSecretAccessKey,
			Permissions: Permissions{Allow: []string{"sts:AssumeRole", "secretsmanager:GetSecretValue"}},
		}},
	}
}

func (p Plan) role(owner string) Role {
	cut := strings.LastIndexByte(p.Role, '/') + 1
	return Role{
		Name: p.Role[cut:], Path: p.Role[:cut], ExternalID: p.ExternalID,
		Trusts:      []string{"arn:aws:iam::" + owner + ":user/" + BaseUser},
		Permissions: Permissions{Allow: p.actions},
	}
}

func (p Plan) email(name string) string {
	return "aws+" + name + "@" + p.Company + ".example"
}

// member makes the i-th member: the foundations first, then the workloads, each
// team's production, staging and development, and some sandboxes.
func (p Plan) member(d *die, i int, owner string) Account {
	name, ou := "", ""
	workload := i - 1 - len(foundations)
	if workload < 0 {
		name, ou = foundations[i-1].name, foundations[i-1].ou
	} else {
		name, ou = workloadAccount(workload)
	}
	name = p.Company + "-" + name
	return Account{
		ID: p.accountID(d), Name: name, Email: p.email(name), OU: ou,
		Joined: firstCreated.Add(time.Duration(i) * 31 * time.Hour),
		Tags:   map[string]string{"Owner": teams[i%len(teams)], "CostCenter": costCenters[i%len(costCenters)]},
		Roles:  []Role{p.role(owner)}, Populations: p.populations(),
	}
}

func workloadAccount(n int) (name, ou string) {
	round, within := n/(4*len(teams)), n%(4*len(teams))
	name = teams[within/4]
	if round > 0 {
		name += fmt.Sprintf("-%d", round+1)
	}
	switch within % 4 {
	case 0:
		return name + "-prod", "Workloads/Production"
	case 1:
		return name + "-staging", "Workloads/NonProduction"
	case 2:
		return name + "-dev", "Workloads/NonProduction"
	}
	return name + "-sandbox", "Sandbox"
}

func (p Plan) populations() []Population {
	var populations []Population
	for _, kind := range slices.Sorted(maps.Keys(p.Counts)) {
		regions := p.Regions
		if home := homeOf(kind, PartitionAWS); home != "" {
			regions = []string{home}
		}
		if count := p.Counts[kind]; count > 0 {
			populations = append(populations, Population{kind, regions, count})
		}
	}
	return populations
}
