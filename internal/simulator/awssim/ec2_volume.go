package awssim

import "errors"

func describeVolumes(c *call) error {
	found, next, err := listed{kind: Volume, noun: "Volume", most: ec2GreatestPage}.gather(c)
	if err != nil {
		return err
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = c.volumeForm(&found[i])
	}
	return c.write(object{{"volumeSet", list}}.optional("nextToken", next))
}

func describeVolumeAttribute(c *call) error {
	id, attribute := c.form.Get("VolumeId"), c.form.Get("Attribute")
	if attribute != "autoEnableIO" && attribute != "productCodes" {
		return c.service.dialect.badParameter.saying("Value (%s) for parameter attribute is invalid. Unknown attribute.", attribute)
	}
	volumes := listed{kind: Volume, noun: "Volume", most: 1}
	r, err := volumes.one(c, id)
	if errors.Is(err, errMissing) {
		err = volumes.missing([]string{id})
	}
	if err != nil {
		return err
	}
	answer := object{{"volumeId", id}}
	if attribute == "productCodes" {
		return c.write(append(answer, member{"productCodes", []object{}}))
	}
	enabled, _ := r.Attributes["autoEnableIO"].(bool)
	return c.write(append(answer, member{"autoEnableIO", object{{"value", enabled}}}))
}

// volumeForm is a volume as DescribeVolumes tells of it. The volumes of a
// population are attached to the instances of one, each to its own.
func (c *call) volumeForm(r *Resource) object {
	d := dieOf("volume", c.caller.account, r.Region, r.ID)
	made := stamp(created(r))
	place, state, attached := zone(r.Region, d.next()), "available", []object{}
	if id := c.server.world.twin(c.caller.account, Instance, r); id != "" {
		if instance, there := c.known(Instance, id); there {
			placement, _ := fields(c.instanceForm(&instance).get("placement"))
			place, _ = placement.get("availabilityZone").(string)
			state = "in-use"
			attached = []object{{
				{"volumeId", r.ID}, {"instanceId", id}, {"device", "/dev/xvda"}, {"status", "attached"},
				{"attachTime", made}, {"deleteOnTermination", true},
			}}
		}
	}
	return object{
		{"volumeId", r.ID},
		{"size", pick(d, []int{8, 30, 100, 500})},
		{"snapshotId", "snap-0" + d.hex(16)},
		{"availabilityZone", place},
		{"status", state},
		{"createTime", made},
		{"attachmentSet", attached},
		{"tagSet", tagList(r.Tags, "key", "value")},
		{"volumeType", "gp3"},
		{"iops", 3000},
		{"throughput", 125},
		{"encrypted", d.oneIn(2)},
		{"multiAttachEnabled", false},
		{"operator", object{{"managed", false}}},
	}.with(without(r.Attributes, "autoEnableIO"))
}
