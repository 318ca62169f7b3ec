package resync_test

import (
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// mishap is a sort of what can go wrong.
type mishap int

const (
	ofAWS mishap = iota
	ofPort
	death
	harm        // to the state
	closing     // a policy closes a region of an account
	unresolving // a name that resolved resolves no more
	misspelling // of a region in the settings
	detailing   // a detail of a bucket is not found, or refused by the bucket's own policy
	silencing   // a service does not answer
)

// effects are what may become of a call to AWS.
var effects = []awssim.Effect{
	awssim.Deny, awssim.DenyByPolicy, awssim.Throttle, awssim.Fail, awssim.Unavailable, awssim.Cut, awssim.Garble,
	awssim.Truncate, awssim.Expire, awssim.EmptyPage, awssim.WrongRegion, awssim.Unsupport, awssim.Gateway, awssim.Gateway,
	awssim.Refuse, awssim.Refuse, awssim.EndSession, awssim.Cycle, awssim.Endless, awssim.Repeat,
	awssim.Headers, awssim.Redirect,
}

// The race detector takes minutes for the megabytes of a flood, which are one goroutine's.
func init() {
	if !racing {
		effects = append(effects, awssim.Flood, awssim.FloodError, awssim.Bomb)
	}
}

// foreign are answers that do not say whether a resource exists, or are not about the
// one in question.
var foreign = []awssim.Fault{
	{Status: 400, Code: "OptInRequired"}, {Status: 403, Code: "AccountProblem"}, {Status: 403, Code: "RequestTimeTooSkewed"},
	{Status: 400, Code: "UnknownOperationException"}, {Status: 403, Code: "NobodyKnowsThis"}, {Status: 400, Code: "SubscriptionRequiredException"},
	{Status: 403, Code: "RegionDisabledException"}, {Status: 409, Code: "OperationAborted"},
}

// denials are the kinds of policy that may deny a call.
var denials = []awssim.Denial{
	awssim.NoIdentityPolicy, awssim.IdentityPolicy, awssim.NoBoundary, awssim.NoSessionPolicy, awssim.NoEndpointPolicy,
	awssim.ServiceControlPolicy, awssim.ResourceControl, awssim.NoResourcePolicy, awssim.ResourcePolicy,
}

// details are AWS's possible answers about a bucket's tags. None of them says that the
// bucket is gone.
var details = []awssim.Fault{
	{Service: "s3", Operation: "GetBucketTagging", Effect: awssim.Refuse, Status: 404, Code: "NoSuchBucket", Message: "gone, says a detail", Times: -1},
	{Service: "s3", Operation: "GetBucketTagging", Effect: awssim.Refuse, Status: 404, Code: "NoSuchKey", Message: "gone, says a detail", Times: 2},
	{Service: "s3", Operation: "GetBucketTagging", Effect: awssim.Gateway, Status: 404, Times: -1},
	{Service: "s3", Operation: "GetBucketTagging", Effect: awssim.Deny, Denial: awssim.ResourcePolicy, Times: -1},
	{Service: "sqs", Operation: "GetQueueAttributes", Effect: awssim.Deny, Denial: awssim.ResourcePolicy, Times: 2},
	{Service: "ecs", Operation: "DescribeClusters", Effect: awssim.Refuse, Status: 400, Code: "ResourceNotFoundException", Message: "of something else", Times: 2},
}

const (
	bulk    = "/v1/blueprints/{blueprint}/entities/bulk"
	single  = "/v1/blueprints/{blueprint}/entities"
	owned   = "/v1/blueprints/entities/datasource-entities"
	deleted = "/v1/blueprints/{blueprint}/bulk/entities/delete"
)

// failures are how calls to Port fail.
var failures = []portsim.Fault{
	{Route: bulk, Status: 500}, {Route: bulk, Cut: true}, {Route: bulk, ExpireTokens: true}, {Route: owned, Status: 500},
	{Route: deleted, Status: 500}, {Route: deleted, Status: 403}, {Route: deleted, Status: 404, Times: 3},
}

// lies are wrong answers of Port: they do not name what was done, name what was not done,
// or lack existing entities in lists.
var lies = []portsim.Fault{
	{Route: bulk, Cut: true, Applied: true}, {Route: bulk, Status: 500, Applied: true}, {Route: bulk, Status: 200, Body: "{}"},
	{Route: single, Status: 200, Body: `{"ok":true}`, Times: 5}, {Route: single, Status: 200, Body: `{"ok":false}`, Times: 5},
	{Route: deleted, Cut: true, Applied: true}, {Route: deleted, Status: 200, Body: "{}"}, {Route: deleted, Status: 500, Applied: true},
	{Route: owned, Rewrite: lacking, Times: 2}, {Route: owned, Status: 200, Body: `{"ok":true,"entities":[]}`},
}

// lacking takes every other entity out of a page of the owned list.
func lacking(answer map[string]any) {
	entities, _ := answer["entities"].([]any)
	var left []any
	for i, e := range entities {
		if i%2 == 0 {
			left = append(left, e)
		}
	}
	answer["entities"] = left
}

// refused is what Port does to some entities of a bulk.
var refused = []portsim.Fault{
	{Route: bulk, FailIndexes: []int{0, 2}, Times: -1, FailStatus: 422, FailCode: "invalid", FailMessage: "no"},
	{Route: bulk, FailIndexes: []int{0, 1, 2}, Times: 3, FailStatus: 404, FailCode: "not_found", FailMessage: "no such target"},
}

// spoil lets something go wrong in the next run.
func (l *life) spoil() {
	fault := awssim.Fault{
		Account: pickOf(l, append(l.accounts(), "")), Region: pickOf(l, append(regions, "")),
		Effect: pickOf(l, l.effects), Service: pickOf(l, l.services),
		First: pickOf(l, []int{1, 1, 2, 3}), Times: pickOf(l, []int{1, 3, -1}),
	}
	switch fault.Effect {
	case awssim.Gateway:
		fault.Status, fault.Page = pickOf(l, []int{400, 403, 404, 410, 502, 503}), pickOf(l, awssim.Pages())
	case awssim.Refuse:
		refusal := pickOf(l, foreign)
		fault.Status, fault.Code, fault.Message = refusal.Status, refusal.Code, "said by a fault"
	case awssim.Deny:
		fault.Denial = pickOf(l, denials)
	case awssim.Cycle:
		fault.Length = 1 + l.among(3)
	}
	switch pickOf(l, l.mishaps) {
	case ofAWS:
		l.aws.Inject(fault)
	case closing:
		l.aws.SetPolicies([]awssim.Policy{{
			Name: "closed", Targets: []string{pickOf(l, l.accounts()[1:])}, Regions: []string{pickOf(l, regions)}, Deny: []string{"ecs:*", "sqs:*"},
		}})
	case unresolving:
		l.aws.SetUnresolved(awssim.Offering{Service: pickOf(l, []string{"sqs", "ecs", "s3"}), Region: pickOf(l, regions)})
	case detailing:
		l.aws.Inject(pickOf(l, details))
	case silencing:
		l.silent.Store(pickOf(l, []string{"/s3/", "/sqs/", "/ecs/", "/sts/", "/organizations/"}))
	case misspelling:
		l.deps.Regions = []string{pickOf(l, regions)}
		if len(l.misspelt) > 0 {
			l.deps.Regions = append(l.deps.Regions, pickOf(l, l.misspelt))
		}
	case ofPort:
		l.port.Inject(pickOf(l, l.refusals))
	case death:
		l.until.Store(int64(l.among(120)))
	case harm:
		l.damage()
	}
}

// damage spoils the state, as a person, a disk or a hostile writer may.
func (l *life) damage() {
	names, err := l.plain.List(l.t.Context(), "")
	l.must(err)
	if len(names) == 0 {
		return
	}
	name := pickOf(l, names)
	data, version, err := l.plain.Get(l.t.Context(), name)
	l.must(err)
	switch l.among(6) {
	case 0:
		l.must(l.plain.Delete(l.t.Context(), name, version))
		return
	case 1:
		data = data[:l.among(len(data))]
	case 2: // in the place of another
		name = pickOf(l, names)
		_, version, err = l.plain.Get(l.t.Context(), name)
		l.must(err)
	case 3: // an earlier one, or what is to be one
		if earlier := l.older[name]; earlier != nil {
			data = earlier
		}
		l.older = map[string][]byte{}
		for _, name := range names {
			l.older[name], _, err = l.plain.Get(l.t.Context(), name)
			l.must(err)
		}
	default:
		forged := l.forged(name)
		if forged == nil {
			return
		}
		data = l.sealWith(l.forger, name, forged)
	}
	_, err = l.plain.Put(l.t.Context(), name, data, version)
	l.must(err)
}
