// Package northwind is the estate of the demo and of the documentation's pictures: an Organization of
// eight accounts in four regions, in which a role is missing and a policy forbids a region. It decides
// what is there and what changes over a day, and knows nothing of the product.
package northwind

import (
	"fmt"
	"slices"

	"portolan/internal/simulator/awssim"
)

// What is there, by name.
const (
	Organization = "Northwind"
	// ManagementAccount owns the Organization and has FunctionRole, which may enter ReadRole in the others.
	ManagementAccount = "210987654321"
	// UnpreparedAccount has no ReadRole until [Fix].
	UnpreparedAccount = "456789012345"

	ReadRole     = "PortOceanReadRole"
	FunctionRole = "PortolanFunction"
	HomeRegion   = "eu-west-1"

	sandboxAccount = "678901234567" // a policy forbids one region there
	shopAccount    = "345678901234"
)

// Regions are those that the estate uses.
var Regions = []string{"eu-central-1", "eu-west-1", "us-east-1", "us-west-2"}

// Accounts is how many accounts there are.
var Accounts = len(accounts)

// accounts are the Organization: how busy each is, in resources a region of each
// kind.
var accounts = []struct {
	id, name, ou string
	size         map[string]int
}{
	{ManagementAccount, "northwind-management", "", sizes(1, 2, 0, 1, 1, 0)},
	{"123498765432", "northwind-security", "Core", sizes(2, 4, 1, 6, 3, 0)},
	{"234509876543", "northwind-log-archive", "Core", sizes(0, 9, 0, 2, 2, 0)},
	{shopAccount, "shop-production", "Workloads/Production", sizes(70, 12, 4, 46, 42, 6)},
	{UnpreparedAccount, "data-production", "Workloads/Production", sizes(12, 14, 2, 10, 8, 5)},
	{"567890123456", "shop-staging", "Workloads/Staging", sizes(16, 6, 3, 20, 16, 3)},
	{sandboxAccount, "sandbox", "Sandbox", sizes(9, 5, 2, 11, 7, 2)},
	{"789012345678", "shared-network", "Core", sizes(4, 2, 0, 3, 2, 0)},
}

// changing are the kinds that the shop changes over night.
var changing = []string{awssim.Instance, awssim.Bucket, awssim.Cluster, awssim.Function, awssim.Queue, awssim.DBInstance}

// Types are kinds that Cloud Control reads, some of those that the product has defaults for.
var Types = []string{
	"AWS::IAM::Role", "AWS::Route53::HostedZone", "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup",
	"AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::EKS::Nodegroup",
	"AWS::StepFunctions::StateMachine", logGroup,
}

const logGroup = "AWS::Logs::LogGroup"

// global are those of them whose resources lie in one region.
var global = map[string][]string{"AWS::IAM::Role": {"us-east-1"}, "AWS::Route53::HostedZone": {"us-east-1"}}

// sizeOf is how many resources of a kind an account has in a region: the given number, or
// a few for every ten functions.
func sizeOf(size map[string]int, kind string) int {
	if n, told := size[kind]; told {
		return n
	}
	return (size[awssim.Function] + 9) / 10
}

func sizes(instances, buckets, clusters, functions, queues, databases int) map[string]int {
	return map[string]int{
		awssim.Instance: instances, awssim.Bucket: buckets, awssim.Cluster: clusters,
		awssim.Function: functions, awssim.Queue: queues, awssim.DBInstance: databases,
	}
}

// NoFrankfurt is the policy that keeps the sandbox out of a region.
var NoFrankfurt = awssim.Policy{
	Name: "no-frankfurt-in-sandbox", Targets: []string{"Sandbox"}, Deny: []string{"*"}, Regions: []string{"eu-central-1"},
}

// Estate returns the estate. The secret is the value of that of Port in the management account.
func Estate(externalID, secret string) awssim.Estate {
	estate := awssim.Estate{Organization: &awssim.Organization{}, Policies: []awssim.Policy{NoFrankfurt}}
	for _, a := range accounts {
		account := awssim.Account{ID: a.id, Name: a.name, OU: a.ou, Email: a.name + "@northwind.example"}
		if a.id != UnpreparedAccount {
			account.Roles = []awssim.Role{role(externalID)}
		}
		for _, kind := range slices.Concat(awssim.Kinds(), Types) {
			within := Regions
			if home := global[kind]; home != nil {
				within = home
			}
			if n := sizeOf(a.size, kind); n > 0 {
				account.Populations = append(account.Populations, awssim.Population{Kind: kind, Regions: within, Count: n})
			}
		}
		if a.id == ManagementAccount {
			account.Management = true
			account.Roles = append(account.Roles, awssim.Role{
				Name: FunctionRole, Trusts: []string{ManagementAccount},
				Permissions: awssim.Permissions{Allow: []string{"sts:AssumeRole", "secretsmanager:GetSecretValue"}},
			})
			account.Secrets = []awssim.Secret{{Name: "portolan/port", Region: HomeRegion, Value: secret}}
		}
		estate.Accounts = append(estate.Accounts, account)
	}
	return estate
}

// role is the role that reads an account. It trusts only the function's role.
func role(externalID string) awssim.Role {
	return awssim.Role{
		Name: ReadRole, ExternalID: externalID,
		Trusts:      []string{fmt.Sprintf("arn:aws:iam::%s:role/%s", ManagementAccount, FunctionRole)},
		Permissions: awssim.Permissions{Allow: []string{"*"}},
	}
}

// Change is a day in the life of the estate, in the shop's production account.
func Change(aws *awssim.Server) ([]string, error) {
	var done []string
	for i, kind := range changing {
		old := aws.Resources(shopAccount, kind, HomeRegion)[i]
		if !aws.Remove(shopAccount, kind, HomeRegion, old.ID) {
			return nil, fmt.Errorf("%s %s was not there", kind, old.ID)
		}
		done = append(done, fmt.Sprintf("- %-24s %s is gone", kind, old.ID))
	}
	groups := aws.Resources(shopAccount, logGroup, HomeRegion)
	if last := groups[len(groups)-1]; aws.Remove(shopAccount, logGroup, HomeRegion, last.ID) {
		done = append(done, fmt.Sprintf("- %-24s %s is gone", logGroup, last.ID))
	}
	for _, r := range []awssim.Resource{
		{Kind: awssim.Queue, Region: HomeRegion, ID: "black-friday-orders"},
		{Kind: awssim.Function, Region: HomeRegion, ID: "black-friday-countdown"},
		{Kind: awssim.Bucket, Region: HomeRegion, ID: "northwind-black-friday-assets"},
	} {
		if err := aws.Put(shopAccount, r); err != nil {
			return nil, err
		}
		done = append(done, fmt.Sprintf("+ %-24s %s is new", r.Kind, r.ID))
	}
	stopped := aws.Resources(shopAccount, awssim.Instance, "us-east-1")[0]
	stopped.Attributes = map[string]any{"instanceState": map[string]any{"code": "80", "name": "stopped"}}
	if err := aws.Put(shopAccount, stopped); err != nil {
		return nil, err
	}
	return append(done, fmt.Sprintf("~ %-24s %s is stopped", stopped.Kind, stopped.ID)), nil
}

// ChangeAtNoon changes two things.
func ChangeAtNoon(aws *awssim.Server) ([]string, error) {
	if err := aws.Put(shopAccount, awssim.Resource{Kind: awssim.Topic, Region: HomeRegion, ID: "refunds"}); err != nil {
		return nil, err
	}
	old := aws.Resources(shopAccount, awssim.Queue, "us-east-1")[0]
	if !aws.Remove(shopAccount, awssim.Queue, "us-east-1", old.ID) {
		return nil, fmt.Errorf("%s %s was not there", awssim.Queue, old.ID)
	}
	return []string{
		fmt.Sprintf("+ %-24s %s is new", awssim.Topic, "refunds"), fmt.Sprintf("- %-24s %s is gone", awssim.Queue, old.ID),
	}, nil
}

// Fix does what the report of the first run asks for.
func Fix(aws *awssim.Server, externalID string) error {
	aws.SetPolicies(nil)
	return aws.SetRole(UnpreparedAccount, role(externalID))
}
