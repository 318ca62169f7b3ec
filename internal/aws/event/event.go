// Package event decides which cells an event of AWS says may have changed.
//
// An event is a hint where to look. Nothing else of it is believed: not what it says of a
// resource, not its order, not its time. Its account, its region and the name of what happened
// choose cells by what each kind declares ([kind.Events]); what no kind declares, failed, or was
// done by Portolan itself chooses none, and has a [Reason] instead. A text that is not an event
// of AWS is refused, however it is made: the queue that events come from is not private to
// EventBridge. Whether a cell is one of the installation's is for the run to say, which knows
// the mapping, the accounts and their regions.
package event

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/kind"
)

// MaxSize is how many bytes an event may have. EventBridge delivers none that is larger:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const MaxSize = 256 << 10

// Cell is where to look: a kind in a region of an account. The region is empty for a kind that
// is read once in an account, and the account too for one that is read once in an Organization.
type Cell struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Kind    string `json:"kind"`
}

// compare orders cells by account, region and kind.
func compare(a, b Cell) int {
	return slices.Compare([]string{a.Account, a.Region, a.Kind}, []string{b.Account, b.Region, b.Kind})
}

// Reason says why an event chooses no cell.
type Reason string

// The reasons. The first three are about texts that AWS would not have sent.
const (
	TooLarge  Reason = "too large"      // for an event
	Malformed Reason = "malformed"      // not an event's JSON, or a member of it has another form
	Foreign   Reason = "foreign"        // its source, account or region is not one of AWS's
	Unknown   Reason = "unknown type"   // no kind declares events of this detail-type
	Failed    Reason = "failed call"    // AWS answered with an error: nothing has changed
	OwnCall   Reason = "own call"       // Portolan itself made the call
	ReadOnly  Reason = "read-only call" // it changed nothing
	Unrelated Reason = "unrelated call" // no kind declares the operation
	Tested    Reason = "test event"     // the doctor sent it; see TestSource
)

// Reasons returns every reason.
func Reasons() []Reason {
	return []Reason{TooLarge, Malformed, Foreign, Unknown, Failed, OwnCall, ReadOnly, Unrelated, Tested}
}

// Hint is what an event says. Either Cells or Reason is empty.
type Hint struct {
	// Source and Name say what happened: "sqs.amazonaws.com" and "CreateQueue", or for an event that
	// the service sends itself "aws.ec2" and "EC2 Instance State-change Notification". They
	// are empty if the text is refused.
	Source string `json:"source,omitempty"`
	Name   string `json:"name,omitempty"`
	// Account and Region are where it happened.
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	// At is when, by the event; zero if it does not say.
	At time.Time `json:"time,omitzero"`
	// Cells are where to look, in order, each once.
	Cells  []Cell `json:"cells,omitempty"`
	Reason Reason `json:"reason,omitempty"`
	// Test is the id of a test event, a UUID.
	Test string `json:"test,omitempty"`
}

// TestSource and TestType are the source and the detail-type of the event that doctor puts on the
// bus, to find out whether it arrives. Anybody who may use the bus can send one, so it means only
// that it has arrived. Its detail has an id.
const (
	TestSource = "portolan.doctor"
	TestType   = "Portolan Test Event"
)

var testForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// The detail-types of what CloudTrail reports: calls, and what a service did on its own accord.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
var trailTypes = []string{"AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"}

var (
	sourceForm      = regexp.MustCompile(`^aws\.[a-z0-9.-]{1,64}$`)
	eventSourceForm = regexp.MustCompile(`^[a-z0-9.-]{1,64}\.amazonaws\.com$`)
	nameForm        = regexp.MustCompile(`^[A-Za-z0-9_:.-]{1,128}$`)
)

// envelope is what is read of an event. Every other member is left alone.
type envelope struct {
	typ, source, account, region string
	at                           time.Time
	detail                       map[string]json.RawMessage
}

// Read says which cells an event chooses: the JSON text that EventBridge delivers.
func (t *Table) Read(text []byte) Hint {
	if len(text) > MaxSize {
		return Hint{Reason: TooLarge}
	}
	e, ok := open(text)
	if !ok {
		return Hint{Reason: Malformed}
	}
	if e.source == TestSource && e.typ == TestType {
		h := Hint{Source: e.source, Name: e.typ, Reason: Tested}
		if json.Unmarshal(e.detail["id"], &h.Test) != nil || !testForm.MatchString(h.Test) {
			return Hint{Reason: Malformed}
		}
		return h
	}
	// Only AWS may send what begins with aws.:
	// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
	if !sourceForm.MatchString(e.source) || !awsname.IsAccountID(e.account) || !awsname.IsRegion(e.region) {
		return Hint{Reason: Foreign}
	}
	h := Hint{Source: e.source, Account: e.account, Region: e.region, At: e.at}
	if slices.Contains(trailTypes, e.typ) {
		return t.readCall(h, e.detail)
	}
	kinds := t.sent[e.source+" "+e.typ]
	if kinds == nil {
		h.Reason = Unknown
		return h
	}
	h.Name = e.typ
	h.Cells = cells(kinds, h, nil)
	return h
}

// open takes an event's envelope. A name that differs in its case is another name.
func open(text []byte) (e envelope, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return e, false
	}
	var at string
	for name, to := range map[string]*string{"detail-type": &e.typ, "source": &e.source, "account": &e.account, "region": &e.region, "time": &at} {
		if raw, has := members[name]; has && json.Unmarshal(raw, to) != nil {
			return e, false
		}
	}
	e.at, _ = time.Parse(time.RFC3339, at) // without a time it is as good
	return e, e.typ != "" && json.Unmarshal(members["detail"], &e.detail) == nil && e.detail != nil
}

// readCall reads what CloudTrail reports.
func (t *Table) readCall(h Hint, detail map[string]json.RawMessage) Hint {
	refuse := func(why Reason) Hint {
		h.Reason = why
		return h
	}
	var source, name string
	if json.Unmarshal(detail["eventSource"], &source) != nil || json.Unmarshal(detail["eventName"], &name) != nil || !nameForm.MatchString(name) {
		return Hint{Reason: Malformed}
	}
	if !eventSourceForm.MatchString(source) {
		return Hint{Reason: Foreign}
	}
	h.Source, h.Name = source, name
	if code, failed := detail["errorCode"]; failed && string(code) != "null" {
		return refuse(Failed)
	}
	if t.own(detail["userIdentity"]) {
		return refuse(OwnCall)
	}
	changes := string(detail["readOnly"]) == "false"
	var kinds []*kind.Kind
	for _, c := range t.calls[source] {
		if c.means(name, changes) && c.about(detail["requestParameters"]) {
			kinds = append(kinds, c.kind)
		}
	}
	switch {
	case len(kinds) > 0:
		h.Cells = cells(kinds, h, detail)
		return h
	case string(detail["readOnly"]) == "true":
		return refuse(ReadOnly)
	}
	return refuse(Unrelated)
}

// cells returns the cells of kinds where an event happened.
func cells(kinds []*kind.Kind, h Hint, detail map[string]json.RawMessage) []Cell {
	var all []Cell
	for _, k := range kinds {
		switch {
		case k.Scope == kind.Management:
			all = append(all, Cell{Kind: k.Type})
		case k.Events.Named:
			for _, account := range named(h.Account, detail) {
				all = append(all, Cell{Account: account, Kind: k.Type})
			}
		case k.Scope == kind.Global:
			all = append(all, Cell{Account: h.Account, Kind: k.Type})
		default:
			all = append(all, Cell{Account: h.Account, Region: h.Region, Kind: k.Type})
		}
	}
	slices.SortFunc(all, compare)
	return slices.Compact(all)
}

// mostNamed is how many accounts one event may name. AWS's own name one.
const mostNamed = 10

// named returns the accounts that an event is about, or the one where it happened.
func named(account string, detail map[string]json.RawMessage) []string {
	var found []string
	var look func(value any)
	look = func(value any) {
		members, _ := value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			id, _ := members[name].(string)
			if strings.EqualFold(name, "accountId") && awsname.IsAccountID(id) && len(found) < mostNamed {
				found = append(found, id)
			}
			look(members[name])
		}
	}
	for _, name := range []string{"requestParameters", "responseElements", "serviceEventDetails"} {
		var value any
		if json.Unmarshal(detail[name], &value) == nil {
			look(value)
		}
	}
	if len(found) == 0 {
		return []string{account}
	}
	return found
}

// own says whether Portolan made a call: by one of its roles, in a session of its own.
func (t *Table) own(identity json.RawMessage) bool {
	var who map[string]json.RawMessage
	var arn string
	if json.Unmarshal(identity, &who) != nil || json.Unmarshal(who["arn"], &arn) != nil {
		return false
	}
	_, session, found := strings.Cut(arn, ":assumed-role/")
	role, session, _ := strings.Cut(session, "/")
	return found && strings.HasPrefix(session, SessionPrefix) && slices.Contains(t.roles, role)
}

// SessionPrefix begins the names of the sessions in which Portolan reads accounts.
const SessionPrefix = "portolan-"

// Explain says for people what a reason means. It completes the sentence "no cell: …".
func (r Reason) Explain() string {
	switch r {
	case TooLarge:
		return "it is larger than EventBridge delivers, 256 KB"
	case Malformed:
		return "it is not an event of EventBridge, or a member of it has another form"
	case Foreign:
		return "its source does not begin with aws., or its account or region is not one"
	case Unknown:
		return "it is neither a call that CloudTrail reports, nor of a type that a kind declares"
	case Failed:
		return "the call failed, so nothing has changed"
	case OwnCall:
		return "Portolan made the call itself"
	case ReadOnly:
		return "the call only reads"
	case Unrelated:
		return "no kind declares this operation: it changes no document"
	case Tested:
		return "the doctor sent it, to find out whether events arrive"
	}
	return string(r)
}
