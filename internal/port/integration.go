package port

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portolan/internal/diag"
)

// Integration is the part of Port's integration record that Portolan needs.
type Integration struct {
	Identifier       string `json:"installationId"`
	Type             string `json:"installationAppType"`
	InstallationType string `json:"installationType"` // OnPrem, or begins with Saas; empty means OnPrem
	Version          string `json:"version"`
	Origin           string `json:"createPortResourcesOrigin"` // Default, Port or Empty
	ProcessingMode   string `json:"processingMode"`            // ocean-core or dsp
	ResourcesReady   bool   `json:"arePortResourcesInitialized"`
	ProcessesActions bool   `json:"actionsProcessingEnabled"`
	SyncsIncrements  bool   `json:"incrementalSyncEnabled"`

	// Config is the mapping, as the user keeps it.
	Config    json.RawMessage `json:"config"`
	Changelog json.RawMessage `json:"changelogDestination"`
	// LastResync is what Port was last told about a resync.
	LastResync LastResync `json:"resyncState"`
	// Logs and Metrics are where Port takes the log and the figures of a resync.
	Logs    Ingest `json:"logAttributes"`
	Metrics Ingest `json:"metricAttributes"`

	Started `json:"-"`
}

// Started is what Start or Preview found out and did.
type Started struct {
	Absent      bool            // Port does not have the integration yet; from Preview
	Initializes bool            // Start would create the default blueprints; from Preview
	Told        json.RawMessage // what Start told Port, for Recall in another process
	Changed     bool            // Start changed the integration, which Port takes for a request to resync
	Notes       []string        // remarks of Start for the report
}

// Ingest is a host of Port beside its API.
type Ingest struct {
	URL string `json:"ingestUrl"`
}

// LastResync is what Port was last told about a resync, with the time by Port's clock. It is zero if
// Port was never told.
type LastResync struct {
	Status    Status `json:"status"`
	UpdatedAt Time   `json:"updatedAt"`
}

// Time is a time in an answer of Port. Anything that is not a time is zero.
type Time struct{ time.Time }

// UnmarshalJSON reads an ISO 8601 time with its zone.
func (t *Time) UnmarshalJSON(text []byte) error {
	if t.Time.UnmarshalJSON(text) != nil {
		t.Time = time.Time{}
	}
	return nil
}

// Status is how a resync, or one of its kinds, stands.
type Status string

// The states that Port knows. A resync is never pending, and it is running while its kinds are
// syncing.
const (
	Pending   Status = "pending"
	Running   Status = "running"
	Syncing   Status = "syncing"
	Completed Status = "completed"
	Failed    Status = "failed"
	Aborted   Status = "aborted"
)

// ResyncState is what Port shows about the latest resync on its Data sources
// page. End is zero while the resync runs. Next is when another is due; if it is
// zero and there is an Interval, it is one interval after Start.
type ResyncState struct {
	Status           Status
	Start, End, Next time.Time
	Interval         time.Duration
}

const integrationRoute = "/integration/{integration}"

func (c *Client) integrationCall(method, route string, body any) call {
	return call{family: FamilyOther, method: method, route: route, args: []string{c.identifier}, body: body}
}

func (c *Client) readCall() call {
	cl := c.integrationCall(http.MethodGet, integrationRoute, nil)
	cl.query = url.Values{"oceanCoreVersion": {OceanCoreVersion}, "isPolling": {"false"}}
	return cl
}

// Integration reads the integration. NotFound tells that there is none.
func (c *Client) Integration(ctx context.Context) (Integration, error) {
	in, err := c.askIntegration(ctx, c.readCall())
	if err == nil {
		c.learnIngest(in)
	}
	return in, err
}

// integrationAnswer is what Port says of an integration.
type integrationAnswer struct {
	Integration *struct {
		Integration
		Name string `json:"identifier"` // the same as Identifier
	} `json:"integration"`
}

// askIntegration sends a call that Port answers with the integration.
func (c *Client) askIntegration(ctx context.Context, cl call) (Integration, error) {
	got, err := read(ctx, c, cl, func(got integrationAnswer) string {
		if got.Integration == nil {
			return "has no integration"
		}
		if name := cmp.Or(got.Integration.Identifier, got.Integration.Name); name != "" && !strings.EqualFold(name, c.identifier) {
			return "is about another integration"
		}
		return ""
	})
	if err != nil {
		return Integration{}, err
	}
	return got.Integration.Integration, nil
}

// ResyncRequest is the latest request for a resync in Port: by its button, or by a change of the
// mapping or the integration. At is by Port's clock; it is zero if nobody requested one.
type ResyncRequest struct {
	ID string `json:"id"`
	At Time   `json:"updatedAt"`
}

// ResyncRequest reads the latest request for a resync. NotFound says whether its error means that there
// is no such integration.
func (c *Client) ResyncRequest(ctx context.Context) (ResyncRequest, error) {
	type answer struct {
		Request ResyncRequest `json:"request"`
	}
	got, err := read(ctx, c, c.integrationCall(http.MethodGet, integrationRoute+"/resync-request", nil), nothing[answer])
	return got.Request, err
}

type createBody struct {
	Identifier  string          `json:"installationId"`
	Type        string          `json:"installationAppType"`
	Version     string          `json:"version"`
	Changelog   struct{}        `json:"changelogDestination"`
	Config      json.RawMessage `json:"config"`
	Actions     bool            `json:"actionsProcessingEnabled"`
	Incremental bool            `json:"incrementalSyncEnabled"`
	Origin      string          `json:"createPortResourcesOrigin"`
}

type patchBody struct {
	Changelog   struct{} `json:"changelogDestination"`
	Type        string   `json:"installationAppType"`
	Version     string   `json:"version"`
	Actions     bool     `json:"actionsProcessingEnabled"`
	Incremental bool     `json:"incrementalSyncEnabled"`
	Mode        string   `json:"processingMode"`
}

// coreMode says that the exporter maps and reconciles by itself. In Port's other
// mode, dsp, Port waits for raw data that never comes.
const coreMode = "ocean-core"

func (c *Client) createIntegration(ctx context.Context) error {
	origin := originDefault
	if c.empty {
		origin = originEmpty
	}
	cl := call{
		family: FamilyOther, method: http.MethodPost, route: "/integration",
		body: createBody{
			Identifier: c.identifier, Type: c.kind, Version: PeerVersion,
			Config: c.defaults.config(), Origin: origin,
		},
	}
	_, err := c.do(ctx, cl)
	return err
}

func (c *Client) patchIntegration(ctx context.Context) error {
	return c.confirmed(ctx, c.integrationCall(http.MethodPatch, integrationRoute,
		c.wish()))
}

// differs says whether Port has to be told what this exporter is. To tell it without need would cause
// a resync request each time.
func (c *Client) differs(in Integration) bool {
	return !strings.EqualFold(in.Type, c.kind) || in.Version != PeerVersion || in.ProcessingMode != coreMode ||
		in.ProcessesActions || in.SyncsIncrements || !empty(in.Changelog)
}

// empty says whether a JSON value is absent, null or an object without members.
func empty(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	var members map[string]json.RawMessage
	return json.Unmarshal(raw, &members) == nil && len(members) == 0
}

// MayDelete returns an error if this client must not delete an integration: Port hosts it, or it has
// another type and so belongs to another program.
func (c *Client) MayDelete(in Integration) error {
	if in.Type != "" && !strings.EqualFold(in.Type, c.kind) {
		return diag.With(diag.IntegrationType, fmt.Errorf("the integration %s is of type %s, not %s: check OCEAN__INTEGRATION__IDENTIFIER and "+
			"OCEAN__INTEGRATION__TYPE, or delete it in Port's Data sources page", c.identifier, in.Type, c.kind))
	}
	return c.fit(in)
}

// DeleteIntegration deletes the integration from Port's Data sources page, with its mapping. Its
// entities stay. It counts as deleted when Port no longer has it, whatever Port answered.
func (c *Client) DeleteIntegration(ctx context.Context) error {
	in, err := c.Integration(ctx)
	if err == nil {
		err = c.MayDelete(in)
	}
	if NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	cl := c.integrationCall(http.MethodDelete, integrationRoute, nil)
	refused := c.confirmed(ctx, cl)
	if Forbidden(refused) {
		return refused
	}
	switch _, err := c.Integration(ctx); {
	case NotFound(err):
		return nil
	case refused != nil:
		return refused
	case err != nil:
		return fmt.Errorf("check whether the integration is gone: %w", err)
	}
	return &Error{Op: cl.op(), StatusCode: http.StatusOK, Message: "Port accepted the call, but still has the integration"}
}

// SetResyncState tells Port how a resync stands.
func (c *Client) SetResyncState(ctx context.Context, s ResyncState) error {
	if s.Next.IsZero() && s.Interval > 0 && !s.Start.IsZero() {
		s.Next = s.Start.Add(s.Interval)
	}
	// The last key is misspelt in Port's API.
	body := map[string]any{
		"status": s.Status, "lastResyncEnd": stamp(s.End), "nextResync": stamp(s.Next), "intervalInMinuets": nil,
	}
	if s.Status == Running {
		body["lastResyncStart"], body["lastResyncEnd"] = stamp(s.Start), nil
	}
	if s.Interval > 0 {
		body["intervalInMinuets"] = max(1, int(s.Interval/time.Minute))
	}
	_, err := c.do(ctx, c.integrationCall(http.MethodPatch, integrationRoute+"/resync-state", body))
	return err
}

// stamp returns a time as Python's isoformat does in UTC, or null if it is zero.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return isoTime(t)
}

func isoTime(t time.Time) string {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000-07:00")
}
