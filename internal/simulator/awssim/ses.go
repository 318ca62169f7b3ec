package awssim

import (
	"regexp"
	"strings"
)

// The kinds of SES: an identity is a domain or an address.
const (
	EmailIdentity      = "AWS::SES::EmailIdentity"
	EmailConfiguration = "AWS::SES::ConfigurationSet"
)

var ses = service{
	name: "ses", wire: &restWire{},
	dialect: restDialect.with(func(d *dialect) {
		d.failed = refuse(500, "InternalServiceErrorException", "Internal server error")
		d.badParameter = refuse(400, "BadRequestException", "")
		d.badToken = refuse(400, "InvalidNextTokenException", "The specified request includes an invalid or expired token.")
	}),
	scope: func(c *call) string {
		switch {
		case c.text("EmailIdentity") != "":
			return c.arn(EmailIdentity, c.text("EmailIdentity"))
		case c.text("ConfigurationSetName") != "":
			return c.arn(EmailConfiguration, c.text("ConfigurationSetName"))
		}
		return "*"
	},
	limits: []Limit{
		{Operation: "GetEmailIdentity", Rate: 1, Burst: 1},
		{Operation: "ListEmailIdentities", Rate: 1, Burst: 1},
		{Operation: "GetConfigurationSet", Rate: 1, Burst: 1},
		{Operation: "ListConfigurationSets", Rate: 1, Burst: 1},
	},
}

func init() {
	ses.simulate(
		kind{
			name: EmailIdentity, form: regexp.MustCompile(`^([^@\s]{1,64}@)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`), arn: "identity/",
			things: []string{"mail", "news", "receipts", "alerts"},
			ids:    names(func(_ origin, _ *die, name, number string) string { return name + "-" + number + ".example.com" }),
		},
		operation{name: "ListEmailIdentities", http: "POST /v2/email/list-identities", list: &listing{
			kind: EmailIdentity, items: "EmailIdentities", size: bounds{"PageSize", 1, 1000, 100}, token: "NextToken",
			item: func(_ *call, r *Resource) object {
				return object{{"IdentityType", identityType(r.ID)}, {"IdentityName", r.ID}, {"SendingEnabled", true}, {"VerificationStatus", "SUCCESS"}}
			},
		}},
		operation{name: "GetEmailIdentity", http: "GET /v2/email/identities/{EmailIdentity}", detail: &detail{
			kind: EmailIdentity, by: "EmailIdentity", reply: emailIdentity, missing: refuse(404, "NotFoundException", "Email identity <{id}> does not exist."),
		}},
	)
	// SES documents the greatest page for identities only.
	ses.simulate(
		kind{
			name: EmailConfiguration, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`), arn: "configuration-set/",
			things: []string{"transactional", "marketing", "internal"},
		},
		operation{name: "ListConfigurationSets", http: "POST /v2/email/list-configuration-sets", list: &listing{
			kind: EmailConfiguration, items: "ConfigurationSets", size: bounds{"PageSize", 1, 100, 100}, token: "NextToken",
		}},
		operation{name: "GetConfigurationSet", http: "GET /v2/email/configuration-sets/{ConfigurationSetName}", detail: &detail{
			kind: EmailConfiguration, by: "ConfigurationSetName", reply: configurationSet,
			missing: refuse(404, "NotFoundException", "Configuration set <{id}> does not exist."),
		}},
	)
}

func identityType(name string) string {
	if strings.Contains(name, "@") {
		return "EMAIL_ADDRESS"
	}
	return "DOMAIN"
}

func emailIdentity(c *call, r *Resource) (object, error) {
	d := dieOf("identity", c.caller.account, r.Region, r.ID)
	return object{
		{"IdentityType", identityType(r.ID)},
		{"FeedbackForwardingStatus", true},
		{"VerifiedForSendingStatus", true},
		{"DkimAttributes", object{
			{"SigningEnabled", true}, {"Status", "SUCCESS"}, {"Tokens", []string{d.text(32, lowerDigits), d.text(32, lowerDigits), d.text(32, lowerDigits)}},
			{"SigningAttributesOrigin", "AWS_SES"}, {"NextSigningKeyLength", "RSA_2048_BIT"}, {"CurrentSigningKeyLength", "RSA_2048_BIT"},
			{"LastKeyGenerationTimestamp", epoch(created(r))},
		}},
		{"MailFromAttributes", object{{"BehaviorOnMxFailure", "USE_DEFAULT_VALUE"}}},
		{"Policies", object{}},
		{"Tags", tagList(r.Tags, "Key", "Value")},
		{"VerificationStatus", "SUCCESS"},
	}.with(r.Attributes), nil
}

func configurationSet(c *call, r *Resource) (object, error) {
	return object{
		{"ConfigurationSetName", r.ID},
		{"TrackingOptions", object{{"HttpsPolicy", "OPTIONAL"}}},
		{"DeliveryOptions", object{{"TlsPolicy", "REQUIRE"}}},
		{"ReputationOptions", object{{"ReputationMetricsEnabled", true}}},
		{"SendingOptions", object{{"SendingEnabled", true}}},
		{"Tags", tagList(r.Tags, "Key", "Value")},
		{"SuppressionOptions", object{{"SuppressedReasons", []string{"BOUNCE", "COMPLAINT"}}}},
	}.with(r.Attributes), nil
}
