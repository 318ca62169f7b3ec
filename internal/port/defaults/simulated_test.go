package defaults_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/port/defaults"
	"portolan/internal/simulator/awssim"
)

const account = "111122223333"

// TestSimulatedDocuments maps what the simulator's Cloud Control answers, which was not written for
// these mappings: three resources of each kind in an account.
func TestSimulatedDocuments(t *testing.T) {
	t.Parallel()
	d := defaults.All()
	byKind, all := resourcesOf(t, d), decoded(t, d)
	native, _ := defaults.Kinds("native")
	e := awssim.Estate{Accounts: []awssim.Account{{
		ID: account, Name: "shop", Management: true,
		Roles: []awssim.Role{{Name: "reader", Trusts: []string{account}, Permissions: awssim.Permissions{Allow: []string{"*"}}}},
	}}}
	regions := make(map[string]string)
	for kind := range byKind {
		if slices.Contains(native, kind) && kind != "AWS::EKS::Cluster" {
			continue
		}
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			population := awssim.Population{Kind: kind, Regions: []string{region}, Count: 3}
			tried := e
			tried.Accounts = slices.Clone(e.Accounts)
			tried.Accounts[0].Populations = append(slices.Clone(e.Accounts[0].Populations), population)
			if tried.Validate() == nil {
				e, regions[kind] = tried, region
				break
			}
		}
		if regions[kind] == "" {
			t.Errorf("the simulator cannot have %s", kind)
		}
	}
	delete(regions, "AWS::EKS::Cluster") // its document is another one
	s, err := awssim.Start(e, "", awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	id, err := s.Assume(account, "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	made := make(map[string]bool)
	var entities []mapping.Entity
	for kind, region := range regions {
		client := cloudcontrol.New(cloudcontrol.Options{
			Region: region, BaseEndpoint: aws.String(s.URL()), HTTPClient: &http.Client{},
			Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken),
		})
		for _, r := range s.Resources(account, kind, region) {
			got, err := client.GetResource(t.Context(), &cloudcontrol.GetResourceInput{TypeName: &kind, Identifier: aws.String(s.Identifier(account, r))})
			if err != nil {
				t.Errorf("%s: %v", kind, err)
				continue
			}
			document := map[string]any{
				"Type": kind, "Identifier": aws.ToString(got.ResourceDescription.Identifier),
				"__ExtraContext": map[string]any{"AccountId": account, "Region": region},
			}
			decoder := json.NewDecoder(strings.NewReader(aws.ToString(got.ResourceDescription.Properties)))
			decoder.UseNumber()
			var properties map[string]any
			if err := decoder.Decode(&properties); err != nil {
				t.Fatal(err)
			}
			document["Properties"] = properties
			entity, _, ok := mapOne(t, byKind, document)
			if theirs := strings.Contains(r.ID, ":iam::aws:policy/"); ok == theirs {
				t.Errorf("%s has an entity: %t, %v", kind, ok, document)
			}
			if !ok {
				continue
			}
			var written fit.Entity
			if err := json.Unmarshal(entity.AppendJSON(nil), &written); err != nil {
				t.Fatal(err)
			}
			if misfit := written.Values(all); misfit != nil {
				t.Errorf("%s %s: %v", kind, entity.Key(), misfit)
			}
			if made[entity.Blueprint+" "+entity.Key()] {
				t.Errorf("%s %s is there twice", kind, entity.Key())
			}
			made[entity.Blueprint+" "+entity.Key()] = true
			entities = append(entities, entity)
		}
	}
	if len(entities) < 3*len(regions) || len(regions) < 60 {
		t.Errorf("%d entities of %d kinds", len(entities), len(regions))
	}
	led := make(map[string]bool)
	for _, entity := range entities {
		for _, relation := range entity.Relations {
			target := all[entity.Blueprint].Relations[relation.Name].Target
			identifiers, _ := relation.Targets()
			for _, id := range identifiers {
				led[entity.Blueprint+"."+relation.Name] = led[entity.Blueprint+"."+relation.Name] || made[target+" "+id]
			}
		}
	}
	for _, name := range []string{
		"ec2Subnet.vpc", "ec2SecurityGroup.vpc", "ec2RouteTable.vpc", "ec2NatGateway.subnet", "elbLoadBalancer.subnets", "elbTargetGroup.loadBalancers",
		"elbTargetGroup.vpc", "elbListener.loadBalancer", "autoScalingGroup.launchTemplate", "autoScalingGroup.targetGroups", "glueCrawler.database",
		"backupPlan.vaults", "sageMakerDomain.vpc", "elasticacheServerlessCache.securityGroups",
	} {
		if !led[name] {
			t.Errorf("%s leads to no entity of the estate", name)
		}
	}
}
