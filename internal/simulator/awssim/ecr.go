package awssim

import (
	"cmp"
	"regexp"
	"strings"
)

// Repository is a repository of ECR. Its attributes policyText and lifecyclePolicyText are
// its two policies.
const Repository = "AWS::ECR::Repository"

func init() {
	ecr := service{
		name: "ecr", wire: &jsonWire{target: "AmazonEC2ContainerRegistry_V20150921", version: "1.1"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.failed = refuse(500, "ServerException", "Internal server error")
			d.badParameter = refuse(400, "InvalidParameterException", "")
			d.badToken = refuse(400, "InvalidParameterException", "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid pagination token'")
		}),
		scope: func(c *call) string {
			return cmp.Or(c.text("resourceArn"), c.arn(Repository, cmp.Or(c.text("repositoryName"), "*")))
		},
	}
	repository := detail{
		kind: Repository, by: "repositoryName",
		malformed: refuse(400, "InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression'"),
		missing:   refuse(400, "RepositoryNotFoundException", "The repository with name '{id}' does not exist in the registry with id '{account}'"),
	}
	tagged := repository
	tagged.by, tagged.named = "resourceArn", byARN
	tagged.malformed.message = "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'"
	ecr.simulate(
		kind{
			name: Repository, form: regexp.MustCompile(`^([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$`), arn: "repository/",
			things: []string{"web", "api", "worker", "base", "tools", "migrations"},
			ids: names(func(_ origin, _ *die, name, number string) string {
				return strings.Replace(name, "-", "/", 1) + "-" + number
			}),
		},
		operation{name: "DescribeRepositories", list: &listing{
			kind: Repository, items: "repositories", item: repositoryForm, size: bounds{"maxResults", 1, 1000, 100}, token: "nextToken",
		}},
		operation{name: "GetRepositoryPolicy", detail: repository.with(repositoryPolicy("policyText", "RepositoryPolicyNotFoundException"))},
		operation{name: "GetLifecyclePolicy", detail: repository.with(repositoryPolicy("lifecyclePolicyText", "LifecyclePolicyNotFoundException"))},
		operation{name: "ListTagsForResource", detail: tagged.with(tags("tags", "Key", "Value"))},
	)
}

func (c *call) repositoryURI(name string) string {
	return c.caller.account + ".dkr.ecr." + c.signature.region + "." + domain(c.server.world.partition) + "/" + name
}

// repositoryPolicy replies with one of a repository's two policies.
func repositoryPolicy(attribute, absent string) func(*call, *Resource) (object, error) {
	return func(c *call, r *Resource) (object, error) {
		text := given(r, attribute, "")
		if text == "" {
			return nil, refuse(400, absent, "The policy does not exist for the repository with name '{id}' in the registry with id '{account}'").about(c, r.ID)
		}
		return object{{"registryId", c.caller.account}, {"repositoryName", r.ID}, {attribute, text}}, nil
	}
}

// repositoryForm is a repository as DescribeRepositories returns it.
func repositoryForm(c *call, r *Resource) object {
	d := dieOf("repository", c.caller.account, r.Region, r.ID)
	return object{
		{"repositoryArn", c.arn(Repository, r.ID)},
		{"registryId", c.caller.account},
		{"repositoryName", r.ID},
		{"repositoryUri", c.repositoryURI(r.ID)},
		{"createdAt", epoch(created(r))},
		{"imageTagMutability", pick(d, []string{"MUTABLE", "IMMUTABLE"})},
		{"imageScanningConfiguration", object{{"scanOnPush", d.oneIn(2)}}},
		{"encryptionConfiguration", object{{"encryptionType", "AES256"}}},
	}.with(without(r.Attributes, "policyText", "lifecyclePolicyText"))
}
