package portsim

import (
	"encoding/json"
	"fmt"
	"slices"
)

// ResyncState is what an integration last reported about its runs. Times are as
// they were sent, empty if null; IntervalMinutes is 0 if null.
type ResyncState struct {
	Status                                                string
	LastResyncStart, LastResyncEnd, NextResync, UpdatedAt string
	IntervalMinutes                                       int
}

func resyncState(wire map[string]any) ResyncState {
	str := func(name string) string { s, _ := wire[name].(string); return s }
	interval, _ := wire["intervalInMinuets"].(json.Number)
	n, _ := interval.Int64()
	return ResyncState{
		str("status"), str("lastResyncStart"), str("lastResyncEnd"), str("nextResync"), str("updatedAt"), int(n),
	}
}

// Integration is an integration as the server holds it.
type Integration struct {
	Identifier, Type, Version string
	ProcessingMode            string
	Initialized               bool // arePortResourcesInitialized
	Config                    json.RawMessage
	State                     ResyncState
	History                   []ResyncState // every report, the oldest first
	ResyncRequests            int           // how many were raised
	Examples                  map[string][]map[string]any
	Syncs                     []Sync    // its reports of each resync, the oldest first
	Logs                      []LogLine // what it sent of its log, the oldest first
}

// Integration returns an integration, and whether it exists.
func (s *Server) Integration(identifier string) (Integration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.integrations[identifier]
	if in == nil {
		return Integration{}, false
	}
	return in.snapshot(), true
}

func (in *integration) snapshot() Integration {
	str := func(name string) string { s, _ := in.fields[name].(string); return s }
	out := Integration{
		Identifier: str("identifier"), Type: str("installationAppType"), Version: str("version"),
		ProcessingMode: str("processingMode"), Initialized: in.fields["arePortResourcesInitialized"] == true,
		Config: encode(in.fields["config"]), State: resyncState(in.state), History: slices.Clone(in.history),
		ResyncRequests: in.requests, Examples: map[string][]map[string]any{},
	}
	out.Logs = slices.Clone(in.logs)
	for _, s := range in.syncs {
		c := *s
		c.Kinds = nil
		for _, k := range s.Kinds {
			clone := *k
			clone.States = slices.Clone(k.States)
			c.Kinds = append(c.Kinds, &clone)
		}
		out.Syncs = append(out.Syncs, c)
	}
	for kind, examples := range in.examples {
		for _, e := range examples {
			out.Examples[kind] = append(out.Examples[kind], cloneValue(e).(map[string]any))
		}
	}
	return out
}

// Entities returns a blueprint's entities by identifier, as copies.
func (s *Server) Entities(blueprint string) []Entity {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Entity
	for _, e := range s.catalog.sorted(blueprint) {
		out = append(out, e.clone())
	}
	return out
}

// Entity returns one entity as a copy, and whether it exists.
func (s *Server) Entity(blueprint, identifier string) (Entity, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.catalog.entity(key{blueprint, identifier}); e != nil {
		return e.clone(), true
	}
	return Entity{}, false
}

// Blueprints names the blueprints, sorted, with those of the system.
func (s *Server) Blueprints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sortedKeys(s.catalog.blueprints)
}

// Blueprint returns a blueprint's definition as it was sent, and whether it exists.
func (s *Server) Blueprint(identifier string) (json.RawMessage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.catalog.blueprints[identifier]
	if b == nil {
		return nil, false
	}
	return encode(b.definition), true
}

// Ingested returns what the hosts for logs and metrics took.
func (s *Server) Ingested() []Ingested {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.ingested)
}

// PutBlueprint creates a blueprint as if a person had done so.
func (s *Server) PutBlueprint(raw []byte) error {
	body, err := parseAs(blueprintBody, raw)
	if err != nil {
		return fmt.Errorf("portsim: blueprint: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, r := s.addBlueprint(body, s.now()); r != nil {
		return fmt.Errorf("portsim: blueprint %s: %w", show(body["identifier"]), r)
	}
	return nil
}

// EditBlueprint replaces parts of a blueprint as wholes, as a person does in Port's
// page.
func (s *Server) EditBlueprint(identifier string, raw []byte) error {
	parts, err := parseAs(blueprintPatch, raw)
	if err != nil {
		return fmt.Errorf("portsim: blueprint: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.catalog.blueprints[identifier]
	if old == nil {
		return fmt.Errorf("portsim: blueprint %q was not found", identifier)
	}
	if _, r := s.editBlueprint(old, parts, s.now()); r != nil {
		return fmt.Errorf("portsim: blueprint %s: %w", identifier, r)
	}
	return nil
}

// PutEntity creates or replaces an entity, as if the given writer
// had sent it. The writer becomes the datasource: the User-Agent of another
// integration, or anything else for a person or a script.
func (s *Server) PutEntity(blueprint string, raw []byte, writer string) error {
	body, err := parseAs(entityBody, raw)
	if err != nil {
		return fmt.Errorf("portsim: entity: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.catalog.blueprints[blueprint]
	if b == nil {
		return fmt.Errorf("portsim: entity: blueprint %q was not found", blueprint)
	}
	w := write{catalog: &s.catalog, writer: writer, now: s.now(), upsert: true}
	if _, _, r := w.apply(b, body); r != nil {
		return fmt.Errorf("portsim: entity %s: %w", show(body["identifier"]), r)
	}
	return nil
}

// PutIntegration creates an integration from the body of its creation.
func (s *Server) PutIntegration(raw []byte) error {
	body, err := parseAs(createBody, raw)
	if err != nil {
		return fmt.Errorf("portsim: integration: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, r := s.addIntegration(body, s.now()); r != nil {
		return fmt.Errorf("portsim: integration: %w", r)
	}
	return nil
}

// SetConfig replaces an integration's mapping as a person does in Port's page,
// sound or not, and raises a resync request.
func (s *Server) SetConfig(identifier string, raw []byte) error {
	v, err := parse(raw)
	if err != nil {
		return fmt.Errorf("portsim: config: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.integrations[identifier]
	if in == nil {
		return fmt.Errorf("portsim: config: integration %q was not found", identifier)
	}
	in.change(map[string]any{"config": v}, s.now(), true)
	return nil
}

// RequestResync presses the resync button of an integration.
func (s *Server) RequestResync(identifier string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.integrations[identifier]
	if in == nil {
		return fmt.Errorf("portsim: resync: integration %q was not found", identifier)
	}
	in.ask(s.now())
	return nil
}

func parseAs(form check, raw []byte) (map[string]any, error) {
	v, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if err := form("body", v); err != nil {
		return nil, err
	}
	return v.(map[string]any), nil
}

// EditIntegration changes an integration as another program does, and raises a resync
// request.
func (s *Server) EditIntegration(identifier string, raw []byte) error {
	fields, err := parseAs(patchBody, raw)
	if err != nil {
		return fmt.Errorf("portsim: integration: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.integrations[identifier]
	if in == nil {
		return fmt.Errorf("portsim: integration %q was not found", identifier)
	}
	in.change(fields, s.now(), true)
	return nil
}
