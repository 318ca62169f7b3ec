package main

import (
	"slices"
	"strings"

	"portolan/internal/simulator/awssim"
)

// scenes are the golden transcripts, by their names.
var scenes = map[string]func(*stage){
	"help": helps, "tells": tells, "tries": tries, "runs": runs, "removes": removes, "refuses": refuses, "identity": identities,
}

// helps shows the help of every command there is.
func helps(s *stage) {
	s.types("")
	for _, c := range (&shell{}).root().Commands() {
		s.types(c.Name() + " --help")
		for _, beneath := range c.Commands() {
			s.types(c.Name() + " " + beneath.Name() + " --help")
		}
	}
}

// tells looks things up.
func tells(s *stage) {
	for _, line := range []string{
		"version", "kinds queue", "kinds AWS::SQS::Queue", "kinds AWS::EKS::Nodegroup", "explain", "explain PTL-303 401",
		"policy --kinds AWS::SQS::Queue", "policy --kinds AWS::SecretsManager::Secret",
	} {
		s.types(line)
	}
}

const orderMapping = `resources:
  - kind: AWS::SQS::Queue
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .Properties.QueueArn
          title: .Properties.QueueName
          blueprint: '"sqsQueue"'
          properties:
            url: .Properties.QueueUrl
            encrypted: .Properties.KmsMasterKeyID
  - kind: AWS::EKS::Nodegroup
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .Identifier
          blueprint: '"nodegroup"'
          properties:
            status: .Properties.State
`

const orderDocument = `{"Type":"AWS::SQS::Queue","Properties":{"QueueArn":"arn:aws:sqs:eu-west-1:111111111111:orders","QueueName":"orders",
"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/111111111111/orders"},"__ExtraContext":{"AccountId":"111111111111","Region":"eu-west-1"}}`

const orderEvents = `{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.sqs","account":"111111111111","time":"2026-01-05T06:00:00Z","region":"eu-west-1","resources":[],
"detail":{"eventVersion":"1.08","eventSource":"sqs.amazonaws.com","eventName":"CreateQueue","awsRegion":"eu-west-1","eventTime":"2026-01-05T06:00:00Z","recipientAccountId":"111111111111"}}
{"version":"0","id":"2","detail-type":"AWS API Call via CloudTrail","source":"aws.sqs","account":"111111111111","time":"2026-01-05T06:00:01Z","region":"eu-west-1","resources":[],
"detail":{"eventVersion":"1.08","eventSource":"sqs.amazonaws.com","eventName":"ListQueues","readOnly":true,"awsRegion":"eu-west-1","eventTime":"2026-01-05T06:00:01Z","recipientAccountId":"111111111111"}}
`

// tries reads and maps without Port.
func tries(s *stage) {
	_, _, env := simulatedAt(s.t, awssim.Options{}, s.clock)
	s.env = quietly(env)
	s.has("mapping.yml", orderMapping)
	s.has("queue.json", orderDocument)
	s.has("events.json", orderEvents)
	for _, line := range []string{
		"read AWS::SQS::Queue --limit 1", "read AWS::SQS::Queue --regions us-east-1", "map --mapping mapping.yml queue.json",
		"mapping check mapping.yml", "events explain events.json",
	} {
		s.types(line)
	}
}

// quietly is an environment as people have it, who set no level of the log.
func quietly(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(variable string) bool { return strings.HasPrefix(variable, levelVariable+"=") })
}

// reader is the role that reads an account.
var reader = awssim.Role{Name: "PortOceanReadRole", Trusts: []string{accountID}, ExternalID: externalID, Permissions: awssim.Permissions{Allow: []string{"*"}}}

// estate is an Organization of three accounts, one of which has no role to read it.
func estate(s *stage) *awssim.Server {
	aws, _, env := simulatedAt(s.t, awssim.Options{}, s.clock)
	s.env = append(quietly(env), "PORTOLAN_INITIAL_KINDS=AWS::S3::Bucket,AWS::SQS::Queue,AWS::Lambda::Function,AWS::Account::Info")
	for _, account := range []awssim.Account{
		{
			ID: "222222222222", Name: "shop-production",
			Roles: []awssim.Role{reader},
			Resources: []awssim.Resource{
				{Kind: awssim.Queue, Region: "eu-west-1", ID: "payments"}, {Kind: awssim.Queue, Region: "eu-west-1", ID: "returns"},
				{Kind: awssim.Function, Region: "eu-west-1", ID: "checkout"},
			},
		},
		{ID: "333333333333", Name: "sandbox"},
	} {
		if err := aws.AddAccount(account); err != nil {
			s.t.Fatal(err)
		}
	}
	return aws
}

// runs installs, runs, and runs into trouble.
func runs(s *stage) {
	aws := estate(s)
	s.types("doctor")
	s.types("plan")
	s.env = append(s.env, "PORTOLAN_STATE=state")
	s.types("resync")
	if err := aws.SetRole("333333333333", reader); err != nil {
		s.t.Fatal(err)
	}
	s.types("resync")
	s.types("plan --exit-code")
	if err := aws.Put("222222222222", awssim.Resource{Kind: awssim.Bucket, Region: "eu-west-1", ID: "shop-invoices"}); err != nil {
		s.t.Fatal(err)
	}
	s.types("plan --exit-code")
	aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Deny})
	s.env = slices.DeleteFunc(s.env, func(variable string) bool { return strings.HasPrefix(variable, "PORTOLAN_STATE=") })
	s.types("doctor --kinds AWS::SQS::Queue,AWS::S3::Bucket")
	s.types("resync")
	if err := aws.RemoveRole(accountID, "PortOceanReadRole"); err != nil {
		s.t.Fatal(err)
	}
	s.types("resync")
	s.types("plan")
}

// removes takes everything out of Port.
func removes(s *stage) {
	_, env := settled(s.t)
	s.env = env
	s.types("uninstall --entities --integration --output json")
	s.types("uninstall --entities --integration --confirm test")
}

// refuses types what is wrong.
func refuses(s *stage) {
	for _, line := range []string{
		"resink", "mapping chek", "resync now", "resync --kindz AWS::SQS::Queue", "resync -x", "kinds --output jsn", "kinds AWS::SQS::Queues",
		"read", "read AWS::SQS::Queues", "map", "map --mapping none.yml", "explain PTL-999", "resync --log-level loud", "resync -v -q",
		"resync --kinds AWS::SQS::Queues --accounts 12", "policy --partition aws-gov", "uninstall", "resync", "doctor", "run", "events explain none.json",
	} {
		s.types(line)
	}
	s.env = []string{"OCEAN__INTEGRATION__IDENTIFIR=x", "OCEAN__PORT__BASE_URL=ftp://x", "PORTOLAN_REGIONS=eu-wst-1"}
	s.types("resync")
}

// identities has no credentials, or not the right ones.
func identities(s *stage) {
	_, _, env := simulatedAt(s.t, awssim.Options{}, s.clock)
	env = slices.DeleteFunc(quietly(env), func(variable string) bool { return strings.HasPrefix(variable, "AWS_") })
	env = append(env, "PORT_SECRET_ARN=", "OCEAN__PORT__CLIENT_ID="+clientID, "OCEAN__PORT__CLIENT_SECRET="+clientSecret,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1")
	s.has(".aws/config", "[profile dev]\nsso_session = company\nsso_account_id = 111111111111\nsso_role_name = Reader\nregion = eu-west-1\n"+
		"[sso-session company]\nsso_start_url = https://company.awsapps.com/start\nsso_region = eu-west-1\n")
	for _, profile := range []string{"", "AWS_PROFILE=nope", "AWS_PROFILE=dev"} {
		s.env = append(slices.Clone(env), profile)
		for _, line := range []string{"read AWS::SQS::Queue", "resync", "doctor --kinds AWS::SQS::Queue"} {
			s.types(line)
		}
	}
}
