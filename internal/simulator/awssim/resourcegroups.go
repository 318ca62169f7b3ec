package awssim

const groupType = "AWS::ResourceGroups::Group"

// Of Resource Groups the groups are simulated that Cloud Control reads too, and what is in
// them: the queues of the same account and region.
func init() {
	groups := service{
		name: "resource-groups", wire: &restWire{message: "Message"}, scope: everything,
		dialect: restDialect.with(func(d *dialect) {
			d.badParameter = refuse(400, "BadRequestException", "")
			d.failed = refuse(500, "InternalServerErrorException", "An internal error occurred.")
		}),
	}
	groups.serve(
		operation{name: "ListGroups", http: "POST /groups-list", list: &listing{
			kind: groupType, items: "GroupIdentifiers", size: bounds{"maxResults", 1, 50, 50}, token: "nextToken", next: "NextToken",
			item: func(c *call, r *Resource) object { return object{{"GroupName", r.ID}, {"GroupArn", c.groupARN(r.ID)}} },
		}},
		operation{name: "ListGroupResources", http: "POST /list-group-resources", takes: members{"Group": isText}, list: &listing{
			of: groupedQueues, items: "Resources", size: bounds{"MaxResults", 1, 50, 50}, token: "NextToken",
		}},
	)
}

func (c *call) groupARN(name string) string {
	return c.server.arn("resource-groups", c.signature.region, c.caller.account, "group/"+name)
}

func groupedQueues(c *call) (source, error) {
	asked := c.text("Group")
	c.call.Resource = asked
	for _, name := range []string{asked, part(asked, "/1")} {
		if _, there := c.find(groupType, name); there && (name == asked || c.groupARN(name) == asked) {
			return resources(c, selection{kind: Queue}, func(c *call, r *Resource) object {
				return object{{"Identifier", object{{"ResourceArn", c.arn(Queue, r.ID)}, {"ResourceType", Queue}}}}
			}), nil
		}
	}
	return nil, refuse(404, "NotFoundException", "").saying("Cannot find group: %s", asked)
}
