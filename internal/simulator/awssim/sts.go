package awssim

import (
	"maps"
	"regexp"
	"time"
)

func init() {
	sts := service{
		name: "sts", wire: &queryWire{version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/"}, dialect: queryDialect,
		scope:  func(c *call) string { return c.text("RoleArn") },
		limits: []Limit{{Operation: "*", Rate: 600, Burst: 600}},
	}
	session := members{"RoleArn": isText, "RoleSessionName": isText, "DurationSeconds": isNumber}
	byRole, byToken := maps.Clone(session), maps.Clone(session)
	byRole["ExternalId"], byToken["WebIdentityToken"] = isText, isText
	sts.serve(
		operation{name: "AssumeRole", takes: byRole, answer: assumeRole},
		operation{name: "AssumeRoleWithWebIdentity", action: noAction, takes: byToken, answer: assumeRoleWithWebIdentity},
		operation{name: "GetCallerIdentity", action: noAction, answer: getCallerIdentity},
	)
}

const (
	sessionNamePattern = `[\w+=,.@-]*`
	externalIDPattern  = `[\w+=,.@:\/-]*`
)

var (
	sessionNameForm = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalIDForm  = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	roleARNForm     = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}):role(/.*)$`)
)

// asked is the session that a call asks for.
type asked struct {
	account, role, name string // the role by its ARN
	seconds             int
}

// readAsked reads what every call for a session says.
func readAsked(c *call) (asked, error) {
	arn, name := c.text("RoleArn"), c.text("RoleSessionName")
	c.call.Resource = arn
	if !sessionNameForm.MatchString(name) {
		return asked{}, c.malformed("roleSessionName", name, sessionNamePattern)
	}
	parts := roleARNForm.FindStringSubmatch(arn)
	if parts == nil {
		return asked{}, c.service.dialect.badParameter.saying("%s is invalid", arn)
	}
	duration, err := c.between("durationSeconds", c.number("DurationSeconds"), 900, 43200, 3600)
	return asked{parts[1], arn, name, duration}, err
}

// session opens the session and words it.
func (a asked) session(c *call, role *Role) object {
	opened := session{a.account, a.role, a.name, c.now, c.now.Add(time.Duration(a.seconds) * time.Second).Truncate(time.Second)}
	keys := c.server.credentials(opened)
	return object{
		{"AssumedRoleUser", object{
			{"AssumedRoleId", roleID(a.role) + ":" + a.name},
			{"Arn", c.server.arn("sts", "", a.account, "assumed-role/"+role.Name+"/"+a.name)},
		}},
		{"Credentials", object{
			{"AccessKeyId", keys.keyID},
			{"SecretAccessKey", keys.secret},
			{"SessionToken", keys.token},
			{"Expiration", opened.expires.UTC().Format(time.RFC3339)},
		}},
	}
}

// assumeRole opens a session. That the role does not exist, does not trust the
// caller or wants another external id looks the same, as it should.
func assumeRole(c *call) (object, error) {
	external := c.text("ExternalId")
	if _, given := c.input["ExternalId"]; given && (len(external) < 2 || len(external) > 1224 || !externalIDForm.MatchString(external)) {
		return nil, c.malformed("externalId", external, externalIDPattern)
	}
	asked, err := readAsked(c)
	if err != nil {
		return nil, err
	}
	role := c.server.role(asked.account, asked.role)
	if role == nil || !role.trusts(c) || role.ExternalID != "" && external != role.ExternalID {
		return nil, c.service.dialect.denied.saying("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.caller.arn, asked.role)
	}
	switch longest := max(role.MaxSession, 3600); {
	case c.caller.role != "" && asked.seconds > 3600:
		return nil, c.service.dialect.badParameter.saying("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case asked.seconds > longest:
		return nil, c.service.dialect.badParameter.saying("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return asked.session(c, role), nil
}

// role finds a role of an active account by its ARN.
func (s *Server) role(account, arn string) *Role {
	holder := s.world.account(account)
	if holder == nil || holder.State != AccountActive {
		return nil
	}
	for i := range holder.Roles {
		if s.roleARN(account, &holder.Roles[i]) == arn {
			return &holder.Roles[i]
		}
	}
	return nil
}

// trusts says whether the caller may assume the role.
func (r *Role) trusts(c *call) bool {
	for _, trusted := range r.Trusts {
		switch trusted {
		case "*", c.caller.account, c.caller.arn, c.server.arn("iam", "", c.caller.account, "root"):
			return true
		case c.caller.role:
			if trusted != "" {
				return true
			}
		}
	}
	return false
}

func getCallerIdentity(c *call) (object, error) {
	return object{{"Arn", c.caller.arn}, {"UserId", c.caller.userID}, {"Account", c.caller.account}}, nil
}
