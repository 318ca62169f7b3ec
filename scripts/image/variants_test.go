package main

import (
	"portolan/internal/secret"
	"portolan/internal/settings"
	"portolan/internal/simulator/awssim"
)

// The estate that the guide's commands are run on.
const (
	management = "111111111111"
	shop, data = "222222222222", "333333333333"
	issuer     = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71"
	subject    = "system:serviceaccount:port-ocean:port-ocean-aws-v3"
	tokenFile  = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
	externalID = "YOUR_EXTERNAL_ID"
)

// credentials are what the commands take from the shell's variables.
var credentials = map[string]string{
	"PORT_CLIENT_ID": "guide-client", "PORT_CLIENT_SECRET": "guide-client-secret",
	"AWS_ACCESS_KEY_ID": "AKIAGUIDE0000000EXAM", "AWS_SECRET_ACCESS_KEY": "guide-aws-secret",
}

// estate has the roles of the guide in every account. They trust the management
// account, and want the external id if there is one.
func estate(externalID string) awssim.Estate {
	all := awssim.Permissions{Allow: []string{"*"}}
	e := awssim.Estate{Organization: &awssim.Organization{}}
	for _, id := range []string{management, shop, data} {
		account := awssim.Account{ID: id, Name: "account-" + id[:1], Management: id == management, Issuers: []string{issuer}}
		for _, name := range []string{"port-ocean-aws-v3-role", "AWSIntegrationRole", "PortOceanReadRole"} {
			role := awssim.Role{Name: name, Trusts: []string{management}, ExternalID: externalID, Permissions: all}
			if id == management && name == "port-ocean-aws-v3-role" {
				role.WebIdentities = []awssim.WebIdentity{{Issuer: issuer, Subject: subject}}
			}
			account.Roles = append(account.Roles, role)
		}
		account.Resources = []awssim.Resource{{Kind: awssim.Bucket, Region: "eu-west-1", ID: "bucket-of-" + id}}
		e.Accounts = append(e.Accounts, account)
	}
	e.Accounts[0].Users = []awssim.User{{
		Name: "port", AccessKeyID: credentials["AWS_ACCESS_KEY_ID"], SecretAccessKey: credentials["AWS_SECRET_ACCESS_KEY"], Permissions: all,
	}}
	return e
}

// variant is what is expected of one of the guide's commands.
type variant struct {
	change     func(*settings.Settings) // what differs from the settings of all
	externalID string
	token      bool // the pod has a web identity token
	accounts   []string
}

var everywhere = []string{management, shop, data}

func roles(name string) []string {
	var arns []string
	for _, id := range everywhere {
		arns = append(arns, "arn:aws:iam::"+id+":role/"+name)
	}
	return arns
}

func static(s *settings.Settings) {
	s.AWS.AccessKeyID = secret.Text(credentials["AWS_ACCESS_KEY_ID"])
	s.AWS.SecretAccessKey = secret.Text(credentials["AWS_SECRET_ACCESS_KEY"])
}

const own = "arn:aws:iam::" + management + ":role/port-ocean-aws-v3-role"

var variants = map[string]variant{
	"Helm, IAM user": {func(s *settings.Settings) { static(s) }, "", false, []string{management}},
	"Helm, IRSA":     {func(s *settings.Settings) { s.AWS.RoleARNs = []string{own} }, "", true, []string{management}},
	"Helm, Organizations with IRSA": {func(s *settings.Settings) {
		s.Integration.Identifier, s.AWS.RoleARN = "my-aws-v3-org", own
	}, "", true, everywhere},
	"Helm, Organizations with an IAM user": {func(s *settings.Settings) {
		static(s)
		s.Integration.Identifier, s.AWS.RoleARN, s.AWS.ExternalID = "my-aws-v3-org", own, externalID
	}, externalID, false, everywhere},
	"Helm, explicit list with IRSA": {func(s *settings.Settings) {
		s.Integration.Identifier, s.AWS.RoleARNs = "my-aws-v3-multi", roles("AWSIntegrationRole")
	}, "", true, everywhere},
	"Helm, explicit list with an IAM user": {func(s *settings.Settings) {
		static(s)
		s.Integration.Identifier, s.AWS.RoleARNs, s.AWS.ExternalID = "my-aws-v3-multi", roles("AWSIntegrationRole"), externalID
	}, externalID, false, everywhere},
	"Docker, IAM user": {func(s *settings.Settings) { static(s) }, "", false, []string{management}},
	"Docker, Organizations": {func(s *settings.Settings) {
		static(s)
		s.Integration.Identifier, s.AWS.RoleARN, s.AWS.ExternalID = "my-aws-v3-org", own, externalID
	}, externalID, false, everywhere},
	"Docker, explicit list": {func(s *settings.Settings) {
		static(s)
		s.Integration.Identifier, s.AWS.RoleARNs, s.AWS.ExternalID = "my-aws-v3-multi", roles("PortOceanReadRole"), externalID
	}, externalID, false, everywhere},
}
