package awssim

import (
	"net/http"
	"strings"
)

var sesService = func() *service {
	d := restDialect
	d.failed = refusal{status: 500, code: "InternalServiceErrorException", message: "Internal server error"}
	d.badParameter = refusal{status: 400, code: "BadRequestException"}
	return &service{
		name:    "ses",
		wire:    &restWire{route: sesRoute, message: "message"},
		dialect: d,
		scopeOf: func(c *call) string {
			if name, ok := c.lastSegment(sesIdentities); ok {
				return c.sesARN("identity/" + name)
			}
			if name, ok := c.lastSegment(sesConfigurations); ok {
				return c.sesARN("configuration-set/" + name)
			}
			return "*"
		},
		operations: operations(
			operation{name: "ListEmailIdentities", action: "ses:ListEmailIdentities", serve: listEmailIdentities},
			operation{name: "GetEmailIdentity", action: "ses:GetEmailIdentity", serve: getEmailIdentity},
			operation{name: "ListConfigurationSets", action: "ses:ListConfigurationSets", serve: listConfigurationSets},
			operation{name: "GetConfigurationSet", action: "ses:GetConfigurationSet", serve: getConfigurationSet},
		),
	}
}()

const (
	sesIdentities     = "/v2/email/identities/"
	sesConfigurations = "/v2/email/configuration-sets/"
	// The greatest pages and the usual one. SES documents a greatest page for
	// identities only.
	sesIdentitiesPage = 1000
	sesUsualPage      = 100
)

func sesRoute(c *call) string {
	path := strings.TrimSuffix(c.request.URL.Path, "/")
	switch c.request.Method + " " + path {
	case http.MethodPost + " /v2/email/list-identities":
		return "ListEmailIdentities"
	case http.MethodPost + " /v2/email/list-configuration-sets":
		return "ListConfigurationSets"
	}
	if c.request.Method == http.MethodGet {
		if _, ok := c.lastSegment(sesIdentities); ok {
			return "GetEmailIdentity"
		}
		if _, ok := c.lastSegment(sesConfigurations); ok {
			return "GetConfigurationSet"
		}
	}
	return c.request.Method + " " + path
}

func (c *call) sesARN(resource string) string {
	return c.server.arn("ses", c.signature.region, c.caller.account, resource)
}

// sesList returns a page of a kind.
func sesList(c *call, kind string, most int) (found []Resource, next string, err error) {
	input, err := decode[struct {
		PageSize  *int
		NextToken string
	}](c)
	if err != nil {
		return nil, "", err
	}
	size, err := c.between("pageSize", input.PageSize, 1, most, sesUsualPage)
	if err != nil {
		return nil, "", err
	}
	found, next, ok := c.page(kind, size, input.NextToken, "", nil)
	if !ok {
		return nil, "", refusal{status: 400, code: "InvalidNextTokenException"}.saying("The specified request includes an invalid or expired token.")
	}
	return found, next, nil
}

func identityType(name string) string {
	if strings.Contains(name, "@") {
		return "EMAIL_ADDRESS"
	}
	return "DOMAIN"
}

func listEmailIdentities(c *call) error {
	found, next, err := sesList(c, EmailIdentity, sesIdentitiesPage)
	if err != nil {
		return err
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = object{{"IdentityType", identityType(found[i].ID)}, {"IdentityName", found[i].ID}, {"SendingEnabled", true}, {"VerificationStatus", "SUCCESS"}}
	}
	return c.reply(object{{"EmailIdentities", list}}.optional("NextToken", next))
}

func listConfigurationSets(c *call) error {
	found, next, err := sesList(c, EmailConfiguration, sesUsualPage)
	if err != nil {
		return err
	}
	return c.reply(object{{"ConfigurationSets", ids(found)}}.optional("NextToken", next))
}

// sesNamed finds what the path names.
func sesNamed(c *call, kind, prefix, noun string) (Resource, error) {
	name, _ := c.lastSegment(prefix)
	c.call.Resource = name
	r, there := c.find(kind, name)
	if !there {
		return Resource{}, refusal{status: 404, code: "NotFoundException"}.saying("%s <%s> does not exist.", noun, name)
	}
	return r, nil
}

func getEmailIdentity(c *call) error {
	r, err := sesNamed(c, EmailIdentity, sesIdentities, "Email identity")
	if err != nil {
		return err
	}
	d := dieOf("identity", c.caller.account, r.Region, r.ID)
	return c.reply(object{
		{"IdentityType", identityType(r.ID)},
		{"FeedbackForwardingStatus", true},
		{"VerifiedForSendingStatus", true},
		{"DkimAttributes", object{
			{"SigningEnabled", true}, {"Status", "SUCCESS"}, {"Tokens", []string{d.text(32, lowerDigits), d.text(32, lowerDigits), d.text(32, lowerDigits)}},
			{"SigningAttributesOrigin", "AWS_SES"}, {"NextSigningKeyLength", "RSA_2048_BIT"}, {"CurrentSigningKeyLength", "RSA_2048_BIT"},
			{"LastKeyGenerationTimestamp", epoch(created(&r))},
		}},
		{"MailFromAttributes", object{{"BehaviorOnMxFailure", "USE_DEFAULT_VALUE"}}},
		{"Policies", object{}},
		{"Tags", tagList(r.Tags, "Key", "Value")},
		{"VerificationStatus", "SUCCESS"},
	}.with(r.Attributes))
}

func getConfigurationSet(c *call) error {
	r, err := sesNamed(c, EmailConfiguration, sesConfigurations, "Configuration set")
	if err != nil {
		return err
	}
	return c.reply(object{
		{"ConfigurationSetName", r.ID},
		{"TrackingOptions", object{{"HttpsPolicy", "OPTIONAL"}}},
		{"DeliveryOptions", object{{"TlsPolicy", "REQUIRE"}}},
		{"ReputationOptions", object{{"ReputationMetricsEnabled", true}}},
		{"SendingOptions", object{{"SendingEnabled", true}}},
		{"Tags", tagList(r.Tags, "Key", "Value")},
		{"SuppressionOptions", object{{"SuppressedReasons", []string{"BOUNCE", "COMPLAINT"}}}},
	}.with(r.Attributes))
}
