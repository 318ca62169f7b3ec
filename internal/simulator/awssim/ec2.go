package awssim

import (
	"slices"
	"strings"
)

var ec2 = service{
	name: "ec2",
	wire: &queryWire{version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/", ec2: true, items: itemNames{"": "item"}},
	dialect: queryDialect.with(func(d *dialect) {
		d.missingKey = refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
		d.unknownKey = refuse(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
		d.badSignature = d.unknownKey
		d.expired = refuse(400, "RequestExpired", "Request has expired.")
		d.skewed = d.expired
		d.denied = refuse(403, "UnauthorizedOperation", "")
		d.throttled = refuse(503, "RequestLimitExceeded", "Request limit exceeded.")
		d.failed = refuse(500, "InternalError", "An internal error has occurred")
		d.unavailable = refuse(503, "Unavailable", "The server is overloaded and can't handle the request.")
		d.badParameter = refuse(400, "InvalidParameterValue", "")
		d.unknownMember = refuse(400, "UnknownParameter", "")
		d.badSize = refuse(400, "InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value between %d and %d.")
		d.badToken = refuse(400, "InvalidParameterValue", "The token is invalid")
	}),
	scope: everything,
	limits: []Limit{
		{Operation: "DescribeInstanceStatus", Rate: 10, Burst: 50},
		{Operation: "DescribeInstances", Rate: 20, Burst: 100},
		{Operation: "DescribeVolumes", Rate: 20, Burst: 100},
		{Operation: "DescribeVolumeAttribute", Rate: 20, Burst: 100},
		{Operation: "DescribeRegions", Rate: 20, Burst: 100},
	},
}

// ec2Page is the size of the pages of EC2.
var ec2Page = bounds{"MaxResults", 5, 1000, 1000}

func init() {
	ec2.serve(operation{name: "DescribeRegions", takes: members{"AllRegions": isFlag}, answer: describeRegions})
}

func describeRegions(c *call) (object, error) {
	partition := c.server.world.partition
	own := c.server.world.account(c.caller.account).Regions
	var list []object
	for _, name := range AllRegions(partition) {
		state, status := regionState(partition, name, own), "opt-in-not-required"
		if slices.Contains(optional[partition], name) {
			status = "not-opted-in"
			if regionUsable(state) {
				status = "opted-in"
			}
		}
		if c.flag("AllRegions") || regionUsable(state) {
			list = append(list, object{{"regionName", name}, {"regionEndpoint", "ec2." + name + "." + domain(partition)}, {"optInStatus", status}})
		}
	}
	return object{{"regionInfo", list}}, nil
}

// ec2IDs is how EC2 answers about resources that a call names by ID.
type ec2IDs struct {
	kind   string
	member string
	// most is the greatest number of IDs in a call.
	most int
	// unknown refuses the IDs that EC2 does not know.
	unknown func(ids []string) error
}

// find returns the resources that a call names.
func (e ec2IDs) find(c *call) ([]Resource, error) {
	asked := c.texts(e.member)
	noun := strings.TrimSuffix(e.member, "Id")
	switch {
	case len(asked) > 0 && c.number("MaxResults") != nil:
		return nil, refuse(400, "InvalidParameterCombination", "").saying(
			"The parameter %ssSet cannot be used with the parameter maxResults", strings.ToLower(noun))
	case len(asked) > e.most:
		return nil, c.service.dialect.badParameter.saying("The maximum number of %s IDs is %d; %d were given", strings.ToLower(noun), e.most, len(asked))
	}
	var found []Resource
	var missing []string
	for _, id := range asked {
		if !kinds[e.kind].form.MatchString(id) {
			return nil, refuse(400, "Invalid"+noun+"ID.Malformed", "").saying("Invalid id: \"%s\"", id)
		}
		if r, there := c.find(e.kind, id); there {
			found = append(found, r)
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return nil, e.unknown(missing)
	}
	return found, nil
}
