package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"portolan/internal/port"
)

// Port is what a run takes for Port's API, and a catalog is all that there is behind it: an
// integration that is new in each run, has a mapping, and owns nothing. Nothing of it is a call.
type Port struct {
	catalog *Catalog
	start   port.Defaults
}

// Port returns what a run writes into the catalog through. It finds the mapping of what an integration
// starts with.
func (c *Catalog) Port(start port.Defaults) *Port { return &Port{c, start} }

// Start returns the integration.
func (p *Port) Start(context.Context) (port.Integration, error) {
	return port.Integration{ResourcesReady: true, Config: p.start.Config}, nil
}

// Preview is Start.
func (p *Port) Preview(ctx context.Context) (port.Integration, error) { return p.Start(ctx) }

// Upsert puts entities into the catalog. Where a relation leads to nothing, nothing is made.
func (p *Port) Upsert(_ context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error) {
	outcomes := make([]port.Outcome, len(items))
	for i, item := range items {
		id, created, err := p.catalog.Put(blueprint, item.Body, o.Merge)
		outcomes[i] = port.Outcome{Identifier: id, Created: created}
		if err != nil {
			outcomes[i].Err = &port.EntityError{Message: err.Error()}
		}
	}
	return outcomes, nil
}

// errKept is what whoever wants to delete from the catalog hears. A run does not: it owns nothing.
var errKept = errors.New("nothing is deleted from a catalog in memory")

// Delete deletes nothing.
func (p *Port) Delete(context.Context, string, []string, port.DeleteOptions) ([]string, error) {
	return nil, errKept
}

// Owned returns nothing: what is in the catalog, this run has put there.
func (p *Port) Owned(context.Context, time.Time) iter.Seq2[[]port.Ref, error] {
	return func(func([]port.Ref, error) bool) {}
}

// Find returns nothing: there was nothing before the run.
func (p *Port) Find(context.Context, string, []string) (map[string]port.Entity, error) {
	return nil, nil
}

// Mine is Find.
func (p *Port) Mine(context.Context, string, []string) ([]string, error) { return nil, nil }

// Writers is Find.
func (p *Port) Writers(context.Context, string, []string) (map[string]port.Written, error) {
	return nil, nil
}

// Blueprints returns none: only a plan, or a run with a state, asks.
func (p *Port) Blueprints(context.Context) (map[string]port.Blueprint, error) { return nil, nil }

// Blueprint is Blueprints.
func (p *Port) Blueprint(context.Context, string) (port.Blueprint, error) {
	return port.Blueprint{}, nil
}

// EnsureBlueprint creates none: all are there from the start.
func (p *Port) EnsureBlueprint(context.Context, json.RawMessage) (bool, error) { return false, nil }

// Masked returns the document. It stays in the process.
func (p *Port) Masked(document map[string]any) map[string]any { return document }

// SendExamples has nobody to tell.
func (p *Port) SendExamples(context.Context, string, []map[string]any) error { return nil }

// SetResyncState is SendExamples.
func (p *Port) SetResyncState(context.Context, port.ResyncState) error { return nil }

// Recall is SendExamples.
func (p *Port) Recall(json.RawMessage) {}

// Share is SendExamples.
func (p *Port) Share(int) {}

// ResyncRequest returns that nobody wants a resync.
func (p *Port) ResyncRequest(context.Context) (port.ResyncRequest, error) {
	return port.ResyncRequest{}, nil
}

// ServerTime is the local time.
func (p *Port) ServerTime(local time.Time) time.Time { return local }

// Stats counts no calls.
func (p *Port) Stats() map[string]port.Stats { return nil }
