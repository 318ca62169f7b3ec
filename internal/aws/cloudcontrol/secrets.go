package cloudcontrol

import (
	"maps"
	"slices"
	"strings"

	"portolan/internal/aws/kind"
)

// Members that hold a secret, or a place where people write secrets, do not enter a document
// unless a selector names them (includeSecrets).
var (
	// secretEnds are how the names of members end that hold a secret, in small letters.
	secretEnds = strings.Fields(`
		password passphrase secretstring privatekey secretkey secretaccesskey accesskeysecret clientsecret authtoken accesstoken
		oauthtoken refreshtoken bearertoken sharedsecret presharedkey keymaterial psk webhooksecret apikeysecret`)
	// freeNames are members into which people write variables, scripts and options of any tool.
	freeNames = strings.Fields(`
		environmentvariables variables userdata defaultarguments nonoverridablearguments templatebody stackpolicybody buildspec
		connectionproperties hyperparameters inlinecode zipfile basicauthcredentials`)
	// secretsOf are members that hold a secret in one type only, by the type's name without AWS::.
	secretsOf = map[string][]string{
		"SSM::Parameter":                     {"Value"},
		"ApiGateway::ApiKey":                 {"Value"},
		"ApiGateway::UsagePlanKey":           {"Value"},
		"Route53GlobalResolver::AccessToken": {"Value"},
		"IVS::StreamKey":                     {"Value"},
		"AppSync::ApiKey":                    {"ApiKey"},
		"Location::APIKey":                   {"Key"},
		"CloudFormation::Stack":              {"Parameters"},
		"CloudFormation::StackSet":           {"Parameters"},
		"EC2::VPNConnection":                 {"CustomerGatewayConfiguration"},
		"Events::Connection":                 {"AuthParameters"},
		"SecretsManager::Secret":             {"SecretString", "GenerateSecretString"},
		"Cognito::UserPoolClient":            {"ClientSecret"},
		"CodePipeline::Webhook":              {"SecretToken"},
		"ECS::TaskDefinition":                {"Environment"},
		"Batch::JobDefinition":               {"Environment", "Parameters"},
		"MWAA::Environment":                  {"AirflowConfigurationOptions"},
		"SageMaker::Model":                   {"Environment"},
	}
)

// withholds says whether a member of a type's documents is withheld. What is no text, list or
// object holds no secret.
func withholds(of, member string, v any) bool {
	if slices.Contains(secretsOf[of], member) {
		return true
	}
	low := strings.ToLower(member)
	if slices.Contains(freeNames, low) {
		return true
	}
	_, text := v.(string)
	return text && slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(low, end) })
}

// stripped returns properties without the members that are withheld, except those with one of
// the names. It does not change what it is given, and returns it if nothing is withheld.
func stripped(typeName string, properties kind.Object, except []string) kind.Object {
	s := stripper{of: strings.TrimPrefix(typeName, "AWS::"), except: except}
	rest, _ := s.object(properties)
	return rest
}

type stripper struct {
	of     string
	except []string
}

func (s *stripper) object(o kind.Object) (result kind.Object, own bool) {
	result = o
	change := func() {
		if !own {
			result, own = maps.Clone(o), true
		}
	}
	for name, v := range o {
		if withholds(s.of, name, v) && !slices.Contains(s.except, name) {
			change()
			delete(result, name)
			continue
		}
		if inner, changed := s.value(v); changed {
			change()
			result[name] = inner
		}
	}
	return result, own
}

func (s *stripper) value(v any) (any, bool) {
	switch v := v.(type) {
	case kind.Object:
		return s.object(v)
	case []any:
		var list []any
		for i, element := range v {
			if inner, changed := s.value(element); changed {
				if list == nil {
					list = slices.Clone(v)
				}
				list[i] = inner
			}
		}
		if list != nil {
			return list, true
		}
	}
	return v, false
}
