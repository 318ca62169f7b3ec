package awssim

import "regexp"

// Volume is a volume of EBS. Its attribute autoEnableIO is a boolean.
const Volume = "AWS::EC2::Volume"

func init() {
	ec2.simulate(
		kind{
			name: Volume, form: regexp.MustCompile(`^vol-([0-9a-f]{8}|[0-9a-f]{17})$`), ids: hexadecimal("vol-0"),
			things: []string{"root", "data", "scratch", "logs"},
		},
		operation{name: "DescribeVolumes", takes: members{"VolumeId": isList}, list: &listing{
			kind: Volume, items: "volumeSet", item: volumeForm, named: namedVolumes, size: ec2Page, token: "NextToken", next: "nextToken",
		}},
		operation{name: "DescribeVolumeAttribute", takes: members{"Attribute": isText}, detail: &detail{
			kind: Volume, by: "VolumeId", reply: volumeAttribute,
			malformed: refuse(400, "InvalidVolumeID.Malformed", `Invalid id: "{id}"`), missing: noVolume,
		}},
	)
}

// noVolume has a code without the "ID" that an instance's has.
var noVolume = refuse(400, "InvalidVolume.NotFound", "The volume '{id}' does not exist.")

func namedVolumes(c *call) ([]any, error) {
	if len(c.texts("VolumeId")) == 0 {
		return nil, nil
	}
	found, err := ec2IDs{kind: Volume, member: "VolumeId", most: ec2Page.most, unknown: func(ids []string) error {
		return noVolume.about(c, ids[0])
	}}.find(c)
	return items(c, found, volumeForm), err
}

func volumeAttribute(c *call, r *Resource) (object, error) {
	answer := object{{"volumeId", r.ID}}
	switch attribute := c.text("Attribute"); attribute {
	case "productCodes":
		return append(answer, member{"productCodes", []object{}}), nil
	case "autoEnableIO":
		enabled, _ := r.Attributes["autoEnableIO"].(bool)
		return append(answer, member{"autoEnableIO", object{{"value", enabled}}}), nil
	default:
		return nil, c.service.dialect.badParameter.saying("Value (%s) for parameter attribute is invalid. Unknown attribute.", attribute)
	}
}

// volumeForm is a volume as DescribeVolumes returns it. The volumes of a
// population are attached to the instances of one, each to its own.
func volumeForm(c *call, r *Resource) object {
	d := dieOf("volume", c.caller.account, r.Region, r.ID)
	made := stamp(created(r))
	place, state, attached := zone(r.Region, d.next()), "available", []object{}
	if id := c.server.world.twin(c.caller.account, Instance, r); id != "" {
		if instance, there := c.known(Instance, id); there {
			placement, _ := fields(instanceForm(c, &instance).get("placement"))
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
