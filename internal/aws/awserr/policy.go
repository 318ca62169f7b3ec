package awserr

import (
	"errors"
	"regexp"
	"strings"
)

// Policy is the kind of policy that AWS names when it denies a call, and what that
// policy does. Its text is part of a sentence for people.
type Policy string

// The policies that AWS names. Unnamed is the zero value: AWS did not say.
const (
	Unnamed         Policy = ""
	IdentityAllows  Policy = "no identity-based policy allows it"
	IdentityDenies  Policy = "an identity-based policy denies it"
	Boundary        Policy = "a permissions boundary"
	SessionPolicy   Policy = "a session policy"
	EndpointPolicy  Policy = "a VPC endpoint policy"
	ServiceControl  Policy = "a service control policy"
	ResourceControl Policy = "a resource control policy"
	ResourceAllows  Policy = "no resource-based policy allows it"
	ResourceDenies  Policy = "a resource-based policy denies it"
)

// denial finds in a message how AWS ends the sentence that tells of a denial:
// "because no session policy allows the s3:ListBuckets action", "with an explicit
// deny in a service control policy". S3 and KMS use the same words. AWS names the
// type of policy in the message and nowhere else:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var denial = regexp.MustCompile(`(?i)(explicit deny in|because no)\s+(?:an?\s+|the\s+)?` +
	`(identity-based polic|permissions? boundar|session polic|vpc endpoint polic|service control polic|resource control polic|resource-based polic|(?:role )?trust polic|key polic|bucket polic)`)

// named returns the policies by how their names begin, where a policy denies and
// where none allows.
var named = map[string]struct{ denies, allows Policy }{
	"identity-based polic":   {IdentityDenies, IdentityAllows},
	"permission boundar":     {Boundary, Boundary},
	"permissions boundar":    {Boundary, Boundary},
	"session polic":          {SessionPolicy, SessionPolicy},
	"vpc endpoint polic":     {EndpointPolicy, EndpointPolicy},
	"service control polic":  {ServiceControl, ServiceControl},
	"resource control polic": {ResourceControl, ResourceControl},
	"resource-based polic":   {ResourceDenies, ResourceAllows},
	"trust polic":            {ResourceDenies, ResourceAllows},
	"role trust polic":       {ResourceDenies, ResourceAllows},
	"key polic":              {ResourceDenies, ResourceAllows},
	"bucket polic":           {ResourceDenies, ResourceAllows},
}

// PolicyOf says which policy AWS named when it denied the call, Unnamed if it named
// none or err is no denial.
func PolicyOf(err error) Policy {
	var api interface{ ErrorMessage() string }
	if !saysDenied(err) || !errors.As(err, &api) {
		return Unnamed
	}
	found := denial.FindStringSubmatch(api.ErrorMessage())
	if found == nil {
		return Unnamed
	}
	policies := named[strings.ToLower(found[2])]
	if strings.EqualFold(found[1], "because no") {
		return policies.allows
	}
	return policies.denies
}

// saysDenied says whether an error is a denial, by its code or by what was decided about it.
func saysDenied(err error) bool {
	var known *Error
	return ofName(Code(err)) == Denied || errors.As(err, &known) && (known.Class == Denied || known.Class == Closed)
}

// Closes says whether the policy denies what no statement in the reading role can
// allow.
func (p Policy) Closes() bool {
	switch p {
	case ServiceControl, ResourceControl, ResourceAllows, ResourceDenies:
		return true
	}
	return false
}
