package awssim

import "regexp"

// Image is a machine image of EC2, which is not a type of CloudFormation and so not among
// [Kinds].
const Image = "AWS::EC2::Image"

func init() {
	ec2.simulate(
		kind{name: Image, form: regexp.MustCompile(`^ami-([0-9a-f]{8}|[0-9a-f]{17})$`), ids: hexadecimal("ami-0"), things: []string{"base", "web"}, apart: true},
		operation{name: "DescribeImages", takes: members{"Owner": isList}, list: &listing{
			items: "imagesSet", size: bounds{"MaxResults", 1, 1000, 1000}, token: "NextToken", next: "nextToken",
			of: func(c *call) (source, error) {
				if owners := c.texts("Owner"); len(owners) != 1 || owners[0] != "self" {
					return nil, c.service.dialect.badParameter.saying("only the account's own images are simulated")
				}
				return resources(c, selection{kind: Image}, imageForm), nil
			},
		}},
	)
}

// imageForm is an image as DescribeImages returns it.
func imageForm(c *call, r *Resource) object {
	return object{
		{"imageId", r.ID}, {"name", "image-" + r.ID}, {"imageOwnerId", c.caller.account}, {"imageState", "available"}, {"isPublic", false},
		{"creationDate", created(r).UTC().Format("2006-01-02T15:04:05.000Z")}, {"architecture", "x86_64"}, {"imageType", "machine"},
		{"rootDeviceType", "ebs"}, {"tagSet", tagList(r.Tags, "key", "value")},
	}.with(r.Attributes)
}
