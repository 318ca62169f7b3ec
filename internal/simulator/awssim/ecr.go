package awssim

import (
	"encoding/json"
	"strings"
)

var ecrService = func() *service {
	d := jsonDialect
	d.failed = refusal{status: 500, code: "ServerException", message: "Internal server error"}
	d.badParameter = refusal{status: 400, code: "InvalidParameterException"}
	return &service{
		name:    "ecr",
		wire:    &jsonWire{target: "AmazonEC2ContainerRegistry_V20150921", version: "1.1", message: "message"},
		dialect: d,
		scopeOf: func(c *call) string {
			var asked struct{ RepositoryName, ResourceArn string }
			_ = json.Unmarshal(c.body, &asked)
			switch {
			case asked.ResourceArn != "":
				return asked.ResourceArn
			case asked.RepositoryName != "":
				return c.repositoryARN(asked.RepositoryName)
			}
			return c.repositoryARN("*")
		},
		operations: operations(
			operation{name: "DescribeRepositories", action: "ecr:DescribeRepositories", serve: describeRepositories},
			operation{name: "GetRepositoryPolicy", action: "ecr:GetRepositoryPolicy", serve: getRepositoryPolicy},
			operation{name: "GetLifecyclePolicy", action: "ecr:GetLifecyclePolicy", serve: getLifecyclePolicy},
			operation{name: "ListTagsForResource", action: "ecr:ListTagsForResource", serve: listRepositoryTags},
		),
	}
}()

// The greatest page of repositories and the usual one.
const (
	repositoriesPage      = 1000
	repositoriesUsualPage = 100
)

func (c *call) repositoryARN(name string) string {
	return c.server.arn("ecr", c.signature.region, c.caller.account, "repository/"+name)
}

func (c *call) repositoryURI(name string) string {
	return c.caller.account + ".dkr.ecr." + c.signature.region + "." + domain(c.server.world.partition) + "/" + name
}

func describeRepositories(c *call) error {
	input, err := decode[struct {
		MaxResults *int
		NextToken  string
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, repositoriesPage, repositoriesUsualPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(Repository, size, input.NextToken, "", nil)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid pagination token'")
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = c.repositoryForm(&found[i])
	}
	return c.reply(object{{"repositories", list}}.optional("nextToken", next))
}

// repository finds a repository by its name.
func (c *call) repository(name string) (Resource, error) {
	c.call.Resource = name
	if !idForms[Repository].MatchString(name) {
		return Resource{}, c.service.dialect.badParameter.saying(
			"Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression'")
	}
	r, there := c.find(Repository, name)
	if !there {
		return Resource{}, refusal{status: 400, code: "RepositoryNotFoundException"}.saying(
			"The repository with name '%s' does not exist in the registry with id '%s'", name, c.caller.account)
	}
	return r, nil
}

// repositoryPolicy serves one of a repository's two policies, which is an attribute
// of it.
func repositoryPolicy(c *call, attribute, absent string) error {
	input, err := decode[struct{ RepositoryName string }](c)
	if err != nil {
		return err
	}
	r, err := c.repository(input.RepositoryName)
	if err != nil {
		return err
	}
	text := given(&r, attribute, "")
	if text == "" {
		return refusal{status: 400, code: absent}.saying("The policy does not exist for the repository with name '%s' in the registry with id '%s'",
			r.ID, c.caller.account)
	}
	return c.reply(object{{"registryId", c.caller.account}, {"repositoryName", r.ID}, {attribute, text}})
}

func getRepositoryPolicy(c *call) error {
	return repositoryPolicy(c, "policyText", "RepositoryPolicyNotFoundException")
}

func getLifecyclePolicy(c *call) error {
	return repositoryPolicy(c, "lifecyclePolicyText", "LifecyclePolicyNotFoundException")
}

func listRepositoryTags(c *call) error {
	input, err := decode[struct{ ResourceArn string }](c)
	if err != nil {
		return err
	}
	name, ours := strings.CutPrefix(input.ResourceArn, c.repositoryARN(""))
	if !ours {
		return c.service.dialect.badParameter.saying("Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'")
	}
	r, err := c.repository(name)
	if err != nil {
		return err
	}
	return c.reply(object{{"tags", tagList(r.Tags, "Key", "Value")}})
}

// repositoryForm is a repository as DescribeRepositories tells of it.
func (c *call) repositoryForm(r *Resource) object {
	d := dieOf("repository", c.caller.account, r.Region, r.ID)
	return object{
		{"repositoryArn", c.repositoryARN(r.ID)},
		{"registryId", c.caller.account},
		{"repositoryName", r.ID},
		{"repositoryUri", c.repositoryURI(r.ID)},
		{"createdAt", epoch(created(r))},
		{"imageTagMutability", pick(d, []string{"MUTABLE", "IMMUTABLE"})},
		{"imageScanningConfiguration", object{{"scanOnPush", d.oneIn(2)}}},
		{"encryptionConfiguration", object{{"encryptionType", "AES256"}}},
	}.with(without(r.Attributes, "policyText", "lifecyclePolicyText"))
}
