package awssim

import "strconv"

var (
	instanceTypes  = []string{"t3.micro", "t3.medium", "m6i.large", "m7g.xlarge", "c7g.large", "r6i.xlarge"}
	instanceStates = []string{"running", "running", "running", "running", "stopped"}
	stateCodes     = map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
)

// instanceState is the state that an instance is made up with or was given.
func instanceState(account string, r *Resource) string {
	if given, ok := fields(r.Attributes["instanceState"]); ok {
		name, _ := given.get("name").(string)
		return name
	}
	return pick(dieOf("state", account, r.ID), instanceStates)
}

// instanceForm is an instance as DescribeInstances tells of it.
func (c *call) instanceForm(r *Resource) object {
	account := c.caller.account
	d := dieOf(account, r.Region, r.ID)
	state := instanceState(account, r)
	zoneNumber := d.next()
	launched := stamp(created(r))
	address := "10." + strconv.Itoa(d.below(250)) + "." + strconv.Itoa(d.below(250)) + "." + strconv.Itoa(4+d.below(250))
	private := "ip-" + dashed(address) + "." + r.Region + ".compute.internal"
	vpc, subnet := "vpc-0"+dieOf("vpc", account, r.Region).hex(16), "subnet-0"+dieOf("subnet", account, r.Region, zone(r.Region, zoneNumber)).hex(16)
	group := []object{{{"groupId", "sg-0" + d.hex(16)}, {"groupName", "default"}}}
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
	made := hexPrefixes[Volume] + d.hex(16)
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

// instanceStatusForm is an instance as DescribeInstanceStatus tells of it.
func (c *call) instanceStatusForm(r *Resource) object {
	state := instanceState(c.caller.account, r)
	status := object{{"status", "not-applicable"}}
	if state == "running" {
		status = object{{"status", "ok"}, {"details", []object{{{"name", "reachability"}, {"status", "passed"}}}}}
	}
	placement, _ := fields(c.instanceForm(r).get("placement"))
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

func dashed(address string) string {
	b := []byte(address)
	for i := range b {
		if b[i] == '.' {
			b[i] = '-'
		}
	}
	return string(b)
}
