package awssim

import (
	"errors"
	"slices"
	"strings"
)

var ec2Service = func() *service {
	d := queryDialect
	notValidated := refusal{status: 401, code: "AuthFailure", message: "AWS was not able to validate the provided access credentials"}
	d.missingKey = refusal{status: 403, code: "MissingAuthenticationToken", message: "Request is missing Authentication Token"}
	d.unknownKey, d.badSignature = notValidated, notValidated
	d.expired = refusal{status: 400, code: "RequestExpired", message: "Request has expired."}
	d.skewed = d.expired
	d.denied = refusal{status: 403, code: "UnauthorizedOperation"}
	d.throttled = refusal{status: 503, code: "RequestLimitExceeded", message: "Request limit exceeded."}
	d.failed = refusal{status: 500, code: "InternalError", message: "An internal error has occurred"}
	d.unavailable = refusal{status: 503, code: "Unavailable", message: "The server is overloaded and can't handle the request."}
	d.badParameter = refusal{status: 400, code: "InvalidParameterValue"}
	return &service{
		name:    "ec2",
		wire:    &queryWire{version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/", ec2: true, items: ec2Items},
		dialect: d,
		scopeOf: everything,
		operations: operations(
			operation{
				name: "DescribeRegions", action: "ec2:DescribeRegions", serve: describeRegions,
				parameters: []string{"AllRegions", "RegionName.", "Filter."},
			},
			operation{
				name: "DescribeInstances", action: "ec2:DescribeInstances", serve: describeInstances,
				parameters: []string{"InstanceId.", "MaxResults", "NextToken", "Filter."},
			},
			operation{
				name: "DescribeInstanceStatus", action: "ec2:DescribeInstanceStatus", serve: describeInstanceStatus,
				parameters: []string{"InstanceId.", "IncludeAllInstances", "MaxResults", "NextToken"},
			},
			operation{
				name: "DescribeVolumes", action: "ec2:DescribeVolumes", serve: describeVolumes,
				parameters: []string{"VolumeId.", "MaxResults", "NextToken"},
			},
			operation{
				name: "DescribeVolumeAttribute", action: "ec2:DescribeVolumeAttribute", serve: describeVolumeAttribute,
				parameters: []string{"Attribute", "VolumeId"},
			},
		),
	}
}()

var ec2Items = itemNames{"": "item"}

// The bounds of EC2's pages, and the number of instances whose status can be
// asked for by id.
const (
	ec2LeastPage    = 5
	ec2GreatestPage = 1000
	ec2StatusIDs    = 100
)

// filters reads the filters of a call; one that is not known is refused.
func (c *call) filters(known ...string) (map[string][]string, error) {
	filters := map[string][]string{}
	for i := 1; ; i++ {
		prefix := "Filter." + string(appendPlain(nil, i))
		name := c.form.Get(prefix + ".Name")
		if name == "" {
			return filters, nil
		}
		if !slices.Contains(known, name) && (!strings.HasPrefix(name, "tag:") || !slices.Contains(known, "tag:")) {
			return nil, c.service.dialect.badParameter.saying("The filter '%s' is invalid", name)
		}
		filters[name] = c.numbered(prefix + ".Value")
	}
}

func describeRegions(c *call) error {
	filters, err := c.filters("opt-in-status", "region-name", "endpoint")
	if err != nil {
		return err
	}
	names := c.numbered("RegionName")
	partition := c.server.world.partition
	for _, name := range names {
		if regionState(partition, name, nil) == "" {
			return c.service.dialect.badParameter.saying("Invalid value '%s' for region name.", name)
		}
	}
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
		endpoint := "ec2." + name + "." + domain(partition)
		if c.form.Get("AllRegions") != "true" && !regionUsable(state) || len(names) > 0 && !slices.Contains(names, name) ||
			filteredOut(filters["opt-in-status"], status) || filteredOut(filters["region-name"], name) || filteredOut(filters["endpoint"], endpoint) {
			continue
		}
		list = append(list, object{{"regionName", name}, {"regionEndpoint", endpoint}, {"optInStatus", status}})
	}
	return c.write(object{{"regionInfo", list}})
}

func filteredOut(wanted []string, value string) bool {
	return len(wanted) > 0 && !matchesAny(wanted, value)
}

// listed is what a call of EC2 names by ID, or a page of everything.
type listed struct {
	kind string
	// noun is what EC2 calls one: "Instance", "Volume".
	noun string
	// most is the greatest number of IDs in a call.
	most int
	keep func(*Resource) bool
}

// gather returns the resources that a call names or pages through.
func (l listed) gather(c *call) (found []Resource, next string, err error) {
	ids := c.numbered(l.noun + "Id")
	size, err := c.number("MaxResults")
	if err != nil {
		return nil, "", err
	}
	if len(ids) > 0 {
		if size != nil {
			return nil, "", refusal{status: 400, code: "InvalidParameterCombination"}.saying(
				"The parameter %ssSet cannot be used with the parameter maxResults", strings.ToLower(l.noun))
		}
		found, err = l.named(c, ids)
		return found, "", err
	}
	limit := ec2GreatestPage
	if size != nil {
		limit = *size
	}
	if limit < ec2LeastPage || limit > ec2GreatestPage {
		return nil, "", c.service.dialect.badParameter.saying("Value ( %d ) for parameter maxResults is invalid. Expecting a value between %d and %d.",
			limit, ec2LeastPage, ec2GreatestPage)
	}
	found, next, ok := c.page(l.kind, limit, c.form.Get("NextToken"), c.question("Filter.", "IncludeAllInstances"), l.keep)
	if !ok {
		return nil, "", c.service.dialect.badParameter.saying("The token '%s' is invalid", c.form.Get("NextToken"))
	}
	return found, next, nil
}

// question is what a page token is bound to: the parameters that choose.
func (c *call) question(names ...string) string {
	var asked []string
	for name, values := range c.form {
		for _, chooser := range names {
			if strings.HasPrefix(name, chooser) {
				asked = append(asked, name+"="+strings.Join(values, ","))
			}
		}
	}
	slices.Sort(asked)
	return strings.Join(asked, "&")
}

func (l listed) named(c *call, ids []string) ([]Resource, error) {
	if len(ids) > l.most {
		return nil, c.service.dialect.badParameter.saying("The maximum number of %s IDs is %d; %d were given", strings.ToLower(l.noun), l.most, len(ids))
	}
	var found []Resource
	var missing []string
	for _, id := range ids {
		r, err := l.one(c, id)
		switch {
		case errors.Is(err, errMissing):
			missing = append(missing, id)
		case err != nil:
			return nil, err
		case l.keep == nil || l.keep(&r):
			found = append(found, r)
		}
	}
	if len(missing) > 0 {
		return nil, l.missing(missing)
	}
	return found, nil
}

var errMissing = errors.New("there is no such resource")

// one finds a resource by its ID; it fails with errMissing if there is none.
func (l listed) one(c *call, id string) (Resource, error) {
	if !idForms[l.kind].MatchString(id) {
		return Resource{}, refusal{status: 400, code: "Invalid" + l.noun + "ID.Malformed"}.saying("Invalid id: \"%s\"", id)
	}
	r, there := c.find(l.kind, id)
	if !there {
		return Resource{}, errMissing
	}
	return r, nil
}

// missing words what EC2 says of IDs that it does not know. A volume's code has no
// "ID" in it.
func (l listed) missing(ids []string) error {
	if l.kind == Volume {
		return refusal{status: 400, code: "InvalidVolume.NotFound"}.saying("The volume '%s' does not exist.", ids[0])
	}
	notFound := refusal{status: 400, code: "InvalidInstanceID.NotFound"}
	if len(ids) == 1 {
		return notFound.saying("The instance ID '%s' does not exist", ids[0])
	}
	return notFound.saying("The instance IDs '%s' do not exist", strings.Join(ids, ", "))
}

func describeInstances(c *call) error {
	filters, err := c.filters("instance-state-name", "instance-type", "vpc-id", "subnet-id", "instance-id", "availability-zone", "tag:")
	if err != nil {
		return err
	}
	found, next, err := listed{Instance, "Instance", ec2GreatestPage, func(r *Resource) bool {
		return len(filters) == 0 || passes(c, r, filters)
	}}.gather(c)
	if err != nil {
		return err
	}
	c.out = openTag(c.out, "reservationSet")
	for len(found) > 0 {
		reservation := reservationOf(c, &found[0])
		size := 1
		for size < len(found) && reservationOf(c, &found[size]) == reservation {
			size++
		}
		writeReservation(c, reservation, found[:size])
		found = found[size:]
	}
	c.out = closeTag(c.out, "reservationSet")
	return c.write(object{}.optional("nextToken", next))
}

func passes(c *call, r *Resource, filters map[string][]string) bool {
	form := c.instanceForm(r)
	for name, wanted := range filters {
		value := ""
		if tag, isTag := strings.CutPrefix(name, "tag:"); isTag {
			value = r.Tags[tag]
		} else {
			value = instanceFact(form, name)
		}
		if filteredOut(wanted, value) {
			return false
		}
	}
	return true
}

func instanceFact(form object, filter string) string {
	var value any
	switch filter {
	case "instance-state-name":
		state, _ := fields(form.get("instanceState"))
		value = state.get("name")
	case "availability-zone":
		placement, _ := fields(form.get("placement"))
		value = placement.get("availabilityZone")
	case "instance-type":
		value = form.get("instanceType")
	case "instance-id":
		value = form.get("instanceId")
	case "vpc-id":
		value = form.get("vpcId")
	case "subnet-id":
		value = form.get("subnetId")
	}
	text, _ := value.(string)
	return text
}

// reservationOf names the launch that an instance came from. Neighbours share
// one now and then.
func reservationOf(c *call, r *Resource) string {
	if id, given := r.Attributes["reservationId"].(string); given {
		return id
	}
	return "r-0" + dieOf("reservation", c.caller.account, r.Region, r.Created.Format("2006-01-02T15"), r.Tags["Team"]).hex(16)
}

func writeReservation(c *call, id string, instances []Resource) {
	c.out = append(c.out, "<item>"...)
	c.out = ec2Items.appendElements(c.out, object{
		{"reservationId", id}, {"ownerId", c.caller.account}, {"groupSet", []object{}},
	})
	c.out = openTag(c.out, "instancesSet")
	for i := range instances {
		c.out = ec2Items.appendElement(c.out, "item", c.instanceForm(&instances[i]))
	}
	c.out = append(c.out, "</instancesSet></item>"...)
}

func describeInstanceStatus(c *call) error {
	all := c.form.Get("IncludeAllInstances") == "true"
	found, next, err := listed{Instance, "Instance", ec2StatusIDs, func(r *Resource) bool {
		return all || instanceState(c.caller.account, r) == "running"
	}}.gather(c)
	if err != nil {
		return err
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = c.instanceStatusForm(&found[i])
	}
	return c.write(object{{"instanceStatusSet", list}}.optional("nextToken", next))
}
