// Package defaults holds what Portolan puts into Port at the very first run of an
// integration: blueprints, and the mapping that feeds them.
//
// It has one file for a blueprint and one for the mapping of a kind. Those of kinds that
// are read by Cloud Control are in a folder of their own; what has no file there either
// gets the generic blueprint. The identifiers and properties of those kinds that Port's
// aws-v3 integration maps by default are that integration's, so that either can take over
// from the other. A relation computes the identifier of its target as the target's own
// mapping does, and is there only if its target is; what is missing in a document is null,
// never an error. No default mapping fills a property with what may hold a secret: policies,
// environment variables, arguments, the values of parameters. The package only hands
// the files out; whether and when they are used is package port's to decide.
package defaults

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"portolan/internal/port"
)

//go:embed blueprints mapping cloudcontrol generic coverage.json groups.json
var files embed.FS

// The blueprints that a run knows by name: of accounts, and of what was read of a
// kind in an account.
const (
	AccountBlueprint  = "awsAccount"
	CoverageBlueprint = "awsSyncCoverage"
)

// GenericBlueprint is the blueprint of the kinds that have none of their own.
const GenericBlueprint = "awsResource"

// Coverage returns the blueprint CoverageBlueprint, as Port's API takes it.
func Coverage() json.RawMessage { return read("coverage.json") }

// accounts are the kinds whose files come before all others: the rest lies in them.
var accounts = []string{"AWS::Account::Info", "AWS::Organizations::Account"}

// Ocean returns what Port's aws-v3 integration starts with.
func Ocean() port.Defaults { return Of(oceanGroup) }

// Native returns blueprints and mapping for every kind that Portolan has a reader of its
// own for.
func Native() port.Defaults { return Of(nativeGroup) }

// All returns all blueprints and mappings that there are: those of Native, and of the kinds
// that are read by Cloud Control.
func All() port.Defaults { return Of(allGroup) }

// Of returns what an integration starts with that begins with some kinds, given by their names
// and those of groups, in this order but accounts first. AWS::Account::Info is always among them,
// for all others lie in an account. A kind without files gets a mapping to GenericBlueprint. A
// relation to a blueprint that is not among them is left out.
func Of(names ...string) port.Defaults {
	var chosen []part
	at := make(map[string]int)
	for _, name := range slices.Concat(accounts[:1], names) {
		for _, p := range parts(name) {
			i, twice := at[p.file]
			switch {
			case !twice:
				at[p.file] = len(chosen)
				chosen = append(chosen, p)
			case chosen[i].resource == nil:
				chosen[i] = p
			}
		}
	}
	slices.SortStableFunc(chosen, accountsFirst)
	return load(chosen)
}

// part is what one kind brings: a blueprint, and the entry of the mapping that feeds it.
type part struct {
	file      string // of the kind, or the kind itself if it has none
	blueprint blueprint
	resource  *resource // nil if nothing feeds the blueprint
}

func accountsFirst(a, b part) int {
	rank := func(p part) int {
		if i := slices.IndexFunc(accounts, func(kind string) bool { return File(kind) == p.file }); i >= 0 {
			return i
		}
		return len(accounts)
	}
	return cmp.Compare(rank(a), rank(b))
}

// parts returns what a kind or a group brings.
func parts(name string) []part {
	switch name {
	case nativeGroup:
		return folder("")
	case allGroup:
		return slices.SortedFunc(slices.Values(slices.Concat(folder(""), folder(beyond))), func(a, b part) int {
			return strings.Compare(a.file, b.file)
		})
	}
	kinds, group := Kinds(name)
	if !group {
		return []part{of(name)}
	}
	var found []part
	for _, kind := range kinds {
		found = append(found, of(kind))
	}
	if name == oceanGroup {
		// Ocean has a blueprint of topics, and nothing that feeds it.
		found = append(found, part{file: File(topics), blueprint: decode[blueprint]("blueprints/" + File(topics))})
	}
	return found
}

// beyond is the folder of the kinds that are read by Cloud Control.
const beyond = "cloudcontrol/"

// folder returns all parts of a folder.
func folder(name string) []part {
	entries, err := files.ReadDir(name + "mapping")
	if err != nil {
		panic(fmt.Sprintf("defaults: %v", err)) // the folder is embedded
	}
	all := make([]part, len(entries))
	for i, entry := range entries {
		all[i] = open(name, strings.TrimSuffix(entry.Name(), ".json"))
	}
	return all
}

func open(folder, file string) part {
	r := decode[resource](folder + "mapping/" + file)
	return part{file: file, blueprint: decode[blueprint](folder + "blueprints/" + file), resource: &r}
}

// of returns what a kind brings.
func of(kind string) part {
	if p := own(kind); p != nil {
		return *p
	}
	generic := decode[resource]("generic/mapping")
	generic.Kind = kind
	return part{file: kind, blueprint: decode[blueprint]("generic/blueprint"), resource: &generic}
}

// own returns what a kind has files for, nil if it has none.
func own(kind string) *part {
	file := File(kind)
	for _, folder := range []string{"", beyond} {
		if _, err := fs.Stat(files, folder+"mapping/"+file+".json"); err != nil {
			continue
		}
		if p := open(folder, file); p.resource.Kind == kind { // the name of a file does not tell capitals
			return &p
		}
	}
	return nil
}

// Where a word of a resource's name begins: after a small letter, or as the last
// capital of an abbreviation that a word follows.
var beginning = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// File returns the name that the blueprint and the mapping of a kind have, without
// folder and extension: "rds-db-instance" for AWS::RDS::DBInstance. The service is
// one word, the resource as many as it is written of.
func File(kind string) string {
	service, resource, _ := strings.Cut(strings.TrimPrefix(kind, "AWS::"), "::")
	return strings.ToLower(service + "-" + beginning.ReplaceAllString(resource, "$1$3-$2$4"))
}

// blueprint is a blueprint as Port's API takes it.
type blueprint struct {
	Identifier  string              `json:"identifier"`
	Title       string              `json:"title"`
	Description string              `json:"description,omitempty"`
	Icon        string              `json:"icon"`
	Schema      json.RawMessage     `json:"schema"`
	Mirror      json.RawMessage     `json:"mirrorProperties"`
	Calculation json.RawMessage     `json:"calculationProperties"`
	Aggregation json.RawMessage     `json:"aggregationProperties"`
	Relations   map[string]relation `json:"relations"`
}

type relation struct {
	Title    string `json:"title"`
	Target   string `json:"target"`
	Required bool   `json:"required"`
	Many     bool   `json:"many"`
}

// resource is an entry of a mapping.
type resource struct {
	Kind     string          `json:"kind"`
	Selector json.RawMessage `json:"selector"`
	Port     struct {
		Entity struct {
			Mappings struct {
				Identifier string            `json:"identifier"`
				Title      string            `json:"title"`
				Blueprint  string            `json:"blueprint"`
				Properties json.RawMessage   `json:"properties,omitempty"`
				Relations  map[string]string `json:"relations,omitempty"`
			} `json:"mappings"`
		} `json:"entity"`
	} `json:"port"`
}

// mapping is the form of an integration's config.
type mapping struct {
	DeleteDependentEntities      bool       `json:"deleteDependentEntities"`
	CreateMissingRelatedEntities bool       `json:"createMissingRelatedEntities"`
	EnableMergeEntity            bool       `json:"enableMergeEntity"`
	EntityDeletionThreshold      float64    `json:"entityDeletionThreshold"`
	Resources                    []resource `json:"resources"`
}

// load puts parts together, without relations that lead out of them.
func load(chosen []part) port.Defaults {
	there := make(map[string]bool)
	for _, p := range chosen {
		there[p.blueprint.Identifier] = true
	}
	m := mapping{
		DeleteDependentEntities: true, CreateMissingRelatedEntities: true, EnableMergeEntity: true, EntityDeletionThreshold: 0.9,
	}
	var d port.Defaults
	made := make(map[string]bool) // several kinds may have one blueprint
	for _, p := range chosen {
		for name, relation := range p.blueprint.Relations {
			if there[relation.Target] {
				continue
			}
			delete(p.blueprint.Relations, name)
			if p.resource != nil {
				delete(p.resource.Port.Entity.Mappings.Relations, name)
			}
		}
		if !made[p.blueprint.Identifier] {
			made[p.blueprint.Identifier] = true
			d.Blueprints = append(d.Blueprints, encode(p.blueprint))
		}
		if p.resource != nil {
			m.Resources = append(m.Resources, *p.resource)
		}
	}
	d.Config = encode(m)
	return d
}

func encode(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("defaults: %v", err)) // an embedded file is not JSON
	}
	return text
}

func decode[T any](name string) T {
	var value T
	if err := json.Unmarshal(read(name+".json"), &value); err != nil {
		panic(fmt.Sprintf("defaults: %s: %v", name, err)) // an embedded file is not what it should be
	}
	return value
}

func read(name string) json.RawMessage {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("defaults: %v", err)) // what is named above is embedded
	}
	return text
}
