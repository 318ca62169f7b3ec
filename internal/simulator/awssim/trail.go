package awssim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// Trail is what EventBridge delivers of the calls that CloudTrail logs: best effort, late, in any
// order, sometimes twice. The zero Trail delivers each event once, at once.
type Trail struct {
	// Lag returns how late an event arrives; nil is at once.
	Lag func() time.Duration
	// Lost and Twice are the shares of events that never arrive, and that arrive twice.
	Lost, Twice float64
	// Seed determines what is lost, what comes twice, and the order.
	Seed uint64
}

// calls are the operations that CloudTrail names when a resource of a kind is made, changed and
// deleted. "" is an operation that the service does not have.
type calls struct{ source, create, change, remove string }

// logged are the calls of each kind. Lambda's have the date of its API.
var logged = map[string]calls{
	Project: {"codebuild", "CreateProject", "UpdateProject", "DeleteProject"}, BuildRun: {"codebuild", "StartBuild", "StopBuild", "BatchDeleteBuilds"},
	Application:       {"codedeploy", "CreateApplication", "UpdateApplication", "DeleteApplication"},
	Deployment:        {"codedeploy", "CreateDeployment", "StopDeployment", ""},
	DeploymentGroup:   {"codedeploy", "CreateDeploymentGroup", "UpdateDeploymentGroup", "DeleteDeploymentGroup"},
	Pipeline:          {"codepipeline", "CreatePipeline", "UpdatePipeline", "DeletePipeline"},
	PipelineExecution: {"codepipeline", "StartPipelineExecution", "StopPipelineExecution", ""},
	Table:             {"dynamodb", "CreateTable", "UpdateTable", "DeleteTable"},
	Instance:          {"ec2", "RunInstances", "ModifyInstanceAttribute", "TerminateInstances"}, Volume: {"ec2", "CreateVolume", "ModifyVolume", "DeleteVolume"},
	Repository: {"ecr", "CreateRepository", "PutLifecyclePolicy", "DeleteRepository"},
	Cluster:    {"ecs", "CreateCluster", "UpdateCluster", "DeleteCluster"}, Service: {"ecs", "CreateService", "UpdateService", "DeleteService"},
	TaskDefinition:    {"ecs", "RegisterTaskDefinition", "TagResource", "DeregisterTaskDefinition"},
	KubernetesCluster: {"eks", "CreateCluster", "UpdateClusterConfig", "DeleteCluster"},
	CacheCluster:      {"elasticache", "CreateCacheCluster", "ModifyCacheCluster", "DeleteCacheCluster"},
	KafkaCluster:      {"kafka", "CreateClusterV2", "UpdateBrokerCount", "DeleteCluster"}, ServerlessKafka: {"kafka", "CreateClusterV2", "TagResource", "DeleteCluster"},
	Key:        {"kms", "CreateKey", "UpdateKeyDescription", "ScheduleKeyDeletion"},
	Function:   {"lambda", "CreateFunction20150331", "UpdateFunctionConfiguration20150331v2", "DeleteFunction20150331"},
	CacheUser:  {"memorydb", "CreateUser", "UpdateUser", "DeleteUser"},
	DBInstance: {"rds", "CreateDBInstance", "ModifyDBInstance", "DeleteDBInstance"}, DBCluster: {"rds", "CreateDBCluster", "ModifyDBCluster", "DeleteDBCluster"},
	Bucket:             {"s3", "CreateBucket", "PutBucketTagging", "DeleteBucket"},
	EmailIdentity:      {"ses", "CreateEmailIdentity", "PutEmailIdentityDkimAttributes", "DeleteEmailIdentity"},
	EmailConfiguration: {"ses", "CreateConfigurationSet", "PutConfigurationSetSendingOptions", "DeleteConfigurationSet"},
	Topic:              {"sns", "CreateTopic", "SetTopicAttributes", "DeleteTopic"}, Queue: {"sqs", "CreateQueue", "SetQueueAttributes", "DeleteQueue"},
}

// callsOf returns the calls of a kind. Of a type that only Cloud Control knows here, the names are
// of the usual form.
func callsOf(kind string) calls {
	if known, ok := logged[kind]; ok {
		return known
	}
	parts := strings.Split(kind, "::")
	if len(parts) != 3 {
		return calls{}
	}
	noun := parts[2]
	return calls{strings.ToLower(parts[1]), "Create" + noun, "Update" + noun, "Delete" + noun}
}

// trail holds the events that are on their way.
type trail struct {
	of   *Trail
	mu   sync.Mutex
	dice *rand.Rand
	sent []sentEvent
	n    int
}

type sentEvent struct {
	text []byte
	at   time.Time // of its arrival
}

func newTrail(of *Trail) *trail {
	if of == nil {
		return nil
	}
	return &trail{of: of, dice: rand.New(rand.NewPCG(of.Seed, 7))} //nolint:gosec // of a simulator
}

// log sends the event of a call.
func (t *trail) log(now time.Time, account, region, source, operation string) {
	if t == nil || operation == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", t.n, t.n)
	at := now.UTC().Format(time.RFC3339)
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": id, "detail-type": "AWS API Call via CloudTrail", "source": "aws." + source, "account": account,
		"time": at, "region": region, "resources": []any{},
		"detail": map[string]any{
			"eventVersion": "1.11", "eventSource": source + ".amazonaws.com", "eventName": operation, "eventTime": at, "awsRegion": region,
			"eventID": id, "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": true, "readOnly": false,
			"recipientAccountId": account, "sourceIPAddress": "192.0.2.1", "userAgent": "terraform",
			"userIdentity": map[string]any{
				"type": "AssumedRole", "accountId": account, "principalId": "AROAEXAMPLE:deploy", "arn": "arn:aws:sts::" + account + ":assumed-role/deploy/deploy",
			},
			"requestParameters": nil, "responseElements": nil,
		},
	})
	if err != nil {
		panic(err) // text and numbers have a JSON form
	}
	copies := 1
	switch chance := t.dice.Float64(); {
	case chance < t.of.Lost:
		copies = 0
	case chance < t.of.Lost+t.of.Twice:
		copies = 2
	}
	for range copies {
		e := sentEvent{text, now}
		if t.of.Lag != nil {
			e.at = now.Add(t.of.Lag())
		}
		t.sent = append(t.sent, e)
	}
}

// TakeEvents returns at most so many of the events that have arrived by now, as EventBridge delivers
// them, in any order, and forgets them. There are none without [Options.Trail].
func (s *Server) TakeEvents(most int) [][]byte {
	t := s.trail
	if t == nil {
		return nil
	}
	now := s.options.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dice.Shuffle(len(t.sent), func(i, j int) { t.sent[i], t.sent[j] = t.sent[j], t.sent[i] })
	var taken [][]byte
	rest := t.sent[:0]
	for _, e := range t.sent {
		if len(taken) < most && !e.at.After(now) {
			taken = append(taken, e.text)
			continue
		}
		rest = append(rest, e)
	}
	t.sent = rest
	return taken
}

// logCall sends the event of a call about a resource.
func (s *Server) logCall(account, kind, region string, operation func(calls) string) {
	if s.trail != nil {
		of := callsOf(kind)
		s.trail.log(s.options.Now(), account, cmp.Or(region, globalRegion), of.source, operation(of))
	}
}

// globalRegion is where calls of global services are logged.
const globalRegion = "us-east-1"

// logOrganization sends the event of a call about the Organization. The world is locked.
func (s *Server) logOrganization(operation string) {
	if s.trail == nil {
		return
	}
	for id, h := range s.world.accounts {
		if h.Management {
			s.trail.log(s.options.Now(), id, globalRegion, "organizations", operation)
		}
	}
}
