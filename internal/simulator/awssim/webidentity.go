package awssim

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// WebIdentity is who may assume a role with a token of an OpenID Connect provider: a
// service account of a Kubernetes cluster. The role's account has to have the
// provider among its Issuers.
type WebIdentity struct {
	// Issuer is the provider's URL: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE".
	Issuer string `json:"issuer"`
	// Subject is the one that the token names: "system:serviceaccount:port-ocean:port-ocean-aws-v3".
	Subject string `json:"subject"`
}

// tokenAudience is the audience that a token must have; EKS uses it.
const tokenAudience = "sts.amazonaws.com"

// claims are what a token says, under the names of RFC 7519.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp"`
}

// jwtHeader is the same for every token. A real one is signed with a key that the
// issuer publishes; the server vouches for its own.
var jwtHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

// Token returns a token of an issuer for a subject, as a cluster puts into the file that
// AWS_WEB_IDENTITY_TOKEN_FILE names. It is for sts.amazonaws.com and begins now.
func (s *Server) Token(issuer, subject string, valid time.Duration) string {
	now := s.options.Now()
	return s.token(claims{issuer, subject, []string{tokenAudience}, now.Unix(), now.Add(valid).Unix()})
}

func (s *Server) token(c claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err) // claims hold nothing but texts and numbers
	}
	text := jwtHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(mac(s.key[:], text))
}

// read returns the claims of a token of ours.
func (s *Server) read(token string) (claims, bool) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return c, false
	}
	return c, s.token(c) == token
}

// unsigned serves the one call that needs a token instead of a signature.
func (s *Server) unsigned(c *call) (object, error) {
	const name = "AssumeRoleWithWebIdentity"
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("Action") != name {
		return anonymous(c)
	}
	c.service = services["sts"]
	if c.read(); c.operation.name != name {
		return anonymous(c)
	}
	c.call.Service = c.service.name
	return s.perform(c)
}

// assumeRoleWithWebIdentity opens a session for the subject of a token.
func assumeRoleWithWebIdentity(c *call) (object, error) {
	asked, err := readAsked(c)
	if err != nil {
		return nil, err
	}
	d := c.service.dialect
	invalid := refuse(400, "InvalidIdentityToken", "")
	told, genuine := c.server.read(c.text("WebIdentityToken"))
	holder := c.server.world.account(asked.account)
	switch {
	case !genuine:
		return nil, invalid.saying("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	case !c.now.Before(time.Unix(told.Expires, 0)):
		return nil, refuse(400, "ExpiredTokenException", "").saying(
			"Token expired: current date/time %d must be before the expiration date/time %d", c.now.Unix(), told.Expires)
	case holder == nil || !slices.Contains(holder.Issuers, told.Issuer):
		return nil, invalid.saying("No OpenIDConnect provider found in your account for %s", told.Issuer)
	case !slices.Contains(told.Audience, tokenAudience):
		return nil, invalid.saying("Incorrect token audience")
	}
	role := c.server.role(asked.account, asked.role)
	if role == nil || !slices.Contains(role.WebIdentities, WebIdentity{told.Issuer, told.Subject}) {
		return nil, d.denied.saying("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	if asked.seconds > max(role.MaxSession, 3600) {
		return nil, d.badParameter.saying("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return append(asked.session(c, role),
		member{"SubjectFromWebIdentityToken", told.Subject}, member{"Audience", tokenAudience},
		member{"Provider", c.server.arn("iam", "", asked.account, "oidc-provider/"+strings.TrimPrefix(told.Issuer, "https://"))}), nil
}
