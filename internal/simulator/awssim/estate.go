package awssim

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Estate is everything that is simulated: an Organization or a lone account, who may
// enter it, and what is inside. It is plain data, the same in Go and in JSON.
type Estate struct {
	// Partition is aws when empty.
	Partition string `json:"partition,omitempty"`
	// Organization is nil where Organizations is not in use.
	Organization *Organization `json:"organization,omitempty"`
	Accounts     []Account     `json:"accounts"`
	Policies     []Policy      `json:"policies,omitempty"`
	NotOffered   []Offering    `json:"notOffered,omitempty"`
}

// Organization is the AWS Organization that the accounts belong to.
type Organization struct {
	// ID looks like o-a1b2c3d4e5 and RootID like r-a1b2; both are made up when empty.
	ID     string `json:"id,omitempty"`
	RootID string `json:"rootId,omitempty"`
	// Units fixes the ids of organizational units. Those that only
	// occur in the OU path of an account exist too, with ids derived from the path.
	Units []Unit `json:"units,omitempty"`
	// DelegatedAdministrators are member accounts that may read the Organization.
	DelegatedAdministrators []string `json:"delegatedAdministrators,omitempty"`
}

// Unit is an organizational unit.
type Unit struct {
	// Path holds the names from below the root: "Workloads/Production".
	Path string `json:"path"`
	// ID looks like ou-a1b2-c3d4e5f6.
	ID string `json:"id,omitempty"`
}

// Account is an AWS account.
type Account struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	// State is ACTIVE if empty; otherwise PENDING_ACTIVATION, SUSPENDED,
	// PENDING_CLOSURE or CLOSED.
	State string `json:"state,omitempty"`
	// OU is the path of the unit that holds the account; empty is the root.
	OU string `json:"ou,omitempty"`
	// Management marks the one account that owns the Organization.
	Management bool              `json:"management,omitempty"`
	Joined     time.Time         `json:"joined,omitzero"`
	Tags       map[string]string `json:"tags,omitempty"`
	// Regions overrides the state of regions; see the Region constants.
	Regions map[string]string `json:"regions,omitempty"`
	// Issuers are the account's OpenID Connect providers, by their URL.
	Issuers     []string     `json:"issuers,omitempty"`
	Roles       []Role       `json:"roles,omitempty"`
	Users       []User       `json:"users,omitempty"`
	Secrets     []Secret     `json:"secrets,omitempty"`
	Resources   []Resource   `json:"resources,omitempty"`
	Populations []Population `json:"populations,omitempty"`
}

// The states of an account.
const (
	AccountActive            = "ACTIVE"
	AccountPendingActivation = "PENDING_ACTIVATION"
	AccountSuspended         = "SUSPENDED"
	AccountPendingClosure    = "PENDING_CLOSURE"
	AccountClosed            = "CLOSED"
)

// Permissions says which actions an identity may call: what is allowed and not
// denied. Actions may hold * and ?, as in IAM: "ec2:Describe*".
type Permissions struct {
	Allow []string `json:"allow,omitempty"`
	Deny  []string `json:"deny,omitempty"`
}

// Role is an IAM role.
type Role struct {
	Name string `json:"name"`
	// Path is / if empty; otherwise it starts and ends with a slash.
	Path string `json:"path,omitempty"`
	// Trusts lists who may assume the role: account ids, ARNs of roots, users and
	// roles, or *.
	Trusts []string `json:"trusts,omitempty"`
	// ExternalID must be presented unless it is empty.
	ExternalID string `json:"externalId,omitempty"`
	// WebIdentities lists who may assume the role by a token.
	WebIdentities []WebIdentity `json:"webIdentities,omitempty"`
	// MaxSession is the longest session in seconds, 3600 when zero.
	MaxSession int `json:"maxSession,omitempty"`
	Permissions
}

// User is an IAM user with one access key: an identity to start from.
type User struct {
	Name            string `json:"name"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	Permissions
}

// Secret is an entry of Secrets Manager. One without a value was created and never
// put: it exists and has no version.
type Secret struct {
	Name   string `json:"name"`
	Region string `json:"region"`
	Value  string `json:"value"`
}

// Resource is one resource. What is not given is made up from its ID, the same
// each time it is asked for.
type Resource struct {
	Kind   string `json:"kind"`
	Region string `json:"region"`
	// ID is how the service names it: an instance id, the name of a bucket, a queue
	// or a table, the UUID of a key. What only Cloud Control reads has Cloud Control's
	// identifier.
	ID      string            `json:"id"`
	Created time.Time         `json:"created,omitzero"`
	Tags    map[string]string `json:"tags,omitempty"`
	// Attributes replaces members of the service's answer, under the names they
	// have on the wire (EC2: instanceType, RDS: DBInstanceClass, ECS: status). A
	// null removes the member. A bucket's are the configurations
	// PublicAccessBlockConfiguration, OwnershipControls and
	// ServerSideEncryptionConfiguration. A queue's and a topic's are strings. The
	// answers of further calls are included: a repository's policyText and
	// lifecyclePolicyText, a table's ContinuousBackupsDescription, a volume's
	// autoEnableIO, a key's KeyRotationEnabled. Those of what only Cloud Control reads
	// are properties of the type's model.
	Attributes map[string]any `json:"attributes,omitempty"`
}

// Population is a number of resources in each of some regions that exist only as
// a function of their index. Builds, deployments and executions among them belong
// to the populations of the same account and region, and happened in the 300 days
// before the day on which the server starts, a third of them in the last 30.
type Population struct {
	Kind    string   `json:"kind"`
	Regions []string `json:"regions"`
	// Count is the number of resources in each region.
	Count int `json:"count"`
}

// Policy is a service control policy that denies.
type Policy struct {
	Name string `json:"name,omitempty"`
	// Targets are ids of accounts and units, paths of units, or "root". The
	// management account is never touched.
	Targets []string `json:"targets"`
	// Deny lists actions, with * and ?.
	Deny []string `json:"deny"`
	// Regions narrows the policy to regions, ExceptRegions keeps it away from some;
	// both empty means everywhere.
	Regions       []string `json:"regions,omitempty"`
	ExceptRegions []string `json:"exceptRegions,omitempty"`
}

// Offering is a service in a region, under its signing name: "ecs", "eu-west-3"; or a type
// of Cloud Control, which the region's registry then lacks.
type Offering struct {
	Service string `json:"service"`
	Region  string `json:"region"`
}

// Read reads an estate from JSON and checks it. A member that an estate does not
// have is an error.
func Read(r io.Reader) (Estate, error) {
	var estate Estate
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&estate); err != nil {
		return Estate{}, fmt.Errorf("read estate: %w", err)
	}
	return estate, estate.Validate()
}

// Write writes the estate as indented JSON that [Read] understands.
func (e Estate) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(e)
}

// Count is the number of resources of a kind in the whole estate, of every kind
// when it is empty.
func (e Estate) Count(kind string) int {
	total := 0
	for i := range e.Accounts {
		for _, p := range e.Accounts[i].Populations {
			if kind == "" || p.Kind == kind {
				total += p.Count * len(p.Regions)
			}
		}
		for _, r := range e.Accounts[i].Resources {
			if kind == "" || r.Kind == kind {
				total++
			}
		}
	}
	return total
}
