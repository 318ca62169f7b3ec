package awssim

import "regexp"

// Key is a key of KMS. Its ID is a UUID. The attribute KeyRotationEnabled is a boolean.
const Key = "AWS::KMS::Key"

// symmetric is the specification of a key that can be rotated.
const symmetric = "SYMMETRIC_DEFAULT"

func init() {
	kms := service{
		name: "kms", wire: &jsonWire{target: "TrentService", version: "1.1"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.failed = refuse(500, "KMSInternalException", "The request was rejected because an internal exception occurred.")
			d.badToken = refuse(400, "InvalidMarkerException", "The marker is not valid.")
		}),
		scope: func(c *call) string {
			id, _ := c.cutARN(Key, c.text("KeyId"))
			if id == "" {
				return "*"
			}
			return c.arn(Key, id)
		},
		limits: []Limit{{Operation: "ListKeys", Rate: 500, Burst: 500}, {Operation: "GetKeyRotationStatus", Rate: 1000, Burst: 1000}},
	}
	key := detail{kind: Key, by: "KeyId", named: byEither, missing: refuse(400, "NotFoundException", "Key '{id}' does not exist")}
	truncated := func(_ *call, next string) object { return object{{"Truncated", next != ""}} }
	kms.simulate(
		kind{
			name: Key, form: regexp.MustCompile(`^(` + uuidForm + `|mrk-[0-9a-f]{32})$`), arn: "key/",
			things: []string{"data", "tokens", "backups", "logs"}, ids: uuids,
		},
		operation{name: "ListKeys", list: &listing{
			kind: Key, items: "Keys", size: bounds{"Limit", 1, 1000, 100}, token: "Marker", next: "NextMarker", more: truncated,
			item: func(c *call, r *Resource) object { return object{{"KeyId", r.ID}, {"KeyArn", c.arn(Key, r.ID)}} },
		}},
		operation{name: "DescribeKey", detail: key.with(describeKey)},
		operation{name: "ListResourceTags", takes: members{"KeyId": isText}, list: &listing{
			items: "Tags", size: bounds{"Limit", 1, 50, 50}, token: "Marker", next: "NextMarker", more: truncated,
			of: func(c *call) (source, error) {
				r, err := key.find(c)
				return rows(tagList(r.Tags, "TagKey", "TagValue")), err
			},
		}},
		operation{name: "GetKeyRotationStatus", detail: key.with(keyRotation)},
	)
}

func describeKey(c *call, r *Resource) (object, error) {
	return object{{"KeyMetadata", object{
		{"AWSAccountId", c.caller.account},
		{"KeyId", r.ID},
		{"Arn", c.arn(Key, r.ID)},
		{"CreationDate", epoch(created(r))},
		{"Enabled", true},
		{"Description", ""},
		{"KeyUsage", "ENCRYPT_DECRYPT"},
		{"KeyState", "Enabled"},
		{"Origin", "AWS_KMS"},
		{"KeyManager", "CUSTOMER"},
		{"CustomerMasterKeySpec", symmetric},
		{"KeySpec", symmetric},
		{"EncryptionAlgorithms", []string{symmetric}},
		{"MultiRegion", false},
	}.with(without(r.Attributes, "KeyRotationEnabled"))}}, nil
}

func keyRotation(c *call, r *Resource) (object, error) {
	if given(r, "KeySpec", symmetric) != symmetric {
		return nil, refuse(400, "UnsupportedOperationException", "The request was rejected because the key cannot be rotated.").plain()
	}
	enabled, said := r.Attributes["KeyRotationEnabled"].(bool)
	if !said {
		enabled = dieOf("rotation", r.ID).oneIn(2)
	}
	answer := object{{"KeyRotationEnabled", enabled}, {"KeyId", c.arn(Key, r.ID)}}
	if enabled {
		answer = append(answer, member{"RotationPeriodInDays", 365})
	}
	return answer, nil
}
