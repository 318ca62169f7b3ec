package awssim

import (
	"encoding/json"
	"strings"
)

var memorydbService = func() *service {
	d := jsonDialect
	d.badParameter = refusal{status: 400, code: "InvalidParameterValueException"}
	return &service{
		name:    "memorydb",
		wire:    &jsonWire{target: "AmazonMemoryDB", version: "1.1", message: "message"},
		dialect: d,
		scopeOf: func(c *call) string {
			var asked struct{ ResourceArn string }
			_ = json.Unmarshal(c.body, &asked)
			if asked.ResourceArn != "" {
				return asked.ResourceArn
			}
			return c.cacheUserARN("*")
		},
		operations: operations(
			operation{name: "DescribeUsers", action: "memorydb:DescribeUsers", serve: describeCacheUsers},
			operation{name: "ListTags", action: "memorydb:ListTags", serve: listCacheUserTags},
		),
	}
}()

// cacheUsersPage is the number of users on a page. MemoryDB documents none; this is
// that of the other pages of its family.
const cacheUsersPage = 100

func (c *call) cacheUserARN(name string) string {
	return c.server.arn("memorydb", c.signature.region, c.caller.account, "user/"+name)
}

func describeCacheUsers(c *call) error {
	input, err := decode[struct {
		MaxResults *int
		NextToken  string
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, cacheUsersPage, cacheUsersPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(CacheUser, size, input.NextToken, "", nil)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid NextToken")
	}
	list := make([]object, len(found))
	for i := range found {
		r := &found[i]
		list[i] = object{
			{"Name", r.ID}, {"Status", "active"}, {"AccessString", "on ~* &* +@read"}, {"ACLNames", []string{"open-access"}},
			{"MinimumEngineVersion", "6.2"}, {"Authentication", object{{"Type", "iam"}}}, {"ARN", c.cacheUserARN(r.ID)},
		}.with(r.Attributes)
	}
	return c.reply(object{{"Users", list}}.optional("NextToken", next))
}

func listCacheUserTags(c *call) error {
	input, err := decode[struct{ ResourceArn string }](c)
	if err != nil {
		return err
	}
	c.call.Resource = input.ResourceArn
	name, ours := strings.CutPrefix(input.ResourceArn, c.cacheUserARN(""))
	if !ours {
		return refusal{status: 400, code: "InvalidARNFault"}.saying("The ARN %s is not of a user in this account and region.", input.ResourceArn)
	}
	r, there := c.find(CacheUser, name)
	if !there {
		return refusal{status: 400, code: "UserNotFoundFault"}.saying("User %s not found.", name)
	}
	return c.reply(object{{"TagList", tagList(r.Tags, "Key", "Value")}})
}
