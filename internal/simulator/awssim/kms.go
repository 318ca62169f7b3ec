package awssim

import (
	"encoding/json"
	"strings"
)

var kmsService = func() *service {
	d := jsonDialect
	d.failed = refusal{status: 500, code: "KMSInternalException", message: "The request was rejected because an internal exception occurred."}
	return &service{
		name:    "kms",
		wire:    &jsonWire{target: "TrentService", version: "1.1", message: "message"},
		dialect: d,
		scopeOf: func(c *call) string {
			var asked struct{ KeyID string }
			_ = json.Unmarshal(c.body, &asked)
			if asked.KeyID == "" {
				return "*"
			}
			return c.keyARN(strings.TrimPrefix(asked.KeyID, c.keyARN("")))
		},
		operations: operations(
			operation{name: "ListKeys", action: "kms:ListKeys", serve: listKeys},
			operation{name: "DescribeKey", action: "kms:DescribeKey", serve: describeKey},
			operation{name: "ListResourceTags", action: "kms:ListResourceTags", serve: listKeyTags},
			operation{name: "GetKeyRotationStatus", action: "kms:GetKeyRotationStatus", serve: getKeyRotation},
		),
	}
}()

// The greatest pages of keys and the usual one, and of tags.
const (
	keysPage      = 1000
	keysUsualPage = 100
	keyTagsPage   = 50
)

func (c *call) keyARN(id string) string {
	return c.server.arn("kms", c.signature.region, c.caller.account, "key/"+id)
}

func kmsMarker() error {
	return refusal{status: 400, code: "InvalidMarkerException"}.saying("The marker is not valid.")
}

func listKeys(c *call) error {
	input, err := decode[struct {
		Limit  *int
		Marker string
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("limit", input.Limit, 1, keysPage, keysUsualPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(Key, size, input.Marker, "", nil)
	if !ok {
		return kmsMarker()
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = object{{"KeyId", found[i].ID}, {"KeyArn", c.keyARN(found[i].ID)}}
	}
	return c.reply(object{{"Keys", list}, {"Truncated", next != ""}}.optional("NextMarker", next))
}

// key finds a key by ID or ARN.
func (c *call) key(asked string) (Resource, error) {
	c.call.Resource = asked
	r, there := c.find(Key, strings.TrimPrefix(asked, c.keyARN("")))
	if !there {
		return Resource{}, refusal{status: 400, code: "NotFoundException"}.saying("Key '%s' does not exist", c.keyARN(strings.TrimPrefix(asked, c.keyARN(""))))
	}
	return r, nil
}

func describeKey(c *call) error {
	input, err := decode[struct{ KeyID string }](c)
	if err != nil {
		return err
	}
	r, err := c.key(input.KeyID)
	if err != nil {
		return err
	}
	return c.reply(object{{"KeyMetadata", object{
		{"AWSAccountId", c.caller.account},
		{"KeyId", r.ID},
		{"Arn", c.keyARN(r.ID)},
		{"CreationDate", epoch(created(&r))},
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
	}.with(without(r.Attributes, "KeyRotationEnabled"))}})
}

func listKeyTags(c *call) error {
	input, err := decode[struct {
		KeyID, Marker string
		Limit         *int
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("limit", input.Limit, 1, keyTagsPage, keyTagsPage)
	if err != nil {
		return err
	}
	r, err := c.key(input.KeyID)
	if err != nil {
		return err
	}
	tags, next, ok := pageOf(c, tagList(r.Tags, "TagKey", "TagValue"), size, input.Marker, r.ID)
	if !ok {
		return kmsMarker()
	}
	return c.reply(object{{"Tags", tags}, {"Truncated", next != ""}}.optional("NextMarker", next))
}

// symmetric is the specification of a key that can be rotated.
const symmetric = "SYMMETRIC_DEFAULT"

func getKeyRotation(c *call) error {
	input, err := decode[struct{ KeyID string }](c)
	if err != nil {
		return err
	}
	r, err := c.key(input.KeyID)
	if err != nil {
		return err
	}
	if given(&r, "KeySpec", symmetric) != symmetric {
		return refusal{status: 400, code: "UnsupportedOperationException"}.saying("The request was rejected because the key cannot be rotated.")
	}
	enabled, said := r.Attributes["KeyRotationEnabled"].(bool)
	if !said {
		enabled = dieOf("rotation", r.ID).oneIn(2)
	}
	answer := object{{"KeyRotationEnabled", enabled}, {"KeyId", c.keyARN(r.ID)}}
	if enabled {
		answer = append(answer, member{"RotationPeriodInDays", 365})
	}
	return c.reply(answer)
}
