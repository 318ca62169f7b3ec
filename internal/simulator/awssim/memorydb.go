package awssim

import (
	"cmp"
	"regexp"
)

// CacheUser is a user of MemoryDB.
const CacheUser = "AWS::MemoryDB::User"

func init() {
	memorydb := service{
		name: "memorydb", wire: &jsonWire{target: "AmazonMemoryDB", version: "1.1"},
		dialect: jsonDialect.with(func(d *dialect) { d.badParameter = refuse(400, "InvalidParameterValueException", "") }),
		scope:   func(c *call) string { return cmp.Or(c.text("ResourceArn"), c.arn(CacheUser, "*")) },
	}
	memorydb.simulate(
		kind{
			name: CacheUser, form: regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9]){0,39}$`), arn: "user/",
			things: []string{"reader", "writer", "admin", "service"},
		},
		// MemoryDB documents no size of a page; 100 is that of the other pages of its family.
		operation{name: "DescribeUsers", list: &listing{
			kind: CacheUser, items: "Users", size: bounds{"MaxResults", 1, 100, 100}, token: "NextToken",
			item: func(c *call, r *Resource) object {
				return object{
					{"Name", r.ID}, {"Status", "active"}, {"AccessString", "on ~* &* +@read"}, {"ACLNames", []string{"open-access"}},
					{"MinimumEngineVersion", "6.2"}, {"Authentication", object{{"Type", "iam"}}}, {"ARN", c.arn(CacheUser, r.ID)},
				}.with(r.Attributes)
			},
		}},
		operation{name: "ListTags", detail: &detail{
			kind: CacheUser, by: "ResourceArn", named: byARN, reply: tags("TagList", "Key", "Value"),
			malformed: refuse(400, "InvalidARNFault", "The ARN {id} is not that of a user in this account and region."),
			missing:   refuse(400, "UserNotFoundFault", "User {id} not found."),
		}},
	)
}
