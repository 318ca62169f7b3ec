// Package defaults holds what Portolan puts into Port at the very first run of an
// integration: blueprints, and the mapping that feeds them.
//
// It has one file for a blueprint and one for the mapping of a kind. The
// identifiers and properties of those kinds that Port's aws-v3 integration maps by
// default are that integration's, so that either can take over from the other. The
// package only hands the files out; whether and when they are used is package
// port's to decide.
package defaults

import (
	"embed"
	"encoding/json"
	"fmt"

	"portolan/internal/port"
)

//go:embed blueprints mapping
var files embed.FS

// peer are the files of the kinds that Port's aws-v3 integration installs. It has
// a blueprint for topics and no mapping.
var (
	peerBlueprints = []string{"account-info", "s3-bucket", "ec2-instance", "ecs-cluster", "sns-topic"}
	peerMapping    = []string{"account-info", "s3-bucket", "ec2-instance", "ecs-cluster"}
)

// others are the files of the kinds beyond those.
var others = []string{"organizations-account", "lambda-function", "rds-db-instance", "sqs-queue"}

// Peer gives what Port's aws-v3 integration starts with.
func Peer() port.Defaults { return load(peerBlueprints, peerMapping) }

// All gives blueprints and mapping for every kind.
func All() port.Defaults {
	return load(append(peerBlueprints[:len(peerBlueprints):len(peerBlueprints)], others...),
		append(peerMapping[:len(peerMapping):len(peerMapping)], others...))
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
		panic(fmt.Sprintf("defaults: %v", err)) // the lists above name a file that is not there
	}
	return text
}
