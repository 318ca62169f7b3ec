// Package defaults holds what Portolan puts into Port at the very first run of an
// integration: blueprints, and the mapping that feeds them.
//
// It has one file for a blueprint and one for the mapping of a kind. The
// identifiers and properties of those kinds that Port's aws-v3 integration maps by
// default are that integration's, so that either can take over from the other. A
// relation computes the identifier of its target as the target's own mapping does;
// what is missing in a document is null, never an error. The package only hands
// the files out; whether and when they are used is package port's to decide.
package defaults

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"portolan/internal/port"
)

//go:embed blueprints mapping coverage.json
var files embed.FS

// The blueprints that a run knows by name: of accounts, and of what was read of a
// kind in an account.
const (
	AccountBlueprint  = "awsAccount"
	CoverageBlueprint = "awsSyncCoverage"
)

// Coverage returns the blueprint CoverageBlueprint, as Port's API takes it.
func Coverage() json.RawMessage { return read("coverage.json") }

// ocean are the kinds that Port's aws-v3 integration installs. It has a blueprint for
// topics and no mapping.
var (
	oceanMapping    = []string{"AWS::Account::Info", "AWS::S3::Bucket", "AWS::EC2::Instance", "AWS::ECS::Cluster"}
	oceanBlueprints = slices.Concat(oceanMapping, []string{"AWS::SNS::Topic"})
)

// accounts are the kinds whose files come before all others: the rest lies in them.
var accounts = []string{"AWS::Account::Info", "AWS::Organizations::Account"}

// Ocean returns what Port's aws-v3 integration starts with.
func Ocean() port.Defaults { return load(filesOf(oceanBlueprints), filesOf(oceanMapping)) }

// All returns blueprints and mapping for every kind: accounts first, then by the
// names of the files.
func All() port.Defaults { return load(list("blueprints"), list("mapping")) }

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

// Has says whether a kind has a default blueprint and mapping.
func Has(kind string) bool {
	_, err := fs.Stat(files, "mapping/"+File(kind)+".json")
	return err == nil
}

func filesOf(kinds []string) []string {
	var names []string
	for _, kind := range kinds {
		names = append(names, File(kind))
	}
	return names
}

// list returns the files of a folder.
func list(folder string) []string {
	entries, err := files.ReadDir(folder)
	if err != nil {
		panic(fmt.Sprintf("defaults: %v", err)) // the folder is embedded
	}
	names := filesOf(accounts)
	for _, entry := range entries {
		if name := strings.TrimSuffix(entry.Name(), ".json"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// mapping is the form of an integration's config.
type mapping struct {
	DeleteDependentEntities      bool              `json:"deleteDependentEntities"`
	CreateMissingRelatedEntities bool              `json:"createMissingRelatedEntities"`
	EnableMergeEntity            bool              `json:"enableMergeEntity"`
	EntityDeletionThreshold      float64           `json:"entityDeletionThreshold"`
	Resources                    []json.RawMessage `json:"resources"`
}

func load(blueprints, resources []string) port.Defaults {
	var d port.Defaults
	for _, name := range blueprints {
		d.Blueprints = append(d.Blueprints, read("blueprints/"+name+".json"))
	}
	m := mapping{
		DeleteDependentEntities: true, CreateMissingRelatedEntities: true, EnableMergeEntity: true, EntityDeletionThreshold: 0.9,
	}
	for _, name := range resources {
		m.Resources = append(m.Resources, read("mapping/"+name+".json"))
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("defaults: %v", err)) // an embedded file is not JSON
	}
	d.Config = text
	return d
}

func read(name string) json.RawMessage {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("defaults: %v", err)) // a kind named above has no such file
	}
	return text
}
