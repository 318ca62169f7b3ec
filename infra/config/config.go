package config

import (
	"strings"
	"time"

	"portolan/internal/aws/kind"
	"portolan/internal/settings"
)

// Mode says how the accounts are found and entered.
type Mode string

// The modes.
const (
	// Organization creates the read role in every account of the Organization and reads
	// them all. It is the default.
	Organization Mode = "organization"
	// Existing reads an Organization through existing roles.
	Existing Mode = "existing"
	// List reads the accounts of a list of existing roles.
	List Mode = "list"
	// Single reads only the function's own account.
	Single Mode = "single"
)

// ReadOnlyAccess is the AWS managed policy that a read role may have beside the
// generated one.
const ReadOnlyAccess = "ReadOnlyAccess"

// Config says what an installation is to be. A value that [Load] returned is complete and
// consistent.
type Config struct {
	StackName string // also the function's name
	Mode      Mode

	// Settings are what the function will load, without what only the stack knows: the
	// state, and the secret and the role that it makes.
	Settings settings.Settings
	// Environment holds the function's variables that follow from keys.
	Environment map[string]string

	Members  Members
	Read     Read
	Schedule Schedule
	Events   Events
	Function Function
	Scale    Scale
	Storage  Storage
	Alarms   Alarms
}

// Members says which accounts of the Organization get the read role, and how.
type Members struct {
	OrganizationID string // "o-…"; always set in mode Organization
	// Targets are the organizational units, or the root, whose accounts get the read
	// role; set in mode Organization.
	Targets []string
	// DelegatedAdmin says that the stack is not in the management account.
	DelegatedAdmin bool
	StackSet       StackSet
}

// Read says what is read in an account, and through which role.
type Read struct {
	Role   Role         // in modes Organization and Existing, the same in every account
	Access string       // "kinds" or ReadOnlyAccess
	Kinds  []*kind.Kind // what the role may read; never empty
	// CloudControl says that the role may read native kinds in Cloud Control's form too.
	CloudControl bool
}

// Storage says where the installation keeps Port's credentials and the state.
type Storage struct {
	PortSecretARN string // complete ARN of an existing secret; "" makes one
	KMSKeyARN     string // for the secret, the state and the log; "" leaves it to AWS
	Retain        bool   // the state's bucket outlives the stack
}

// Alarms says who gets the alarms; nobody if both are "".
type Alarms struct{ Email, TopicARN string }

// Role is the name and the path of an IAM role; the path has a slash on both ends.
type Role struct{ Name, Path string }

// roleOf returns the name and the path of the role that an ARN names.
func roleOf(arn string) Role {
	_, resource, _ := strings.Cut(arn, ":role")
	slash := strings.LastIndexByte(resource, '/') + 1
	return Role{Name: resource[slash:], Path: resource[:slash]}
}

// StackSet says how the read role is rolled out, both in percent of an operation's accounts.
type StackSet struct{ FailureTolerance, Concurrency int }

// Schedule says when runs start.
type Schedule struct {
	Expression string        // of EventBridge Scheduler, "rate(360 minutes)"
	Timezone   string        // from the IANA database, "Europe/Berlin"
	Window     time.Duration // how much later a run may start; 0 is on time
	Enabled    bool
	Poll       time.Duration // interval at which Port is asked for a run, in whole minutes; 0 is never
}

// Events says whether events of AWS wake the function between the runs, and how.
type Events struct {
	Enabled     bool
	Regions     []string      // from where events come, in every account; set if enabled
	Window      time.Duration // for how long events are gathered into a batch, in whole seconds
	Concurrency int           // the most batches at a time
}

// Function holds the limits of the function.
type Function struct {
	MemoryMB            int
	Timeout             time.Duration
	ReservedConcurrency int // 0 reserves none
	Tracing             bool
	LogRetentionDays    int
}

// Distributed is the value of the key scale that makes a run an execution of a state machine.
// The other value, "single", makes it one invocation.
const Distributed = "distributed"

// Scale says how a run is spread over invocations of the function.
type Scale struct {
	Mode             string        // "single" or Distributed
	Concurrency      int           // batches of accounts read at a time; 0 if single
	Timeout          time.Duration // of a whole run; meaningless if single
	FailureTolerance int           // percent of the batches; meaningless if single
}

// IsDistributed says whether a run is an execution of the state machine.
func (s Scale) IsDistributed() bool { return s.Mode == Distributed }
