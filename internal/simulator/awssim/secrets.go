package awssim

import (
	"cmp"
	"slices"
	"strings"
)

func init() {
	secrets := service{
		name: "secretsmanager", wire: &jsonWire{target: "secretsmanager", version: "1.1", message: "Message"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.failed = refuse(500, "InternalServiceError", "An error occurred on the server side.")
		}),
		scope: func(c *call) string { return c.text("SecretId") },
	}
	secrets.serve(operation{
		name: "GetSecretValue", takes: members{"SecretId": isText, "VersionId": isText, "VersionStage": isText}, answer: getSecretValue,
	}, operation{
		name: "DescribeSecret", takes: members{"SecretId": isText}, answer: describeSecret,
	})
}

// deletedDate is the attribute of a secret that was deleted, and that AWS keeps for a while: a number
// of seconds since 1970. No list has such a secret.
const deletedDate = "DeletedDate"

// describeSecret describes a secret of the estate by its ARN, without its value.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
func describeSecret(c *call) (object, error) {
	id := c.text("SecretId")
	c.call.Resource = id
	r, there := c.server.world.find(c.caller.account, "AWS::SecretsManager::Secret", c.signature.region, id)
	if !there {
		return nil, refuse(400, "ResourceNotFoundException", "").saying("Secrets Manager can't find the specified secret.")
	}
	answer := object{{"ARN", r.ID}, {"CreatedDate", epoch(created(&r))}}
	if at, deleted := r.Attributes[deletedDate]; deleted {
		answer = append(answer, member{deletedDate, at})
	}
	return answer, nil
}

func (c *call) secretARN(name string) string {
	region, account := c.signature.region, c.caller.account
	return c.server.arn("secretsmanager", region, account, "secret:"+name+"-"+dieOf("secret", account, region, name).text(6, lowerDigits))
}

// getSecretValue returns a secret of the caller's own account. Only the current
// version is kept.
func getSecretValue(c *call) (object, error) {
	id, asked := c.text("SecretId"), c.text("VersionId")
	c.call.Resource = id
	secrets := c.server.world.account(c.caller.account).Secrets
	at := slices.IndexFunc(secrets, func(s Secret) bool {
		arn := c.secretARN(s.Name)
		return s.Region == c.signature.region &&
			(id == s.Name || id == arn || id == arn[:len(arn)-len("-abcdef")])
	})
	missing := refuse(400, "ResourceNotFoundException", "")
	switch {
	case id == "":
		return nil, refuse(400, "InvalidParameterException", "").saying("You must provide a value for the SecretId parameter.")
	case strings.HasPrefix(id, "arn:") && !strings.Contains(id, ":"+c.caller.account+":"):
		return nil, c.service.dialect.denied.saying(
			"User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action",
			c.caller.arn, c.operation.action, id, c.operation.action)
	case at < 0:
		return nil, missing.saying("Secrets Manager can't find the specified secret.")
	}
	secret := secrets[at]
	version := dieOf("version", secret.Name, secret.Value).uuid()
	const current = "AWSCURRENT"
	stage := cmp.Or(c.text("VersionStage"), current)
	switch {
	case asked != "" && (asked != version || secret.Value == ""):
		return nil, missing.saying("Secrets Manager can't find the specified secret value for VersionId: %s", asked)
	case stage != current || secret.Value == "":
		return nil, missing.saying("Secrets Manager can't find the specified secret value for staging label: %s", stage)
	}
	return object{
		{"ARN", c.secretARN(secret.Name)},
		{"Name", secret.Name},
		{"VersionId", version},
		{"SecretString", secret.Value},
		{"VersionStages", []string{current}},
		{"CreatedDate", epoch(firstCreated)},
	}, nil
}
