package awssim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Recorder is a configuration recorder, which says what AWS Config records of an
// account in a region. The zero value records nothing.
type Recorder struct {
	// AllSupported records every type that Config knows, Types those alone, Except all
	// but those. At most one of them is set.
	AllSupported  bool
	Types, Except []string
	// Daily records once a day instead of continuously; DailyTypes does so with some
	// types.
	Daily      bool
	DailyTypes []string
	Stopped    bool
	// Status is that of its last recording, SUCCESS when empty.
	Status string
	// Started is when it was started last; a year before it is asked when zero.
	Started time.Time
	// Lag is how long Config takes to discover that a resource came or went.
	Lag time.Duration
	// Blind lets it discover nothing of the simulated kinds, as where Config does not
	// support a type in a region.
	Blind bool
}

// SetRecorder gives an account a recorder in a region, in place of the one it has;
// nil takes it away. There is none at first.
func (s *Server) SetRecorder(account, region string, r *Recorder) error {
	if regionState(s.world.partition, region, nil) == "" {
		return fmt.Errorf("partition %s has no region %q", s.world.partition, region)
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if s.world.accounts[account] == nil {
		return fmt.Errorf("account %s is not in the estate", account)
	}
	if r == nil {
		delete(s.world.recorders, place{account, region})
		return nil
	}
	s.world.recorders[place{account, region}] = *r
	return nil
}

var configService = &service{
	name:    "config",
	wire:    &jsonWire{target: "StarlingDoveService", version: "1.1", message: "message"},
	dialect: jsonDialect,
	scopeOf: everything,
	operations: operations(
		operation{name: "DescribeConfigurationRecorders", action: "config:DescribeConfigurationRecorders", serve: describeRecorders},
		operation{name: "DescribeConfigurationRecorderStatus", action: "config:DescribeConfigurationRecorderStatus", serve: describeRecorderStatus},
		operation{name: "GetDiscoveredResourceCounts", action: "config:GetDiscoveredResourceCounts", serve: discoveredCounts},
	),
}

// The greatest page of counts, and how many types may be asked for by name.
const (
	countsPage  = 100
	countsTypes = 20
)

const recorderName = "default"

// recordable are the kinds that Config knows.
var recordable = []string{
	Instance, Bucket, Cluster, Function, Queue, DBInstance, Project, Application, DeploymentGroup, Pipeline, Volume, Service,
	TaskDefinition, KubernetesCluster, Repository, Table, Topic, DBCluster, KafkaCluster, ServerlessKafka, EmailConfiguration, Key,
}

// everywhere is what AWS itself puts into every region of an account.
var everywhere = map[string]int64{
	"AWS::CodeDeploy::DeploymentConfig": 17, "AWS::EC2::InternetGateway": 1, "AWS::EC2::NetworkAcl": 1, "AWS::EC2::RouteTable": 1,
	"AWS::EC2::SecurityGroup": 1, "AWS::EC2::Subnet": 3, "AWS::EC2::VPC": 1,
}

// recorder gives the recorder that the call is about.
func (c *call) recorder() (Recorder, bool) {
	c.server.world.mu.RLock()
	defer c.server.world.mu.RUnlock()
	r, there := c.server.world.recorders[place{c.caller.account, c.signature.region}]
	return r, there
}

// namedRecorder is recorder for a call that may name it.
func namedRecorder(c *call) (r Recorder, there bool, err error) {
	input, err := decode[struct{ ConfigurationRecorderNames []string }](c)
	if err != nil {
		return Recorder{}, false, err
	}
	r, there = c.recorder()
	for _, name := range input.ConfigurationRecorderNames {
		if !there || name != recorderName {
			return Recorder{}, false, refusal{status: 400, code: "NoSuchConfigurationRecorderException"}.saying(
				"Cannot find configuration recorder with the specified name '%s'.", name)
		}
	}
	return r, there, nil
}

func describeRecorders(c *call) error {
	r, there, err := namedRecorder(c)
	if err != nil {
		return err
	}
	list := []object{}
	if there {
		list = append(list, object{
			{"name", recorderName},
			{"arn", c.server.arn("config", c.signature.region, c.caller.account, "configuration-recorder/"+recorderName+"/a1b2c3d4e5f60718")},
			{"roleARN", c.server.arn("iam", "", c.caller.account, "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig")},
			{"recordingGroup", r.group()},
			{"recordingMode", r.mode()},
			{"recordingScope", "PAID"},
		})
	}
	return c.reply(object{{"ConfigurationRecorders", list}})
}

func (r *Recorder) group() object {
	strategy := "INCLUSION_BY_RESOURCE_TYPES"
	switch {
	case r.AllSupported:
		strategy = "ALL_SUPPORTED_RESOURCE_TYPES"
	case len(r.Except) > 0:
		strategy = "EXCLUSION_BY_RESOURCE_TYPES"
	}
	return object{
		{"allSupported", r.AllSupported},
		{"includeGlobalResourceTypes", r.AllSupported},
		{"resourceTypes", slices.Concat([]string{}, r.Types)},
		{"exclusionByResourceTypes", object{{"resourceTypes", slices.Concat([]string{}, r.Except)}}},
		{"recordingStrategy", object{{"useOnly", strategy}}},
	}
}

func (r *Recorder) mode() object {
	frequency := "CONTINUOUS"
	if r.Daily {
		frequency = "DAILY"
	}
	overrides := []object{}
	if len(r.DailyTypes) > 0 {
		overrides = append(overrides, object{{"resourceTypes", r.DailyTypes}, {"recordingFrequency", "DAILY"}})
	}
	return object{{"recordingFrequency", frequency}, {"recordingModeOverrides", overrides}}
}

func (r *Recorder) covers(resourceType string) bool {
	return r.AllSupported || slices.Contains(r.Types, resourceType) ||
		len(r.Except) > 0 && !slices.Contains(r.Except, resourceType)
}

func describeRecorderStatus(c *call) error {
	r, there, err := namedRecorder(c)
	if err != nil {
		return err
	}
	list := []object{}
	if there {
		started, status := r.Started, r.Status
		if started.IsZero() {
			started = c.now.AddDate(-1, 0, 0)
		}
		if status == "" {
			status = "SUCCESS"
		}
		list = append(list, object{
			{"name", recorderName},
			{"lastStartTime", epoch(started)},
			{"recording", !r.Stopped},
			{"lastStatus", status},
			{"lastStatusChangeTime", epoch(started)},
		})
	}
	return c.reply(object{{"ConfigurationRecordersStatus", list}})
}

func discoveredCounts(c *call) error {
	input, err := decode[struct {
		Limit         *int
		NextToken     string
		ResourceTypes []string
	}](c)
	if err != nil {
		return err
	}
	size := countsPage
	if input.Limit != nil && *input.Limit != 0 {
		size = *input.Limit
	}
	if size < 0 || size > countsPage {
		return refusal{status: 400, code: "InvalidLimitException"}.saying("The specified limit is outside the allowable range.")
	}
	if len(input.ResourceTypes) > countsTypes {
		return c.service.dialect.badParameter.saying(
			"1 validation error detected: Value at 'resourceTypes' failed to satisfy constraint: Member must have length less than or equal to %d", countsTypes)
	}
	counts := c.counts()
	list, total := []object{}, int64(0)
	for _, count := range counts {
		if len(input.ResourceTypes) == 0 || slices.Contains(input.ResourceTypes, count.of) {
			list = append(list, object{{"resourceType", count.of}, {"count", count.n}})
			total += count.n
		}
	}
	part, next, ok := pageOf(c, list, size, input.NextToken, strings.Join(input.ResourceTypes, ","))
	if !ok {
		return refusal{status: 400, code: "InvalidNextTokenException"}.saying("The specified next token is not valid.")
	}
	return c.reply(object{{"totalDiscoveredResources", total}, {"resourceCounts", part}}.optional("nextToken", next))
}

type typeCount struct {
	of string
	n  int64
}

// counts gives what Config has discovered in the call's account and region, the most
// frequent types first. A recorder that is stopped counts nothing.
func (c *call) counts() []typeCount {
	r, there := c.recorder()
	if !there || r.Stopped {
		return nil
	}
	counts := []typeCount{}
	add := func(of string, n int64) {
		if n > 0 && r.covers(of) {
			counts = append(counts, typeCount{of, n})
		}
	}
	for of, n := range everywhere {
		add(of, n)
	}
	for _, kind := range recordable {
		if !r.Blind {
			add(kind, int64(c.server.world.existed(c.caller.account, kind, c.signature.region, c.now.Add(-r.Lag))))
		}
	}
	slices.SortFunc(counts, func(a, b typeCount) int {
		if a.n != b.n {
			return int(b.n - a.n)
		}
		return strings.Compare(a.of, b.of)
	})
	return counts
}

// existed counts the resources of a kind that were there at a time. Of what belongs to
// something it counts those that are there now.
func (w *world) existed(account, kind, region string, at time.Time) int {
	if owners[kind] != "" {
		const all = int(^uint(0) >> 1)
		found, _ := w.within(account, branch{kind: kind, region: region}, 0, all, nil)
		return len(found)
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	n := h.population(kind, region)
	s := h.shelves[shelfKey{kind, region}]
	if s == nil {
		return n
	}
	n -= len(s.gone)
	for i := range s.listed {
		if id := s.listed[i].ID; id != "" && !s.came[id].After(at) {
			n++
		}
	}
	for _, left := range s.left {
		if left.to.After(at) && !left.from.After(at) {
			n++
		}
	}
	return n
}
