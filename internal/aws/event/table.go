package event

import (
	"encoding/json"
	"slices"
	"strings"

	"portolan/internal/aws/kind"
)

// Table knows which events matter to which kinds. It is not changed after [New], and may be
// used by many at a time.
type Table struct {
	calls map[string][]call       // by eventSource
	sent  map[string][]*kind.Kind // by source and detail-type
	roles []string
}

// call is an operation that matters to a kind. An empty name stands for every one that is not
// read-only.
type call struct {
	kind     *kind.Kind
	name     string
	prefix   bool   // of names
	resource string // begins the id of a resource that it has to name
}

// New returns the table of kinds. Roles are the names of those through which Portolan reads
// accounts.
func New(kinds []*kind.Kind, roles ...string) *Table {
	t := &Table{calls: map[string][]call{}, sent: map[string][]*kind.Kind{}, roles: roles}
	for _, k := range kinds {
		for _, declared := range strings.Fields(k.Events.Calls) {
			source, c := parse(k, declared)
			t.calls[source] = append(t.calls[source], c)
		}
		if k.Events.Writes {
			t.calls[k.EventSource()] = append(t.calls[k.EventSource()], call{kind: k})
		}
		for _, typ := range k.Events.Sent {
			key := sourceOf(k.EventSource()) + " " + typ
			t.sent[key] = append(t.sent[key], k)
		}
	}
	return t
}

// parse reads one of a kind's calls; see [kind.Events].
func parse(k *kind.Kind, declared string) (source string, c call) {
	source = k.EventSource()
	if other, name, found := strings.Cut(declared, ":"); found {
		source, declared = other, name
	}
	c.kind = k
	c.name, c.resource, _ = strings.Cut(declared, "/")
	c.name, c.prefix = strings.CutSuffix(c.name, "*")
	return source, c
}

// sourceOf returns the source of the events of a service, "aws.ec2" of "ec2.amazonaws.com".
func sourceOf(eventSource string) string {
	first, _, _ := strings.Cut(eventSource, ".")
	return "aws." + first
}

// means says whether an operation is the call. Changes says that it is known not to be
// read-only.
func (c call) means(name string, changes bool) bool {
	switch {
	case c.name == "":
		return changes && !slices.Contains(frequent, name)
	case c.prefix:
		return strings.HasPrefix(name, c.name)
	}
	return name == c.name
}

// about says whether a request names a resource of the kind's, or none at all.
func (c call) about(request json.RawMessage) bool {
	if c.resource == "" {
		return true
	}
	var named struct {
		ResourcesSet struct {
			Items []struct{ ResourceID string }
		}
	}
	if json.Unmarshal(request, &named) != nil || len(named.ResourcesSet.Items) == 0 {
		return true
	}
	for _, item := range named.ResourcesSet.Items {
		if strings.HasPrefix(item.ResourceID, c.resource) {
			return true
		}
	}
	return false
}

// frequent are operations that are not read-only, that every busy account makes all the time,
// and that change nothing that a kind shows. They wake no kind that takes every write.
var frequent = strings.Fields(`
	AcknowledgeJob AcquireLicense AssignPrivateIpAddresses AssumeRole BatchPutTestCases CompleteLayerUpload CompleteLifecycleAction
	ConfirmSubscription CreateGrant CreateLogStream CreateReport Decrypt DeregisterTargets DiscoverPollEndpoint Encrypt GenerateDataKey InitiateLayerUpload
	PollForJobs PutImage PutJobSuccessResult PutLifecycleEventHookExecutionStatus PutMetricData RecordLifecycleActionHeartbeat
	RegisterContainerInstance RegisterTargets ReportInstanceStatus RetireGrant RunTask SendHeartbeat
	SubmitAttachmentStateChanges SubmitContainerStateChange SubmitTaskStateChange UnassignPrivateIpAddresses UpdateInstanceInformation
	UpdateReport UploadLayerPart`)
