package kinds_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// proof is how AWS says, in answer to an essential call, that a resource does not
// exist.
type proof struct {
	gone  []string                    // by these codes
	names func(asked []string) string // or by an answer that names it
}

// proofs has the essential calls of which the kind's archive has no answer about a
// resource that does not exist. The codes are those that the SDK's model, which is AWS's
// own, has for the operation and that speak of the resource itself.
var proofs = map[string]proof{
	"AWS::CodeBuild::BuildRun codebuild:BatchGetBuilds":                      {names: listed("buildsNotFound")},
	"AWS::CodeBuild::Project codebuild:BatchGetProjects":                     {names: listed("projectsNotFound")},
	"AWS::CodeDeploy::Application codedeploy:BatchGetApplications":           {gone: []string{"ApplicationDoesNotExistException"}},
	"AWS::CodeDeploy::Deployment codedeploy:BatchGetDeployments":             {gone: []string{"DeploymentDoesNotExistException"}},
	"AWS::CodeDeploy::DeploymentGroup codedeploy:BatchGetDeploymentGroups":   {gone: []string{"DeploymentGroupDoesNotExistException"}},
	"AWS::CodeDeploy::DeploymentTarget codedeploy:BatchGetDeploymentTargets": {gone: []string{"DeploymentTargetDoesNotExistException", "InstanceDoesNotExistException"}},
	"AWS::ECS::Cluster ecs:DescribeClusters":                                 {names: ecsMissing},
	"AWS::ECS::Service ecs:DescribeServices":                                 {names: ecsMissing},
	"AWS::ECS::TaskDefinition ecs:DescribeTaskDefinition":                    {},
	"AWS::SQS::Queue sqs:GetQueueAttributes":                                 {gone: []string{"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}},
}

// proofOf returns the proof of an essential call: that of the table, or else the code of
// the error with which the kind's archive answers it.
func proofOf(t *testing.T, k *kind.Kind, f kind.FollowUp) proof {
	t.Helper()
	if known, ok := proofs[k.Type+" "+f.Actions[0]]; ok {
		return known
	}
	var p proof
	code := regexp.MustCompile(`(?:"__type": *"(?:[^"]*#)?|<Code>)(\w+)`)
	for _, file := range newReplay(t, k).archive.Files {
		operation, _, _ := strings.Cut(file.Name, ".")
		_, _, failed := strings.Cut(file.Name, " ")
		if failed && action(k, operation) == f.Actions[0] {
			p.gone = append(p.gone, string(code.FindSubmatch(file.Data)[1]))
		}
	}
	if len(p.gone) == 0 {
		t.Fatalf("let the archive answer %s about a resource that does not exist any more, or say in proofs how AWS does", f.Actions[0])
	}
	return p
}

// codesOf returns the codes with which a kind's service says that something does not exist.
func codesOf(k *kind.Kind) []string {
	if codes, ok := notFoundCodes[k.Service.Prefix]; ok {
		return codes
	}
	return []string{"ResourceNotFoundException", "NotFoundException", "ResourceNotFound"}
}

// notFoundCodes are the codes with which a service says that something does not exist,
// whatever it is. A service that the table lacks has the usual ones, see codesOf.
var notFoundCodes = map[string][]string{
	"codebuild": {"ResourceNotFoundException"},
	"codedeploy": {
		"ApplicationDoesNotExistException", "DeploymentConfigDoesNotExistException", "DeploymentDoesNotExistException",
		"DeploymentGroupDoesNotExistException", "DeploymentTargetDoesNotExistException", "InstanceDoesNotExistException",
		"RevisionDoesNotExistException",
	},
	"codepipeline": {
		"PipelineNotFoundException", "PipelineExecutionNotFoundException", "PipelineVersionNotFoundException",
		"ResourceNotFoundException", "StageNotFoundException",
	},
	"dynamodb":      {"ResourceNotFoundException", "TableNotFoundException", "PolicyNotFoundException"},
	"ec2":           {"InvalidInstanceID.NotFound", "InvalidVolume.NotFound"},
	"ecr":           {"RepositoryNotFoundException", "RepositoryPolicyNotFoundException", "LifecyclePolicyNotFoundException"},
	"ecs":           {"ClusterNotFoundException", "ServiceNotFoundException", "ResourceNotFoundException"},
	"eks":           {"ResourceNotFoundException", "NotFoundException"},
	"elasticache":   {"CacheClusterNotFound", "ReplicationGroupNotFoundFault", "UserNotFound"},
	"kms":           {"NotFoundException", "CustomKeyStoreNotFoundException"},
	"lambda":        {"ResourceNotFoundException"},
	"memorydb":      {"UserNotFoundFault", "ACLNotFoundFault", "ClusterNotFoundFault"},
	"organizations": {"AccountNotFoundException", "ChildNotFoundException", "TargetNotFoundException"},
	"s3": {
		"NoSuchBucket", "NoSuchTagSet", "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError",
		"ServerSideEncryptionConfigurationNotFoundError",
	},
	"ses": {"NotFoundException"},
	"sns": {"NotFound", "ResourceNotFound", "KMSNotFound"},
	"sqs": {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException"},
}

// listed is an answer whose member lists what does not exist.
func listed(member string) func([]string) string {
	return func(asked []string) string {
		text, _ := json.Marshal(map[string]any{member: asked})
		return string(text)
	}
}

func ecsMissing(asked []string) string {
	failures := []map[string]string{}
	for _, arn := range asked {
		failures = append(failures, map[string]string{"arn": arn, "reason": "MISSING"})
	}
	text, _ := json.Marshal(map[string]any{"failures": failures})
	return string(text)
}

// askedAbout returns the identifiers that a batch call names, which are the first list
// of its request that is not about what the answer is to include.
func askedAbout(request *http.Request) []string {
	var body map[string]any
	_ = json.Unmarshal([]byte(bodyOf(request)), &body)
	for name, value := range body {
		if list, ok := value.([]any); ok && name != "include" {
			var ids []string
			for _, id := range list {
				ids = append(ids, id.(string))
			}
			return ids
		}
	}
	return nil
}

// empty is an answer of AWS that tells nothing.
func empty(operation string, request *http.Request) *reply {
	if service, _, _ := strings.Cut(request.URL.Host, "."); service == "sns" {
		return &reply{http.StatusOK, "<" + operation + "Response><" + operation + "Result></" + operation + "Result></" + operation + "Response>"}
	}
	return &reply{http.StatusOK, "{}"}
}

// calling walks every follow-up of every kind that makes a call. The test reads with
// the answers to that call spoiled.
func calling(t *testing.T, test func(t *testing.T, k *kind.Kind, f kind.FollowUp, read reading)) {
	t.Helper()
	each(t, func(t *testing.T, k *kind.Kind) {
		for _, f := range slices.Concat(k.Default, k.Optional) {
			if len(f.Actions) == 0 {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				test(t, k, f, spoiled(t, k, f))
			})
		}
	})
}

// spoiled reads a kind with the answers to a call spoiled.
func spoiled(t *testing.T, k *kind.Kind, f kind.FollowUp) reading {
	t.Helper()
	return func(spoil func(operation string, request *http.Request) *reply) ([]kind.Object, []error) {
		r, hit := newReplay(t, k), false
		r.spoil = func(operation string, _ int, request *http.Request) *reply {
			if action(k, operation) != f.Actions[0] {
				return nil
			}
			hit = true
			return spoil(operation, request)
		}
		documents, errs := r.read(k, f.Name)
		if !hit {
			t.Errorf("%s was not called", f.Actions[0])
		}
		return documents, errs
	}
}

// reading reads with a call spoiled.
type reading func(spoil func(operation string, request *http.Request) *reply) ([]kind.Object, []error)

// refusing reads with a call refused by a code.
func (read reading) refusing(code, message string) ([]kind.Object, []error) {
	return read(func(_ string, request *http.Request) *reply {
		return refusal(request, http.StatusBadRequest, code, message)
	})
}

// TestDetailThatIsNotFound: whatever AWS does not find, the resource stays, without the
// property and without an error of the cell.
func TestDetailThatIsNotFound(t *testing.T) {
	t.Parallel()
	calling(t, func(t *testing.T, k *kind.Kind, f kind.FollowUp, read reading) {
		if f.Essential {
			return
		}
		codes := codesOf(k)
		whole, _ := newReplay(t, k).read(k)
		for _, code := range codes {
			documents, errs := read.refusing(code, "does not exist")
			if len(documents) != len(whole) {
				t.Errorf("%s leaves %d of %d documents", code, len(documents), len(whole))
			}
			if slices.Contains(k.OptionalNames(), f.Name) && f.Instead == nil {
				if diff := cmp.Diff(whole, documents); diff != "" {
					t.Errorf("%s (-without the action +with it):\n%s", code, diff)
				}
			}
			if absent := slices.Contains(f.Absent, code); absent != (len(errs) == 0) {
				t.Errorf("%s, absent %t: errors %v", code, absent, errs)
			}
			for _, err := range errs {
				var lack *kind.LackError
				if !errors.As(err, &lack) || lack.Action != f.Actions[0] {
					t.Errorf("%s returns %v", code, err)
				}
			}
		}
	})
}

// TestResourceThatDoesNotExist: only what AWS says of this very resource takes it out.
func TestResourceThatDoesNotExist(t *testing.T) {
	t.Parallel()
	calling(t, func(t *testing.T, k *kind.Kind, f kind.FollowUp, read reading) {
		if !f.Essential {
			return
		}
		want := proofOf(t, k, f)
		if f.Call != nil && !slices.Equal(f.Gone, want.gone) {
			t.Errorf("the codes are %v, want %v", f.Gone, want.gone)
		}
		for _, code := range want.gone {
			if documents, errs := read.refusing(code, "does not exist"); len(documents)+len(errs) > 0 {
				t.Errorf("%s: %d documents, errors %v", code, len(documents), errs)
			}
		}
		if want.names != nil {
			documents, errs := read(func(_ string, request *http.Request) *reply {
				return &reply{http.StatusOK, want.names(askedAbout(request))}
			})
			if len(documents)+len(errs) > 0 {
				t.Errorf("named as missing: %d documents, errors %v", len(documents), errs)
			}
		}
		for _, code := range codesOf(k) {
			if !slices.Contains(want.gone, code) {
				documents, errs := read.refusing(code, "does not exist")
				notRead(t, code, documents, errs)
			}
		}
		documents, errs := read(empty)
		notRead(t, "left out", documents, errs)
	})
}

// notRead wants no document, and an error that says that a resource was not read.
func notRead(t *testing.T, what string, documents []kind.Object, errs []error) {
	t.Helper()
	if len(documents) > 0 || len(errs) == 0 {
		t.Errorf("%s: %d documents, errors %v", what, len(documents), errs)
	}
	for _, err := range errs {
		if class := awserr.ClassOf(err); class == awserr.NotFound || class == awserr.Closed {
			t.Errorf("%s: class %s of %v", what, class, err)
		}
	}
}

// TestResourceThatIsRefusedForGood: each is named, and none is taken for gone.
func TestResourceThatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	calling(t, func(t *testing.T, k *kind.Kind, f kind.FollowUp, read reading) {
		whole, _ := newReplay(t, k).read(k)
		documents, errs := read.refusing("AccessDeniedException", "with an explicit deny in a service control policy")
		if f.Call == nil { // the listing asks, and without the answer has no end
			if len(errs) != 1 || awserr.ClassOf(errs[0]) != awserr.Closed || errors.As(errs[0], new(*kind.RefusedError)) {
				t.Errorf("errors %v", errs)
			}
			return
		}
		wanted := 0
		if !f.Essential {
			wanted = len(whole)
		}
		if len(documents) != wanted || len(errs) < len(whole) {
			t.Errorf("%d documents, want %d; %d errors", len(documents), wanted, len(errs))
		}
		for _, err := range errs {
			var refused *kind.RefusedError
			if !errors.As(err, &refused) || refused.ID == "" || refused.Action != f.Actions[0] || refused.Detail == f.Essential {
				t.Errorf("error %v", err)
			}
		}
	})
}

// TestAnswerOfAGateway is no answer of AWS, whatever its status: it says nothing about
// the resource or its detail.
func TestAnswerOfAGateway(t *testing.T) {
	t.Parallel()
	const page = "<!doctype html><html><body>Not Found</body></html>"
	calling(t, func(t *testing.T, k *kind.Kind, f kind.FollowUp, read reading) {
		for _, status := range []int{http.StatusNotFound, http.StatusGone} {
			for _, body := range []string{page, ""} {
				documents, errs := read(func(string, *http.Request) *reply { return &reply{status, body} })
				notRead(t, fmt.Sprintf("%d %q", status, body), documents, errs)
				for _, err := range errs {
					if errors.As(err, new(*kind.LackError)) {
						t.Errorf("%d %q: %v", status, body, err)
					}
				}
			}
		}
	})
}

// TestParentThatIsGone: what was beneath it was not read, which proves nothing. Only
// what says that there is nothing beneath a parent is an answer.
func TestParentThatIsGone(t *testing.T) {
	t.Parallel()
	nothing := map[string]string{"AWS::CodeDeploy::DeploymentTarget": "DeploymentNotStartedException"}
	each(t, func(t *testing.T, k *kind.Kind) {
		if len(k.List.Actions) < 2 {
			return
		}
		beneath := kind.FollowUp{Name: "beneath", Actions: k.List.Actions[1:]}
		read := spoiled(t, k, beneath)
		for _, code := range codesOf(k) {
			documents, errs := read.refusing(code, "does not exist")
			notRead(t, code, documents, errs)
		}
		if code := nothing[k.Type]; code != "" {
			if documents, errs := read.refusing(code, "nothing yet"); len(documents)+len(errs) > 0 {
				t.Errorf("%s: %d documents, errors %v", code, len(documents), errs)
			}
		}
	})
}

// TestEveryProofIsOfACall keeps the table free of what is not called any more.
func TestEveryProofIsOfACall(t *testing.T) {
	t.Parallel()
	var calls []string
	for _, k := range kinds.All {
		for _, f := range slices.Concat(k.Default, k.Optional) {
			if f.Essential {
				calls = append(calls, k.Type+" "+f.Actions[0])
			}
		}
	}
	for call := range proofs {
		if !slices.Contains(calls, call) {
			t.Errorf("%s is not an essential call", call)
		}
	}
}
