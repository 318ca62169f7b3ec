package mapping_test

import (
	"testing"

	"portolan/internal/mapping"
)

// BenchmarkMap maps an EC2 instance as the default mapping does, body included.
func BenchmarkMap(b *testing.B) {
	raw, err := mapping.ParseYAML([]byte(`
- kind: AWS::EC2::Instance
  selector: {query: 'true'}
  port:
    entity:
      mappings:
        identifier: .Properties.InstanceId
        title: .Properties.InstanceId
        blueprint: '"ec2Instance"'
        properties:
          instanceType: .Properties.InstanceType
          state: .Properties.State.Name
          publicIpAddress: .Properties.PublicIpAddress
          privateIpAddress: .Properties.PrivateIpAddress
          tags: .Properties.Tags
          arn: '"arn:aws:ec2:" + .__ExtraContext.Region + ":" + .__ExtraContext.AccountId + ":instance/" + .Properties.InstanceId'
        relations:
          account: .__ExtraContext.AccountId
`))
	if err != nil {
		b.Fatal(err)
	}
	config, err := mapping.Compile(raw, anyKind)
	if err != nil {
		b.Fatal(err)
	}
	doc := document(b, `{"Type":"AWS::EC2::Instance","Properties":{"InstanceId":"i-0a1b2c3d4e5f67890","InstanceType":"t3.medium",
		"State":{"Code":16,"Name":"running"},"PublicIpAddress":"54.123.45.67","PrivateIpAddress":"10.0.1.100","ImageId":"ami-0abcdef1234567890",
		"Tags":[{"Key":"Name","Value":"my-production-server"},{"Key":"Environment","Value":"production"}]},
		"__ExtraContext":{"AccountId":"123456789012","Region":"us-east-1"}}`)
	var body []byte
	b.ReportAllocs()
	for b.Loop() {
		result := config.Resources[0].Map(b.Context(), doc)
		body = result.Entities[0].AppendJSON(body[:0])
	}
	b.SetBytes(int64(len(body)))
}
