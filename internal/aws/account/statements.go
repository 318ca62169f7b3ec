package account

import "encoding/json"

// statements are the IAM statements that open a role to a caller, as they can be
// pasted into a policy.
type statements struct {
	role, caller string
	callerRole   string // its name, if it is a role
	external     bool   // an external id is configured
	token        bool   // the caller comes from a web identity token
}

// externalIDStandIn stands where the external id belongs: the value itself is
// never shown.
const externalIDStandIn = "THE_CONFIGURED_EXTERNAL_ID"

func (d *Directory) statements(roleARN string, caller principal) statements {
	s := statements{
		role: roleARN, caller: caller.ARN, callerRole: caller.Role,
		external: d.options.ExternalID != "", token: d.tokenFile != "",
	}
	if s.role == "" {
		s.role = "*"
	}
	if s.caller == "" {
		s.caller = "ARN_OF_THE_BASE_IDENTITY"
	}
	return s
}

type statement struct {
	Effect    string
	Principal any `json:",omitempty"`
	Action    []string
	Resource  string `json:",omitempty"`
	Condition any    `json:",omitempty"`
}

func (s statement) String() string {
	text, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(text)
}

// trust is what the role's trust policy must hold.
func (s statements) trust() string {
	t := statement{Effect: "Allow", Principal: map[string]string{"AWS": s.caller}, Action: []string{assumeByRole}}
	if s.external {
		t.Condition = map[string]any{"StringEquals": map[string]string{"sts:ExternalId": externalIDStandIn}}
	}
	return t.String()
}

// permission is what a policy of the caller must hold.
func (s statements) permission() string {
	return statement{Effect: "Allow", Action: []string{assumeByRole}, Resource: s.role}.String()
}

// endpoint is what the policy of a VPC endpoint must hold.
func (s statements) endpoint() string {
	return statement{Effect: "Allow", Principal: "*", Action: []string{assumeByRole}, Resource: s.role}.String()
}

// hints are what the statements cannot say.
func (s statements) hints() string {
	var text string
	if s.callerRole != "" {
		text += " If the role " + s.callerRole + " has a path, its ARN in the statement needs it too."
	}
	if s.external {
		text += " The external id must be the same on both sides."
	} else {
		text += " If the trust policy asks for an external id, set EXTERNAL_ID to it."
	}
	if s.token {
		text += " Instead, the role may trust the issuer of the web identity token with sts:AssumeRoleWithWebIdentity."
	}
	return text
}
