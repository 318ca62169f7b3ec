package catalog_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/catalog"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
	"portolan/internal/console"
)

func namesOf(entries []catalog.Entry) []string {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Kind
	}
	return names
}

func TestSearch(t *testing.T) {
	t.Parallel()
	for words, want := range map[string][]string{
		"load balancer": {
			"AWS::ElasticLoadBalancing::LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer",
			"AWS::Lightsail::LoadBalancer", "AWS::Lightsail::LoadBalancerTlsCertificate",
		},
		"HOSTED zone":    {"AWS::Route53::HostedZone"},
		"sqs":            {"AWS::SQS::Queue"},
		"aws::iam::role": {"AWS::IAM::Role"},
		"nothing at all": {},
	} {
		got := namesOf(catalog.Search(strings.Fields(words)...))
		for _, name := range want {
			if !slices.Contains(got, name) {
				t.Errorf("%q does not find %s: %v", words, name, got)
			}
		}
		if len(want) == 0 && len(got) > 0 {
			t.Errorf("%q finds %v", words, got)
		}
		for _, name := range got {
			for _, word := range strings.Fields(words) {
				if !strings.Contains(strings.ToLower(name), strings.ToLower(word)) {
					t.Errorf("%q finds %s", words, name)
				}
			}
		}
	}
	if first := catalog.Search("queue")[0].Kind; first != "AWS::SQS::Queue" {
		t.Errorf("a search begins with %s, not with the native kind", first)
	}
}

func TestEverythingIsThereOnce(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(cloudcontrol.Names(), namesOf(catalog.All())); diff != "" {
		t.Errorf("names and entries (-want +got):\n%s", diff)
	}
	if got := len(catalog.Native()); got != len(kinds.All) {
		t.Errorf("%d native kinds, want %d", got, len(kinds.All))
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		how   cloudcontrol.Source
		scope string
		says  []string
	}{
		"AWS::SQS::Queue":                           {cloudcontrol.Native, "regional", []string{"by the service's own API; a selector", "sqs:ListQueues", `"QueueUrl": "…"`, "if includeActions names it"}},
		"AWS::Account::Info":                        {cloudcontrol.Native, "global", []string{"by the service's own API\n"}},
		"aws::iam::role":                            {cloudcontrol.Generic, "global:us-east-1", []string{"AWS::IAM::Role", "through AWS Cloud Control", "iam:GetRole", "read once in an account, in us-east-1", `"Region": "us-east-1"`, `"RoleName": "…"`}},
		"AWS::EKS::Addon":                           {cloudcontrol.Generic, "regional", []string{"ClusterName, AddonName, with | between", "listed by     ClusterName: Name of each AWS::EKS::Cluster", `"Identifier": "…|…"`, `"Key": "…"`}},
		"AWS::AppRunner::Service":                   {cloudcontrol.Generic, "regional", []string{"never answered: Tags can only be written"}},
		"AWS::ELBV2::LoadBalancer":                  {cloudcontrol.Special, "regional", []string{"as in Ocean's older aws"}},
		"AWS::SSO::Assignment":                      {cloudcontrol.Unknown, "home", []string{"not as a kind"}},
		"AWS::EC2::Subnet":                          {cloudcontrol.Generic, "regional", []string{"a resource is not read if the listing"}},
		"AWS::SecretsManager::Secret":               {cloudcontrol.Generic, "regional", []string{"not granted   secretsmanager:GetSecretValue", "it is listed, and"}},
		"AWS::S3::StorageLens":                      {cloudcontrol.Generic, "regional", []string{"\"StorageLensConfiguration\": {"}},
		"AWS::OpenSearchService::Domain":            {cloudcontrol.Unknown, "regional", []string{"not as a kind"}},
		"AWS::ElasticLoadBalancingV2::LoadBalancer": {cloudcontrol.Generic, "regional", []string{"a list of Key and Value"}},
	} {
		e, ok := catalog.Of(name)
		text, err := e.Text(console.Look{Width: console.Standard})
		if !ok || err != nil || e.How != test.how || e.Scope != test.scope {
			t.Errorf("%s is %q, %q: %v", name, e.How, e.Scope, err)
		}
		for _, said := range test.says {
			if !strings.Contains(text, said) {
				t.Errorf("%s does not say %q:\n%s", name, said, text)
			}
		}
	}
	if _, ok := catalog.Of("AWS::No::Such"); ok {
		t.Error("a type is found that does not exist")
	}
}

// Every page of text fits into a terminal of 80 columns, as far as names allow, and has a document
// that is JSON.
func TestTextsFit(t *testing.T) {
	t.Parallel()
	for _, e := range catalog.All() {
		text, err := e.Text(console.Look{Width: console.Standard})
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text + e.Line() + "\n") {
			line = strings.TrimRight(line, "\n")
			words := strings.Fields(line)
			if utf8.RuneCountInString(line) > 80 && len(words) > 1 && !strings.Contains(line, `": "`) {
				t.Errorf("%s: a line of %d columns: %s", e.Kind, utf8.RuneCountInString(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: a line ends with blanks: %q", e.Kind, line)
			}
		}
		if e.How == cloudcontrol.Special {
			continue
		}
		_, document, ok := strings.Cut(text, ":\n\n{")
		var object map[string]any
		if !ok || json.Unmarshal([]byte("{"+document), &object) != nil || object["Type"] != e.Kind {
			t.Errorf("%s has no document:\n%s", e.Kind, text)
		}
		if len(e.Permissions) == 0 && e.Kind != "AWS::Account::Info" {
			t.Errorf("%s takes no permissions", e.Kind)
		}
	}
}
