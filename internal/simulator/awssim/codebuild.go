package awssim

import (
	"slices"
	"strings"
)

var codebuildService = func() *service {
	d := jsonDialect
	d.badParameter = refusal{status: 400, code: "InvalidInputException"}
	return &service{
		name:    "codebuild",
		wire:    &jsonWire{target: "CodeBuild_20161006", version: "1.1", message: "message"},
		dialect: d,
		scopeOf: func(c *call) string {
			if c.operation.name == "ListProjects" || c.operation.name == "ListBuilds" {
				return ""
			}
			return c.projectARN("*")
		},
		operations: operations(
			operation{name: "ListProjects", action: "codebuild:ListProjects", serve: listProjects},
			operation{name: "BatchGetProjects", action: "codebuild:BatchGetProjects", serve: batchGetProjects},
			operation{name: "ListBuilds", action: "codebuild:ListBuilds", serve: listBuilds},
			operation{name: "BatchGetBuilds", action: "codebuild:BatchGetBuilds", serve: batchGetBuilds},
		),
	}
}()

// codebuildPage is the number of names on a page, and the greatest number that
// can be asked about at once.
const codebuildPage = 100

func (c *call) projectARN(name string) string {
	return c.server.arn("codebuild", c.signature.region, c.caller.account, "project/"+name)
}

func (c *call) buildARN(id string) string {
	return c.server.arn("codebuild", c.signature.region, c.caller.account, "build/"+id)
}

func (c *call) codebuildToken(token string) error {
	return c.service.dialect.badParameter.saying("Invalid nextToken: %s", token)
}

func listProjects(c *call) error {
	input, err := decode[struct{ NextToken string }](c)
	if err != nil {
		return err
	}
	found, next, ok := c.page(Project, codebuildPage, input.NextToken, "", nil)
	if !ok {
		return c.codebuildToken(input.NextToken)
	}
	return c.reply(object{{"projects", ids(found)}}.optional("nextToken", next))
}

// listBuilds takes an order for the first page only, whose token keeps it.
func listBuilds(c *call) error {
	input, err := decode[struct{ NextToken, SortOrder string }](c)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"", "ASCENDING", "DESCENDING"}, input.SortOrder) {
		return c.service.dialect.badParameter.saying("1 validation error detected: Value '%s' at 'sortOrder' failed to satisfy constraint: "+
			"Member must satisfy enum value set: [ASCENDING, DESCENDING]", input.SortOrder)
	}
	oldestFirst, question := input.SortOrder == "ASCENDING", ""
	if input.NextToken != "" {
		if input.SortOrder != "" {
			return c.service.dialect.badParameter.saying("Sort order can't be specified when passing a nextToken")
		}
		_, oldestFirst = c.slot(input.NextToken, "ASCENDING")
	}
	if oldestFirst {
		question = "ASCENDING"
	}
	found, next, ok := c.branch(branch{kind: BuildRun, oldestFirst: oldestFirst}, codebuildPage, input.NextToken, question, nil)
	if !ok {
		return c.codebuildToken(input.NextToken)
	}
	return c.reply(object{{"ids", ids(found)}}.optional("nextToken", next))
}

// codebuildBatch checks the number of things that are asked about.
func (c *call) codebuildBatch(member string, asked []string) error {
	constraint := ""
	switch {
	case len(asked) == 0:
		constraint = "greater than or equal to 1"
	case len(asked) > codebuildPage:
		constraint = "less than or equal to 100"
	default:
		return nil
	}
	return c.service.dialect.badParameter.saying("1 validation error detected: Value '[%s]' at '%s' failed to satisfy constraint: Member must have length %s",
		strings.Join(asked, ", "), member, constraint)
}

// batchGetProjects tells of projects by name or ARN. The service promises no
// order, so it is not the one that was asked in.
func batchGetProjects(c *call) error {
	input, err := decode[struct{ Names []string }](c)
	if err != nil {
		return err
	}
	if err := c.codebuildBatch("names", input.Names); err != nil {
		return err
	}
	projects, missing := []object{}, []string{}
	for _, asked := range slices.Backward(input.Names) {
		r, there := c.find(Project, strings.TrimPrefix(asked, c.projectARN("")))
		if !there {
			missing = append(missing, asked)
			continue
		}
		projects = append(projects, c.projectForm(&r).with(r.Attributes))
	}
	return c.reply(object{{"projects", projects}, {"projectsNotFound", missing}})
}

// batchGetBuilds tells of builds by ID or ARN, in no promised order either.
func batchGetBuilds(c *call) error {
	input, err := decode[struct{ IDs []string }](c)
	if err != nil {
		return err
	}
	if err := c.codebuildBatch("ids", input.IDs); err != nil {
		return err
	}
	builds, missing := []object{}, []string{}
	for _, asked := range slices.Backward(input.IDs) {
		id := strings.TrimPrefix(asked, c.buildARN(""))
		if !idForms[BuildRun].MatchString(id) {
			return c.service.dialect.badParameter.saying("Invalid build ID provided: %s", asked)
		}
		r, there := c.find(BuildRun, id)
		if !there {
			missing = append(missing, asked)
			continue
		}
		builds = append(builds, c.buildForm(&r).with(r.Attributes))
	}
	return c.reply(object{{"builds", builds}, {"buildsNotFound", missing}})
}
