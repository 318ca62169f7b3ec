package awssim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Instance is an instance of EC2. Its attribute reservationId names the launch that it came
// from.
const Instance = "AWS::EC2::Instance"

func init() {
	ec2.simulate(
		kind{
			name: Instance, form: regexp.MustCompile(`^i-([0-9a-f]{8}|[0-9a-f]{17})$`), ids: hexadecimal("i-0"),
			things: []string{"web", "api", "worker", "bastion", "runner", "broker", "cache", "proxy"},
		},
		operation{name: "DescribeInstances", takes: members{"InstanceId": isList}, list: &listing{
			items: "reservationSet", named: namedReservations, of: reservations, size: ec2Page, token: "NextToken", next: "nextToken",
		}},
		operation{name: "DescribeInstanceStatus", takes: members{"InstanceId": isList, "IncludeAllInstances": isFlag}, list: &listing{
			items: "instanceStatusSet", named: namedStatuses, of: statuses, size: ec2Page, token: "NextToken", next: "nextToken",
		}},
	)
}

func instanceIDs(most int) ec2IDs {
	return ec2IDs{kind: Instance, member: "InstanceId", most: most, unknown: func(ids []string) error {
		unknown := refuse(400, "InvalidInstanceID.NotFound", "")
		if len(ids) == 1 {
			return unknown.saying("The instance ID '%s' does not exist", ids[0])
		}
		return unknown.saying("The instance IDs '%s' do not exist", strings.Join(ids, ", "))
	}}
}

// reservations pages through instances; those of one launch share an item.
func reservations(c *call) (source, error) {
	return func(from, size int) ([]any, int) {
		found, next := c.server.world.list(c.caller.account, c.signature.region, selection{kind: Instance}, from, size)
		return grouped(c, found), next
	}, nil
}

func namedReservations(c *call) ([]any, error) {
	if len(c.texts("InstanceId")) == 0 {
		return nil, nil
	}
	found, err := instanceIDs(ec2Page.most).find(c)
	return grouped(c, found), err
}

func grouped(c *call, instances []Resource) []any {
	list := []any{}
	for len(instances) > 0 {
		id := reservationOf(c, &instances[0])
		size := 1
		for size < len(instances) && reservationOf(c, &instances[size]) == id {
			size++
		}
		list = append(list, object{
			{"reservationId", id}, {"ownerId", c.caller.account}, {"groupSet", []object{}}, {"instancesSet", items(c, instances[:size], instanceForm)},
		})
		instances = instances[size:]
	}
	return list
}

// told says whether the answer has the status of an instance. Instances that are not
// running are left out unless all are asked for.
func told(c *call) func(*Resource) bool {
	return func(r *Resource) bool {
		return c.flag("IncludeAllInstances") || instanceState(c.caller.account, r) == "running"
	}
}

func statuses(c *call) (source, error) {
	return resources(c, selection{kind: Instance, keep: told(c)}, instanceStatusForm), nil
}

func namedStatuses(c *call) ([]any, error) {
	if len(c.texts("InstanceId")) == 0 {
		return nil, nil
	}
	found, err := instanceIDs(100).find(c)
	keep := told(c)
	return items(c, slices.DeleteFunc(found, func(r Resource) bool { return !keep(&r) }), instanceStatusForm), err
}

var (
	instanceTypes  = []string{"t3.micro", "t3.medium", "m6i.large", "m7g.xlarge", "c7g.large", "r6i.xlarge"}
	instanceStates = []string{"running", "running", "running", "running", "stopped"}
	stateCodes     = map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
)

// reservationOf names the launch that an instance came from. Neighbours share
// one now and then.
func reservationOf(c *call, r *Resource) string {
	if id, given := r.Attributes["reservationId"].(string); given {
		return id
	}
	return "r-0" + dieOf("reservation", c.caller.account, r.Region, r.Created.Format("2006-01-02T15"), r.Tags["Team"]).hex(16)
}

// instanceState is the state that an instance is made up with or was given.
func instanceState(account string, r *Resource) string {
	if given, ok := fields(r.Attributes["instanceState"]); ok {
		name, _ := given.get("name").(string)
		return name
	}
	return pick(dieOf("state", account, r.ID), instanceStates)
}

// instanceForm is an instance as DescribeInstances returns it.
func instanceForm(c *call, r *Resource) object {
	account := c.caller.account
	d := dieOf(account, r.Region, r.ID)
	state := instanceState(account, r)
	zoneNumber := d.next()
	launched := stamp(created(r))
	address := "10." + strconv.Itoa(d.below(250)) + "." + strconv.Itoa(d.below(250)) + "." + strconv.Itoa(4+d.below(250))
	private := "ip-" + strings.ReplaceAll(address, ".", "-") + "." + r.Region + ".compute.internal"
	vpc, subnet := c.some("AWS::EC2::VPC", "vpc-0"+dieOf("vpc", account, r.Region).hex(16)), c.some("AWS::EC2::Subnet", "subnet-0"+dieOf("subnet", account, r.Region, zone(r.Region, zoneNumber)).hex(16))
	group := []object{{{"groupId", c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}, {"groupName", "default"}}}
	form := object{
		{"instanceId", r.ID},
		{"imageId", "ami-0" + d.hex(16)},
		{"instanceState", object{{"code", stateCodes[state]}, {"name", state}}},
		{"privateDnsName", private},
		{"dnsName", ""},
		{"reason", ""},
		{"amiLaunchIndex", 0},
		{"productCodes", []object{}},
		{"instanceType", pick(d, instanceTypes)},
		{"launchTime", launched},
		{"placement", object{
			{"availabilityZone", zone(r.Region, zoneNumber)}, {"availabilityZoneId", zoneID(r.Region, zoneNumber)},
			{"groupName", ""}, {"tenancy", "default"},
		}},
		{"monitoring", object{{"state", "disabled"}}},
		{"subnetId", subnet},
		{"vpcId", vpc},
		{"privateIpAddress", address},
		{"sourceDestCheck", true},
		{"groupSet", group},
		{"architecture", "x86_64"},
		{"rootDeviceType", "ebs"},
		{"rootDeviceName", "/dev/xvda"},
		{"blockDeviceMapping", []object{{
			{"deviceName", "/dev/xvda"},
			{"ebs", object{{"volumeId", c.rootVolume(r, d)}, {"status", "attached"}, {"attachTime", launched}, {"deleteOnTermination", true}}},
		}}},
		{"virtualizationType", "hvm"},
		{"clientToken", d.uuid()},
		{"tagSet", tagList(r.Tags, "key", "value")},
		{"hypervisor", "xen"},
		{"networkInterfaceSet", []object{networkInterface(d, account, address, private, vpc, subnet, launched, group)}},
	}
	form = append(form, instanceOptions(launched)...)
	return form.with(without(r.Attributes, "reservationId"))
}

// rootVolume is the ID of the volume that an instance starts from.
func (c *call) rootVolume(r *Resource, d *die) string {
	made := "vol-0" + d.hex(16)
	if twin := c.server.world.twin(c.caller.account, Volume, r); twin != "" {
		return twin
	}
	return made
}

func networkInterface(d *die, account, address, dns, vpc, subnet, attached string, group []object) object {
	return object{
		{"networkInterfaceId", "eni-0" + d.hex(16)},
		{"subnetId", subnet},
		{"vpcId", vpc},
		{"description", ""},
		{"ownerId", account},
		{"status", "in-use"},
		{"macAddress", "02:" + d.hex(2) + ":" + d.hex(2) + ":" + d.hex(2) + ":" + d.hex(2) + ":" + d.hex(2)},
		{"privateIpAddress", address},
		{"privateDnsName", dns},
		{"sourceDestCheck", true},
		{"groupSet", group},
		{"attachment", object{
			{"attachmentId", "eni-attach-0" + d.hex(16)}, {"deviceIndex", 0}, {"networkCardIndex", 0},
			{"status", "attached"}, {"attachTime", attached}, {"deleteOnTermination", true},
		}},
		{"privateIpAddressesSet", []object{{{"privateIpAddress", address}, {"privateDnsName", dns}, {"primary", true}}}},
		{"ipv6AddressesSet", []object{}},
		{"interfaceType", "interface"},
		{"operator", object{{"managed", false}}},
	}
}

func instanceOptions(launched string) object {
	return object{
		{"ebsOptimized", true},
		{"enaSupport", true},
		{"cpuOptions", object{{"coreCount", 1}, {"threadsPerCore", 2}}},
		{"capacityReservationSpecification", object{{"capacityReservationPreference", "open"}}},
		{"hibernationOptions", object{{"configured", false}}},
		{"enclaveOptions", object{{"enabled", false}}},
		{"metadataOptions", object{
			{"state", "applied"}, {"httpTokens", "required"}, {"httpPutResponseHopLimit", 2}, {"httpEndpoint", "enabled"},
			{"httpProtocolIpv6", "disabled"}, {"instanceMetadataTags", "disabled"},
		}},
		{"platformDetails", "Linux/UNIX"},
		{"usageOperation", "RunInstances"},
		{"usageOperationUpdateTime", launched},
		{"privateDnsNameOptions", object{
			{"hostnameType", "ip-name"}, {"enableResourceNameDnsARecord", false}, {"enableResourceNameDnsAAAARecord", false},
		}},
		{"maintenanceOptions", object{{"autoRecovery", "default"}, {"rebootMigration", "default"}}},
		{"currentInstanceBootMode", "legacy-bios"},
		{"networkPerformanceOptions", object{{"bandwidthWeighting", "default"}}},
		{"operator", object{{"managed", false}}},
	}
}

// instanceStatusForm is an instance as DescribeInstanceStatus returns it.
func instanceStatusForm(c *call, r *Resource) object {
	state := instanceState(c.caller.account, r)
	status := object{{"status", "not-applicable"}}
	if state == "running" {
		status = object{{"status", "ok"}, {"details", []object{{{"name", "reachability"}, {"status", "passed"}}}}}
	}
	placement, _ := fields(instanceForm(c, r).get("placement"))
	return object{
		{"instanceId", r.ID},
		{"availabilityZone", placement.get("availabilityZone")},
		{"availabilityZoneId", placement.get("availabilityZoneId")},
		{"eventsSet", []object{}},
		{"instanceState", object{{"code", stateCodes[state]}, {"name", state}}},
		{"systemStatus", status},
		{"instanceStatus", status},
		{"operator", object{{"managed", false}}},
	}
}
