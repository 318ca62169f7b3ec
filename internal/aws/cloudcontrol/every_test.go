package cloudcontrol_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/simulator/awssim"
)

// TestEveryTypeIsRead reads each type of the table that can be read, where AWS has it. What
// stands beneath a parent may be beneath none of the simulated ones.
func TestEveryTypeIsRead(t *testing.T) {
	t.Parallel()
	for chunk := range slices.Chunk(cloudcontrol.All(), 150) {
		t.Run(chunk[0].Name, func(t *testing.T) {
			t.Parallel()
			account := awssim.Account{ID: account, Name: "shop", Roles: []awssim.Role{{Name: "reader", Permissions: awssim.Permissions{Allow: []string{"*"}}}}}
			where := map[string]string{}
			populate := func(of cloudcontrol.Type) {
				for _, region := range regionsFor(of) {
					p := awssim.Population{Kind: of.Name, Regions: []string{region}, Count: 1}
					tried := awssim.Estate{Accounts: []awssim.Account{{ID: account.ID, Name: "x", Populations: []awssim.Population{p}}}}
					if _, done := where[of.Name]; !done && tried.Validate() == nil {
						account.Populations = append(account.Populations, p)
						where[of.Name] = region
						return
					}
				}
			}
			for _, of := range chunk {
				populate(of)
				for _, parent := range of.ParentTypes() {
					above, _ := cloudcontrol.Lookup(parent)
					populate(above)
				}
			}
			s, err := awssim.New(awssim.Estate{Accounts: []awssim.Account{account}}, awssim.Options{RememberCalls: -1})
			if err != nil {
				t.Fatal(err)
			}
			w := &world{t, s}
			read := 0
			for _, of := range chunk {
				k, source := cloudcontrol.Resolve(of.Name)
				if source != cloudcontrol.Generic || where[of.Name] == "" {
					continue
				}
				documents, errs := w.read(k, where[of.Name])
				elsewhere := false
				for _, err := range errs {
					elsewhere = elsewhere || awserr.CodeOf(err) == diag.TypeNotThere
					if !elsewhere && !simulated(of, err) {
						t.Errorf("%s: %v", of.Name, err)
					}
				}
				if len(documents) == 0 && len(of.Sources()) == 0 && !elsewhere && of.Name != "AWS::S3::BucketPolicy" {
					t.Errorf("%s has no document", of.Name)
				}
				for _, d := range documents {
					read++
					if d["Identifier"] == "" || d["Type"] != of.Name {
						t.Errorf("%s: %v", of.Name, d)
					}
				}
			}
			if read < len(chunk)/4 {
				t.Errorf("%d documents of %d types", read, len(chunk))
			}
		})
	}
}

// simulated says whether an error comes from what the simulator does not know of a type: the
// properties of its model beside those that identify it, and that nothing has one of the values.
func simulated(of cloudcontrol.Type, err error) bool {
	message := err.Error()
	return len(of.ParentTypes()) > 0 && strings.Contains(message, "has no property") ||
		len(of.Sources()) > 0 &&
			(strings.Contains(message, "What the ResourceModel names was not found") || strings.Contains(message, "is not a valid enum value"))
}

func regionsFor(of cloudcontrol.Type) []string {
	if home := of.Home("aws"); home != "" {
		return []string{home}
	}
	return []string{ireland, virgina, "us-west-2", "eu-central-1", "ap-northeast-1", "ap-southeast-2"}
}

// TestSources wants, for each type that is listed beneath a parent, a source of each property
// that one of the alternatives needs, or a reason why it cannot be read; and parents that can be
// read themselves.
func TestSources(t *testing.T) {
	t.Parallel()
	unread := 0
	for _, of := range cloudcontrol.All() {
		alternatives, _ := of.Parent()
		why, fix := of.Unreadable()
		sources := of.Sources()
		if (cloudcontrol.Find(of.Name) == nil) != (why != "") && cloudcontrol.Find(of.Name) != nil && of.Name != "AWS::ImageBuilder::Image" {
			if _, source := cloudcontrol.Resolve(of.Name); source == cloudcontrol.Generic {
				t.Errorf("%s is read, and cannot be: %s", of.Name, why)
			}
		}
		switch {
		case alternatives == nil && len(sources) > 0:
			t.Errorf("%s needs no parent and has %v", of.Name, sources)
		case why != "":
			if unread++; fix == "" || len(sources) > 0 {
				t.Errorf("%s cannot be read: %s; %q, %v", of.Name, why, fix, sources)
			}
		case alternatives != nil:
			var has []string
			for _, source := range sources {
				property, _, _ := strings.Cut(source, ":")
				has = append(has, property)
			}
			if !slices.ContainsFunc(alternatives, func(names []string) bool {
				return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(has, name) })
			}) {
				t.Errorf("%s needs %v and has %v", of.Name, alternatives, has)
			}
		}
		for _, parent := range of.ParentTypes() {
			above, known := cloudcontrol.Lookup(parent)
			if why, _ := above.Unreadable(); !known || why != "" {
				t.Errorf("%s stands beneath %s: %s", of.Name, parent, why)
			}
		}
		if k := cloudcontrol.Kind(of.Name); k != nil {
			for _, parent := range of.ParentTypes() {
				above, _ := cloudcontrol.Lookup(parent)
				for _, action := range above.Permissions() {
					if !slices.Contains(k.Permissions(), action) {
						t.Errorf("%s lacks %s to list %s", of.Name, action, parent)
					}
				}
			}
			if k.Confirm == nil || k.Scope == kind.Regional != (k.Home == nil && !strings.HasPrefix(of.Name, "AWS::Organizations::")) {
				t.Errorf("%s: scope %v", of.Name, k.Scope)
			}
		}
	}
	if unread > 130 {
		t.Errorf("%d types cannot be read", unread)
	}
}

// TestHomes are regions.
func TestHomes(t *testing.T) {
	t.Parallel()
	for _, of := range cloudcontrol.All() {
		for _, partition := range awsname.Partitions() {
			home := of.Home(partition)
			if of.Global() != (home != "") || home != "" && !slices.Contains(awsname.Regions(partition), home) {
				t.Errorf("%s in %s: %q", of.Name, partition, home)
			}
		}
	}
}

// TestSecretsOfTheTable: nothing that identifies a resource is withheld, and what holds a secret is.
func TestSecretsOfTheTable(t *testing.T) {
	t.Parallel()
	for _, of := range cloudcontrol.All() {
		for _, name := range append(slices.Clone(of.Identifier), of.ARN) {
			if name != "" && cloudcontrol.Withholds(of.Name, name) {
				t.Errorf("%s: %s is withheld", of.Name, name)
			}
		}
		tags := regexp.MustCompile(`[\[{!.].*`).ReplaceAllString(of.Tags, "")
		if tags != "" && cloudcontrol.Withholds(of.Name, tags) {
			t.Errorf("%s: %s is withheld", of.Name, tags)
		}
	}
	for _, member := range []struct{ of, name string }{
		{"AWS::SSM::Parameter", "Value"}, {"AWS::RDS::DBInstance", "MasterUserPassword"}, {"AWS::Lambda::Function", "Variables"},
		{"AWS::AppSync::ApiKey", "ApiKey"}, {"AWS::ApiGateway::ApiKey", "Value"}, {"AWS::Glue::Job", "DefaultArguments"},
		{"AWS::Amplify::App", "EnvironmentVariables"}, {"AWS::EC2::Instance", "UserData"}, {"AWS::ECS::TaskDefinition", "Environment"},
		{"AWS::CloudFormation::Stack", "Parameters"}, {"AWS::Cognito::UserPoolClient", "ClientSecret"}, {"AWS::MediaLive::Input", "Password"},
		{"AWS::EC2::VPNConnection", "PreSharedKey"}, {"AWS::ElastiCache::ReplicationGroup", "AuthToken"},
		{"AWS::AppRunner::Service", "RuntimeEnvironmentVariables"}, {"AWS::ApiGatewayV2::Stage", "StageVariables"},
		{"AWS::Cognito::UserPoolIdentityProvider", "client_secret"}, {"AWS::ElasticBeanstalk::ConfigurationTemplate", "OptionSettings"},
		{"AWS::SageMaker::ModelPackage", "Environment"}, {"AWS::CloudFront::Distribution", "HeaderValue"},
		{"AWS::KinesisFirehose::DeliveryStream", "AccessKey"}, {"AWS::EMR::Cluster", "ConfigurationProperties"},
	} {
		if !cloudcontrol.Withholds(member.of, member.name) {
			t.Errorf("%s: %s is not withheld", member.of, member.name)
		}
	}
	for _, name := range []string{"PasswordPolicy", "Value", "SecretArn", "KmsKeyId", "Environment", "Parameters", "TokenValidityUnits"} {
		if cloudcontrol.Withholds("AWS::Cognito::UserPool", name) {
			t.Errorf("%s is withheld", name)
		}
	}
}

// TestSecretsInDocuments reads resources with secrets where AWS has them: none is in the document, what
// is beside it is, and who names the member gets it.
func TestSecretsInDocuments(t *testing.T) {
	t.Parallel()
	const secret, harmless = "hunter2", "harmless"
	type object = map[string]any
	pairs := []any{object{"Name": "TOKEN", "Value": secret}}
	for _, test := range []struct {
		of, member string
		properties object
	}{
		{"AWS::AppRunner::Service", "RuntimeEnvironmentVariables", object{"SourceConfiguration": object{"ImageRepository": object{
			"ImageIdentifier": harmless, "ImageConfiguration": object{"RuntimeEnvironmentVariables": pairs},
		}}}},
		{"AWS::Cognito::UserPoolIdentityProvider", "client_secret", object{"ProviderDetails": object{"client_id": harmless, "client_secret": secret}}},
		{"AWS::Lightsail::Container", "Environment", object{"ContainerServiceDeployment": object{"Containers": []any{object{"Image": harmless, "Environment": pairs}}}}},
		{"AWS::Pipes::Pipe", "Environment", object{"Name": harmless, "TargetParameters": object{"Environment": pairs}}},
		{"AWS::GameLift::ContainerGroupDefinition", "EnvironmentOverride", object{"Name": harmless, "Definitions": []any{object{"EnvironmentOverride": pairs}}}},
		{"AWS::ElastiCache::User", "Passwords", object{"UserName": harmless, "Passwords": []any{secret}}},
		{"AWS::CloudFront::Distribution", "HeaderValue", object{"Origins": []any{object{"OriginCustomHeaders": []any{object{"HeaderName": harmless, "HeaderValue": secret}}}}}},
		{"AWS::ElasticBeanstalk::ConfigurationTemplate", "OptionSettings", object{"Name": harmless, "OptionSettings": pairs}},
		{"AWS::SageMaker::InferenceComponent", "Environment", object{"Image": harmless, "Environment": object{"TOKEN": secret}}},
		{"AWS::CodeBuild::Project", "EnvironmentVariables", object{"Environment": object{"Image": harmless, "EnvironmentVariables": pairs}}},
	} {
		shown := func(secrets ...string) string {
			text, err := json.Marshal(cloudcontrol.Stripped(test.of, test.properties, secrets))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		if got := shown(); strings.Contains(got, secret) || !strings.Contains(got, harmless) {
			t.Errorf("%s shows %s", test.of, got)
		}
		if got := shown(test.member); !strings.Contains(got, secret) {
			t.Errorf("%s with %s shows %s", test.of, test.member, got)
		}
	}
}

// TestMessages: what GeneralServiceException wraps. Nothing counts as gone.
func TestMessages(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]awserr.Class{
		"User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: sso:ListInstances": awserr.Denied,
		"Access Denied (Service: S3, Status Code: 403)":                                         awserr.Denied,
		"Forbidden": awserr.Denied,
		"You are not authorized: with an explicit deny in a service control policy": awserr.Closed,
		"Rate exceeded (Service: Iam, Status Code: 400)":                            awserr.Throttled,
		"Too many requests": awserr.Throttled,
		"The security token included in the request is invalid":                                                                    awserr.Expired,
		"The AWS Access Key Id needs a subscription for the service":                                                               awserr.AccountState,
		"OptInRequired: You are not subscribed to this service":                                                                    awserr.AccountState,
		"The region is an opt-in region that is not enabled":                                                                       awserr.RegionDisabled,
		"The service is not available in this region":                                                                              awserr.Failed,
		"The account is not registered for this service":                                                                           awserr.Failed,
		"Unable to execute HTTP request: Connection reset":                                                                         awserr.Failed,
		"Unable to execute HTTP request: Read timed out":                                                                           awserr.Timeout,
		"UnknownHostException: a.eu-west-1.amazonaws.com":                                                                          awserr.Failed,
		"User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: sns:GetTopicAttributes on resource: throttled-orders": awserr.Denied,
		"The request timed out":                                                                                                    awserr.Timeout,
		"The thing does not exist":                                                                                                 awserr.NotFound,
		"Requested resource not found":                                                                                             awserr.NotFound,
		"null (Service: S3, Status Code: 301, Request ID: 1)":                                                                      awserr.Failed,
		"Something else went wrong":                                                                                                awserr.Failed,
		"":                                                                                                                         awserr.Failed,
	} {
		err := cloudcontrol.Judged("cloudformation:GetResource", apiError{"GeneralServiceException", message})
		if got := awserr.ClassOf(err); got != want {
			t.Errorf("%q is %q, want %q", message, got, want)
		}
		if fix := awserr.Fix(err); strings.Contains(fix, "proxy") || strings.Contains(fix, "PORTOLAN_ACCOUNTS_EXCLUDE") {
			t.Errorf("%q: %s, which does not help with one service", message, fix)
		}
	}
	for code, want := range map[string]awserr.Class{
		"AccessDeniedException": awserr.Denied, "AccessDenied": awserr.Denied, "UnauthorizedOperation": awserr.Denied, "AuthorizationError": awserr.Denied,
		"InvalidCredentialsException": awserr.Expired, "ThrottlingException": awserr.Throttled, "ServiceLimitExceededException": awserr.Failed,
		"HandlerFailureException": awserr.Failed, "HandlerInternalFailureException": awserr.Failed, "ServiceInternalErrorException": awserr.Failed,
		"NetworkFailureException": awserr.Failed, "ResourceConflictException": awserr.Failed, "NotStabilizedException": awserr.Failed,
		"PrivateTypeException": awserr.Failed, "InvalidRequestException": awserr.Failed, "TypeNotFoundException": awserr.Unsupported,
		"UnsupportedActionException": awserr.Failed, "ResourceNotFoundException": awserr.NotFound, "SomethingElse": awserr.Failed,
		"AlreadyExistsException": awserr.Failed, "NotUpdatableException": awserr.Failed,
	} {
		err := cloudcontrol.Judged("cloudformation:GetResource", apiError{code, "not found, access denied"})
		if got := awserr.ClassOf(err); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
}

type apiError struct{ code, message string }

func (e apiError) Error() string        { return e.code + ": " + e.message }
func (e apiError) ErrorCode() string    { return e.code }
func (e apiError) ErrorMessage() string { return e.message }
