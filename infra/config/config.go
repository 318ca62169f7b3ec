package config

import (
	"strings"
	"time"

	"portolan/internal/aws/kind"
	"portolan/internal/settings"
)

// Mode is how the accounts are found and entered.
type Mode string

// The modes.
const (
	// Organization makes the read role in every account of the Organization and
	// reads them all. It is the default.
	Organization Mode = "organization"
	// Existing reads an Organization through roles that are there already.
	Existing Mode = "existing"
	// List reads the accounts of a list of roles that are there already.
	List Mode = "list"
	// Single reads the function's own account and no other.
	Single Mode = "single"
)

// ReadOnlyAccess is the AWS managed policy that a read role may have beside the
// generated one.
const ReadOnlyAccess = "ReadOnlyAccess"

// Config is what an installation is to be. A value that [Load] gave is complete and
// consistent.
type Config struct {
	StackName string // also the function's name
	Mode      Mode

	// Settings are what the function will load. What only the stack knows is
	// missing in them: the state, the secret that it makes, the role that it makes.
	Settings settings.Settings
	// Environment are the function's variables that follow from keys.
	Environment map[string]string

	OrganizationID string // "o-…"; set in mode Organization, elsewhere perhaps
	// Targets are the organizational units, or the root, whose accounts get the read
	// role; set in mode Organization.
	Targets []string
	// DelegatedAdmin says that the stack is not in the management account.
	DelegatedAdmin bool

	ReadRole   Role         // in modes Organization and Existing, the same in every account
	ReadAccess string       // "kinds" or ReadOnlyAccess
	Kinds      []*kind.Kind // what the read role may read; never empty
	StackSet   StackSet

	Schedule Schedule
	Function Function
	Scale    Scale

	PortSecretARN string // the complete ARN of a secret that is there; "" makes one
	KMSKeyARN     string // for the secret, the state and the log; "" leaves it to AWS
	RetainState   bool

	AlarmEmail    string
	AlarmTopicARN string
}

// Role is the name and the path of an IAM role; the path has a slash on both ends.
type Role struct{ Name, Path string }

// RoleOf returns the name and the path of the role that an ARN names.
func RoleOf(arn string) Role {
	_, resource, _ := strings.Cut(arn, ":role")
	slash := strings.LastIndexByte(resource, '/') + 1
	return Role{Name: resource[slash:], Path: resource[:slash]}
}

// StackSet is how the read role goes to the accounts, both in percent of the
// accounts of an operation.
type StackSet struct{ FailureTolerance, Concurrency int }

// Schedule is when runs start.
type Schedule struct {
	// Expression is that of EventBridge Scheduler, "rate(360 minutes)".
	Expression string
	Timezone   string        // of the IANA's database, "Europe/Berlin"
	Window     time.Duration // how much later a run may start; 0 = on time
	Enabled    bool
	// Poll is how often Port is asked whether somebody wants a run, in whole minutes; 0
	// = never.
	Poll time.Duration
}

// Function is what the function may use.
type Function struct {
	MemoryMB            int
	Timeout             time.Duration
	ReservedConcurrency int // 0 = none is reserved
	Tracing             bool
	LogRetentionDays    int
}

// Distributed is the value of the key scale with which a run is an execution of a
// state machine. With the other, "single", it is one invocation.
const Distributed = "distributed"

// Scale is how a run is spread over invocations of the function.
type Scale struct {
	Mode             string        // "single" or Distributed
	Concurrency      int           // batches of accounts that are read at a time; 0 if single
	Timeout          time.Duration // of a whole run; meaningless if single
	FailureTolerance int           // percent of the batches; meaningless if single
}

// IsDistributed says whether a run is an execution of the state machine.
func (s Scale) IsDistributed() bool { return s.Mode == Distributed }
