package resync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// The kinds of these tests: one that is read in each region, and a global one. Both have their
// listings and reads by Cloud Control.
const (
	logGroup = "AWS::Logs::LogGroup"
	iamRole  = "AWS::IAM::Role"
)

// getCall is a call to GetResource.
type getCall struct{ kind, region, id string }

// doubted is a world whose listings may end short.
type doubted struct {
	*world
	mu    sync.Mutex
	calls []getCall // what GetResource was asked since the last run began
	// answer, unless it is nil, answers a call to GetResource in AWS's place.
	answer func(getCall) *http.Response
}

// entry is an entry of a mapping.
func entry(kind, query, blueprint, identifier string) string {
	return fmt.Sprintf(`{"kind":%q,"selector":{"query":%q},"port":{"entity":{"mappings":{"identifier":%q,"blueprint":"\"%s\"","properties":{}}}}}`,
		kind, query, identifier, blueprint)
}

func mappingAll(entries ...string) json.RawMessage {
	return json.RawMessage(`{"deleteDependentEntities":true,"createMissingRelatedEntities":false,"enableMergeEntity":true,"entityDeletionThreshold":1,"resources":[` +
		strings.Join(entries, ",") + `]}`)
}

var (
	groups = entry(logGroup, "true", "logGroup", ".Identifier + \"@\" + .__Region")
	roles  = entry(iamRole, "true", "iamRole", ".Identifier + \"@\" + .__AccountId")
	queues = entry(awssim.Queue, "true", "queue", ".Properties.QueueArn")
)

func blueprintNamed(name string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"identifier":%q,"title":%q,"schema":{"properties":{},"required":[]},"relations":{}}`, name, name))
}

// newDoubted has read everything once.
func newDoubted(t *testing.T, entries ...string) *doubted {
	t.Helper()
	if entries == nil {
		entries = []string{groups, roles, queues}
	}
	e := estate(logGroup, awssim.Queue)
	for i := range e.Accounts {
		e.Accounts[i].Populations = append(e.Accounts[i].Populations, awssim.Population{Kind: iamRole, Regions: []string{"us-east-1"}, Count: 3})
		for _, kind := range withSecrets {
			e.Accounts[i].Populations = append(e.Accounts[i].Populations, awssim.Population{Kind: kind, Regions: []string{eu}, Count: 3})
		}
	}
	d := port.Defaults{Config: mappingAll(entries...)}
	for _, name := range []string{"logGroup", "iamRole", "queue", "shared", "secretive"} {
		d.Blueprints = append(d.Blueprints, blueprintNamed(name))
	}
	store := state.NewMemory()
	w := &doubted{world: newWorldOf(t, d, e, quickRetries, func(d *resync.Deps) {
		d.State, d.More = store, cloudcontrol.Find
	})}
	w.transport = func(inner http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if of, ok := questionOf(r); ok {
				w.mu.Lock()
				w.calls = append(w.calls, of)
				answer := w.answer
				w.mu.Unlock()
				if answer != nil {
					if response := answer(of); response != nil {
						response.Request = r
						return response, nil
					}
				}
			}
			return inner.RoundTrip(r)
		})
	}
	wantStatus(t, w.resync(), report.Completed)
	return w
}

func (w *doubted) resync(changes ...func(*invocation.Request)) *report.Report {
	w.mu.Lock()
	w.calls = nil
	w.mu.Unlock()
	var request invocation.Request
	for _, change := range changes {
		change(&request)
	}
	return w.run(request)
}

// questionOf says what a call to GetResource asks.
func questionOf(r *http.Request) (getCall, bool) {
	if r.Header.Get("X-Amz-Target") != "CloudApiService.GetResource" {
		return getCall{}, false
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	var in struct{ TypeName, Identifier string }
	if err != nil || json.Unmarshal(body, &in) != nil {
		return getCall{}, false
	}
	scope := strings.Split(r.Header.Get("Authorization"), "/")
	return getCall{in.TypeName, scope[2], in.Identifier}, true
}

// saying is an answer in AWS's place.
func saying(status int, kind, body string) *http.Response {
	header := http.Header{"Content-Type": {kind}}
	if kind != "text/html" {
		header.Set("X-Amzn-Requestid", "0c1f5d2e-1111-2222-3333-444455556666")
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), ProtoMajor: 1, ProtoMinor: 1}
}

const awsJSON = "application/x-amz-json-1.0"

func failing400(code, message string) *http.Response {
	return saying(http.StatusBadRequest, awsJSON, fmt.Sprintf(`{"__type":"com.amazonaws.cloudapiservice#%s","Message":%q}`, code, message))
}

// takeAway removes a resource of a kind in AWS, and returns its identifier.
func (w *doubted) takeAway(account, kind, region string, at int) string {
	w.t.Helper()
	r := w.aws.Resources(account, kind, region)[at]
	id := w.aws.Identifier(account, r)
	w.aws.Remove(account, kind, region, r.ID)
	return id
}

func (w *doubted) has(blueprint, identifier string) bool {
	_, there := w.port.Entity(blueprint, identifier)
	return there
}

// withheld is how many entities stay for a reason.
func withheld(r *report.Report, code diag.Code) (n int) {
	for _, of := range r.Deletes.Withheld {
		if of.Code == code {
			n += of.Count
		}
	}
	return n
}

func told(r *report.Report, code diag.Code) []diag.Diagnostic {
	return slices.DeleteFunc(slices.Clone(r.Diagnostics), func(d diag.Diagnostic) bool { return d.Code != code })
}

const eu = "eu-west-1"

// TestWhatVanishedIsConfirmed deletes what AWS says of itself that it does not exist, and asks
// where it was read, once, about nothing else.
func TestWhatVanishedIsConfirmed(t *testing.T) {
	t.Parallel()
	w := newDoubted(t)
	group, role := w.takeAway(member, logGroup, eu, 1), w.takeAway(member, iamRole, "us-east-1", 0)
	w.takeAway(member, awssim.Queue, eu, 0)
	before := len(w.port.Entities("logGroup")) + len(w.port.Entities("iamRole")) + len(w.port.Entities("queue"))
	plan := w.resync(func(r *invocation.Request) { r.Action = invocation.Plan })
	if plan.Deletes.Planned != 3 || plan.Status != report.Completed {
		t.Errorf("the plan is %s (%s) and would delete %d: %+v", plan.Status, plan.Reason, plan.Deletes.Planned, plan.Deletes.Withheld)
	}
	r := w.resync()
	wantStatus(t, r, report.Completed)
	if r.Deletes.Deleted != 3 || w.has("logGroup", group+"@"+eu) || w.has("iamRole", role+"@"+member) {
		t.Errorf("%d of %d are deleted: %+v", r.Deletes.Deleted, before, r.Deletes.Withheld)
	}
	want := map[getCall]int{{logGroup, eu, group}: 1, {iamRole, "us-east-1", role}: 1}
	got := map[getCall]int{}
	for _, of := range w.calls {
		if of.id == group || of.id == role {
			got[of]++
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(getCall{})); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	again := w.resync()
	wantStatus(t, again, report.Completed)
	if again.Deletes.Stale != 0 || again.Total.Created+again.Total.Updated != 0 {
		t.Errorf("the run after it: %+v, %+v", again.Deletes, again.Total)
	}
}

// withSecrets are kinds that Cloud Control reads only together with a secret.
var withSecrets = []string{"AWS::SSM::Parameter", "AWS::SecretsManager::Secret"}

// TestWhatHasASecretIsConfirmed by the service itself, without reading the secret.
func TestWhatHasASecretIsConfirmed(t *testing.T) {
	t.Parallel()
	for _, kind := range withSecrets {
		w := newDoubted(t, entry(kind, "true", "secretive", ".Identifier + \"@\" + .__AccountId"))
		gone := w.takeAway(member, kind, eu, 1) + "@" + member
		before := len(w.port.Entities("secretive"))
		r := w.resync()
		wantStatus(t, r, report.Completed)
		if r.Deletes.Deleted != 1 || len(w.port.Entities("secretive")) != before-1 || w.has("secretive", gone) {
			t.Errorf("%s: %d of %d are deleted: %+v", kind, r.Deletes.Deleted, before, r.Deletes.Withheld)
		}
		if len(w.calls) > 0 {
			t.Errorf("%s: Cloud Control was asked %v", kind, w.calls)
		}
	}
}

// TestAListingThatEndsShort keeps all of its cell, and says so. What another cell lacks goes.
func TestAListingThatEndsShort(t *testing.T) {
	t.Parallel()
	w := newDoubted(t)
	before := w.identifiers("logGroup")
	gone, elsewhere := w.takeAway(member, logGroup, eu, 0), w.takeAway(management, logGroup, eu, 0)
	w.aws.Inject(awssim.Fault{Account: member, Region: eu, Service: "cloudcontrolapi", Operation: "ListResources", Effect: awssim.CutShort, Times: -1})
	for _, action := range []string{invocation.Plan, ""} {
		r := w.resync(func(r *invocation.Request) { r.Action = action })
		wantStatus(t, r, report.Incomplete)
		d := told(r, diag.ListShort)
		if len(d) != 1 || d[0].Account != member || !slices.Equal(d[0].Regions, []string{eu}) || d[0].Kind() != logGroup {
			t.Errorf("%s: %+v", action, d)
		}
		if withheld(r, diag.KeptShort) != 3 && withheld(r, diag.KeptShort) != 2 || !strings.Contains(r.Reason, "ended short") {
			t.Errorf("%s: %s, %+v", action, r.Reason, r.Deletes.Withheld)
		}
		if n := max(r.Deletes.Deleted, r.Deletes.Planned); n != 1 {
			t.Errorf("%s: %d go", action, n)
		}
	}
	want := slices.DeleteFunc(slices.Clone(before), func(id string) bool { return id == elsewhere+"@"+eu && !strings.Contains(gone, elsewhere) })
	if len(w.identifiers("logGroup")) != len(before)-1 {
		t.Errorf("left are %q, want %q", w.identifiers("logGroup"), want)
	}
	w.aws.ClearFaults()
	r := w.resync()
	wantStatus(t, r, report.Completed)
	if r.Deletes.Deleted != 1 || len(w.identifiers("logGroup")) != len(before)-2 {
		t.Errorf("after it %d are deleted: %+v", r.Deletes.Deleted, r.Deletes.Withheld)
	}
}

// TestWhatIsListedAndNotFound stays: neither the listing nor AWS's word proves anything alone.
func TestWhatIsListedAndNotFound(t *testing.T) {
	t.Parallel()
	unfound := func(ids ...string) func(getCall) *http.Response {
		return func(of getCall) *http.Response {
			if of.kind == logGroup && of.region == eu && (ids == nil || slices.Contains(ids, of.id)) {
				return failing400("ResourceNotFoundException", "Resource of type 'AWS::Logs::LogGroup' with identifier '"+of.id+"' was not found.")
			}
			return nil
		}
	}
	t.Run("one", func(t *testing.T) {
		t.Parallel()
		w := newDoubted(t)
		before := w.identifiers("logGroup")
		listed := w.aws.Identifier(member, w.aws.Resources(member, logGroup, eu)[0])
		gone := w.takeAway(member, logGroup, eu, 1)
		w.answer = unfound(listed)
		r := w.resync()
		wantStatus(t, r, report.Completed)
		if r.Deletes.Deleted != 1 || w.has("logGroup", gone+"@"+eu) || !w.has("logGroup", listed+"@"+eu) || withheld(r, diag.KeptUnconfirmed) < 1 {
			t.Errorf("%d deleted, %+v", r.Deletes.Deleted, r.Deletes.Withheld)
		}
		w.answer = nil
		wantStatus(t, w.resync(), report.Completed)
		if len(w.identifiers("logGroup")) != len(before)-1 {
			t.Error("it is not as before")
		}
	})
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		w := newDoubted(t)
		before := w.identifiers("logGroup")
		w.takeAway(member, logGroup, eu, 1)
		w.answer = unfound()
		r := w.resync()
		if r.Deletes.Deleted != 0 || len(w.identifiers("logGroup")) != len(before) || withheld(r, diag.KeptUnread) == 0 {
			t.Errorf("%d deleted, %+v", r.Deletes.Deleted, r.Deletes.Withheld)
		}
		if d := told(r, diag.NoneExists); len(d) != 2 || d[0].Kind() != logGroup {
			t.Errorf("%+v", d)
		}
	})
}

// TestWithoutAnAnswerItStays walks all that may come in place of an answer, and the run after it.
func TestWithoutAnAnswerItStays(t *testing.T) {
	t.Parallel()
	answers := map[string]func() *http.Response{
		"a gateway's 404":      func() *http.Response { return saying(404, "text/html", "<html>not found</html>") },
		"a bare 404":           func() *http.Response { return saying(404, awsJSON, "") },
		"a bare 410":           func() *http.Response { return saying(410, awsJSON, "{}") },
		"a 200 that is a page": func() *http.Response { return saying(200, "text/html", "<html>sign in</html>") },
		"a 500": func() *http.Response {
			return saying(500, awsJSON, `{"__type":"ServiceInternalErrorException","Message":"oops"}`)
		},
		"not authorized": func() *http.Response {
			return failing400("AccessDeniedException", "User: x is not authorized to perform: cloudformation:GetResource because no identity-based policy allows it")
		},
		"a handler's denial": func() *http.Response {
			return failing400("GeneralServiceException", "AWS::Logs::LogGroup Handler returned status FAILED: User is not authorized to perform: logs:DescribeLogGroups (HandlerErrorCode: GeneralServiceException, RequestToken: 1)")
		},
		"the type is not known": func() *http.Response {
			return failing400("TypeNotFoundException", "The type 'AWS::Logs::LogGroup' cannot be found.")
		},
		"it cannot be read": func() *http.Response {
			return failing400("UnsupportedActionException", "Resource type AWS::Logs::LogGroup does not support READ action")
		},
		"the identifier is bad":    func() *http.Response { return failing400("InvalidRequestException", "Invalid identifier") },
		"another code":             func() *http.Response { return failing400("NoSuchEntity", "it does not exist") },
		"the handler fails":        func() *http.Response { return failing400("HandlerInternalFailureException", "oops") },
		"throttled":                func() *http.Response { return failing400("ThrottlingException", "Rate exceeded") },
		"the credentials are old":  func() *http.Response { return failing400("InvalidCredentialsException", "expired") },
		"an account's other state": func() *http.Response { return failing400("OptInRequired", "subscribe") },
	}
	w := newDoubted(t)
	gone := w.takeAway(member, logGroup, eu, 1)
	of := gone + "@" + eu
	for name, answer := range answers {
		w.answer = func(of getCall) *http.Response {
			if of.id == gone && of.region == eu {
				return answer()
			}
			return nil
		}
		r := w.resync()
		if r.Status != report.Incomplete || r.Deletes.Deleted != 0 || !w.has("logGroup", of) || withheld(r, diag.KeptUnconfirmed) != 1 || r.Deletes.Withheld[0].Cause == "" {
			t.Errorf("%s: %s (%s), %d deleted, %+v", name, r.Status, r.Reason, r.Deletes.Deleted, r.Deletes.Withheld)
		}
		if !strings.Contains(r.Reason, "AWS did not say that its resource does not exist") {
			t.Errorf("%s: %s", name, r.Reason)
		}
	}
	w.answer = nil
	r := w.resync()
	wantStatus(t, r, report.Completed)
	if r.Deletes.Deleted != 1 || w.has("logGroup", of) {
		t.Errorf("%+v", r.Deletes)
	}
}

// TestTheRegionIsThatOfTheCell does not believe a region that does not have the resource: asked
// there, AWS would say that it does not exist.
func TestTheRegionIsThatOfTheCell(t *testing.T) {
	t.Parallel()
	w := newDoubted(t)
	w.aws.Inject(awssim.Fault{Service: "cloudcontrolapi", Operation: "ListResources", Effect: awssim.CutShort, Times: -1})
	before := w.identifiers("logGroup")
	r := w.resync()
	if r.Deletes.Deleted != 0 || len(w.identifiers("logGroup")) != len(before) || len(told(r, diag.ListShort)) == 0 {
		t.Errorf("%d deleted of %d: %+v", r.Deletes.Deleted, len(before), r.Deletes.Withheld)
	}
}

// TestWhatTheMappingDropsNeedsNoAnswer deletes the entities of resources that were read.
func TestWhatTheMappingDropsNeedsNoAnswer(t *testing.T) {
	t.Parallel()
	w := newDoubted(t)
	kept := w.aws.Identifier(member, w.aws.Resources(member, logGroup, eu)[0])
	w.answer = func(of getCall) *http.Response { return nil }
	w.must(w.port.SetConfig(integration, mappingAll(entry(logGroup, fmt.Sprintf(".Identifier == %q", kept), "logGroup", ".Identifier + \"@\" + .__Region"), roles, queues)))
	r := w.resync()
	wantStatus(t, r, report.Completed)
	left := 0
	for _, id := range w.identifiers("logGroup") {
		if !strings.HasPrefix(id, kept+"@") {
			t.Errorf("%s stays", id)
		}
		left++
	}
	if left == 0 || len(told(r, diag.ListShort)) > 0 || withheld(r, diag.KeptUnconfirmed) > 0 {
		t.Errorf("%d are left: %+v", left, r.Deletes.Withheld)
	}
	count := map[getCall]int{}
	for _, of := range w.calls {
		if count[of]++; count[of] > 2 { // once in each account
			t.Errorf("%+v was asked again", of)
		}
	}
}

// TestPlacesThatAreGoneNeedNoAnswer has nobody to ask.
func TestPlacesThatAreGoneNeedNoAnswer(t *testing.T) {
	t.Parallel()
	t.Run("the kind", func(t *testing.T) {
		t.Parallel()
		w := newDoubted(t)
		w.must(w.port.SetConfig(integration, mappingAll(roles, queues)))
		r := w.resync()
		wantStatus(t, r, report.Completed)
		if n := len(w.identifiers("logGroup")); n != 0 {
			t.Errorf("%d stay: %+v", n, r.Deletes.Withheld)
		}
	})
	t.Run("the region", func(t *testing.T) {
		t.Parallel()
		w := newDoubted(t)
		w.deps.Regions = []string{"us-east-1"}
		wantStatus(t, w.resync(), report.Completed)
		for _, id := range w.identifiers("logGroup") {
			if strings.HasSuffix(id, eu) {
				t.Errorf("%s stays", id)
			}
		}
	})
}

// TestWhatIsNotRememberedStays has nothing to ask by.
func TestWhatIsNotRememberedStays(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*doubted){
		"no state":    func(w *doubted) { w.deps.State = nil },
		"a new state": func(w *doubted) { w.deps.State = state.NewMemory() },
	} {
		w := newDoubted(t)
		gone := w.takeAway(member, logGroup, eu, 1)
		w.takeAway(member, awssim.Queue, eu, 0)
		forget(w)
		for range 2 {
			r := w.resync()
			wantStatus(t, r, report.Completed)
			if !w.has("logGroup", gone+"@"+eu) || withheld(r, diag.KeptUnidentified) != 1 {
				t.Errorf("%s: %+v", name, r.Deletes)
			}
		}
		if n := len(w.identifiers("queue")); n != 2*perAccount-1 {
			t.Errorf("%s: %d queues are left", name, n)
		}
	}
}

// TestAnEntityOfTwoResources goes only once both are gone.
func TestAnEntityOfTwoResources(t *testing.T) {
	t.Parallel()
	all := entry(logGroup, "true", "logGroup", "\"all@\" + .__AccountId + \"@\" + .__Region")
	w := newDoubted(t, all, roles, queues)
	of := "all@" + member + "@" + eu
	hidden := w.aws.Identifier(member, w.aws.Resources(member, logGroup, eu)[2])
	w.takeAway(member, logGroup, eu, 0)
	wantStatus(t, w.resync(), report.Completed)
	// The listing ends before the last. AWS says of the other that it is gone.
	w.takeAway(member, logGroup, eu, 0)
	cut := awssim.Fault{Account: member, Region: eu, Service: "cloudcontrolapi", Operation: "ListResources", Effect: awssim.Rewrite, Old: hidden, New: "listed-in-its-place", Times: -1}
	w.answer = func(a getCall) *http.Response {
		if a.id == "listed-in-its-place" {
			return failing400("ResourceNotFoundException", "no such thing")
		}
		return nil
	}
	w.aws.Inject(cut)
	r := w.resync()
	if !w.has("logGroup", of) {
		t.Errorf("it is deleted, and %s exists: %+v", hidden, r.Deletes)
	}
	w.aws.ClearFaults()
	w.answer = nil
	wantStatus(t, w.resync(), report.Completed)
	w.takeAway(member, logGroup, eu, 0)
	r = w.resync()
	wantStatus(t, r, report.Completed)
	if w.has("logGroup", of) {
		t.Errorf("it stays: %+v", r.Deletes)
	}
}

// TestAResourceInThePlaceOfAnother makes the same entity. It goes with the last of them.
func TestAResourceInThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	all := entry(logGroup, "true", "logGroup", "\"one@\" + .__AccountId + \"@\" + .__Region")
	w := newDoubted(t, all, roles, queues)
	of := "one@" + member + "@" + eu
	for i := range 30 { // more than there is room to remember
		w.must(w.aws.Put(member, awssim.Resource{Kind: logGroup, Region: eu, ID: fmt.Sprintf("/a/group/with/a/long/name/that/takes/up/room/in/the/snapshot/%03d", i)}))
		w.takeAway(member, logGroup, eu, 0)
		wantStatus(t, w.resync(), report.Completed)
	}
	for len(w.aws.Resources(member, logGroup, eu)) > 0 {
		w.takeAway(member, logGroup, eu, 0)
	}
	r := w.resync()
	wantStatus(t, r, report.Completed)
	if w.has("logGroup", of) {
		t.Errorf("it stays: %+v", r.Deletes)
	}
}

// TestStepsConfirm deletes in several invocations what one process deletes, and keeps what it keeps.
func TestStepsConfirm(t *testing.T) {
	t.Parallel()
	w := newDoubted(t)
	m := &machine{world: w.world, concurrency: 2}
	gone := w.takeAway(member, logGroup, eu, 1)
	w.takeAway(management, iamRole, "us-east-1", 0)
	listed := w.aws.Identifier(management, w.aws.Resources(management, logGroup, eu)[0])
	w.answer = func(a getCall) *http.Response {
		if a.id == gone && a.region == eu {
			return failing400("ThrottlingException", "Rate exceeded")
		}
		return nil
	}
	r := m.whole(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if r.Deletes.Deleted != 1 || !w.has("logGroup", gone+"@"+eu) || withheld(r, diag.KeptUnconfirmed) != 1 {
		t.Errorf("%+v", r.Deletes)
	}
	w.answer = nil
	plan := m.whole(invocation.Request{Action: invocation.Plan})
	if plan.Deletes.Planned != 1 {
		t.Errorf("the plan: %+v", plan.Deletes)
	}
	w.aws.Inject(awssim.Fault{Account: management, Region: eu, Service: "cloudcontrolapi", Operation: "ListResources", Effect: awssim.CutShort, Times: -1})
	r = m.whole(invocation.Request{})
	if r.Deletes.Deleted != 1 || w.has("logGroup", gone+"@"+eu) || !w.has("logGroup", listed+"@"+eu) || len(told(r, diag.ListShort)) != 1 {
		t.Errorf("%+v, %+v", r.Deletes, r.Diagnostics)
	}
	w.aws.ClearFaults()
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
}

// TestThereIsNoTimeToAsk ends the asking, says so, and begins with the rest in the next run.
func TestThereIsNoTimeToAsk(t *testing.T) {
	t.Parallel()
	w := newDoubted(t)
	gone := []string{w.takeAway(member, logGroup, eu, 0), w.takeAway(member, logGroup, eu, 0)}
	ctx, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	w.answer = func(a getCall) *http.Response {
		if slices.Contains(gone, a.id) && a.region == eu {
			stop()
		}
		return nil
	}
	w.later.Add(int64(time.Minute))
	r, _ := resync.Run(ctx, w.deps, invocation.Request{})
	if r.Deletes.Deleted != 0 || !w.has("logGroup", gone[0]+"@"+eu) {
		t.Errorf("%s: %+v", r.Status, r.Deletes)
	}
	w.answer = nil
	r = w.resync()
	wantStatus(t, r, report.Completed)
	if r.Deletes.Deleted != 2 {
		t.Errorf("%+v", r.Deletes)
	}
}

// TestGracesAndGuardsComeFirst does not ask about what something else keeps.
func TestGracesAndGuardsComeFirst(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*resync.Deps){
		"a grace": func(d *resync.Deps) { d.Deletes.After = 2 },
		"a guard": func(d *resync.Deps) { d.Deletes.Count = 1 },
	} {
		w := newDoubted(t)
		limit(&w.deps)
		gone := []string{w.takeAway(member, logGroup, eu, 0), w.takeAway(member, logGroup, eu, 0)}
		r := w.resync()
		if r.Deletes.Deleted != 0 || withheld(r, diag.KeptGrace)+withheld(r, diag.KeptGuard) != 2 {
			t.Errorf("%s: %+v", name, r.Deletes)
		}
		if slices.ContainsFunc(w.calls, func(a getCall) bool { return slices.Contains(gone, a.id) && a.region == eu && a.kind == logGroup }) {
			t.Errorf("%s: AWS is asked", name)
		}
		r = w.resync(func(r *invocation.Request) { r.AllowMassDelete = true })
		if r.Deletes.Deleted != 2 {
			t.Errorf("%s, over: %+v", name, r.Deletes)
		}
	}
}

// TestAnAnswerAboutAnotherResource has AWS describe one and the same resource whatever is asked. What was
// asked about is not taken for read: its entities stay.
func TestAnAnswerAboutAnotherResource(t *testing.T) {
	t.Parallel()
	w := newDoubted(t)
	var before []string
	for _, e := range w.port.Entities("logGroup") {
		before = append(before, e.Identifier)
	}
	w.answer = func(of getCall) *http.Response {
		return saying(http.StatusOK, awsJSON, fmt.Sprintf(`{"TypeName":%q,"ResourceDescription":{"Identifier":"another","Properties":"{}"}}`, of.kind))
	}
	r := w.resync()
	for _, id := range before {
		if !w.has("logGroup", id) {
			t.Errorf("%s went, and nobody said that it does not exist: %+v", id, r.Deletes)
		}
	}
	w.answer = nil
	wantStatus(t, w.resync(), report.Completed)
}
