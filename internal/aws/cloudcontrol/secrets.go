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
	// secretEnds are how the names of members end that hold a secret, or several, as plainly writes them.
	secretEnds = strings.Fields(`
		password passphrase passcode secretstring privatekey secretkey accesskey accesskeysecret clientsecret authtoken accesstoken
		oauthtoken refreshtoken bearertoken sessiontoken secrettoken sharedsecret presharedkey keymaterial psk webhooksecret apikeysecret
		keytab`)
	// freeEnds are how the names of members end into which people write variables, scripts and options
	// of any tool: EnvironmentVariables, RuntimeEnvironmentVariables, StageVariables.
	freeEnds = strings.Fields(`
		variables userdata defaultarguments nonoverridablearguments templatebody stackpolicybody buildspec connectionproperties
		configurationproperties provisioningparameters hyperparameters inlinecode zipfile basicauthcredentials`)
	// variableLists are members that hold variables if they are lists, and settings of AWS's own if they are
	// objects.
	variableLists = strings.Fields(`environment environmentoverride`)
	// secretsOf are members that hold a secret in one type only, or in one service only, by the name
	// without AWS::.
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
		"SageMaker":                          {"Environment"},
		"ElasticBeanstalk":                   {"OptionSettings"},
		"CloudFront::Distribution":           {"HeaderValue"},
		"KinesisFirehose::DeliveryStream":    {"AttributeValue"},
		"Glue::Trigger":                      {"Arguments"},
		"SSM::Association":                   {"Parameters"},
		"SSM::MaintenanceWindowTask":         {"TaskParameters", "TaskInvocationParameters"},
	}
)

// withholds says whether a member of a type's documents is withheld. What is no text, list or
// object holds no secret.
func withholds(of, member string, v any) bool {
	service, _, _ := strings.Cut(of, "::")
	if slices.Contains(secretsOf[of], member) || slices.Contains(secretsOf[service], member) {
		return true
	}
	name := plainly(member)
	if endsWith(name, freeEnds) {
		return true
	}
	switch v := v.(type) {
	case string:
		return endsWith(name, secretEnds)
	case []any:
		return slices.Contains(variableLists, name) || endsWith(strings.TrimSuffix(name, "s"), secretEnds) && !slices.ContainsFunc(v, isObject)
	}
	return false
}

// plainly writes the name of a member in small letters without what joins words: client_secret and
// client-secret are ClientSecret in what people or other systems name.
func plainly(member string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(member))
}

func endsWith(name string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}

func isObject(v any) bool {
	_, object := v.(kind.Object)
	return object
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
