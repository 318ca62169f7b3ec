package awssim

import (
	"cmp"
	"slices"
	"strings"
)

var secretsService = func() *service {
	d := jsonDialect
	d.failed = refusal{status: 500, code: "InternalServiceError", message: "An error occurred on the server side."}
	return &service{
		name:    "secretsmanager",
		wire:    &jsonWire{target: "secretsmanager", version: "1.1", message: "Message"},
		dialect: d,
		scopeOf: func(c *call) string {
			input, _ := decode[secretInput](c)
			return input.SecretID
		},
		operations: operations(
			operation{name: "GetSecretValue", action: "secretsmanager:GetSecretValue", serve: getSecretValue},
		),
	}
}()

type secretInput struct {
	SecretID     string `json:"SecretId"`
	VersionID    string `json:"VersionId"`
	VersionStage string
}

func (c *call) secretARN(name string) string {
	region, account := c.signature.region, c.caller.account
	return c.server.arn("secretsmanager", region, account, "secret:"+name+"-"+dieOf("secret", account, region, name).text(6, lowerDigits))
}

// getSecretValue returns a secret of the caller's own account. Only the current
// version is kept.
func getSecretValue(c *call) error {
	input, err := decode[secretInput](c)
	if err != nil {
		return err
	}
	c.call.Resource = input.SecretID
	secrets := c.server.world.account(c.caller.account).Secrets
	at := slices.IndexFunc(secrets, func(s Secret) bool {
		arn := c.secretARN(s.Name)
		return s.Region == c.signature.region &&
			(input.SecretID == s.Name || input.SecretID == arn || input.SecretID == arn[:len(arn)-len("-abcdef")])
	})
	missing := refusal{status: 400, code: "ResourceNotFoundException"}
	switch {
	case input.SecretID == "":
		return refusal{status: 400, code: "InvalidParameterException"}.saying("You must provide a value for the SecretId parameter.")
	case strings.HasPrefix(input.SecretID, "arn:") && !strings.Contains(input.SecretID, ":"+c.caller.account+":"):
		return c.service.dialect.denied.saying(
			"User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action",
			c.caller.arn, c.operation.action, input.SecretID, c.operation.action)
	case at < 0:
		return missing.saying("Secrets Manager can't find the specified secret.")
	}
	secret := secrets[at]
	version := dieOf("version", secret.Name, secret.Value).uuid()
	const current = "AWSCURRENT"
	stage := cmp.Or(input.VersionStage, current)
	switch {
	case input.VersionID != "" && (input.VersionID != version || secret.Value == ""):
		return missing.saying("Secrets Manager can't find the specified secret value for VersionId: %s", input.VersionID)
	case stage != current || secret.Value == "":
		return missing.saying("Secrets Manager can't find the specified secret value for staging label: %s", stage)
	}
	return c.reply(object{
		{"ARN", c.secretARN(secret.Name)},
		{"Name", secret.Name},
		{"VersionId", version},
		{"SecretString", secret.Value},
		{"VersionStages", []string{current}},
		{"CreatedDate", epoch(firstCreated)},
	})
}
