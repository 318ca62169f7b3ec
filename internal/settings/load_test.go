package settings_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/settings"
)

const (
	role      = "arn:aws:iam::111122223333:role/PortOceanReadRole"
	otherRole = "arn:aws:iam::444455556666:role/PortOceanReadRole"
)

// minimal is the smallest environment of an installation, with changes applied.
func minimal(more ...string) []string {
	return append([]string{
		"OCEAN__PORT__CLIENT_ID=the-id", "OCEAN__PORT__CLIENT_SECRET=the-secret",
		"OCEAN__INTEGRATION__IDENTIFIER=my-aws", "PATH=/bin", "HOME=/",
	}, more...)
}

// loaded is the settings of minimal, with changes applied.
func loaded(change func(*settings.Settings)) settings.Settings {
	s := settings.Settings{
		Port:        settings.Port{BaseURL: "https://api.getport.io", ClientID: "the-id", ClientSecret: "the-secret"},
		Integration: settings.Integration{Identifier: "my-aws", Type: "aws-v3", Initialize: true, InitialKinds: []string{"ocean"}, SendExamples: true},
		AWS:         settings.AWS{BulkTags: true},
		Schedule: settings.Schedule{
			Listener: "POLLING", PollInterval: time.Minute, OnStart: true,
			Events: settings.Events{Wait: 20 * time.Second, Again: 5 * time.Minute, Pace: 2 * time.Minute},
		},
		State:     settings.State{Rewrite: 7 * 24 * time.Hour},
		Deletes:   settings.Deletes{Count: 500, Share: 0.5, After: 1},
		History:   settings.History{Span: 30 * 24 * time.Hour},
		Log:       settings.Log{Format: "text", ToPort: true},
		ProbePort: 8000, ScaleConcurrency: 10,
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestLoad(t *testing.T) {
	t.Parallel()
	type S = settings.Settings
	tests := map[string]struct {
		environ []string
		want    settings.Settings
	}{
		"defaults": {minimal(), loaded(nil)},
		"a secret instead of credentials": {
			[]string{"PORT_SECRET_ARN=portolan/port", "OCEAN__INTEGRATION__IDENTIFIER=my-aws"},
			loaded(func(s *S) { s.Port.SecretARN, s.Port.ClientID, s.Port.ClientSecret = "portolan/port", "", "" }),
		},
		"Organizations mode": {
			minimal("OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN="+role,
				"OCEAN__INTEGRATION__CONFIG__OU_ID=ou-ab12-cdefghij, r-ab12,ou-ab12-cdefghij",
				"OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID=shared:value"),
			loaded(func(s *S) {
				s.AWS.RoleARN, s.AWS.OUs, s.AWS.ExternalID = role, []string{"ou-ab12-cdefghij", "r-ab12"}, "shared:value"
			}),
		},
		"explicit list as JSON": {
			minimal(`OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARNS=["` + role + `","` + otherRole + `"]`),
			loaded(func(s *S) { s.AWS.RoleARNs = []string{role, otherRole} }),
		},
		"explicit list by commas": {
			minimal("OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARNS=" + role + "," + otherRole + ","),
			loaded(func(s *S) { s.AWS.RoleARNs = []string{role, otherRole} }),
		},
		"an empty list": {
			minimal("OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARNS=[]"), loaded(nil),
		},
		"static credentials under SECRETS": {
			minimal("OCEAN__INTEGRATION__SECRETS__AWS_ACCESS_KEY_ID=AKIA", "OCEAN__INTEGRATION__SECRETS__AWS_SECRET_ACCESS_KEY=k",
				"OCEAN__INTEGRATION__CONFIG__AWS_SESSION_TOKEN=t", "OCEAN__INTEGRATION__CONFIG__AWS_PARTITION=aws-cn"),
			loaded(func(s *S) {
				s.AWS.AccessKeyID, s.AWS.SecretAccessKey, s.AWS.SessionToken, s.AWS.Partition = "AKIA", "k", "t", "aws-cn"
			}),
		},
		"names in any case, values trimmed": {
			minimal("ocean__Port__base_url= https://api.us.getport.io/ ", "OCEAN__INTEGRATION__TYPE=AWS-V3"),
			loaded(func(s *S) { s.Port.BaseURL = "https://api.us.getport.io" }),
		},
		"everything in JSON": {
			[]string{
				`OCEAN__PORT={"clientId":"the-id","CLIENT_SECRET":"the-secret","base_url":"https://api.us.getport.io"}`,
				`OCEAN__INTEGRATION={"identifier":"my-aws","type":null,"config":{"accountRoleArns":["` + role + `"],"ouId":""},` +
					`"secrets":{"awsAccessKeyId":"AKIA","awsSecretAccessKey":"k"}}`,
				`OCEAN__EVENT_LISTENER={"type":"once"}`,
			},
			loaded(func(s *S) {
				s.Port.BaseURL, s.AWS.RoleARNs, s.Schedule.Listener = "https://api.us.getport.io", []string{role}, "ONCE"
				s.AWS.AccessKeyID, s.AWS.SecretAccessKey = "AKIA", "k"
			}),
		},
		"a nested variable wins over JSON": {
			minimal(`OCEAN__PORT={"clientId":"another","baseUrl":"https://api.us.getport.io"}`),
			loaded(func(s *S) { s.Port.BaseURL = "https://api.us.getport.io" }),
		},
		"JSON in JSON": {
			minimal(`OCEAN__INTEGRATION={"config":"{\"accountRoleArn\":\"` + role + `\"}"}`),
			loaded(func(s *S) { s.AWS.RoleARN = role }),
		},
		"booleans as Ocean reads them": {
			minimal("OCEAN__INITIALIZE_PORT_RESOURCES=Off", "OCEAN__SEND_RAW_DATA_EXAMPLES=0"),
			loaded(func(s *S) { s.Integration.Initialize, s.Integration.SendExamples = false, false }),
		},
		"tags one by one": {minimal("PORTOLAN_BULK_TAGS=false"), loaded(func(s *S) { s.AWS.BulkTags = false })},
		"origin Empty": {
			minimal("OCEAN__CREATE_PORT_RESOURCES_ORIGIN=Empty"),
			loaded(func(s *S) { s.Integration.StartEmpty = true }),
		},
		"interval in minutes": {
			minimal("OCEAN__SCHEDULED_RESYNC_INTERVAL=1440"),
			loaded(func(s *S) { s.Schedule.Interval = 24 * time.Hour }),
		},
		"an empty variable is not set": {
			minimal("OCEAN__SCHEDULED_RESYNC_INTERVAL=", "OCEAN__PORT__BASE_URL=  "), loaded(nil),
		},
		"loopback without TLS": {
			minimal("OCEAN__PORT__BASE_URL=http://127.0.0.1:8080"),
			loaded(func(s *S) { s.Port.BaseURL = "http://127.0.0.1:8080" }),
		},
		"filters and logs": {
			minimal("PORTOLAN_REGIONS=eu-west-1,us-east-1", "PORTOLAN_ACCOUNTS_EXCLUDE=111122223333",
				"PORTOLAN_LOG_LEVEL=Warning", "PORTOLAN_LOG_FORMAT=json", "PORTOLAN_INITIAL_KINDS=native, AWS::IAM::Role"),
			loaded(func(s *S) {
				s.AWS.Regions, s.AWS.ExcludedAccounts = []string{"eu-west-1", "us-east-1"}, []string{"111122223333"}
				s.Log.Level, s.Log.Format, s.Integration.InitialKinds = slog.LevelWarn, "json", []string{"native", "AWS::IAM::Role"}
			}),
		},
		"state in S3": {
			minimal("PORTOLAN_STATE=s3://bucket/a/b/"), loaded(func(s *S) { s.State.Place = "s3://bucket/a/b" }),
		},
		"state in a whole bucket": {
			minimal("PORTOLAN_STATE=s3://bucket"), loaded(func(s *S) { s.State.Place = "s3://bucket" }),
		},
		"state in a folder": {
			minimal("PORTOLAN_STATE=/var/lib/portolan/"), loaded(func(s *S) { s.State.Place = "/var/lib/portolan" }),
		},
		"state in a folder beside": {
			minimal("PORTOLAN_STATE=state"), loaded(func(s *S) { s.State.Place = "state" }),
		},
		"no state": {
			minimal("PORTOLAN_STATE="), loaded(nil),
		},
		"histories": {
			minimal("PORTOLAN_HISTORY_DAYS=7", "PORTOLAN_HISTORY_OLDER=delete"),
			loaded(func(s *S) { s.History.Span, s.History.DeleteOlder = 7*24*time.Hour, true }),
		},
		"whole histories": {
			minimal("PORTOLAN_HISTORY_DAYS=0", "PORTOLAN_HISTORY_OLDER=keep"), loaded(func(s *S) { s.History.Span = 0 }),
		},
		"limits of deletes": {
			minimal("PORTOLAN_DELETE_COUNT=10", "PORTOLAN_DELETE_SHARE=0.25", "PORTOLAN_DELETE_AFTER=3", "PORTOLAN_REWRITE_DAYS=1",
				"PORTOLAN_STATE=state"),
			loaded(func(s *S) {
				s.State.Place, s.Deletes.Count, s.Deletes.Share, s.Deletes.After, s.State.Rewrite = "state", 10, 0.25, 3, 24*time.Hour
			}),
		},
		"a state machine": {
			minimal("PORTOLAN_SCALE_CONCURRENCY=20"), loaded(func(s *S) { s.ScaleConcurrency = 20 }),
		},
		"no limits of deletes": {
			minimal("PORTOLAN_DELETE_COUNT=0", "PORTOLAN_DELETE_SHARE=0", "PORTOLAN_REWRITE_DAYS=0"),
			loaded(func(s *S) { s.Deletes.Count, s.Deletes.Share, s.State.Rewrite = 0, 0, 0 }),
		},
		"a listener that stays": {
			minimal(`OCEAN__EVENT_LISTENER={"type":"polling","interval":2.5,"resyncOnStart":false}`, "APPLICATION__ENABLE_HTTP_LOGGING=false"),
			loaded(func(s *S) {
				s.Schedule.Listener, s.Schedule.PollInterval = "POLLING", 2500*time.Millisecond
				s.Schedule.OnStart, s.Log.ToPort = false, false
			}),
		},
		"the chart's listener": {
			minimal(`OCEAN__EVENT_LISTENER={"brokers":"b-1-public.publicclusterprod.t9rw6w.c1.kafka.eu-west-1.amazonaws.com:9196","type":"KAFKA"}`),
			loaded(func(s *S) { s.Schedule.Replaced = "KAFKA" }),
		},
		"a listener that Port calls": {
			minimal("OCEAN__EVENT_LISTENER__TYPE=webhook"), loaded(func(s *S) { s.Schedule.Replaced = "WEBHOOK" }),
		},
		"in Lambda no listener matters": {
			minimal("AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", `OCEAN__EVENT_LISTENER={"type":"KAFKA"}`),
			loaded(func(s *S) { s.InLambda, s.Log.Format, s.Schedule.Listener = true, "json", "ONCE" }),
		},
		"in Lambda the listener does not matter": {
			minimal("AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", `OCEAN__EVENT_LISTENER={"type":"POLLING"}`),
			loaded(func(s *S) { s.InLambda, s.Log.Format, s.Schedule.Listener = true, "json", "ONCE" }),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settings.Load(tt.environ)
			if err != nil {
				t.Fatal(err)
			}
			if !cmp.Equal(tt.want, got) {
				t.Errorf("got  %#v\nwant %#v", got, tt.want)
			}
		})
	}
}

// Environments of installations that exist must load, with a word about each
// setting that has no meaning here.
func TestLoadWarns(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environ []string
		want    []string // parts of the warnings, in order
	}{
		"the chart's settings": {
			minimal("OCEAN__PORT__INGEST_URL=https://ingest.getport.io", "OCEAN__RUNTIME=OnPrem",
				"OCEAN__PROCESSING_MODE=ocean-core", "OCEAN__METRICS__ENABLED=true", "OCEAN__INTEGRATION__VERSION=2.20.11"),
			[]string{
				"OCEAN__INTEGRATION__VERSION is ignored", "OCEAN__METRICS__ENABLED is ignored",
				"OCEAN__PROCESSING_MODE is ignored",
			},
		},
		"what the chart always sets": {
			minimal("OCEAN__PORT__INGEST_URL=https://ingest.getport.io", "OCEAN__PROCESSING_MODE=dsp", "OCEAN__LAKEHOUSE_ENABLED=true",
				"OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS=true", "OCEAN__STREAMING__ENABLED=false",
				"OCEAN__ACTIONS_PROCESSOR__ENABLED=False", "OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED=false",
				"OCEAN__PROCESS_EXECUTION_MODE=single_process", "OCEAN__EVENTS_DEBUG_LOGGING=false", "OCEAN__RUNTIME=OnPrem"),
			nil,
		},
		"what the chart sets only if asked": {
			minimal("OCEAN__ACTIONS_PROCESSOR__ENABLED=true", "OCEAN__PORT__APP_URL=https://app.getport.io",
				"OCEAN__LIVE_EVENTS__IS_REDIS_STREAM_CONSUMER_ENABLED=true", "OCEAN__IDENTITY_PROPAGATION__VAULT__TYPE=custom"),
			[]string{
				"OCEAN__ACTIONS_PROCESSOR__ENABLED is ignored", "OCEAN__IDENTITY_PROPAGATION__VAULT__TYPE is ignored",
				"OCEAN__LIVE_EVENTS__IS_REDIS_STREAM_CONSUMER_ENABLED is ignored", "OCEAN__PORT__APP_URL is ignored",
			},
		},
		"a service of Kubernetes that is called portolan": {
			minimal("PORTOLAN_SERVICE_HOST=10.0.0.7", "PORTOLAN_SERVICE_PORT=8000", "PORTOLAN_SERVICE_PORT_PROBES=8000",
				"PORTOLAN_PORT=tcp://10.0.0.7:8000", "PORTOLAN_PORT_8000_TCP=tcp://10.0.0.7:8000", "PORTOLAN_PORT_8000_TCP_PROTO=tcp",
				"PORTOLAN_PORT_8000_TCP_PORT=8000", "PORTOLAN_PORT_8000_TCP_ADDR=10.0.0.7", "PORTOLAN_EU_SERVICE_HOST=10.0.0.8"),
			nil,
		},
		"a listener of the user's own": {
			minimal(`OCEAN__EVENT_LISTENER={"type":"WEBHOOK","appHost":"https://ocean.example.com"}`),
			[]string{"OCEAN__EVENT_LISTENER.appHost is ignored"},
		},
		"keys of another listener": {
			minimal(`OCEAN__EVENT_LISTENER={"type":"POLLING","interval":60,"brokers":"b:1","shouldResync":true}`),
			[]string{"OCEAN__EVENT_LISTENER.brokers is ignored", "OCEAN__EVENT_LISTENER.shouldResync is ignored"},
		},
		"whole objects": {
			minimal(`OCEAN__METRICS={"enabled":true}`, `OCEAN__SSL__PORT__X509={"strict":false}`),
			[]string{"OCEAN__METRICS is ignored", "OCEAN__SSL__PORT__X509 is ignored: certificates are always verified"},
		},
		"the application's own": {
			minimal("APPLICATION__LOG_LEVEL=DEBUG", "APPLICATION__OF_SOMEBODY_ELSE=1"),
			[]string{"APPLICATION__LOG_LEVEL is ignored"},
		},
		"two ways to find accounts": {
			minimal("OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN="+role, "OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARNS="+otherRole),
			[]string{"ACCOUNT_ROLE_ARNS is ignored"},
		},
		"units without an Organization": {
			minimal("OCEAN__INTEGRATION__CONFIG__OU_ID=r-ab12"),
			[]string{"OU_ID is ignored"},
		},
		"CONFIG wins over SECRETS": {
			minimal("OCEAN__INTEGRATION__SECRETS__EXTERNAL_ID=one", "OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID=two"),
			[]string{"OCEAN__INTEGRATION__SECRETS__EXTERNAL_ID is ignored"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settings.Load(tt.environ)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Warnings) != len(tt.want) {
				t.Fatalf("warnings %q, want %q", got.Warnings, tt.want)
			}
			for i, want := range tt.want {
				if !strings.Contains(got.Warnings[i], want) {
					t.Errorf("warning %q, want %q in it", got.Warnings[i], want)
				}
			}
		})
	}
}

// TestNamesThatAreNearlyRight expects the nearest name in the error.
func TestNamesThatAreNearlyRight(t *testing.T) {
	t.Parallel()
	environ := func(pair string) []string {
		return []string{"OCEAN__INTEGRATION__IDENTIFIER=a", "OCEAN__PORT__CLIENT_ID=a", "OCEAN__PORT__CLIENT_SECRET=b", pair}
	}
	if _, err := settings.Load(environ("PORTOLAN_REGIONS=us-east-1,EU-WEST-1")); err == nil || !strings.Contains(err.Error(), `did you mean "eu-west-1"?`) {
		t.Errorf("a region in upper case: %v", err)
	}
	s, err := settings.Load(environ("OCEAN__INTEGRATION__TYPE=aws-v33"))
	if err != nil || !slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "nearly aws-v3") }) {
		t.Errorf("a type that is nearly Ocean's: %v, %v", s.Warnings, err)
	}
	s, err = settings.Load(environ("OCEAN__INTEGRATION__TYPE=AWS-v3"))
	if err != nil || slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "nearly") }) {
		t.Errorf("Ocean's type: %v, %v", s.Warnings, err)
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environ []string
		want    string
	}{
		"nothing set": {
			nil, "OCEAN__INTEGRATION__IDENTIFIER is not set; it should hold the integration's identifier in Port, such as my-aws\n" +
				"Port's credentials are not set; set PORT_SECRET_ARN, or OCEAN__PORT__CLIENT_ID and OCEAN__PORT__CLIENT_SECRET",
		},
		"half of the credentials": {
			[]string{"OCEAN__PORT__CLIENT_ID=x", "OCEAN__INTEGRATION__IDENTIFIER=a"},
			"OCEAN__PORT__CLIENT_SECRET is not set, though OCEAN__PORT__CLIENT_ID is; set both",
		},
		"the other half": {
			[]string{"OCEAN__PORT__CLIENT_SECRET=x", "OCEAN__INTEGRATION__IDENTIFIER=a"},
			"OCEAN__PORT__CLIENT_ID is not set, though OCEAN__PORT__CLIENT_SECRET is; set both",
		},
		"both ways": {
			minimal("PORT_SECRET_ARN=port"),
			"PORT_SECRET_ARN and OCEAN__PORT__CLIENT_ID or OCEAN__PORT__CLIENT_SECRET are both set; keep one of them",
		},
		"a secret where its ARN belongs": {
			[]string{`PORT_SECRET_ARN={"PORT_CLIENT_ID":"x"}`, "OCEAN__INTEGRATION__IDENTIFIER=a"},
			"PORT_SECRET_ARN holds something else (the value is not shown); it should hold the ARN or the name of a secret in Secrets Manager",
		},
		"a misspelt name": {
			minimal("OCEAN__PORT__BASE_ULR=x"), "OCEAN__PORT__BASE_ULR is not a setting; did you mean OCEAN__PORT__BASE_URL?",
		},
		"a name in the wrong place": {
			minimal("OCEAN__ACCOUNT_ROLE_ARN=x"),
			"OCEAN__ACCOUNT_ROLE_ARN is not a setting; did you mean OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN?",
		},
		"a misspelt key in JSON": {
			minimal(`OCEAN__INTEGRATION={"config":{"ouID":"r-ab12","acountRoleArn":"x"}}`),
			"OCEAN__INTEGRATION.config.acountRoleArn is not a setting; did you mean OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN?",
		},
		"the older integration's list of the Organization": {
			minimal("OCEAN__INTEGRATION__CONFIG__ORGANIZATION_ROLE_ARN=arn:aws:iam::111122223333:role/Org"),
			"OCEAN__INTEGRATION__CONFIG__ORGANIZATION_ROLE_ARN is a setting of Ocean's older aws integration; use " +
				"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN instead: the ARN of the role in the account that lists the Organization. " +
				"The role of the same name is assumed in every other account",
		},
		"the older integration's role, as in its chart": {
			minimal(`OCEAN__INTEGRATION={"config":{"accountReadRoleName":"Reader"}}`),
			"OCEAN__INTEGRATION.config.accountReadRoleName is a setting of Ocean's older aws integration; use " +
				"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN instead: its role's name is the name in every account, " +
				"so the account that lists the Organization needs a role of that name too",
		},
		"an unknown name": {
			minimal("PORTOLAN_PLACE=x"), "PORTOLAN_PLACE is not a setting; remove it, or correct its name",
		},
		"a port that is none": {
			minimal("APPLICATION__PORT=http"), `APPLICATION__PORT holds "http"; it should hold a TCP port, such as 8000, or 0`,
		},
		"a name with a line break": {
			minimal("PORTOLAN_\nX=x"), `"PORTOLAN_\nX" is not a setting; remove it, or correct its name`,
		},
		"a listener that is none": {
			minimal(`OCEAN__EVENT_LISTENER={"type":"POLING"}`),
			`OCEAN__EVENT_LISTENER.type holds "POLING"; it should hold ONCE, which resyncs and ends, or POLLING, which stays and asks Port ` +
				`every minute whether a resync is wanted; did you mean "POLLING"?`,
		},
		"a process that takes live events": {
			minimal(`OCEAN__EVENT_LISTENER={"type":"WEBHOOKS_ONLY"}`),
			`OCEAN__EVENT_LISTENER.type holds "WEBHOOKS_ONLY"; it should hold ONCE or POLLING; a process that takes live events or runs ` +
				"actions has no counterpart here: switch it off (the chart's liveEvents.worker.enabled, actionsProcessor.worker.enabled)",
		},
		"a process that runs actions": {
			minimal("OCEAN__EVENT_LISTENER__TYPE=actions_only"),
			`OCEAN__EVENT_LISTENER__TYPE holds "actions_only"; it should hold ONCE or POLLING; a process that takes live events or runs ` +
				"actions has no counterpart here: switch it off (the chart's liveEvents.worker.enabled, actionsProcessor.worker.enabled)",
		},
		"a listener that never asks": {
			minimal("OCEAN__EVENT_LISTENER__INTERVAL=0"),
			`OCEAN__EVENT_LISTENER__INTERVAL holds "0"; it should hold seconds from 1 to 86400, such as 60`,
		},
		"a listener that is not an object": {
			minimal("OCEAN__EVENT_LISTENER=ONCE"),
			`OCEAN__EVENT_LISTENER holds no valid JSON object (the value is not shown); it should hold one, such as {"type":"ONCE"}`,
		},
		"broken JSON with a secret": {
			minimal(`OCEAN__PORT={"clientSecret":"s3cr3t"`),
			`OCEAN__PORT holds no valid JSON object (the value is not shown); it should hold one, such as {"baseUrl":"https://api.getport.io"}`,
		},
		"a list for a text": {
			minimal(`OCEAN__INTEGRATION={"type":["aws-v3"]}`),
			"OCEAN__INTEGRATION.type holds a JSON array or object; it should hold a text",
		},
		"the same name in two cases": {
			minimal("ocean__integration__identifier=other"),
			"OCEAN__INTEGRATION__IDENTIFIER and ocean__integration__identifier are the same setting with different values; keep one of them",
		},
		"a slash in the identifier": {
			[]string{"PORT_SECRET_ARN=port", "OCEAN__INTEGRATION__IDENTIFIER=a/b"},
			`OCEAN__INTEGRATION__IDENTIFIER holds "a/b"; it should hold letters, digits and any of @ _ . + : = -, without slashes`,
		},
		"plain HTTP": {
			minimal("OCEAN__PORT__BASE_URL=http://api.getport.io"),
			`OCEAN__PORT__BASE_URL holds "http://api.getport.io"; it should hold a URL that begins with https://, because credentials are sent there`,
		},
		"a URL with its version": {
			minimal("OCEAN__PORT__BASE_URL=https://api.getport.io/v1/"),
			`OCEAN__PORT__BASE_URL holds "https://api.getport.io/v1/"; it should hold the URL without /v1`,
		},
		"a URL with credentials": {
			minimal("OCEAN__PORT__BASE_URL=https://u:p@api.getport.io"),
			"OCEAN__PORT__BASE_URL holds something else (the value is not shown); it should hold a URL such as https://api.getport.io or https://api.us.getport.io",
		},
		"no role ARN": {
			minimal("OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN=PortOceanReadRole"),
			`OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN holds "PortOceanReadRole"; it should hold a role's ARN, such as arn:aws:iam::111122223333:role/PortOceanReadRole`,
		},
		"one bad item": {
			minimal("PORTOLAN_REGIONS=eu-west-1,eu"),
			`PORTOLAN_REGIONS holds "eu-west-1,eu"; it should hold region names, such as eu-west-1,us-east-1; item 2 is not one`,
		},
		"a short account id": {
			minimal("PORTOLAN_ACCOUNTS_EXCLUDE=42"),
			`PORTOLAN_ACCOUNTS_EXCLUDE holds "42"; it should hold account ids of twelve digits, such as 111122223333,444455556666; item 1 is not one`,
		},
		"a strange partition": {
			minimal("OCEAN__INTEGRATION__CONFIG__AWS_PARTITION=aws-us-gv"),
			`OCEAN__INTEGRATION__CONFIG__AWS_PARTITION holds "aws-us-gv"; it should hold a partition of AWS, such as aws, aws-us-gov or aws-cn; did you mean "aws-us-gov"?`,
		},
		"a role of another partition": {
			minimal("OCEAN__INTEGRATION__CONFIG__AWS_PARTITION=aws-cn", "OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN="+role),
			`OCEAN__INTEGRATION__CONFIG__AWS_PARTITION holds "aws-cn", but the role ` + role + ` is in "aws"; they should agree`,
		},
		"half of the static credentials": {
			minimal("OCEAN__INTEGRATION__CONFIG__AWS_ACCESS_KEY_ID=AKIA"),
			"OCEAN__INTEGRATION__CONFIG__AWS_ACCESS_KEY_ID and OCEAN__INTEGRATION__CONFIG__AWS_SECRET_ACCESS_KEY must be set together, and AWS_SESSION_TOKEN only with them",
		},
		"a short external id": {
			minimal("OCEAN__INTEGRATION__SECRETS__EXTERNAL_ID=!"),
			"OCEAN__INTEGRATION__SECRETS__EXTERNAL_ID holds something else (the value is not shown); it should hold 2 to 1224 letters, digits and any of _ + = , . @ : / -",
		},
		"a cron expression for minutes": {
			minimal("OCEAN__SCHEDULED_RESYNC_INTERVAL=0 * * * *"),
			`OCEAN__SCHEDULED_RESYNC_INTERVAL holds "0 * * * *"; it should hold whole minutes, such as 1440`,
		},
		"strange histories": {
			minimal("PORTOLAN_HISTORY_DAYS=-1", "PORTOLAN_HISTORY_OLDER=forget"),
			`PORTOLAN_HISTORY_DAYS holds "-1"; it should hold whole days, such as 30, or 0` + "\n" +
				`PORTOLAN_HISTORY_OLDER holds "forget"; it should hold keep or delete`,
		},
		"no concurrency": {
			minimal("PORTOLAN_SCALE_CONCURRENCY=0"), `PORTOLAN_SCALE_CONCURRENCY holds "0"; it should hold a number from 1 to 1000`,
		},
		"strange limits of deletes": {
			minimal("PORTOLAN_DELETE_COUNT=-1", "PORTOLAN_DELETE_SHARE=NaN", "PORTOLAN_DELETE_AFTER=0", "PORTOLAN_REWRITE_DAYS=x"),
			`PORTOLAN_REWRITE_DAYS holds "x"; it should hold whole days, such as 7, or 0` + "\n" +
				`PORTOLAN_DELETE_COUNT holds "-1"; it should hold a whole number, such as 500, or 0` + "\n" +
				`PORTOLAN_DELETE_SHARE holds "NaN"; it should hold a number from 0 to 1, such as 0.5` + "\n" +
				`PORTOLAN_DELETE_AFTER holds "0"; it should hold a whole number from 1 to 100`,
		},
		"absences that nobody counts": {
			minimal("PORTOLAN_DELETE_AFTER=3"),
			`PORTOLAN_DELETE_AFTER holds "3", but only a state can count absences; set PORTOLAN_STATE too, or leave it at 1`,
		},
		"more history than there is": {
			minimal("PORTOLAN_HISTORY_DAYS=999999999"),
			`PORTOLAN_HISTORY_DAYS holds "999999999"; it should hold whole days, such as 30, or 0`,
		},
		"state in a bucket that cannot be": {
			minimal("PORTOLAN_STATE=s3://My_Bucket/state"),
			`PORTOLAN_STATE holds "s3://My_Bucket/state"; it should hold s3://bucket/prefix, the prefix of letters, digits, dots, dashes and underscores, or the path of a folder`,
		},
		"state behind another protocol": {
			minimal("PORTOLAN_STATE=file:///var/lib"),
			`PORTOLAN_STATE holds "file:///var/lib"; it should hold s3://bucket/prefix, the prefix of letters, digits, dots, dashes and underscores, or the path of a folder`,
		},
		"state in the root": {
			minimal("PORTOLAN_STATE=/"), `PORTOLAN_STATE holds "/"; it should hold a folder below the root`,
		},
		"a strange boolean": {
			minimal("OCEAN__SEND_RAW_DATA_EXAMPLES=maybe"),
			`OCEAN__SEND_RAW_DATA_EXAMPLES holds "maybe"; it should hold true or false`,
		},
		"a strange origin": {
			minimal("OCEAN__CREATE_PORT_RESOURCES_ORIGIN=Mine"),
			`OCEAN__CREATE_PORT_RESOURCES_ORIGIN holds "Mine"; it should hold Default, Empty or Port`,
		},
		"logs and kinds": {
			minimal("PORTOLAN_INITIAL_KINDS=ocean,IAM", "PORTOLAN_LOG_FORMAT=xml", "PORTOLAN_LOG_LEVEL=loud"),
			`PORTOLAN_INITIAL_KINDS holds "ocean,IAM"; it should hold groups and kinds, such as ocean,network,AWS::IAM::Role; item 2 is not one` + "\n" +
				`PORTOLAN_LOG_LEVEL holds "loud"; it should hold debug, info, warn or error` + "\n" +
				`PORTOLAN_LOG_FORMAT holds "xml"; it should hold json or text`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settings.Load(tt.environ)
			if err == nil {
				t.Fatalf("no error, settings %+v", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if !cmp.Equal(settings.Settings{}, got) {
				t.Errorf("settings beside an error: %+v", got)
			}
		})
	}
}
